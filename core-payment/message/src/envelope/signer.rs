//! Who makes and checks single signatures. Implemented with aws-lc-rs on the server, with `p256` or the phone's
//! key store in the SDK.

use thiserror::Error;

/// Holds a private P-256 key, or can ask one for a signature.
pub trait Signer: Send + Sync {
    /// Signs with ECDSA P-256 and SHA-256 (the signer hashes) and returns raw `r‖s`, as XMLDSig wants it, not DER.
    ///
    /// # Errors
    /// [`SignError::Unavailable`] when the key cannot be used now, [`SignError::Refused`] when its owner said no.
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError>;

    /// The DER certificate for `KeyInfo/X509Data/X509Certificate`. `None` before enrolment: then no `KeyInfo` is
    /// written.
    fn certificate(&self) -> Option<&[u8]>;
}

/// A parsed P-256 public key. Parsing is costly, so it is done once and kept with the sender.
pub trait PublicKey: Send + Sync {
    /// Whether `signature` (raw `r‖s`) is this key's ECDSA P-256 SHA-256 signature of `message`.
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool;
}

/// Why a document was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key store is locked, gone or failed.
    #[error("the signing key is unavailable")]
    Unavailable,
    /// The owner of the key declined (a biometric prompt, a policy).
    #[error("the owner of the signing key refused")]
    Refused,
    /// The body given is not one canonical element, so there is no place for a signature in it.
    #[error("the body to sign is not a canonical XML element")]
    NotCanonical,
}
