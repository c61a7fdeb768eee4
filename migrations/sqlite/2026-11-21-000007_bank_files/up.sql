-- Files for banks: what was sent in them, what became of each entry, which files of the bank were read, and what in them
-- does not fit.

CREATE TABLE bank_file (
    -- The position of its evidence.
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('collections', 'payouts')),
    -- Our name for it: a bank takes each once.
    message_id TEXT NOT NULL CONSTRAINT bank_file_message UNIQUE,
    -- SHA-256 of the document.
    digest BLOB NOT NULL,
    -- Compressed, then sealed: it names people and their accounts.
    document BLOB NOT NULL,
    entries BIGINT NOT NULL CHECK (entries > 0),
    total_micros BIGINT NOT NULL CHECK (total_micros > 0),
    created_at BIGINT NOT NULL,
    -- When it was put where the bank takes it; until then it still has to be.
    delivered_at BIGINT
);
CREATE INDEX bank_file_undelivered ON bank_file (id) WHERE delivered_at IS NULL;
CREATE INDEX bank_file_kind ON bank_file (kind, id);

-- An attempt that is in a file, or was refused before it came into one: never both, and never in two files.
CREATE TABLE bank_entry (
    attempt BIGINT PRIMARY KEY,
    file BIGINT REFERENCES bank_file (id),
    -- The batch in the file, by which a bank may book and answer.
    batch TEXT,
    -- The mandate that a collection goes by, as a blind index: the first under it is sent as such.
    mandate BLOB,
    state TEXT NOT NULL CHECK (state IN ('refused', 'sent', 'settled', 'rejected', 'returned')),
    -- The bank's references of the booking, and of the one that took it back.
    booked_as TEXT,
    returned_as TEXT,
    -- What the bank took for that.
    fee_micros BIGINT NOT NULL DEFAULT 0 CHECK (fee_micros >= 0),
    CONSTRAINT bank_entry_filed CHECK ((file IS NULL) = (state = 'refused') AND (file IS NULL) = (batch IS NULL))
);
CREATE INDEX bank_entry_file ON bank_entry (file, attempt) WHERE file IS NOT NULL;
CREATE INDEX bank_entry_batch ON bank_entry (batch) WHERE batch IS NOT NULL;
CREATE INDEX bank_entry_mandate ON bank_entry (mandate) WHERE mandate IS NOT NULL;

-- A file of the bank that was read.
CREATE TABLE bank_answer (
    -- The position of its evidence.
    id BIGINT PRIMARY KEY,
    digest BLOB NOT NULL CONSTRAINT bank_answer_once UNIQUE,
    -- The message that it is, and the bank's name for it.
    message TEXT NOT NULL,
    name TEXT NOT NULL,
    findings BIGINT NOT NULL,
    breaks BIGINT NOT NULL,
    read_at BIGINT NOT NULL
);

-- What a file of the bank says that cannot be: a person has to look at it.
CREATE TABLE bank_break (
    answer BIGINT NOT NULL REFERENCES bank_answer (id),
    number BIGINT NOT NULL,
    -- In the bank's file.
    line BIGINT NOT NULL,
    words TEXT NOT NULL,
    resolved_at BIGINT,
    PRIMARY KEY (answer, number)
);
CREATE INDEX bank_break_open ON bank_break (answer, number) WHERE resolved_at IS NULL;
