//! Asking what became of an order, which is what a sender does after a time-out: a time-out is never "failed".

use std::fmt;

use payment_domain::{Digest, Money, OrderId, RequestId, Timestamp};
use thiserror::Error;

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

/// A question what became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRequest {
    /// Made by the asker.
    pub request_id: RequestId,
    /// The order asked about.
    pub order_id: OrderId,
    /// When it was asked.
    pub created_at: Timestamp,
}

/// What became of an order or a refund, or that an offer was deposited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The id of the message answered.
    pub in_reply_to: MessageId,
    /// The order, offer or refund this is about.
    pub subject: MessageId,
    /// Where it stands.
    pub state: State,
    /// Its amount or price, if it is known here.
    pub amount: Option<Money>,
    /// How much of it was given back.
    pub refunded: Option<Money>,
    /// The digest of its receipt, if there is one.
    pub receipt_digest: Option<Digest>,
    /// Where the consumer has to confirm before it goes on (3-D Secure), while it is pending.
    pub action_url: Option<ActionUrl>,
    /// When this was so.
    pub reported_at: Timestamp,
}

/// An address that a browser is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionUrl(String);

/// Text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an absolute http or https URL of at most 500 ASCII characters")]
pub struct InvalidActionUrl;

impl ActionUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`InvalidActionUrl`].
    pub fn parse(text: &str) -> Result<Self, InvalidActionUrl> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = text.len() <= 500 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && rest.is_some_and(|rest| !rest.is_empty()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidActionUrl)
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a known state")]
pub struct InvalidState;

/// Where an order, an offer or a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not known here: it never arrived, or another party's.
    Unknown,
    /// Waiting for an external payment system.
    Pending,
    /// Paid; there is a receipt.
    Accepted,
    /// Refused; nothing was posted.
    Refused,
    /// An offer that can be bought.
    Deposited,
    /// Paid, and given back in full.
    Refunded,
    /// Set aside at an external payment system, to be captured or set free by the merchant.
    Authorised,
    /// Set free; nothing was paid.
    Voided,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Unknown,
        Self::Pending,
        Self::Accepted,
        Self::Refused,
        Self::Deposited,
        Self::Refunded,
        Self::Authorised,
        Self::Voided,
    ];

    /// Reads the text form.
    ///
    /// # Errors
    /// [`InvalidState`].
    pub fn parse(text: &str) -> Result<Self, InvalidState> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text).ok_or(InvalidState)
    }

    /// The text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deposited => "deposited",
            Self::Refunded => "refunded",
            Self::Authorised => "authorised",
            Self::Voided => "voided",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Layout for StatusRequest {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("orderId", &self.order_id);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            request_id: fields.take("requestId")?,
            order_id: fields.take("orderId")?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}

impl Layout for StatusReport {
    fn write(&self, elements: &mut Elements) {
        elements.put("inReplyTo", &self.in_reply_to);
        elements.put("subject", &self.subject);
        elements.put("state", &self.state);
        if let Some(amount) = self.amount {
            elements.put_money("amount", amount);
        }
        if let Some(refunded) = self.refunded {
            elements.put_money("refunded", refunded);
        }
        elements.put_optional("receiptDigest", self.receipt_digest.as_ref());
        elements.put_optional("actionUrl", self.action_url.as_ref());
        elements.put("reportedAt", &self.reported_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            in_reply_to: fields.take("inReplyTo")?,
            subject: fields.take("subject")?,
            state: fields.take("state")?,
            amount: if fields.next_is("amount") { Some(fields.take_amount("amount")?) } else { None },
            refunded: if fields.next_is("refunded") { Some(fields.take_total("refunded")?) } else { None },
            receipt_digest: fields.take_optional("receiptDigest")?,
            action_url: fields.take_optional("actionUrl")?,
            reported_at: fields.take("reportedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.in_reply_to)
    }
}
