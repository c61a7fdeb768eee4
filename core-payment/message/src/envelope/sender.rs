//! The registered sender of a message.

use std::fmt;
use std::sync::Arc;

use payment_domain::{Digest, PartyId, Role, Timestamp};
use thiserror::Error;

use super::PublicKey;
use crate::digest::sha256;

/// Finds the registered sender that a document's `KeyInfo` hints at.
///
/// The key that verifies a document is always the registered one (R38): an implementation looks the certificate up in
/// what was enrolled, and never builds a key from the bytes it is given.
pub trait Senders: Send + Sync {
    /// The sender registered with this certificate (DER, as found in `KeyInfo`).
    ///
    /// # Errors
    /// [`SenderError`] says why nobody may sign with this certificate now.
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError>;
}

/// Why a certificate does not lead to a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SenderError {
    /// Nobody was enrolled with this certificate.
    #[error("the signer's certificate is not registered here")]
    Unknown,
    /// The certificate was revoked.
    #[error("the signer's certificate was revoked")]
    Revoked,
    /// The certificate's validity has ended.
    #[error("the signer's certificate has expired")]
    Expired,
    /// The certificate's validity has not begun.
    #[error("the signer's certificate is not valid yet")]
    NotYetValid,
    /// The registry or the revocation list cannot be read now; nothing is said about the sender.
    #[error("senders cannot be looked up now")]
    Unavailable,
}

/// A party as registered: who, in which role, with which key, from when to when.
#[derive(Clone)]
pub struct Sender {
    party: PartyId,
    role: Role,
    fingerprint: Digest,
    certificate: Arc<[u8]>,
    key: Arc<dyn PublicKey>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Sender {
    /// A registered sender. `certificate` is DER and was validated by the caller; `key` is the one inside it.
    #[must_use]
    pub fn new(
        party: PartyId,
        role: Role,
        certificate: Arc<[u8]>,
        key: Arc<dyn PublicKey>,
        not_before: Timestamp,
        not_after: Timestamp,
    ) -> Self {
        let fingerprint = sha256(&certificate);
        Self { party, role, fingerprint, certificate, key, not_before, not_after }
    }

    /// Who this is.
    #[must_use]
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// What the certificate allows them to be.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// SHA-256 of the DER certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// The DER certificate.
    #[must_use]
    pub fn certificate(&self) -> &Arc<[u8]> {
        &self.certificate
    }

    /// The key inside the certificate, parsed.
    #[must_use]
    pub fn key(&self) -> &Arc<dyn PublicKey> {
        &self.key
    }

    /// The first instant at which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant at which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("party", &self.party)
            .field("role", &self.role)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
