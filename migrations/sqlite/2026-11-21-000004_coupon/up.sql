-- Coupons (R1-R4) and campaigns (R24): what was bought, claimed, given, set aside and spent.

-- Buying an offer may issue a coupon. SQLite cannot change a CHECK: the table is made anew.
CREATE TABLE offer_2 (
    digest BLOB PRIMARY KEY,
    offer_id BLOB NOT NULL CONSTRAINT offer_id_taken UNIQUE,
    merchant BIGINT NOT NULL REFERENCES party (id),
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    sale TEXT NOT NULL CHECK (sale IN ('catalogue', 'single', 'coupon')),
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    sold_to BIGINT,
    deposited_at BIGINT NOT NULL
);
INSERT INTO offer_2 SELECT digest, offer_id, merchant, micros, currency, sale, valid_from, valid_until, sold_to, deposited_at
    FROM offer;
DROP TABLE offer;
ALTER TABLE offer_2 RENAME TO offer;

-- A coupon of value: bought at an intermediary bank, which keeps the money (R1, R2, R4). A projection of the journal: the
-- audit replays it. What is left of it is `remaining_micros`; what an order has set aside is `reserved_micros`.
CREATE TABLE coupon (
    id BLOB PRIMARY KEY,
    -- The order that bought it: the subject of its own transfers.
    position BIGINT NOT NULL CONSTRAINT coupon_bought_once UNIQUE,
    merchant BIGINT NOT NULL REFERENCES party (id),
    -- Whose instrument paid: refunds go back there.
    buyer BIGINT NOT NULL REFERENCES party (id),
    holder BIGINT NOT NULL REFERENCES party (id),
    -- The merchant's item code.
    series TEXT NOT NULL,
    currency TEXT NOT NULL,
    face_micros BIGINT NOT NULL CHECK (face_micros > 0),
    remaining_micros BIGINT NOT NULL CHECK (remaining_micros >= 0),
    reserved_micros BIGINT NOT NULL CHECK (reserved_micros >= 0),
    state TEXT NOT NULL CHECK (state IN ('held', 'reserved', 'spent', 'expired', 'refunding', 'refunded')),
    transferable BOOLEAN NOT NULL,
    not_before BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Later than `expires_at` where a merchant gave value back late.
    usable_until BIGINT NOT NULL,
    -- The charge that paid for it: what the bank knows it by.
    charge BIGINT NOT NULL,
    CONSTRAINT coupon_exceeds_face CHECK (remaining_micros + reserved_micros <= face_micros)
);
CREATE INDEX coupon_holder ON coupon (holder, position);
CREATE INDEX coupon_due ON coupon (usable_until, position) WHERE state = 'held';

-- What one payment takes from one coupon, and how far the bank is with it.
CREATE TABLE coupon_use (
    payment BIGINT NOT NULL,
    -- The order in which the order named them.
    place SMALLINT NOT NULL,
    coupon BLOB NOT NULL REFERENCES coupon (id),
    micros BIGINT NOT NULL CHECK (micros > 0),
    restored_micros BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'authorised', 'captured', 'declined', 'uncaptured', 'reversed', 'spent',
        'released')),
    -- The attempts at the bank.
    authorise BIGINT,
    capture BIGINT,
    reversal BIGINT,
    PRIMARY KEY (payment, place),
    CONSTRAINT coupon_restored_too_much CHECK (restored_micros >= 0 AND restored_micros <= micros)
);
CREATE INDEX coupon_use_coupon ON coupon_use (coupon);

-- Who gave a coupon to whom: limits are counted here.
CREATE TABLE coupon_gift (
    position BIGINT PRIMARY KEY,
    coupon BLOB NOT NULL REFERENCES coupon (id),
    giver BIGINT NOT NULL REFERENCES party (id),
    receiver BIGINT NOT NULL REFERENCES party (id),
    -- As 202611.
    month INTEGER NOT NULL
);
CREATE INDEX coupon_gift_giver ON coupon_gift (giver, month);

-- A merchant's discount for the first who claim it (R24).
CREATE TABLE campaign (
    id BLOB PRIMARY KEY,
    position BIGINT NOT NULL,
    merchant BIGINT NOT NULL REFERENCES party (id),
    title TEXT NOT NULL,
    -- Only for this item of the merchant.
    item TEXT,
    discount_micros BIGINT CHECK (discount_micros > 0),
    currency TEXT,
    discount_ppm BIGINT CHECK (discount_ppm > 0 AND discount_ppm <= 1000000),
    coupons BIGINT NOT NULL CHECK (coupons > 0),
    claimed BIGINT NOT NULL DEFAULT 0,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    CONSTRAINT campaign_one_discount CHECK ((discount_micros IS NULL) <> (discount_ppm IS NULL)
        AND (discount_micros IS NULL) = (currency IS NULL)),
    CONSTRAINT campaign_exhausted CHECK (claimed >= 0 AND claimed <= coupons)
);

-- A discount coupon: one a consumer and campaign, spent once.
CREATE TABLE campaign_claim (
    id BLOB PRIMARY KEY,
    position BIGINT NOT NULL CONSTRAINT campaign_claim_position UNIQUE,
    campaign BLOB NOT NULL REFERENCES campaign (id),
    consumer BIGINT NOT NULL REFERENCES party (id),
    state TEXT NOT NULL CHECK (state IN ('held', 'reserved', 'spent')),
    -- The payment that it is reserved or spent for.
    payment BIGINT,
    CONSTRAINT campaign_claimed_once UNIQUE (campaign, consumer),
    CONSTRAINT campaign_claim_payment CHECK ((payment IS NULL) = (state = 'held'))
);
CREATE INDEX campaign_claim_consumer ON campaign_claim (consumer, position);
CREATE UNIQUE INDEX campaign_claim_spent ON campaign_claim (payment) WHERE payment IS NOT NULL;
