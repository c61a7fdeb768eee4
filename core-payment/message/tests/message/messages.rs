//! Values to XML and back.

use payment_domain::{Offer, PaymentOrder};
use payment_message::canonical::scan;
use payment_message::message::{Fault, UnexpectedKind};
use payment_message::{Code, Kind, Message, StrictEngine, open};
use proptest::prelude::*;

use super::any::any_message;
use super::party::{Party, Registry};
use super::samples;

proptest! {
    #[test]
    fn every_message_reads_back_as_what_was_written(message in any_message()) {
        prop_assert_eq!(Message::parse(&message.to_canonical()), Ok(message));
    }

    #[test]
    fn what_is_written_is_canonical_already(message in any_message()) {
        let body = message.to_canonical();
        let scanned = scan(&body).unwrap();
        prop_assert_eq!(scanned.body(), body.as_slice());
        prop_assert_eq!(scanned.signature(), None);
    }

    #[test]
    fn the_parser_survives_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::parse(&bytes);
        let _ = scan(&bytes);
    }
}

#[test]
fn a_verified_message_narrows_to_its_own_kind_only() {
    let document = Message::from(samples::order()).sign(&Party::golden()).unwrap();
    let registry = Registry::of(&[&Party::golden()]);
    let verified = open(&StrictEngine, &document, &registry).unwrap();
    let order = verified.clone().narrow::<PaymentOrder>().unwrap();
    assert_eq!(order.message(), &samples::order());
    assert_eq!(order.sender().party().as_str(), "terminal-1");
    assert_eq!(
        verified.narrow::<Offer>().unwrap_err(),
        UnexpectedKind { wanted: Kind::Offer, found: Kind::PaymentOrder }
    );
}

/// Each line: what to replace in the sample order, by what, the code, and where the fault is.
#[test]
fn every_fault_of_a_message_has_its_code_and_its_place() {
    const CASES: &[(&str, &str, Code, &str)] = &[
        ("urn:meteore:payment:1", "urn:meteore:payment:2", Code::WrongNamespace, "/"),
        ("PaymentOrder", "PaymentPlea", Code::UnknownMessage, "/"),
        (">1.80<", ">0.00<", Code::AmountNotPositive, "PaymentOrder/amount"),
        (">1.80<", ">-1.80<", Code::AmountNotPositive, "PaymentOrder/amount"),
        (">1.80<", ">1.8000001<", Code::AmountTooPrecise, "PaymentOrder/amount"),
        (">1.80<", ">1000000000000<", Code::AmountOverflow, "PaymentOrder/amount"),
        (">1.80<", ">99999999999999999999999<", Code::AmountOverflow, "PaymentOrder/amount"),
        (">1.80<", ">1,80<", Code::InvalidMessage, "PaymentOrder/amount"),
        (">1.80<", ">01.80<", Code::InvalidMessage, "PaymentOrder/amount"),
        (">1.80<", "> 1.80<", Code::InvalidMessage, "PaymentOrder/amount"),
        (">1.80<", "><b>1.80</b><", Code::InvalidMessage, "PaymentOrder/amount"),
        (" currency=\"EUR\"", "", Code::InvalidMessage, "PaymentOrder/amount"),
        ("\"EUR\"", "\"eur\"", Code::InvalidMessage, "PaymentOrder/amount"),
        ("\"EUR\"", "\"EUR\" x=\"1\"", Code::InvalidMessage, "PaymentOrder/amount"),
        ("<merchant>", "<merchant currency=\"EUR\">", Code::InvalidMessage, "PaymentOrder/merchant"),
        ("<merchant>city-tram</merchant>", "", Code::InvalidMessage, "PaymentOrder/merchant"),
        ("<merchant>", "<merchant xmlns=\"urn:x\">", Code::InvalidMessage, "PaymentOrder/merchant"),
        ("<createdAt>", "<extra>1</extra><createdAt>", Code::InvalidMessage, "PaymentOrder/createdAt"),
        ("</PaymentOrder>", "<extra>1</extra></PaymentOrder>", Code::InvalidMessage, "PaymentOrder"),
        ("<createdAt>", "text<createdAt>", Code::InvalidMessage, "PaymentOrder"),
        ("<createdAt>", "&amp;<createdAt>", Code::InvalidMessage, "PaymentOrder"),
        ("<PaymentOrder ", "<PaymentOrder x=\"1\" ", Code::InvalidMessage, "PaymentOrder"),
        ("12.123Z</createdAt>", "99.123Z</createdAt>", Code::InvalidMessage, "PaymentOrder/createdAt"),
        ("browser<", "teapot<", Code::InvalidMessage, "PaymentOrder/capability"),
    ];
    let order = String::from_utf8(Message::from(samples::order()).to_canonical()).unwrap();
    let order = order.replace("2026-11-21T07:29:37.123Z</createdAt>", "2026-11-21T07:29:12.123Z</createdAt>");
    for (from, to, code, path) in CASES {
        assert!(order.contains(from), "{from} is not in {order}");
        let error = Message::parse(order.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!((error.code(), error.path()), (*code, *path), "{from} → {to}: {error}");
    }
}

#[test]
fn fields_that_contradict_each_other_are_refused() {
    let mut order = samples::order();
    std::mem::swap(&mut order.created_at, &mut order.expires_at);
    let error = Message::parse(&Message::from(order).to_canonical()).unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::InvalidMessage, "PaymentOrder"));
}

/// Each line: a sample, what to replace in it, by what. All of it follows the schema.
#[test]
fn what_contradicts_itself_is_refused_in_every_message_that_can() {
    const CASES: &[(&str, &str, &str)] = &[
        ("Offer", "2026-11-22T", "2026-11-20T"),
        ("Offer-coupon", ">coupon<", ">single<"),
        ("Offer-coupon", "<couponExpiresAt>", "<capture>deferred</capture><couponExpiresAt>"),
        ("Offer-deferred", ">single<", ">coupon<"),
        ("PaymentOrder-coupons", "00000000000e<", "00000000000d<"),
        ("PaymentOrder-coupons", "<coupon>", "<quote>0192f0c1-9a00-7000-8000-00000000000f</quote><coupon>"),
        ("TopUpOrder", "T07:29:35.123Z</authenticatedAt>", "T08:29:35.123Z</authenticatedAt>"),
        ("RedemptionOrder", "T07:29:35.123Z</authenticatedAt>", "T08:29:35.123Z</authenticatedAt>"),
        ("CouponOrder", "T07:29:35.123Z</authenticatedAt>", "T08:29:35.123Z</authenticatedAt>"),
        ("DisputeOrder", "T07:29:35.123Z</authenticatedAt>", "T08:29:35.123Z</authenticatedAt>"),
        ("Campaign", "2026-11-22T", "2026-11-20T"),
        ("Bill", ">3.31<", ">3.32<"),
        ("Bill", "<refunds currency=\"EUR\">", "<refunds currency=\"USD\">"),
        ("Bill", "<lineCount>2<", "<lineCount>3<"),
        ("Bill", "<to>2026-12", "<to>2026-10"),
        ("Statement", ">21.00<", ">20.99<"),
        ("PayoutAdvice", ">94.24<", ">94.25<"),
    ];
    for (name, from, to) in CASES {
        let sample = samples::all().into_iter().find(|sample| sample.name == *name).unwrap();
        let body = String::from_utf8(sample.message.to_canonical()).unwrap();
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body, "{from} is not in {body}");
        let error = Message::parse(changed.as_bytes()).unwrap_err();
        assert!(matches!(error.fault(), Fault::Contradiction(_)), "{name}, {from} → {to}: {error}");
        assert_eq!((error.code(), error.path()), (Code::InvalidMessage, sample.message.kind().as_str()));
    }
}

#[test]
fn the_same_message_may_be_written_with_a_prefix_an_id_and_white_space() {
    let order = String::from_utf8(Message::from(samples::order()).to_canonical()).unwrap();
    let prefixed = order
        .replace("</", "</p:")
        .replace("><", ">\n  <")
        .replace('<', "<p:")
        .replace("<p:/p:", "</p:")
        .replace("<p:PaymentOrder xmlns=", "<p:PaymentOrder id=\"order-1\" xmlns:p=");
    let scanned = scan(prefixed.as_bytes()).unwrap();
    assert_eq!(Message::parse(scanned.body()), Ok(samples::order().into()));
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!("{:?}", Message::from(samples::enrolment_request()));
    assert!(!printed.contains("GOLDEN"), "{printed}");
}
