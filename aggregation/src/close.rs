//! Closing: an open period becomes a signed bill, statement or payout advice, inside one batch of the core.
//!
//! A close locks the rows of its periods and reads the last step of the fold after that: whatever step has touched one of
//! them is in it, and none can touch them until the close is committed. So each transfer is in exactly one period, whatever
//! is paid meanwhile. It never waits for a row: if the fold holds it, the close is tried again, and payments in the same
//! batch are not kept waiting.

mod due;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use core_payment::{Accounts, Act, ActError, Books, NewAttempt, NoticeKind, PartyView, Posting, Routing};
use payment_domain::{
    ConsumerId, Currency, Label, LedgerPosition, Line, MerchantId, Money, Operation, Purpose, SystemAccount,
    Timestamp, TransferKind,
};
use payment_message::Message;

use crate::bill::{self, Frame};
use crate::calendar::Cadence;
use crate::dunning::Dunning;
use crate::fee::{FeeRest, FeeSchedule};
use crate::payout::{self, Limits};
use crate::period::{Book, Period};
use crate::storage::document::{BillRow, PayoutRow, ScheduleRow};
use crate::storage::period::{Ending, PeriodRow};
use crate::storage::{self, StorageError};
use crate::tally::{Overflow, Sum};
use crate::terms::Terms;

pub use due::{CloseError, Report, Totals};

/// What merchants' fees are credited to.
pub(crate) const FEES: &str = "merchants";
/// What payouts wait in.
pub(crate) const HOLD: &str = "payouts";
/// The scheme of bank accounts.
pub(crate) const BANK: &str = "sepa";

/// A period to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Of which account.
    pub account: i64,
    /// Which.
    pub seq: i64,
    /// What kind of account.
    pub book: Book,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// A bill.
    Bill {
        /// Where it stands.
        position: LedgerPosition,
        /// What it asks for.
        due: Money,
    },
    /// A statement.
    Statement {
        /// Where it stands.
        position: LedgerPosition,
    },
    /// A payout advice.
    Advice {
        /// Where it stands.
        position: LedgerPosition,
        /// Our fee.
        fee: Money,
        /// What is paid out; zero if it is carried.
        payout: Money,
    },
    /// Somebody holds the period or has closed it: look again.
    Busy,
}

/// Names of merchants by account. They never change.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<BTreeMap<i64, MerchantId>>);

impl Names {
    const MOST: usize = 100_000;

    fn lines(
        &self,
        books: &mut Books<'_, '_, '_>,
        tally: &BTreeMap<i64, Sum>,
        currency: Currency,
    ) -> Result<Vec<Line>, ActError> {
        let mut names = self.0.lock().map_err(|_| ActError::corrupt("names"))?;
        let unknown: Vec<i64> =
            tally.keys().filter(|account| !names.contains_key(account)).copied().collect();
        if !unknown.is_empty() {
            if names.len() > Self::MOST {
                names.clear();
            }
            let unknown = if names.is_empty() { tally.keys().copied().collect() } else { unknown };
            for (account, name) in storage::journal::owners(books.tx().conn(), &unknown)? {
                let name = MerchantId::parse(&name).map_err(|_| ActError::corrupt("name of a merchant"))?;
                names.insert(account, name);
            }
        }
        Ok(bill::lines(tally, &names, currency))
    }
}

/// Closes some periods in one batch.
pub(crate) struct ClosePeriods {
    pub(crate) targets: Vec<Target>,
    /// The midnight that they close at; otherwise now.
    pub(crate) until: Option<Timestamp>,
    pub(crate) terms: Arc<Terms>,
    pub(crate) names: Arc<Names>,
}

impl Act for ClosePeriods {
    type Done = Vec<Closed>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        // Bills and statements move nothing.
        let merchants = self.targets.iter().filter(|target| target.book == Book::Merchant);
        Ok(Accounts { merchants: merchants.map(|target| target.account).collect(), ..Accounts::default() })
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Vec<Closed>, ActError> {
        let mut accounts: Vec<i64> = self.targets.iter().map(|target| target.account).collect();
        accounts.sort_unstable();
        let rows = storage::period::take_open(books.tx(), accounts)?;
        // After the locks, see above.
        let fold = storage::fold::last(books.tx().conn())?;
        let owners: Vec<i64> = rows.iter().map(|row| row.owner).collect();
        books.meet(&owners)?;
        let mut open = BTreeMap::new();
        for row in rows {
            open.insert((row.account, row.seq), row.read().ok_or(ActError::corrupt("period"))?);
        }
        let mut ended = Ended { fold, ..Ended::default() };
        let mut close = |target: &Target| match open.remove(&(target.account, target.seq)) {
            Some(period) => self.close(books, period, &mut ended),
            None => Ok(Closed::Busy),
        };
        let closed = self.targets.iter().map(&mut close).collect::<Result<_, _>>()?;
        ended.write(books)?;
        Ok(closed)
    }
}

/// A period that is being closed.
struct Closing {
    period: Period,
    frame: Frame,
    owner: PartyView,
}

/// What is written of all periods of a batch at once.
#[derive(Default)]
struct Ended {
    /// The last step of the fold that may be in them.
    fold: i64,
    endings: Vec<Ending>,
    next: Vec<PeriodRow>,
    bills: Vec<BillRow>,
}

impl Ended {
    /// The period ends and the next one begins where it ends.
    fn add(&mut self, closing: &Closing, left: Left) -> Result<(), ActError> {
        let Closing { period, frame, .. } = closing;
        let (fold, at) = (self.fold, frame.to.as_millis());
        let next = period.next(fold, at, left.carried, left.fee_rest);
        self.next.push(PeriodRow::open(&next).ok_or(StorageError::Corrupt("period"))?);
        let position = frame.position.value();
        let Period { account, seq, version, .. } = *period;
        self.endings.push(Ending { account, seq, version, fold, at, position });
        Ok(())
    }

    fn write(&self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        if self.endings.is_empty() {
            return Ok(());
        }
        storage::document::insert_bills(books.tx(), &self.bills)?;
        storage::period::close(books.tx(), &self.endings)?;
        if !storage::period::insert(books.tx(), &self.next)? {
            return Err(ActError::corrupt("period"));
        }
        Ok(())
    }
}

/// What a document leaves for the next.
struct Left {
    carried: i64,
    fee_rest: FeeRest,
}

impl ClosePeriods {
    fn close(
        &self,
        books: &mut Books<'_, '_, '_>,
        period: Period,
        ended: &mut Ended,
    ) -> Result<Closed, ActError> {
        let now = books.now();
        let begun = bill::from(&period).saturating_add_millis(1);
        let frame =
            Frame { position: books.position()?, to: self.until.unwrap_or(now).max(begun), issued_at: now };
        let owner = books.party(period.owner)?;
        let closing = Closing { period, frame, owner };
        let (closed, left) = match closing.period.book {
            Book::Postpaid => self.bill(books, &closing, &mut ended.bills)?,
            Book::Prepaid => self.statement(books, &closing)?,
            Book::Merchant => self.advice(books, &closing)?,
        };
        ended.add(&closing, left)?;
        Ok(closed)
    }

    fn bill(
        &self,
        books: &mut Books<'_, '_, '_>,
        closing: &Closing,
        bills: &mut Vec<BillRow>,
    ) -> Result<(Closed, Left), ActError> {
        let Closing { period, frame, owner } = closing;
        let due = bill::due(period, self.terms.least_bill.in_currency(period.currency)).map_err(overflow)?;
        let due_at = frame.issued_at.saturating_add_millis(self.terms.payment_term_ms);
        let lines = self.names.lines(books, &period.tally.lines, period.currency)?;
        let consumer = ConsumerId::new(owner.name.clone());
        let bill = bill::bill(period, consumer, lines, frame, due, due_at);
        let bill = bill.map_err(|_| ActError::corrupt("period"))?;
        issue(books, closing, &Message::Bill(bill))?;
        let dunning = match due.due {
            0 => Dunning::settled(),
            _ => Dunning::issue(frame.issued_at, &self.terms.dunning),
        };
        bills.push(BillRow {
            position: frame.position.value(),
            account: period.account,
            consumer: period.owner,
            currency: period.currency.as_str().to_owned(),
            due: due.due,
            carried: due.carried,
            collected: 0,
            written_off: 0,
            state: dunning.as_str().to_owned(),
            failures: 0,
            reminders: 0,
            next_at: dunning.next_at().map(Timestamp::as_millis),
            raised: 0,
            attempt: None,
            issued_at: frame.issued_at.as_millis(),
            due_at: due_at.as_millis(),
        });
        let asked = Money::from_micros(due.due, period.currency);
        let left = Left { carried: due.carried, fee_rest: FeeRest::default() };
        Ok((Closed::Bill { position: frame.position, due: asked }, left))
    }

    fn statement(
        &self,
        books: &mut Books<'_, '_, '_>,
        closing: &Closing,
    ) -> Result<(Closed, Left), ActError> {
        let Closing { period, frame, owner } = closing;
        let lines = self.names.lines(books, &period.tally.lines, period.currency)?;
        let statement = bill::statement(period, ConsumerId::new(owner.name.clone()), lines, frame);
        let statement = statement.map_err(|_| ActError::corrupt("period"))?;
        let left = Left { carried: statement.closing.micros(), fee_rest: FeeRest::default() };
        issue(books, closing, &Message::Statement(statement))?;
        Ok((Closed::Statement { position: frame.position }, left))
    }

    fn advice(&self, books: &mut Books<'_, '_, '_>, closing: &Closing) -> Result<(Closed, Left), ActError> {
        let Closing { period, frame, owner } = closing;
        let (account, currency) = (period.account, period.currency);
        let schedule = self.schedule(books, period)?;
        let scheme = scheme(owner);
        let limits = Limits {
            available: books.available(account, currency)?.micros(),
            disputed: storage::document::disputed(books.tx().conn(), account)?,
            payable: owner.active && scheme.is_some(),
        };
        let settled = payout::settle(period, &schedule, limits).map_err(overflow)?;
        let reference = Label::parse(&format!("METEORE payout {}", frame.position));
        let reference = reference.map_err(|_| ActError::corrupt("reference"))?;
        let merchant = MerchantId::new(owner.name.clone());
        let advice = payout::advice(period, merchant, frame, &settled, reference);
        let advice = advice.map_err(|_| ActError::corrupt("period"))?;
        issue(books, closing, &Message::PayoutAdvice(advice))?;
        let subject = frame.position.value();
        if settled.fee > 0 {
            let fees = books.system_account(SystemAccount::Fee, FEES, currency)?;
            let kind = TransferKind::Fee;
            books.post(Posting { subject, debit: account, credit: fees, micros: settled.fee, kind })?;
        }
        let amount = Money::from_micros(settled.payout, currency);
        let mut attempt = None;
        if let (true, Some(scheme)) = (settled.payout > 0, scheme) {
            let hold = books.system_account(SystemAccount::Hold, HOLD, currency)?;
            let kind = TransferKind::PayoutHold;
            books.post(Posting { subject, debit: account, credit: hold, micros: settled.payout, kind })?;
            let operation = Operation::Payout;
            let system = books.route(&Routing { scheme: &scheme, operation, amount });
            let new = NewAttempt {
                operation,
                purpose: Purpose::Payout,
                subject,
                party: period.owner,
                original: None,
                system: &system,
                amount,
            };
            attempt = Some(books.begin(&new)?.id.value());
        }
        storage::document::insert_payout(
            books.tx(),
            &PayoutRow {
                position: subject,
                account,
                merchant: period.owner,
                currency: currency.as_str().to_owned(),
                share_ppm: i64::from(schedule.share_ppm),
                fixed_micros: schedule.fixed_micros,
                minimum_micros: schedule.minimum_micros,
                fee: settled.fee,
                amount: settled.payout,
                carried: settled.carried,
                withheld: settled.withheld,
                state: if attempt.is_some() { "pending" } else { "none" }.to_owned(),
                attempt,
                issued_at: frame.issued_at.as_millis(),
            },
        )?;
        let fee = Money::from_micros(settled.fee, currency);
        let left = Left { carried: settled.carried, fee_rest: settled.fee_rest };
        Ok((Closed::Advice { position: frame.position, fee, payout: amount }, left))
    }

    /// What was agreed with a merchant when the period began. Where terms change a period ends.
    fn schedule(&self, books: &mut Books<'_, '_, '_>, period: &Period) -> Result<FeeSchedule, ActError> {
        let currency = period.currency;
        let begun =
            period.span.map_or(period.opened_at, |(first, _)| core_payment::time_of(first).as_millis());
        let agreed = storage::document::schedule(
            books.tx().conn(),
            period.owner,
            currency.as_str(),
            begun.max(period.opened_at),
        )?;
        match agreed {
            Some(row) => read_schedule(&row).ok_or(ActError::corrupt("fee schedule")),
            None => Ok(self.terms.fees),
        }
    }
}

/// A schedule as stored; `None` if it makes no sense.
pub(crate) fn read_schedule(row: &ScheduleRow) -> Option<FeeSchedule> {
    FeeSchedule {
        share_ppm: u32::try_from(row.share_ppm).ok()?,
        fixed_micros: row.fixed_micros,
        minimum_micros: row.minimum_micros,
        cadence: Cadence::parse(&row.cadence).ok()?,
    }
    .check()
    .ok()
}

/// How somebody is paid, or pays bills: through their bank, else through their instrument.
pub(crate) fn scheme(owner: &PartyView) -> Option<String> {
    match (&owner.details.bank, &owner.external) {
        (Some(_), _) => Some(BANK.to_owned()),
        (None, Some(instrument)) => Some(instrument.system().to_owned()),
        (None, None) => None,
    }
}

/// Signs a document, keeps it, and sends it to whom it is about, unless it has nothing to say.
fn issue(books: &mut Books<'_, '_, '_>, closing: &Closing, message: &Message) -> Result<(), ActError> {
    let position = closing.frame.position;
    books.issue(position, message)?;
    let empty = match message {
        Message::Bill(bill) => bill.is_empty(),
        Message::PayoutAdvice(advice) => advice.is_empty(),
        _ => false,
    };
    if !empty && closing.owner.details.email.is_some() {
        books.enqueue(NoticeKind::Email, closing.owner.id, position)?;
    }
    Ok(())
}

fn overflow(_: Overflow) -> ActError {
    ActError::overflow()
}
