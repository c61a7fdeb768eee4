//! A consumer's complaint about a payment (R49, R56).

use crate::{Authentication, ConsumerId, DisputeId, Label, Money, OrderId, Timestamp};

/// A consumer's statement that a payment, or a part of it, should not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeOrder {
    /// Made and stored by the sender before it is sent.
    pub dispute_id: DisputeId,
    /// Who complains.
    pub consumer: ConsumerId,
    /// The payment.
    pub order_id: OrderId,
    /// How much of it, above zero.
    pub amount: Money,
    /// Why.
    pub reason: Label,
    /// How the consumer was authenticated.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
}
