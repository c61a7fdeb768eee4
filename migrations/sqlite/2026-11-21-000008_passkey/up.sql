-- Consumers' passkeys: whose key signs their instructions from a browser (R14, R38). Registered once and never changed,
-- but for revocation; the words of the evidence say the same.
CREATE TABLE passkey (
    -- The credential id that the authenticator chose.
    credential BLOB PRIMARY KEY,
    party BIGINT NOT NULL REFERENCES party (id),
    -- An uncompressed point on P-256.
    public_key BLOB NOT NULL CHECK (length(public_key) = 65),
    -- The evidence of both.
    registered_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX passkey_party ON passkey (party) WHERE revoked_at IS NULL;
