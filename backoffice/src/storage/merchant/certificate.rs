//! Certificates of a merchant, and the key that the portal keeps for it.

use diesel::prelude::*;

use super::tables::{certificate, hosted_key};
use crate::storage::{Conn, StorageError, Tx};

/// A certificate that is registered for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct CertificateRow {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) not_after: i64,
    pub(crate) registered_at: i64,
}

/// A key that the portal keeps.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = hosted_key)]
pub(crate) struct HostedKeyRow {
    pub(crate) id: i64,
    pub(crate) merchant: i64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) not_after: i64,
    pub(crate) active: bool,
    pub(crate) made_by: i64,
    pub(crate) made_at: i64,
}

/// Certificates at most that are shown.
const MOST: i64 = 50;

/// A merchant's certificates, the newest first.
pub(crate) fn certificates(conn: &mut Conn, merchant: i64) -> Result<Vec<CertificateRow>, StorageError> {
    Ok(certificate::table
        .filter(certificate::party.eq(merchant).and(certificate::role.eq("merchant")))
        .order(certificate::registered_at.desc())
        .limit(MOST)
        .select((
            certificate::fingerprint,
            certificate::serial,
            certificate::not_after,
            certificate::registered_at,
        ))
        .load(conn)?)
}

/// The newest key in force that the portal keeps for a merchant.
pub(crate) fn hosted_key(
    conn: &mut Conn,
    merchant: i64,
    now_ms: i64,
) -> Result<Option<HostedKeyRow>, StorageError> {
    Ok(hosted_key::table
        .filter(hosted_key::merchant.eq(merchant).and(hosted_key::active.eq(true)))
        .filter(hosted_key::not_after.gt(now_ms))
        .order(hosted_key::id.desc())
        .select(HostedKeyRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps a key.
pub(crate) fn insert_hosted_key(tx: &mut Tx<'_>, row: &HostedKeyRow) -> Result<(), StorageError> {
    diesel::insert_into(hosted_key::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Forgets the private keys of a merchant: nothing can be signed with them any more. `false` if there were none.
pub(crate) fn drop_hosted_key(tx: &mut Tx<'_>, merchant: i64) -> Result<bool, StorageError> {
    let own = hosted_key::table.filter(hosted_key::merchant.eq(merchant).and(hosted_key::active.eq(true)));
    let dropped = diesel::update(own)
        .set((hosted_key::active.eq(false), hosted_key::sealed.eq(Vec::<u8>::new())))
        .execute(tx.conn())?;
    Ok(dropped > 0)
}
