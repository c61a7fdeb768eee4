-- Payments that are authorised first and captured later, up to their amount.
ALTER TABLE payment DROP CONSTRAINT payment_state_check;
ALTER TABLE payment ADD CONSTRAINT payment_state_check
    CHECK (state IN ('accepted', 'pending', 'declined', 'authorised', 'voided'));
-- What was taken of an authorised payment.
ALTER TABLE payment ADD COLUMN captured_micros BIGINT
    CONSTRAINT capture_exceeds_authorisation CHECK (captured_micros > 0 AND captured_micros <= micros);
ALTER TABLE payment DROP CONSTRAINT refund_exceeds_payment;
ALTER TABLE payment ADD CONSTRAINT refund_exceeds_payment
    CHECK (refunded_micros >= 0 AND refunded_micros <= COALESCE(captured_micros, micros));
-- Where the money is taken when the merchant says so: `deferred`.
ALTER TABLE offer ADD COLUMN capture TEXT NOT NULL DEFAULT 'immediate' CHECK (capture IN ('immediate', 'deferred'));
-- From the evidence of an end to its attempt, for the audit.
CREATE INDEX attempt_settled ON attempt (settled_at) WHERE settled_at IS NOT NULL;
