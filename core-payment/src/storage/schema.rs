//! The tables of `migrations/`, for both engines.

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        state -> Text,
        sealed -> Binary,
        msisdn_index -> Nullable<Binary>,
        created_at -> BigInt,
        suspended_for -> Nullable<Text>,
    }
}

diesel::table! {
    certificate (fingerprint) {
        fingerprint -> Binary,
        serial -> Text,
        party -> BigInt,
        role -> Text,
        der -> Binary,
        not_after -> BigInt,
        registered_at -> BigInt,
    }
}

diesel::table! {
    invitation (code_hash) {
        code_hash -> Binary,
        party -> BigInt,
        role -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    revocation_list (number) {
        number -> BigInt,
        pem -> Binary,
        published_at -> BigInt,
    }
}

diesel::table! {
    node (id) {
        id -> SmallInt,
        holder -> Binary,
        leased_until -> BigInt,
    }
}

diesel::table! {
    account (id) {
        id -> BigInt,
        owner -> Nullable<BigInt>,
        kind -> Text,
        label -> Text,
        currency -> Text,
        balance -> BigInt,
        credit_limit -> BigInt,
        since_strong_micros -> BigInt,
        since_strong_count -> Integer,
        month -> Integer,
        month_micros -> BigInt,
        opened_at -> BigInt,
    }
}

diesel::table! {
    evidence (id) {
        id -> BigInt,
        kind -> Text,
        sender -> Nullable<BigInt>,
        message_id -> Nullable<Binary>,
        digest -> Nullable<Binary>,
        request -> Binary,
        reply -> Binary,
    }
}

diesel::table! {
    evidence_certificate (fingerprint) {
        fingerprint -> Binary,
        der -> Binary,
    }
}

diesel::table! {
    message_key (id) {
        id -> Binary,
        position -> BigInt,
    }
}

diesel::table! {
    offer (digest) {
        digest -> Binary,
        offer_id -> Binary,
        merchant -> BigInt,
        micros -> BigInt,
        currency -> Text,
        sale -> Text,
        valid_from -> BigInt,
        valid_until -> BigInt,
        sold_to -> Nullable<BigInt>,
        deposited_at -> BigInt,
        capture -> Text,
    }
}

diesel::table! {
    payment (id) {
        id -> BigInt,
        order_id -> Binary,
        consumer -> BigInt,
        merchant -> BigInt,
        consumer_account -> BigInt,
        merchant_account -> BigInt,
        offer_digest -> Binary,
        micros -> BigInt,
        currency -> Text,
        mode -> Text,
        funding -> Text,
        rule -> Text,
        state -> Text,
        settled_at -> Nullable<BigInt>,
        refunded_micros -> BigInt,
        captured_micros -> Nullable<BigInt>,
    }
}

diesel::table! {
    transfer (id) {
        id -> BigInt,
        payment -> BigInt,
        debit -> BigInt,
        credit -> BigInt,
        micros -> BigInt,
        kind -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    attempt (id) {
        id -> BigInt,
        payment -> BigInt,
        kind -> Text,
        purpose -> Text,
        party -> Nullable<BigInt>,
        original -> Nullable<BigInt>,
        system -> Text,
        micros -> BigInt,
        currency -> Text,
        state -> Text,
        reference -> Nullable<Text>,
        action_url -> Nullable<Text>,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
        returned_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    batch (id) {
        id -> BigInt,
        node -> SmallInt,
        seq -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        party -> BigInt,
        subject -> BigInt,
        state -> Text,
        tries -> Integer,
        due_at -> BigInt,
        fault -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    rate (source, day, currency) {
        source -> Text,
        day -> BigInt,
        base -> Text,
        currency -> Text,
        nanos -> BigInt,
        declared_at -> BigInt,
    }
}

diesel::table! {
    quote (id) {
        id -> Binary,
        position -> BigInt,
        consumer -> BigInt,
        price_micros -> BigInt,
        price_currency -> Text,
        charged_micros -> BigInt,
        charged_currency -> Text,
        nanos -> BigInt,
        rounded_nanos -> BigInt,
        valid_until -> BigInt,
        payment -> Nullable<BigInt>,
    }
}

diesel::table! {
    voucher (account) {
        account -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    coupon (id) {
        id -> Binary,
        position -> BigInt,
        merchant -> BigInt,
        buyer -> BigInt,
        holder -> BigInt,
        series -> Text,
        currency -> Text,
        face_micros -> BigInt,
        remaining_micros -> BigInt,
        reserved_micros -> BigInt,
        state -> Text,
        transferable -> Bool,
        not_before -> BigInt,
        expires_at -> BigInt,
        usable_until -> BigInt,
        charge -> BigInt,
    }
}

diesel::table! {
    coupon_use (payment, place) {
        payment -> BigInt,
        place -> SmallInt,
        coupon -> Binary,
        micros -> BigInt,
        restored_micros -> BigInt,
        state -> Text,
        authorise -> Nullable<BigInt>,
        capture -> Nullable<BigInt>,
        reversal -> Nullable<BigInt>,
    }
}

diesel::table! {
    coupon_gift (position) {
        position -> BigInt,
        coupon -> Binary,
        giver -> BigInt,
        receiver -> BigInt,
        month -> Integer,
    }
}

diesel::table! {
    campaign (id) {
        id -> Binary,
        position -> BigInt,
        merchant -> BigInt,
        title -> Text,
        item -> Nullable<Text>,
        discount_micros -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        discount_ppm -> Nullable<BigInt>,
        coupons -> BigInt,
        claimed -> BigInt,
        valid_from -> BigInt,
        valid_until -> BigInt,
    }
}

diesel::table! {
    campaign_claim (id) {
        id -> Binary,
        position -> BigInt,
        campaign -> Binary,
        consumer -> BigInt,
        state -> Text,
        payment -> Nullable<BigInt>,
    }
}

diesel::table! {
    bank_file (id) {
        id -> BigInt,
        kind -> Text,
        message_id -> Text,
        digest -> Binary,
        document -> Binary,
        entries -> BigInt,
        total_micros -> BigInt,
        created_at -> BigInt,
        delivered_at -> Nullable<BigInt>,
        released_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    bank_entry (attempt) {
        attempt -> BigInt,
        file -> Nullable<BigInt>,
        batch -> Nullable<Text>,
        mandate -> Nullable<Binary>,
        state -> Text,
        booked_as -> Nullable<Text>,
        returned_as -> Nullable<Text>,
        fee_micros -> BigInt,
    }
}

diesel::table! {
    bank_answer (id) {
        id -> BigInt,
        digest -> Binary,
        message -> Text,
        name -> Text,
        findings -> BigInt,
        breaks -> BigInt,
        read_at -> BigInt,
    }
}

diesel::table! {
    bank_break (answer, number) {
        answer -> BigInt,
        number -> BigInt,
        line -> BigInt,
        words -> Text,
        resolved_at -> Nullable<BigInt>,
        attempt -> Nullable<BigInt>,
    }
}

diesel::table! {
    passkey (credential) {
        credential -> Binary,
        party -> BigInt,
        public_key -> Binary,
        registered_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    policy_version (id) {
        id -> BigInt,
        version -> Nullable<BigInt>,
        name -> Text,
        text -> Text,
        base -> BigInt,
        proposed_by -> Nullable<Text>,
        proposed_at -> BigInt,
        approved_by -> Nullable<Text>,
        in_force_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(passkey -> party (party));
diesel::joinable!(bank_entry -> bank_file (file));
diesel::joinable!(bank_entry -> attempt (attempt));
diesel::joinable!(bank_break -> bank_answer (answer));
diesel::joinable!(voucher -> account (account));
diesel::joinable!(message_key -> evidence (position));
diesel::joinable!(certificate -> party (party));
diesel::joinable!(outbox -> party (party));
diesel::allow_tables_to_appear_in_same_query!(
    message_key,
    evidence,
    payment,
    attempt,
    party,
    account,
    offer,
    certificate,
    outbox,
    voucher,
    bank_file,
    bank_entry,
    bank_answer,
    bank_break,
    passkey
);
