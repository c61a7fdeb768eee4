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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn offer(sale: Sale, capture: Capture, coupon: Option<CouponTerms>) -> Offer {
        Offer {
            offer_id: OfferId::from_bytes([1; 16]),
            merchant: MerchantId::parse("city-tram").unwrap(),
            item: Label::parse("TRAM-10").unwrap(),
            title: Label::parse("Ten rides").unwrap(),
            price: Money::from_micros(15_000_000, Currency::EUR),
            sale,
            valid_from: Timestamp::EPOCH,
            valid_until: Timestamp::EPOCH.saturating_add_millis(1),
            capture,
            coupon,
        }
    }

    #[test]
    fn coupon_terms_belong_to_offers_of_coupons_which_are_paid_at_once() {
        let terms = Some(CouponTerms { expires_at: Timestamp::EPOCH, transferable: false });
        for (sale, capture, coupon, fits) in [
            (Sale::Catalogue, Capture::Immediate, None, true),
            (Sale::Catalogue, Capture::Deferred, None, true),
            (Sale::Single, Capture::Deferred, None, true),
            (Sale::Coupon, Capture::Immediate, terms, true),
            (Sale::Coupon, Capture::Deferred, terms, false),
            (Sale::Coupon, Capture::Immediate, None, false),
            (Sale::Catalogue, Capture::Immediate, terms, false),
            (Sale::Single, Capture::Immediate, terms, false),
        ] {
            let checked = offer(sale, capture, coupon).checked().map(|_| ());
            let expected = if fits { Ok(()) } else { Err(InvalidOffer::CouponTerms) };
            assert_eq!(checked, expected, "{sale} {capture} {coupon:?}");
        }
    }

    #[test]
    fn an_offer_costs_something_and_can_be_bought_for_a_while() {
        let offer = offer(Sale::Catalogue, Capture::Immediate, None);
        let free = Offer { price: Money::zero(Currency::EUR), ..offer.clone() };
        assert_eq!(free.checked(), Err(InvalidOffer::PriceNotPositive));
        let never = Offer { valid_until: offer.valid_from, ..offer.clone() };
        assert_eq!(never.checked(), Err(InvalidOffer::NeverValid));
        assert!(offer.is_valid_at(offer.valid_from) && !offer.is_valid_at(offer.valid_until));
    }
}
