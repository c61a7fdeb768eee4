-- What operators book on bills by hand, by the id of the act: repeated, it books nothing. Rows are never changed.
CREATE TABLE bill_entry (
    id BYTEA PRIMARY KEY,
    bill BIGINT NOT NULL REFERENCES bill (position),
    kind TEXT NOT NULL CHECK (kind IN ('paid', 'returned')),
    -- At which external system the money is.
    system TEXT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    -- Its transfer.
    position BIGINT NOT NULL CONSTRAINT bill_entry_once UNIQUE
);
CREATE INDEX bill_entry_bill ON bill_entry (bill, position);

-- What of that which is collected of a bill was credit on the account, and no money. Rows are never changed.
CREATE TABLE bill_credit (
    -- Its transfer.
    position BIGINT PRIMARY KEY,
    bill BIGINT NOT NULL REFERENCES bill (position),
    micros BIGINT NOT NULL CHECK (micros > 0)
);
CREATE INDEX bill_credit_bill ON bill_credit (bill);

-- Their credit is looked for.
CREATE INDEX bill_suspended ON bill (position) WHERE state = 'suspended';

-- For what a party is suspended: 'bills' ends with their payment, nothing here with an operator's word.
ALTER TABLE party ADD COLUMN suspended_for TEXT;
