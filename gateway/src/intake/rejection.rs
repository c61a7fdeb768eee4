//! The signed no: every refusal is a document that the sender can keep and act on.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use core_payment::Notary;
use payment_domain::{Digest, Label, Timestamp};
use payment_message::{Code, Kind, Message, MessageId, OpenError, Rejection, Verified};

use super::{Answer, Unsigned, Verdict};

/// Why a message is refused, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    in_reply_to: Option<MessageId>,
    request_digest: Option<Digest>,
    reason: Option<String>,
    field: Option<String>,
    kind: Option<Kind>,
    retry_after: Option<Duration>,
}

/// Signs refusals.
pub struct Rejections {
    notary: Arc<dyn Notary>,
    /// The last one for whoever asks too often: a flood must not cost a signature a request.
    too_many: ArcSwapOption<Signed>,
    unavailable: ArcSwapOption<Signed>,
}

struct Signed {
    at: Timestamp,
    document: Arc<[u8]>,
}

/// How long a rejection that names no message may be given out again.
const REUSED_MS: i64 = 1_000;

impl Refusal {
    /// For this reason, without saying which message.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            in_reply_to: None,
            request_digest: None,
            reason: None,
            field: None,
            kind: None,
            retry_after: None,
        }
    }

    /// Of a message that was verified.
    #[must_use]
    pub fn of(verified: &Verified<Message>, code: Code) -> Self {
        Self::plain(code).about(verified.message(), verified.digest())
    }

    /// Of a document that did not open.
    #[must_use]
    pub fn unopened(error: &OpenError) -> Self {
        let refusal = Self::plain(error.code());
        match error {
            OpenError::Verify(error) => refusal.because(error.to_string()),
            OpenError::Invalid(error) => Self {
                field: Some(error.path().to_owned()),
                ..refusal.because(error.fault().to_string())
            },
        }
    }

    /// Names the message.
    #[must_use]
    pub fn about(self, message: &Message, digest: Digest) -> Self {
        Self { in_reply_to: message.id(), request_digest: Some(digest), kind: Some(message.kind()), ..self }
    }

    /// Says more than the code does. Must quote nothing of the message.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// Says when to try again.
    #[must_use]
    pub fn after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..self }
    }

    /// Why, for programs.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    fn message(&self, now: Timestamp) -> Result<Message, Unsigned> {
        let reason = self.reason.as_deref().unwrap_or(self.code.description());
        Ok(Message::from(Rejection {
            in_reply_to: self.in_reply_to,
            request_digest: self.request_digest,
            code: self.code,
            reason: label(reason).or_else(|| label(self.code.as_str())).ok_or(Unsigned)?,
            field: self.field.as_deref().and_then(label),
            challenge: None,
            rule: None,
            rejected_at: now,
        }))
    }

    fn names_nothing(&self) -> bool {
        self.in_reply_to.is_none() && self.request_digest.is_none() && self.reason.is_none() && self.field.is_none()
    }
}

impl Rejections {
    pub(super) fn new(notary: Arc<dyn Notary>) -> Self {
        Self { notary, too_many: ArcSwapOption::empty(), unavailable: ArcSwapOption::empty() }
    }

    pub(super) fn answer(&self, refusal: &Refusal, now: Timestamp) -> Result<Answer, Unsigned> {
        Ok(Answer {
            document: self.document(refusal, now)?,
            verdict: Verdict::Rejected(refusal.code),
            kind: refusal.kind,
            retry_after: refusal.retry_after,
        })
    }

    fn document(&self, refusal: &Refusal, now: Timestamp) -> Result<Arc<[u8]>, Unsigned> {
        let reused = match refusal.code {
            Code::TooManyRequests if refusal.names_nothing() => &self.too_many,
            Code::Unavailable if refusal.names_nothing() => &self.unavailable,
            _ => return self.sign(refusal, now),
        };
        if let Some(signed) = &*reused.load()
            && (0..REUSED_MS).contains(&now.millis_since(signed.at))
        {
            return Ok(Arc::clone(&signed.document));
        }
        let document = self.sign(refusal, now)?;
        reused.store(Some(Arc::new(Signed { at: now, document: Arc::clone(&document) })));
        Ok(document)
    }

    fn sign(&self, refusal: &Refusal, now: Timestamp) -> Result<Arc<[u8]>, Unsigned> {
        let signed = self.notary.sign(&refusal.message(now)?).map_err(|error| {
            tracing::error!(%error, "a rejection could not be signed");
            Unsigned
        })?;
        Ok(signed.into())
    }
}

/// Cut to what a label holds.
fn label(text: &str) -> Option<Label> {
    let cut: String = text.chars().take(Label::MAX_CHARS).collect();
    Label::parse(cut.trim()).ok()
}
