//! What a step takes: whole batches of every writer, at most so many transfers, in the order of their ids.

use std::collections::BTreeMap;

use core_payment::{batch_of, node_of};

use crate::fold::FoldError;
use crate::storage::fold::{CursorRow, RangeRow};
use crate::storage::journal::{BatchRef, Transfer};
use crate::storage::{self, Conn};

/// Batches of one writer that are looked at in one step: of a busy writer those of 50,000 transfers and more.
const MOST_BATCHES: i64 = 2048;
/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// The transfers of a step.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) ranges: Vec<RangeRow>,
    pub(crate) transfers: Vec<Transfer>,
}

/// Where a fold stands: its last step, and how far each writer's batches are folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    fold: i64,
    cursors: Vec<CursorRow>,
}

impl Standing {
    /// Where it stands now.
    pub(crate) fn read(conn: &mut Conn) -> Result<Self, FoldError> {
        Ok(Self { fold: storage::fold::last(conn)?, cursors: storage::fold::cursors(conn)? })
    }

    /// The number of the next step.
    pub(crate) const fn next(&self) -> i64 {
        self.fold.saturating_add(1)
    }

    /// Where it will stand when a chunk is folded.
    pub(crate) fn with(&self, chunk: &Chunk) -> Self {
        let mut cursors: BTreeMap<i16, CursorRow> =
            self.cursors.iter().map(|cursor| (cursor.node, *cursor)).collect();
        for range in &chunk.ranges {
            let end = CursorRow { node: range.node, seq: range.through_seq, batch: range.through_batch };
            cursors.insert(range.node, end);
        }
        Self { fold: self.next(), cursors: cursors.into_values().collect() }
    }
}

/// The next transfers after where a fold stands, of batches before a position; `None` if there are no such batches.
pub(crate) fn after(
    conn: &mut Conn,
    at: &Standing,
    before: i64,
    most: u32,
) -> Result<Option<Chunk>, FoldError> {
    let fold = at.next();
    let mut batches = Vec::new();
    for cursor in everybody(conn, at.cursors.clone())? {
        let new = storage::journal::batches_after(conn, cursor.node, cursor.seq, before, MOST_BATCHES)?;
        batches.extend(new.into_iter().map(|batch| (batch, cursor)));
    }
    batches.sort_unstable_by_key(|(batch, _)| batch.id);
    let (Some((first, _)), Some((last, _))) = (batches.first().copied(), batches.last().copied()) else {
        return Ok(None);
    };
    let listed = ranges(fold, &batches);
    let until = last.id.saturating_add(BATCH_ROWS);
    let (transfers, taken) = take(conn, &listed, (first.id, until), i64::from(most.max(1)))?;
    batches.retain(|(batch, _)| batch.id < taken);
    Ok(Some(Chunk { ranges: ranges(fold, &batches), transfers }))
}

/// The first batch that no step has taken.
pub(crate) fn first(conn: &mut Conn) -> Result<Option<i64>, FoldError> {
    let cursors = storage::fold::cursors(conn)?;
    let mut first = None;
    for cursor in everybody(conn, cursors)? {
        let next = storage::journal::batches_after(conn, cursor.node, cursor.seq, i64::MAX, 1)?;
        first = next.first().map(|batch| batch.id).into_iter().chain(first).min();
    }
    Ok(first)
}

/// Cursors, also of writers that nothing was folded of yet.
fn everybody(conn: &mut Conn, cursors: Vec<CursorRow>) -> Result<Vec<CursorRow>, FoldError> {
    let mut everybody: BTreeMap<i16, CursorRow> =
        cursors.into_iter().map(|cursor| (cursor.node, cursor)).collect();
    for node in storage::journal::nodes(conn)? {
        everybody.entry(node).or_insert(CursorRow { node, seq: 0, batch: 0 });
    }
    Ok(everybody.into_values().collect())
}

/// One range a writer: from its cursor through the last of these batches.
fn ranges(fold: i64, batches: &[(BatchRef, CursorRow)]) -> Vec<RangeRow> {
    let mut ranges: BTreeMap<i16, RangeRow> = BTreeMap::new();
    for (batch, cursor) in batches {
        let range = ranges.entry(batch.node).or_insert(RangeRow {
            fold,
            node: batch.node,
            after_seq: cursor.seq,
            after_batch: cursor.batch,
            through_seq: batch.seq,
            through_batch: batch.id,
        });
        range.through_seq = range.through_seq.max(batch.seq);
        range.through_batch = range.through_batch.max(batch.id);
    }
    ranges.into_values().collect()
}

/// Whether a position is in one of these ranges: a batch of another range may stand between, seen or not.
fn covers(ranges: &[RangeRow], position: i64) -> bool {
    let (batch, node) = (batch_of(position), node_of(position));
    ranges.iter().any(|range| range.node == node && range.after_batch < batch && batch <= range.through_batch)
}

/// Reads transfers of these ranges until there are enough, never a part of a batch. Returns them and the position before
/// which every batch was taken.
fn take(
    conn: &mut Conn,
    listed: &[RangeRow],
    (from, until): (i64, i64),
    most: i64,
) -> Result<(Vec<Transfer>, i64), FoldError> {
    let mut taken: Vec<Transfer> = Vec::new();
    let mut from = from;
    loop {
        let page = storage::journal::transfers(conn, from, until, most)?;
        let full = i64::try_from(page.len()).is_ok_and(|count| count >= most);
        let last = page.last().map(|transfer| transfer.id);
        taken.extend(page.into_iter().filter(|transfer| covers(listed, transfer.id)));
        let Some(last) = last.filter(|_| full) else { return Ok((taken, until)) };
        let begun = batch_of(last);
        if i64::try_from(taken.len()).is_ok_and(|count| count < most) {
            from = last.saturating_add(1);
            continue;
        }
        // The page may have ended within a batch: that batch waits for the next step, unless it is all there is.
        if taken.iter().any(|transfer| transfer.id < begun) {
            taken.retain(|transfer| transfer.id < begun);
            return Ok((taken, begun));
        }
        let end = begun.saturating_add(BATCH_ROWS);
        let rest = storage::journal::transfers(conn, last.saturating_add(1), end, BATCH_ROWS)?;
        taken.extend(rest.into_iter().filter(|transfer| covers(listed, transfer.id)));
        return Ok((taken, end));
    }
}

/// The transfers of a step that was taken before, as it took them.
pub(crate) fn of_ranges(conn: &mut Conn, ranges: &[RangeRow]) -> Result<Vec<Transfer>, FoldError> {
    let mut from = i64::MAX;
    let mut until = 0;
    for range in ranges {
        let after = range.after_seq;
        let first = storage::journal::batches_after(conn, range.node, after, i64::MAX, 1)?;
        let first = first.first().ok_or(FoldError::Corrupt("range of a fold"))?;
        from = from.min(first.id);
        until = until.max(range.through_batch.saturating_add(BATCH_ROWS));
    }
    let mut taken = Vec::new();
    while from < until {
        let page = storage::journal::transfers(conn, from, until, BATCH_ROWS)?;
        let Some(last) = page.last() else { break };
        from = last.id.saturating_add(1);
        taken.extend(page.into_iter().filter(|transfer| covers(ranges, transfer.id)));
    }
    Ok(taken)
}
