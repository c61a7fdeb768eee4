use payment_domain::{
    Bill, Capability, ConsumerId, Currency, Digest, Funding, Label, LedgerPosition, MerchantId, Method, Mode,
    Money, OfferId, OrderId, PartyId, Pseudonym,
};
use payment_message::inclusion::leaf;
use payment_trust::{Credential, Directory, Lifetimes, Plan, PrivateKey};

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn eur(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn position(value: i64) -> LedgerPosition {
    LedgerPosition::new(value).unwrap()
}

fn receipt() -> PaymentReceipt {
    PaymentReceipt {
        order_id: OrderId::from_bytes([1; 16]),
        order_digest: Digest::new([2; 32]),
        offer_id: OfferId::from_bytes([3; 16]),
        offer_digest: Digest::new([4; 32]),
        merchant: MerchantId::parse("city-tram").unwrap(),
        consumer: Pseudonym::new([5; 16]),
        amount: eur(1_700_000),
        mode: Mode::Aggregated,
        funding: Funding::Postpaid,
        rule: Label::parse("eu-default/aggregate-micropayment").unwrap(),
        capability: Capability::Passkey,
        method: Method::Passkey,
        ordered_at: at("2026-11-21T09:00:00.000Z"),
        accepted_at: at("2026-11-21T09:00:00.000Z"),
        position: position(7),
        charged: None,
        coupons: Vec::new(),
    }
}

fn bill(root: Digest) -> Message {
    Message::Bill(Bill {
        position: position(99),
        consumer: ConsumerId::parse("alice").unwrap(),
        from: at("2026-11-01T00:00:00.000Z"),
        to: at("2026-12-01T00:00:00.000Z"),
        opening: eur(0),
        payments: eur(1_700_000),
        count: 1,
        refunds: eur(0),
        credits: eur(0),
        amount_due: eur(1_700_000),
        carried: eur(0),
        root,
        lines: Vec::new(),
        due_at: at("2026-12-15T00:00:00.000Z"),
        issued_at: at("2026-12-01T02:00:00.000Z"),
    })
}

#[test]
fn a_payment_is_inside_only_with_its_own_position_and_amount() {
    let root = leaf(7, 1_700_000, Currency::EUR);
    let proof = InclusionProof {
        bill: position(99),
        payment: position(7),
        amount: eur(1_700_000),
        index: 0,
        count: 1,
        path: Vec::new(),
        root,
        proved_at: at("2026-12-02T00:00:00.000Z"),
    };
    assert!(is_inside(&proof, &receipt(), &bill(root)));
    let other = |position_of: i64, micros: i64| PaymentReceipt {
        position: position(position_of),
        amount: eur(micros),
        ..receipt()
    };
    assert!(!is_inside(&proof, &other(8, 1_700_000), &bill(root)), "another payment");
    assert!(!is_inside(&proof, &other(7, 1_700_001), &bill(root)), "another amount");
    assert!(!is_inside(&proof, &receipt(), &bill(Digest::new([9; 32]))), "another root");
    assert!(!is_inside(&proof, &receipt(), &Message::PaymentReceipt(receipt())), "no bill at all");
}

#[test]
fn what_is_not_signed_is_never_called_genuine() {
    let unsigned = Message::PaymentReceipt(receipt()).to_canonical();
    assert_eq!(made_at(&unsigned), Some(receipt().accepted_at));
    assert_eq!(made_at(b"<Nonsense/>"), None);
}

/// A merchant's certificate leads to the same root as the payment system's.
#[test]
fn a_receipt_holds_only_if_the_payment_system_itself_has_signed_it() {
    let folder = std::env::temp_dir().join(format!("meteore-verify-{}", std::process::id()));
    let now = receipt().accepted_at;
    let plan = Plan {
        party: PartyId::parse("meteore").unwrap(),
        hosts: vec![payment_trust::Host::Dns("localhost".to_owned())],
        lifetimes: Lifetimes::default(),
    };
    let before = now.saturating_add_millis(-60_000);
    let directory = Directory::init(&folder, &plan, before).unwrap();
    let key = PrivateKey::generate().unwrap();
    let (name, life) = (PartyId::parse("city-tram").unwrap(), std::time::Duration::from_secs(86_400));
    let issued = directory.issue(&name, &Role::Merchant, &key.public_key().unwrap(), life, before).unwrap();
    let merchant = Credential::new(key, issued).unwrap();
    let (chain, system) = (directory.chain().unwrap(), directory.cps().unwrap());
    let message = Message::PaymentReceipt(receipt());
    let [genuine, forged] = [&system, &merchant].map(|signer| message.sign(signer).unwrap());
    let verified = [&genuine, &forged].map(|document| verify(document, &chain, now));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(verified[0].as_ref().map(|verified| verified.message.clone()), Ok(message));
    assert_eq!(verified[1], Err("signed by a certificate of the role merchant, not cps".to_owned()));
    let words = Words::of(crate::words::Locale::English);
    let says = |verified| checks(words, verified, &chain).state.unwrap().words;
    assert_ne!(says(&verified[0]), says(&verified[1]), "one holds, the other one does not");
}
