//! Verifying a document years later with nothing but the root's and the issuing authority's certificates (R37).
//!
//! Unlike at the door, the signer's certificate comes from the document itself and counts because the path to the root
//! holds; nobody has to be registered.

use std::sync::{Arc, Mutex, PoisonError};

use payment_domain::Timestamp;
use payment_message::{Authentic, Sender, SenderError, Senders, SignatureEngine, VerifyError};
use thiserror::Error;

use crate::certificate::{Certificate, CertificateError};
use crate::crl::RevocationList;
use crate::path::{Chain, PathError};

/// Why a document does not verify.
#[derive(Debug, Error)]
pub enum OfflineError {
    /// The document or its signature.
    #[error(transparent)]
    Document(VerifyError),
    /// The certificate in the document is not one of this system.
    #[error("the signer's certificate")]
    Certificate(#[from] CertificateError),
    /// The certificate does not lead to the root, or did not at that time.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Verifies a document as of a time: the one written in it, as a rule. The answer says who signed, in which role, and
/// holds the bytes that were signed.
///
/// # Errors
/// [`OfflineError`] with the reason.
pub fn verify_offline(
    engine: &dyn SignatureEngine,
    document: &[u8],
    chain: &Chain,
    revocations: Option<&RevocationList>,
    at: Timestamp,
) -> Result<Authentic, OfflineError> {
    let senders = PathSenders { chain, revocations, at, refusal: Mutex::new(None) };
    engine.verify(document, &senders).map_err(|error| {
        let refusal = senders.refusal.into_inner().unwrap_or_else(PoisonError::into_inner);
        refusal.unwrap_or(OfflineError::Document(error))
    })
}

/// Whoever has a path to the root.
struct PathSenders<'v> {
    chain: &'v Chain,
    revocations: Option<&'v RevocationList>,
    at: Timestamp,
    /// Says more than the engine can pass on.
    refusal: Mutex<Option<OfflineError>>,
}

impl PathSenders<'_> {
    fn accept(&self, der: &[u8]) -> Result<Certificate, OfflineError> {
        let certificate = Certificate::from_der(der)?;
        self.chain.validate(&certificate, self.revocations, self.at)?;
        Ok(certificate)
    }
}

impl Senders for PathSenders<'_> {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let certificate = self.accept(certificate_hint).map_err(|error| {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            SenderError::Unknown
        })?;
        Ok(Arc::new(certificate.to_sender()))
    }
}
