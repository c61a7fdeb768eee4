//! Passkeys to sign in with.
#![cfg_attr(
    not(feature = "passkeys"),
    expect(dead_code, reason = "a build without them only lists what there was")
)]

use diesel::prelude::*;

use super::super::{Conn, StorageError, Tx};
use super::person::PersonRow;
use super::tables::{party, person, person_passkey, spent_challenge};

/// A passkey as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = person_passkey)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PersonPasskeyRow {
    pub(crate) credential: Vec<u8>,
    pub(crate) person: i64,
    pub(crate) name: String,
    pub(crate) stored: String,
    pub(crate) registered_at: i64,
    pub(crate) used_at: Option<i64>,
}

/// Passkeys at most of one person; as many as the core takes.
pub(crate) const MOST_PASSKEYS: i64 = 32;

/// Adds a passkey; `false` if there is one with this id.
pub(crate) fn insert_passkey(tx: &mut Tx<'_>, row: &PersonPasskeyRow) -> Result<bool, StorageError> {
    let known = person_passkey::table.find(&row.credential).count().get_result::<i64>(tx.conn())?;
    if known > 0 {
        return Ok(false);
    }
    diesel::insert_into(person_passkey::table).values(row).execute(tx.conn())?;
    Ok(true)
}

/// A person's passkeys, oldest first.
pub(crate) fn passkeys_of(conn: &mut Conn, person: i64) -> Result<Vec<PersonPasskeyRow>, StorageError> {
    Ok(person_passkey::table
        .filter(person_passkey::person.eq(person))
        .order(person_passkey::registered_at)
        .limit(MOST_PASSKEYS)
        .select(PersonPasskeyRow::as_select())
        .load(conn)?)
}

/// A passkey by id with its person, if the person may sign in at this portal, and the name of their party.
pub(crate) fn passkey_by_id(
    conn: &mut Conn,
    audience: &str,
    credential: &[u8],
) -> Result<Option<(PersonPasskeyRow, PersonRow, String)>, StorageError> {
    Ok(person_passkey::table
        .inner_join(person::table.inner_join(party::table))
        .filter(person_passkey::credential.eq(credential))
        .filter(person::audience.eq(audience).and(person::state.eq("active")))
        .select((PersonPasskeyRow::as_select(), PersonRow::as_select(), party::name))
        .first(conn)
        .optional()?)
}

/// Says that a passkey was used, and what it has become.
pub(crate) fn use_passkey(
    tx: &mut Tx<'_>,
    credential: &[u8],
    stored: &str,
    now_ms: i64,
) -> Result<(), StorageError> {
    diesel::update(person_passkey::table.find(credential))
        .set((person_passkey::stored.eq(stored), person_passkey::used_at.eq(now_ms)))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes one of a person's passkeys; `false` if it is none of theirs.
pub(crate) fn delete_passkey(tx: &mut Tx<'_>, person: i64, credential: &[u8]) -> Result<bool, StorageError> {
    let of_person = person_passkey::person.eq(person).and(person_passkey::credential.eq(credential));
    Ok(diesel::delete(person_passkey::table.filter(of_person)).execute(tx.conn())? == 1)
}

/// Says that a challenge was answered; `false` if it was before.
pub(crate) fn spend_challenge(
    tx: &mut Tx<'_>,
    challenge: &[u8],
    expires_at: i64,
) -> Result<bool, StorageError> {
    let spent = spent_challenge::table.find(challenge).count().get_result::<i64>(tx.conn())?;
    if spent > 0 {
        return Ok(false);
    }
    let row = (spent_challenge::challenge.eq(challenge), spent_challenge::expires_at.eq(expires_at));
    diesel::insert_into(spent_challenge::table).values(row).execute(tx.conn())?;
    Ok(true)
}
