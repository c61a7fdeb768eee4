//! The audit of what was billed and paid out: the same fold from zero, compared with every row and every signed document.
//!
//! It checks that each transfer is in exactly one step of the fold, that every period holds just what its steps say, that
//! documents say what the periods do and nothing was lost between one and the next, and that what was collected, paid out and
//! kept is what was announced. It reads one snapshot, beside the running server, in memory that grows with accounts and
//! documents, not with transfers. The core's own audit checks the journal, the signatures and the balances.

mod documents;
mod flows;

use std::collections::{BTreeMap, HashMap};

use core_payment::database::chain;
use core_payment::{DatabaseUrl, Finding, time_of};
use payment_domain::Currency;
use thiserror::Error;

use crate::fold::{Accounts, Deltas, FoldError, apply, of_ranges, sum};
use crate::period::Period;
use crate::storage::credit::CreditRow;
use crate::storage::fold::RangeRow;
use crate::storage::{self, Conn, StorageError, connect, snapshot};

pub use flows::Flow;
use flows::Flows;

/// Rows that are read at once.
const PAGE: i64 = 256;

/// What was checked and what was found. The audit passes if there are no findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Steps of the fold.
    pub steps: u64,
    /// Transfers in them.
    pub transfers: u64,
    /// Transfers that no step has taken yet.
    pub waiting: u64,
    /// Periods, open ones included.
    pub periods: u64,
    /// Bills, statements, payout advices and credit notes.
    pub documents: u64,
    /// What was sold is what was paid out, kept and is open: by currency.
    pub flows: BTreeMap<Currency, Flow>,
    /// What is wrong, at most [`core_payment::AuditReport::MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more_findings: u64,
}

/// Why the audit could not be finished.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The database cannot be read.
    #[error("the database cannot be read: {0}")]
    Database(String),
}

impl AuditReport {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, place: impl Into<String>, fault: impl Into<String>) {
        if self.findings.len() < core_payment::AuditReport::MOST_FINDINGS {
            self.findings.push(Finding { place: place.into(), fault: fault.into() });
        } else {
            self.more_findings = self.more_findings.saturating_add(1);
        }
    }
}

/// Folds the whole journal again and compares.
///
/// # Errors
/// [`AuditError`] if it cannot be read; what is wrong with what was read is in the report.
pub fn audit(database: &DatabaseUrl) -> Result<AuditReport, AuditError> {
    let failed = |error: StorageError| AuditError::Database(chain(&error));
    let mut conn = connect(database).map_err(failed)?;
    let mut report = AuditReport::default();
    snapshot(&mut conn, |conn| replay(conn, &mut report)).map_err(failed)?;
    Ok(report)
}

/// The fold from zero.
#[derive(Default)]
struct Replay {
    accounts: Accounts,
    /// The open period of each account, as it should be.
    open: HashMap<i64, Period>,
    /// How far each writer's journal was taken.
    cursors: BTreeMap<i16, (i64, i64)>,
    credits: HashMap<i64, CreditRow>,
    flows: Flows,
}

fn replay(conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
    let mut replay = Replay::default();
    let mut last = 0;
    loop {
        let steps = storage::fold::steps_after(conn, last, PAGE)?;
        if steps.is_empty() {
            break;
        }
        for (seq, transfers) in steps {
            if seq != last.saturating_add(1) {
                report.find(format!("fold {seq}"), "the steps before it are missing");
            }
            last = seq;
            replay.step(conn, seq, transfers, report)?;
            for row in storage::period::closed_at_fold(conn, seq)? {
                documents::closed(conn, &mut replay, &row, report)?;
            }
        }
    }
    replay.compare_cursors(conn, report)?;
    replay.compare_open(conn, report)?;
    replay.compare_credits(conn, report)?;
    replay.flows.close(conn, &replay.cursors, report)
}

impl Replay {
    /// One step, as it was taken.
    fn step(
        &mut self,
        conn: &mut Conn,
        seq: i64,
        transfers: i64,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let here = format!("fold {seq}");
        let ranges = storage::fold::ranges(conn, seq.saturating_sub(1), seq)?;
        for range in &ranges {
            self.follow(conn, range, report)?;
        }
        let taken = match of_ranges(conn, &ranges) {
            Ok(taken) => taken,
            Err(FoldError::Corrupt(what)) => {
                report.find(here, format!("a {what} leads nowhere"));
                return Ok(());
            }
            Err(_) => return Err(StorageError::Corrupt("fold")),
        };
        if i64::try_from(taken.len()).ok() != Some(transfers) {
            report.find(&here, format!("took {transfers} transfers, there are {}", taken.len()));
        }
        report.steps = report.steps.saturating_add(1);
        report.transfers = report.transfers.saturating_add(u64::try_from(taken.len()).unwrap_or_default());
        for transfer in &taken {
            self.flows.add(transfer);
        }
        match sum(conn, &mut self.accounts, &taken) {
            Ok(deltas) => self.apply(conn, seq, &deltas, report)?,
            Err(FoldError::Storage(_)) => return Err(StorageError::Corrupt("journal")),
            Err(error) => report.find(here, error.to_string()),
        }
        Ok(())
    }

    /// Ranges of a writer follow one another and are batches of its own.
    fn follow(
        &mut self,
        conn: &mut Conn,
        range: &RangeRow,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let here = format!("fold {} of node {}", range.fold, range.node);
        let cursor = self.cursors.entry(range.node).or_default();
        if *cursor != (range.after_seq, range.after_batch) {
            report.find(&here, "does not begin where the one before ended");
        }
        *cursor = (range.through_seq, range.through_batch);
        let last = storage::journal::batch_at(conn, range.through_batch)?;
        if last.is_none_or(|batch| batch.node != range.node || batch.seq != range.through_seq) {
            report.find(here, "does not end with a batch of this node");
        }
        Ok(())
    }

    fn apply(
        &mut self,
        conn: &mut Conn,
        fold: i64,
        deltas: &Deltas,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        for (account, delta) in &deltas.accounts {
            let Some(facts) = self.accounts.of(*account) else { continue };
            let begun = delta.begun.map_or(0, |first| time_of(first).as_millis());
            let first = || Period::first(*account, facts.book, facts.owner, facts.currency, begun);
            let period = self.open.entry(*account).or_insert_with(first);
            let Ok(tiles) = apply(period, delta) else {
                report.find(
                    format!("fold {fold}"),
                    format!("a sum of account {account} leaves the range of amounts"),
                );
                continue;
            };
            for tile in tiles.iter().map(|tile| tile.row(period, fold)) {
                // One that is missing, of before there were tiles, is done without.
                let stored = storage::tile::numbered(conn, tile.account, tile.seq, tile.number)?;
                if stored.is_some_and(|stored| stored != tile) {
                    report.find(
                        format!("tile {} of period {} of account {account}", tile.number, tile.seq),
                        "is not the tree over its payments: they cannot be proved",
                    );
                }
            }
        }
        for credit in &deltas.credits {
            let seq = self.open.get(&credit.account).map(|period| period.seq).unwrap_or_default();
            self.credits.insert(credit.transfer, credit.row(seq));
        }
        Ok(())
    }

    fn compare_cursors(&self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let stored: BTreeMap<i16, (i64, i64)> = storage::fold::cursors(conn)?
            .into_iter()
            .map(|cursor| (cursor.node, (cursor.seq, cursor.batch)))
            .collect();
        if stored != self.cursors {
            report.find("fold_cursor", "the cursors do not stand where the last steps ended");
        }
        Ok(())
    }

    fn compare_open(&mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let mut after = i64::MIN;
        loop {
            let rows = storage::period::open_after(conn, after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.account;
            for row in &rows {
                let expected = self.open.remove(&row.account);
                documents::compare(row, expected.as_ref(), report);
            }
        }
        for account in self.open.keys() {
            report.find(format!("account {account}"), "has transfers and no open period");
        }
        Ok(())
    }

    fn compare_credits(&mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let mut after = 0;
        loop {
            let rows = storage::credit::page(conn, after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.transfer;
            for row in rows {
                let here = format!("credit {}", row.transfer);
                let as_met = CreditRow { state: "new".to_owned(), bill: None, position: None, ..row.clone() };
                if self.credits.remove(&row.transfer) != Some(as_met) {
                    report.find(&here, "is not what was refunded");
                }
                documents::noted(conn, &row, report)?;
            }
        }
        for transfer in self.credits.keys() {
            report.find(format!("credit {transfer}"), "is missing: a refund would get no credit note");
        }
        Ok(())
    }
}
