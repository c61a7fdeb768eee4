//! One message of each kind with fixed values, and strategies for any.

use payment_domain::{
    Capability, Challenge, Channel, ConsumerId, Currency, Digest, Funding, Label, LedgerPosition, MerchantId,
    Method, Mode, Money, Msisdn, Offer, OfferId, OrderId, PartyId, Payer, PaymentOrder, PaymentReceipt,
    Pseudonym, RefundId, RefundOrder, RefundReceipt, RequestId, Role, Sale, Timestamp,
};
use payment_message::{
    Code, EnrolmentRequest, EnrolmentResponse, Invitation, Message, MessageId, Rejection, State,
    StatusReport, StatusRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// One of each kind, in the order of the schema.
pub(crate) fn all() -> Vec<Message> {
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
    }
}

pub(crate) fn order() -> PaymentOrder {
    PaymentOrder {
        order_id: order_id(),
        payer: Payer::Consumer(ConsumerId::parse("alice").unwrap()),
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
        position: LedgerPosition::new(7_232_000_000_000_000_001).unwrap(),
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
        position: LedgerPosition::new(7_232_000_000_000_000_002).unwrap(),
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

/// Seconds after an instant in 2026.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_246_165_123).unwrap().saturating_add_millis(seconds.saturating_mul(1000))
}

fn euros(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
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

/// Any message whose fields do not contradict each other.
pub(crate) fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![
        any_offer().prop_map(Message::from),
        any_order().prop_map(Message::from),
        any_receipt().prop_map(Message::from),
        any_rejection().prop_map(Message::from),
        any_report().prop_map(Message::from),
        any_refund().prop_map(Message::from),
        any_refund_receipt().prop_map(Message::from),
        any_enrolment().prop_map(Message::from),
        any_certificates().prop_map(Message::from),
        (any_id(), any_id(), any_time()).prop_map(|(request_id, order_id, created_at)| {
            StatusRequest {
                request_id: RequestId::from_bytes(request_id),
                order_id: OrderId::from_bytes(order_id),
                created_at,
            }
            .into()
        }),
    ]
}

fn any_offer() -> impl Strategy<Value = Offer> {
    (any_id(), any_party(), any_label(), any_label(), any_money(1), select(Sale::ALL), any_interval())
        .prop_map(|(offer_id, merchant, item, title, price, sale, (valid_from, valid_until))| Offer {
            offer_id: OfferId::from_bytes(offer_id),
            merchant: MerchantId::new(merchant),
            item,
            title,
            price,
            sale,
            valid_from,
            valid_until,
        })
}

fn any_order() -> impl Strategy<Value = PaymentOrder> {
    let payer = prop_oneof![
        any_party().prop_map(|party| Payer::Consumer(ConsumerId::new(party))),
        "\\+[1-9][0-9]{6,14}".prop_map(|number| Payer::Msisdn(Msisdn::parse(&number).unwrap())),
    ];
    let ids = (any_id(), any_id(), any::<[u8; 32]>());
    let terminal = (select(Capability::ALL), select(Method::ALL), vec(any::<u8>(), 0..200));
    (ids, payer, any_party(), any_money(1), terminal, any_interval()).prop_map(
        |(
            (order_id, offer_id, digest),
            payer,
            merchant,
            amount,
            (capability, method, evidence),
            (from, until),
        )| {
            PaymentOrder {
                order_id: OrderId::from_bytes(order_id),
                payer,
                merchant: MerchantId::new(merchant),
                offer_id: OfferId::from_bytes(offer_id),
                offer_digest: Digest::new(digest),
                amount,
                capability,
                method,
                authenticated_at: from,
                evidence,
                created_at: from,
                expires_at: until,
            }
        },
    )
}

fn any_receipt() -> impl Strategy<Value = PaymentReceipt> {
    let ids = (any_id(), any_id(), any::<[u8; 32]>(), any::<[u8; 32]>());
    let how = (select(Mode::ALL), select(Funding::ALL), select(Capability::ALL), select(Method::ALL));
    (ids, any_party(), any::<[u8; 16]>(), any_money(1), how, any_label(), any_interval(), 1..=i64::MAX)
        .prop_map(|(ids, merchant, consumer, amount, how, rule, (ordered_at, accepted_at), position)| {
            PaymentReceipt {
                order_id: OrderId::from_bytes(ids.0),
                order_digest: Digest::new(ids.2),
                offer_id: OfferId::from_bytes(ids.1),
                offer_digest: Digest::new(ids.3),
                merchant: MerchantId::new(merchant),
                consumer: Pseudonym::new(consumer),
                amount,
                mode: how.0,
                funding: how.1,
                rule,
                capability: how.2,
                method: how.3,
                ordered_at,
                accepted_at,
                position: LedgerPosition::new(position).unwrap(),
            }
        })
}

fn any_rejection() -> impl Strategy<Value = Rejection> {
    let reference = (option::of(any_id()), option::of(any::<[u8; 32]>()));
    let details = (option::of(any_label()), option::of(select(Challenge::ALL)), option::of(any_label()));
    (reference, select(Code::ALL), any_label(), details, any_time()).prop_map(
        |((id, digest), code, reason, (field, challenge, rule), rejected_at)| Rejection {
            in_reply_to: id.map(|id| RequestId::from_bytes(id).into()),
            request_digest: digest.map(Digest::new),
            code,
            reason,
            field,
            challenge,
            rule,
            rejected_at,
        },
    )
}

fn any_report() -> impl Strategy<Value = StatusReport> {
    let money = (option::of(any_money(1)), option::of(any_money(0)), option::of(any::<[u8; 32]>()));
    (any_id(), any_id(), select(State::ALL), money, any_time()).prop_map(
        |(in_reply_to, subject, state, (amount, refunded, digest), reported_at)| StatusReport {
            in_reply_to: MessageId::from(RequestId::from_bytes(in_reply_to)),
            subject: MessageId::from(OrderId::from_bytes(subject)),
            state,
            amount,
            refunded,
            receipt_digest: digest.map(Digest::new),
            action_url: None,
            reported_at,
        },
    )
}

fn any_refund() -> impl Strategy<Value = RefundOrder> {
    (any_id(), any_id(), any_party(), any_money(1), any_time()).prop_map(
        |(refund_id, order_id, merchant, amount, created_at)| RefundOrder {
            refund_id: RefundId::from_bytes(refund_id),
            order_id: OrderId::from_bytes(order_id),
            merchant: MerchantId::new(merchant),
            amount,
            created_at,
        },
    )
}

fn any_refund_receipt() -> impl Strategy<Value = RefundReceipt> {
    let ids = (any_id(), any_id(), any::<[u8; 32]>(), any::<[u8; 16]>());
    (ids, any_party(), any_money(1), any_money(1), any_time(), 1..=i64::MAX).prop_map(
        |(ids, merchant, amount, refunded_total, refunded_at, position)| RefundReceipt {
            refund_id: RefundId::from_bytes(ids.0),
            refund_digest: Digest::new(ids.2),
            order_id: OrderId::from_bytes(ids.1),
            merchant: MerchantId::new(merchant),
            consumer: Pseudonym::new(ids.3),
            amount,
            refunded_total,
            refunded_at,
            position: LedgerPosition::new(position).unwrap(),
        },
    )
}

fn any_enrolment() -> impl Strategy<Value = EnrolmentRequest> {
    (any_id(), any_party(), any_role(), "[A-Za-z0-9_-]{8,64}", vec(any::<u8>(), 1..600), any_time()).prop_map(
        |(request_id, party, role, invitation, pkcs10, created_at)| EnrolmentRequest {
            request_id: RequestId::from_bytes(request_id),
            party,
            role,
            invitation: Invitation::parse(&invitation).unwrap(),
            pkcs10,
            created_at,
        },
    )
}

fn any_certificates() -> impl Strategy<Value = EnrolmentResponse> {
    let der = || vec(any::<u8>(), 1..600);
    (any_id(), any_party(), any_role(), der(), der(), any_interval()).prop_map(
        |(in_reply_to, party, role, certificate, issuing_certificate, (issued_at, not_after))| {
            EnrolmentResponse {
                in_reply_to: RequestId::from_bytes(in_reply_to),
                party,
                role,
                certificate,
                issuing_certificate,
                not_after,
                issued_at,
            }
        },
    )
}

fn any_id() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>().prop_filter("the nil UUID is no id", |bytes| *bytes != [0; 16])
}

fn any_party() -> impl Strategy<Value = PartyId> {
    "[a-z0-9][a-z0-9-]{0,62}".prop_map(|text| PartyId::parse(&text).unwrap())
}

fn any_role() -> impl Strategy<Value = Role> {
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
fn any_label() -> impl Strategy<Value = Label> {
    let character =
        prop_oneof![select(vec!['&', '<', '>', '"', '\'', ']', ' ', 'é', '€', '😀']), any::<char>()];
    vec(character, 1..=120)
        .prop_filter_map("not a label", |characters| Label::parse(&String::from_iter(characters)).ok())
}

/// Amounts of at least `least` micro-units, up to the most that a message can carry.
fn any_money(least: i64) -> impl Strategy<Value = Money> {
    let micros = prop_oneof![least..100_000_000, least..1_000_000_000_000_000_000];
    ("[A-Z]{3}", micros)
        .prop_map(|(code, micros)| Money::from_micros(micros, Currency::parse(&code).unwrap()))
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..253_402_300_799_999_i64).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

/// Two instants, the second after the first.
fn any_interval() -> impl Strategy<Value = (Timestamp, Timestamp)> {
    (any_time(), 1..1_000_000_000_i64)
        .prop_map(|(from, millis)| (from, from.saturating_add_millis(millis)))
        .prop_filter("at the end of time nothing comes after", |(from, until)| from < until)
}
