//! Sessions: found by the hash of a token, listed by their person.

use diesel::prelude::*;

use super::super::{Conn, StorageError, Tx};
use super::person::PersonRow;
use super::tables::{party, person, portal_session};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = portal_session)]
pub(crate) struct SessionRow {
    pub(crate) token_hash: Vec<u8>,
    pub(crate) id: i64,
    pub(crate) person: i64,
    pub(crate) device: String,
    pub(crate) began_at: i64,
    pub(crate) seen_at: i64,
    pub(crate) proved_at: i64,
    pub(crate) proof: String,
    pub(crate) ends_at: i64,
}

/// A session, its person and the name of their party.
pub(crate) type SignedIn = (SessionRow, PersonRow, String);

/// Sessions at most that a person sees.
pub(crate) const MOST_SESSIONS: i64 = 50;

/// Who is signed in with this token at this portal.
pub(crate) fn signed_in(
    conn: &mut Conn,
    token_hash: &[u8],
    audience: &str,
) -> Result<Option<SignedIn>, StorageError> {
    Ok(portal_session::table
        .inner_join(person::table.inner_join(party::table))
        .filter(portal_session::token_hash.eq(token_hash))
        .filter(person::audience.eq(audience).and(person::state.eq("active")))
        .select((SessionRow::as_select(), PersonRow::as_select(), party::name))
        .first(conn)
        .optional()?)
}

/// Begins a session.
pub(crate) fn insert_session(tx: &mut Tx<'_>, row: &SessionRow) -> Result<(), StorageError> {
    diesel::insert_into(portal_session::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Ends the session with this token, if there is one.
pub(crate) fn end_session(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<(), StorageError> {
    diesel::delete(portal_session::table.find(token_hash)).execute(tx.conn())?;
    Ok(())
}

/// Says that a session is used.
pub(crate) fn touch(conn: &mut Conn, token_hash: &[u8], now_ms: i64) -> Result<(), StorageError> {
    diesel::update(portal_session::table.find(token_hash))
        .set(portal_session::seen_at.eq(now_ms))
        .execute(conn)?;
    Ok(())
}

/// A person's sessions that are not over, newest first.
pub(crate) fn sessions_of(
    conn: &mut Conn,
    person: i64,
    now_ms: i64,
) -> Result<Vec<SessionRow>, StorageError> {
    Ok(portal_session::table
        .filter(portal_session::person.eq(person).and(portal_session::ends_at.gt(now_ms)))
        .order(portal_session::id.desc())
        .limit(MOST_SESSIONS)
        .select(SessionRow::as_select())
        .load(conn)?)
}

/// Ends one of a person's sessions; `false` if it is none of theirs.
pub(crate) fn delete_session(tx: &mut Tx<'_>, person: i64, id: i64) -> Result<bool, StorageError> {
    let of_person = portal_session::person.eq(person).and(portal_session::id.eq(id));
    Ok(diesel::delete(portal_session::table.filter(of_person)).execute(tx.conn())? == 1)
}

/// Ends all of a person's sessions but this one.
pub(crate) fn delete_sessions_of(
    tx: &mut Tx<'_>,
    person: i64,
    but: Option<i64>,
) -> Result<usize, StorageError> {
    let others = portal_session::person.eq(person).and(portal_session::id.ne(but.unwrap_or(-1)));
    Ok(diesel::delete(portal_session::table.filter(others)).execute(tx.conn())?)
}
