//! What a merchant sells, signed by the merchant and deposited before it is bought (R54).

use thiserror::Error;

use crate::terminal::terms;
use crate::{Capture, InvalidTerm, Label, MerchantId, Money, OfferId, Timestamp};
use std::fmt;

terms! {
    /// How often an offer may be bought.
    Sale, "kind of sale" {
        /// Any number of times while it is valid.
        Catalogue = "catalogue",
        /// Once.
        Single = "single",
        /// Any number of times; what is bought is a coupon worth the price (R1).
        Coupon = "coupon",
    }
}

/// A merchant's signed terms for one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The merchant's name for this offer.
    pub offer_id: OfferId,
    /// Who sells.
    pub merchant: MerchantId,
    /// The merchant's item code.
    pub item: Label,
    /// What the consumer reads.
    pub title: Label,
    /// The price, above zero.
    pub price: Money,
    /// How often it may be bought.
    pub sale: Sale,
    /// First moment it can be bought.
    pub valid_from: Timestamp,
    /// First moment it can no longer be bought.
    pub valid_until: Timestamp,
    /// When an accepted order takes the money.
    pub capture: Capture,
    /// What the coupon is that it sells, if it sells coupons.
    pub coupon: Option<CouponTerms>,
}

/// The terms of a coupon on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponTerms {
    /// First moment it can no longer be spent.
    pub expires_at: Timestamp,
    /// Whether it can be given away.
    pub transferable: bool,
}

/// Why an offer's fields do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidOffer {
    /// The price is zero or negative.
    #[error("the price must be above zero")]
    PriceNotPositive,
    /// It ends before it begins.
    #[error("the offer ends before it begins")]
    NeverValid,
    /// Coupon terms without a coupon on sale, or the other way round, or one that is captured later.
    #[error("an offer has coupon terms if it sells coupons, which are paid at once, and only then")]
    CouponTerms,
}

impl Offer {
    /// Checks what no single field shows.
    ///
    /// # Errors
    /// [`InvalidOffer`].
    pub fn checked(self) -> Result<Self, InvalidOffer> {
        if self.price.positive().is_err() {
            Err(InvalidOffer::PriceNotPositive)
        } else if self.valid_until <= self.valid_from {
            Err(InvalidOffer::NeverValid)
        } else if (self.sale == Sale::Coupon) != self.coupon.is_some()
            || (self.coupon.is_some() && self.capture == Capture::Deferred)
        {
            Err(InvalidOffer::CouponTerms)
        } else {
            Ok(self)
        }
    }

    /// Whether it can be bought at this moment.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.valid_from <= now && now < self.valid_until
    }
}
