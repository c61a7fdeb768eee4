use payment_domain::{
    Authentication, Capability, Capture, CaptureId, CaptureOrder, ConsumerId, CouponAct, CouponId,
    CouponOrder, Currency, Digest, DisputeId, DisputeOrder, Label, MerchantId, Method, Money, Offer, OfferId,
    OrderId, Payer, PaymentOrder, QuoteRequest, RedemptionOrder, RefundId, RefundOrder, RequestId, Sale,
    TopUpOrder, VoidOrder,
};
use payment_message::{Code, StatusRequest};

use super::*;

const FRESHNESS: Freshness = Freshness { max_age_ms: 300_000, max_skew_ms: 60_000 };

const ID: [u8; 16] = [7; 16];

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap()
}

fn merchant() -> MerchantId {
    MerchantId::parse("tram").unwrap()
}

fn consumer() -> ConsumerId {
    ConsumerId::parse("alice").unwrap()
}

fn authentication(authenticated_at: Timestamp) -> Authentication {
    let (capability, method) = (Capability::Browser, Method::OneTimeCode);
    Authentication { capability, method, authenticated_at, evidence: Vec::new() }
}

/// What says only when it was made.
fn dated(created_at: Timestamp) -> Vec<Message> {
    let (request_id, order_id, capture_id) =
        (RequestId::from_bytes(ID), OrderId::from_bytes(ID), CaptureId::from_bytes(ID));
    let price = Money::from_micros(1_800_000, Currency::EUR);
    let refund_id = RefundId::from_bytes(ID);
    vec![
        StatusRequest { request_id, order_id, created_at }.into(),
        RefundOrder { refund_id, order_id, merchant: merchant(), amount: price, created_at }.into(),
        CaptureOrder { capture_id, order_id, merchant: merchant(), amount: price, created_at }.into(),
        VoidOrder { void_id: capture_id, order_id, merchant: merchant(), created_at }.into(),
        QuoteRequest { request_id, consumer: consumer(), price, currency: Currency::EUR, created_at }.into(),
    ]
}

/// What also says when the consumer was authenticated for it.
fn authenticated(authenticated_at: Timestamp, created_at: Timestamp) -> Vec<Message> {
    let (request_id, order_id) = (RequestId::from_bytes(ID), OrderId::from_bytes(ID));
    let (amount, proof) = (Money::from_micros(1_800_000, Currency::EUR), authentication(authenticated_at));
    let order = PaymentOrder {
        order_id,
        payer: Payer::Consumer(consumer()),
        merchant: merchant(),
        offer_id: OfferId::from_bytes(ID),
        offer_digest: Digest::new([1; 32]),
        amount,
        capability: proof.capability,
        method: proof.method,
        authenticated_at,
        evidence: Vec::new(),
        created_at,
        expires_at: created_at.saturating_add_millis(3_600_000),
        quote: None,
        coupons: Vec::new(),
    };
    let top_up = TopUpOrder {
        top_up_id: request_id,
        consumer: consumer(),
        amount,
        authentication: proof.clone(),
        created_at,
    };
    let redemption = RedemptionOrder {
        redemption_id: request_id,
        consumer: consumer(),
        amount,
        authentication: proof.clone(),
        created_at,
    };
    let coupon = CouponOrder {
        request_id,
        consumer: consumer(),
        act: CouponAct::Refund(CouponId::from_bytes(ID)),
        authentication: proof.clone(),
        created_at,
    };
    let dispute = DisputeOrder {
        dispute_id: DisputeId::from_bytes(ID),
        consumer: consumer(),
        order_id,
        amount,
        reason: Label::parse("No tram came").unwrap(),
        authentication: proof,
        created_at,
    };
    vec![order.into(), top_up.into(), redemption.into(), coupon.into(), dispute.into()]
}

#[test]
fn a_message_counts_from_a_little_ahead_of_our_clock_until_it_is_too_old() {
    for (age_ms, expected) in [
        (-60_001, Err(Code::MessageFuture)),
        (-60_000, Ok(())),
        (0, Ok(())),
        (300_000, Ok(())),
        (300_001, Err(Code::MessageStale)),
    ] {
        let made = now().saturating_add_millis(-age_ms);
        for message in dated(made).into_iter().chain(authenticated(made, made)) {
            assert_eq!(FRESHNESS.check(&message, now()), expected, "{:?} {age_ms}", message.kind());
        }
    }
}

#[test]
fn an_old_proof_of_who_the_consumer_is_does_not_count_for_a_new_message() {
    for (age_ms, expected) in [(300_000, Ok(())), (300_001, Err(Code::MessageStale))] {
        for message in authenticated(now().saturating_add_millis(-age_ms), now()) {
            assert_eq!(FRESHNESS.check(&message, now()), expected, "{:?} {age_ms}", message.kind());
        }
    }
}

#[test]
fn an_offer_counts_as_long_as_it_says() {
    let offer = Offer {
        offer_id: OfferId::from_bytes(ID),
        merchant: merchant(),
        item: Label::parse("t1").unwrap(),
        title: Label::parse("Tram 1 h").unwrap(),
        price: Money::from_micros(1_800_000, Currency::EUR),
        sale: Sale::Catalogue,
        valid_from: Timestamp::EPOCH,
        valid_until: now(),
        capture: Capture::Immediate,
        coupon: None,
    };
    assert_eq!(FRESHNESS.check(&offer.into(), now()), Ok(()));
}
