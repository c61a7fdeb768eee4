//! The room as its callers see it: fold, close, collect, prove, audit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use core_payment::database::chain;
use core_payment::{Clock, Core, DatabaseUrl, SubmitError, first_position_at};
use futures_util::StreamExt;
use payment_domain::{Currency, Money, Timestamp};
use thiserror::Error;

use crate::close::{ClosePeriods, Closed, Names, Target};
use crate::fold::{self, Accounts, FoldError, Step};
use crate::period::Book;
use crate::storage::period::DueRow;
use crate::storage::{self, Conn, StorageError, connect, transaction};
use crate::terms::Terms;

/// Periods that one batch closes at most: more would keep the payments in the same batch waiting.
const TARGETS: usize = 8;
/// Batches of closes on their way at once.
const IN_FLIGHT: usize = 2;
/// Periods that are looked up at once.
const PAGE: i64 = 1024;
/// How often periods that somebody else holds are looked at again.
const MOST_ROUNDS: u32 = 200;

/// Aggregation, on one database. Cheap to clone.
#[derive(Clone)]
pub struct Aggregation(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) core: Core,
    pub(crate) database: DatabaseUrl,
    pub(crate) terms: Arc<Terms>,
    pub(crate) clock: Arc<dyn Clock>,
    names: Arc<Names>,
    folding: Mutex<Folding>,
}

/// What the fold keeps between steps.
#[derive(Default)]
struct Folding {
    conn: Option<Conn>,
    accounts: Accounts,
}

/// What steps of the fold came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Steps that were taken here.
    pub steps: u64,
    /// Transfers in them.
    pub transfers: u64,
    /// A midnight that has to be closed at before the fold can go on.
    pub waiting_at: Option<Timestamp>,
}

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
pub struct Totals(pub std::collections::BTreeMap<Currency, i64>);

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
    /// On a core that was opened with [`crate::settlements`] of the same terms.
    #[must_use]
    pub fn new(core: Core, database: DatabaseUrl, terms: Arc<Terms>, clock: Arc<dyn Clock>) -> Self {
        let (names, folding) = (Arc::default(), Mutex::default());
        Self(Arc::new(Inner { core, database, terms, clock, names, folding }))
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// Takes one step of the fold. Blocks while it reads.
    ///
    /// # Errors
    /// [`FoldError`]; the step is not taken then and may be tried again.
    pub fn fold_step(&self) -> Result<Step, FoldError> {
        let mut folding = self.0.folding.lock().map_err(|_| FoldError::Corrupt("fold"))?;
        let Folding { conn, accounts } = &mut *folding;
        let open = match conn.take() {
            Some(open) => open,
            None => connect(&self.0.database)?,
        };
        let open = conn.insert(open);
        let step = fold::step(open, accounts, &self.0.terms, self.0.clock.now());
        if step.is_err() {
            *conn = None;
        }
        step
    }

    /// Takes steps until there is nothing left, or until it stands at a midnight that nothing was closed at yet. Blocks.
    ///
    /// # Errors
    /// [`FoldError`].
    pub fn fold_all(&self) -> Result<Folded, FoldError> {
        let mut folded = Folded::default();
        loop {
            match self.fold_step()? {
                Step::Folded { transfers, .. } => {
                    folded.steps = folded.steps.saturating_add(1);
                    folded.transfers = folded.transfers.saturating_add(transfers);
                }
                Step::Lost => {}
                Step::Done => return Ok(folded),
                Step::AtMidnight(midnight) => {
                    return Ok(Folded { waiting_at: Some(midnight), ..folded });
                }
            }
        }
    }

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

    /// Folds, and closes every period of these books in which something happened, due or not: by command.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn close_all(&self, books: &[Book]) -> Result<Report, CloseError> {
        let mut report = self.close_due(self.0.clock.now()).await?;
        for book in books {
            self.close_begun(*book, i64::MAX, None, |_| Ok(true), &mut report).await?;
        }
        Ok(report)
    }

    /// Folds, and closes one account's period if something happened in it: by command.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn close_account(&self, account: i64) -> Result<Report, CloseError> {
        let mut report = self.close_due(self.0.clock.now()).await?;
        let rows = storage::period::open_of(&mut self.conn()?, vec![account])?;
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

    async fn close_at(
        &self,
        midnight: Timestamp,
        book: Book,
        report: &mut Report,
    ) -> Result<(), CloseError> {
        let (terms, before) = (&self.0.terms, first_position_at(midnight));
        let ends = |cadence: Option<_>| {
            cadence.is_some_and(|cadence: crate::calendar::Cadence| cadence.ends_at(midnight, terms.zone))
        };
        match book {
            Book::Postpaid if !ends(terms.postpaid.cadence) => return Ok(()),
            Book::Prepaid if !ends(terms.prepaid.cadence) => return Ok(()),
            Book::Postpaid | Book::Prepaid => {
                return self.close_begun(book, before, Some(midnight), |_| Ok(true), report).await;
            }
            Book::Merchant => {}
        }
        let mut conn = self.conn()?;
        let changing = storage::document::schedules_from(&mut conn, midnight.as_millis())?;
        let is_due = |row: &DueRow| -> Result<bool, CloseError> {
            let changes = |new: &storage::document::ScheduleRow| {
                new.merchant == row.owner && new.currency == row.currency
            };
            if changing.iter().any(changes) {
                return Ok(true);
            }
            let just_before = midnight.as_millis().saturating_sub(1);
            let agreed = storage::document::schedule(&mut conn, row.owner, &row.currency, just_before)?;
            let schedule = agreed.as_ref().and_then(crate::close::read_schedule).unwrap_or(terms.fees);
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
        mut is_due: impl FnMut(&DueRow) -> Result<bool, CloseError>,
        report: &mut Report,
    ) -> Result<(), CloseError> {
        let mut after = (0, 0);
        loop {
            let rows = storage::period::begun_before(&mut self.conn()?, book, before, after, PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = (last.first_transfer.unwrap_or_default(), last.account);
            let mut targets = Vec::with_capacity(rows.len());
            for row in &rows {
                if is_due(row)? {
                    targets.push(Target { account: row.account, seq: row.seq, book });
                }
            }
            self.close(targets, until, report).await?;
        }
    }

    async fn close_by_amount(&self, book: Book, report: &mut Report) -> Result<(), CloseError> {
        let closing = match book {
            Book::Postpaid => &self.0.terms.postpaid,
            _ => return Ok(()),
        };
        for currency in storage::period::currencies(&mut self.conn()?, book)? {
            let code = Currency::parse(&currency).map_err(|_| CloseError::Read("currency".to_owned()))?;
            let Some(micros) = closing.amount.in_currency(code) else { continue };
            let mut after = 0;
            loop {
                let mut conn = self.conn()?;
                let rows =
                    storage::period::standing_at_least(&mut conn, book, &currency, micros, after, PAGE)?;
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
        self.close_begun(book, before, None, |_| Ok(true), report).await
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
            let acts: Vec<_> = waiting.drain(..).map(|targets| self.perform(targets, until)).collect();
            let mut done = futures_util::stream::iter(acts).buffer_unordered(IN_FLIGHT);
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
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
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
    ) -> (Vec<Target>, Result<Vec<Closed>, SubmitError>) {
        let act = ClosePeriods {
            targets: targets.clone(),
            until,
            terms: Arc::clone(&self.0.terms),
            names: Arc::clone(&self.0.names),
        };
        (targets, self.0.core.perform(Arc::new(act)).await)
    }

    /// Those of these periods that nobody has closed.
    fn still_open(&self, targets: &[Target]) -> Result<Vec<Target>, CloseError> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let accounts = targets.iter().map(|target| target.account).collect();
        let rows = storage::period::open_of(&mut self.conn()?, accounts)?;
        let open = |target: &&Target| {
            rows.iter().any(|row| row.account == target.account && row.seq == target.seq)
        };
        Ok(targets.iter().filter(open).copied().collect())
    }

    async fn fold_blocking(&self) -> Result<Folded, CloseError> {
        let this = self.clone();
        let folded = tokio::task::spawn_blocking(move || this.fold_all()).await;
        Ok(folded.map_err(|_| CloseError::Cancelled)??)
    }

    pub(crate) fn conn(&self) -> Result<Conn, StorageError> {
        connect(&self.0.database)
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
