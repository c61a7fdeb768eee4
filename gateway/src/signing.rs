//! Signs as the Core Payment System, with a certificate that can be replaced while serving (R37).

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use core_payment::Notary;
use payment_message::{Message, SignError};
use payment_trust::Credential;

/// The system's signing key and certificate, whichever are current.
pub struct SigningDesk {
    current: ArcSwap<Credential>,
}

impl SigningDesk {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self { current: ArcSwap::from_pointee(credential) }
    }

    /// Signs with another from now on. What the old one signed still verifies.
    pub fn replace(&self, credential: Credential) {
        self.current.store(Arc::new(credential));
    }
}

impl Notary for SigningDesk {
    fn sign(&self, message: &Message) -> Result<Vec<u8>, SignError> {
        message.sign(&**self.current.load())
    }
}

impl fmt::Debug for SigningDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningDesk({:?})", self.current.load().certificate().fingerprint())
    }
}
