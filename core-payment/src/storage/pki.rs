//! Registered certificates, invitations and published revocation lists.

use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{certificate, invitation, revocation_list};

/// A certificate to register.
#[derive(Debug, Insertable)]
#[diesel(table_name = certificate)]
pub(crate) struct NewCertificate {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) party: i64,
    pub(crate) role: String,
    pub(crate) der: Vec<u8>,
    pub(crate) not_after: i64,
    pub(crate) registered_at: i64,
}

/// An invitation as stored: only the hash of its code is known.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Invitation {
    pub(crate) party: i64,
    pub(crate) role: String,
    pub(crate) expires_at: i64,
    pub(crate) used_at: Option<i64>,
}

/// Registers a certificate. Registering the same one again changes nothing.
pub(crate) fn register(tx: &mut Tx<'_>, row: &NewCertificate) -> Result<(), StorageError> {
    let known: Option<i64> =
        certificate::table.find(&row.fingerprint).select(certificate::party).first(tx.conn()).optional()?;
    if known.is_none() {
        diesel::insert_into(certificate::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// The DER of a registered certificate.
pub(crate) fn registered(conn: &mut Conn, fingerprint: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(certificate::table.find(fingerprint).select(certificate::der).first(conn).optional()?)
}

/// Keeps an invitation.
pub(crate) fn invite(
    tx: &mut Tx<'_>,
    code_hash: &[u8],
    party: i64,
    role: &str,
    expires_at: i64,
) -> Result<(), StorageError> {
    diesel::insert_into(invitation::table)
        .values((
            invitation::code_hash.eq(code_hash),
            invitation::party.eq(party),
            invitation::role.eq(role),
            invitation::expires_at.eq(expires_at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The invitation with this code.
pub(crate) fn invitation(conn: &mut Conn, code_hash: &[u8]) -> Result<Option<Invitation>, StorageError> {
    Ok(invitation::table
        .find(code_hash)
        .select((invitation::party, invitation::role, invitation::expires_at, invitation::used_at))
        .first(conn)
        .optional()?)
}

/// Uses an invitation up. `false` if it was used before.
pub(crate) fn use_invitation(tx: &mut Tx<'_>, code_hash: &[u8], now: i64) -> Result<bool, StorageError> {
    let unused = invitation::code_hash.eq(code_hash).and(invitation::used_at.is_null());
    let used = diesel::update(invitation::table.filter(unused))
        .set(invitation::used_at.eq(now))
        .execute(tx.conn())?;
    Ok(used == 1)
}

/// Publishes a revocation list. An older or equal number is ignored.
pub(crate) fn publish_crl(tx: &mut Tx<'_>, number: i64, pem: &[u8], now: i64) -> Result<(), StorageError> {
    let latest: Option<i64> =
        revocation_list::table.select(diesel::dsl::max(revocation_list::number)).first(tx.conn())?;
    if latest.is_some_and(|latest| latest >= number) {
        return Ok(());
    }
    diesel::insert_into(revocation_list::table)
        .values((
            revocation_list::number.eq(number),
            revocation_list::pem.eq(pem),
            revocation_list::published_at.eq(now),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The newest revocation list.
pub(crate) fn latest_crl(conn: &mut Conn) -> Result<Option<(i64, Vec<u8>)>, StorageError> {
    Ok(revocation_list::table
        .order(revocation_list::number.desc())
        .select((revocation_list::number, revocation_list::pem))
        .first(conn)
        .optional()?)
}
