//! The outer shell that certificates, requests and revocation lists share: content, algorithm, signature.
//!
//! The shell itself is not signed, and the parser reads more encodings of it than one. Here there is one: whoever
//! changes a single byte of a signed object has broken it.

use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry::{OID_PKCS1_SHA256WITHRSA, OID_SIG_ECDSA_WITH_SHA256};

/// `ecdsa-with-SHA256` (RFC 5758 §3.2).
const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `sha256WithRSAEncryption` with its NULL (RFC 4055 §5).
const RSA_SHA256: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];

/// Whether `der` is exactly `SEQUENCE { content, algorithm, BIT STRING signature }` with an accepted algorithm: the
/// parser would verify SHA-1 and 1024-bit RSA too.
pub(crate) fn is_acceptable(der: &[u8], content: &[u8], algorithm: &Oid<'_>, signature: &[u8]) -> bool {
    let algorithm = if *algorithm == OID_SIG_ECDSA_WITH_SHA256 {
        ECDSA_SHA256
    } else if *algorithm == OID_PKCS1_SHA256WITHRSA {
        RSA_SHA256
    } else {
        return false;
    };
    let bits = [&[0][..], signature].concat();
    let bits = [header(0x03, bits.len()), bits].concat();
    let inside = [content, algorithm, &bits].concat();
    der.strip_prefix(header(0x30, inside.len()).as_slice()) == Some(inside.as_slice())
}

/// Tag and length (X.690 §10.1: the shortest form).
fn header(tag: u8, length: usize) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        _ => {
            let digits = bytes.iter().copied().skip_while(|byte| *byte == 0);
            // A usize has at most eight bytes.
            let count = u8::try_from(digits.clone().count()).unwrap_or(8) | 0x80;
            [tag, count].into_iter().chain(digits).collect()
        }
    }
}
