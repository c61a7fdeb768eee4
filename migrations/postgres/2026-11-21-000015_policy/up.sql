-- Policies: every one that was in force, and those that wait for a second person. Rows are never deleted; the only change
-- is that a proposal comes into force.
CREATE TABLE policy_version (
    id BIGINT PRIMARY KEY,
    -- In the order in which they came into force; NULL while it is only proposed.
    version BIGINT CONSTRAINT policy_version_taken UNIQUE,
    -- As receipts show it.
    name TEXT NOT NULL,
    -- TOML, as the program writes it.
    text TEXT NOT NULL,
    -- The newest number when it was written; 0 if there was none.
    base BIGINT NOT NULL,
    -- NULL: a server's configuration.
    proposed_by TEXT,
    proposed_at BIGINT NOT NULL,
    approved_by TEXT,
    in_force_at BIGINT,
    CONSTRAINT policy_version_in_force CHECK ((version IS NULL) = (in_force_at IS NULL)),
    CONSTRAINT policy_version_two CHECK (proposed_by IS NULL OR version IS NULL
        OR (approved_by IS NOT NULL AND approved_by <> proposed_by))
);
CREATE INDEX policy_version_name ON policy_version (name);

-- What the risk log reads of all merchants: the latest of it only.
CREATE INDEX sale_hour_hour ON sale_hour (hour);
CREATE INDEX dispute_opened ON dispute (opened_at);
