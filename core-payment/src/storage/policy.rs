//! Policies: those that were in force, and those that are proposed.

use diesel::dsl::max;
use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::policy_version;

/// A policy as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = policy_version)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct VersionRow {
    pub(crate) id: i64,
    pub(crate) version: Option<i64>,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) base: i64,
    pub(crate) proposed_by: Option<String>,
    pub(crate) proposed_at: i64,
    pub(crate) approved_by: Option<String>,
    pub(crate) in_force_at: Option<i64>,
}

/// The newest of those that were in force.
pub(crate) fn newest(conn: &mut Conn) -> Result<Option<VersionRow>, StorageError> {
    Ok(policy_version::table
        .filter(policy_version::version.is_not_null())
        .order(policy_version::version.desc())
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// The newest number that two people have put into force. Asked often: by index, and without the text.
pub(crate) fn newest_by_people(conn: &mut Conn) -> Result<Option<i64>, StorageError> {
    Ok(policy_version::table
        .filter(policy_version::proposed_by.is_not_null())
        .select(max(policy_version::version))
        .first(conn)?)
}

/// One of them.
pub(crate) fn find(conn: &mut Conn, id: i64) -> Result<Option<VersionRow>, StorageError> {
    Ok(policy_version::table.find(id).select(VersionRow::as_select()).first(conn).optional()?)
}

/// The one with this number.
pub(crate) fn numbered(conn: &mut Conn, version: i64) -> Result<Option<VersionRow>, StorageError> {
    Ok(policy_version::table
        .filter(policy_version::version.eq(version))
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Those that were in force, the newest first, with numbers below one.
pub(crate) fn list(conn: &mut Conn, below: i64, most: i64) -> Result<Vec<VersionRow>, StorageError> {
    Ok(policy_version::table
        .filter(policy_version::version.lt(below))
        .order(policy_version::version.desc())
        .limit(most)
        .select(VersionRow::as_select())
        .load(conn)?)
}

/// Whether a name was in force.
pub(crate) fn name_used(conn: &mut Conn, name: &str) -> Result<bool, StorageError> {
    let found: Option<i64> = policy_version::table
        .filter(policy_version::name.eq(name).and(policy_version::version.is_not_null()))
        .select(policy_version::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Keeps one under the next id, and returns that.
pub(crate) fn insert(tx: &mut Tx<'_>, mut row: VersionRow) -> Result<i64, StorageError> {
    let last: Option<i64> = policy_version::table.select(max(policy_version::id)).first(tx.conn())?;
    row.id = last.unwrap_or(0).saturating_add(1);
    diesel::insert_into(policy_version::table).values(&row).execute(tx.conn())?;
    Ok(row.id)
}

/// Gives a proposal its number. `false` if it has one.
pub(crate) fn put_in_force(
    tx: &mut Tx<'_>,
    id: i64,
    version: i64,
    by: &str,
    at: i64,
) -> Result<bool, StorageError> {
    let proposal =
        policy_version::table.filter(policy_version::id.eq(id).and(policy_version::version.is_null()));
    let changed = diesel::update(proposal)
        .set((
            policy_version::version.eq(version),
            policy_version::approved_by.eq(by),
            policy_version::in_force_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(changed == 1)
}
