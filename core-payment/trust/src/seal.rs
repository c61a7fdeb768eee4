//! Personal data at rest (R40, R46): sealed columns, blind indexes to find them by, and pseudonyms.
//!
//! The keys live in one file of mode 0600, one a line: `<id> <base64>`. The last line seals; every line opens. The
//! first line also makes the blind indexes, which therefore survive a rotation.

use std::fmt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::{MerchantId, Pseudonym};
use thiserror::Error;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::file::{self, Access, FileError};

/// Seals and opens personal data, and makes blind indexes.
pub struct Sealer {
    keys: Vec<SealingKey>,
    index: hmac::Key,
}

/// A 256-bit secret and the number it is known by in what it sealed.
#[derive(ZeroizeOnDrop)]
pub struct Secret {
    id: u8,
    bytes: [u8; 32],
}

/// Why something was not sealed or opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The key file could not be read or written, or others may read it.
    #[error("the sealing key file")]
    File(#[from] FileError),
    /// The key file is no list of numbered keys.
    #[error("the sealing key file holds lines of a number from 1 to 255, growing, and 32 bytes in base64")]
    KeyFile,
    /// Sealed with a key that is not in the file.
    #[error("sealed with key {0}, which is not here")]
    UnknownKey(u8),
    /// Altered, cut, or sealed for another context.
    #[error("the sealed bytes are not authentic in this context")]
    NotAuthentic,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

impl Secret {
    /// Takes a secret and its number.
    #[must_use]
    pub const fn new(id: u8, bytes: [u8; 32]) -> Self {
        Self { id, bytes }
    }

    /// Makes a secret.
    ///
    /// # Errors
    /// [`SealError::Library`] without a source of randomness.
    pub fn generate(id: u8) -> Result<Self, SealError> {
        let mut secret = Self { id, bytes: [0; 32] };
        rand::fill(&mut secret.bytes).map_err(|_| SealError::Library)?;
        Ok(secret)
    }

    fn parse(line: &str) -> Option<Self> {
        let (id, key) = line.split_once(' ')?;
        let id = id.parse().ok().filter(|id| *id > 0)?;
        let decoded = Zeroizing::new(STANDARD.decode(key).ok()?);
        Some(Self { id, bytes: decoded.as_slice().try_into().ok()? })
    }

    fn line(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(self.bytes));
        Zeroizing::new(format!("{} {}\n", self.id, *key))
    }
}

impl Sealer {
    /// Takes the one key of an installation.
    ///
    /// # Errors
    /// [`SealError::Library`].
    pub fn from_key(key: [u8; 32]) -> Result<Self, SealError> {
        Self::from_secrets(&[Secret::new(1, key)])
    }

    /// Takes keys in the order of their making: the last one seals, all open, the first one makes the indexes.
    ///
    /// # Errors
    /// [`SealError::KeyFile`] without a key, or if their numbers do not grow.
    pub fn from_secrets(secrets: &[Secret]) -> Result<Self, SealError> {
        let first = secrets.first().ok_or(SealError::KeyFile)?;
        if !secrets.is_sorted_by(|earlier, later| earlier.id < later.id) {
            return Err(SealError::KeyFile);
        }
        let index = hmac::Key::new(hmac::HMAC_SHA256, &derive(&first.bytes, b"METEORE/v1/blind-index")[..]);
        Ok(Self { keys: secrets.iter().map(SealingKey::new).collect::<Result<_, _>>()?, index })
    }

    /// Makes a key file with one key; it must not exist yet.
    ///
    /// # Errors
    /// [`SealError::File`].
    pub fn create(path: &Path) -> Result<Self, SealError> {
        let secret = Secret::generate(1)?;
        file::create(path, Access::Secret, secret.line().as_bytes())?;
        Self::from_secrets(&[secret])
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`SealError::File`] also if others may read it; [`SealError::KeyFile`].
    pub fn load(path: &Path) -> Result<Self, SealError> {
        Self::from_secrets(&read_secrets(path)?)
    }

    /// Adds a key to the file, which seals from now on.
    ///
    /// # Errors
    /// [`SealError::File`], [`SealError::KeyFile`] also when all 255 numbers are used.
    pub fn rotate(path: &Path) -> Result<Self, SealError> {
        let mut secrets = read_secrets(path)?;
        let next = secrets.last().and_then(|last| last.id.checked_add(1)).ok_or(SealError::KeyFile)?;
        secrets.push(Secret::generate(next)?);
        let mut text = Zeroizing::new(String::with_capacity(secrets.len().saturating_mul(64)));
        secrets.iter().for_each(|secret| text.push_str(&secret.line()));
        file::replace(path, Access::Secret, text.as_bytes())?;
        Self::from_secrets(&secrets)
    }

    /// Seals bytes for a context, such as a table, a column and a row: they open in no other place.
    ///
    /// AES-256-GCM with a random nonce: rotate the key before 2³² values (NIST SP 800-38D §8.3).
    ///
    /// # Errors
    /// [`SealError::Library`].
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.keys.last().ok_or(SealError::KeyFile)?;
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(AES_256_GCM.tag_len())));
        body.extend_from_slice(plain);
        let nonce = key
            .aead
            .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut *body)
            .map_err(|_| SealError::Library)?;
        Ok([&[key.id][..], nonce.as_ref(), &body].concat())
    }

    /// Opens what was sealed for this context.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`], [`SealError::NotAuthentic`].
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (id, rest) = sealed.split_first().ok_or(SealError::NotAuthentic)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::NotAuthentic)?;
        let key = self.keys.iter().find(|key| key.id == *id).ok_or(SealError::UnknownKey(*id))?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = key
            .aead
            .open_in_place(Nonce::from(nonce), Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| SealError::NotAuthentic)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// A value to look sealed data up by: equal for equal values under one label, and nothing else shows.
    #[must_use]
    pub fn blind_index(&self, label: &str, value: &[u8]) -> [u8; 32] {
        tag(&self.index, &[label.as_bytes(), value])
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} keys)", self.keys.len())
    }
}

/// The name under which one merchant knows a consumer (R46): without the secret, two merchants' names cannot be matched.
#[must_use]
pub fn pseudonym(consumer_secret: &[u8; 32], merchant: &MerchantId) -> Pseudonym {
    let key = hmac::Key::new(hmac::HMAC_SHA256, consumer_secret);
    let whole = tag(&key, &[b"METEORE/v1/pseudonym", merchant.as_str().as_bytes()]);
    let mut half = [0_u8; 16];
    half.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    Pseudonym::new(half)
}

/// A consumer's secret, which pseudonyms are derived from. Keep it sealed.
///
/// # Errors
/// [`SealError::Library`] without a source of randomness.
pub fn consumer_secret() -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    rand::fill(&mut *secret).map_err(|_| SealError::Library)?;
    Ok(secret)
}

struct SealingKey {
    id: u8,
    aead: RandomizedNonceKey,
}

impl SealingKey {
    fn new(secret: &Secret) -> Result<Self, SealError> {
        let key = derive(&secret.bytes, b"METEORE/v1/seal");
        let aead = RandomizedNonceKey::new(&AES_256_GCM, &key[..]).map_err(|_| SealError::Library)?;
        Ok(Self { id: secret.id, aead })
    }
}

fn read_secrets(path: &Path) -> Result<Vec<Secret>, SealError> {
    let content = file::read_secret(path)?;
    let text = std::str::from_utf8(&content).map_err(|_| SealError::KeyFile)?;
    text.lines().map(|line| Secret::parse(line).ok_or(SealError::KeyFile)).collect()
}

/// One key for one purpose.
fn derive(key: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(tag(&hmac::Key::new(hmac::HMAC_SHA256, key), &[purpose]))
}

/// HMAC-SHA-256 over parts, each preceded by its length, so that no two lists of parts are the same bytes.
fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let mut out = [0_u8; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_context_and_unaltered() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let sealed = sealer.seal("consumer/email/42", b"ada@example.org").unwrap();
        assert_eq!(sealer.open("consumer/email/42", &sealed).unwrap().as_slice(), b"ada@example.org");
        assert!(matches!(sealer.open("consumer/email/43", &sealed), Err(SealError::NotAuthentic)));
        for position in 1..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert!(
                matches!(sealer.open("consumer/email/42", &altered), Err(SealError::NotAuthentic)),
                "{position}"
            );
        }
        for length in 0..sealed.len() {
            assert!(sealer.open("consumer/email/42", &sealed[..length]).is_err(), "{length}");
        }
        assert!(matches!(
            Sealer::from_key([8; 32]).unwrap().open("consumer/email/42", &sealed),
            Err(SealError::NotAuthentic)
        ));
        assert_ne!(sealed, sealer.seal("consumer/email/42", b"ada@example.org").unwrap());
    }

    #[test]
    fn a_rotated_file_opens_old_values_and_finds_them_by_the_same_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seal.key");
        let before = Sealer::create(&path).unwrap();
        let sealed = before.seal("c", b"old").unwrap();
        let after = Sealer::rotate(&path).unwrap();
        assert_eq!(after.open("c", &sealed).unwrap().as_slice(), b"old");
        assert_eq!(after.seal("c", b"new").unwrap()[0], 2);
        assert_eq!(
            before.blind_index("email", b"x"),
            Sealer::load(&path).unwrap().blind_index("email", b"x")
        );
        assert!(matches!(before.open("c", &after.seal("c", b"new").unwrap()), Err(SealError::UnknownKey(2))));
        assert!(matches!(Sealer::create(&path), Err(SealError::File(_))));
    }

    #[test]
    fn indexes_depend_on_label_and_value_and_on_their_border() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        assert_eq!(sealer.blind_index("email", b"x"), sealer.blind_index("email", b"x"));
        assert_ne!(sealer.blind_index("email", b"x"), sealer.blind_index("msisdn", b"x"));
        assert_ne!(sealer.blind_index("ab", b"c"), sealer.blind_index("a", b"bc"));
    }

    #[test]
    fn each_merchant_sees_another_pseudonym_and_always_the_same() {
        let (tram, news) = (MerchantId::parse("tram").unwrap(), MerchantId::parse("news").unwrap());
        assert_eq!(pseudonym(&[1; 32], &tram), pseudonym(&[1; 32], &tram));
        assert_ne!(pseudonym(&[1; 32], &tram), pseudonym(&[1; 32], &news));
        assert_ne!(pseudonym(&[1; 32], &tram), pseudonym(&[2; 32], &tram));
    }

    #[test]
    fn broken_key_files_are_refused() {
        let key = STANDARD.encode([1; 32]);
        for text in [
            "",
            "junk",
            &format!("0 {key}\n"),
            &format!("2 {key}\n1 {key}\n"),
            &format!("1 {key}\n1 {key}\n"),
            "1 AAAA\n",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("seal.key");
            file::create(&path, Access::Secret, text.as_bytes()).unwrap();
            assert!(matches!(Sealer::load(&path), Err(SealError::KeyFile)), "{text}");
        }
    }
}
