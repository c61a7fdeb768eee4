//! What the values allow, a document can carry: the longest messages are not too long for whoever reads them.

use payment_domain::{
    Bill, ConsumerId, CouponId, Currency, Digest, InclusionProof, LedgerPosition, Line, MerchantId, Money,
    PaymentOrder, Timestamp,
};
use payment_message::{Message, StrictEngine, open};

use super::party::{Party, Registry};
use super::samples;

/// More than any real one has, and incompressible for all that.
const CERTIFICATE: [u8; 4096] = [7; 4096];

fn most(currency: Currency) -> Money {
    Money::from_micros(999_999_999_999_999_999, currency)
}

fn position() -> LedgerPosition {
    LedgerPosition::new(i64::MAX).unwrap()
}

fn longest_bill() -> Bill {
    let (zero, most) = (Money::zero(Currency::EUR), most(Currency::EUR));
    let lines = u64::try_from(Bill::MAX_LINES).unwrap();
    let of_each = most.micros().checked_div(i64::try_from(lines).unwrap()).unwrap();
    let line = |number: usize| Line {
        merchant: MerchantId::parse(&format!("{number:0>63}")).unwrap(),
        count: u64::MAX.checked_div(lines).unwrap(),
        amount: Money::from_micros(of_each, Currency::EUR),
    };
    Bill {
        position: position(),
        consumer: ConsumerId::parse(&"c".repeat(63)).unwrap(),
        from: Timestamp::EPOCH,
        to: Timestamp::EPOCH.saturating_add_millis(1),
        opening: zero,
        payments: most,
        count: u64::MAX,
        refunds: zero,
        credits: zero,
        amount_due: most,
        carried: zero,
        root: Digest::new([0xab; 32]),
        lines: (0..Bill::MAX_LINES).map(line).collect(),
        due_at: Timestamp::EPOCH,
        issued_at: Timestamp::EPOCH,
    }
}

#[test]
fn the_longest_messages_open() {
    let proof = InclusionProof {
        bill: position(),
        payment: position(),
        amount: most(Currency::EUR),
        index: u64::MAX - 1,
        count: u64::MAX,
        path: vec![Digest::new([0xab; 32]); InclusionProof::MAX_PATH],
        root: Digest::new([0xab; 32]),
        proved_at: Timestamp::EPOCH,
    };
    let coupons =
        (1..=PaymentOrder::MAX_COUPONS).map(|n| CouponId::from_bytes([u8::try_from(n).unwrap(); 16]));
    let order = PaymentOrder {
        evidence: vec![0xff; PaymentOrder::MAX_EVIDENCE_BYTES],
        coupons: coupons.collect(),
        ..samples::order()
    };
    let signer = Party::with_key(9, Some(&CERTIFICATE));
    for message in [Message::from(longest_bill()), proof.into(), order.into()] {
        let document = message.sign(&signer).unwrap();
        let opened = open(&StrictEngine, &document, &Registry::of(&[&signer]));
        assert_eq!(opened.map(|verified| verified.into_message()), Ok(message), "{} bytes", document.len());
    }
}

#[test]
fn one_more_of_what_is_counted_is_refused() {
    let mut bill = longest_bill();
    bill.lines = vec![
        Line { count: 0, amount: Money::from_micros(1, Currency::EUR), ..bill.lines[0].clone() };
        Bill::MAX_LINES
    ];
    assert!(Message::parse(&Message::from(bill.clone()).to_canonical()).is_ok());
    bill.lines.push(bill.lines[0].clone());
    let error = Message::parse(&Message::from(bill).to_canonical()).unwrap_err();
    assert_eq!(error.path(), "Bill/dueAt");
}
