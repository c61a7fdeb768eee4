//! What consumers ask for beside payments, and what they get.

use payment_domain::{
    CampaignId, ConsumerId, CouponAct, CouponKind, CouponOrder, CouponReceipt, CouponState, Currency,
    DisputeId, DisputeOrder, Msisdn, Payer, Quote, QuoteRequest, Rate, RedemptionOrder, RedemptionReceipt,
    TopUpOrder, TopUpReceipt,
};
use payment_message::Message;

use super::{
    alice, at, authentication, coupon_id, euros, francs, label, merchant, order_id, position, quote_id,
    request_id,
};

pub(super) fn purse() -> [Message; 4] {
    let top_up = TopUpOrder {
        top_up_id: request_id(),
        consumer: alice(),
        amount: euros(20_000_000),
        authentication: authentication(),
        created_at: at(12),
    };
    let redemption = RedemptionOrder {
        redemption_id: request_id(),
        consumer: alice(),
        amount: euros(18_200_000),
        authentication: authentication(),
        created_at: at(12),
    };
    let topped_up = TopUpReceipt {
        top_up_id: top_up.top_up_id,
        top_up_digest: Message::from(top_up.clone()).digest(),
        consumer: alice(),
        amount: top_up.amount,
        balance: euros(25_000_000),
        topped_up_at: at(14),
        position: position(3),
    };
    let redeemed = RedemptionReceipt {
        redemption_id: redemption.redemption_id,
        redemption_digest: Message::from(redemption.clone()).digest(),
        consumer: alice(),
        amount: redemption.amount,
        balance: euros(0),
        redeemed_at: at(14),
        position: position(4),
    };
    [top_up.into(), topped_up.into(), redemption.into(), redeemed.into()]
}

pub(super) fn coupons() -> [Message; 2] {
    let gift =
        CouponAct::Gift { coupon: coupon_id(), to: Payer::Consumer(ConsumerId::parse("bob").unwrap()) };
    [coupon_order(gift).into(), coupon().into()]
}

/// A claim, a refund, and a gift to a telephone number.
pub(super) fn other_coupon_orders() -> [CouponOrder; 3] {
    let to = Payer::Msisdn(Msisdn::parse("+33612345678").unwrap());
    [
        coupon_order(CouponAct::Claim(campaign_id())),
        coupon_order(CouponAct::Refund(coupon_id())),
        coupon_order(CouponAct::Gift { coupon: coupon_id(), to }),
    ]
}

pub(super) fn discount_coupon() -> CouponReceipt {
    CouponReceipt {
        series: label("Ten per cent off"),
        kind: CouponKind::Discount,
        face: euros(0),
        remaining: euros(0),
        state: CouponState::Spent,
        transferable: false,
        ..coupon()
    }
}

pub(super) fn quotes() -> [Message; 2] {
    let asked = QuoteRequest {
        request_id: request_id(),
        consumer: alice(),
        price: euros(1_800_000),
        currency: Currency::parse("CHF").unwrap(),
        created_at: at(12),
    };
    let quote = Quote {
        request_id: asked.request_id,
        quote_id: quote_id(),
        price: asked.price,
        charged: francs(1_716_300),
        rate: Rate::parse("0.9535").unwrap(),
        source: label("ECB 2026-11-20"),
        valid_until: at(312),
        quoted_at: at(13),
    };
    [asked.into(), quote.into()]
}

pub(super) fn dispute() -> DisputeOrder {
    DisputeOrder {
        dispute_id: DisputeId::parse("0192f0c1-9a00-7000-8000-000000000010").unwrap(),
        consumer: alice(),
        order_id: order_id(),
        amount: euros(1_800_000),
        reason: label("The tram did not come"),
        authentication: authentication(),
        created_at: at(12),
    }
}

pub(super) fn campaign_id() -> CampaignId {
    CampaignId::parse("0192f0c1-9a00-7000-8000-000000000011").unwrap()
}

fn coupon_order(act: CouponAct) -> CouponOrder {
    CouponOrder {
        request_id: request_id(),
        consumer: alice(),
        act,
        authentication: authentication(),
        created_at: at(12),
    }
}

fn coupon() -> CouponReceipt {
    let [order, ..] = other_coupon_orders();
    CouponReceipt {
        request_id: request_id(),
        request_digest: Message::from(order).digest(),
        coupon: coupon_id(),
        merchant: merchant(),
        holder: alice(),
        series: label("TRAM-10"),
        kind: CouponKind::Value,
        face: euros(15_000_000),
        remaining: euros(1_800_000),
        state: CouponState::Held,
        transferable: true,
        expires_at: at(31_536_000),
        position: position(5),
        issued_at: at(14),
    }
}
