-- What merchants sell through the portal: items, pay links, the keys that the portal keeps for them, keys of their programs.

CREATE TABLE shop_item (
    id BIGINT PRIMARY KEY,
    merchant BIGINT NOT NULL REFERENCES party (id),
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    -- What the buyer agrees to.
    terms TEXT NOT NULL,
    capture TEXT NOT NULL CHECK (capture IN ('immediate', 'deferred')),
    active BOOLEAN NOT NULL,
    -- Moves with every change: an offer is made of one version.
    version BIGINT NOT NULL,
    CONSTRAINT shop_item_code UNIQUE (merchant, code)
);
CREATE INDEX shop_item_merchant ON shop_item (merchant, id);

CREATE TABLE pay_link (
    -- Random, in the address.
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    merchant BIGINT NOT NULL REFERENCES party (id),
    item BIGINT NOT NULL REFERENCES shop_item (id),
    -- How often it may be bought; without, as often as anybody likes.
    uses BIGINT CHECK (uses > 0),
    valid_until BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX pay_link_merchant ON pay_link (merchant, number);

-- The offers that a pay link has led to, signed and kept before they are deposited: whoever comes second sends the same.
CREATE TABLE pay_link_offer (
    link TEXT NOT NULL REFERENCES pay_link (id),
    seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    document BYTEA NOT NULL,
    valid_until BIGINT NOT NULL,
    deposited BOOLEAN NOT NULL,
    PRIMARY KEY (link, seq)
);

-- A merchant's signing key that the portal keeps. The newest that is in force signs.
CREATE TABLE hosted_key (
    id BIGINT PRIMARY KEY,
    merchant BIGINT NOT NULL REFERENCES party (id),
    -- The private key, sealed.
    sealed BYTEA NOT NULL,
    certificate BYTEA NOT NULL,
    not_after BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    made_by BIGINT NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX hosted_key_merchant ON hosted_key (merchant, id);

-- What a merchant told the payment system through the portal: signed and kept before it is sent, sent again as it was.
CREATE TABLE merchant_act (
    -- The id in the message.
    id BYTEA PRIMARY KEY,
    merchant BIGINT NOT NULL REFERENCES party (id),
    person BIGINT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('refund', 'campaign', 'capture', 'void')),
    document BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'done', 'refused')),
    made_at BIGINT NOT NULL
);
CREATE INDEX merchant_act_merchant ON merchant_act (merchant, made_at);

-- Keys of a merchant's programs. Only a hash: who reads this table cannot use one.
CREATE TABLE api_key (
    key_hash BYTEA PRIMARY KEY,
    id BIGINT NOT NULL UNIQUE,
    merchant BIGINT NOT NULL REFERENCES party (id),
    name TEXT NOT NULL,
    made_by BIGINT NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX api_key_merchant ON api_key (merchant, id);

-- A merchant's own of what the core and aggregation keep: for lists of the back office, by index.
CREATE INDEX certificate_party ON certificate (party, registered_at);
CREATE INDEX dispute_merchant ON dispute (merchant, id);
CREATE INDEX campaign_merchant ON campaign (merchant, position);
