//! Any message whose fields do not contradict each other.

mod consumer;
mod period;
mod value;

use payment_domain::{
    Capability, Capture, Challenge, CouponId, CouponTerms, Digest, Funding, LedgerPosition, MerchantId,
    Method, Mode, Offer, OfferId, OrderId, PaymentOrder, PaymentReceipt, Pseudonym, QuoteId, RefundId,
    RefundOrder, RefundReceipt, RequestId, Sale,
};
use payment_message::{
    ActionUrl, Code, EnrolmentRequest, EnrolmentResponse, Invitation, Message, MessageId, Rejection, State,
    StatusReport, StatusRequest,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use value::{any_id, any_interval, any_label, any_money, any_party, any_payer, any_rate, any_role, any_time};

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
        consumer::any_purse_message(),
        consumer::any_coupon_message(),
        consumer::any_exchange_message(),
        consumer::any_capture_message(),
        period::any_document(),
    ]
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let terms = (any_time(), any::<bool>())
        .prop_map(|(expires_at, transferable)| CouponTerms { expires_at, transferable });
    let sold = prop_oneof![
        (select(vec![Sale::Catalogue, Sale::Single]), select(Capture::ALL))
            .prop_map(|(sale, capture)| (sale, capture, None)),
        terms.prop_map(|terms| (Sale::Coupon, Capture::Immediate, Some(terms))),
    ];
    (any_id(), any_party(), any_label(), any_label(), any_money(1), sold, any_interval()).prop_map(
        |(offer_id, merchant, item, title, price, (sale, capture, coupon), (valid_from, valid_until))| {
            Offer {
                offer_id: OfferId::from_bytes(offer_id),
                merchant: MerchantId::new(merchant),
                item,
                title,
                price,
                sale,
                valid_from,
                valid_until,
                capture,
                coupon,
            }
        },
    )
}

fn any_order() -> impl Strategy<Value = PaymentOrder> {
    let paid_with = prop_oneof![
        option::of(any_id()).prop_map(|quote| (quote.map(QuoteId::from_bytes), Vec::new())),
        any_coupons().prop_map(|coupons| (None, coupons)),
    ];
    let ids = (any_id(), any_id(), any::<[u8; 32]>());
    let terminal = (select(Capability::ALL), select(Method::ALL), vec(any::<u8>(), 0..200));
    (ids, any_payer(), any_party(), any_money(1), terminal, any_interval(), paid_with).prop_map(
        |(
            (order_id, offer_id, digest),
            payer,
            merchant,
            amount,
            (capability, method, evidence),
            (from, until),
            (quote, coupons),
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
                quote,
                coupons,
            }
        },
    )
}

fn any_receipt() -> impl Strategy<Value = PaymentReceipt> {
    let ids = (any_id(), any_id(), any::<[u8; 32]>(), any::<[u8; 32]>());
    let how = (select(Mode::ALL), select(Funding::ALL), select(Capability::ALL), select(Method::ALL));
    let at = (any_interval(), 1..=i64::MAX);
    let more = (option::of((any_money(1), any_rate())), any_coupons());
    (ids, any_party(), any::<[u8; 16]>(), any_money(1), how, any_label(), at, more).prop_map(
        |(ids, merchant, consumer, amount, how, rule, ((ordered_at, accepted_at), position), more)| {
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
                charged: more.0,
                coupons: more.1,
            }
        },
    )
}

/// Up to eight, of which no two are the same.
fn any_coupons() -> impl Strategy<Value = Vec<CouponId>> {
    btree_set(any_id(), 0..=PaymentOrder::MAX_COUPONS)
        .prop_map(|ids| ids.into_iter().map(CouponId::from_bytes).collect())
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
    let url = option::of("https?://[!-~]{1,400}".prop_map(|url| ActionUrl::parse(&url).unwrap()));
    (any_id(), any_id(), select(State::ALL), money, url, any_time()).prop_map(
        |(in_reply_to, subject, state, (amount, refunded, digest), action_url, reported_at)| StatusReport {
            in_reply_to: MessageId::from(RequestId::from_bytes(in_reply_to)),
            subject: MessageId::from(OrderId::from_bytes(subject)),
            state,
            amount,
            refunded,
            receipt_digest: digest.map(Digest::new),
            action_url,
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
