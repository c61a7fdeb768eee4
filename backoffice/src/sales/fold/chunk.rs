//! What a step takes: whole batches of every writer, at most so many rows of a kind, give or take a batch.

use std::collections::{BTreeMap, BTreeSet};

use core_payment::{batch_of, node_of};

use super::FoldError;
use crate::storage::sales::fold::{self, CursorRow};
use crate::storage::sales::journal::{self, About, BackRow, BatchRef, PaymentRow, Span};
use crate::storage::{Conn, StorageError};

/// Reads what happened to payments in a span.
type Source = fn(&mut Conn, Span) -> Result<Vec<About>, StorageError>;

/// Batches of one writer that are looked at in one step.
const MOST_BATCHES: i64 = 256;
/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// The batches of one writer that a step takes: those after one and through another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    node: i16,
    after_batch: i64,
    through_seq: i64,
    through_batch: i64,
}

impl Range {
    /// Where the cursor stands afterwards.
    pub(super) const fn end(&self) -> CursorRow {
        CursorRow { node: self.node, seq: self.through_seq, batch: self.through_batch }
    }

    fn covers(&self, position: i64) -> bool {
        let (batch, node) = (batch_of(position), node_of(position));
        self.node == node && self.after_batch < batch && batch <= self.through_batch
    }
}

/// What a step is about.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) ranges: Vec<Range>,
    /// Payments that were ordered.
    pub(super) payments: Vec<PaymentRow>,
    /// Payments that something happened to.
    pub(super) touched: BTreeSet<i64>,
    /// Transfers that gave money back.
    pub(super) back: Vec<BackRow>,
    /// Evidence of refused orders.
    pub(super) refused: Vec<i64>,
}

impl Chunk {
    /// Whether a position is in one of its batches.
    pub(super) fn covers(&self, position: i64) -> bool {
        self.ranges.iter().any(|range| range.covers(position))
    }
}

/// What no step has taken; `None` if there is no such batch.
pub(super) fn next(conn: &mut Conn, most: i64) -> Result<Option<Chunk>, FoldError> {
    let cursors = everybody(conn)?;
    let mut batches = Vec::new();
    for cursor in cursors {
        let new = journal::batches_after(conn, cursor.node, cursor.seq, MOST_BATCHES)?;
        batches.extend(new.into_iter().map(|batch| (batch, cursor)));
    }
    batches.sort_unstable_by_key(|(batch, _)| batch.id);
    let (Some((first, _)), Some((last, _))) = (batches.first().copied(), batches.last().copied()) else {
        return Ok(None);
    };
    let listed = ranges(&batches);
    let until = last.id.saturating_add(BATCH_ROWS);
    let mut taking = Taking { listed: &listed, from: first.id, until, most };
    let payments = taking.take(conn, journal::payments, |row| row.id)?;
    let back = taking.take(conn, journal::back, |row| row.transfer)?;
    let refused = taking.take(conn, journal::refused, |id| *id)?;
    let sources: [Source; 4] = [journal::begun, journal::ended, journal::opened, journal::decided];
    let mut about = Vec::new();
    for source in sources {
        about.extend(taking.take(conn, source, |row| row.position)?);
    }
    let until = taking.until;
    // What was taken before a later kind of row shortened the step waits for the next one.
    batches.retain(|(batch, _)| batch.id < until);
    let touched = about.iter().filter(|row| row.position < until).map(|row| row.payment);
    let given_back = back.iter().filter(|row| row.transfer < until).map(|row| row.payment);
    Ok(Some(Chunk {
        ranges: ranges(&batches),
        touched: touched.chain(given_back).collect(),
        payments: payments.into_iter().filter(|row| row.id < until).collect(),
        back: back.into_iter().filter(|row| row.transfer < until).collect(),
        refused: refused.into_iter().filter(|id| *id < until).collect(),
    }))
}

/// Cursors, also of writers that nothing was folded of yet.
fn everybody(conn: &mut Conn) -> Result<Vec<CursorRow>, StorageError> {
    let mut everybody: BTreeMap<i16, CursorRow> =
        fold::cursors(conn)?.into_iter().map(|cursor| (cursor.node, cursor)).collect();
    for node in journal::nodes(conn)? {
        everybody.entry(node).or_insert(CursorRow { node, seq: 0, batch: 0 });
    }
    Ok(everybody.into_values().collect())
}

/// One range a writer: from its cursor through the last of these batches.
fn ranges(batches: &[(BatchRef, CursorRow)]) -> Vec<Range> {
    let mut ranges: BTreeMap<i16, Range> = BTreeMap::new();
    for (batch, cursor) in batches {
        let range = ranges.entry(batch.node).or_insert(Range {
            node: batch.node,
            after_batch: cursor.batch,
            through_seq: batch.seq,
            through_batch: batch.id,
        });
        range.through_seq = range.through_seq.max(batch.seq);
        range.through_batch = range.through_batch.max(batch.id);
    }
    ranges.into_values().collect()
}

/// Rows of one kind after another; each may shorten the step for those that follow.
struct Taking<'t> {
    listed: &'t [Range],
    from: i64,
    until: i64,
    most: i64,
}

impl Taking<'_> {
    /// Whether a position is in one of the ranges: a batch of another range may stand between, seen or not.
    fn covers(&self, position: i64) -> bool {
        self.listed.iter().any(|range| range.covers(position))
    }

    /// Reads rows until there are enough, never a part of a batch.
    fn take<T>(
        &mut self,
        conn: &mut Conn,
        read: impl Fn(&mut Conn, Span) -> Result<Vec<T>, StorageError>,
        at: impl Fn(&T) -> i64,
    ) -> Result<Vec<T>, StorageError> {
        let mut taken: Vec<T> = Vec::new();
        let Self { mut from, until, most, .. } = *self;
        let enough = |rows: usize| i64::try_from(rows).is_ok_and(|rows| rows >= most);
        loop {
            let page = read(conn, Span { from, until, most })?;
            let full = enough(page.len());
            let last = page.last().map(&at);
            taken.extend(page.into_iter().filter(|row| self.covers(at(row))));
            let Some(last) = last.filter(|_| full) else { return Ok(taken) };
            if !enough(taken.len()) {
                from = last.saturating_add(1);
                continue;
            }
            // The page may have ended within a batch: that batch waits for the next step, unless it is all there is.
            let begun = batch_of(last);
            if taken.iter().any(|row| at(row) < begun) {
                taken.retain(|row| at(row) < begun);
                self.until = begun;
                return Ok(taken);
            }
            let end = begun.saturating_add(BATCH_ROWS).min(until);
            let rest = read(conn, Span { from: last.saturating_add(1), until: end, most: BATCH_ROWS })?;
            taken.extend(rest.into_iter().filter(|row| self.covers(at(row))));
            self.until = end;
            return Ok(taken);
        }
    }
}
