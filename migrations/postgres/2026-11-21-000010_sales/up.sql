-- What merchants look at: their sales, found by index. A projection of the journal, filled by a worker that follows it; it
-- can be dropped and folded again from zero.

-- One row: which step is next, and whether everything is being thrown away first. Whoever moves it has taken the step.
CREATE TABLE sale_fold (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    clearing BIGINT NOT NULL CHECK (clearing IN (0, 1))
);
INSERT INTO sale_fold (id, seq, clearing) VALUES (1, 0, 0);

-- How far each node's chain is folded.
CREATE TABLE sale_cursor (
    node SMALLINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    batch BIGINT NOT NULL
);

-- What was sold: offers come and go, their item codes and titles stay. The id is the position of the first order for it.
CREATE TABLE item (
    id BIGINT PRIMARY KEY,
    merchant BIGINT NOT NULL REFERENCES party (id),
    code TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    -- In lower case, for searching.
    code_key TEXT COLLATE "C" NOT NULL,
    title_key TEXT COLLATE "C" NOT NULL,
    CONSTRAINT item_once UNIQUE (merchant, code, title)
);
CREATE INDEX item_code ON item (merchant, code_key);
CREATE INDEX item_title ON item (merchant, title_key);

-- A consumer as a merchant sees them (R46). The id is the position of their first order there.
CREATE TABLE acquaintance (
    id BIGINT PRIMARY KEY,
    merchant BIGINT NOT NULL REFERENCES party (id),
    consumer BIGINT NOT NULL REFERENCES party (id),
    pseudonym BYTEA NOT NULL,
    CONSTRAINT acquaintance_once UNIQUE (consumer, merchant)
);
CREATE INDEX acquaintance_pseudonym ON acquaintance (merchant, pseudonym);

-- One row a payment, as it stood when the journal was last read; coupons that are bought are not sold goods yet.
CREATE TABLE sale (
    merchant BIGINT NOT NULL,
    -- The payment.
    id BIGINT NOT NULL,
    acquaintance BIGINT NOT NULL,
    item BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- The price that was ordered.
    micros BIGINT NOT NULL,
    -- What the merchant was paid, and what of it was given back.
    paid_micros BIGINT NOT NULL,
    refunded_micros BIGINT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'authorised', 'paid', 'partly-refunded', 'refunded', 'disputed',
        'declined', 'voided')),
    -- The position in the receipt, if there is one.
    receipt BIGINT,
    PRIMARY KEY (merchant, id)
);
CREATE INDEX sale_state ON sale (merchant, state, id);
CREATE INDEX sale_item ON sale (merchant, item, state, id);
CREATE INDEX sale_acquaintance ON sale (merchant, acquaintance, state, id);
CREATE INDEX sale_receipt ON sale (merchant, receipt) WHERE receipt <> id;

-- Money on its way back to a consumer, by transfer.
CREATE TABLE sale_return (
    merchant BIGINT NOT NULL,
    payment BIGINT NOT NULL,
    transfer BIGINT NOT NULL,
    kind TEXT NOT NULL,
    micros BIGINT NOT NULL,
    PRIMARY KEY (merchant, payment, transfer)
);

-- The sales that were ordered in an hour (since 1970), whatever became of them since.
CREATE TABLE sale_hour (
    merchant BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    currency TEXT NOT NULL,
    sales BIGINT NOT NULL,
    gross_micros BIGINT NOT NULL,
    refunded_micros BIGINT NOT NULL,
    declined BIGINT NOT NULL,
    PRIMARY KEY (merchant, hour, currency)
);

-- Orders that were refused when they came in. Of whom is not the merchant's to know.
CREATE TABLE refusal (
    merchant BIGINT NOT NULL,
    -- The evidence.
    id BIGINT NOT NULL,
    item BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    currency TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (merchant, id)
);
CREATE INDEX refusal_code ON refusal (merchant, code, id);

CREATE TABLE refusal_hour (
    merchant BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    currency TEXT NOT NULL,
    code TEXT NOT NULL,
    orders BIGINT NOT NULL,
    PRIMARY KEY (merchant, hour, currency, code)
);

-- By which the worker finds what is rare in the journal.
CREATE INDEX evidence_refused ON evidence (kind, id) WHERE kind = 'order-refused';
CREATE INDEX dispute_decided ON dispute (position) WHERE position IS NOT NULL;
