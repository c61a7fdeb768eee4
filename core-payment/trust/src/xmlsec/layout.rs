//! What a signature may look like before the library is let near it: which parts, which algorithms, which reference.
//!
//! Everything that the library would interpret and that is not on this list is refused, above all references: a URI
//! that is not a plain id is an XPointer program.

use std::ffi::CStr;

use payment_message::VerifyError;
use payment_message::canonical::XMLDSIG;

use super::native::Element;
use crate::key::KeyKind;

/// A signature whose layout is known.
pub(super) struct Layout<'d> {
    /// The `Signature` element.
    pub(super) signature: Element<'d>,
    /// The kind of key that its method needs.
    pub(super) kind: KeyKind,
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// Attributes that partners use as the id of their root.
const IDS: [&CStr; 3] = [c"Id", c"ID", c"id"];

/// Reads the layout of the root's last child. Declares the root's id if the reference names it, and no other.
pub(super) fn read(root: Element<'_>) -> Result<Layout<'_>, VerifyError> {
    let signature =
        root.children().pop().filter(|last| is(last, b"Signature")).ok_or(VerifyError::NoSignature)?;
    let [signed_info, rest @ ..] = &signature.children()[..] else {
        return Err(outside("an empty signature"));
    };
    let in_order = match rest {
        [value] => is(value, b"SignatureValue"),
        [value, key_info] => is(value, b"SignatureValue") && is(key_info, b"KeyInfo"),
        _ => false,
    };
    if !is(signed_info, b"SignedInfo") || !in_order {
        return Err(outside("other parts than SignedInfo, SignatureValue, KeyInfo"));
    }
    let [canonicalization, method, reference] = &signed_info.children()[..] else {
        return Err(outside("not exactly one reference"));
    };
    algorithm(canonicalization, b"CanonicalizationMethod", EXCLUSIVE)?;
    let kind = match method.attribute(c"Algorithm").as_deref() {
        Some(ECDSA_SHA256) => KeyKind::P256,
        Some(RSA_SHA256) => KeyKind::Rsa,
        _ => return Err(outside("another signature method than ECDSA or RSA with SHA-256")),
    };
    if !is(method, b"SignatureMethod") || !method.children().is_empty() {
        return Err(outside("a parameter of the signature method"));
    }
    read_reference(&root, reference)?;
    Ok(Layout { signature, kind })
}

fn read_reference(root: &Element<'_>, reference: &Element<'_>) -> Result<(), VerifyError> {
    let [transforms, digest_method, digest_value] = &reference.children()[..] else {
        return Err(outside("other parts than Transforms, DigestMethod, DigestValue"));
    };
    if !is(reference, b"Reference") || !is(transforms, b"Transforms") || !is(digest_value, b"DigestValue") {
        return Err(outside("other parts than Transforms, DigestMethod, DigestValue"));
    }
    algorithm(digest_method, b"DigestMethod", SHA256)?;
    let [enveloped, exclusive] = &transforms.children()[..] else {
        return Err(outside("other transforms than enveloped signature and exclusive C14N"));
    };
    algorithm(enveloped, b"Transform", ENVELOPED)?;
    algorithm(exclusive, b"Transform", EXCLUSIVE)?;
    let uri = reference.attribute(c"URI").ok_or(outside("a reference without URI"))?;
    let Some(id) = uri.strip_prefix('#') else {
        return if uri.is_empty() { Ok(()) } else { Err(outside("a reference out of the document")) };
    };
    let named = IDS.into_iter().find(|name| root.attribute(name).as_deref() == Some(id));
    match named {
        Some(name) if is_plain_id(id) && root.declare_id(name, id) => Ok(()),
        _ => Err(outside("a reference to something else than the root")),
    }
}

fn algorithm(element: &Element<'_>, name: &[u8], algorithm: &str) -> Result<(), VerifyError> {
    if is(element, name) && element.attribute(c"Algorithm").as_deref() == Some(algorithm) {
        Ok(())
    } else {
        Err(outside("another algorithm than exclusive C14N, enveloped signature and SHA-256"))
    }
}

fn is(element: &Element<'_>, name: &[u8]) -> bool {
    element.name() == (name, XMLDSIG.as_bytes())
}

fn is_plain_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

const fn outside(what: &'static str) -> VerifyError {
    VerifyError::OutsideProfile(what)
}
