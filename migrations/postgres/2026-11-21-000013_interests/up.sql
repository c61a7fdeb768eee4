-- What a consumer wants to hear about, and of what kinds. Nobody is asked and nothing is guessed: no row means nothing.
CREATE TABLE interest (
    party BIGINT PRIMARY KEY REFERENCES party (id),
    -- Which alerts and interests are switched on, sealed: they say much about somebody.
    sealed BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);

-- By which the campaigns of today are found.
CREATE INDEX campaign_until ON campaign (valid_until);
