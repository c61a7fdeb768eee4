-- Who signs in at the portals: consumers, and the teams of merchants. Nothing here moves money.

CREATE TABLE person (
    id BIGINT PRIMARY KEY,
    audience TEXT NOT NULL CHECK (audience IN ('consumer', 'merchant')),
    party BIGINT NOT NULL REFERENCES party (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'viewer')),
    state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'gone')),
    -- Name, e-mail address and telephone number, sealed.
    sealed BLOB NOT NULL,
    -- Keyed hashes, to find somebody by who reaches them.
    email_index BLOB,
    phone_index BLOB,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT person_reached CHECK (state = 'gone' OR email_index IS NOT NULL OR phone_index IS NOT NULL),
    CONSTRAINT person_email UNIQUE (audience, email_index),
    CONSTRAINT person_phone UNIQUE (audience, phone_index)
);
CREATE INDEX person_party ON person (party, id);

CREATE TABLE portal_session (
    -- SHA-256 of the token in the cookie: who reads this table cannot use it.
    token_hash BLOB PRIMARY KEY,
    -- What its person calls it by.
    id BIGINT NOT NULL UNIQUE,
    person BIGINT NOT NULL REFERENCES person (id),
    -- In words: "Firefox, Linux".
    device TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- When the person last proved who they are, and how.
    proved_at BIGINT NOT NULL,
    proof TEXT NOT NULL CHECK (proof IN ('code', 'passkey')),
    ends_at BIGINT NOT NULL
);
CREATE INDEX portal_session_person ON portal_session (person, id);
CREATE INDEX portal_session_end ON portal_session (ends_at);

-- A code that was sent. One for each browser: only the one that asked can use it.
CREATE TABLE sign_in_code (
    -- A keyed hash of that browser's token.
    holder BLOB PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('sign-in', 'confirm', 'add')),
    -- Whom it was sent to: to be found by, and sealed.
    reach_index BLOB NOT NULL,
    sealed BLOB NOT NULL,
    -- A keyed hash of the code, its purpose, its browser and whom it was sent to.
    code_hash BLOB NOT NULL,
    tries BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was entered: once.
    proved_at BIGINT
);
CREATE INDEX sign_in_code_expires ON sign_in_code (expires_at);

-- How often codes were sent to an address, and how often wrong ones entered: whether anybody has it or not.
CREATE TABLE reach_guard (
    reach_index BLOB PRIMARY KEY,
    since BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    wrong BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX reach_guard_since ON reach_guard (since);

-- Passkeys to sign in with. Those that payments are signed with are also in `passkey`, by the same id.
CREATE TABLE person_passkey (
    credential BLOB PRIMARY KEY,
    person BIGINT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    -- Its public key and what it said of itself, as JSON.
    stored TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX person_passkey_person ON person_passkey (person, registered_at);

-- Challenges that were answered: each counts once.
CREATE TABLE spent_challenge (
    challenge BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_challenge_expires ON spent_challenge (expires_at);

-- Who may join a merchant's team: whoever proves to be reached there.
CREATE TABLE team_invitation (
    id BIGINT PRIMARY KEY,
    party BIGINT NOT NULL REFERENCES party (id),
    reach_index BLOB NOT NULL,
    sealed BLOB NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'viewer')),
    invited_by BIGINT NOT NULL REFERENCES person (id),
    expires_at BIGINT NOT NULL,
    CONSTRAINT team_invitation_once UNIQUE (reach_index, party)
);
CREATE INDEX team_invitation_party ON team_invitation (party, id);
CREATE INDEX team_invitation_expires ON team_invitation (expires_at);
