//! The tables of this crate's migrations, and what is read of the others'.

// Of migration 000010: sales.

diesel::table! {
    sale_fold (id) {
        id -> SmallInt,
        seq -> BigInt,
        clearing -> BigInt,
    }
}

diesel::table! {
    sale_cursor (node) {
        node -> SmallInt,
        seq -> BigInt,
        batch -> BigInt,
    }
}

diesel::table! {
    item (id) {
        id -> BigInt,
        merchant -> BigInt,
        code -> Text,
        title -> Text,
        code_key -> Text,
        title_key -> Text,
    }
}

diesel::table! {
    acquaintance (id) {
        id -> BigInt,
        merchant -> BigInt,
        consumer -> BigInt,
        pseudonym -> Binary,
    }
}

diesel::table! {
    sale (merchant, id) {
        merchant -> BigInt,
        id -> BigInt,
        acquaintance -> BigInt,
        item -> BigInt,
        currency -> Text,
        micros -> BigInt,
        paid_micros -> BigInt,
        refunded_micros -> BigInt,
        mode -> Text,
        state -> Text,
        receipt -> Nullable<BigInt>,
    }
}

diesel::table! {
    sale_return (merchant, payment, transfer) {
        merchant -> BigInt,
        payment -> BigInt,
        transfer -> BigInt,
        kind -> Text,
        micros -> BigInt,
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
    refusal (merchant, id) {
        merchant -> BigInt,
        id -> BigInt,
        item -> BigInt,
        micros -> BigInt,
        currency -> Text,
        code -> Text,
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

// Of migration 000016, and what it adds to 000013: letters that consumers asked for.

diesel::table! {
    alert (id) {
        id -> BigInt,
        consumer -> BigInt,
        little -> BigInt,
        tries -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    alert_mark (node) {
        node -> SmallInt,
        batch -> BigInt,
    }
}

diesel::table! {
    interest (party) {
        party -> BigInt,
        sealed -> Binary,
        alerts_since -> Nullable<BigInt>,
        little_at -> Nullable<BigInt>,
    }
}

// Of migration 000017: requests for money back.

diesel::table! {
    refund_request (id) {
        id -> BigInt,
        payment -> BigInt,
        consumer -> BigInt,
        merchant -> BigInt,
        micros -> BigInt,
        refunded_before -> BigInt,
        reason -> Binary,
        state -> Text,
        answer -> Nullable<Binary>,
        asked_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

// Of the core and of aggregation: only read.

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
    }
}

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
    }
}

diesel::table! {
    node (id) {
        id -> SmallInt,
    }
}

diesel::table! {
    batch (id) {
        id -> BigInt,
        node -> SmallInt,
        seq -> BigInt,
    }
}

diesel::table! {
    evidence (id) {
        id -> BigInt,
        kind -> Text,
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
        sale -> Text,
    }
}

diesel::table! {
    payment (id) {
        id -> BigInt,
        order_id -> Binary,
        consumer -> BigInt,
        merchant -> BigInt,
        consumer_account -> BigInt,
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
    }
}

diesel::table! {
    attempt (id) {
        id -> BigInt,
        payment -> BigInt,
        kind -> Text,
        purpose -> Text,
        micros -> BigInt,
        state -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    dispute (id) {
        id -> BigInt,
        payment -> BigInt,
        micros -> BigInt,
        state -> Text,
        opened_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
        position -> Nullable<BigInt>,
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
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    sale,
    item,
    acquaintance,
    payment,
    party,
    refusal,
    offer,
    refund_request
);
