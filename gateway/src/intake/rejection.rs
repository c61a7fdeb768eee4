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
            OpenError::Invalid(error) => {
                Self { field: Some(error.path().to_owned()), ..refusal.because(error.fault().to_string()) }
            }
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
        self.in_reply_to.is_none()
            && self.request_digest.is_none()
            && self.reason.is_none()
            && self.field.is_none()
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use payment_message::SignError;

    use super::*;

    /// Counts instead of signing.
    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Notary for Counter {
        fn sign(&self, message: &Message) -> Result<Vec<u8>, SignError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(message.to_canonical())
        }
    }

    struct Locked;

    impl Notary for Locked {
        fn sign(&self, _message: &Message) -> Result<Vec<u8>, SignError> {
            Err(SignError::Unavailable)
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add_millis(millis)
    }

    #[test]
    fn a_flood_costs_one_signature_a_second() {
        let counter = Arc::new(Counter::default());
        let rejections = Rejections::new(Arc::<Counter>::clone(&counter));
        for code in [Code::TooManyRequests, Code::Unavailable] {
            let before = counter.0.load(Ordering::Relaxed);
            for millis in 0..2_000 {
                let answer = rejections.answer(&Refusal::plain(code), at(millis)).unwrap();
                assert_eq!(answer.verdict, Verdict::Rejected(code));
            }
            assert_eq!(counter.0.load(Ordering::Relaxed), before.saturating_add(2), "{code}");
        }
    }

    #[test]
    fn a_refusal_that_says_more_than_its_code_is_signed_for_itself() {
        let counter = Arc::new(Counter::default());
        let rejections = Rejections::new(Arc::<Counter>::clone(&counter));
        for refusal in [
            Refusal::plain(Code::NotXml),
            Refusal::plain(Code::NotXml),
            Refusal::plain(Code::Unavailable).because("for a reason"),
            Refusal::plain(Code::Unavailable).because("for a reason"),
        ] {
            rejections.answer(&refusal, at(0)).unwrap();
        }
        assert_eq!(counter.0.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn a_reason_that_is_too_long_is_cut_and_an_empty_one_replaced() {
        let rejections = Rejections::new(Arc::new(Counter::default()));
        for (reason, expected) in [("é".repeat(500), "é".repeat(120)), (" ".to_owned(), "not-xml".to_owned())]
        {
            let refusal = Refusal::plain(Code::NotXml).because(reason);
            let document = rejections.answer(&refusal, at(0)).unwrap().document;
            let Message::Rejection(rejection) = Message::parse(&document).unwrap() else {
                panic!("no rejection")
            };
            assert_eq!(rejection.reason.as_str(), expected);
        }
    }

    #[test]
    fn without_the_key_nothing_is_said_in_its_name() {
        let rejections = Rejections::new(Arc::new(Locked));
        let answer = rejections.answer(&Refusal::plain(Code::NotXml), at(0));
        assert_eq!(answer.map(|answer| answer.verdict), Err(Unsigned));
    }
}
