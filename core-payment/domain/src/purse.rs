//! Money into and out of a prepaid account (R5, R55).

use crate::{Authentication, ConsumerId, Digest, LedgerPosition, Money, RequestId, Timestamp};

/// A consumer's instruction to charge their external instrument and credit their prepaid account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpOrder {
    /// Made and stored by the sender before it is sent.
    pub top_up_id: RequestId,
    /// Whose account.
    pub consumer: ConsumerId,
    /// How much, above zero.
    pub amount: Money,
    /// How the consumer was authenticated.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Proof of one top-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpReceipt {
    /// The order.
    pub top_up_id: RequestId,
    /// Its digest as signed.
    pub top_up_digest: Digest,
    /// Whose account.
    pub consumer: ConsumerId,
    /// How much.
    pub amount: Money,
    /// What is on the account now.
    pub balance: Money,
    /// When it was credited.
    pub topped_up_at: Timestamp,
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
}

/// A consumer's instruction to change value on a prepaid account back to money, at par (EMD2 art. 11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionOrder {
    /// Made and stored by the sender before it is sent.
    pub redemption_id: RequestId,
    /// Whose account.
    pub consumer: ConsumerId,
    /// How much, above zero.
    pub amount: Money,
    /// How the consumer was authenticated.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Proof of one redemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionReceipt {
    /// The order.
    pub redemption_id: RequestId,
    /// Its digest as signed.
    pub redemption_digest: Digest,
    /// Whose account.
    pub consumer: ConsumerId,
    /// How much.
    pub amount: Money,
    /// What is left on the account.
    pub balance: Money,
    /// When it was paid out.
    pub redeemed_at: Timestamp,
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
}
