//! Persons: who signs in, and for which party.

use diesel::prelude::*;

use super::super::{Conn, StorageError, Tx};
use super::tables::{party, person, person_passkey, portal_session, team_invitation};

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = person)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PersonRow {
    pub(crate) id: i64,
    pub(crate) audience: String,
    pub(crate) party: i64,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) email_index: Option<Vec<u8>>,
    pub(crate) phone_index: Option<Vec<u8>>,
    pub(crate) language: String,
    pub(crate) created_at: i64,
}

/// People at most in a team.
const MOST: i64 = 200;

/// A person by number.
pub(crate) fn person_by_id(conn: &mut Conn, id: i64) -> Result<Option<PersonRow>, StorageError> {
    Ok(person::table.find(id).select(PersonRow::as_select()).first(conn).optional()?)
}

/// A person who is reached at this address, suspended or not.
pub(crate) fn person_by_reach(
    conn: &mut Conn,
    audience: &str,
    index: &[u8],
) -> Result<Option<PersonRow>, StorageError> {
    let by_email = person::table
        .filter(person::audience.eq(audience).and(person::email_index.eq(index)))
        .select(PersonRow::as_select())
        .first(conn)
        .optional()?;
    if by_email.is_some() {
        return Ok(by_email);
    }
    Ok(person::table
        .filter(person::audience.eq(audience).and(person::phone_index.eq(index)))
        .select(PersonRow::as_select())
        .first(conn)
        .optional()?)
}

/// The number of a party.
pub(crate) fn party_number(conn: &mut Conn, name: &str) -> Result<Option<i64>, StorageError> {
    Ok(party::table.filter(party::name.eq(name)).select(party::id).first(conn).optional()?)
}

/// The number and the role of a party.
pub(crate) fn party_role(conn: &mut Conn, name: &str) -> Result<Option<(i64, String)>, StorageError> {
    let found = party::table.filter(party::name.eq(name)).select((party::id, party::role));
    Ok(found.first(conn).optional()?)
}

/// Adds a person; `false` if somebody is reached there already.
pub(crate) fn insert_person(tx: &mut Tx<'_>, row: &PersonRow) -> Result<bool, StorageError> {
    for index in [&row.email_index, &row.phone_index].into_iter().flatten() {
        if person_by_reach(tx.conn(), &row.audience, index)?.is_some() {
            return Ok(false);
        }
    }
    diesel::insert_into(person::table).values(row).execute(tx.conn())?;
    Ok(true)
}

/// A merchant's team, oldest first.
pub(crate) fn team(conn: &mut Conn, party: i64) -> Result<Vec<PersonRow>, StorageError> {
    Ok(person::table
        .filter(person::party.eq(party).and(person::state.ne("gone")))
        .order(person::id)
        .limit(MOST)
        .select(PersonRow::as_select())
        .load(conn)?)
}

/// How many owners a team has. None of them becomes anything else before this transaction ends.
pub(crate) fn owners(tx: &mut Tx<'_>, party: i64) -> Result<usize, StorageError> {
    let owners = person::party.eq(party).and(person::state.eq("active")).and(person::role.eq("owner"));
    // A no-op update locks the rows on both engines; MultiConnection has no FOR UPDATE.
    Ok(diesel::update(person::table.filter(owners)).set(person::role.eq("owner")).execute(tx.conn())?)
}

/// Gives somebody of this party another role; `false` if they are not of it.
pub(crate) fn set_role(tx: &mut Tx<'_>, party: i64, id: i64, role: &str) -> Result<bool, StorageError> {
    let member = person::table.filter(person::id.eq(id).and(person::party.eq(party)));
    Ok(diesel::update(member).set(person::role.eq(role)).execute(tx.conn())? == 1)
}

/// Keeps what is sealed of a person, and the language.
pub(crate) fn set_sealed(
    tx: &mut Tx<'_>,
    id: i64,
    sealed: &[u8],
    language: &str,
) -> Result<(), StorageError> {
    diesel::update(person::table.find(id))
        .set((person::sealed.eq(sealed), person::language.eq(language)))
        .execute(tx.conn())?;
    Ok(())
}

/// Keeps where a person is reached; `false` if somebody else of the same portal is reached there.
pub(crate) fn set_reach(
    tx: &mut Tx<'_>,
    id: i64,
    sealed: &[u8],
    email_index: Option<&[u8]>,
    phone_index: Option<&[u8]>,
) -> Result<bool, StorageError> {
    let audience: String = person::table.find(id).select(person::audience).first(tx.conn())?;
    for index in [email_index, phone_index].into_iter().flatten() {
        if person_by_reach(tx.conn(), &audience, index)?.is_some_and(|row| row.id != id) {
            return Ok(false);
        }
    }
    diesel::update(person::table.find(id))
        .set((
            person::sealed.eq(sealed),
            person::email_index.eq(email_index),
            person::phone_index.eq(phone_index),
        ))
        .execute(tx.conn())?;
    Ok(true)
}

/// Forgets one of two addresses of a person; `false` if there are not two.
pub(crate) fn remove_reach(
    tx: &mut Tx<'_>,
    id: i64,
    sealed: &[u8],
    email: bool,
) -> Result<bool, StorageError> {
    // Of two that are removed at the same time one stays.
    let both = person::email_index.is_not_null().and(person::phone_index.is_not_null());
    let person = diesel::update(person::table.filter(person::id.eq(id).and(both)));
    let removed = if email {
        let none = (person::sealed.eq(sealed), person::email_index.eq(None::<Vec<u8>>));
        person.set(none).execute(tx.conn())?
    } else {
        let none = (person::sealed.eq(sealed), person::phone_index.eq(None::<Vec<u8>>));
        person.set(none).execute(tx.conn())?
    };
    Ok(removed == 1)
}

/// Forgets a person of this party: name, addresses, sessions, passkeys and invitations. What is left says nothing about
/// anybody, and keeps what others refer to. `false` if there is none.
pub(crate) fn delete_everything_of(
    tx: &mut Tx<'_>,
    party: i64,
    id: i64,
    sealed: &[u8],
) -> Result<bool, StorageError> {
    let conn = tx.conn();
    let member = person::table.filter(person::id.eq(id).and(person::party.eq(party)));
    let gone = diesel::update(member)
        .set((
            person::state.eq("gone"),
            person::sealed.eq(sealed),
            person::email_index.eq(None::<Vec<u8>>),
            person::phone_index.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    if gone == 0 {
        return Ok(false);
    }
    diesel::delete(portal_session::table.filter(portal_session::person.eq(id))).execute(conn)?;
    diesel::delete(person_passkey::table.filter(person_passkey::person.eq(id))).execute(conn)?;
    let invited = team_invitation::party.eq(party).and(team_invitation::invited_by.eq(id));
    diesel::delete(team_invitation::table.filter(invited)).execute(conn)?;
    Ok(true)
}
