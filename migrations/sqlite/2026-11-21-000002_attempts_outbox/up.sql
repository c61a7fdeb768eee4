-- More kinds of accounts and attempts, and what has to be sent out. SQLite cannot change a CHECK: the two tables are
-- made anew.

CREATE TABLE account_2 (
    id BIGINT PRIMARY KEY,
    owner BIGINT REFERENCES party (id),
    kind TEXT NOT NULL CHECK (kind IN ('prepaid', 'postpaid', 'counter', 'merchant', 'external', 'hold', 'fee', 'loss',
        'breakage', 'coupon', 'position')),
    -- Empty for parties' accounts; what our own are for.
    label TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    credit_limit BIGINT NOT NULL CHECK (credit_limit >= 0),
    since_strong_micros BIGINT NOT NULL DEFAULT 0,
    since_strong_count INTEGER NOT NULL DEFAULT 0,
    month INTEGER NOT NULL DEFAULT 0,
    month_micros BIGINT NOT NULL DEFAULT 0,
    opened_at BIGINT NOT NULL,
    CONSTRAINT account_overdrawn CHECK (balance >= -credit_limit)
);
INSERT INTO account_2 SELECT id, owner, kind, label, currency, balance, credit_limit, since_strong_micros,
    since_strong_count, month, month_micros, opened_at FROM account;
DROP TABLE account;
ALTER TABLE account_2 RENAME TO account;
CREATE UNIQUE INDEX account_owner ON account (owner, currency, kind) WHERE owner IS NOT NULL;
CREATE UNIQUE INDEX account_label ON account (kind, label, currency) WHERE owner IS NULL;

CREATE TABLE attempt_2 (
    id BIGINT PRIMARY KEY,
    -- The payment, or whatever else it is for: see purpose.
    payment BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund', 'authorise', 'capture', 'void', 'payout')),
    purpose TEXT NOT NULL DEFAULT 'order',
    -- Whose instrument or bank account it uses.
    party BIGINT REFERENCES party (id),
    -- The attempt that a refund, capture or void goes back to.
    original BIGINT,
    system TEXT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'declined')),
    reference TEXT,
    -- Where the consumer has to confirm, while it is pending.
    action_url TEXT,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    settled_at BIGINT
);
INSERT INTO attempt_2 SELECT a.id, a.payment, a.kind, 'order', p.consumer,
    CASE WHEN a.kind = 'refund' THEN (SELECT min(c.id) FROM attempt c WHERE c.payment = a.payment AND c.kind = 'charge') END,
    a.system, a.micros, a.currency, a.state, a.reference, NULL, a.started_at, a.finished_at, a.settled_at
    FROM attempt a JOIN payment p ON p.id = a.payment;
DROP TABLE attempt;
ALTER TABLE attempt_2 RENAME TO attempt;
CREATE INDEX attempt_pending ON attempt (id) WHERE state = 'pending';
CREATE INDEX attempt_subject ON attempt (payment);

-- A consumer's history, and the leaves of a bill.
CREATE INDEX payment_consumer ON payment (consumer_account, id);

-- What has to be sent, put here in the transaction that makes it true. Where it goes is in the party's sealed data.
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('email', 'callback')),
    party BIGINT NOT NULL REFERENCES party (id),
    -- The evidence whose reply is sent.
    subject BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'dead')),
    tries INTEGER NOT NULL,
    -- The next try; while one is under way, when it is given up.
    due_at BIGINT NOT NULL,
    -- Why the last try failed: never an address, never a body.
    fault TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'due';
CREATE INDEX outbox_party ON outbox (party, id);
