//! How the canonicaliser says no.

use std::fmt;

use thiserror::Error;

/// Why a document is refused before anything in it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// More bytes, or a longer canonical form or name, than any message has.
    #[error("the document is too large")]
    TooLarge,
    /// More nested elements or more attributes than any message has.
    #[error("the document is nested too deeply or has too many attributes")]
    TooDeep,
    /// Well-formed XML perhaps, but of a kind that has no place in a payment.
    #[error("{0} is not allowed")]
    Forbidden(Construct),
    /// Not well-formed XML 1.0 with namespaces in UTF-8.
    #[error(transparent)]
    Malformed(Malformed),
}

/// XML that is refused although a parser would read it, because it lets two readers see two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// `<!DOCTYPE`, even an empty one.
    Doctype,
    /// `<?target …?>`.
    ProcessingInstruction,
    /// `<!-- -->`.
    Comment,
    /// `<![CDATA[`.
    Cdata,
    /// An XML declaration other than version 1.0 in UTF-8.
    Declaration,
    /// A byte order mark.
    ByteOrderMark,
    /// A second `Signature`, or one that is not the last child of the root.
    ExtraSignature,
}

/// Where and how a document is not well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not well-formed near byte {offset}: {what}")]
pub struct Malformed {
    /// Offset in bytes into the document, at the start of the faulty tag or text.
    pub offset: usize,
    /// The fault, in a few words that quote nothing of the document.
    pub what: &'static str,
}

impl Unreadable {
    pub(super) const fn malformed(offset: usize, what: &'static str) -> Self {
        Self::Malformed(Malformed { offset, what })
    }
}

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doctype => "a document type declaration",
            Self::ProcessingInstruction => "a processing instruction",
            Self::Comment => "a comment",
            Self::Cdata => "a CDATA section",
            Self::Declaration => "an XML declaration other than version 1.0 in UTF-8",
            Self::ByteOrderMark => "a byte order mark",
            Self::ExtraSignature => "a signature that is not the one last child of the root",
        })
    }
}
