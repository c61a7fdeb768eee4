//! The tables of migration 000011, and what is read of the core's and of aggregation's.

diesel::table! {
    shop_item (id) {
        id -> BigInt,
        merchant -> BigInt,
        code -> Text,
        title -> Text,
        micros -> BigInt,
        currency -> Text,
        terms -> Text,
        capture -> Text,
        active -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    pay_link (id) {
        id -> Text,
        number -> BigInt,
        merchant -> BigInt,
        item -> BigInt,
        uses -> Nullable<BigInt>,
        valid_until -> BigInt,
        active -> Bool,
        made_at -> BigInt,
    }
}

diesel::table! {
    pay_link_offer (link, seq) {
        link -> Text,
        seq -> BigInt,
        version -> BigInt,
        digest -> Binary,
        document -> Binary,
        valid_until -> BigInt,
        deposited -> Bool,
    }
}

diesel::table! {
    hosted_key (id) {
        id -> BigInt,
        merchant -> BigInt,
        sealed -> Binary,
        certificate -> Binary,
        not_after -> BigInt,
        active -> Bool,
        made_by -> BigInt,
        made_at -> BigInt,
    }
}

diesel::table! {
    merchant_act (id) {
        id -> Binary,
        merchant -> BigInt,
        person -> BigInt,
        kind -> Text,
        document -> Binary,
        state -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    api_key (key_hash) {
        key_hash -> Binary,
        id -> BigInt,
        merchant -> BigInt,
        name -> Text,
        made_by -> BigInt,
        made_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

// Only read.

diesel::table! {
    party (id) {
        id -> BigInt,
        name -> Text,
        state -> Text,
    }
}

diesel::table! {
    offer (digest) {
        digest -> Binary,
        sold_to -> Nullable<BigInt>,
    }
}

diesel::table! {
    account (id) {
        id -> BigInt,
        owner -> Nullable<BigInt>,
        kind -> Text,
        currency -> Text,
        balance -> BigInt,
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
        closed_fold -> Nullable<BigInt>,
        standing -> BigInt,
    }
}

diesel::table! {
    payout (position) {
        position -> BigInt,
        merchant -> BigInt,
        currency -> Text,
        share_ppm -> BigInt,
        fixed_micros -> BigInt,
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
    attempt (id) {
        id -> BigInt,
        system -> Text,
        reference -> Nullable<Text>,
    }
}

diesel::table! {
    bank_entry (attempt) {
        attempt -> BigInt,
        file -> Nullable<BigInt>,
        batch -> Nullable<Text>,
        booked_as -> Nullable<Text>,
        returned_as -> Nullable<Text>,
    }
}

diesel::table! {
    bank_file (id) {
        id -> BigInt,
        message_id -> Text,
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
    dispute (id) {
        id -> BigInt,
        payment -> BigInt,
        merchant -> BigInt,
        micros -> BigInt,
        state -> Text,
        opened_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    payment (id) {
        id -> BigInt,
        order_id -> Binary,
        merchant -> BigInt,
        currency -> Text,
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

diesel::allow_tables_to_appear_in_same_query!(
    payout,
    attempt,
    bank_entry,
    bank_file,
    dispute,
    payment,
    pay_link,
    pay_link_offer,
    shop_item,
    offer,
    party,
    api_key,
    period,
    account,
    hosted_key,
);
