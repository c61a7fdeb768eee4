//! What the Core Payment System signs when it has posted a payment.

use crate::{
    Capability, CouponId, Digest, Funding, Label, LedgerPosition, MerchantId, Method, Mode, Money, OfferId,
    OrderId, Pseudonym, Rate, Timestamp,
};

/// Proof of one payment, for both parties: what was ordered, what was decided and why, where it stands (R14, R37).
/// It names the consumer only by the merchant's pseudonym and says nothing of the account or bank (R46–R48).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReceipt {
    /// The order that was accepted.
    pub order_id: OrderId,
    /// The digest of the order as signed.
    pub order_digest: Digest,
    /// The offer that was bought.
    pub offer_id: OfferId,
    /// The digest of the offer as signed.
    pub offer_digest: Digest,
    /// Who was paid.
    pub merchant: MerchantId,
    /// Who paid, as this merchant sees them.
    pub consumer: Pseudonym,
    /// What was paid.
    pub amount: Money,
    /// Aggregated into a bill, or single through an external system.
    pub mode: Mode,
    /// Where the money comes from.
    pub funding: Funding,
    /// The policy and the rule in it that chose the mode, `eu-default/aggregate-micropayment`.
    pub rule: Label,
    /// What the terminal could do.
    pub capability: Capability,
    /// How the consumer was authenticated.
    pub method: Method,
    /// When the order was made.
    pub ordered_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
    /// What the consumer was charged and at which rate, if not in the currency of `amount` (R55).
    pub charged: Option<(Money, Rate)>,
    /// The coupons that it was paid with, or that made it cheaper.
    pub coupons: Vec<CouponId>,
}
