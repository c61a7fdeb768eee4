-- What operators did, and what waits for a second one of them.

-- Where the log of acts stands. Whoever appends holds this row until the commit, so acts are numbered without a gap.
CREATE TABLE operator_log (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL
);
INSERT INTO operator_log (id, seq, hash) VALUES (1, 0, x'');

-- Acts, only ever inserted. Each one's hash is keyed and covers the one before: what is changed or missing is seen.
CREATE TABLE operator_act (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    operator TEXT NOT NULL,
    role TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
    hash BLOB NOT NULL
);

-- Acts that need two people.
CREATE TABLE operator_approval (
    id BIGINT PRIMARY KEY,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'done')),
    prepared_by TEXT NOT NULL,
    prepared_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    -- Whoever prepared may take it back; only somebody else lets it happen.
    CONSTRAINT operator_approval_two CHECK (state IN ('waiting', 'refused') OR decided_by <> prepared_by),
    CONSTRAINT operator_approval_decided CHECK ((state = 'waiting') = (decided_by IS NULL))
);
CREATE INDEX operator_approval_state ON operator_approval (state, id);
CREATE INDEX operator_approval_decided ON operator_approval (act, decided_at);
CREATE UNIQUE INDEX operator_approval_once ON operator_approval (act, subject) WHERE state IN ('waiting', 'approved');

-- When a second person let a file for the bank go, where the configuration asks for one.
ALTER TABLE bank_file ADD COLUMN released_at BIGINT;

-- Lists of the operators' portal, by index.
CREATE INDEX party_role ON party (role, name);
CREATE INDEX certificate_end ON certificate (not_after, fingerprint);
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
CREATE INDEX refusal_hour_hour ON refusal_hour (hour);
