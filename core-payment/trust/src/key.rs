//! Keys: the P-256 private key that signs, and public keys parsed once and used often.
//!
//! A private key leaves memory only as PKCS#8 PEM into a file of mode 0600; every buffer on the way is wiped.

use std::fmt;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
};
use payment_domain::Digest;
use rustls_pki_types::pem::SectionKind;
use thiserror::Error;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as ParsedSpki;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use crate::file::{self, Access, FileError};
use crate::pem::{self, PemError};

/// Why a key could not be made, read, kept or used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file could not be read or written, or others may read it.
    #[error("the key file")]
    File(#[from] FileError),
    /// The file holds something else.
    #[error("the key file")]
    Pem(#[from] PemError),
    /// The bytes are no P-256 private key in PKCS#8.
    #[error("not a P-256 private key in PKCS#8")]
    NotP256,
    /// The public key is neither P-256 nor RSA of 2048 to 8192 bits.
    #[error("a public key is P-256 or RSA of 2048 to 8192 bits")]
    UnsupportedPublicKey,
    /// The cryptographic library failed; nothing was signed or made.
    #[error("the cryptographic library failed")]
    Library,
}

/// A P-256 private key.
pub struct PrivateKey {
    pair: EcdsaKeyPair,
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError::Library`] without a source of randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Library)?;
        Ok(Self { pair })
    }

    /// Reads PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::NotP256`].
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let der = pem::decode(SectionKind::PrivateKey, text)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map_err(|_| KeyError::NotP256)?;
        Ok(Self { pair })
    }

    /// Writes PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::encode(SectionKind::PrivateKey, &self.to_pkcs8()?))
    }

    /// Reads a key file of mode 0600.
    ///
    /// # Errors
    /// [`KeyError::File`] also if others may read the file; [`KeyError::Pem`], [`KeyError::NotP256`].
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::from_pem(&file::read_secret(path)?)
    }

    /// Writes a key file of mode 0600, which must not exist yet.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        Ok(file::create(path, Access::Secret, self.to_pem()?.as_bytes())?)
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn public_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::p256(self.pair.public_key().as_ref()).map_err(|_| KeyError::Library)
    }

    /// Signs with ECDSA over SHA-256, as raw `r ‖ s` (RFC 6931 §2.3.6).
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Library)?;
        signature.as_ref().try_into().map_err(|_| KeyError::Library)
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| KeyError::Library)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The same key for X.509, whose signatures are in DER.
    pub(crate) fn to_der_signing(&self) -> Result<EcdsaKeyPair, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.to_pkcs8()?)
            .map_err(|_| KeyError::Library)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// The kinds of public key that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256: everybody's key here.
    P256,
    /// RSA of 2048 bits and more: partners' keys, for the xmlsec engine only.
    Rsa,
}

/// A public key, parsed once.
#[derive(Clone)]
pub struct VerifyingKey {
    kind: KeyKind,
    parsed: ParsedPublicKey,
    info: Box<[u8]>,
}

impl VerifyingKey {
    /// Takes a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`KeyError::UnsupportedPublicKey`].
    pub fn from_info(info: &[u8]) -> Result<Self, KeyError> {
        let (rest, spki) =
            SubjectPublicKeyInfo::from_der(info).map_err(|_| KeyError::UnsupportedPublicKey)?;
        if rest.is_empty() { Self::from_spki(&spki) } else { Err(KeyError::UnsupportedPublicKey) }
    }

    /// Takes an uncompressed P-256 point.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedPublicKey`] for bytes that are not on the curve.
    pub fn p256(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 65 {
            return Err(KeyError::UnsupportedPublicKey);
        }
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .map_err(|_| KeyError::UnsupportedPublicKey)?;
        let info = [P256_INFO_HEAD, point].concat().into_boxed_slice();
        Ok(Self { kind: KeyKind::P256, parsed, info })
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        let bits: &[u8] = &spki.subject_public_key.data;
        match spki.parsed() {
            // `from_info` must give back the same bytes: only the canonical header, only the named curve.
            Ok(ParsedSpki::EC(_)) if spki.raw.strip_prefix(P256_INFO_HEAD) == Some(bits) => Self::p256(bits),
            Ok(ParsedSpki::RSA(_)) => {
                let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bits)
                    .map_err(|_| KeyError::UnsupportedPublicKey)?;
                // The library checks the size when it verifies; a key that never verifies is refused here already.
                let modulus_bits = rsa_modulus_bits(bits).ok_or(KeyError::UnsupportedPublicKey)?;
                if !(2048..=8192).contains(&modulus_bits) {
                    return Err(KeyError::UnsupportedPublicKey);
                }
                Ok(Self { kind: KeyKind::Rsa, parsed, info: spki.raw.into() })
            }
            _ => Err(KeyError::UnsupportedPublicKey),
        }
    }

    /// Which algorithm the key is for.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub const fn info(&self) -> &[u8] {
        &self.info
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`: two certificates of one key share it.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        sha256(&self.info)
    }

    /// Whether the signature is this key's: raw `r ‖ s` for P-256, PKCS#1 v1.5 for RSA.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.info == other.info
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?}, {})", self.kind, self.fingerprint())
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0_u8; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Digest::new(out)
}

/// What precedes the point in the `SubjectPublicKeyInfo` of a P-256 key (RFC 5480 §2.1.1).
const P256_INFO_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn rsa_modulus_bits(key: &[u8]) -> Option<usize> {
    let (_, key) = x509_parser::public_key::RSAPublicKey::from_der(key).ok()?;
    let modulus =
        key.modulus.iter().position(|byte| *byte != 0).and_then(|start| key.modulus.get(start..))?;
    let spare = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    modulus.len().checked_mul(8)?.checked_sub(spare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_writes_and_its_signatures_verify() {
        let key = PrivateKey::generate().unwrap();
        let again = PrivateKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap();
        let public = key.public_key().unwrap();
        assert_eq!(again.public_key().unwrap(), public);
        assert_eq!(VerifyingKey::from_info(public.info()).unwrap(), public);

        let signature = again.sign(b"pay 1.25").unwrap();
        assert!(public.verifies(b"pay 1.25", &signature));
        assert!(!public.verifies(b"pay 9.25", &signature));
        assert!(!PrivateKey::generate().unwrap().public_key().unwrap().verifies(b"pay 1.25", &signature));
    }

    #[test]
    fn a_key_file_is_private_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cps.key");
        let key = PrivateKey::generate().unwrap();
        key.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(PrivateKey::load(&path).unwrap().public_key().unwrap(), key.public_key().unwrap());
        assert!(matches!(key.save(&path), Err(KeyError::File(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(PrivateKey::load(&path), Err(KeyError::File(FileError::Exposed { .. }))));
    }

    #[test]
    fn points_off_the_curve_and_other_lengths_are_refused() {
        let mut point = [7_u8; 65];
        point[0] = 4;
        assert!(VerifyingKey::p256(&point).is_err());
        assert!(VerifyingKey::p256(&[4; 33]).is_err());
        assert!(VerifyingKey::from_info(b"junk").is_err());
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        assert_eq!(format!("{:?}", PrivateKey::generate().unwrap()), "PrivateKey(..)");
    }
}
