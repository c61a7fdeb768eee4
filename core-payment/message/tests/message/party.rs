//! A signer with a real P-256 key, and the registry that knows it.

use std::sync::Arc;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use payment_domain::{PartyId, Role, Timestamp};
use payment_message::{PublicKey, Sender, SenderError, Senders, SignError, Signer};

/// A self-signed certificate of the key of [`Party::golden`].
pub(crate) const GOLDEN_CERTIFICATE: &[u8] = include_bytes!("../../golden/signer.der");

pub(crate) struct Party {
    key: SigningKey,
    certificate: Option<Vec<u8>>,
}

pub(crate) struct Key(VerifyingKey);

/// Knows the certificates of some parties, and refuses all of them if it was told to.
pub(crate) struct Registry {
    parties: Vec<Arc<Sender>>,
    refusal: Option<SenderError>,
}

impl Party {
    /// The key that the golden documents are signed with. ECDSA by RFC 6979 is deterministic, so they are too.
    pub(crate) fn golden() -> Self {
        Self::with_key(7, Some(GOLDEN_CERTIFICATE))
    }

    /// Anybody else.
    pub(crate) fn stranger() -> Self {
        Self::with_key(8, Some(b"a stranger's certificate"))
    }

    pub(crate) fn with_key(byte: u8, certificate: Option<&[u8]>) -> Self {
        let key = SigningKey::from_slice(&[byte; 32]).unwrap();
        Self { key, certificate: certificate.map(<[u8]>::to_vec) }
    }

    pub(crate) fn public_key(&self) -> Key {
        Key(*self.key.verifying_key())
    }
}

impl Signer for Party {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        let signature: Signature = self.key.sign(signed_info);
        Ok(signature.to_bytes().into())
    }

    fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}

impl PublicKey for Key {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

impl Registry {
    pub(crate) fn of(parties: &[&Party]) -> Self {
        let senders = parties.iter().map(|party| {
            Arc::new(Sender::new(
                PartyId::parse("terminal-1").unwrap(),
                Role::Terminal,
                Arc::from(party.certificate().unwrap()),
                Arc::new(party.public_key()),
                Timestamp::EPOCH,
                Timestamp::from_millis(4_000_000_000_000).unwrap(),
            ))
        });
        Self { parties: senders.collect(), refusal: None }
    }

    pub(crate) fn refusing(refusal: SenderError) -> Self {
        Self { parties: Vec::new(), refusal: Some(refusal) }
    }
}

impl Senders for Registry {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        match self.refusal {
            Some(refusal) => Err(refusal),
            None => self
                .parties
                .iter()
                .find(|sender| **sender.certificate() == *certificate_hint)
                .cloned()
                .ok_or(SenderError::Unknown),
        }
    }
}
