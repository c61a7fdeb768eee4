//! The log of acts: appended in a chain, never changed.

use diesel::prelude::*;

use super::tables::{operator_act, operator_log};
use crate::storage::{Conn, StorageError, Tx};

/// The one row that says where the log stands.
const HEAD: i16 = 1;

/// An act to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewAct {
    pub(crate) at: i64,
    pub(crate) operator: String,
    pub(crate) role: String,
    pub(crate) act: String,
    pub(crate) subject: String,
    pub(crate) outcome: String,
}

/// An act as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = operator_act)]
pub(crate) struct ActRow {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) operator: String,
    pub(crate) role: String,
    pub(crate) act: String,
    pub(crate) subject: String,
    pub(crate) outcome: String,
    pub(crate) hash: Vec<u8>,
}

/// Appends an act. `link` makes its hash of the hash before it and of the act.
pub(crate) fn append_act(
    tx: &mut Tx<'_>,
    new: NewAct,
    link: impl FnOnce(&[u8], &ActRow) -> Vec<u8>,
) -> Result<ActRow, StorageError> {
    let head = operator_log::table.find(HEAD);
    // Held until the commit: the next one waits here, and finds this one's hash.
    diesel::update(head).set(operator_log::id.eq(HEAD)).execute(tx.conn())?;
    let (last, before) = log_head(tx.conn())?;
    let seq = last.saturating_add(1);
    let NewAct { at, operator, role, act, subject, outcome } = new;
    let mut row = ActRow { seq, at, operator, role, act, subject, outcome, hash: Vec::new() };
    row.hash = link(&before, &row);
    diesel::insert_into(operator_act::table).values(&row).execute(tx.conn())?;
    let now = (operator_log::seq.eq(row.seq), operator_log::hash.eq(&row.hash));
    diesel::update(head).set(now).execute(tx.conn())?;
    Ok(row)
}

/// Where the log stands: how many acts, and the hash of the last one.
pub(crate) fn log_head(conn: &mut Conn) -> Result<(i64, Vec<u8>), StorageError> {
    Ok(operator_log::table.find(HEAD).select((operator_log::seq, operator_log::hash)).first(conn)?)
}

/// Acts before one of them, the newest first.
pub(crate) fn acts(conn: &mut Conn, before: i64, most: i64) -> Result<Vec<ActRow>, StorageError> {
    Ok(operator_act::table
        .filter(operator_act::seq.lt(before))
        .order(operator_act::seq.desc())
        .limit(most)
        .select(ActRow::as_select())
        .load(conn)?)
}

/// Acts after one of them, the oldest first.
pub(crate) fn acts_after(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<ActRow>, StorageError> {
    Ok(operator_act::table
        .filter(operator_act::seq.gt(after))
        .order(operator_act::seq)
        .limit(most)
        .select(ActRow::as_select())
        .load(conn)?)
}
