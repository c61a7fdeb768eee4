//! Messages as the core gets them: verified, by somebody in town.

use std::sync::Arc;

use anyhow::Result;
use payment_message::message::UnexpectedKind;
use payment_message::{Message, Sender, SenderError, Senders, StrictEngine, Verified, open};
use payment_trust::Certificate;

use super::Town;

/// Everybody in town may sign.
struct Everybody<'t>(&'t Town);

impl Senders for Everybody<'_> {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let certificate = Certificate::from_der(certificate_hint).map_err(|_| SenderError::Unknown)?;
        let party = self.0.party(certificate.party().as_str());
        let same = party.credential.certificate().fingerprint() == certificate.fingerprint();
        if same { Ok(Arc::new(certificate.to_sender())) } else { Err(SenderError::Unknown) }
    }
}

impl Town {
    /// Opens a message of somebody in town.
    ///
    /// # Errors
    /// If it does not verify, or is of another kind.
    pub fn verify<T>(&self, document: &[u8]) -> Result<Verified<T>>
    where
        T: TryFrom<Message, Error = UnexpectedKind>,
    {
        Ok(open(&StrictEngine, document, &Everybody(self))?.narrow()?)
    }
}
