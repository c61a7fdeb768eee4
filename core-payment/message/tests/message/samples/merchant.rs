//! What merchants ask for beside offers and refunds.

use payment_domain::{Campaign, CaptureId, CaptureOrder, Discount, VoidOrder};
use payment_message::Message;

use super::consumer::campaign_id;
use super::{at, euros, label, merchant, order_id};

pub(super) fn campaign() -> Campaign {
    Campaign {
        campaign_id: campaign_id(),
        merchant: merchant(),
        title: label("Ten per cent off"),
        item: None,
        discount: Discount::Ppm(100_000),
        coupons: 500,
        valid_from: at(0),
        valid_until: at(86_400),
    }
}

pub(super) fn other_campaign() -> Campaign {
    Campaign {
        title: label("One ride on us"),
        item: Some(label("TRAM-1H")),
        discount: Discount::Amount(euros(1_800_000)),
        ..campaign()
    }
}

pub(super) fn captures() -> [Message; 2] {
    let capture_id = CaptureId::parse("0192f0c1-9a00-7000-8000-000000000012").unwrap();
    let capture = CaptureOrder {
        capture_id,
        order_id: order_id(),
        merchant: merchant(),
        amount: euros(1_200_000),
        created_at: at(60),
    };
    let void =
        VoidOrder { void_id: capture_id, order_id: order_id(), merchant: merchant(), created_at: at(60) };
    [capture.into(), void.into()]
}
