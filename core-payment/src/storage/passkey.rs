//! Registered passkeys.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{party, passkey};

/// A passkey as stored. Only its revocation changes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkey)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PasskeyRow {
    pub(crate) credential: Vec<u8>,
    pub(crate) party: i64,
    pub(crate) public_key: Vec<u8>,
    pub(crate) registered_at: i64,
    pub(crate) revoked_at: Option<i64>,
}

/// Whose passkey it must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holder<'h> {
    Name(&'h str),
    MsisdnIndex(&'h [u8]),
}

/// Registers a passkey.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &PasskeyRow) -> Result<(), StorageError> {
    diesel::insert_into(passkey::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Revokes a passkey. `false` if it was revoked before.
pub(crate) fn revoke(tx: &mut Tx<'_>, credential: &[u8], at: i64) -> Result<bool, StorageError> {
    let in_force = passkey::credential.eq(credential).and(passkey::revoked_at.is_null());
    let revoked =
        diesel::update(passkey::table.filter(in_force)).set(passkey::revoked_at.eq(at)).execute(tx.conn())?;
    Ok(revoked == 1)
}

/// A passkey, revoked or not.
pub(crate) fn by_credential(conn: &mut Conn, credential: &[u8]) -> Result<Option<PasskeyRow>, StorageError> {
    Ok(passkey::table.find(credential).select(PasskeyRow::as_select()).first(conn).optional()?)
}

/// The key of a passkey that is in force and its holder's: the one read of every order with a passkey.
pub(crate) fn key_of(
    conn: &mut Conn,
    holder: Holder<'_>,
    credential: &[u8],
) -> Result<Option<Vec<u8>>, StorageError> {
    let in_force = passkey::table
        .inner_join(party::table)
        .filter(passkey::credential.eq(credential).and(passkey::revoked_at.is_null()))
        .select(passkey::public_key);
    Ok(match holder {
        Holder::Name(name) => in_force.filter(party::name.eq(name)).first(conn).optional()?,
        Holder::MsisdnIndex(index) => {
            in_force.filter(party::msisdn_index.eq(index)).first(conn).optional()?
        }
    })
}

/// A party's passkeys that are in force, oldest first.
pub(crate) fn of_party(conn: &mut Conn, party: i64, limit: i64) -> Result<Vec<PasskeyRow>, StorageError> {
    Ok(passkey::table
        .filter(passkey::party.eq(party).and(passkey::revoked_at.is_null()))
        .order(passkey::registered_at)
        .limit(limit)
        .select(PasskeyRow::as_select())
        .load(conn)?)
}

/// How many were registered, and how many of them revoked.
pub(crate) fn counts(conn: &mut Conn) -> Result<(i64, i64), StorageError> {
    let registered = passkey::table.select(count_star()).first(conn)?;
    let revoked =
        passkey::table.filter(passkey::revoked_at.is_not_null()).select(count_star()).first(conn)?;
    Ok((registered, revoked))
}
