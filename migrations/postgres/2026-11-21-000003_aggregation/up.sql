-- Aggregation: the journal folded into periods, and what closing a period issues.

-- One row a step of the fold: the transfers of whole batches, in the order of their ids, added to open periods.
CREATE TABLE fold (
    seq BIGINT PRIMARY KEY,
    transfers BIGINT NOT NULL,
    folded_at BIGINT NOT NULL
);

-- Which batches of each node a step took: those after one and through another. Ranges of a node follow one another.
CREATE TABLE fold_range (
    fold BIGINT NOT NULL REFERENCES fold (seq),
    node SMALLINT NOT NULL,
    after_seq BIGINT NOT NULL,
    after_batch BIGINT NOT NULL,
    through_seq BIGINT NOT NULL CHECK (through_seq > after_seq),
    through_batch BIGINT NOT NULL CHECK (through_batch > after_batch),
    PRIMARY KEY (fold, node),
    CONSTRAINT fold_range_once UNIQUE (node, after_seq)
);
CREATE INDEX fold_range_batch ON fold_range (node, through_batch);

-- How far the fold is: the last range of each node.
CREATE TABLE fold_cursor (
    node SMALLINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    batch BIGINT NOT NULL
);

-- The midnight that everything due by the calendar was closed at. The fold does not pass the next one before.
CREATE TABLE cutoff (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    closed_at BIGINT NOT NULL
);

-- An account's period: the folds after opened_fold through closed_fold. The next one begins where it ends.
CREATE TABLE period (
    account BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    -- Moves with every change: whoever computed from an older one computes again.
    version BIGINT NOT NULL,
    book TEXT NOT NULL CHECK (book IN ('prepaid', 'postpaid', 'merchant')),
    owner BIGINT NOT NULL,
    currency TEXT NOT NULL,
    opened_fold BIGINT NOT NULL,
    closed_fold BIGINT,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    -- Ids of the first and the last transfer that its document is about; without one there is no news to anybody.
    first_transfer BIGINT,
    last_transfer BIGINT,
    -- What the document before left over: owed by a consumer, payable to a merchant, or on a prepaid account.
    carried BIGINT NOT NULL,
    -- Carried and everything since: what a document would be about now.
    standing BIGINT NOT NULL,
    -- Fees from before, sums by class, a line for each merchant, Merkle peaks: aggregation/src/storage/period.rs.
    tally BYTEA NOT NULL,
    -- The bill, statement or payout advice.
    position BIGINT,
    PRIMARY KEY (account, seq),
    -- It is open until all three are set.
    CONSTRAINT period_closed CHECK ((closed_fold IS NULL) = (closed_at IS NULL) AND (closed_fold IS NULL) = (position IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX period_open ON period (account) WHERE closed_fold IS NULL;
CREATE INDEX period_age ON period (book, first_transfer) WHERE closed_fold IS NULL AND first_transfer IS NOT NULL;
CREATE INDEX period_standing ON period (book, standing) WHERE closed_fold IS NULL AND standing > 0;
CREATE INDEX period_fold ON period (closed_fold) WHERE closed_fold IS NOT NULL;
CREATE UNIQUE INDEX period_position ON period (position) WHERE position IS NOT NULL;
-- Hashes do not compress.
ALTER TABLE period ALTER COLUMN tally SET STORAGE EXTERNAL;

-- What a consumer owes for a period, and how far it is collected.
CREATE TABLE bill (
    position BIGINT PRIMARY KEY,
    account BIGINT NOT NULL,
    consumer BIGINT NOT NULL REFERENCES party (id),
    currency TEXT NOT NULL,
    due BIGINT NOT NULL CHECK (due >= 0),
    carried BIGINT NOT NULL,
    collected BIGINT NOT NULL DEFAULT 0,
    written_off BIGINT NOT NULL DEFAULT 0,
    -- aggregation/src/dunning.rs
    state TEXT NOT NULL,
    failures INTEGER NOT NULL,
    reminders INTEGER NOT NULL,
    next_at BIGINT,
    -- By how much the account may stand below its limit because of this bill: returned collections, fees of reminders.
    raised BIGINT NOT NULL DEFAULT 0,
    attempt BIGINT,
    issued_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    CONSTRAINT bill_overpaid CHECK (collected >= 0 AND written_off >= 0 AND collected + written_off <= due)
);
CREATE INDEX bill_next ON bill (next_at, position) WHERE next_at IS NOT NULL;
CREATE INDEX bill_raised ON bill (position) WHERE raised > 0;
CREATE INDEX bill_consumer ON bill (consumer, position);

-- What a merchant is paid for a period, after which fee.
CREATE TABLE payout (
    position BIGINT PRIMARY KEY,
    account BIGINT NOT NULL,
    merchant BIGINT NOT NULL REFERENCES party (id),
    currency TEXT NOT NULL,
    share_ppm BIGINT NOT NULL,
    fixed_micros BIGINT NOT NULL,
    minimum_micros BIGINT NOT NULL,
    fee BIGINT NOT NULL CHECK (fee >= 0),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    carried BIGINT NOT NULL,
    -- What open disputes kept back.
    withheld BIGINT NOT NULL CHECK (withheld >= 0),
    state TEXT NOT NULL CHECK (state IN ('none', 'pending', 'paid', 'declined', 'returned')),
    attempt BIGINT,
    issued_at BIGINT NOT NULL
);
CREATE INDEX payout_merchant ON payout (merchant, position);

-- What merchants pay, from a midnight on. Rows are never changed.
CREATE TABLE fee_schedule (
    merchant BIGINT NOT NULL REFERENCES party (id),
    currency TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    share_ppm BIGINT NOT NULL CHECK (share_ppm BETWEEN 0 AND 1000000),
    fixed_micros BIGINT NOT NULL CHECK (fixed_micros >= 0),
    minimum_micros BIGINT NOT NULL CHECK (minimum_micros >= 0),
    cadence TEXT NOT NULL CHECK (cadence IN ('daily', 'weekly', 'monthly')),
    PRIMARY KEY (merchant, currency, valid_from)
);

-- Refunds and disputes that reached a postpaid account: those of a payment in an earlier bill get a credit note.
CREATE TABLE credit (
    transfer BIGINT PRIMARY KEY,
    account BIGINT NOT NULL,
    -- The period that the credit is in.
    seq BIGINT NOT NULL,
    payment BIGINT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'noted', 'netted')),
    bill BIGINT,
    position BIGINT
);
CREATE INDEX credit_new ON credit (transfer) WHERE state = 'new';

-- Consumers' complaints about payments.
CREATE TABLE dispute (
    id BIGINT PRIMARY KEY,
    dispute_id BYTEA NOT NULL CONSTRAINT dispute_once UNIQUE,
    payment BIGINT NOT NULL,
    consumer BIGINT NOT NULL REFERENCES party (id),
    merchant BIGINT NOT NULL REFERENCES party (id),
    consumer_account BIGINT NOT NULL,
    merchant_account BIGINT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'consumer', 'merchant')),
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT,
    position BIGINT
);
CREATE INDEX dispute_open ON dispute (merchant_account) WHERE state = 'open';
CREATE INDEX dispute_payment ON dispute (payment);
