//! The key that the portal keeps for a merchant.

use diesel::prelude::*;

use super::tables::hosted_key;
use crate::storage::{Conn, StorageError, Tx};

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

/// Keys at most that are looked at.
const MOST: i64 = 50;

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

/// The keys that the portal keeps for a merchant, also those whose certificate is over: there is one, unless two people
/// had one made at the same time.
pub(crate) fn hosted_keys(conn: &mut Conn, merchant: i64) -> Result<Vec<HostedKeyRow>, StorageError> {
    Ok(hosted_key::table
        .filter(hosted_key::merchant.eq(merchant).and(hosted_key::active.eq(true)))
        .order(hosted_key::id)
        .limit(MOST)
        .select(HostedKeyRow::as_select())
        .load(conn)?)
}

/// Forgets a private key of a merchant: nothing can be signed with it any more. `false` if that was done before.
pub(crate) fn drop_hosted_key(tx: &mut Tx<'_>, merchant: i64, id: i64) -> Result<bool, StorageError> {
    let own = hosted_key::id.eq(id).and(hosted_key::merchant.eq(merchant)).and(hosted_key::active.eq(true));
    let dropped = diesel::update(hosted_key::table.filter(own))
        .set((hosted_key::active.eq(false), hosted_key::sealed.eq(Vec::<u8>::new())))
        .execute(tx.conn())?;
    Ok(dropped == 1)
}
