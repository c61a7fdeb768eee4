//! Shadow verification: a sample of live traffic is verified a second time by the other engine, on its own thread.
//! Two engines that disagree mean that one of them is wrong about who ordered a payment: an alarm.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use payment_domain::{Digest, Timestamp};
use payment_message::{Message, OpenError, Sender, SignatureEngine, Verified, VerifyError, open};
use payment_trust::SenderCache;
use thiserror::Error;

/// Samples that wait; more are dropped, and counted.
const QUEUE: usize = 64;

/// Verifies one document in so many a second time.
pub struct Shadow {
    one_in: u32,
    seen: AtomicU32,
    samples: SyncSender<Sample>,
}

/// Why there is no shadow verification.
#[derive(Debug, Error)]
#[error("the shadow engine cannot be started")]
pub struct ShadowError(#[from] io::Error);

struct Sample {
    document: Arc<[u8]>,
    first: Opinion,
    now: Timestamp,
}

/// What an engine says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Opinion {
    /// Signed by this certificate, with this digest.
    Authentic { signer: Digest, digest: Digest },
    /// Not authentic.
    Refused,
    /// It depends on more than the document: a certificate can be revoked between the two looks.
    NotComparable,
}

impl Shadow {
    /// Starts the thread. `one_in` is at least 1.
    ///
    /// # Errors
    /// [`ShadowError`] without a thread.
    pub fn start(
        engine: impl SignatureEngine + 'static,
        senders: Arc<SenderCache>,
        one_in: u32,
    ) -> Result<Self, ShadowError> {
        let (samples, work) = sync_channel(QUEUE);
        thread::Builder::new().name("shadow".to_owned()).spawn(move || run(&work, &engine, &senders))?;
        Ok(Self { one_in: one_in.max(1), seen: AtomicU32::new(0), samples })
    }

    /// Takes the document as a sample, if it is its turn.
    pub(super) fn sample(
        &self,
        document: &[u8],
        opened: &Result<Verified<Message>, OpenError>,
        now: Timestamp,
    ) {
        if !self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.one_in) {
            return;
        }
        let first = Opinion::of(opened);
        if first == Opinion::NotComparable {
            return;
        }
        let document = match opened {
            Ok(verified) => Arc::clone(verified.document()),
            Err(_) => Arc::from(document),
        };
        if self.samples.try_send(Sample { document, first, now }).is_err() {
            count("dropped");
        }
    }
}

impl Opinion {
    fn of(opened: &Result<Verified<Message>, OpenError>) -> Self {
        match opened {
            Ok(verified) => Self::authentic(verified.sender(), verified.digest()),
            Err(OpenError::Verify(error)) => Self::refused(error),
            // Authentic, but no message: the signature was found good, and by whom is not known here.
            Err(OpenError::Invalid(_)) => Self::NotComparable,
        }
    }

    fn authentic(sender: &Sender, digest: Digest) -> Self {
        Self::Authentic { signer: sender.fingerprint(), digest }
    }

    const fn refused(error: &VerifyError) -> Self {
        match error {
            VerifyError::Sender(_) | VerifyError::OutsideProfile(_) => Self::NotComparable,
            _ => Self::Refused,
        }
    }
}

fn run(work: &Receiver<Sample>, engine: &dyn SignatureEngine, senders: &SenderCache) {
    while let Ok(sample) = work.recv() {
        let second = Opinion::of(&open(engine, &sample.document, &senders.at(sample.now)));
        let result = judge(&sample.first, &second);
        count(result);
        if result == DISAGREED {
            tracing::error!(
                target: "security",
                alarm = "signature-engines-disagree",
                first = ?sample.first,
                second = ?second,
                engine = engine.name(),
                document = %payment_message::sha256(&sample.document),
                "two signature engines disagree about a document"
            );
        }
    }
}

const DISAGREED: &str = "disagreed";

/// What two opinions on one document come to.
fn judge(first: &Opinion, second: &Opinion) -> &'static str {
    match (first, second) {
        (Opinion::Authentic { .. }, Opinion::NotComparable) | (Opinion::NotComparable, _) => "not-comparable",
        // Both say no, for whatever reason: nobody is deceived.
        (Opinion::Refused, Opinion::Refused | Opinion::NotComparable) => "agreed",
        _ if first == second => "agreed",
        _ => DISAGREED,
    }
}

fn count(result: &'static str) {
    metrics::counter!("meteore_shadow_verifications_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use payment_message::SenderError;

    use super::*;

    #[test]
    fn an_alarm_is_raised_when_one_engine_accepts_what_the_other_does_not() {
        let by = |signer: u8, digest: u8| Opinion::Authentic {
            signer: Digest::new([signer; 32]),
            digest: Digest::new([digest; 32]),
        };
        let (no, open) = (Opinion::Refused, Opinion::NotComparable);
        for (first, second, expected) in [
            (by(1, 1), by(1, 1), "agreed"),
            (no.clone(), no.clone(), "agreed"),
            (no.clone(), open.clone(), "agreed"),
            (by(1, 1), no.clone(), "disagreed"),
            (no, by(1, 1), "disagreed"),
            (by(1, 1), by(2, 1), "disagreed"),
            (by(1, 1), by(1, 2), "disagreed"),
            (by(1, 1), open, "not-comparable"),
        ] {
            assert_eq!(judge(&first, &second), expected, "{first:?} {second:?}");
        }
    }

    #[test]
    fn what_depends_on_more_than_the_document_is_not_compared() {
        for error in [VerifyError::Sender(SenderError::Revoked), VerifyError::OutsideProfile("an RSA key")] {
            assert_eq!(Opinion::of(&Err(OpenError::Verify(error))), Opinion::NotComparable);
        }
        for error in [VerifyError::SignatureInvalid, VerifyError::DigestMismatch, VerifyError::TooDeep] {
            assert_eq!(Opinion::of(&Err(OpenError::Verify(error))), Opinion::Refused);
        }
    }
}
