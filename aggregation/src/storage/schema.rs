//! The tables of migrations 000003, 000019 and 000021, and what is read of the core's.

diesel::table! {
    fold (seq) {
        seq -> BigInt,
        transfers -> BigInt,
        folded_at -> BigInt,
    }
}

diesel::table! {
    fold_range (fold, node) {
        fold -> BigInt,
        node -> SmallInt,
        after_seq -> BigInt,
        after_batch -> BigInt,
        through_seq -> BigInt,
        through_batch -> BigInt,
    }
}

diesel::table! {
    fold_cursor (node) {
        node -> SmallInt,
        seq -> BigInt,
        batch -> BigInt,
    }
}

diesel::table! {
    cutoff (id) {
        id -> SmallInt,
        closed_at -> BigInt,
    }
}

diesel::table! {
    period (account, seq) {
        account -> BigInt,
        seq -> BigInt,
        version -> BigInt,
        book -> Text,
        owner -> BigInt,
        currency -> Text,
        opened_fold -> BigInt,
        closed_fold -> Nullable<BigInt>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        first_transfer -> Nullable<BigInt>,
        last_transfer -> Nullable<BigInt>,
        carried -> BigInt,
        standing -> BigInt,
        tally -> Binary,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    tile (account, seq, number) {
        account -> BigInt,
        seq -> BigInt,
        number -> BigInt,
        fold -> BigInt,
        last -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    bill (position) {
        position -> BigInt,
        account -> BigInt,
        consumer -> BigInt,
        currency -> Text,
        due -> BigInt,
        carried -> BigInt,
        collected -> BigInt,
        written_off -> BigInt,
        state -> Text,
        failures -> Integer,
        reminders -> Integer,
        next_at -> Nullable<BigInt>,
        raised -> BigInt,
        attempt -> Nullable<BigInt>,
        issued_at -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    bill_entry (id) {
        id -> Binary,
        bill -> BigInt,
        kind -> Text,
        system -> Text,
        micros -> BigInt,
        position -> BigInt,
    }
}

diesel::table! {
    bill_credit (position) {
        position -> BigInt,
        bill -> BigInt,
        micros -> BigInt,
    }
}

diesel::table! {
    payout (position) {
        position -> BigInt,
        account -> BigInt,
        merchant -> BigInt,
        currency -> Text,
        share_ppm -> BigInt,
        fixed_micros -> BigInt,
        minimum_micros -> BigInt,
        fee -> BigInt,
        amount -> BigInt,
        carried -> BigInt,
        withheld -> BigInt,
        state -> Text,
        attempt -> Nullable<BigInt>,
        issued_at -> BigInt,
    }
}

diesel::table! {
    fee_schedule (merchant, currency, valid_from) {
        merchant -> BigInt,
        currency -> Text,
        valid_from -> BigInt,
        share_ppm -> BigInt,
        fixed_micros -> BigInt,
        minimum_micros -> BigInt,
        cadence -> Text,
    }
}

diesel::table! {
    credit (transfer) {
        transfer -> BigInt,
        account -> BigInt,
        seq -> BigInt,
        payment -> BigInt,
        micros -> BigInt,
        kind -> Text,
        state -> Text,
        bill -> Nullable<BigInt>,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    dispute (id) {
        id -> BigInt,
        dispute_id -> Binary,
        payment -> BigInt,
        consumer -> BigInt,
        merchant -> BigInt,
        consumer_account -> BigInt,
        merchant_account -> BigInt,
        micros -> BigInt,
        state -> Text,
        opened_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
        position -> Nullable<BigInt>,
    }
}

// The core's: read only, but for the limit of an account.

diesel::table! {
    account (id) {
        id -> BigInt,
        owner -> Nullable<BigInt>,
        kind -> Text,
        currency -> Text,
        balance -> BigInt,
        credit_limit -> BigInt,
    }
}

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        state -> Text,
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
        state -> Text,
        settled_at -> Nullable<BigInt>,
        refunded_micros -> BigInt,
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
    node (id) {
        id -> SmallInt,
    }
}

diesel::table! {
    attempt (id) {
        id -> BigInt,
        system -> Text,
    }
}

diesel::table! {
    message_key (id) {
        id -> Binary,
        position -> BigInt,
    }
}

diesel::joinable!(account -> party (owner));
diesel::allow_tables_to_appear_in_same_query!(account, party, period, bill, payout, payment);
