//! The certification path: root, issuing authority, party.
//!
//! There is exactly one shape of path (RFC 5280 §6 with the length fixed at three), so what depends on the two
//! authorities is checked once, when the [`Chain`] is made, and what depends on the party and on time at each call.

use std::fmt;

use payment_domain::{Role, Timestamp};
use rustls_pki_types::CertificateDer;
use thiserror::Error;
use x509_parser::prelude::X509Certificate;

use crate::certificate::{AuthorityCertificate, Certificate, CertificateError, parse};
use crate::crl::{Revocation, RevocationList};

/// A root, which is trusted because the caller says so, and the authority that it lets issue certificates.
#[derive(Debug, Clone)]
pub struct Chain {
    root: AuthorityCertificate,
    issuing: AuthorityCertificate,
}

/// One certificate of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The root.
    Root,
    /// The authority under it.
    Issuing,
    /// The party.
    Party,
}

/// Why a path does not hold.
#[derive(Debug, Error)]
pub enum PathError {
    /// One of the certificates cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The issuer named is not the subject of the certificate above.
    #[error("{0} was issued by another authority")]
    Issuer(Link),
    /// The signature is not by the certificate above.
    #[error("{0} is not signed by the authority above it")]
    Signature(Link),
    /// The authority may not issue certificates this far down (RFC 5280 §4.2.1.9).
    #[error("{0} may not have authorities below it, or has too few")]
    PathLength(Link),
    /// The key may not be used for what it was used for (RFC 5280 §4.2.1.3).
    #[error("the key usage of {0} does not allow this use")]
    KeyUsage(Link),
    /// The validity has not begun.
    #[error("{0} is not valid yet")]
    NotYetValid(Link),
    /// The validity has ended.
    #[error("{0} has expired")]
    Expired(Link),
    /// The party's certificate was revoked.
    #[error("the party's certificate was revoked at {} ({})", .0.at, .0.reason)]
    Revoked(Revocation),
}

impl Chain {
    /// Checks the authorities against each other: signatures, names, constraints, key usage, path lengths.
    ///
    /// # Errors
    /// [`PathError`] naming the first link that fails.
    pub fn new(root: AuthorityCertificate, issuing: AuthorityCertificate) -> Result<Self, PathError> {
        let (upper, lower) = (parse(root.der())?, parse(issuing.der())?);
        signed_by(&upper, &upper, Link::Root)?;
        signed_by(&lower, &upper, Link::Issuing)?;
        may_issue(&upper, Link::Root, 1)?;
        may_issue(&lower, Link::Issuing, 0)?;
        Ok(Self { root, issuing })
    }

    /// Checks a party's certificate at a time: signature, names, key usage, every link's validity, revocation.
    ///
    /// A certificate that was revoked *after* `at` still counts, unless its key was compromised: then nothing shows
    /// that a signature is really as old as it says (R37). Whether the list itself is stale is for the caller to ask.
    ///
    /// # Errors
    /// [`PathError`] naming the first link that fails.
    pub fn validate(
        &self,
        party: &Certificate,
        revocations: Option<&RevocationList>,
        at: Timestamp,
    ) -> Result<(), PathError> {
        let (upper, lower) = (parse(self.issuing.der())?, parse(party.der())?);
        signed_by(&lower, &upper, Link::Party)?;
        may_sign(&lower, party.role())?;
        within(self.root.not_before(), self.root.not_after(), at, Link::Root)?;
        within(self.issuing.not_before(), self.issuing.not_after(), at, Link::Issuing)?;
        within(party.not_before(), party.not_after(), at, Link::Party)?;
        match revocations.and_then(|list| list.status(party.serial())) {
            Some(revocation) if revocation.counts_at(at) => Err(PathError::Revoked(revocation)),
            _ => Ok(()),
        }
    }

    /// The root.
    #[must_use]
    pub const fn root(&self) -> &AuthorityCertificate {
        &self.root
    }

    /// The authority that issues.
    #[must_use]
    pub const fn issuing(&self) -> &AuthorityCertificate {
        &self.issuing
    }

    /// The party's certificate and the issuing one, in the order that TLS sends them (RFC 8446 §4.4.2).
    #[must_use]
    pub fn presented(&self, party: &Certificate) -> Vec<CertificateDer<'static>> {
        [party.der(), self.issuing.der()].map(|der| CertificateDer::from(der.to_vec())).into()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "the root certificate",
            Self::Issuing => "the issuing authority's certificate",
            Self::Party => "the party's certificate",
        })
    }
}

fn signed_by(lower: &X509Certificate<'_>, upper: &X509Certificate<'_>, link: Link) -> Result<(), PathError> {
    if lower.issuer().as_raw() != upper.subject().as_raw() {
        return Err(PathError::Issuer(link));
    }
    lower.verify_signature(Some(upper.public_key())).map_err(|_| PathError::Signature(link))
}

fn may_issue(authority: &X509Certificate<'_>, link: Link, authorities_below: u32) -> Result<(), PathError> {
    let constraints = authority.basic_constraints().map_err(|_| CertificateError::Extension)?;
    let constraints = constraints.ok_or(PathError::PathLength(link))?;
    let long_enough = constraints.value.path_len_constraint.is_none_or(|length| length >= authorities_below);
    // The issuing authority must be the last one by its own certificate, not only by our reading of it.
    let last_if_lowest = authorities_below > 0 || constraints.value.path_len_constraint == Some(0);
    if !constraints.critical || !constraints.value.ca || !long_enough || !last_if_lowest {
        return Err(PathError::PathLength(link));
    }
    let usage = authority.key_usage().map_err(|_| CertificateError::Extension)?;
    match usage {
        Some(usage) if usage.value.key_cert_sign() && usage.value.crl_sign() => Ok(()),
        _ => Err(PathError::KeyUsage(link)),
    }
}

fn may_sign(party: &X509Certificate<'_>, role: &Role) -> Result<(), PathError> {
    let usage = party.key_usage().map_err(|_| CertificateError::Extension)?;
    let signs = usage.is_some_and(|usage| usage.value.digital_signature() && !usage.value.key_cert_sign());
    let serves = || match party.extended_key_usage() {
        Ok(Some(usage)) => usage.value.server_auth,
        _ => false,
    };
    if signs && (*role != Role::Tls || serves()) { Ok(()) } else { Err(PathError::KeyUsage(Link::Party)) }
}

fn within(not_before: Timestamp, not_after: Timestamp, at: Timestamp, link: Link) -> Result<(), PathError> {
    if at < not_before {
        Err(PathError::NotYetValid(link))
    } else if at > not_after {
        Err(PathError::Expired(link))
    } else {
        Ok(())
    }
}
