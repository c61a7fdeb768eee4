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
    pub(super) fn sample(&self, document: &[u8], opened: &Result<Verified<Message>, OpenError>, now: Timestamp) {
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
        match second {
            Opinion::NotComparable if sample.first != Opinion::Refused => count("not-comparable"),
            Opinion::Authentic { .. } | Opinion::Refused | Opinion::NotComparable => {
                compare(&sample, &second, engine.name());
            }
        }
    }
}

fn compare(sample: &Sample, second: &Opinion, engine: &'static str) {
    // Both say no, for whatever reason: nobody is deceived.
    let both_refuse = sample.first == Opinion::Refused && !matches!(second, Opinion::Authentic { .. });
    if both_refuse || sample.first == *second {
        count("agreed");
        return;
    }
    count("disagreed");
    tracing::error!(
        target: "security",
        alarm = "signature-engines-disagree",
        first = ?sample.first,
        second = ?second,
        engine,
        document = %payment_message::sha256(&sample.document),
        "two signature engines disagree about a document"
    );
}

fn count(result: &'static str) {
    metrics::counter!("meteore_shadow_verifications_total", "result" => result).increment(1);
}
