//! The tables of migration 000012, and what operators read of the others'.

diesel::table! {
    operator_log (id) {
        id -> SmallInt,
        seq -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    operator_act (seq) {
        seq -> BigInt,
        at -> BigInt,
        operator -> Text,
        role -> Text,
        act -> Text,
        subject -> Text,
        outcome -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    operator_approval (id) {
        id -> BigInt,
        act -> Text,
        subject -> Text,
        reason -> Text,
        state -> Text,
        prepared_by -> Text,
        prepared_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

// Only read.

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        state -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    certificate (fingerprint) {
        fingerprint -> Binary,
        serial -> Text,
        party -> BigInt,
        role -> Text,
        not_after -> BigInt,
        registered_at -> BigInt,
    }
}

diesel::table! {
    revocation_list (number) {
        number -> BigInt,
        published_at -> BigInt,
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
        opened_at -> BigInt,
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
    sale (merchant, id) {
        merchant -> BigInt,
        id -> BigInt,
        currency -> Text,
        micros -> BigInt,
        state -> Text,
    }
}

diesel::table! {
    sale_return (merchant, payment, transfer) {
        merchant -> BigInt,
        payment -> BigInt,
        transfer -> BigInt,
    }
}

diesel::table! {
    attempt (id) {
        id -> BigInt,
        payment -> BigInt,
        kind -> Text,
        purpose -> Text,
        system -> Text,
        micros -> BigInt,
        currency -> Text,
        state -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    period (account, seq) {
        account -> BigInt,
        seq -> BigInt,
        book -> Text,
        owner -> BigInt,
        currency -> Text,
        closed_fold -> Nullable<BigInt>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        standing -> BigInt,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    payout (position) {
        position -> BigInt,
        account -> BigInt,
        merchant -> BigInt,
        currency -> Text,
        fee -> BigInt,
        amount -> BigInt,
        carried -> BigInt,
        state -> Text,
        issued_at -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        party -> BigInt,
        tries -> Integer,
        due_at -> BigInt,
        fault -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    refusal_hour (merchant, hour, currency, code) {
        merchant -> BigInt,
        hour -> BigInt,
        currency -> Text,
        code -> Text,
        orders -> BigInt,
    }
}

diesel::table! {
    sale_hour (merchant, hour, currency) {
        merchant -> BigInt,
        hour -> BigInt,
        currency -> Text,
        sales -> BigInt,
        gross_micros -> BigInt,
        refunded_micros -> BigInt,
        declined -> BigInt,
    }
}

diesel::table! {
    dispute (id) {
        id -> BigInt,
        dispute_id -> Binary,
        payment -> BigInt,
        consumer -> BigInt,
        merchant -> BigInt,
        micros -> BigInt,
        state -> Text,
        opened_at -> BigInt,
    }
}

diesel::table! {
    message_key (id) {
        id -> Binary,
        position -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    certificate,
    party,
    period,
    payout,
    outbox,
    dispute,
    message_key,
    payment
);
