//! The table of migrations 000013 and 000016, and what is read of the core's and of aggregation's.

diesel::table! {
    interest (party) {
        party -> BigInt,
        sealed -> Binary,
        changed_at -> BigInt,
        alerts_since -> Nullable<BigInt>,
    }
}

// Only read.

diesel::table! {
    account (id) {
        id -> BigInt,
        owner -> Nullable<BigInt>,
        kind -> Text,
        currency -> Text,
        balance -> BigInt,
        credit_limit -> BigInt,
        month -> Integer,
        month_micros -> BigInt,
        opened_at -> BigInt,
    }
}

diesel::table! {
    period (account, seq) {
        account -> BigInt,
        seq -> BigInt,
        book -> Text,
        owner -> BigInt,
        currency -> Text,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        closed_fold -> Nullable<BigInt>,
        first_transfer -> Nullable<BigInt>,
        last_transfer -> Nullable<BigInt>,
        standing -> BigInt,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    bill (position) {
        position -> BigInt,
        account -> BigInt,
        consumer -> BigInt,
        currency -> Text,
        due -> BigInt,
        collected -> BigInt,
        written_off -> BigInt,
        state -> Text,
        issued_at -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    payment (id) {
        id -> BigInt,
        order_id -> Binary,
        consumer -> BigInt,
        consumer_account -> BigInt,
        mode -> Text,
        state -> Text,
    }
}

diesel::table! {
    offer (digest) {
        digest -> Binary,
        offer_id -> Binary,
        sold_to -> Nullable<BigInt>,
    }
}

diesel::table! {
    message_key (id) {
        id -> Binary,
        position -> BigInt,
    }
}

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    campaign (id) {
        id -> Binary,
        position -> BigInt,
        merchant -> BigInt,
        title -> Text,
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
        campaign -> Binary,
        consumer -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(offer, message_key, campaign, party);
