-- Times are milliseconds since 1970 (UTC), amounts are micro-units, ids are the ledger's time-ordered integers
-- unless they are UUIDs made by senders (16 bytes). Both engines have the same tables: storage/schema.rs.

CREATE TABLE party (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT party_name_taken UNIQUE,
    role TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
    -- AEAD: the pseudonym secret, the telephone number, the external instrument (R40).
    sealed BLOB NOT NULL,
    -- Blind index of the telephone number: look-up without the number.
    msisdn_index BLOB CONSTRAINT party_msisdn_taken UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE certificate (
    fingerprint BLOB PRIMARY KEY,
    serial TEXT NOT NULL CONSTRAINT certificate_serial_taken UNIQUE,
    party BIGINT NOT NULL REFERENCES party (id),
    role TEXT NOT NULL,
    der BLOB NOT NULL,
    not_after BIGINT NOT NULL,
    registered_at BIGINT NOT NULL
);

CREATE TABLE invitation (
    code_hash BLOB PRIMARY KEY,
    party BIGINT NOT NULL REFERENCES party (id),
    role TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE revocation_list (
    number BIGINT PRIMARY KEY,
    pem BLOB NOT NULL,
    published_at BIGINT NOT NULL
);

-- One row a writer. A lease that has run out may be taken by another writer, which continues its chain.
CREATE TABLE node (
    id SMALLINT PRIMARY KEY,
    holder BLOB NOT NULL,
    leased_until BIGINT NOT NULL
);

CREATE TABLE account (
    id BIGINT PRIMARY KEY,
    owner BIGINT REFERENCES party (id),
    kind TEXT NOT NULL CHECK (kind IN ('prepaid', 'postpaid', 'counter', 'merchant', 'external', 'hold')),
    -- Empty for parties' accounts; the system's name for clearing accounts.
    label TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    credit_limit BIGINT NOT NULL CHECK (credit_limit >= 0),
    since_strong_micros BIGINT NOT NULL DEFAULT 0,
    since_strong_count INTEGER NOT NULL DEFAULT 0,
    month INTEGER NOT NULL DEFAULT 0,
    month_micros BIGINT NOT NULL DEFAULT 0,
    opened_at BIGINT NOT NULL,
    CONSTRAINT account_overdrawn CHECK (balance >= -credit_limit)
);
CREATE UNIQUE INDEX account_owner ON account (owner, currency, kind) WHERE owner IS NOT NULL;
CREATE UNIQUE INDEX account_label ON account (kind, label, currency) WHERE owner IS NULL;

-- Both parties' signed bytes, compressed; never updated or deleted (R37). It is also the record behind message_key.
CREATE TABLE evidence (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    sender BIGINT,
    message_id BLOB,
    digest BLOB,
    request BLOB NOT NULL,
    reply BLOB NOT NULL
);

-- The certificates in evidence, kept once; a body refers to its own by fingerprint.
CREATE TABLE evidence_certificate (
    fingerprint BLOB PRIMARY KEY,
    der BLOB NOT NULL
);

-- Idempotency: one id, one message, for all senders and kinds.
CREATE TABLE message_key (
    id BLOB PRIMARY KEY,
    position BIGINT NOT NULL
);

CREATE TABLE offer (
    digest BLOB PRIMARY KEY,
    offer_id BLOB NOT NULL CONSTRAINT offer_id_taken UNIQUE,
    merchant BIGINT NOT NULL REFERENCES party (id),
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    sale TEXT NOT NULL CHECK (sale IN ('catalogue', 'single')),
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    sold_to BIGINT,
    deposited_at BIGINT NOT NULL
);

-- What has become of an order: a projection of the journal that moves from pending to accepted or declined.
CREATE TABLE payment (
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
    state TEXT NOT NULL CHECK (state IN ('accepted', 'pending', 'declined')),
    settled_at BIGINT,
    refunded_micros BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT refund_exceeds_payment CHECK (refunded_micros >= 0 AND refunded_micros <= micros)
);

-- One immutable row carrying both legs: balanced by construction. Never updated or deleted.
CREATE TABLE transfer (
    id BIGINT PRIMARY KEY,
    payment BIGINT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL CHECK (credit <> debit),
    micros BIGINT NOT NULL CHECK (micros > 0),
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE attempt (
    id BIGINT PRIMARY KEY,
    payment BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund')),
    system TEXT NOT NULL,
    micros BIGINT NOT NULL CHECK (micros > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'declined')),
    reference TEXT,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    settled_at BIGINT
);
CREATE INDEX attempt_pending ON attempt (id) WHERE state = 'pending';

-- The hash chain: one row a committed batch, one chain a node. Never updated or deleted.
CREATE TABLE batch (
    id BIGINT PRIMARY KEY,
    node SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT batch_chain UNIQUE (node, seq)
);
