//! Signed bytes, kept small: zstd with a dictionary of our own message texts.
//!
//! The first byte names the dictionary, so that a new one can be added while old evidence still reads. What is read
//! back is bounded by the size of a message. The signer's certificate, the larger and incompressible half of a document,
//! is kept once in `evidence_certificate`, and a body refers to it. Requests that hold a telephone number or proof of authentication are
//! sealed on top (R40): [`seal`] and [`unseal`].

use std::borrow::Cow;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use payment_domain::Digest;
use payment_trust::{SealError, Sealer, sha256};
use zstd::bulk::{Compressor, Decompressor};

/// The first dictionary. Never changed: add another instead.
const DICTIONARY_1: &[u8] = include_bytes!("evidence/dictionary-1.xml");
const DICTIONARY_1_ID: u8 = 1;
/// The same, with the signer's certificate left out: its fingerprint and where it stood come first.
const REFERRING_1_ID: u8 = 2;
const SEALED: u8 = 0x80;
const OPEN: &[u8] = b"<X509Certificate>";
const LEVEL: i32 = 1;
/// Larger than any message the door accepts.
const MAX_BYTES: usize = 128 * 1024;

/// Seals a packed request for its position: it opens at no other.
pub(crate) fn seal(sealer: &Sealer, position: i64, packed: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut sealed = sealer.seal(&context(position), packed)?;
    sealed.insert(0, SEALED);
    Ok(sealed)
}

/// The packed request at a position, opened if it was sealed.
pub(crate) fn unseal<'s>(
    sealer: Option<&Sealer>,
    position: i64,
    stored: &'s [u8],
) -> Result<Cow<'s, [u8]>, SealError> {
    match stored.split_first() {
        Some((&SEALED, sealed)) => {
            let sealer = sealer.ok_or(SealError::KeyFile)?;
            Ok(Cow::Owned(sealer.open(&context(position), sealed)?.to_vec()))
        }
        _ => Ok(Cow::Borrowed(stored)),
    }
}

fn context(position: i64) -> String {
    format!("evidence.request/{position}")
}

/// Packs evidence.
pub(crate) struct Packer(Compressor<'static>);

/// Unpacks evidence.
pub(crate) struct Unpacker(Decompressor<'static>);

/// The stored form of a document, and the certificate that it refers to.
pub(crate) struct Packed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) certificate: Option<(Digest, Vec<u8>)>,
}

impl Packer {
    pub(crate) fn new() -> io::Result<Self> {
        Compressor::with_dictionary(LEVEL, DICTIONARY_1).map(Self)
    }

    /// Packs a document; nothing stays nothing.
    pub(crate) fn pack(&mut self, document: &[u8]) -> io::Result<Packed> {
        if document.is_empty() {
            return Ok(Packed { bytes: Vec::new(), certificate: None });
        }
        let Some(found) = find_certificate(document) else {
            let mut bytes = vec![DICTIONARY_1_ID];
            bytes.extend(self.0.compress(document)?);
            return Ok(Packed { bytes, certificate: None });
        };
        let fingerprint = sha256(&found.der);
        let mut bytes = vec![REFERRING_1_ID];
        bytes.extend_from_slice(fingerprint.as_bytes());
        bytes.extend_from_slice(&found.offset.to_be_bytes());
        bytes.extend(self.0.compress(&found.rest)?);
        Ok(Packed { bytes, certificate: Some((fingerprint, found.der)) })
    }
}

impl Unpacker {
    pub(crate) fn new() -> io::Result<Self> {
        Decompressor::with_dictionary(DICTIONARY_1).map(Self)
    }

    /// The signed bytes as they were. `certificate` finds the certificate that a body refers to.
    pub(crate) fn unpack<E: From<io::Error>>(
        &mut self,
        packed: &[u8],
        certificate: impl FnOnce(&Digest) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Vec<u8>, E> {
        match packed.split_first() {
            None => Ok(Vec::new()),
            Some((&DICTIONARY_1_ID, packed)) => Ok(self.0.decompress(packed, MAX_BYTES)?),
            Some((&REFERRING_1_ID, rest)) => {
                let (fingerprint, rest) = rest.split_first_chunk().ok_or_else(|| damaged("too short"))?;
                let (offset, packed) = rest.split_first_chunk().ok_or_else(|| damaged("too short"))?;
                let der =
                    certificate(&Digest::new(*fingerprint))?.ok_or_else(|| damaged("no certificate"))?;
                let mut document = self.0.decompress(packed, MAX_BYTES)?;
                let offset = usize::try_from(u32::from_be_bytes(*offset)).unwrap_or(usize::MAX);
                if offset > document.len() {
                    return Err(damaged("the certificate stands outside").into());
                }
                document.splice(offset..offset, STANDARD.encode(der).into_bytes());
                Ok(document)
            }
            Some(_) => Err(damaged("unknown dictionary").into()),
        }
    }
}

fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A certificate inside a document, and the document without it.
struct Found {
    der: Vec<u8>,
    offset: u32,
    rest: Vec<u8>,
}

/// Finds the certificate if leaving it out can be undone to the byte: plain base64 in an element without a prefix.
fn find_certificate(document: &[u8]) -> Option<Found> {
    let start = memmem::rfind(document, OPEN)?.checked_add(OPEN.len())?;
    let (before, inside) = document.split_at_checked(start)?;
    let (text, after) = inside.split_at_checked(memchr::memchr(b'<', inside)?)?;
    let der = STANDARD.decode(text).ok()?;
    if STANDARD.encode(&der).as_bytes() != text {
        return None;
    }
    Some(Found { der, offset: u32::try_from(start).ok()?, rest: [before, after].concat() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(document: &[u8]) -> Packed {
        Packer::new().unwrap().pack(document).unwrap()
    }

    fn unpack(packed: &Packed) -> io::Result<Vec<u8>> {
        Unpacker::new().unwrap().unpack(&packed.bytes, |fingerprint| {
            let known = packed.certificate.as_ref().filter(|(known, _)| known == fingerprint);
            Ok::<_, io::Error>(known.map(|(_, der)| der.clone()))
        })
    }

    #[test]
    fn what_is_packed_reads_back() {
        let odd = [
            &b""[..],
            b"<a/>",
            b"<X509Certificate>",
            b"<X509Certificate></X509Certificate>",
            b"<X509Certificate>AA==</X509Certificate>",
            b"<X509Certificate>AA==\n</X509Certificate>",
            b"<X509Certificate>AB==</X509Certificate>",
            b"<X509Certificate>!</X509Certificate><b>x</b>",
            DICTIONARY_1,
        ];
        for document in odd {
            assert_eq!(unpack(&pack(document)).unwrap(), document);
        }
    }

    #[test]
    fn a_message_shrinks_to_a_fraction_and_its_certificate_is_kept_once() {
        let document = include_bytes!("../message/golden/PaymentReceipt.xml");
        let packed = pack(document);
        assert!(packed.certificate.as_ref().is_some_and(|(_, der)| der.len() > 400));
        assert!(packed.bytes.len() < document.len() / 4, "{}", packed.bytes.len());
        assert_eq!(unpack(&packed).unwrap(), document);
        let lost = Packed { certificate: None, ..packed };
        assert!(unpack(&lost).is_err());
    }

    #[test]
    fn what_is_sealed_opens_only_at_its_position_and_with_the_key() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let sealed = seal(&sealer, 42, b"+33612345678").unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"33612"));
        assert_eq!(&*unseal(Some(&sealer), 42, &sealed).unwrap(), b"+33612345678");
        assert!(unseal(Some(&sealer), 43, &sealed).is_err());
        assert!(unseal(None, 42, &sealed).is_err());
        assert_eq!(&*unseal(None, 42, b"\x01plain").unwrap(), b"\x01plain");
    }

    #[test]
    fn foreign_or_huge_bytes_are_refused() {
        let huge = pack(&vec![b'a'; MAX_BYTES + 1]).bytes;
        for bytes in [b"\x03junk".to_vec(), b"\x01junk".to_vec(), b"\x02junk".to_vec(), huge] {
            assert!(unpack(&Packed { bytes, certificate: None }).is_err());
        }
    }
}
