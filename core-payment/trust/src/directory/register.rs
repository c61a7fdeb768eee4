//! The two append-only registers of an installation: what was issued, what was revoked. One JSON object a line.

use std::path::Path;

use payment_domain::{Digest, PartyId, Role, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::DirectoryError;
use crate::certificate::{Certificate, Serial};
use crate::crl::{Revocation, RevocationReason};
use crate::file::{self, Access};

/// A certificate that was issued here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its serial number.
    pub serial: Serial,
    /// Whose it is.
    pub party: PartyId,
    /// What it entitles to.
    pub role: Role,
    /// The last instant of its validity.
    pub not_after: Timestamp,
    /// SHA-256 of its DER form.
    pub fingerprint: Digest,
    /// Whether it was revoked.
    pub revoked: Option<Revocation>,
}

/// A line of `issued.jsonl`.
#[derive(Serialize, Deserialize)]
struct IssuedLine {
    serial: String,
    party: String,
    role: String,
    not_after: String,
    fingerprint: String,
}

/// A line of `revoked.jsonl`.
#[derive(Serialize, Deserialize)]
struct RevokedLine {
    serial: String,
    at: String,
    reason: String,
}

pub(super) fn record_issued(path: &Path, certificate: &Certificate) -> Result<(), DirectoryError> {
    append(
        path,
        &IssuedLine {
            serial: certificate.serial().to_string(),
            party: certificate.party().to_string(),
            role: certificate.role().to_string(),
            not_after: certificate.not_after().to_string(),
            fingerprint: certificate.fingerprint().to_string(),
        },
    )
}

pub(super) fn record_revoked(
    path: &Path,
    serial: Serial,
    revocation: Revocation,
) -> Result<(), DirectoryError> {
    let Revocation { at, reason } = revocation;
    append(path, &RevokedLine { serial: serial.to_string(), at: at.to_string(), reason: reason.to_string() })
}

pub(super) fn issued(path: &Path, revoked: &[(Serial, Revocation)]) -> Result<Vec<Issued>, DirectoryError> {
    read(path, |line: IssuedLine| {
        let serial = Serial::parse(&line.serial).ok()?;
        Some(Issued {
            serial,
            party: PartyId::parse(&line.party).ok()?,
            role: Role::parse(&line.role).ok()?,
            not_after: Timestamp::parse(&line.not_after).ok()?,
            fingerprint: Digest::parse(&line.fingerprint).ok()?,
            revoked: revoked.iter().find(|(other, _)| *other == serial).map(|(_, revocation)| *revocation),
        })
    })
}

pub(super) fn revoked(path: &Path) -> Result<Vec<(Serial, Revocation)>, DirectoryError> {
    read(path, |line: RevokedLine| {
        let revocation = Revocation {
            at: Timestamp::parse(&line.at).ok()?,
            reason: RevocationReason::parse(&line.reason)?,
        };
        Some((Serial::parse(&line.serial).ok()?, revocation))
    })
}

fn append<L: Serialize>(path: &Path, line: &L) -> Result<(), DirectoryError> {
    let content = contents(path)?;
    // A crash can leave the last line half written; nobody was told of it, so it never happened.
    if let Some(torn) =
        content.iter().rposition(|byte| *byte == b'\n').map_or(Some(0), |end| end.checked_add(1))
        && torn < content.len()
    {
        file::replace(path, Access::Public, content.get(..torn).unwrap_or_default())?;
    }
    let text = serde_json::to_string(line).map_err(|_| DirectoryError::Register(path.to_owned()))?;
    Ok(file::append_line(path, &text)?)
}

fn read<L: DeserializeOwned, T>(
    path: &Path,
    parse: impl Fn(L) -> Option<T>,
) -> Result<Vec<T>, DirectoryError> {
    contents(path)?
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| line.ends_with(b"\n"))
        .map(|line| serde_json::from_slice(line).ok().and_then(&parse))
        .map(|entry| entry.ok_or_else(|| DirectoryError::Register(path.to_owned())))
        .collect()
}

fn contents(path: &Path) -> Result<Vec<u8>, DirectoryError> {
    if path.exists() { Ok(file::read(path)?) } else { Ok(Vec::new()) }
}
