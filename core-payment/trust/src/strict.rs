//! The server's keys behind the traits of the message room: what the strict engine signs and verifies with.

use payment_message::{PublicKey, SignError, Signer};
use thiserror::Error;

use crate::certificate::Certificate;
use crate::key::{KeyError, KeyKind, PrivateKey, VerifyingKey};

/// A private key and the certificate for it: what a party signs messages with.
#[derive(Debug)]
pub struct Credential {
    key: PrivateKey,
    certificate: Certificate,
}

/// Why a key and a certificate make no credential.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The key could not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate is for another key.
    #[error("the key does not belong to the certificate")]
    OtherKey,
}

impl Credential {
    /// Puts a key and its certificate together.
    ///
    /// # Errors
    /// [`CredentialError::OtherKey`] if they do not belong together.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<Self, CredentialError> {
        if key.public_key()? == *certificate.key() {
            Ok(Self { key, certificate })
        } else {
            Err(CredentialError::OtherKey)
        }
    }

    /// The private key.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Its certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl Signer for Credential {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        self.key.sign(signed_info).map_err(|_| SignError::Unavailable)
    }

    fn certificate(&self) -> Option<&[u8]> {
        Some(self.certificate.der())
    }
}

impl PublicKey for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // The profile knows one algorithm: an RSA key never verifies here, whatever its signature.
        self.kind() == KeyKind::P256 && self.verifies(message, signature)
    }
}
