//! PEM armour: exactly one section of the expected kind, nothing more.
//!
//! A file with two certificates, or a key beside a certificate, is refused: which one is meant would be a guess.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::{SectionKind, from_buf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Text that is not the one PEM section asked for.
#[derive(Debug, Clone, Error)]
#[error("not exactly one PEM section `{}`", label(.0))]
pub struct PemError(SectionKind);

/// The DER bytes of the only section of the text.
pub(crate) fn decode(kind: SectionKind, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let mut rest = text;
    let mut section = || from_buf(&mut rest).map_err(|_| PemError(kind));
    match (section()?, section()?) {
        (Some((found, der)), None) if found == kind => Ok(Zeroizing::new(der)),
        _ => Err(PemError(kind)),
    }
}

/// The armoured form, in lines of 64 characters (RFC 7468 §2).
pub(crate) fn encode(kind: SectionKind, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // One allocation: a grown buffer would leave copies of a key behind.
    let mut text = Zeroizing::new(String::with_capacity(body.len().saturating_mul(2).saturating_add(128)));
    let label = label(&kind);
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    for (position, character) in body.chars().enumerate() {
        if position > 0 && position.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(character);
    }
    for part in ["\n-----END ", label, "-----\n"] {
        text.push_str(part);
    }
    text
}

fn label(kind: &SectionKind) -> &'static str {
    match kind {
        SectionKind::Certificate => "CERTIFICATE",
        SectionKind::PrivateKey => "PRIVATE KEY",
        SectionKind::Crl => "X509 CRL",
        SectionKind::Csr => "CERTIFICATE REQUEST",
        _ => "PUBLIC KEY",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_back_what_was_written() {
        for length in [0, 1, 47, 48, 49, 500] {
            let der = vec![0xa5; length];
            let text = encode(SectionKind::Crl, &der);
            assert_eq!(decode(SectionKind::Crl, text.as_bytes()).unwrap().as_slice(), der, "{length}");
            assert!(text.lines().all(|line| line.len() <= 64));
        }
    }

    #[test]
    fn another_kind_two_sections_and_junk_are_refused() {
        let one = encode(SectionKind::Certificate, b"certificate");
        assert!(decode(SectionKind::PrivateKey, one.as_bytes()).is_err());
        assert!(decode(SectionKind::Certificate, format!("{}{}", *one, *one).as_bytes()).is_err());
        for junk in [
            "",
            "junk",
            "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n",
        ] {
            assert!(decode(SectionKind::Certificate, junk.as_bytes()).is_err(), "{junk}");
        }
    }
}
