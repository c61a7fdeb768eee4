//! X.509 certificates as this system reads them: who, in which role, with which key, from when to when.
//!
//! A party's certificate carries exactly one URI among its alternative names, `urn:meteore:<role>:<party>`. A role may
//! hold colons (`adapter:sms`, `operator:ledger`), a party never does, so what follows the last colon is the party:
//!
//! | URI | role | party |
//! |---|---|---|
//! | `urn:meteore:merchant:tram` | `merchant` | `tram` |
//! | `urn:meteore:adapter:sms:kiosk` | `adapter:sms` | `kiosk` |
//! | `urn:meteore:operator:anna` | `operator` | `anna` |
//! | `urn:meteore:operator:ledger:anna` | `operator:ledger` | `anna` |
//!
//! The subject (`CN` party, `OU` role) is for people and decides nothing. Reading a certificate says nothing about
//! who issued it: that is [`Chain`](crate::Chain)'s business.

use std::fmt;
use std::sync::Arc;

use payment_domain::{Digest, PartyId, Role, Timestamp};
use payment_message::Sender;
use rustls_pki_types::pem::SectionKind;
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate, X509Version};
use x509_parser::time::ASN1Time;

use crate::key::{KeyError, VerifyingKey, sha256};
use crate::pem::{self, PemError};
use crate::signed::is_acceptable;

/// What precedes role and party in the alternative name.
pub(crate) const NAME_SPACE: &str = "urn:meteore:";
/// No certificate of this system comes near; a hint in a message may be any size.
const MAX_CERTIFICATE_BYTES: usize = 8 * 1024;

/// The certificate of a party.
#[derive(Clone)]
pub struct Certificate {
    der: Arc<[u8]>,
    fingerprint: Digest,
    serial: Serial,
    party: PartyId,
    role: Role,
    not_before: Timestamp,
    not_after: Timestamp,
    key: VerifyingKey,
}

/// Why bytes are not the certificate of a party.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// Not one PEM certificate.
    #[error("the certificate file")]
    Pem(#[from] PemError),
    /// Not one DER certificate of version 3, signed with ECDSA or RSA and SHA-256.
    #[error("not a version 3 X.509 certificate signed with ECDSA or RSA and SHA-256")]
    Malformed,
    /// An extension that must be understood and is not, or one that cannot be read.
    #[error("a certificate extension is critical and unknown, repeated or unreadable")]
    Extension,
    /// The alternative names are not exactly one `urn:meteore:<role>:<party>`.
    #[error("a certificate names its holder with exactly one URI urn:meteore:<role>:<party>")]
    Name,
    /// The serial number is zero, negative or longer than 20 bytes (RFC 5280 §4.1.2.2).
    #[error("a serial number is positive and at most 20 bytes long")]
    Serial,
    /// The validity lies outside of what can be represented, or ends before it begins.
    #[error("the validity of the certificate is no period between 1970 and 9999")]
    Validity,
    /// The public key is of another kind.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate of an authority where one of a party is needed, or the reverse.
    #[error("a certificate of {}", if *.found_authority { "an authority, where a party's is needed" } else { "a party, where an authority's is needed" })]
    Kind {
        /// Which of the two it is.
        found_authority: bool,
    },
}

impl Certificate {
    /// Reads a DER certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = parse(der)?;
        if parsed.is_ca() {
            return Err(CertificateError::Kind { found_authority: true });
        }
        let (role, party) = holder(&parsed)?;
        let (not_before, not_after) = validity(&parsed)?;
        Ok(Self {
            der: der.into(),
            fingerprint: sha256(der),
            serial: Serial::from_der(parsed.raw_serial())?,
            party,
            role,
            not_before,
            not_after,
            key: VerifyingKey::from_spki(parsed.public_key())?,
        })
    }

    /// Reads one PEM certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        Self::from_der(&pem::decode(SectionKind::Certificate, text)?)
    }

    /// Writes PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(SectionKind::Certificate, &self.der).to_string()
    }

    /// The certificate in DER.
    #[must_use]
    pub const fn der(&self) -> &Arc<[u8]> {
        &self.der
    }

    /// SHA-256 of the DER form.
    #[must_use]
    pub const fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// The serial number.
    #[must_use]
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// Whose certificate this is.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// What it entitles to.
    #[must_use]
    pub const fn role(&self) -> &Role {
        &self.role
    }

    /// The first instant of its validity.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant of its validity (RFC 5280 §4.1.2.5: inclusive, to the second).
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Its party as a sender of messages. Whether the certificate may be trusted is asked before.
    #[must_use]
    pub fn to_sender(&self) -> Sender {
        Sender::new(
            self.party.clone(),
            self.role.clone(),
            Arc::clone(&self.der),
            Arc::new(self.key.clone()),
            self.not_before,
            self.not_after,
        )
    }

    /// The holder's public key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}:{}, serial {})", self.role, self.party, self.serial)
    }
}

/// The certificate of an authority: the root's, or that of the authority which issues.
#[derive(Clone)]
pub struct AuthorityCertificate {
    der: Arc<[u8]>,
    key: VerifyingKey,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl AuthorityCertificate {
    /// Reads a DER certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = parse(der)?;
        if !parsed.is_ca() {
            return Err(CertificateError::Kind { found_authority: false });
        }
        Serial::from_der(parsed.raw_serial())?;
        let (not_before, not_after) = validity(&parsed)?;
        Ok(Self {
            der: der.into(),
            key: VerifyingKey::from_spki(parsed.public_key())?,
            not_before,
            not_after,
        })
    }

    /// Reads one PEM certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        Self::from_der(&pem::decode(SectionKind::Certificate, text)?)
    }

    /// Writes PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(SectionKind::Certificate, &self.der).to_string()
    }

    /// The certificate in DER.
    #[must_use]
    pub const fn der(&self) -> &Arc<[u8]> {
        &self.der
    }

    /// The authority's public key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The first instant of its validity.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant of its validity.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl fmt::Debug for AuthorityCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityCertificate({})", sha256(&self.der))
    }
}

/// A serial number: up to 20 bytes, without leading zeros, written in lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial {
    /// Right-aligned, so that equal numbers are equal values.
    bytes: [u8; Self::MAX_BYTES],
}

impl Serial {
    const MAX_BYTES: usize = 20;

    /// Takes a big-endian number.
    ///
    /// # Errors
    /// [`CertificateError::Serial`] for zero and for more than 20 bytes.
    pub fn from_bytes(number: &[u8]) -> Result<Self, CertificateError> {
        let start = number.iter().position(|byte| *byte != 0).ok_or(CertificateError::Serial)?;
        let digits = number.get(start..).unwrap_or_default();
        let mut bytes = [0; Self::MAX_BYTES];
        let room = Self::MAX_BYTES.checked_sub(digits.len()).ok_or(CertificateError::Serial)?;
        bytes.get_mut(room..).ok_or(CertificateError::Serial)?.copy_from_slice(digits);
        Ok(Self { bytes })
    }

    /// Reads the hexadecimal form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// [`CertificateError::Serial`] for anything else: one number has one text.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        if text.len() > 2 * Self::MAX_BYTES || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(CertificateError::Serial);
        }
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let number: Vec<u8> = pairs
            .iter()
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let serial = Self::from_bytes(&number)?;
        if rest.is_empty() && serial.digits().len() == number.len() {
            Ok(serial)
        } else {
            Err(CertificateError::Serial)
        }
    }

    /// Takes the content of a DER INTEGER, sign bit included.
    pub(crate) fn from_der(content: &[u8]) -> Result<Self, CertificateError> {
        match content.first() {
            Some(first) if first & 0x80 == 0 => Self::from_bytes(content),
            _ => Err(CertificateError::Serial),
        }
    }

    /// The number without leading zeros, big-endian.
    pub(crate) fn digits(&self) -> &[u8] {
        let start = self.bytes.iter().position(|byte| *byte != 0).unwrap_or(Self::MAX_BYTES);
        self.bytes.get(start..).unwrap_or_default()
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The alternative name for a role and a party.
pub(crate) fn holder_uri(role: &Role, party: &PartyId) -> String {
    format!("{NAME_SPACE}{role}:{party}")
}

/// Parses DER without trailing bytes, and refuses what would have to be understood and is not.
pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(CertificateError::Malformed);
    }
    let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
    let signature = &parsed.signature_value.data;
    let acceptable =
        is_acceptable(der, parsed.tbs_certificate.as_ref(), &parsed.signature_algorithm.algorithm, signature);
    // RFC 5280 §4.1.1.2: the algorithm is written twice; only the inner one is signed.
    if !rest.is_empty() || !acceptable || parsed.signature_algorithm != parsed.signature {
        return Err(CertificateError::Malformed);
    }
    if parsed.version() != X509Version::V3 {
        return Err(CertificateError::Malformed);
    }
    parsed.extensions_map().map_err(|_| CertificateError::Extension)?;
    let understood = parsed.extensions().iter().all(|extension| match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(_)
        | ParsedExtension::KeyUsage(_)
        | ParsedExtension::ExtendedKeyUsage(_)
        | ParsedExtension::SubjectAlternativeName(_) => true,
        ParsedExtension::ParseError { .. } => false,
        // Read by others or not at all: harmless unless it must be obeyed.
        _ => !extension.critical,
    });
    if understood { Ok(parsed) } else { Err(CertificateError::Extension) }
}

fn holder(parsed: &X509Certificate<'_>) -> Result<(Role, PartyId), CertificateError> {
    let names = parsed.subject_alternative_name().map_err(|_| CertificateError::Extension)?;
    let names = &names.ok_or(CertificateError::Name)?.value.general_names;
    let mut uris = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    let (Some(uri), None) = (uris.next(), uris.next()) else { return Err(CertificateError::Name) };
    let (role, party) =
        uri.strip_prefix(NAME_SPACE).and_then(|name| name.rsplit_once(':')).ok_or(CertificateError::Name)?;
    let role = Role::parse(role).map_err(|_| CertificateError::Name)?;
    let party = PartyId::parse(party).map_err(|_| CertificateError::Name)?;
    // A name of a machine beside the URI belongs to a TLS server and to nobody else.
    if names.len() > 1 && role != Role::Tls {
        return Err(CertificateError::Name);
    }
    Ok((role, party))
}

fn validity(parsed: &X509Certificate<'_>) -> Result<(Timestamp, Timestamp), CertificateError> {
    let not_before = timestamp(parsed.validity().not_before).ok_or(CertificateError::Validity)?;
    // The last second is valid to its end.
    let not_after =
        timestamp(parsed.validity().not_after).ok_or(CertificateError::Validity)?.saturating_add_millis(999);
    if not_before <= not_after { Ok((not_before, not_after)) } else { Err(CertificateError::Validity) }
}

pub(crate) fn timestamp(time: ASN1Time) -> Option<Timestamp> {
    Timestamp::from_millis(time.timestamp().checked_mul(1000)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_has_one_text() {
        for text in ["01", "7f", "80", "00ff", "0", "", "FF", "zz", &"11".repeat(20), &"11".repeat(21)] {
            let valid = matches!(text, "01" | "7f" | "80") || text == "11".repeat(20);
            match Serial::parse(text) {
                Ok(serial) => assert!(valid && serial.to_string() == text, "{text}"),
                Err(_) => assert!(!valid, "{text}"),
            }
        }
    }

    #[test]
    fn zero_negative_and_long_serial_numbers_are_refused() {
        assert!(Serial::from_der(&[0]).is_err());
        assert!(Serial::from_der(&[0x80]).is_err());
        assert!(Serial::from_der(&[]).is_err());
        assert!(Serial::from_der(&[1; 21]).is_err());
        assert_eq!(Serial::from_der(&[0, 0x80]).unwrap(), Serial::parse("80").unwrap());
    }

    #[test]
    fn junk_is_no_certificate() {
        for junk in [&b""[..], b"junk", &[0x30; 64], &vec![0x30; MAX_CERTIFICATE_BYTES + 1]] {
            assert!(matches!(Certificate::from_der(junk), Err(CertificateError::Malformed)));
        }
        assert!(matches!(Certificate::from_pem(b"junk"), Err(CertificateError::Pem(_))));
    }
}
