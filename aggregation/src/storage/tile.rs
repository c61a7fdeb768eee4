//! The complete trees of a period's payments. Written by the fold, in the transaction of the step that completed them.

use diesel::prelude::*;

use super::schema::tile;
use super::{Conn, StorageError, Tx};

/// A tile as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tile)]
pub(crate) struct TileRow {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    pub(crate) number: i64,
    /// The step that completed it.
    pub(crate) fold: i64,
    /// The position of its last payment.
    pub(crate) last: i64,
    pub(crate) hash: Vec<u8>,
}

/// Adds those that a step has completed.
pub(crate) fn insert(tx: &mut Tx<'_>, rows: &[TileRow]) -> Result<(), StorageError> {
    if !rows.is_empty() {
        on_both!(tx.conn(), conn => diesel::insert_into(tile::table).values(rows).execute(conn)?);
    }
    Ok(())
}

/// Those of a period, in their order.
pub(crate) fn of_period(conn: &mut Conn, account: i64, seq: i64) -> Result<Vec<TileRow>, StorageError> {
    Ok(tile::table
        .filter(tile::account.eq(account).and(tile::seq.eq(seq)))
        .order(tile::number)
        .select(TileRow::as_select())
        .load(conn)?)
}

/// One of a period.
pub(crate) fn numbered(
    conn: &mut Conn,
    account: i64,
    seq: i64,
    number: i64,
) -> Result<Option<TileRow>, StorageError> {
    Ok(tile::table.find((account, seq, number)).select(TileRow::as_select()).first(conn).optional()?)
}
