//! What a signature engine promises, and how it says no.

use std::sync::Arc;

use payment_domain::Digest;
use thiserror::Error;

use super::{Sender, SenderError, Senders};
use crate::canonical::{Construct, Malformed, Unreadable};

/// Verifies documents of the profile. Two engines implement it: the strict one of this crate for the hot path, and
/// one over libxmlsec1 for partner documents and as a cross-check; they must agree on every document.
pub trait SignatureEngine: Send + Sync {
    /// A stable, short name for logs and metrics.
    fn name(&self) -> &'static str;

    /// Verifies the one signature of `document` with the key of its registered sender.
    ///
    /// # Errors
    /// [`VerifyError`]; only [`VerifyError::OutsideProfile`] leaves room for another engine to try.
    fn verify(&self, document: &[u8], senders: &dyn Senders) -> Result<Authentic, VerifyError>;
}

/// What an engine vouches for: these canonical bytes were signed by this sender.
#[derive(Debug, Clone)]
pub struct Authentic {
    body: Vec<u8>,
    digest: Digest,
    sender: Arc<Sender>,
}

impl Authentic {
    /// For engines only: states that `sender` signed `body`. `body` must be the very bytes that were hashed to
    /// `digest`, for they are what the message is read from.
    #[must_use]
    pub fn new(body: Vec<u8>, digest: Digest, sender: Arc<Sender>) -> Self {
        Self { body, digest, sender }
    }

    /// The canonical document without its signature, as hashed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// SHA-256 of [`body`](Self::body): the digest by which other messages refer to this one.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Who signed.
    #[must_use]
    pub fn sender(&self) -> &Arc<Sender> {
        &self.sender
    }
}

/// Why a document is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// More bytes, or a longer canonical form, than any message has.
    #[error("the document is too large")]
    TooLarge,
    /// More nested elements or more attributes than any message has.
    #[error("the document is nested too deeply or has too many attributes")]
    TooDeep,
    /// Well-formed XML perhaps, but of a kind that has no place in a payment.
    #[error("{0} is not allowed")]
    Forbidden(Construct),
    /// Not well-formed XML 1.0 with namespaces in UTF-8.
    #[error(transparent)]
    Malformed(Malformed),
    /// The root has no signature among its children.
    #[error("the document is not signed")]
    NoSignature,
    /// Signed, but not in the layout that this engine rebuilds. Another engine may know it.
    #[error("the signature is outside the profile: {0}")]
    OutsideProfile(&'static str),
    /// The document is not the one that was signed.
    #[error("the document was altered after it was signed")]
    DigestMismatch,
    /// The signature is not by the sender's registered key.
    #[error("the signature is not by the registered key")]
    SignatureInvalid,
    /// The certificate does not lead to a sender who may sign now.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

impl From<Unreadable> for VerifyError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::TooLarge,
            Unreadable::TooDeep => Self::TooDeep,
            Unreadable::Forbidden(construct) => Self::Forbidden(construct),
            Unreadable::Malformed(malformed) => Self::Malformed(malformed),
        }
    }
}
