//! Signing: our own writer emits canonical bodies, so signing is hashing, asking the signer, and inserting.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::signed_info::signed_info;
use super::{SignError, Signer};
use crate::digest::sha256;

/// Signs a canonical body and returns the document: the body with its `Signature` as last child of the root.
///
/// # Errors
/// [`SignError`]. [`SignError::NotCanonical`] means that `canonical_body` has no root to put a signature in; whether it
/// is canonical in full is the caller's promise, and [`scan`](crate::canonical::scan) can tell.
pub fn sign(canonical_body: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    // In canonical form `<` starts a tag and nothing else, so the last one starts the root's end tag.
    let end_tag = canonical_body.iter().rposition(|&b| b == b'<').ok_or(SignError::NotCanonical)?;
    let (content, end_tag) = canonical_body.split_at_checked(end_tag).ok_or(SignError::NotCanonical)?;
    if !end_tag.starts_with(b"</") || !end_tag.ends_with(b">") {
        return Err(SignError::NotCanonical);
    }
    let signed_info = signed_info("", sha256(canonical_body));
    let value = STANDARD.encode(signer.sign(&signed_info)?);
    let certificate = signer.certificate().map(|der| STANDARD.encode(der));
    let certificate_len = certificate.as_ref().map_or(0, String::len);
    let mut document = Vec::with_capacity(
        canonical_body
            .len()
            .saturating_add(signed_info.len())
            .saturating_add(certificate_len)
            .saturating_add(512),
    );
    document.extend_from_slice(content);
    document.extend_from_slice(br#"<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">"#);
    document.extend_from_slice(&signed_info);
    document.extend_from_slice(b"<SignatureValue>");
    document.extend_from_slice(value.as_bytes());
    document.extend_from_slice(b"</SignatureValue>");
    if let Some(certificate) = certificate {
        document.extend_from_slice(b"<KeyInfo><X509Data><X509Certificate>");
        document.extend_from_slice(certificate.as_bytes());
        document.extend_from_slice(b"</X509Certificate></X509Data></KeyInfo>");
    }
    document.extend_from_slice(b"</Signature>");
    document.extend_from_slice(end_tag);
    Ok(document)
}
