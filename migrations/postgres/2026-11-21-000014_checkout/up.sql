-- What consumers tell the payment system through the portal. Each message is kept with its id before it is signed and sent:
-- whatever goes wrong afterwards, it is sent again as it was, and nobody pays twice.
CREATE TABLE instruction (
    -- The id in the message.
    id BYTEA PRIMARY KEY,
    person BIGINT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'top-up', 'redemption', 'coupon', 'dispute')),
    -- Of a payment: the digest of the offer, and where the browser goes afterwards.
    offer BYTEA,
    back TEXT,
    -- The canonical message, sealed: it says who buys what, and later how they were authenticated.
    sealed BYTEA NOT NULL,
    -- open: may still change, nobody has seen it. sent: fixed. done, refused: answered.
    state TEXT NOT NULL CHECK (state IN ('open', 'sent', 'done', 'refused')),
    -- The signed answer, sealed.
    answer BYTEA,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT instruction_of_payment CHECK ((kind = 'payment') = (offer IS NOT NULL))
);
-- One open order for an offer: who opens its page again goes on with it.
CREATE UNIQUE INDEX instruction_open ON instruction (person, offer) WHERE state = 'open' AND offer IS NOT NULL;
CREATE INDEX instruction_offer ON instruction (person, offer, made_at) WHERE offer IS NOT NULL;
CREATE INDEX instruction_expired ON instruction (person, expires_at);
