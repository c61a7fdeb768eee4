//! One message of each kind with fixed values, and the other forms that some of them have.

mod consumer;
mod merchant;
mod period;

use payment_domain::{
    Authentication, Capability, Capture, Challenge, ConsumerId, CouponId, CouponTerms, Currency, Digest,
    Funding, Label, LedgerPosition, MerchantId, Method, Mode, Money, Msisdn, Offer, OfferId, OrderId,
    PartyId, Payer, PaymentOrder, PaymentReceipt, Pseudonym, QuoteId, Rate, RefundId, RefundOrder,
    RefundReceipt, RequestId, Role, Sale, Timestamp,
};
use payment_message::{
    ActionUrl, Code, EnrolmentRequest, EnrolmentResponse, Invitation, Message, Rejection, State,
    StatusReport, StatusRequest,
};

/// A message and the name of its golden document.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) message: Message,
}

/// One of each kind, in the order of the schema, and then those with another form.
pub(crate) fn all() -> Vec<Sample> {
    let plain = one_of_each().into_iter().map(|message| Sample { name: name(&message), message });
    let others = variants()
        .into_iter()
        .map(|(form, message)| Sample { name: format!("{}-{form}", name(&message)), message });
    plain.chain(others).collect()
}

fn name(message: &Message) -> String {
    message.kind().as_str().to_owned()
}

fn one_of_each() -> Vec<Message> {
    let mut messages = payments();
    messages.extend(consumer::purse());
    messages.extend(consumer::coupons());
    messages.push(merchant::campaign().into());
    messages.extend(consumer::quotes());
    messages.extend(merchant::captures());
    messages.push(consumer::dispute().into());
    messages.extend(period::documents());
    messages
}

/// The fields that a message may have or not, and the choices.
fn variants() -> Vec<(&'static str, Message)> {
    let [claim, refund, gift_by_number] = consumer::other_coupon_orders();
    let priced = PaymentOrder { quote: Some(quote_id()), ..order() };
    let by_number = PaymentOrder {
        payer: Payer::Msisdn(Msisdn::parse("+33612345678").unwrap()),
        capability: Capability::Sms,
        method: Method::MsisdnCode,
        ..order()
    };
    let with_coupons = PaymentOrder { coupons: vec![coupon_id(), other_coupon_id()], ..order() };
    let exchanged = PaymentReceipt {
        order_digest: Message::from(priced.clone()).digest(),
        charged: Some((francs(1_716_301), Rate::parse("0.9535").unwrap())),
        ..receipt()
    };
    let paid_with_coupons = PaymentReceipt {
        order_digest: Message::from(with_coupons.clone()).digest(),
        mode: Mode::Single,
        funding: Funding::Coupon,
        rule: label("eu-default/coupon"),
        coupons: with_coupons.coupons.clone(),
        ..receipt()
    };
    let coupon_terms = CouponTerms { expires_at: at(31_536_000), transferable: true };
    vec![
        ("deferred", Offer { sale: Sale::Single, capture: Capture::Deferred, ..offer() }.into()),
        ("coupon", Offer { sale: Sale::Coupon, coupon: Some(coupon_terms), ..offer() }.into()),
        ("msisdn", by_number.into()),
        ("quote", priced.into()),
        ("coupons", with_coupons.into()),
        ("exchanged", exchanged.into()),
        ("coupons", paid_with_coupons.into()),
        ("confirm", confirm().into()),
        ("claim", claim.into()),
        ("refund", refund.into()),
        ("msisdn", gift_by_number.into()),
        ("discount", consumer::discount_coupon().into()),
        ("amount", merchant::other_campaign().into()),
        ("nothing", period::empty_bill().into()),
        ("suspended", period::suspension().into()),
        ("root", period::proof_of_the_only_payment().into()),
    ]
}

fn payments() -> Vec<Message> {
    vec![
        offer().into(),
        order().into(),
        receipt().into(),
        rejection().into(),
        StatusRequest { request_id: request_id(), order_id: order_id(), created_at: at(30) }.into(),
        report().into(),
        RefundOrder {
            refund_id: refund_id(),
            order_id: order_id(),
            merchant: merchant(),
            amount: euros(500_000),
            created_at: at(60),
        }
        .into(),
        refund_receipt().into(),
        enrolment_request().into(),
        enrolment_response().into(),
    ]
}

pub(crate) fn offer() -> Offer {
    Offer {
        offer_id: offer_id(),
        merchant: merchant(),
        item: label("TRAM-1H"),
        title: label("Tram ticket, 1 hour, zones A & B"),
        price: euros(1_800_000),
        sale: Sale::Catalogue,
        valid_from: at(0),
        valid_until: at(86_400),
        capture: Capture::Immediate,
        coupon: None,
    }
}

pub(crate) fn order() -> PaymentOrder {
    PaymentOrder {
        order_id: order_id(),
        payer: Payer::Consumer(alice()),
        merchant: merchant(),
        offer_id: offer_id(),
        offer_digest: Message::from(offer()).digest(),
        amount: euros(1_800_000),
        capability: Capability::Browser,
        method: Method::OneTimeCode,
        authenticated_at: at(10),
        evidence: b"code 7 of 2026-11-21".to_vec(),
        created_at: at(12),
        expires_at: at(312),
        quote: None,
        coupons: Vec::new(),
    }
}

fn receipt() -> PaymentReceipt {
    PaymentReceipt {
        order_id: order_id(),
        order_digest: Message::from(order()).digest(),
        offer_id: offer_id(),
        offer_digest: Message::from(offer()).digest(),
        merchant: merchant(),
        consumer: Pseudonym::new([0x5a; 16]),
        amount: euros(1_800_000),
        mode: Mode::Aggregated,
        funding: Funding::Prepaid,
        rule: label("eu-default/aggregate-micropayment"),
        capability: Capability::Browser,
        method: Method::OneTimeCode,
        ordered_at: at(12),
        accepted_at: at(13),
        position: position(1),
        charged: None,
        coupons: Vec::new(),
    }
}

fn rejection() -> Rejection {
    Rejection {
        in_reply_to: Some(order_id().into()),
        request_digest: Some(Message::from(order()).digest()),
        code: Code::StepUpRequired,
        reason: label("Above EUR 30 the consumer must be authenticated strongly"),
        field: Some(label("PaymentOrder/amount")),
        challenge: Some(Challenge::Passkey),
        rule: Some(label("eu-default/low-value-needs-step-up")),
        rejected_at: at(13),
    }
}

fn report() -> StatusReport {
    StatusReport {
        in_reply_to: request_id().into(),
        subject: order_id().into(),
        state: State::Accepted,
        amount: Some(euros(1_800_000)),
        refunded: Some(euros(0)),
        receipt_digest: Some(Message::from(receipt()).digest()),
        action_url: None,
        reported_at: at(31),
    }
}

/// The external system wants the consumer to confirm.
fn confirm() -> StatusReport {
    StatusReport {
        state: State::Pending,
        refunded: None,
        receipt_digest: None,
        action_url: Some(ActionUrl::parse("https://bank.example/confirm?a=1&b=2").unwrap()),
        ..report()
    }
}

fn refund_receipt() -> RefundReceipt {
    RefundReceipt {
        refund_id: refund_id(),
        refund_digest: Digest::new([0xab; 32]),
        order_id: order_id(),
        merchant: merchant(),
        consumer: Pseudonym::new([0x5a; 16]),
        amount: euros(500_000),
        refunded_total: euros(500_000),
        refunded_at: at(61),
        position: position(2),
    }
}

pub(crate) fn enrolment_request() -> EnrolmentRequest {
    EnrolmentRequest {
        request_id: request_id(),
        party: PartyId::parse("alice-phone").unwrap(),
        role: Role::Terminal,
        invitation: Invitation::parse("GOLDEN-INVITATION-1").unwrap(),
        pkcs10: b"not a real certificate request".to_vec(),
        created_at: at(1),
    }
}

fn enrolment_response() -> EnrolmentResponse {
    EnrolmentResponse {
        in_reply_to: request_id(),
        party: PartyId::parse("alice-phone").unwrap(),
        role: Role::Terminal,
        certificate: b"not a real certificate".to_vec(),
        issuing_certificate: b"not a real certificate either".to_vec(),
        not_after: at(31_536_000),
        issued_at: at(2),
    }
}

fn authentication() -> Authentication {
    Authentication {
        capability: Capability::Browser,
        method: Method::OneTimeCode,
        authenticated_at: at(10),
        evidence: b"code 7 of 2026-11-21".to_vec(),
    }
}

/// Seconds after an instant in 2026.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_246_165_123).unwrap().saturating_add_millis(seconds.saturating_mul(1000))
}

fn euros(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn francs(micros: i64) -> Money {
    Money::from_micros(micros, Currency::parse("CHF").unwrap())
}

fn position(number: i64) -> LedgerPosition {
    LedgerPosition::new(7_232_000_000_000_000_000_i64.saturating_add(number)).unwrap()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn alice() -> ConsumerId {
    ConsumerId::parse("alice").unwrap()
}

fn merchant() -> MerchantId {
    MerchantId::parse("city-tram").unwrap()
}

fn offer_id() -> OfferId {
    OfferId::parse("0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6").unwrap()
}

fn order_id() -> OrderId {
    OrderId::parse("0192f0c1-9a00-7000-8000-00000000000a").unwrap()
}

fn refund_id() -> RefundId {
    RefundId::parse("0192f0c1-9a00-7000-8000-00000000000b").unwrap()
}

fn request_id() -> RequestId {
    RequestId::parse("0192f0c1-9a00-7000-8000-00000000000c").unwrap()
}

fn coupon_id() -> CouponId {
    CouponId::parse("0192f0c1-9a00-7000-8000-00000000000d").unwrap()
}

fn other_coupon_id() -> CouponId {
    CouponId::parse("0192f0c1-9a00-7000-8000-00000000000e").unwrap()
}

fn quote_id() -> QuoteId {
    QuoteId::parse("0192f0c1-9a00-7000-8000-00000000000f").unwrap()
}
