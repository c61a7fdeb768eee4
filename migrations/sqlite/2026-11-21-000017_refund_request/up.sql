-- Letters in which consumers ask a merchant for money back. They move nothing: the merchant gives something back, or declines.
CREATE TABLE refund_request (
    id BIGINT PRIMARY KEY,
    payment BIGINT NOT NULL REFERENCES payment (id),
    consumer BIGINT NOT NULL REFERENCES party (id),
    merchant BIGINT NOT NULL REFERENCES party (id),
    -- What is asked for, in the currency of the payment.
    micros BIGINT NOT NULL CONSTRAINT refund_request_positive CHECK (micros > 0),
    -- What had come back before: if it is more now, the merchant has answered with money.
    refunded_before BIGINT NOT NULL CHECK (refunded_before >= 0),
    -- What the consumer wrote, sealed.
    reason BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'granted', 'declined', 'withdrawn')),
    -- What the merchant wrote, sealed.
    answer BLOB,
    asked_at BIGINT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT refund_request_ended CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT refund_request_answered CHECK ((state = 'declined') = (answer IS NOT NULL))
);
CREATE UNIQUE INDEX refund_request_once ON refund_request (payment) WHERE state = 'open';
CREATE INDEX refund_request_payment ON refund_request (payment, id);
CREATE INDEX refund_request_consumer ON refund_request (consumer, id);
CREATE INDEX refund_request_merchant ON refund_request (merchant, id);
CREATE INDEX refund_request_waiting ON refund_request (merchant, state);
