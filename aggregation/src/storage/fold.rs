//! How far the journal is folded. A step is one row of `fold` and one range for each node; the primary key of `fold` and the
//! cursors let one of several gateways win.

use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;

use super::schema::{cutoff, fold, fold_cursor, fold_range};
use super::{Conn, StorageError, Tx};

/// How far one node's journal is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(crate) struct CursorRow {
    pub(crate) node: i16,
    pub(crate) seq: i64,
    pub(crate) batch: i64,
}

/// The batches of one node that a step took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = fold_range)]
pub(crate) struct RangeRow {
    pub(crate) fold: i64,
    pub(crate) node: i16,
    pub(crate) after_seq: i64,
    pub(crate) after_batch: i64,
    pub(crate) through_seq: i64,
    pub(crate) through_batch: i64,
}

/// The last step; zero before the first.
pub(crate) fn last(conn: &mut Conn) -> Result<i64, StorageError> {
    Ok(fold::table.order(fold::seq.desc()).select(fold::seq).first(conn).optional()?.unwrap_or(0))
}

/// How far each node's journal is folded.
pub(crate) fn cursors(conn: &mut Conn) -> Result<Vec<CursorRow>, StorageError> {
    Ok(fold_cursor::table
        .order(fold_cursor::node)
        .select((fold_cursor::node, fold_cursor::seq, fold_cursor::batch))
        .load(conn)?)
}

/// Writes a step down and moves the cursors. `false` if somebody else was first; nothing of the transaction may stay then.
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    seq: i64,
    transfers: i64,
    folded_at: i64,
    ranges: &[RangeRow],
) -> Result<bool, StorageError> {
    let inserted = diesel::insert_into(fold::table)
        .values((fold::seq.eq(seq), fold::transfers.eq(transfers), fold::folded_at.eq(folded_at)))
        .execute(tx.conn());
    match inserted {
        Err(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(false),
        inserted => drop(inserted?),
    }
    for range in ranges {
        diesel::insert_into(fold_range::table).values(range).execute(tx.conn())?;
        let there = fold_cursor::node.eq(range.node).and(fold_cursor::seq.eq(range.after_seq));
        let moved = diesel::update(fold_cursor::table.filter(there))
            .set((fold_cursor::seq.eq(range.through_seq), fold_cursor::batch.eq(range.through_batch)))
            .execute(tx.conn())?;
        if moved == 0 {
            if range.after_seq != 0 {
                return Err(StorageError::Corrupt("fold cursor"));
            }
            diesel::insert_into(fold_cursor::table)
                .values((
                    fold_cursor::node.eq(range.node),
                    fold_cursor::seq.eq(range.through_seq),
                    fold_cursor::batch.eq(range.through_batch),
                ))
                .execute(tx.conn())?;
        }
    }
    Ok(true)
}

/// The step that took a batch; `None` if none has yet.
pub(crate) fn of_batch(conn: &mut Conn, node: i16, batch: i64) -> Result<Option<i64>, StorageError> {
    Ok(fold_range::table
        .filter(fold_range::node.eq(node))
        .filter(fold_range::after_batch.lt(batch).and(fold_range::through_batch.ge(batch)))
        .select(fold_range::fold)
        .first(conn)
        .optional()?)
}

/// The ranges of steps after one and through another, in order.
pub(crate) fn ranges(conn: &mut Conn, after: i64, through: i64) -> Result<Vec<RangeRow>, StorageError> {
    Ok(fold_range::table
        .filter(fold_range::fold.gt(after).and(fold_range::fold.le(through)))
        .order((fold_range::fold, fold_range::node))
        .select((
            fold_range::fold,
            fold_range::node,
            fold_range::after_seq,
            fold_range::after_batch,
            fold_range::through_seq,
            fold_range::through_batch,
        ))
        .load(conn)?)
}

/// Steps after one, a page of them: number and transfers.
pub(crate) fn steps_after(conn: &mut Conn, seq: i64, most: i64) -> Result<Vec<(i64, i64)>, StorageError> {
    Ok(fold::table
        .filter(fold::seq.gt(seq))
        .order(fold::seq)
        .limit(most)
        .select((fold::seq, fold::transfers))
        .load(conn)?)
}

/// The midnight that everything due by the calendar was closed at.
pub(crate) fn cutoff(conn: &mut Conn) -> Result<Option<i64>, StorageError> {
    Ok(cutoff::table.find(1_i16).select(cutoff::closed_at).first(conn).optional()?)
}

/// Sets the first midnight, if there is none yet.
pub(crate) fn begin_cutoff(tx: &mut Tx<'_>, midnight: i64) -> Result<(), StorageError> {
    if cutoff(tx.conn())?.is_none() {
        diesel::insert_into(cutoff::table)
            .values((cutoff::id.eq(1_i16), cutoff::closed_at.eq(midnight)))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Moves the midnight on, if it is still where it was read.
pub(crate) fn move_cutoff(tx: &mut Tx<'_>, from: i64, to: i64) -> Result<(), StorageError> {
    diesel::update(cutoff::table.filter(cutoff::id.eq(1_i16).and(cutoff::closed_at.eq(from))))
        .set(cutoff::closed_at.eq(to))
        .execute(tx.conn())?;
    Ok(())
}
