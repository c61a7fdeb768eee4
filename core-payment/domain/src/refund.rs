//! Money back: ordered by the merchant, never more than was paid.

use crate::{Digest, LedgerPosition, MerchantId, Money, OrderId, Pseudonym, RefundId, Timestamp};

/// The merchant's signed instruction to give back all or part of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// Made and stored by the merchant before it is sent.
    pub refund_id: RefundId,
    /// The payment to give back.
    pub order_id: OrderId,
    /// Who gives back.
    pub merchant: MerchantId,
    /// How much, above zero.
    pub amount: Money,
    /// When the refund was ordered.
    pub created_at: Timestamp,
}

/// Proof of one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundReceipt {
    /// The refund that was accepted.
    pub refund_id: RefundId,
    /// The digest of the refund order as signed.
    pub refund_digest: Digest,
    /// The payment it gives back.
    pub order_id: OrderId,
    /// Who gave back.
    pub merchant: MerchantId,
    /// Who received, as this merchant sees them.
    pub consumer: Pseudonym,
    /// How much this refund gives back.
    pub amount: Money,
    /// How much all refunds of this payment give back, this one included.
    pub refunded_total: Money,
    /// When it was accepted.
    pub refunded_at: Timestamp,
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
}
