-- Exchange: the rates that were declared, and what was quoted from them (R55). Vouchers: accounts whose value expires.

-- Declared once for a day and never changed; the words of the evidence say the same.
CREATE TABLE rate (
    source TEXT NOT NULL,
    -- Midnight, UTC.
    day BIGINT NOT NULL,
    base TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Units of the currency for one of the base, times 10^9.
    nanos BIGINT NOT NULL CHECK (nanos > 0),
    -- The evidence.
    declared_at BIGINT NOT NULL,
    PRIMARY KEY (source, day, currency)
);
CREATE INDEX rate_day ON rate (day, source);

CREATE TABLE quote (
    id BLOB PRIMARY KEY,
    -- The evidence of its request.
    position BIGINT NOT NULL,
    consumer BIGINT NOT NULL REFERENCES party (id),
    price_micros BIGINT NOT NULL CHECK (price_micros > 0),
    price_currency TEXT NOT NULL,
    charged_micros BIGINT NOT NULL CHECK (charged_micros > 0),
    charged_currency TEXT NOT NULL,
    -- Units of the currency charged for one of the price's, times 10^9, margin included.
    nanos BIGINT NOT NULL CHECK (nanos > 0),
    -- What the charge was rounded up by, in 10^-9 of a micro-unit.
    rounded_nanos BIGINT NOT NULL CHECK (rounded_nanos >= 0 AND rounded_nanos < 1000000000),
    valid_until BIGINT NOT NULL,
    -- The payment that used it.
    payment BIGINT
);
CREATE UNIQUE INDEX quote_payment ON quote (payment) WHERE payment IS NOT NULL;

-- Prepaid accounts that were opened as vouchers. It moves forward with every top-up.
CREATE TABLE voucher (
    account BIGINT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX voucher_due ON voucher (expires_at);
