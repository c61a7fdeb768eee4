-- Payments that are authorised first and captured later, up to their amount. SQLite cannot change a CHECK: the table is
-- made anew.
CREATE TABLE payment_2 (
    id BIGINT PRIMARY KEY,
    order_id BLOB NOT NULL,
    consumer BIGINT NOT NULL,
    merchant BIGINT NOT NULL,
    consumer_account BIGINT NOT NULL,
    merchant_account BIGINT NOT NULL,
    offer_digest BLOB NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('aggregated', 'single')),
    funding TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'pending', 'declined', 'authorised', 'voided')),
    settled_at BIGINT,
    refunded_micros BIGINT NOT NULL DEFAULT 0,
    -- What was taken of an authorised payment.
    captured_micros BIGINT
        CONSTRAINT capture_exceeds_authorisation CHECK (captured_micros > 0 AND captured_micros <= micros),
    CONSTRAINT refund_exceeds_payment
        CHECK (refunded_micros >= 0 AND refunded_micros <= COALESCE(captured_micros, micros))
);
INSERT INTO payment_2 SELECT id, order_id, consumer, merchant, consumer_account, merchant_account, offer_digest, micros,
    currency, mode, funding, rule, state, settled_at, refunded_micros, NULL FROM payment;
DROP TABLE payment;
ALTER TABLE payment_2 RENAME TO payment;
CREATE INDEX payment_consumer ON payment (consumer_account, id);
-- Where the money is taken when the merchant says so: `deferred`.
ALTER TABLE offer ADD COLUMN capture TEXT NOT NULL DEFAULT 'immediate' CHECK (capture IN ('immediate', 'deferred'));
-- From the evidence of an end to its attempt, for the audit.
CREATE INDEX attempt_settled ON attempt (settled_at) WHERE settled_at IS NOT NULL;
