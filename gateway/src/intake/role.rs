//! Who may send which message, and in whose name (R39).

use payment_domain::{Capability, ConsumerId, PartyId, Payer, PaymentOrder, Role};
use payment_message::{Code, Message, Sender};

/// Checks the sender's role against the message.
pub(super) fn check(sender: &Sender, message: &Message) -> Result<(), Code> {
    let allowed = match message {
        Message::Offer(offer) => is_merchant(sender, offer.merchant.party()),
        Message::RefundOrder(refund) => is_merchant(sender, refund.merchant.party()),
        Message::Campaign(campaign) => is_merchant(sender, campaign.merchant.party()),
        Message::CaptureOrder(capture) => is_merchant(sender, capture.merchant.party()),
        Message::VoidOrder(void) => is_merchant(sender, void.merchant.party()),
        Message::PaymentOrder(order) => may_order(sender, order),
        Message::TopUpOrder(order) => may_instruct(sender, &order.consumer, order.authentication.capability),
        Message::RedemptionOrder(order) => {
            may_instruct(sender, &order.consumer, order.authentication.capability)
        }
        Message::CouponOrder(order) => may_instruct(sender, &order.consumer, order.authentication.capability),
        Message::DisputeOrder(order) => {
            may_instruct(sender, &order.consumer, order.authentication.capability)
        }
        Message::QuoteRequest(request) => may_speak_for(sender, &request.consumer),
        Message::StatusRequest(_) => {
            matches!(sender.role(), Role::Merchant | Role::Terminal | Role::Adapter(_))
        }
        // What the core itself signs is nobody's to send; enrolment goes another way.
        Message::PaymentReceipt(_)
        | Message::Rejection(_)
        | Message::StatusReport(_)
        | Message::RefundReceipt(_)
        | Message::TopUpReceipt(_)
        | Message::RedemptionReceipt(_)
        | Message::CouponReceipt(_)
        | Message::Quote(_)
        | Message::Bill(_)
        | Message::Statement(_)
        | Message::PayoutAdvice(_)
        | Message::CreditNote(_)
        | Message::Reminder(_)
        | Message::InclusionProof(_)
        | Message::EnrolmentRequest(_)
        | Message::EnrolmentResponse(_) => return Err(Code::UnknownMessage),
    };
    if allowed { Ok(()) } else { Err(Code::WrongRole) }
}

/// A merchant, and the one that the message names.
fn is_merchant(sender: &Sender, named: &PartyId) -> bool {
    *sender.role() == Role::Merchant && sender.party() == named
}

/// A terminal orders for its own consumer; an adapter for any, but only as the kind of terminal that it speaks to.
fn may_order(sender: &Sender, order: &PaymentOrder) -> bool {
    let in_own_name = match (sender.role(), &order.payer) {
        (Role::Terminal, Payer::Consumer(consumer)) => consumer.party() == sender.party(),
        (Role::Terminal, Payer::Msisdn(_)) => false,
        _ => true,
    };
    in_own_name && order.capability.may_be_stated_by(sender.role())
}

/// A terminal instructs for its own consumer; an adapter for any, but only as the kind of terminal that it speaks to.
fn may_instruct(sender: &Sender, consumer: &ConsumerId, capability: Capability) -> bool {
    may_speak_for(sender, consumer) && capability.may_be_stated_by(sender.role())
}

/// A terminal speaks for its own consumer, an adapter for any.
fn may_speak_for(sender: &Sender, consumer: &ConsumerId) -> bool {
    match sender.role() {
        Role::Terminal => sender.party() == consumer.party(),
        role => matches!(role, Role::Adapter(_)),
    }
}

#[cfg(test)]
mod tests;
