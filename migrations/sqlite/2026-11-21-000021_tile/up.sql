-- The complete trees of 256 payments that a period's Merkle tree is made of (RFC 6962 §2.1), as the fold has built them: to
-- prove one payment, those of one tree are read, and of the others their roots.
CREATE TABLE tile (
    account BIGINT NOT NULL,
    -- Of the account's period.
    seq BIGINT NOT NULL,
    -- From zero.
    number BIGINT NOT NULL,
    -- The step of the fold that took its last payment, and where that stands.
    fold BIGINT NOT NULL,
    last BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (account, seq, number)
);
