//! The one `SignedInfo` of the profile, as a function of the digest and the prefix.
//!
//! An engine that interprets a `SignedInfo` can be talked into another algorithm, another transform or another
//! reference. This one writes the only text it accepts and compares bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::Digest;

/// Whether a `SignedInfo` is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Byte for byte.
    Same,
    /// Of the profile, but for another document.
    OtherDigest,
    /// Not of the profile.
    Other,
}

/// The canonical `SignedInfo` over `digest`; `prefix` is empty for the default namespace.
pub(super) fn signed_info(prefix: &str, digest: Digest) -> Vec<u8> {
    let mut text = String::with_capacity(1024);
    write(&mut text, prefix, digest);
    text.into_bytes()
}

/// Compares a canonical `SignedInfo` with the one expected.
pub(super) fn compare(actual: &[u8], prefix: &str, digest: Digest) -> Likeness {
    let expected = signed_info(prefix, digest);
    if actual == expected {
        return Likeness::Same;
    }
    let tail_len = end_of_digest(prefix);
    let head_len = expected.len().saturating_sub(tail_len).saturating_sub(DIGEST_CHARS);
    let (head, tail) = (expected.get(..head_len), expected.get(expected.len().saturating_sub(tail_len)..));
    let same_around = actual.len() == expected.len()
        && actual.get(..head_len) == head
        && actual.get(actual.len().saturating_sub(tail_len)..) == tail;
    if same_around { Likeness::OtherDigest } else { Likeness::Other }
}

/// Characters of a SHA-256 digest in base64.
const DIGEST_CHARS: usize = 44;

/// The elements from the root of `SignedInfo` to `DigestValue`, each with what its tag says, and how many to close
/// after it.
const PARTS: [(&str, &str, &[&str]); 9] = [
    ("SignedInfo", "", &[]),
    (
        "CanonicalizationMethod",
        r#" Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#""#,
        &["CanonicalizationMethod"],
    ),
    (
        "SignatureMethod",
        r#" Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256""#,
        &["SignatureMethod"],
    ),
    ("Reference", r#" URI="""#, &[]),
    ("Transforms", "", &[]),
    ("Transform", r#" Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature""#, &["Transform"]),
    ("Transform", r#" Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#""#, &["Transform", "Transforms"]),
    ("DigestMethod", r#" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256""#, &["DigestMethod"]),
    ("DigestValue", "", &[]),
];
const CLOSED_AT_THE_END: [&str; 3] = ["DigestValue", "Reference", "SignedInfo"];

fn write(text: &mut String, prefix: &str, digest: Digest) {
    for (at, (name, attribute, closed)) in PARTS.iter().enumerate() {
        push_name(text, "<", prefix, name);
        if at == 0 {
            text.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            text.push_str(prefix);
            text.push_str("=\"");
            text.push_str(crate::canonical::XMLDSIG);
            text.push('"');
        }
        text.push_str(attribute);
        text.push('>');
        closed.iter().for_each(|name| push_end(text, prefix, name));
    }
    STANDARD.encode_string(digest.as_bytes(), text);
    CLOSED_AT_THE_END.iter().for_each(|name| push_end(text, prefix, name));
}

fn push_name(text: &mut String, open: &str, prefix: &str, name: &str) {
    text.push_str(open);
    if !prefix.is_empty() {
        text.push_str(prefix);
        text.push(':');
    }
    text.push_str(name);
}

fn push_end(text: &mut String, prefix: &str, name: &str) {
    push_name(text, "</", prefix, name);
    text.push('>');
}

/// Bytes after the digest.
fn end_of_digest(prefix: &str) -> usize {
    let mut text = String::new();
    CLOSED_AT_THE_END.iter().for_each(|name| push_end(&mut text, prefix, name));
    text.len()
}
