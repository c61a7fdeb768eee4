//! Why a document is not one of the messages.

use payment_domain::MoneyError;
use thiserror::Error;

use super::Kind;
use crate::Code;

/// The first fault of a message, and where it is. Nothing in here quotes the document, so it is safe to send back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {fault}")]
pub struct InvalidMessage {
    path: String,
    fault: Fault,
}

/// What is wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes are not a canonical document.
    #[error("not a canonical document")]
    NotCanonical,
    /// The root is in another namespace.
    #[error("not in the namespace urn:meteore:payment:1")]
    WrongNamespace,
    /// The root is none of the messages.
    #[error("not a message of this system")]
    UnknownMessage,
    /// The element is not where the schema has it.
    #[error("missing or misplaced")]
    Missing,
    /// There is an element more than the schema has.
    #[error("has an element that does not belong here")]
    Unexpected,
    /// An attribute that the schema does not have.
    #[error("has an attribute that does not belong here")]
    Attribute,
    /// Text between elements.
    #[error("has text between its elements")]
    Text,
    /// An element inside a value.
    #[error("has an element inside its value")]
    Nested,
    /// The value is not of the element's type.
    #[error("{0}")]
    Value(String),
    /// The amount is not acceptable.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The fields contradict each other.
    #[error("{0}")]
    Contradiction(String),
}

/// A message that is not of the kind wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a {} where a {} was wanted", found.as_str(), wanted.as_str())]
pub struct UnexpectedKind {
    /// The kind wanted.
    pub wanted: Kind,
    /// The kind at hand.
    pub found: Kind,
}

impl InvalidMessage {
    /// The element at fault, `PaymentOrder/amount`; only names of the schema occur in it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The code to reject the message with.
    #[must_use]
    pub fn code(&self) -> Code {
        match self.fault {
            Fault::NotCanonical => Code::NotXml,
            Fault::WrongNamespace => Code::WrongNamespace,
            Fault::UnknownMessage => Code::UnknownMessage,
            Fault::Money(MoneyError::NotPositive) => Code::AmountNotPositive,
            Fault::Money(MoneyError::TooPrecise) => Code::AmountTooPrecise,
            Fault::Money(MoneyError::Overflow) => Code::AmountOverflow,
            _ => Code::InvalidMessage,
        }
    }

    pub(super) fn new(path: String, fault: Fault) -> Self {
        Self { path, fault }
    }

    pub(super) fn not_canonical() -> Self {
        Self::new("/".to_owned(), Fault::NotCanonical)
    }

    pub(super) fn unknown() -> Self {
        Self::new("/".to_owned(), Fault::UnknownMessage)
    }
}
