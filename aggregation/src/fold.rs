//! The fold: the journal's tail, added to one open period for each account, every transfer exactly once.
//!
//! Batches of different writers become visible out of the order of their ids, so a watermark over ids would lose rows. Each
//! writer's own chain is gapless and committed in order: there is one cursor for each of them. A step reads whole batches
//! after the cursors, adds their transfers up in memory, and in one short transaction writes itself down, moves the cursors
//! and changes the periods it touched. Its number is its claim: of several gateways one wins, the others find nothing done.
//!
//! What this module must not do: hold the right to write while it reads or computes (except where others changed a period
//! twice in a row), pass a midnight before what closes there is closed, or keep anything that grows with the journal.

mod ahead;
mod chunk;
mod sums;

use std::collections::BTreeMap;
use std::sync::Arc;

use core_payment::{first_position_at, time_of};
use payment_domain::Timestamp;
use thiserror::Error;

pub(crate) use ahead::Ahead;
pub(crate) use chunk::of_ranges;
pub(crate) use sums::{Accounts, Deltas, sum};

use crate::period::{Book, Period};
use crate::storage::credit::CreditRow;
use crate::storage::fold::RangeRow;
use crate::storage::period::{Change, PeriodRow};
use crate::storage::tile::TileRow;
use crate::storage::{self, Conn, Readers, StorageError, Tx, transaction};
use crate::tally::{Delta, Overflow, Tile};
use crate::terms::Terms;
use chunk::Standing;

/// How often a step is written with the periods locked before it is given up.
const LOCKED_ATTEMPTS: u32 = 5;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There was nothing to take.
    Done,
    /// It stands at a midnight that has come and that nothing was closed at yet.
    AtMidnight(Timestamp),
    /// Some transfers were added.
    Folded {
        /// The number of the step.
        seq: i64,
        /// How many transfers.
        transfers: u64,
        /// How many periods they changed.
        periods: u64,
    },
    /// Another gateway was first; try again.
    Lost,
}

/// Why a step was not taken. Nothing of it was kept.
#[derive(Debug, Error)]
pub enum FoldError {
    /// The database.
    #[error("the fold cannot read or write: {0}")]
    Storage(String),
    /// A sum leaves the range of amounts.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A row makes no sense.
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
}

impl From<StorageError> for FoldError {
    fn from(error: StorageError) -> Self {
        Self::Storage(storage::chain(&error))
    }
}

/// How much one step takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Of the day that is not over, batches before this position only.
    pub(crate) before: i64,
    /// Transfers, give or take a batch.
    pub(crate) most: u32,
}

/// What a fold keeps from one step to the next.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) accounts: Accounts,
    pub(crate) ahead: Option<Ahead>,
}

/// Takes one step. With connections for it, what follows a full step is read meanwhile.
pub(crate) fn step(
    conn: &mut Conn,
    kept: &mut Kept,
    terms: &Terms,
    now: Timestamp,
    Wanted { before, most }: Wanted,
    readers: Option<&Arc<Readers>>,
) -> Result<Step, FoldError> {
    let ahead = kept.ahead.take();
    let standing = Standing::read(conn)?;
    let stored = storage::fold::cutoff(conn)?;
    let cutoff = match stored {
        Some(stored) => Timestamp::from_millis(stored).map_err(|_| FoldError::Corrupt("cutoff"))?,
        // Nothing was ever folded: the first day is that of the first batch.
        None => match chunk::first(conn)? {
            Some(first) => terms.zone.midnight(time_of(first)),
            None => return Ok(Step::Done),
        },
    };
    let midnight = terms.zone.next_midnight(cutoff);
    let end = first_position_at(midnight);
    let end = if midnight <= now { end } else { end.min(before) };
    let Some(chunk) = ahead::next(conn, ahead, &standing, (end, most))? else {
        return Ok(if midnight <= now { Step::AtMidnight(midnight) } else { Step::Done });
    };
    let is_full = u32::try_from(chunk.transfers.len()).is_ok_and(|count| count >= most / 2);
    if let Some(readers) = readers.filter(|_| is_full) {
        let readers = Arc::clone(readers);
        kept.ahead = Ahead::begin(standing.with(&chunk), (end, most), move || readers.conn().ok());
    }
    let accounts = &mut kept.accounts;
    let deltas = sum(conn, accounts, &chunk.transfers)?;
    let plan = Plan {
        seq: standing.next(),
        transfers: i64::try_from(chunk.transfers.len()).unwrap_or(i64::MAX),
        ranges: chunk.ranges,
        first_midnight: stored.is_none().then_some(cutoff),
        now,
    };
    write(conn, accounts, &plan, &deltas)
}

/// What a step writes besides periods.
struct Plan {
    seq: i64,
    transfers: i64,
    ranges: Vec<RangeRow>,
    first_midnight: Option<Timestamp>,
    now: Timestamp,
}

/// How a transaction ended.
enum Written {
    Kept,
    /// Another gateway took the step.
    Lost,
    /// A period was closed or changed meanwhile.
    Changed,
}

fn write(conn: &mut Conn, accounts: &Accounts, plan: &Plan, deltas: &Deltas) -> Result<Step, FoldError> {
    let touched: Vec<i64> = deltas.accounts.keys().copied().collect();
    let rows = storage::period::open_of(conn, touched.clone())?;
    let periods = add(rows, plan.seq, accounts, deltas)?;
    let mut written = attempt(conn, plan, |_| Ok(periods))?;
    // Whoever closes periods may do so faster than this adds up: now with the rows locked, so that it ends. Not always at
    // once: PostgreSQL, when it waited for a row that was closed, sees neither that nor the one that was opened after it.
    for _ in 0..LOCKED_ATTEMPTS {
        if !matches!(written, Written::Changed) {
            break;
        }
        written = attempt(conn, plan, |tx| {
            add(storage::period::lock_open_of(tx, touched.clone())?, plan.seq, accounts, deltas)
        })?;
    }
    match written {
        Written::Kept => Ok(Step::Folded {
            seq: plan.seq,
            transfers: plan.transfers.unsigned_abs(),
            periods: u64::try_from(deltas.accounts.len()).unwrap_or(u64::MAX),
        }),
        Written::Lost => Ok(Step::Lost),
        Written::Changed => Err(FoldError::Corrupt("locked period")),
    }
}

/// One transaction: the step, its ranges, the cursors, the periods.
fn attempt(
    conn: &mut Conn,
    plan: &Plan,
    periods: impl FnOnce(&mut Tx<'_>) -> Result<Added, FoldError>,
) -> Result<Written, FoldError> {
    let mut ended = Ok(Written::Kept);
    let outcome = transaction(conn, |tx| {
        ended = keep(tx, plan, periods);
        match ended {
            Ok(Written::Kept) => Ok(()),
            // Anything else is rolled back.
            _ => Err(StorageError::Corrupt("step")),
        }
    });
    match (ended, outcome) {
        // The commit itself failed.
        (Ok(Written::Kept), Err(error)) => Err(error.into()),
        (ended, _) => ended,
    }
}

fn keep(
    tx: &mut Tx<'_>,
    plan: &Plan,
    periods: impl FnOnce(&mut Tx<'_>) -> Result<Added, FoldError>,
) -> Result<Written, FoldError> {
    let at = plan.now.as_millis();
    if !storage::fold::advance(tx, plan.seq, plan.transfers, at, &plan.ranges)? {
        return Ok(Written::Lost);
    }
    if let Some(midnight) = plan.first_midnight {
        storage::fold::begin_cutoff(tx, midnight.as_millis())?;
    }
    let added = periods(tx)?;
    if !storage::period::change(tx, added.changed)? {
        return Ok(Written::Changed);
    }
    if !storage::period::insert(tx, &added.opened)? {
        return Ok(Written::Changed);
    }
    storage::tile::insert(tx, &added.tiles)?;
    storage::credit::insert(tx, &added.credits)?;
    Ok(Written::Kept)
}

/// Periods with a step's transfers added.
struct Added {
    changed: Vec<Change>,
    opened: Vec<PeriodRow>,
    tiles: Vec<TileRow>,
    credits: Vec<CreditRow>,
}

fn add(rows: Vec<PeriodRow>, fold: i64, accounts: &Accounts, deltas: &Deltas) -> Result<Added, FoldError> {
    let mut open = BTreeMap::new();
    for row in rows {
        open.insert(row.account, row.read().ok_or(FoldError::Corrupt("period"))?);
    }
    let mut added = Added {
        changed: Vec::with_capacity(deltas.accounts.len()),
        opened: Vec::new(),
        tiles: Vec::new(),
        credits: Vec::new(),
    };
    let mut seqs = BTreeMap::new();
    for (account, delta) in &deltas.accounts {
        let known = open.remove(account);
        let fresh = known.is_none();
        let mut period = match known {
            Some(period) => period,
            None => first(*account, accounts, delta)?,
        };
        let tiles = apply(&mut period, delta)?;
        added.tiles.extend(tiles.into_iter().map(|tile| tile.row(&period, fold)));
        seqs.insert(*account, period.seq);
        if fresh {
            added.opened.push(PeriodRow::open(&period).ok_or(Overflow)?);
            continue;
        }
        added.changed.push(Change {
            account: *account,
            seq: period.seq,
            version: period.version,
            span: period.span,
            standing: period.standing()?,
            tally: storage::period::body(&period),
        });
    }
    added.credits = deltas
        .credits
        .iter()
        .map(|credit| credit.row(seqs.get(&credit.account).copied().unwrap_or_default()))
        .collect();
    Ok(added)
}

/// The first period of an account begins with its first transfer.
fn first(account: i64, accounts: &Accounts, delta: &Delta) -> Result<Period, FoldError> {
    let facts = accounts.of(account).ok_or(FoldError::Corrupt("account"))?;
    let begun = delta.begun.ok_or(FoldError::Corrupt("account"))?;
    Ok(Period::first(account, facts.book, facts.owner, facts.currency, time_of(begun).as_millis()))
}

/// Adds transfers to a period. Returns the tiles that they complete.
pub(crate) fn apply(period: &mut Period, delta: &Delta) -> Result<Vec<Tile>, Overflow> {
    let tiles = period.tally.apply(delta)?;
    if let Some((first, last)) = delta.span {
        let (begun, ended) = period.span.unwrap_or((first, last));
        period.span = Some((begun.min(first), ended.max(last)));
    }
    Ok(tiles)
}

impl Tile {
    /// As it is stored, completed in a step.
    pub(crate) fn row(&self, period: &Period, fold: i64) -> TileRow {
        TileRow {
            account: period.account,
            seq: period.seq,
            number: i64::try_from(self.number).unwrap_or(i64::MAX),
            fold,
            last: self.last,
            hash: self.hash.as_bytes().to_vec(),
        }
    }
}

impl sums::Credit {
    /// As it is stored, in a period of this number.
    pub(crate) fn row(&self, seq: i64) -> CreditRow {
        CreditRow {
            transfer: self.transfer,
            account: self.account,
            seq,
            payment: self.payment,
            micros: self.micros,
            kind: self.kind.as_str().to_owned(),
            state: "new".to_owned(),
            bill: None,
            position: None,
        }
    }
}

/// Whether refunds to an account may need a credit note.
pub(crate) const fn is_billed(book: Book) -> bool {
    matches!(book, Book::Postpaid)
}
