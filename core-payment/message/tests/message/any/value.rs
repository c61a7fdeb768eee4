//! Any value that a message can carry.

use payment_domain::{
    Authentication, Capability, Channel, ConsumerId, Currency, Label, Method, Money, Msisdn, PartyId, Payer,
    Rate, Role, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) fn any_id() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>().prop_filter("the nil UUID is no id", |bytes| *bytes != [0; 16])
}

pub(super) fn any_party() -> impl Strategy<Value = PartyId> {
    "[a-z0-9][a-z0-9-]{0,62}".prop_map(|text| PartyId::parse(&text).unwrap())
}

pub(super) fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![
        select(vec![
            Role::Merchant,
            Role::Terminal,
            Role::Cps,
            Role::Tls,
            Role::Operator(None),
            Role::Adapter(Channel::Sms),
            Role::Adapter(Channel::Wap),
            Role::Adapter(Channel::Web),
        ]),
        any_party().prop_map(|scope| Role::Operator(Some(scope))),
    ]
}

/// Any label, with the characters that XML escapes often among the others.
pub(super) fn any_label() -> impl Strategy<Value = Label> {
    let character =
        prop_oneof![select(vec!['&', '<', '>', '"', '\'', ']', ' ', 'é', '€', '😀']), any::<char>()];
    vec(character, 1..=120)
        .prop_filter_map("not a label", |characters| Label::parse(&String::from_iter(characters)).ok())
}

/// Amounts of at least `least` micro-units, up to the most that a message can carry.
pub(super) fn any_money(least: i64) -> impl Strategy<Value = Money> {
    let micros = prop_oneof![least..100_000_000, least..1_000_000_000_000_000_000];
    ("[A-Z]{3}", micros)
        .prop_map(|(code, micros)| Money::from_micros(micros, Currency::parse(&code).unwrap()))
}

pub(super) fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..253_402_300_799_999_i64).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

/// Two instants, the second after the first.
pub(super) fn any_interval() -> impl Strategy<Value = (Timestamp, Timestamp)> {
    (any_time(), 1..1_000_000_000_i64)
        .prop_map(|(from, millis)| (from, from.saturating_add_millis(millis)))
        .prop_filter("at the end of time nothing comes after", |(from, until)| from < until)
}

pub(super) fn any_payer() -> impl Strategy<Value = Payer> {
    prop_oneof![
        any_party().prop_map(|party| Payer::Consumer(ConsumerId::new(party))),
        "\\+[1-9][0-9]{6,14}".prop_map(|number| Payer::Msisdn(Msisdn::parse(&number).unwrap())),
    ]
}

/// An authentication, and a later time when something was asked.
pub(super) fn any_authentication() -> impl Strategy<Value = (Authentication, Timestamp)> {
    (select(Capability::ALL), select(Method::ALL), vec(any::<u8>(), 0..200), any_interval()).prop_map(
        |(capability, method, evidence, (authenticated_at, created_at))| {
            (Authentication { capability, method, authenticated_at, evidence }, created_at)
        },
    )
}

pub(super) fn any_rate() -> impl Strategy<Value = Rate> {
    prop_oneof![1..10_000_000_000_i64, 1..1_000_000_000_000_000_000_i64]
        .prop_map(|nanos| Rate::from_nanos(nanos).unwrap())
}
