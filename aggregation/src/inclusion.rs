//! The proof that a payment is in a closed period's document: found again from the journal, checked against what was signed.

use core_payment::{batch_of, node_of};
use payment_domain::{InclusionProof, LedgerPosition, Money, Timestamp};
use payment_message::inclusion::leaf;
use thiserror::Error;

use crate::aggregation::Aggregation;
use crate::fold::{Accounts, FoldError, of_ranges, sum};
use crate::merkle::Path;
use crate::period::Book;
use crate::storage::fold::RangeRow;
use crate::storage::period::PeriodRow;
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
        prove(conn, &period, payment, now)
    }
}

fn prove(
    conn: &mut Conn,
    row: &PeriodRow,
    payment: LedgerPosition,
    now: Timestamp,
) -> Result<InclusionProof, InclusionError> {
    let period = row.read().ok_or(FoldError::Corrupt("period"))?;
    let (Some(closed_fold), Some(position)) = (row.closed_fold, row.position) else {
        return Err(InclusionError::NotYet);
    };
    let leaves = match period.book {
        Book::Prepaid | Book::Postpaid => of_consumer(conn, row, closed_fold)?,
        Book::Merchant => of_merchant(conn, row, closed_fold)?,
    };
    let found = leaves.iter().enumerate().find(|(_, leaf)| leaf.position == payment.value());
    let (place, found) = found.ok_or(InclusionError::Contradiction)?;
    let index = u64::try_from(place).map_err(|_| InclusionError::Contradiction)?;
    let mut path = Path::of(index);
    leaves.iter().for_each(|leaf| path.push(leaf.hash));
    let (path, root) = path.end().ok_or(InclusionError::Contradiction)?;
    let count = period.tally.peaks.count();
    let expected = u64::try_from(leaves.len()).map_err(|_| InclusionError::Contradiction)?;
    if root != period.tally.peaks.root() || count != expected {
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

/// A consumer's payments by index, in the order of the folds that took them.
fn of_consumer(conn: &mut Conn, row: &PeriodRow, closed_fold: i64) -> Result<Vec<Leaf>, InclusionError> {
    let period = row.read().ok_or(FoldError::Corrupt("period"))?;
    let (first, last) = period.span.ok_or(InclusionError::Contradiction)?;
    // A payment's transfer stands in the payment's own batch.
    let until = batch_of(last).saturating_add(BATCH_ROWS);
    let ranges = storage::fold::ranges(conn, row.opened_fold, closed_fold)?;
    let mut paid: Vec<(i64, i64, i64)> = Vec::new();
    for (position, micros) in storage::journal::leaves(conn, row.account, batch_of(first), until)? {
        let Some(fold) = fold_of(&ranges, position) else { continue };
        match paid.last_mut() {
            // A payment of several legs is one leaf.
            Some((_, same, sum)) if *same == position => *sum = sum.saturating_add(micros),
            _ => paid.push((fold, position, micros)),
        }
    }
    paid.sort_unstable();
    let leaf =
        |(_, position, micros)| Leaf { position, micros, hash: leaf(position, micros, period.currency) };
    Ok(paid.into_iter().map(leaf).collect())
}

fn fold_of(ranges: &[RangeRow], position: i64) -> Option<i64> {
    let (node, batch) = (node_of(position), batch_of(position));
    let took =
        |range: &&RangeRow| range.node == node && range.after_batch < batch && batch <= range.through_batch;
    ranges.iter().find(took).map(|range| range.fold)
}

/// A merchant's sales, from the journal as the fold read it.
fn of_merchant(conn: &mut Conn, row: &PeriodRow, closed_fold: i64) -> Result<Vec<Leaf>, InclusionError> {
    let mut accounts = Accounts::default();
    let mut leaves = Vec::new();
    let ranges = storage::fold::ranges(conn, row.opened_fold, closed_fold)?;
    for step in ranges.chunk_by(|one, next| one.fold == next.fold) {
        let transfers = of_ranges(conn, step)?;
        let deltas = sum(conn, &mut accounts, &transfers)?;
        leaves.extend(deltas.accounts.get(&row.account).into_iter().flat_map(|delta| &delta.leaves));
    }
    Ok(leaves)
}
