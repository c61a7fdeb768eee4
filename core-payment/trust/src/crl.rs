//! The certificate revocation list (RFC 5280 §5): read, verified, and asked in nanoseconds.
//!
//! A list that cannot be read is not an empty list: taking it for one would switch revocation off in silence. So
//! every way of getting a [`RevocationList`] verifies the authority's signature, and [`RevocationList::succeed`]
//! refuses one that is older than the list in force.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use payment_domain::Timestamp;
use rustls_pki_types::pem::SectionKind;
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Extension};
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

use crate::certificate::{AuthorityCertificate, CertificateError, Serial, parse, timestamp};
use crate::pem::{self, PemError};
use crate::signed::is_acceptable;

/// A verified revocation list.
#[derive(Clone)]
pub struct RevocationList {
    der: Arc<[u8]>,
    number: u64,
    this_update: Timestamp,
    next_update: Timestamp,
    revoked: Arc<HashMap<Serial, Revocation>>,
}

/// That a certificate was revoked: when, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// From when on.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a certificate is revoked (RFC 5280 §5.3.1). Holding and releasing are not offered: a revocation is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// Not said.
    Unspecified,
    /// Somebody else has the key, or may have.
    KeyCompromise,
    /// The holder is no longer what the certificate says.
    AffiliationChanged,
    /// Replaced by a newer certificate.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// The right was taken away.
    PrivilegeWithdrawn,
}

/// Why bytes are not the revocation list to go by.
#[derive(Debug, Error)]
pub enum CrlError {
    /// Not one PEM list.
    #[error("the revocation list file")]
    Pem(#[from] PemError),
    /// Not one DER list of version 2 with a number and a next update; an empty file too.
    #[error("not a version 2 revocation list with a number and a next update")]
    Malformed,
    /// A critical extension, or one that cannot be read: a partial or indirect list would say too little.
    #[error("the revocation list has a critical extension")]
    Extension,
    /// An entry without a usable serial number or date.
    #[error("an entry of the revocation list")]
    Entry(#[source] CertificateError),
    /// Issued or signed by somebody else.
    #[error("the revocation list is not signed by the issuing authority")]
    Signature,
    /// Its number is lower than that of the list in force.
    #[error("revocation list {offered} is older than list {in_force}")]
    Older {
        /// The number of the refused list.
        offered: u64,
        /// The number of the list in force.
        in_force: u64,
    },
}

impl RevocationList {
    /// Reads and verifies a DER list.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn from_der(der: &[u8], issuing: &AuthorityCertificate) -> Result<Self, CrlError> {
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| CrlError::Malformed)?;
        if !rest.is_empty() || list.version().is_none_or(|version| version.0 != 1) {
            return Err(CrlError::Malformed);
        }
        verify(der, &list, issuing)?;
        refuse_critical(list.extensions())?;
        let number =
            list.crl_number().and_then(|number| u64::try_from(number).ok()).ok_or(CrlError::Malformed)?;
        let this_update = timestamp(list.last_update()).ok_or(CrlError::Malformed)?;
        let next_update = list.next_update().and_then(timestamp).ok_or(CrlError::Malformed)?;
        let revoked = list.iter_revoked_certificates().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { der: der.into(), number, this_update, next_update, revoked: Arc::new(revoked) })
    }

    /// Reads and verifies one PEM list.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn from_pem(text: &[u8], issuing: &AuthorityCertificate) -> Result<Self, CrlError> {
        Self::from_der(&pem::decode(SectionKind::Crl, text)?, issuing)
    }

    /// Takes the place of the list in force.
    ///
    /// # Errors
    /// [`CrlError::Older`] if the number goes back.
    pub fn succeed(self, in_force: &Self) -> Result<Self, CrlError> {
        if self.number < in_force.number {
            return Err(CrlError::Older { offered: self.number, in_force: in_force.number });
        }
        Ok(self)
    }

    /// Writes PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(SectionKind::Crl, &self.der).to_string()
    }

    /// The list in DER.
    #[must_use]
    pub const fn der(&self) -> &Arc<[u8]> {
        &self.der
    }

    /// Whether, when and why a certificate was revoked.
    #[must_use]
    pub fn status(&self, serial: Serial) -> Option<Revocation> {
        self.revoked.get(&serial).copied()
    }

    /// Whether a newer list should have come by now, so that this one no longer says who is not revoked.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now > self.next_update
    }

    /// The number, which grows with every list.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When it was issued.
    #[must_use]
    pub const fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next one is due at the latest.
    #[must_use]
    pub const fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// How many certificates are revoked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.revoked.len()
    }

    /// Whether no certificate is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty()
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList(number {}, {} revoked, next {})", self.number, self.len(), self.next_update)
    }
}

impl Revocation {
    /// Whether it weighs on a signature that says it was made at this time.
    #[must_use]
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.reason == RevocationReason::KeyCompromise || self.at <= at
    }
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Reads the name that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == text)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
        }
    }

    /// Codes that are not offered here are read as the gravest, never as the mildest.
    fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Unspecified,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            9 => Self::PrivilegeWithdrawn,
            _ => Self::KeyCompromise,
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn verify(
    der: &[u8],
    list: &CertificateRevocationList<'_>,
    issuing: &AuthorityCertificate,
) -> Result<(), CrlError> {
    let issuing = parse(issuing.der()).map_err(|_| CrlError::Signature)?;
    let named = list.issuer().as_raw() == issuing.subject().as_raw();
    let (content, algorithm) = (list.tbs_cert_list.as_ref(), &list.signature_algorithm);
    let accepted = *algorithm == list.tbs_cert_list.signature
        && is_acceptable(der, content, &algorithm.algorithm, &list.signature_value.data);
    if !named || !accepted {
        return Err(CrlError::Signature);
    }
    list.verify_signature(issuing.public_key()).map_err(|_| CrlError::Signature)
}

fn entry(entry: &RevokedCertificate<'_>) -> Result<(Serial, Revocation), CrlError> {
    refuse_critical(entry.extensions())?;
    let serial = Serial::from_der(entry.raw_serial()).map_err(CrlError::Entry)?;
    let at = timestamp(entry.revocation_date).ok_or(CrlError::Entry(CertificateError::Validity))?;
    let reason = entry
        .reason_code()
        .map_or(RevocationReason::Unspecified, |(_, code)| RevocationReason::from_code(code.0));
    Ok((serial, Revocation { at, reason }))
}

fn refuse_critical(extensions: &[X509Extension<'_>]) -> Result<(), CrlError> {
    let readable = extensions.iter().all(|extension| {
        !extension.critical && !matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. })
    });
    if readable { Ok(()) } else { Err(CrlError::Extension) }
}
