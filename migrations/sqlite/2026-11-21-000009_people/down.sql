DROP TABLE team_invitation;
DROP TABLE spent_challenge;
DROP TABLE person_passkey;
DROP TABLE reach_guard;
DROP TABLE sign_in_code;
DROP TABLE portal_session;
DROP TABLE person;
