//! SHA-256 digests as values. Computing one is the business of rooms that have a hash function.

use std::fmt;

use thiserror::Error;

/// The SHA-256 digest of a canonical message body, a certificate or a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Text or bytes that are no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a digest is 32 bytes, written as 64 lower-case hexadecimal digits")]
pub struct InvalidDigest;

impl Digest {
    /// Bytes in one digest.
    pub const LEN: usize = 32;

    /// Takes the 32 bytes of a digest.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes a slice that must be 32 bytes long.
    ///
    /// # Errors
    /// [`InvalidDigest`] for any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidDigest> {
        bytes.try_into().map(Self).map_err(|_| InvalidDigest)
    }

    /// Reads the hexadecimal form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// [`InvalidDigest`] for anything else, upper case included: one value has one text.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        let text = text.as_bytes();
        let mut bytes = [0_u8; 32];
        if text.len() != 64 {
            return Err(InvalidDigest);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let [high, low] = pair else { return Err(InvalidDigest) };
            *byte = (nibble(*high)? << 4) | nibble(*low)?;
        }
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Ok(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => Err(InvalidDigest),
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_what_it_writes() {
        let digest = Digest::new(std::array::from_fn(|i| u8::try_from(i * 7).unwrap_or(0xab)));
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
    }

    #[test]
    fn upper_case_and_other_lengths_are_refused() {
        let text = "AB".repeat(32);
        assert_eq!(Digest::parse(&text), Err(InvalidDigest));
        assert_eq!(Digest::parse("ab"), Err(InvalidDigest));
        assert_eq!(Digest::parse(&"é".repeat(32)), Err(InvalidDigest));
    }
}
