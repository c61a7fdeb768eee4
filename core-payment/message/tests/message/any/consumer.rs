//! Any of the messages about accounts, coupons, exchange, captures and disputes.

use payment_domain::{
    Campaign, CampaignId, CaptureId, CaptureOrder, ConsumerId, CouponAct, CouponId, CouponKind, CouponOrder,
    CouponReceipt, CouponState, Digest, Discount, DisputeId, DisputeOrder, LedgerPosition, MerchantId,
    OrderId, Quote, QuoteId, QuoteRequest, RedemptionOrder, RedemptionReceipt, RequestId, TopUpOrder,
    TopUpReceipt, VoidOrder,
};
use payment_message::Message;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::value::{
    any_authentication, any_id, any_interval, any_label, any_money, any_party, any_payer, any_rate, any_time,
};

pub(super) fn any_purse_message() -> BoxedStrategy<Message> {
    let order = || (any_id(), any_party(), any_money(1), any_authentication());
    let receipt =
        || (any_id(), any::<[u8; 32]>(), any_party(), any_money(1), any_money(0), any_time(), 1..=i64::MAX);
    prop_oneof![
        order().prop_map(|(id, consumer, amount, (authentication, created_at))| {
            let (top_up_id, consumer) = (RequestId::from_bytes(id), ConsumerId::new(consumer));
            TopUpOrder { top_up_id, consumer, amount, authentication, created_at }.into()
        }),
        order().prop_map(|(id, consumer, amount, (authentication, created_at))| {
            let (redemption_id, consumer) = (RequestId::from_bytes(id), ConsumerId::new(consumer));
            RedemptionOrder { redemption_id, consumer, amount, authentication, created_at }.into()
        }),
        receipt().prop_map(|(id, digest, consumer, amount, balance, topped_up_at, position)| {
            TopUpReceipt {
                top_up_id: RequestId::from_bytes(id),
                top_up_digest: Digest::new(digest),
                consumer: ConsumerId::new(consumer),
                amount,
                balance,
                topped_up_at,
                position: LedgerPosition::new(position).unwrap(),
            }
            .into()
        }),
        receipt().prop_map(|(id, digest, consumer, amount, balance, redeemed_at, position)| {
            RedemptionReceipt {
                redemption_id: RequestId::from_bytes(id),
                redemption_digest: Digest::new(digest),
                consumer: ConsumerId::new(consumer),
                amount,
                balance,
                redeemed_at,
                position: LedgerPosition::new(position).unwrap(),
            }
            .into()
        }),
    ]
    .boxed()
}

pub(super) fn any_coupon_message() -> BoxedStrategy<Message> {
    let act = prop_oneof![
        any_id().prop_map(|id| CouponAct::Claim(CampaignId::from_bytes(id))),
        any_id().prop_map(|id| CouponAct::Refund(CouponId::from_bytes(id))),
        (any_id(), any_payer()).prop_map(|(id, to)| CouponAct::Gift { coupon: CouponId::from_bytes(id), to }),
    ];
    let order = (any_id(), any_party(), act, any_authentication()).prop_map(
        |(id, consumer, act, (authentication, created_at))| {
            let (request_id, consumer) = (RequestId::from_bytes(id), ConsumerId::new(consumer));
            CouponOrder { request_id, consumer, act, authentication, created_at }.into()
        },
    );
    prop_oneof![order, any_coupon().prop_map(Message::from), any_campaign().prop_map(Message::from)].boxed()
}

fn any_coupon() -> impl Strategy<Value = CouponReceipt> {
    let ids = (any_id(), any::<[u8; 32]>(), any_id(), 1..=i64::MAX);
    let what = (select(CouponKind::ALL), any_money(0), any_money(0), select(CouponState::ALL), any::<bool>());
    (ids, any_party(), any_party(), any_label(), what, any_interval()).prop_map(
        |(ids, merchant, holder, series, what, (issued_at, expires_at))| CouponReceipt {
            request_id: RequestId::from_bytes(ids.0),
            request_digest: Digest::new(ids.1),
            coupon: CouponId::from_bytes(ids.2),
            merchant: MerchantId::new(merchant),
            holder: ConsumerId::new(holder),
            series,
            kind: what.0,
            face: what.1,
            remaining: what.2,
            state: what.3,
            transferable: what.4,
            expires_at,
            position: LedgerPosition::new(ids.3).unwrap(),
            issued_at,
        },
    )
}

fn any_campaign() -> impl Strategy<Value = Campaign> {
    let discount = prop_oneof![
        any_money(1).prop_map(Discount::Amount),
        (1..=Discount::MAX_PPM).prop_map(Discount::Ppm),
    ];
    let words = (any_label(), option::of(any_label()));
    (any_id(), any_party(), words, discount, 1..=u32::MAX, any_interval()).prop_map(
        |(id, merchant, (title, item), discount, coupons, (valid_from, valid_until))| Campaign {
            campaign_id: CampaignId::from_bytes(id),
            merchant: MerchantId::new(merchant),
            title,
            item,
            discount,
            coupons,
            valid_from,
            valid_until,
        },
    )
}

pub(super) fn any_exchange_message() -> BoxedStrategy<Message> {
    prop_oneof![
        (any_id(), any_party(), any_money(1), any_money(1), any_time()).prop_map(
            |(id, consumer, price, other, created_at)| {
                let (request_id, consumer) = (RequestId::from_bytes(id), ConsumerId::new(consumer));
                QuoteRequest { request_id, consumer, price, currency: other.currency(), created_at }.into()
            }
        ),
        (any_id(), any_id(), any_money(1), any_money(1), any_rate(), any_label(), any_interval()).prop_map(
            |(request_id, quote_id, price, charged, rate, source, (quoted_at, valid_until))| {
                Quote {
                    request_id: RequestId::from_bytes(request_id),
                    quote_id: QuoteId::from_bytes(quote_id),
                    price,
                    charged,
                    rate,
                    source,
                    valid_until,
                    quoted_at,
                }
                .into()
            }
        ),
    ]
    .boxed()
}

pub(super) fn any_capture_message() -> BoxedStrategy<Message> {
    let ids = || (any_id(), any_id(), any_party());
    prop_oneof![
        (ids(), any_money(1), any_time()).prop_map(|((id, order, merchant), amount, created_at)| {
            CaptureOrder {
                capture_id: CaptureId::from_bytes(id),
                order_id: OrderId::from_bytes(order),
                merchant: MerchantId::new(merchant),
                amount,
                created_at,
            }
            .into()
        }),
        (ids(), any_time()).prop_map(|((id, order, merchant), created_at)| {
            VoidOrder {
                void_id: CaptureId::from_bytes(id),
                order_id: OrderId::from_bytes(order),
                merchant: MerchantId::new(merchant),
                created_at,
            }
            .into()
        }),
        (ids(), any_money(1), any_label(), any_authentication()).prop_map(
            |((id, order, consumer), amount, reason, (authentication, created_at))| {
                DisputeOrder {
                    dispute_id: DisputeId::from_bytes(id),
                    consumer: ConsumerId::new(consumer),
                    order_id: OrderId::from_bytes(order),
                    amount,
                    reason,
                    authentication,
                    created_at,
                }
                .into()
            }
        ),
    ]
    .boxed()
}
