//! The one way from bytes to a message that may be acted on.

use std::sync::Arc;

use payment_domain::Digest;
use thiserror::Error;

use super::{Sender, SenderError, Senders, SignatureEngine, VerifyError};
use crate::Code;
use crate::message::{InvalidMessage, Message, UnexpectedKind};

/// A message and who signed it. There is no other way to make one than [`open`], so whoever holds one need not ask
/// whether it was verified.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    message: T,
    sender: Arc<Sender>,
    digest: Digest,
    document: Arc<[u8]>,
}

/// Why a document does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is not authentic.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// It is authentic, but no message.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

/// Verifies a document, then reads the message from the canonical bytes that were hashed, never from the document.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    engine: &dyn SignatureEngine,
    document: &[u8],
    senders: &dyn Senders,
) -> Result<Verified<Message>, OpenError> {
    let authentic = engine.verify(document, senders)?;
    let message = Message::parse(authentic.body())?;
    Ok(Verified {
        message,
        sender: Arc::clone(authentic.sender()),
        digest: authentic.digest(),
        document: Arc::from(document),
    })
}

impl<T> Verified<T> {
    /// What was signed.
    #[must_use]
    pub fn message(&self) -> &T {
        &self.message
    }

    /// Who signed it.
    #[must_use]
    pub fn sender(&self) -> &Arc<Sender> {
        &self.sender
    }

    /// SHA-256 of the canonical message: its name in other messages, and what makes a repetition the same.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The bytes as received: the evidence (R37).
    #[must_use]
    pub fn document(&self) -> &Arc<[u8]> {
        &self.document
    }

    /// Gives the message away.
    #[must_use]
    pub fn into_message(self) -> T {
        self.message
    }
}

impl Verified<Message> {
    /// The same, known to be of one kind: `verified.narrow::<PaymentOrder>()`.
    ///
    /// # Errors
    /// [`UnexpectedKind`] if it is of another.
    pub fn narrow<T: TryFrom<Message, Error = UnexpectedKind>>(self) -> Result<Verified<T>, UnexpectedKind> {
        let Self { message, sender, digest, document } = self;
        Ok(Verified { message: message.try_into()?, sender, digest, document })
    }
}

impl OpenError {
    /// The code to reject the document with.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Verify(error) => error.code(),
            Self::Invalid(error) => error.code(),
        }
    }
}

impl VerifyError {
    /// The code to reject the document with.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge => Code::TooLarge,
            Self::TooDeep => Code::TooDeep,
            Self::Forbidden(_) => Code::ForbiddenConstruct,
            Self::Malformed(_) => Code::NotXml,
            Self::NoSignature => Code::SignatureMissing,
            Self::OutsideProfile(_) => Code::SignatureProfile,
            Self::DigestMismatch | Self::SignatureInvalid => Code::SignatureInvalid,
            Self::Sender(SenderError::Unknown) => Code::UnknownSender,
            Self::Sender(SenderError::Revoked) => Code::CertificateRevoked,
            Self::Sender(SenderError::Expired | SenderError::NotYetValid) => Code::CertificateExpired,
            Self::Sender(SenderError::Unavailable) => Code::Unavailable,
        }
    }
}
