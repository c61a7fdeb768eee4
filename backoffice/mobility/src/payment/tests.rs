use std::time::Duration;

use payment_domain::{
    Capability, CouponId, Currency, Funding, LedgerPosition, Method, Mode, PartyId, Pseudonym, RefundId,
};
use payment_trust::{Directory, Host, Lifetimes, Plan};
use tempfile::TempDir;

use super::*;

struct Pki {
    _folder: TempDir,
    directory: Directory,
    now: Timestamp,
}

fn pki() -> Pki {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::parse("2026-11-21T10:00:00.000Z").unwrap();
    let plan = Plan {
        party: PartyId::parse("meteore").unwrap(),
        hosts: vec![Host::Dns("localhost".to_owned())],
        lifetimes: Lifetimes::default(),
    };
    let directory = Directory::init(&folder.path().join("pki"), &plan, now).unwrap();
    Pki { _folder: folder, directory, now }
}

impl Pki {
    fn gateway(&self) -> Gateway {
        let url = |text| Url::parse(text).unwrap();
        Gateway::new(url("https://door.example"), url("https://pay.example"), self.directory.chain().unwrap())
            .unwrap()
    }

    fn credential(&self, role: &Role) -> Credential {
        let key = PrivateKey::generate().unwrap();
        let (id, year) = (PartyId::parse("tram").unwrap(), Duration::from_secs(365 * 86_400));
        let certificate =
            self.directory.issue(&id, role, &key.public_key().unwrap(), year, self.now).unwrap();
        Credential::new(key, certificate).unwrap()
    }

    fn merchant(&self, callback: Option<&str>) -> Merchant {
        let folder = tempfile::tempdir().unwrap();
        let credential = self.credential(&Role::Merchant);
        credential.key().save(&folder.path().join("tram.key")).unwrap();
        std::fs::write(folder.path().join("tram.pem"), credential.certificate().to_pem()).unwrap();
        Merchant::load(folder.path(), MerchantId::parse("tram").unwrap(), callback).unwrap()
    }
}

fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn receipt(now: Timestamp) -> PaymentReceipt {
    PaymentReceipt {
        order_id: OrderId::from_bytes([1; 16]),
        order_digest: Digest::new([2; 32]),
        offer_id: OfferId::from_bytes([3; 16]),
        offer_digest: Digest::new([4; 32]),
        merchant: MerchantId::parse("tram").unwrap(),
        consumer: Pseudonym::new([5; 16]),
        amount: euros("1.80"),
        mode: Mode::Aggregated,
        funding: Funding::Prepaid,
        rule: Label::parse("eu-default/aggregate-micropayment").unwrap(),
        capability: Capability::App,
        method: Method::DeviceKey,
        ordered_at: now,
        accepted_at: now,
        position: LedgerPosition::new(6).unwrap(),
        charged: None,
        coupons: Vec::new(),
    }
}

#[test]
fn only_the_gateways_own_signature_makes_a_receipt() {
    let pki = pki();
    let (gateway, other) = (pki.gateway(), self::pki());
    let message = Message::from(receipt(pki.now));
    let good = message.sign(&pki.directory.cps().unwrap()).unwrap();
    let read = gateway.read(&good, pki.now).unwrap();
    assert_eq!((read.says, read.document.as_bytes()), (receipt(pki.now), good.as_slice()));

    let altered = String::from_utf8(good.clone()).unwrap().replace("1.80", "0.80").into_bytes();
    let merchants = message.sign(&pki.credential(&Role::Merchant)).unwrap();
    let strangers = message.sign(&other.directory.cps().unwrap()).unwrap();
    for (forged, why) in [
        (altered, "altered"),
        (merchants, "signed by a merchant"),
        (strangers, "signed by another gateway"),
        (message.to_canonical(), "not signed"),
        (b"<html/>".to_vec(), "something else"),
    ] {
        assert!(matches!(gateway.read(&forged, pki.now), Err(PaymentError::Forged)), "{why}");
    }
    let long_after = pki.now.saturating_add_millis(50 * 365 * 86_400_000);
    assert!(matches!(gateway.read(&good, long_after), Err(PaymentError::Forged)));

    let refund = RefundOrder {
        refund_id: RefundId::from_bytes([1; 16]),
        order_id: OrderId::from_bytes([1; 16]),
        merchant: MerchantId::parse("tram").unwrap(),
        amount: euros("1.80"),
        created_at: pki.now,
    };
    let other_message = Message::from(refund).sign(&pki.directory.cps().unwrap()).unwrap();
    assert!(matches!(gateway.read(&other_message, pki.now), Err(PaymentError::Unexpected)));
}

#[test]
fn a_receipt_counts_for_its_own_offer_merchant_and_price() {
    let merchant = MerchantId::parse("tram").unwrap();
    let sold = Sold {
        merchant: &merchant,
        offer: Digest::new([4; 32]),
        price: euros("1.80"),
        discount: euros("0.30"),
    };
    for (merchant, offer, amount, coupons, counts, why) in [
        ("tram", 4, "1.80 EUR", 0, true, "as sold"),
        ("parking", 4, "1.80 EUR", 0, false, "another merchant"),
        ("tram", 9, "1.80 EUR", 0, false, "another offer"),
        ("tram", 4, "1.79 EUR", 0, false, "less, without a coupon"),
        ("tram", 4, "1.81 EUR", 0, false, "more"),
        ("tram", 4, "1.80 USD", 0, false, "dollars"),
        ("tram", 4, "1.50 EUR", 1, true, "with our coupon"),
        ("tram", 4, "1.49 EUR", 1, false, "more off than we promised"),
        ("tram", 4, "1.81 EUR", 1, false, "more, with a coupon"),
        ("tram", 4, "1.50 USD", 1, false, "dollars, with a coupon"),
        ("tram", 4, "1.80 EUR", 1, true, "a coupon that was worth the price"),
    ] {
        let (amount, currency) = amount.split_once(' ').unwrap();
        let receipt = PaymentReceipt {
            merchant: MerchantId::parse(merchant).unwrap(),
            offer_digest: Digest::new([offer; 32]),
            amount: Money::parse(amount, Currency::parse(currency).unwrap()).unwrap(),
            coupons: vec![CouponId::from_bytes([8; 16]); coupons],
            ..receipt(Timestamp::EPOCH)
        };
        assert_eq!(settle(&receipt, sold).is_ok(), counts, "{why}");
    }
}

/// The example that the specification's own libraries carry.
#[test]
fn a_callback_is_heard_if_it_is_ours_and_fresh() {
    let merchant = pki().merchant(Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let head = CallbackHead {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    let body = br#"{"test": 2432232314}"#;
    let sent = Timestamp::from_millis(1_614_265_330_000).unwrap();
    let heard = |head, body: &[u8], after_s: i64| {
        merchant.hear(head, body, sent.saturating_add_millis(after_s * 1_000)).is_ok()
    };
    assert!(heard(head, body, 0) && heard(head, body, 300) && heard(head, body, -300));
    let both = format!("v1a,xyz v1,AAAA {}", head.signature);
    assert!(heard(CallbackHead { signature: &both, ..head }, body, 0), "while keys change there are several");
    assert!(!heard(head, body, 301) && !heard(head, body, -301), "old, or from the future");
    assert!(!heard(head, b"{}", 0), "another body");
    assert!(!heard(CallbackHead { id: "msg_other", ..head }, body, 0), "another id");
    assert!(!heard(CallbackHead { timestamp: "1614265331", ..head }, body, 0), "another time");
    for signature in ["", "v1,", "v1,AAAA", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="] {
        assert!(!heard(CallbackHead { signature, ..head }, body, 0), "{signature}");
    }
    assert!(
        self::pki().merchant(None).hear(head, body, sent).is_err(),
        "a merchant without a key hears nothing"
    );
}

#[test]
fn the_checkout_knows_the_offer_and_the_way_back() {
    let gateway = pki().gateway();
    let back = Url::parse("https://shop.example/back/0a?b=c&d").unwrap();
    let url = gateway.checkout(Digest::new([0xab; 32]), &back);
    let expected = format!(
        "https://pay.example/pay/{}?return=https%3A%2F%2Fshop.example%2Fback%2F0a%3Fb%3Dc%26d",
        "ab".repeat(32)
    );
    assert_eq!(url.as_str(), expected);
}

/// The README says how much code it takes; this counts it.
#[test]
fn the_readme_counts_the_lines_of_payment_code() {
    let code = include_str!("../payment.rs").lines().map(str::trim);
    let mark = "#[cfg(test)]";
    let lines = code
        .take_while(|line| *line != mark)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count();
    let readme = include_str!("../../README.md");
    let said = format!("**{lines} lines**");
    assert!(readme.contains(&said), "README.md has to say {said}");
    assert!(readme.lines().count() <= 60);
}
