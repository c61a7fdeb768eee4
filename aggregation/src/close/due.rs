//! Which periods close, when: by the calendar, by amount, by age, by command; some at once, so that payments go on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use core_payment::database::chain;
use core_payment::{SubmitError, first_position_at};
use futures_util::StreamExt;
use payment_domain::{Currency, Money, Timestamp};
use thiserror::Error;
use tokio::time::Instant;

use super::{ClosePeriods, Closed, Target, read_schedule};
use crate::aggregation::{Aggregation, Folded};
use crate::calendar::Cadence;
use crate::fold::FoldError;
use crate::period::Book;
use crate::storage::document::ScheduleRow;
use crate::storage::period::DueRow;
use crate::storage::{self, Conn, StorageError, transaction};

/// Periods that one batch closes at most: more would keep the payments in the same batch waiting.
const TARGETS: usize = 8;
/// Batches of closes on their way at once, on PostgreSQL.
const IN_FLIGHT: usize = 2;
/// Periods that are looked up at once.
const PAGE: i64 = 1024;
/// How often periods that somebody else holds are looked at again.
const MOST_ROUNDS: u32 = 200;
/// The longest that a close waits for others after it wrote.
const MOST_PAUSE: Duration = Duration::from_millis(50);
/// How long they are left alone in between.
const PAUSE: Duration = Duration::from_millis(5);

/// What closing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Transfers folded.
    pub transfers: u64,
    /// Bills issued.
    pub bills: u64,
    /// Statements issued.
    pub statements: u64,
    /// Payout advices issued.
    pub advices: u64,
    /// Credit notes issued.
    pub credit_notes: u64,
    /// What bills ask for, by currency.
    pub due: Totals,
    /// What is paid out, by currency.
    pub payouts: Totals,
    /// What we keep, by currency.
    pub fees: Totals,
    /// Accounts whose period could not be closed; they are tried again with the next.
    pub stuck: Vec<i64>,
}

/// Sums by currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals(pub BTreeMap<Currency, i64>);

impl Totals {
    fn add(&mut self, money: Money) {
        let total = self.0.entry(money.currency()).or_default();
        *total = total.saturating_add(money.micros());
    }

    /// The sums.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0.iter().map(|(currency, micros)| Money::from_micros(*micros, *currency))
    }
}

/// Why periods were not closed. Those that were stay closed.
#[derive(Debug, Error)]
pub enum CloseError {
    /// The fold did not come far enough.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The core takes nothing now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The database.
    #[error("periods cannot be read: {0}")]
    Read(String),
    /// A thread was lost.
    #[error("the fold was cancelled")]
    Cancelled,
}

impl From<StorageError> for CloseError {
    fn from(error: StorageError) -> Self {
        Self::Read(chain(&error))
    }
}

impl Aggregation {
    /// Folds, and closes everything that is due: at each midnight that has come what ends there by the calendar, then by
    /// amount and by age. Issues credit notes.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn close_due(&self, now: Timestamp) -> Result<Report, CloseError> {
        let mut report = Report::default();
        self.close_calendar(now, &mut report, &[Book::Postpaid, Book::Prepaid, Book::Merchant]).await?;
        for book in [Book::Postpaid, Book::Prepaid] {
            self.close_by_amount(book, &mut report).await?;
            self.close_by_age(book, now, &mut report).await?;
        }
        self.credit_notes(&mut report).await?;
        Ok(report)
    }

    /// Closes what merchants' schedules say is due. Calendar days end for everybody: consumers' periods that end with them
    /// are closed too.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn payout_due(&self, now: Timestamp) -> Result<Report, CloseError> {
        let mut report = Report::default();
        self.close_calendar(now, &mut report, &[Book::Postpaid, Book::Prepaid, Book::Merchant]).await?;
        Ok(report)
    }

    /// Folds, and closes every period of these books that there is news of, due or not: by command.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn close_all(&self, books: &[Book]) -> Result<Report, CloseError> {
        let mut report = self.close_due(self.0.clock.now()).await?;
        for book in books {
            self.close_begun(*book, i64::MAX, None, |_, _| Ok(true), &mut report).await?;
        }
        Ok(report)
    }

    /// Folds, and closes one account's period if there is news of it: by command.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn close_account(&self, account: i64) -> Result<Report, CloseError> {
        let mut report = self.close_due(self.0.clock.now()).await?;
        let rows = storage::period::open_of(&mut *self.conn()?, vec![account])?;
        let open = rows.iter().filter(|row| row.first_transfer.is_some());
        let targets = open.filter_map(|row| {
            Some(Target { account: row.account, seq: row.seq, book: Book::parse(&row.book)? })
        });
        self.close(targets.collect(), None, &mut report).await?;
        Ok(report)
    }

    /// At every midnight that has come: folds up to it, closes what ends there, lets the fold pass.
    async fn close_calendar(
        &self,
        now: Timestamp,
        report: &mut Report,
        books: &[Book],
    ) -> Result<(), CloseError> {
        loop {
            let folded = self.fold_blocking().await?;
            report.transfers = report.transfers.saturating_add(folded.transfers);
            let Some(midnight) = folded.waiting_at.filter(|at| *at <= now) else { return Ok(()) };
            for book in books {
                self.close_at(midnight, *book, report).await?;
            }
            let mut conn = self.conn()?;
            let before = storage::fold::cutoff(&mut conn)?.unwrap_or_default();
            if self.0.terms.zone.next_midnight(at(before)?) == midnight {
                transaction(&mut conn, |tx| storage::fold::move_cutoff(tx, before, midnight.as_millis()))?;
            }
        }
    }

    async fn close_at(&self, midnight: Timestamp, book: Book, report: &mut Report) -> Result<(), CloseError> {
        let (terms, before) = (&self.0.terms, first_position_at(midnight));
        let ends = |cadence: Option<Cadence>| {
            cadence.is_some_and(|cadence: Cadence| cadence.ends_at(midnight, terms.zone))
        };
        match book {
            Book::Postpaid if !ends(terms.postpaid.cadence) => return Ok(()),
            Book::Prepaid if !ends(terms.prepaid.cadence) => return Ok(()),
            Book::Postpaid | Book::Prepaid => {
                return self.close_begun(book, before, Some(midnight), |_, _| Ok(true), report).await;
            }
            Book::Merchant => {}
        }
        let changing = storage::document::schedules_from(&mut *self.conn()?, midnight.as_millis())?;
        let is_due = |conn: &mut Conn, row: &DueRow| -> Result<bool, CloseError> {
            let changes = |new: &ScheduleRow| new.merchant == row.owner && new.currency == row.currency;
            if changing.iter().any(changes) {
                return Ok(true);
            }
            let just_before = midnight.as_millis().saturating_sub(1);
            let agreed = storage::document::schedule(conn, row.owner, &row.currency, just_before)?;
            let schedule = agreed.as_ref().and_then(read_schedule).unwrap_or(terms.fees);
            Ok(schedule.cadence.ends_at(midnight, terms.zone))
        };
        self.close_begun(book, before, Some(midnight), is_due, report).await
    }

    /// Closes periods that began before a position, page by page.
    async fn close_begun(
        &self,
        book: Book,
        before: i64,
        until: Option<Timestamp>,
        is_due: impl Fn(&mut Conn, &DueRow) -> Result<bool, CloseError>,
        report: &mut Report,
    ) -> Result<(), CloseError> {
        let mut after = (0, 0);
        loop {
            let mut conn = self.conn()?;
            let rows = storage::period::begun_before(&mut conn, book, before, after, PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = (last.first_transfer.unwrap_or_default(), last.account);
            let mut targets = Vec::with_capacity(rows.len());
            for row in &rows {
                if is_due(&mut conn, row)? {
                    targets.push(Target { account: row.account, seq: row.seq, book });
                }
            }
            drop(conn);
            self.close(targets, until, report).await?;
        }
    }

    async fn close_by_amount(&self, book: Book, report: &mut Report) -> Result<(), CloseError> {
        let closing = match book {
            Book::Postpaid => &self.0.terms.postpaid,
            _ => return Ok(()),
        };
        let currencies = storage::period::currencies(&mut *self.conn()?, book)?;
        for currency in currencies {
            let code = Currency::parse(&currency).map_err(|_| CloseError::Read("currency".to_owned()))?;
            let Some(micros) = closing.amount.in_currency(code) else { continue };
            let mut after = 0;
            loop {
                let rows = storage::period::standing_at_least(
                    &mut *self.conn()?,
                    book,
                    &currency,
                    micros,
                    after,
                    PAGE,
                )?;
                let Some(last) = rows.last() else { break };
                after = last.account;
                let targets = rows.iter().map(|row| Target { account: row.account, seq: row.seq, book });
                self.close(targets.collect(), None, report).await?;
            }
        }
        Ok(())
    }

    async fn close_by_age(&self, book: Book, now: Timestamp, report: &mut Report) -> Result<(), CloseError> {
        let terms = &self.0.terms;
        let closing = if book == Book::Postpaid { &terms.postpaid } else { &terms.prepaid };
        let Some(age) = closing.age_ms else { return Ok(()) };
        let before = first_position_at(now.saturating_add_millis(age.saturating_neg()));
        self.close_begun(book, before, None, |_, _| Ok(true), report).await
    }

    /// Closes these periods, some in a batch, a few batches at once; those that somebody holds again.
    async fn close(
        &self,
        targets: Vec<Target>,
        until: Option<Timestamp>,
        report: &mut Report,
    ) -> Result<(), CloseError> {
        let mut waiting: VecDeque<Vec<Target>> = targets.chunks(TARGETS).map(<[Target]>::to_vec).collect();
        let mut rounds = 0;
        let mut failures = 0_u64;
        while !waiting.is_empty() {
            // SQLite has one right to write, and whoever waits for it looks again after longer and longer pauses: a close
            // that took it again at once would starve the payments of another process.
            // On PostgreSQL they want the processors.
            let alone = self.0.database.engine() == "sqlite" || self.payments_go_on()?;
            let last = waiting.len().saturating_sub(1);
            let numbered = waiting.drain(..).enumerate();
            let acts: Vec<_> =
                numbered.map(|(n, targets)| self.perform(targets, until, alone && n < last)).collect();
            let at_once = if alone { 1 } else { IN_FLIGHT };
            let mut done = futures_util::stream::iter(acts).buffer_unordered(at_once);
            let mut busy = Vec::new();
            while let Some((targets, outcome)) = done.next().await {
                match outcome {
                    Ok(closed) => {
                        for (target, closed) in targets.iter().zip(closed) {
                            match closed {
                                Closed::Busy => busy.push(*target),
                                closed => report.add(closed),
                            }
                        }
                    }
                    // One damaged period must not keep the others open: one by one, and those that fail alone are named.
                    Err(SubmitError::Unavailable) if targets.len() > 1 => {
                        waiting.extend(targets.iter().map(|target| vec![*target]));
                    }
                    Err(SubmitError::QueueFull) => busy.extend(targets),
                    Err(SubmitError::Unavailable) => {
                        failures = failures.saturating_add(1);
                        report.stuck.extend(targets.iter().map(|target| target.account));
                        if failures > 3 && report.is_empty() {
                            return Err(SubmitError::Unavailable.into());
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            let still = self.still_open(&busy)?;
            if !still.is_empty() {
                rounds = u32::saturating_add(rounds, 1);
                if rounds > MOST_ROUNDS {
                    report.stuck.extend(still.iter().map(|target| target.account));
                } else {
                    tokio::time::sleep(PAUSE).await;
                    waiting.extend(still.chunks(TARGETS).map(<[Target]>::to_vec));
                }
            }
        }
        Ok(())
    }

    async fn perform(
        &self,
        targets: Vec<Target>,
        until: Option<Timestamp>,
        pause: bool,
    ) -> (Vec<Target>, Result<Vec<Closed>, SubmitError>) {
        let begun = Instant::now();
        let act = ClosePeriods {
            targets: targets.clone(),
            until,
            terms: Arc::clone(&self.0.terms),
            names: Arc::clone(&self.0.names),
        };
        let outcome = self.0.core.perform(Arc::new(act)).await;
        if pause {
            // As long as it took: half of the time belongs to others.
            tokio::time::sleep(begun.elapsed().min(MOST_PAUSE)).await;
        }
        (targets, outcome)
    }

    /// Those of these periods that nobody has closed.
    fn still_open(&self, targets: &[Target]) -> Result<Vec<Target>, CloseError> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let accounts = targets.iter().map(|target| target.account).collect();
        let rows = storage::period::open_of(&mut *self.conn()?, accounts)?;
        let open =
            |target: &&Target| rows.iter().any(|row| row.account == target.account && row.seq == target.seq);
        Ok(targets.iter().filter(open).copied().collect())
    }

    async fn fold_blocking(&self) -> Result<Folded, CloseError> {
        let this = self.clone();
        let folded = tokio::task::spawn_blocking(move || this.fold_all()).await;
        Ok(folded.map_err(|_| CloseError::Cancelled)??)
    }
}

fn at(millis: i64) -> Result<Timestamp, CloseError> {
    Timestamp::from_millis(millis).map_err(|_| CloseError::Read("cutoff".to_owned()))
}

impl Report {
    fn add(&mut self, closed: Closed) {
        match closed {
            Closed::Bill { due, .. } => {
                self.bills = self.bills.saturating_add(1);
                self.due.add(due);
            }
            Closed::Statement { .. } => self.statements = self.statements.saturating_add(1),
            Closed::Advice { fee, payout, .. } => {
                self.advices = self.advices.saturating_add(1);
                self.fees.add(fee);
                self.payouts.add(payout);
            }
            Closed::Busy => {}
        }
    }

    /// Whether nothing was issued.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bills == 0 && self.statements == 0 && self.advices == 0 && self.credit_notes == 0
    }
}
