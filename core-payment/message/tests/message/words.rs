//! The words that the schema lists are those that the parser knows, all of them and no others.

use std::collections::BTreeSet;
use std::fmt::Display;

use payment_domain::{Capability, Capture, Challenge, CouponKind, CouponState, Funding, Method, Mode, Sale};
use payment_message::{Code, State, schema};

/// The values that a type of the schema lists.
fn listed(name: &str) -> BTreeSet<String> {
    let (_, declared) = schema::MESSAGES.split_once(&format!("<xs:simpleType name=\"{name}\">")).unwrap();
    let (declared, _) = declared.split_once("</xs:simpleType>").unwrap();
    let value = |rest: &str| rest.split_once('"').unwrap().0.to_owned();
    declared.split("<xs:enumeration value=\"").skip(1).map(value).collect()
}

fn known<W: Display>(words: &[W]) -> BTreeSet<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn the_schema_and_the_parser_know_the_same_words() {
    for (name, known) in [
        ("Capability", known(Capability::ALL)),
        ("Challenge", known(Challenge::ALL)),
        ("Code", known(Code::ALL)),
        ("CouponKind", known(CouponKind::ALL)),
        ("CouponState", known(CouponState::ALL)),
        ("Funding", known(Funding::ALL)),
        ("Method", known(Method::ALL)),
        ("Mode", known(Mode::ALL)),
        ("Sale", known(Sale::ALL)),
        ("State", known(State::ALL)),
    ] {
        assert_eq!(listed(name), known, "{name}");
    }
}

/// What is captured at once does not say so: one offer has one text.
#[test]
fn of_the_kinds_of_capture_the_usual_one_is_not_written() {
    let mut known = known(Capture::ALL);
    known.remove(Capture::Immediate.as_str());
    assert_eq!(listed("Capture"), known);
}
