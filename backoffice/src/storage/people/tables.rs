//! The tables of migration 000009, and what is read of the core's parties.

diesel::table! {
    person (id) {
        id -> BigInt,
        audience -> Text,
        party -> BigInt,
        role -> Text,
        state -> Text,
        sealed -> Binary,
        email_index -> Nullable<Binary>,
        phone_index -> Nullable<Binary>,
        language -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    portal_session (token_hash) {
        token_hash -> Binary,
        id -> BigInt,
        person -> BigInt,
        device -> Text,
        began_at -> BigInt,
        seen_at -> BigInt,
        proved_at -> BigInt,
        proof -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    sign_in_code (holder) {
        holder -> Binary,
        purpose -> Text,
        reach_index -> Binary,
        sealed -> Binary,
        code_hash -> Binary,
        tries -> BigInt,
        sent_at -> BigInt,
        expires_at -> BigInt,
        proved_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    reach_guard (reach_index) {
        reach_index -> Binary,
        since -> BigInt,
        sent -> BigInt,
        wrong -> BigInt,
        locked_until -> BigInt,
    }
}

diesel::table! {
    person_passkey (credential) {
        credential -> Binary,
        person -> BigInt,
        name -> Text,
        stored -> Text,
        registered_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    spent_challenge (challenge) {
        challenge -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    team_invitation (id) {
        id -> BigInt,
        party -> BigInt,
        reach_index -> Binary,
        sealed -> Binary,
        role -> Text,
        invited_by -> BigInt,
        expires_at -> BigInt,
    }
}

// Of the core; read only.
diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        state -> Text,
    }
}

diesel::joinable!(person -> party (party));
diesel::joinable!(portal_session -> person (person));
diesel::joinable!(person_passkey -> person (person));
diesel::allow_tables_to_appear_in_same_query!(person, portal_session, person_passkey, party);
