//! The payment system as its customers know it: two certificates, and the rule that only role `cps` signs replies.

use std::sync::Arc;

use anyhow::{Result, ensure};
use payment_domain::Role;
use payment_message::{Message, Sender, SenderError, Senders, StrictEngine, Verified, open};
use payment_trust::{Certificate, Chain};

use crate::clock;

/// Verifies what the system signed.
#[derive(Debug)]
pub struct System {
    chain: Chain,
}

impl System {
    pub(super) fn new(chain: Chain) -> Self {
        Self { chain }
    }

    /// Opens a reply: signature, certificate path, role.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn open(&self, document: &[u8]) -> Result<Verified<Message>> {
        let opened = open(&StrictEngine, document, self)?;
        ensure!(*opened.sender().role() == Role::Cps, "a reply signed by {}", opened.sender().role());
        Ok(opened)
    }
}

impl Senders for System {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let certificate = Certificate::from_der(certificate_hint).map_err(|_| SenderError::Unknown)?;
        self.chain.validate(&certificate, None, clock::now()).map_err(|_| SenderError::Unknown)?;
        Ok(Arc::new(certificate.to_sender()))
    }
}
