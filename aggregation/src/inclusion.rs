//! The proof that a payment is in a closed period's document: found again from the journal, checked against what was signed.
//!
//! The fold keeps the root of every complete tree of [`TILE`] payments. Only the payments that stand with the one in question
//! are read from the journal, however many its period has; a tile or a transfer that was changed does not lead to the root.

use core_payment::{batch_of, node_of};
use payment_domain::{Digest, InclusionProof, LedgerPosition, Money, Timestamp};
use payment_message::inclusion::leaf;
use thiserror::Error;

use crate::aggregation::Aggregation;
use crate::fold::{Accounts, FoldError, of_ranges, sum};
use crate::merkle::{Path, TILE, TILE_HEIGHT};
use crate::period::{Book, Period};
use crate::storage::fold::RangeRow;
use crate::storage::period::PeriodRow;
use crate::storage::tile::TileRow;
use crate::storage::{self, Conn, StorageError};
use crate::tally::Leaf;

/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum InclusionError {
    /// No payment stands at this position.
    #[error("no payment that was accepted stands at this position")]
    Unknown,
    /// Its period is open.
    #[error("the payment is in no bill, statement or payout advice yet")]
    NotYet,
    /// It was not paid from an account, so that no bill lists it.
    #[error("the payment was paid through an external system: it is in no bill of its consumer")]
    External,
    /// The journal does not lead to the root that was signed.
    #[error("the journal does not lead to the root that was signed")]
    Contradiction,
    /// The database.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

impl From<StorageError> for InclusionError {
    fn from(error: StorageError) -> Self {
        Self::Fold(error.into())
    }
}

/// For whom a proof is: the same payment is a leaf of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In the consumer's bill or statement.
    Consumer,
    /// In the merchant's payout advice.
    Merchant,
}

impl Aggregation {
    /// The proof that a payment, named by the position in its receipt, is in the document of its period. Blocks while it
    /// reads.
    ///
    /// # Errors
    /// [`InclusionError`].
    pub fn inclusion_proof(
        &self,
        payment: LedgerPosition,
        side: Side,
        now: Timestamp,
    ) -> Result<InclusionProof, InclusionError> {
        let mut conn = self.conn()?;
        let conn = &mut conn;
        let paid = storage::journal::payment_with_receipt(conn, payment.value())?;
        let paid = paid.filter(|paid| paid.state == "accepted").ok_or(InclusionError::Unknown)?;
        let account = match side {
            Side::Consumer if paid.mode != "aggregated" => return Err(InclusionError::External),
            Side::Consumer => paid.consumer_account,
            Side::Merchant => paid.merchant_account,
        };
        // A single payment's transfer stands where it was settled.
        let at = paid.settled_at.unwrap_or(paid.id);
        let fold = storage::fold::of_batch(conn, node_of(at), batch_of(at))?.ok_or(InclusionError::NotYet)?;
        let period = storage::period::closed_with_fold(conn, account, fold)?.ok_or(InclusionError::NotYet)?;
        prove(conn, &period, (fold, payment), now)
    }
}

/// Where a leaf stands: the step that took it, and its position.
type Stand = (i64, i64);

fn prove(
    conn: &mut Conn,
    row: &PeriodRow,
    (fold, payment): (i64, LedgerPosition),
    now: Timestamp,
) -> Result<InclusionProof, InclusionError> {
    let period = row.read().ok_or(FoldError::Corrupt("period"))?;
    let (Some(closed_fold), Some(position)) = (row.closed_fold, row.position) else {
        return Err(InclusionError::NotYet);
    };
    let (count, peaks) = (period.tally.peaks.count(), &period.tally.peaks);
    let mut tiles = storage::tile::of_period(conn, row.account, row.seq)?;
    // Of a period that began before tiles were kept, all payments are read.
    if u64::try_from(tiles.len()).ok() != Some(count / TILE) {
        tiles.clear();
    }
    let run = match period.book {
        Book::Prepaid | Book::Postpaid => Run::of_consumer(&tiles, (fold, payment.value())),
        Book::Merchant => Run::of_merchant(&tiles, fold),
    };
    let after = run.first.checked_sub(1).and_then(|before| tiles.get(before)).map(stand);
    let through = tiles.get(run.last).map(stand);
    let within = Within {
        after,
        through,
        ranges: storage::fold::ranges(
            conn,
            after.map_or(row.opened_fold, |(fold, _)| fold.saturating_sub(1)),
            through.map_or(closed_fold, |(fold, _)| fold),
        )?,
    };
    let read = match period.book {
        Book::Prepaid | Book::Postpaid => of_consumer(conn, &period, &within)?,
        Book::Merchant => of_merchant(conn, row.account, &within)?,
    };
    let leaves = within.trim(&read).ok_or(InclusionError::Contradiction)?;
    let found = leaves.iter().enumerate().find(|(_, (_, leaf))| leaf.position == payment.value());
    let (place, (_, found)) = found.ok_or(InclusionError::Contradiction)?;
    let number = |number: usize| u64::try_from(number).map_err(|_| InclusionError::Contradiction);
    let index = number(run.first)?.saturating_mul(TILE).saturating_add(number(place)?);
    let mut path = Path::of(index);
    let whole = |tile: &TileRow| Digest::from_slice(&tile.hash).map_err(|_| FoldError::Corrupt("tile"));
    for tile in tiles.iter().take(run.first) {
        path.push_tree(TILE_HEIGHT, whole(tile)?);
    }
    leaves.iter().for_each(|(_, leaf)| path.push(leaf.hash));
    for tile in tiles.iter().skip(run.last.saturating_add(1)) {
        path.push_tree(TILE_HEIGHT, whole(tile)?);
    }
    if through.is_some() {
        peaks.tail().for_each(|(height, tree)| path.push_tree(height, tree));
    }
    let passed = path.count();
    let (path, root) = path.end().ok_or(InclusionError::Contradiction)?;
    if root != peaks.root() || count != passed {
        return Err(InclusionError::Contradiction);
    }
    Ok(InclusionProof {
        bill: LedgerPosition::new(position).map_err(|_| FoldError::Corrupt("period"))?,
        payment,
        amount: Money::from_micros(found.micros, period.currency),
        index,
        count,
        path,
        root,
        proved_at: now,
    })
}

const fn stand(tile: &TileRow) -> Stand {
    (tile.fold, tile.last)
}

/// The tiles that a payment may be in, by number; the one behind the last is what is not complete.
struct Run {
    first: usize,
    last: usize,
}

impl Run {
    /// A consumer's payments stand in the order of their positions in each step.
    fn of_consumer(tiles: &[TileRow], payment: Stand) -> Self {
        let tile = tiles.partition_point(|tile| stand(tile) < payment);
        Self { first: tile, last: tile }
    }

    /// A merchant's sales stand in the order of their transfers: any tile that has some of the step may have it.
    fn of_merchant(tiles: &[TileRow], fold: i64) -> Self {
        Self {
            first: tiles.partition_point(|tile| tile.fold < fold),
            last: tiles.partition_point(|tile| tile.fold <= fold),
        }
    }
}

/// What is read: the leaves after one through another.
struct Within {
    after: Option<Stand>,
    through: Option<Stand>,
    /// The ranges of the steps that took them.
    ranges: Vec<RangeRow>,
}

impl Within {
    /// Positions that these leaves are between, if they are a consumer's.
    fn positions(&self) -> (i64, i64) {
        let end = |batch: i64| batch.saturating_add(BATCH_ROWS);
        let later = self.ranges.iter().filter(|range| self.after.is_none_or(|(fold, _)| range.fold > fold));
        let earlier =
            self.ranges.iter().filter(|range| self.through.is_none_or(|(fold, _)| range.fold < fold));
        let from = later.map(|range| end(range.after_batch));
        let until = earlier.map(|range| end(range.through_batch));
        (
            from.chain(self.after.map(|(_, last)| last.saturating_add(1))).min().unwrap_or_default(),
            until.chain(self.through.map(|(_, last)| last.saturating_add(1))).max().unwrap_or_default(),
        )
    }

    /// Those of what was read of their steps; `None` if an end is not there.
    fn trim<'r>(&self, read: &'r [(i64, Leaf)]) -> Option<&'r [(i64, Leaf)]> {
        let behind = |stands: Stand| {
            let place = read.iter().position(|(fold, leaf)| (*fold, leaf.position) == stands)?;
            place.checked_add(1)
        };
        let from = self.after.map_or(Some(0), behind)?;
        let until = self.through.map_or(Some(read.len()), behind)?;
        read.get(from..until)
    }
}

/// A consumer's payments by index, in the order of the steps that took them.
fn of_consumer(
    conn: &mut Conn,
    period: &Period,
    within: &Within,
) -> Result<Vec<(i64, Leaf)>, InclusionError> {
    let (first, last) = period.span.ok_or(InclusionError::Contradiction)?;
    let (from, until) = within.positions();
    // The leaf before is read, too: it is where they begin. A payment's transfer stands in the payment's own batch.
    let from = from.saturating_sub(1).max(batch_of(first));
    let until = until.min(batch_of(last).saturating_add(BATCH_ROWS));
    let mut paid: Vec<(i64, i64, i64)> = Vec::new();
    for (position, micros) in storage::journal::leaves(conn, period.account, from, until)? {
        let Some(fold) = fold_of(&within.ranges, position) else { continue };
        match paid.last_mut() {
            // A payment of several legs is one leaf.
            Some((_, same, sum)) if *same == position => *sum = sum.saturating_add(micros),
            _ => paid.push((fold, position, micros)),
        }
    }
    paid.sort_unstable();
    let leaf = |(fold, position, micros)| {
        (fold, Leaf { position, micros, hash: leaf(position, micros, period.currency) })
    };
    Ok(paid.into_iter().map(leaf).collect())
}

fn fold_of(ranges: &[RangeRow], position: i64) -> Option<i64> {
    let (node, batch) = (node_of(position), batch_of(position));
    let took =
        |range: &&RangeRow| range.node == node && range.after_batch < batch && batch <= range.through_batch;
    ranges.iter().find(took).map(|range| range.fold)
}

/// A merchant's sales, from the journal as the fold read it.
fn of_merchant(conn: &mut Conn, account: i64, within: &Within) -> Result<Vec<(i64, Leaf)>, InclusionError> {
    let mut accounts = Accounts::default();
    let mut leaves = Vec::new();
    for step in within.ranges.chunk_by(|one, next| one.fold == next.fold) {
        let fold = step.first().map_or(0, |range| range.fold);
        let transfers = of_ranges(conn, step)?;
        let deltas = sum(conn, &mut accounts, &transfers)?;
        let sold = deltas.accounts.get(&account).into_iter().flat_map(|delta| &delta.leaves);
        leaves.extend(sold.map(|leaf| (fold, *leaf)));
    }
    Ok(leaves)
}
