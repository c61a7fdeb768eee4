//! Coupons: bought at a merchant's, kept in the Core Payment System, spent, given away, refunded; and the merchants'
//! campaigns that hand out discounts (R1–R4, R24).

use std::fmt;

use thiserror::Error;

use crate::terminal::terms;
use crate::{
    Authentication, CampaignId, ConsumerId, CouponId, Digest, InvalidTerm, Label, LedgerPosition, MerchantId,
    Money, Payer, RequestId, Timestamp,
};

terms! {
    /// What a coupon is worth.
    CouponKind, "kind of coupon" {
        /// Money that was paid for it.
        Value = "value",
        /// A merchant's discount.
        Discount = "discount",
    }
}

terms! {
    /// Where a coupon stands.
    CouponState, "state of a coupon" {
        /// It can be spent.
        Held = "held",
        /// A payment with it is under way.
        Reserved = "reserved",
        /// Nothing is left of it.
        Spent = "spent",
        /// Its time has passed.
        Expired = "expired",
        /// What was left of it was paid back, or is on its way.
        Refunded = "refunded",
        /// It belongs to somebody else now.
        Given = "given",
    }
}

/// What a consumer wants done with a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponAct {
    /// Take part in a campaign.
    Claim(CampaignId),
    /// Give a coupon away.
    Gift {
        /// Which.
        coupon: CouponId,
        /// To whom.
        to: Payer,
    },
    /// Pay back what is left of it.
    Refund(CouponId),
}

/// A consumer's instruction about a coupon. Coupons are bought and spent by payment orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponOrder {
    /// Made and stored by the sender before it is sent.
    pub request_id: RequestId,
    /// Whose coupon.
    pub consumer: ConsumerId,
    /// What to do.
    pub act: CouponAct,
    /// How the consumer was authenticated.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What is kept of a coupon, for its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponReceipt {
    /// What this answers: the order that bought it, or the request about it.
    pub request_id: RequestId,
    /// The digest of that message as signed.
    pub request_digest: Digest,
    /// The coupon.
    pub coupon: CouponId,
    /// Where it can be spent.
    pub merchant: MerchantId,
    /// Whose it is, or was before it was given away.
    pub holder: ConsumerId,
    /// The item it was sold as, or the campaign's title.
    pub series: Label,
    /// What it is worth.
    pub kind: CouponKind,
    /// What was paid for it; of a discount, the discount if it is an amount, else zero.
    pub face: Money,
    /// What is left.
    pub remaining: Money,
    /// Where it stands.
    pub state: CouponState,
    /// Whether it can be given away.
    pub transferable: bool,
    /// First moment it can no longer be spent.
    pub expires_at: Timestamp,
    /// Where this stands in the ledger.
    pub position: LedgerPosition,
    /// When this was issued.
    pub issued_at: Timestamp,
}

/// What a discount coupon takes off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// So much.
    Amount(Money),
    /// So many millionths of the price, 1 to 1,000,000.
    Ppm(u32),
}

/// A merchant's signed promise of discounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The merchant's name for it.
    pub campaign_id: CampaignId,
    /// Whose.
    pub merchant: MerchantId,
    /// What the consumer reads.
    pub title: Label,
    /// The only item that it is for, if not for all.
    pub item: Option<Label>,
    /// What it takes off.
    pub discount: Discount,
    /// How many coupons there are, above zero.
    pub coupons: u32,
    /// First moment that they can be claimed and spent.
    pub valid_from: Timestamp,
    /// First moment that they can not any more.
    pub valid_until: Timestamp,
}

/// Why a campaign's fields do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidCampaign {
    /// It gives nothing, or more than the price.
    #[error("a discount is an amount above zero or 1 to 1,000,000 millionths")]
    Discount,
    /// It has no coupons.
    #[error("a campaign has at least one coupon")]
    NoCoupons,
    /// It ends before it begins.
    #[error("the campaign ends before it begins")]
    NeverValid,
}

impl Discount {
    /// The whole price in millionths.
    pub const MAX_PPM: u32 = 1_000_000;
}

impl Campaign {
    /// Checks what no single field shows.
    ///
    /// # Errors
    /// [`InvalidCampaign`].
    pub fn checked(self) -> Result<Self, InvalidCampaign> {
        let discount = match self.discount {
            Discount::Amount(amount) => amount.positive().is_ok(),
            Discount::Ppm(ppm) => (1..=Discount::MAX_PPM).contains(&ppm),
        };
        if !discount {
            Err(InvalidCampaign::Discount)
        } else if self.coupons == 0 {
            Err(InvalidCampaign::NoCoupons)
        } else if self.valid_until <= self.valid_from {
            Err(InvalidCampaign::NeverValid)
        } else {
            Ok(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn campaign(discount: Discount) -> Campaign {
        Campaign {
            campaign_id: CampaignId::from_bytes([1; 16]),
            merchant: MerchantId::parse("city-tram").unwrap(),
            title: Label::parse("Ten per cent off").unwrap(),
            item: None,
            discount,
            coupons: 1,
            valid_from: Timestamp::EPOCH,
            valid_until: Timestamp::EPOCH.saturating_add_millis(1),
        }
    }

    #[test]
    fn a_discount_is_something_and_no_more_than_the_price() {
        let amount = |micros| Discount::Amount(Money::from_micros(micros, Currency::EUR));
        for discount in [amount(1), Discount::Ppm(1), Discount::Ppm(1_000_000)] {
            assert!(campaign(discount).checked().is_ok(), "{discount:?}");
        }
        for discount in [amount(0), amount(-1), Discount::Ppm(0), Discount::Ppm(1_000_001)] {
            assert_eq!(campaign(discount).checked(), Err(InvalidCampaign::Discount), "{discount:?}");
        }
    }

    #[test]
    fn a_campaign_has_coupons_and_a_time() {
        let campaign = campaign(Discount::Ppm(100_000));
        let without = Campaign { coupons: 0, ..campaign.clone() };
        assert_eq!(without.checked(), Err(InvalidCampaign::NoCoupons));
        let never = Campaign { valid_until: campaign.valid_from, ..campaign };
        assert_eq!(never.checked(), Err(InvalidCampaign::NeverValid));
    }
}
