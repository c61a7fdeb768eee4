//! What a submitted message comes to.

use std::sync::Arc;

use payment_domain::{AttemptId, Currency, Digest, Money, Operation, Purpose, Timestamp};
use payment_message::{Code, EnrolmentRequest};
use payment_trust::Certificate;
use thiserror::Error;

use crate::parties::{BankDetails, ExternalInstrument};
use crate::storage::payment::AttemptRow;

/// The signed answer to a message.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The message is dealt with.
    Signed {
        /// The signed document.
        document: Arc<[u8]>,
        /// What it says.
        kind: ReplyKind,
    },
    /// An external payment system has to be asked first.
    Pending {
        /// The signed `StatusReport`.
        document: Arc<[u8]>,
        /// Given out exactly once, to whoever has to execute it and then call `finish_attempt`.
        attempt: Option<Box<Attempt>>,
    },
}

/// What a signed answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyKind {
    /// A receipt or certificate: done.
    Accepted,
    /// A report: nothing was moved by this message.
    Report,
    /// A rejection: nothing was posted.
    Rejected(Code),
}

impl Reply {
    /// The signed document.
    #[must_use]
    pub const fn document(&self) -> &Arc<[u8]> {
        match self {
            Self::Signed { document, .. } | Self::Pending { document, .. } => document,
        }
    }

    /// The same answer for whoever asks again: the attempt belongs to the first.
    pub(crate) fn repeated(&self) -> Self {
        match self {
            Self::Pending { document, .. } => Self::Pending { document: Arc::clone(document), attempt: None },
            signed @ Self::Signed { .. } => signed.clone(),
        }
    }
}

/// Why there is no signed answer. Nothing is said about the message: the sender repeats it with the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// More is waiting than will be dealt with in good time.
    #[error("the queue is full")]
    QueueFull,
    /// The database or the signing key is out of reach.
    #[error("the ledger is unavailable")]
    Unavailable,
    /// This server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// What an external payment system is to be asked. Its id is the idempotency key there.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The idempotency key.
    pub id: AttemptId,
    /// What to do.
    pub operation: Operation,
    /// What for: systems need not know, workers and logs do.
    pub purpose: Purpose,
    /// Which system.
    pub system: String,
    /// The token of the party at the system, if it has one.
    pub instrument: Option<ExternalInstrument>,
    /// Its bank account, if it has one.
    pub bank: Option<BankDetails>,
    /// What a refund, capture or void goes back to.
    pub original: Option<Original>,
    /// The system's name for it, as far as it has said.
    pub reference: Option<String>,
    /// How much.
    pub amount: Money,
    /// When it was recorded.
    pub started_at: Timestamp,
}

/// An earlier attempt at the same system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Our id.
    pub id: AttemptId,
    /// What the system was asked.
    pub operation: Operation,
    /// The system's name for it.
    pub reference: Option<String>,
    /// How much it was about.
    pub amount: Money,
}

impl Original {
    pub(crate) fn read(row: &AttemptRow) -> Option<Self> {
        let currency = Currency::parse(&row.currency).ok()?;
        Some(Self {
            id: AttemptId::new(row.id).ok()?,
            operation: Operation::parse(&row.kind).ok()?,
            reference: row.reference.clone(),
            amount: Money::from_micros(row.micros, currency),
        })
    }
}

/// What the external system says of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money moved.
    Approved {
        /// The system's name for it.
        reference: String,
    },
    /// The money did not move and will not.
    Declined {
        /// For the log; the consumer reads only that it was declined.
        reason: String,
    },
    /// The consumer has to confirm at the system (3-D Secure). It stays pending.
    ActionRequired {
        /// Where.
        url: String,
        /// The system's name for the attempt.
        reference: String,
    },
    /// Nothing is known: it stays pending. A time-out is this, never a failure.
    Unknown,
}

/// A verified enrolment, with the certificate that will be given out if the invitation holds.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// What was asked.
    pub request: EnrolmentRequest,
    /// The digest of the request as signed.
    pub digest: Digest,
    /// The request's bytes.
    pub document: Vec<u8>,
    /// The certificate issued for it.
    pub certificate: Certificate,
    /// The signed `EnrolmentResponse`.
    pub response: Vec<u8>,
}
