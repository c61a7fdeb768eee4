//! Exclusive canonical XML in one pass: document bytes → the bytes that are hashed, and the parts of the signature.
//!
//! A payment is read by more than one program, so a document that two readers could read differently is refused before
//! anything is hashed: document types, comments, CDATA, processing instructions, ill-formed markup. quick-xml cuts the
//! document into events but does not check all of XML 1.0 and its namespaces; what it leaves open is checked here.
//! Whatever [`scan`] accepts, libxml2 accepts, with the same canonical bytes (a differential fuzz target holds it to
//! that). It refuses more than libxml2 does, never less.
//!
//! What this must not do: verify anything. [`envelope`](crate::envelope) does, with what comes out of here.

mod attribute;
mod character;
mod name;
mod namespace;
mod pass;
mod region;
mod render;
mod unreadable;

pub(crate) use character::{is_blank, push_text, resolve as resolve_reference, trim};
pub(crate) use name::is_ncname;
pub use unreadable::{Construct, Malformed, Unreadable};

/// The most bytes a document may have.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// The most bytes its canonical form may have: escapes and repeated namespaces make it longer than the document.
pub const MAX_CANONICAL_BYTES: usize = 2 * MAX_DOCUMENT_BYTES;
/// The most elements that may be open at once, the root included.
pub const MAX_DEPTH: usize = 32;
/// The most attributes, namespace declarations included, of one element.
pub const MAX_ATTRIBUTES: usize = 32;
/// The most bytes of one element's or attribute's name.
pub const MAX_NAME_BYTES: usize = 256;
/// The namespace of XML signatures.
pub const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A well-formed document, taken apart: its canonical body and, if it has one, its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Option<ScannedSignature>,
}

/// The parts of a signature, as written. Nothing here is verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScannedSignature {
    pub(crate) signed_info: Vec<u8>,
    pub(crate) prefix: String,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) has_key_info: bool,
    pub(crate) certificate: Option<Vec<u8>>,
    pub(crate) outside: Option<&'static str>,
}

/// Takes a document apart. The body is the exclusive canonical form (C14N 1.0, without comments) of the root without
/// its signature.
///
/// # Errors
/// [`Unreadable`] if the document is not one that every reader reads alike.
pub fn scan(document: &[u8]) -> Result<Scanned, Unreadable> {
    pass::Pass::over(document)
}

impl Scanned {
    /// The canonical document without its signature.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The canonical document without its signature.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The signature, if the last child of the root is one.
    #[must_use]
    pub fn signature(&self) -> Option<&ScannedSignature> {
        self.signature.as_ref()
    }
}

impl ScannedSignature {
    /// The canonical form of `SignedInfo`: the bytes that were signed.
    #[must_use]
    pub fn signed_info(&self) -> &[u8] {
        &self.signed_info
    }

    /// The prefix that `SignedInfo` is written with; empty for the default namespace.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The text of `SignatureValue` without white space: base64, if the document is honest.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.value.as_deref().unwrap_or_default()
    }

    /// The text of the first `KeyInfo/X509Data/X509Certificate` without white space.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// What in the signature, apart from its `SignedInfo`, the strict profile does not know.
    #[must_use]
    pub fn outside_profile(&self) -> Option<&'static str> {
        self.outside
    }
}
