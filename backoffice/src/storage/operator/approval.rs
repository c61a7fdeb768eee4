//! What needs two people.

use diesel::prelude::*;

use super::tables::operator_approval;
use crate::storage::{Conn, StorageError, Tx};

/// Something that waits for a second person, or did.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = operator_approval)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct ApprovalRow {
    pub(crate) id: i64,
    pub(crate) act: String,
    pub(crate) subject: String,
    pub(crate) reason: String,
    pub(crate) state: String,
    pub(crate) prepared_by: String,
    pub(crate) prepared_at: i64,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<i64>,
}

/// Keeps what was prepared; `false` if the same waits already.
pub(crate) fn insert_approval(tx: &mut Tx<'_>, row: &ApprovalRow) -> Result<bool, StorageError> {
    let insert = diesel::insert_into(operator_approval::table).values(row).on_conflict_do_nothing();
    let inserted = on_both!(tx.conn(), conn => insert.execute(conn)?);
    Ok(inserted == 1)
}

/// One of them.
pub(crate) fn approval(conn: &mut Conn, id: i64) -> Result<Option<ApprovalRow>, StorageError> {
    Ok(operator_approval::table.find(id).select(ApprovalRow::as_select()).first(conn).optional()?)
}

/// Those in a state, before one of them, the newest first.
pub(crate) fn approvals(
    conn: &mut Conn,
    state: &str,
    before: i64,
    most: i64,
) -> Result<Vec<ApprovalRow>, StorageError> {
    Ok(operator_approval::table
        .filter(operator_approval::state.eq(state).and(operator_approval::id.lt(before)))
        .order(operator_approval::id.desc())
        .limit(most)
        .select(ApprovalRow::as_select())
        .load(conn)?)
}

/// What of one kind was done since a time, the newest first.
pub(crate) fn decided_since(
    conn: &mut Conn,
    act: &str,
    since: i64,
    most: i64,
) -> Result<Vec<ApprovalRow>, StorageError> {
    Ok(operator_approval::table
        .filter(operator_approval::act.eq(act).and(operator_approval::decided_at.ge(since)))
        .filter(operator_approval::state.eq("done"))
        .order(operator_approval::decided_at.desc())
        .limit(most)
        .select(ApprovalRow::as_select())
        .load(conn)?)
}

/// Decides what waits; `false` if somebody has.
pub(crate) fn decide_approval(
    tx: &mut Tx<'_>,
    id: i64,
    state: &str,
    by: &str,
    at: i64,
) -> Result<bool, StorageError> {
    let waiting = operator_approval::table
        .filter(operator_approval::id.eq(id).and(operator_approval::state.eq("waiting")));
    let decided = diesel::update(waiting)
        .set((
            operator_approval::state.eq(state),
            operator_approval::decided_by.eq(by),
            operator_approval::decided_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(decided == 1)
}

/// Notes that what was approved cannot be done any more.
pub(crate) fn drop_approval(tx: &mut Tx<'_>, id: i64) -> Result<(), StorageError> {
    let approved = operator_approval::table
        .filter(operator_approval::id.eq(id).and(operator_approval::state.eq("approved")));
    diesel::update(approved).set(operator_approval::state.eq("refused")).execute(tx.conn())?;
    Ok(())
}

/// Notes that what was approved is done.
pub(crate) fn finish_approval(tx: &mut Tx<'_>, id: i64) -> Result<(), StorageError> {
    let approved = operator_approval::table
        .filter(operator_approval::id.eq(id).and(operator_approval::state.eq("approved")));
    diesel::update(approved).set(operator_approval::state.eq("done")).execute(tx.conn())?;
    Ok(())
}
