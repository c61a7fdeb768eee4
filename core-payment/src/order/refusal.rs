//! Signed rejections.

use payment_domain::{Challenge, Digest, Label, Reason, Ruling};
use payment_message::{Code, Message, MessageId, Rejection};

use crate::batch::{Batch, BatchError};
use crate::reply::{Reply, ReplyKind};

/// Why a message is refused before anything is decided. Not kept under its id: the same message may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) field: Option<&'static str>,
}

impl Refusal {
    pub(crate) const fn new(code: Code) -> Self {
        Self { code, field: None }
    }

    pub(crate) const fn of(code: Code, field: &'static str) -> Self {
        Self { code, field: Some(field) }
    }

    /// The signed rejection.
    pub(crate) fn sign(
        self,
        batch: &Batch<'_>,
        message: MessageId,
        digest: Option<Digest>,
    ) -> Result<Reply, BatchError> {
        let rejection = Rejection {
            in_reply_to: Some(message),
            request_digest: digest,
            code: self.code,
            reason: label(self.code.description())?,
            field: self.field.map(label).transpose()?,
            challenge: None,
            rule: None,
            rejected_at: batch.now,
        };
        batch.sign(&Message::Rejection(rejection), ReplyKind::Rejected(self.code))
    }
}

/// The code for a decided refusal.
pub(crate) const fn code_of(reason: Reason) -> Code {
    match reason {
        Reason::WrongCurrency => Code::WrongCurrency,
        Reason::MethodRefused => Code::MethodRefused,
        Reason::OverLimit => Code::OverLimit,
        Reason::InsufficientFunds => Code::InsufficientFunds,
        Reason::AmountNotPositive => Code::AmountNotPositive,
    }
}

/// The signed rejection of an order that was decided: it names the rule, and what to ask for.
pub(crate) fn sign_ruling(
    batch: &Batch<'_>,
    message: MessageId,
    digest: Digest,
    code: Code,
    challenge: Option<Challenge>,
    ruling: &Ruling,
) -> Result<Reply, BatchError> {
    let rejection = Rejection {
        in_reply_to: Some(message),
        request_digest: Some(digest),
        code,
        reason: label(code.description())?,
        field: None,
        challenge,
        rule: Some(rule_label(batch, ruling)?),
        rejected_at: batch.now,
    };
    batch.sign(&Message::Rejection(rejection), ReplyKind::Rejected(code))
}

/// The rule as receipts and rejections name it: `eu-default/aggregate-micropayment`.
pub(crate) fn rule_label(batch: &Batch<'_>, ruling: &Ruling) -> Result<Label, BatchError> {
    label(&format!("{}/{}", batch.policy.name, ruling.rule))
}

fn label(text: &str) -> Result<Label, BatchError> {
    Label::parse(text).map_err(|_| BatchError::Corrupt("label"))
}
