//! The consumer's signed instruction to pay one offer.

use thiserror::Error;

use crate::{
    Capability, ConsumerId, CouponId, Digest, MerchantId, Method, Money, Msisdn, OfferId, OrderId, QuoteId,
    Timestamp,
};

/// Whom the sender says is paying. Who may say so depends on the sender's role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payer {
    /// A consumer by name.
    Consumer(ConsumerId),
    /// A consumer by telephone number, from an adapter that knows nothing else.
    Msisdn(Msisdn),
}

/// The consumer's instruction to pay one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// Made and stored by the sender before it is sent.
    pub order_id: OrderId,
    /// Who pays.
    pub payer: Payer,
    /// Who is paid.
    pub merchant: MerchantId,
    /// Which offer is bought.
    pub offer_id: OfferId,
    /// The digest of that offer, so that its terms cannot change underneath the order.
    pub offer_digest: Digest,
    /// What the consumer agreed to pay.
    pub amount: Money,
    /// What the terminal can do.
    pub capability: Capability,
    /// How the consumer was authenticated.
    pub method: Method,
    /// When the consumer was authenticated.
    pub authenticated_at: Timestamp,
    /// What an adapter keeps as proof (a WebAuthn assertion, a code's transaction id); empty when the consumer's own
    /// device signs the order.
    pub evidence: Vec<u8>,
    /// When the order was made.
    pub created_at: Timestamp,
    /// First moment it must no longer be accepted.
    pub expires_at: Timestamp,
    /// The quote by which it is paid in another currency than the offer's (R55).
    pub quote: Option<QuoteId>,
    /// The coupons that it is paid with, or that make it cheaper (R3, R24).
    pub coupons: Vec<CouponId>,
}

/// Why an order's fields do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidOrder {
    /// The amount is zero or negative.
    #[error("the amount must be above zero")]
    AmountNotPositive,
    /// It expires before it was made.
    #[error("the order expires before it was made")]
    NeverValid,
    /// The consumer was authenticated after the order was made.
    #[error("the consumer was authenticated after the order was made")]
    AuthenticatedLater,
    /// More evidence than is kept.
    #[error("more than {max} bytes of evidence", max = PaymentOrder::MAX_EVIDENCE_BYTES)]
    TooMuchEvidence,
    /// More coupons than are taken, one twice, or coupons together with a quote.
    #[error("at most {max} different coupons, and none with a quote", max = PaymentOrder::MAX_COUPONS)]
    Coupons,
}

impl PaymentOrder {
    /// The most evidence that is kept with an order, in bytes.
    pub const MAX_EVIDENCE_BYTES: usize = 4096;

    /// The most coupons in one order.
    pub const MAX_COUPONS: usize = 8;

    /// Checks what no single field shows.
    ///
    /// # Errors
    /// [`InvalidOrder`].
    pub fn checked(self) -> Result<Self, InvalidOrder> {
        if self.amount.positive().is_err() {
            Err(InvalidOrder::AmountNotPositive)
        } else if self.expires_at <= self.created_at {
            Err(InvalidOrder::NeverValid)
        } else if self.authenticated_at > self.created_at {
            Err(InvalidOrder::AuthenticatedLater)
        } else if self.evidence.len() > Self::MAX_EVIDENCE_BYTES {
            Err(InvalidOrder::TooMuchEvidence)
        } else if !self.coupons_fit() {
            Err(InvalidOrder::Coupons)
        } else {
            Ok(self)
        }
    }

    fn coupons_fit(&self) -> bool {
        let twice = |(index, coupon): (usize, &CouponId)| {
            self.coupons.iter().take(index).any(|other| other == coupon)
        };
        self.coupons.is_empty()
            || (self.coupons.len() <= Self::MAX_COUPONS
                && self.quote.is_none()
                && !self.coupons.iter().enumerate().any(twice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn order() -> PaymentOrder {
        PaymentOrder {
            order_id: OrderId::from_bytes([1; 16]),
            payer: Payer::Consumer(ConsumerId::parse("alice").unwrap()),
            merchant: MerchantId::parse("city-tram").unwrap(),
            offer_id: OfferId::from_bytes([2; 16]),
            offer_digest: Digest::new([3; 32]),
            amount: Money::from_micros(1, Currency::EUR),
            capability: Capability::App,
            method: Method::DeviceKey,
            authenticated_at: Timestamp::EPOCH,
            evidence: Vec::new(),
            created_at: Timestamp::EPOCH,
            expires_at: Timestamp::EPOCH.saturating_add_millis(1),
            quote: None,
            coupons: Vec::new(),
        }
    }

    fn coupons(numbers: &[u8]) -> Vec<CouponId> {
        numbers.iter().map(|number| CouponId::from_bytes([*number; 16])).collect()
    }

    #[test]
    fn an_order_names_eight_coupons_at_most_none_of_them_twice_and_none_with_a_quote() {
        let quote = Some(QuoteId::from_bytes([4; 16]));
        for (quote, numbers, fits) in [
            (None, &[][..], true),
            (quote, &[], true),
            (None, &[1], true),
            (None, &[1, 2, 3, 4, 5, 6, 7, 8], true),
            (None, &[1, 2, 3, 4, 5, 6, 7, 8, 9], false),
            (None, &[1, 2, 1], false),
            (quote, &[1], false),
        ] {
            let checked = PaymentOrder { quote, coupons: coupons(numbers), ..order() }.checked().map(|_| ());
            let expected = if fits { Ok(()) } else { Err(InvalidOrder::Coupons) };
            assert_eq!(checked, expected, "{quote:?} {numbers:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_in_an_order_is_named() {
        let later = Timestamp::EPOCH.saturating_add_millis(1);
        let evidence = vec![0; PaymentOrder::MAX_EVIDENCE_BYTES.saturating_add(1)];
        for (order, error) in [
            (PaymentOrder { amount: Money::zero(Currency::EUR), ..order() }, InvalidOrder::AmountNotPositive),
            (PaymentOrder { expires_at: Timestamp::EPOCH, ..order() }, InvalidOrder::NeverValid),
            (PaymentOrder { authenticated_at: later, ..order() }, InvalidOrder::AuthenticatedLater),
            (PaymentOrder { evidence, ..order() }, InvalidOrder::TooMuchEvidence),
        ] {
            assert_eq!(order.checked(), Err(error));
        }
    }
}
