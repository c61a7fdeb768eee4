//! How old a message may be, and how far ahead of our clock.
//!
//! An id is remembered for ever, so a replay moves no money; this keeps what was written long ago, or with a broken
//! clock, from beginning to count now. Offers have a validity of their own.

use payment_domain::Timestamp;
use payment_message::{Code, Message};

/// How old, and how far in the future, a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// In milliseconds.
    pub max_age_ms: i64,
    /// What the two clocks may differ by, in milliseconds.
    pub max_skew_ms: i64,
}

impl Freshness {
    /// Checks when a message was made.
    pub(super) fn check(self, message: &Message, now: Timestamp) -> Result<(), Code> {
        let Some(created_at) = created_at(message) else { return Ok(()) };
        let age_ms = now.millis_since(created_at);
        let proven_ms = authenticated_at(message).map_or(age_ms, |at| now.millis_since(at));
        if age_ms < self.max_skew_ms.saturating_neg() {
            Err(Code::MessageFuture)
        } else if age_ms > self.max_age_ms || proven_ms > self.max_age_ms {
            Err(Code::MessageStale)
        } else {
            Ok(())
        }
    }
}

/// An old proof of who the consumer is does not count for a new order.
fn authenticated_at(message: &Message) -> Option<Timestamp> {
    match message {
        Message::PaymentOrder(order) => Some(order.authenticated_at),
        Message::TopUpOrder(order) => Some(order.authentication.authenticated_at),
        Message::RedemptionOrder(order) => Some(order.authentication.authenticated_at),
        Message::CouponOrder(order) => Some(order.authentication.authenticated_at),
        Message::DisputeOrder(order) => Some(order.authentication.authenticated_at),
        _ => None,
    }
}

fn created_at(message: &Message) -> Option<Timestamp> {
    match message {
        Message::PaymentOrder(order) => Some(order.created_at),
        Message::RefundOrder(refund) => Some(refund.created_at),
        Message::StatusRequest(request) => Some(request.created_at),
        Message::EnrolmentRequest(request) => Some(request.created_at),
        Message::TopUpOrder(order) => Some(order.created_at),
        Message::RedemptionOrder(order) => Some(order.created_at),
        Message::CouponOrder(order) => Some(order.created_at),
        Message::DisputeOrder(order) => Some(order.created_at),
        Message::QuoteRequest(request) => Some(request.created_at),
        Message::CaptureOrder(capture) => Some(capture.created_at),
        Message::VoidOrder(void) => Some(void.created_at),
        // Offers and campaigns have a validity of their own; the rest is not taken in.
        _ => None,
    }
}

#[cfg(test)]
mod tests;
