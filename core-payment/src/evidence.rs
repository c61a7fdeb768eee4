//! Signed bytes, kept small: zstd with a dictionary of our own message texts.
//!
//! The first byte names the dictionary, so that a new one can be added while old evidence still reads. What is read
//! back is bounded by the size of a message. Requests that hold a telephone number or proof of authentication are
//! sealed on top (R40): [`seal`] and [`unseal`].

use std::borrow::Cow;
use std::io;

use payment_trust::{SealError, Sealer};
use zstd::bulk::{Compressor, Decompressor};

/// The first dictionary. Never changed: add another instead.
const DICTIONARY_1: &[u8] = include_bytes!("evidence/dictionary-1.xml");
const DICTIONARY_1_ID: u8 = 1;
const SEALED: u8 = 0x80;
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

impl Packer {
    pub(crate) fn new() -> io::Result<Self> {
        Compressor::with_dictionary(LEVEL, DICTIONARY_1).map(Self)
    }

    /// The stored form; nothing stays nothing.
    pub(crate) fn pack(&mut self, document: &[u8]) -> io::Result<Vec<u8>> {
        if document.is_empty() {
            return Ok(Vec::new());
        }
        let mut packed = self.0.compress(document)?;
        packed.insert(0, DICTIONARY_1_ID);
        Ok(packed)
    }
}

impl Unpacker {
    pub(crate) fn new() -> io::Result<Self> {
        Decompressor::with_dictionary(DICTIONARY_1).map(Self)
    }

    /// The signed bytes as they were.
    pub(crate) fn unpack(&mut self, packed: &[u8]) -> io::Result<Vec<u8>> {
        match packed.split_first() {
            None => Ok(Vec::new()),
            Some((&DICTIONARY_1_ID, packed)) => self.0.decompress(packed, MAX_BYTES),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "unknown dictionary")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_reads_back() {
        let mut packer = Packer::new().unwrap();
        let mut unpacker = Unpacker::new().unwrap();
        for document in [&b""[..], b"<a/>", DICTIONARY_1] {
            let packed = packer.pack(document).unwrap();
            assert_eq!(unpacker.unpack(&packed).unwrap(), document);
        }
        assert!(packer.pack(DICTIONARY_1).unwrap().len() < DICTIONARY_1.len() / 10);
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
        let mut unpacker = Unpacker::new().unwrap();
        assert!(unpacker.unpack(b"\x02junk").is_err());
        assert!(unpacker.unpack(b"\x01junk").is_err());
        let huge = Packer::new().unwrap().pack(&vec![b'a'; MAX_BYTES + 1]).unwrap();
        assert!(unpacker.unpack(&huge).is_err());
    }
}
