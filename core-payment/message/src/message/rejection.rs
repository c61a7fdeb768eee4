//! The signed no.

use payment_domain::{Challenge, Digest, Label, Timestamp};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};
use crate::Code;

/// A refusal. Nothing was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The id of the message refused, if it could be read.
    pub in_reply_to: Option<MessageId>,
    /// The digest of the canonical message refused, if there was one.
    pub request_digest: Option<Digest>,
    /// Why, for programs.
    pub code: Code,
    /// Why, for people. Quotes nothing of the message and names nobody.
    pub reason: Label,
    /// The path of the element at fault.
    pub field: Option<Label>,
    /// What to ask of the consumer before a new order is sent; with [`Code::StepUpRequired`].
    pub challenge: Option<Challenge>,
    /// The policy's rule that fired.
    pub rule: Option<Label>,
    /// When it was refused.
    pub rejected_at: Timestamp,
}

impl Layout for Rejection {
    fn write(&self, elements: &mut Elements) {
        elements.put_optional("inReplyTo", self.in_reply_to.as_ref());
        elements.put_optional("requestDigest", self.request_digest.as_ref());
        elements.put("code", &self.code);
        elements.put("reason", &self.reason);
        elements.put_optional("field", self.field.as_ref());
        elements.put_optional("challenge", self.challenge.as_ref());
        elements.put_optional("rule", self.rule.as_ref());
        elements.put("rejectedAt", &self.rejected_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            in_reply_to: fields.take_optional("inReplyTo")?,
            request_digest: fields.take_optional("requestDigest")?,
            code: fields.take("code")?,
            reason: fields.take("reason")?,
            field: fields.take_optional("field")?,
            challenge: fields.take_optional("challenge")?,
            rule: fields.take_optional("rule")?,
            rejected_at: fields.take("rejectedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        self.in_reply_to
    }
}
