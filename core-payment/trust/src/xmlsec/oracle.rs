//! libxml2 and libxmlsec1 as judges of our own code. For tests and fuzzing; the server is built without it.

use payment_message::canonical::XMLDSIG;

use super::native::{Element, Session};

/// Why a library did not answer: it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// The exclusive canonical form by libxml2, without the enveloped signature: the root's last child element, if it is
/// one.
///
/// # Errors
/// [`Refused`] for documents that libxml2 does not parse strictly, and for any with a document type.
pub fn libxml2_exc_c14n(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let session = Session::start();
    let mut document = session.parse(bytes).ok_or(Refused)?;
    document.root().ok_or(Refused)?;
    document.remove_last_child(is_signature);
    document.canonical().ok_or(Refused)
}

/// Fills in the signature template that is the root's last child element, by libxmlsec1, with an unencrypted private
/// key in PEM.
///
/// # Errors
/// [`Refused`] without a template or if the library does not sign.
pub fn sign_with_xmlsec(template: &[u8], key_pem: &[u8]) -> Result<Vec<u8>, Refused> {
    let session = Session::start();
    let mut document = session.parse(template).ok_or(Refused)?;
    let key = session.private_key(key_pem).ok_or(Refused)?;
    if document.sign_last_child(is_signature, key) { document.text().ok_or(Refused) } else { Err(Refused) }
}

fn is_signature(element: &Element<'_>) -> bool {
    element.name() == (b"Signature", XMLDSIG.as_bytes())
}
