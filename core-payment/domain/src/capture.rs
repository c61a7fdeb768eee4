//! Payments that are authorised first and captured later, up to what was authorised: a parking ticket's end is not known
//! when it begins.

use std::fmt;

use crate::terminal::terms;
use crate::{CaptureId, InvalidTerm, MerchantId, Money, OrderId, Timestamp};

terms! {
    /// When an accepted order takes the money.
    Capture, "kind of capture" {
        /// At once.
        Immediate = "immediate",
        /// When the merchant says so, up to the price.
        Deferred = "deferred",
    }
}

/// The merchant's signed instruction to take what was authorised, or a part of it. The rest is set free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureOrder {
    /// Made and stored by the merchant before it is sent.
    pub capture_id: CaptureId,
    /// The order that was authorised.
    pub order_id: OrderId,
    /// Whose.
    pub merchant: MerchantId,
    /// How much, above zero.
    pub amount: Money,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// The merchant's signed instruction to take nothing of what was authorised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidOrder {
    /// Made and stored by the merchant before it is sent.
    pub void_id: CaptureId,
    /// The order that was authorised.
    pub order_id: OrderId,
    /// Whose.
    pub merchant: MerchantId,
    /// When it was ordered.
    pub created_at: Timestamp,
}
