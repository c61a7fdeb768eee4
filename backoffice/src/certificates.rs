//! Certificates of those who sign for themselves, merchants' servers and consumers' apps: how each stands, how a new key is
//! invited, and who takes one out of force.
//!
//! What this must not do: certify anything. That is done at the door, by enrolment. Start at [`Authority`].

use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_domain::{Role, Timestamp};
use payment_message::Invitation;
use payment_trust::{Revocation, RevocationReason, Serial};
use thiserror::Error;

use crate::say;
pub(crate) use crate::storage::certificate::CertificateRow;
use crate::storage::certificate::{self as storage};
use crate::web::{Fault, Randomness, Visitor};

/// The installation's certificate authority, as far as people need it: in this process or another.
pub trait Authority: Send + Sync {
    /// Whether, when and why a certificate was revoked.
    fn revocation(&self, serial: Serial) -> Option<Revocation>;

    /// Revokes one for good. Repeating it changes nothing.
    fn revoke(&self, serial: Serial, reason: RevocationReason) -> Revoking<'_>;
}

/// Certificates on a page.
const SHOWN: i64 = 50;

/// A revocation on its way.
pub type Revoking<'a> = Pin<Box<dyn Future<Output = Result<(), NotRevoked>> + 'a>>;

/// The certificate is in force still, or it cannot be said: the same may be asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the certificate could not be revoked now")]
pub struct NotRevoked;

/// How a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    InForce,
    Expired,
    Revoked(Timestamp),
}

impl Standing {
    pub(crate) fn of(row: &CertificateRow, authority: &dyn Authority, now: Timestamp) -> Self {
        let revocation = Serial::parse(&row.serial).ok().and_then(|serial| authority.revocation(serial));
        match revocation {
            Some(revocation) => Self::Revoked(revocation.at),
            None if row.not_after < now.as_millis() => Self::Expired,
            None => Self::InForce,
        }
    }
}

/// The visitor's certificates in a role, the newest first: as many as a page shows.
pub(crate) async fn certificates(visitor: &Visitor, role: Role) -> Result<Vec<CertificateRow>, Fault> {
    some_certificates(visitor, role, SHOWN).await
}

/// The same, at most so many.
pub(crate) async fn some_certificates(
    visitor: &Visitor,
    role: Role,
    most: i64,
) -> Result<Vec<CertificateRow>, Fault> {
    let party = visitor.need_person()?.party_number;
    visitor.read(move |conn| storage::certificates(conn, party, &role.to_string(), most)).await
}

/// One of the visitor's certificates in a role: anybody else's is not found.
pub(crate) async fn certificate(
    visitor: &Visitor,
    role: Role,
    serial: &str,
) -> Result<CertificateRow, Fault> {
    let party = visitor.need_person()?.party_number;
    // One number has one text.
    let serial = Serial::parse(serial).map_err(|_| Fault::NotFound)?.to_string();
    let found =
        visitor.read(move |conn| storage::certificate_by_serial(conn, party, &role.to_string(), &serial));
    found.await?.ok_or(Fault::NotFound)
}

/// The beginning of a fingerprint: enough to compare it by eye.
pub(crate) fn print(row: &CertificateRow) -> String {
    row.fingerprint.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Since when it is registered.
pub(crate) fn since(row: &CertificateRow) -> Timestamp {
    say::at(row.registered_at)
}

/// Until when it is good.
pub(crate) fn until(row: &CertificateRow) -> Timestamp {
    say::at(row.not_after)
}

/// A secret that lets a party enrol once.
pub(crate) fn invitation(randomness: &dyn Randomness) -> Result<Invitation, Fault> {
    let mut bytes = [0_u8; 24];
    randomness.fill(&mut bytes).map_err(Fault::internal)?;
    Invitation::parse(&URL_SAFE_NO_PAD.encode(bytes)).map_err(Fault::internal)
}
