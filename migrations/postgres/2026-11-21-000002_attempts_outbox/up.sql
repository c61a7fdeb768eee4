-- More kinds of accounts and attempts, and what has to be sent out.

ALTER TABLE account DROP CONSTRAINT account_kind_check;
ALTER TABLE account ADD CONSTRAINT account_kind_check CHECK (kind IN ('prepaid', 'postpaid', 'counter', 'merchant',
    'external', 'hold', 'fee', 'loss', 'breakage', 'coupon', 'position'));

ALTER TABLE attempt DROP CONSTRAINT attempt_kind_check;
ALTER TABLE attempt ADD CONSTRAINT attempt_kind_check
    CHECK (kind IN ('charge', 'refund', 'authorise', 'capture', 'void', 'payout'));
-- What the `payment` of an attempt is: see purpose.
ALTER TABLE attempt ADD COLUMN purpose TEXT NOT NULL DEFAULT 'order';
-- Whose instrument or bank account it uses.
ALTER TABLE attempt ADD COLUMN party BIGINT REFERENCES party (id);
-- The attempt that a refund, capture or void goes back to.
ALTER TABLE attempt ADD COLUMN original BIGINT;
-- Where the consumer has to confirm, while it is pending.
ALTER TABLE attempt ADD COLUMN action_url TEXT;
UPDATE attempt a SET party = p.consumer,
    original = CASE WHEN a.kind = 'refund' THEN (SELECT min(c.id) FROM attempt c WHERE c.payment = a.payment AND c.kind = 'charge') END
    FROM payment p WHERE p.id = a.payment;
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
