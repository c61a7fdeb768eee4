//! Bills inside a batch of the core: every change locks the bill first.

use std::sync::Arc;

use core_payment::{
    Accounts, Act, ActError, Begun, Books, End, NewAttempt, NoticeKind, Posting, Reply, Routing, Settlement,
};
use payment_domain::{
    Currency, LedgerPosition, Money, Operation, Purpose, SystemAccount, Timestamp, TransferKind,
};

use crate::close::scheme;
use crate::dunning::{Dunning, Event, Step};
use crate::settle::SettleError;
use crate::storage::document::{self, BillChange, BillRow};
use crate::terms::Terms;

/// What debts that were given up are taken from.
const LOSS: &str = "bills";
/// What fees of reminders are credited to.
const REMINDERS: &str = "reminders";

/// A locked bill.
struct Open {
    row: BillRow,
    dunning: Dunning,
    currency: Currency,
}

impl Open {
    fn lock(books: &mut Books<'_, '_, '_>, position: i64) -> Result<Option<Self>, ActError> {
        let Some(row) = document::lock_bill(books.tx(), position)? else { return Ok(None) };
        let corrupt = || ActError::corrupt("bill");
        let count = |number: i32| u32::try_from(number).map_err(|_| corrupt());
        let next_at = row.next_at.map(Timestamp::from_millis).transpose().map_err(|_| corrupt())?;
        let (failures, reminders) = (count(row.failures)?, count(row.reminders)?);
        let dunning = Dunning::read(&row.state, failures, reminders, next_at).ok_or_else(corrupt)?;
        let currency = Currency::parse(&row.currency).map_err(|_| corrupt())?;
        Ok(Some(Self { row, dunning, currency }))
    }

    /// What nobody has paid or given up, in micro-units.
    const fn open_micros(&self) -> i64 {
        self.row.due.saturating_sub(self.row.collected).saturating_sub(self.row.written_off)
    }

    fn save(&self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let change = BillChange {
            collected: self.row.collected,
            written_off: self.row.written_off,
            state: self.dunning.as_str().to_owned(),
            failures: number(self.dunning.failures()),
            reminders: number(self.dunning.reminders()),
            next_at: self.dunning.next_at().map(Timestamp::as_millis),
            raised: self.row.raised,
            attempt: self.row.attempt,
        };
        Ok(document::change_bill(books.tx(), self.row.position, &change)?)
    }

    /// Money came in: external → postpaid.
    fn collect(&mut self, books: &mut Books<'_, '_, '_>, system: &str, micros: i64) -> Result<(), ActError> {
        let external = books.system_account(SystemAccount::External, system, self.currency)?;
        self.post(books, external, self.row.account, micros, TransferKind::Collection)?;
        self.row.collected = self.row.collected.saturating_add(micros);
        Ok(())
    }

    /// The bank took money back: postpaid → external. It is owed whatever the limit.
    fn take_back(
        &mut self,
        books: &mut Books<'_, '_, '_>,
        system: &str,
        micros: i64,
    ) -> Result<(), ActError> {
        let external = books.system_account(SystemAccount::External, system, self.currency)?;
        self.owe_beyond_limit(books, micros)?;
        self.post(books, self.row.account, external, micros, TransferKind::CollectionReturned)?;
        self.row.collected = self.row.collected.saturating_sub(micros);
        Ok(())
    }

    fn owe_beyond_limit(&mut self, books: &mut Books<'_, '_, '_>, micros: i64) -> Result<(), ActError> {
        document::raise_limit(books.tx(), self.row.account, micros)?;
        self.row.raised = self.row.raised.checked_add(micros).ok_or(ActError::overflow())?;
        Ok(())
    }

    /// Gives up what is open: loss → postpaid.
    fn give_up(&mut self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let micros = self.open_micros();
        if micros > 0 {
            let loss = books.system_account(SystemAccount::Loss, LOSS, self.currency)?;
            self.post(books, loss, self.row.account, micros, TransferKind::WriteOff)?;
            self.row.written_off = self.row.written_off.saturating_add(micros);
        }
        Ok(())
    }

    fn post(
        &self,
        books: &mut Books<'_, '_, '_>,
        debit: i64,
        credit: i64,
        micros: i64,
        kind: TransferKind,
    ) -> Result<(), ActError> {
        books.post(Posting { subject: self.row.position, debit, credit, micros, kind })?;
        Ok(())
    }

    fn declare(&self, books: &mut Books<'_, '_, '_>, words: &str) -> Result<(), ActError> {
        let at = books.position()?;
        books.declare(at, &format!("bill {}: {words}", self.row.position))
    }
}

fn accounts(books: &mut Books<'_, '_, '_>, bill: i64) -> Result<Accounts, ActError> {
    let row = document::bill_at(books.tx().conn(), bill)?;
    Ok(Accounts { consumers: row.into_iter().map(|row| row.account).collect(), ..Accounts::default() })
}

/// What time brings to one bill.
pub(super) struct Advance {
    pub(super) bill: i64,
    pub(super) now: Timestamp,
    pub(super) terms: Arc<Terms>,
}

impl Act for Advance {
    type Done = Option<Step>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Option<Step>, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(None) };
        let plan = &self.terms.dunning;
        let (next, step) = open.dunning.advance(self.now, plan);
        let Some(step) = step else { return Ok(None) };
        open.dunning = next;
        match step {
            Step::Collect => self.collect(books, &mut open)?,
            Step::Remind { number } => self.remind(books, &mut open, number)?,
            Step::Suspend => {
                books.set_active(open.row.consumer, false)?;
                open.declare(books, "its consumer is suspended")?;
            }
            Step::Reinstate => reinstate(books, &open)?,
            Step::WriteOff => {
                open.give_up(books)?;
                open.declare(books, "what is open is given up")?;
            }
        }
        open.save(books)?;
        Ok(Some(step))
    }
}

impl Advance {
    fn collect(&self, books: &mut Books<'_, '_, '_>, open: &mut Open) -> Result<(), ActError> {
        let consumer = books.party(open.row.consumer)?;
        // A bank account without a mandate is no means: nothing is collected without consent.
        let mandated = consumer.details.bank.as_ref().is_none_or(|bank| bank.mandate.is_some());
        let scheme = if mandated {
            scheme(&consumer)
        } else {
            consumer.external.as_ref().map(|external| external.system().to_owned())
        };
        let amount = Money::from_micros(open.open_micros(), open.currency);
        let Some(scheme) = scheme.filter(|_| amount.micros() > 0) else {
            let asked = open.dunning.on(Event::NothingToCollectFrom, self.now, &self.terms.dunning);
            open.dunning = asked.map_err(|_| ActError::corrupt("bill"))?;
            return Ok(());
        };
        let operation = Operation::Charge;
        let system = books.route(&Routing { scheme: &scheme, operation, amount });
        let attempt = NewAttempt {
            operation,
            purpose: Purpose::Bill,
            subject: open.row.position,
            party: open.row.consumer,
            original: None,
            system: &system,
            amount,
        };
        open.row.attempt = Some(books.begin(&attempt)?.id.value());
        Ok(())
    }

    fn remind(&self, books: &mut Books<'_, '_, '_>, open: &mut Open, number: u32) -> Result<(), ActError> {
        let fee = self.terms.dunning.reminder_fee_micros;
        if fee > 0 {
            let fees = books.system_account(SystemAccount::Fee, REMINDERS, open.currency)?;
            open.owe_beyond_limit(books, fee)?;
            open.post(books, open.row.account, fees, fee, TransferKind::ReminderFee)?;
        }
        open.declare(books, &format!("reminder {number}"))?;
        let consumer = books.party(open.row.consumer)?;
        if consumer.details.email.is_some() {
            let bill = LedgerPosition::new(open.row.position).map_err(|_| ActError::corrupt("bill"))?;
            books.enqueue(NoticeKind::Email, consumer.id, bill)?;
        }
        Ok(())
    }
}

/// Lets the consumer pay again, unless another bill keeps them suspended.
fn reinstate(books: &mut Books<'_, '_, '_>, open: &Open) -> Result<(), ActError> {
    if document::suspending_bills(books.tx().conn(), open.row.consumer)? == 0 {
        books.set_active(open.row.consumer, true)?;
        open.declare(books, "paid: its consumer is reinstated")?;
    }
    Ok(())
}

/// Sets the limit of an account back once a bill no longer needs it raised.
pub(super) struct LowerLimit {
    pub(super) bill: i64,
}

impl Act for LowerLimit {
    type Done = ();

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(()) };
        let ended = matches!(open.dunning, Dunning::Paid { .. } | Dunning::WrittenOff);
        // While the account stands too low for its limit (a reminder's fee waits for the next bill) it is tried again.
        if ended
            && open.row.raised > 0
            && document::lower_limit(books.tx(), open.row.account, open.row.raised)?
        {
            open.row.raised = 0;
            open.save(books)?;
        }
        Ok(())
    }
}

/// A change that an operator or a bank's file asks for.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Paid { system: String, amount: Money },
    Returned { system: String, amount: Money },
    WrittenOff,
}

/// Changes one bill.
pub(super) struct ChangeBill {
    pub(super) bill: i64,
    pub(super) change: Change,
    pub(super) terms: Arc<Terms>,
}

impl Act for ChangeBill {
    type Done = Result<(), SettleError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(Err(SettleError::Unknown)) };
        let (most, amount) = match &self.change {
            Change::Paid { amount, .. } => (open.open_micros(), *amount),
            Change::Returned { amount, .. } => (open.row.collected, *amount),
            Change::WrittenOff => (open.open_micros(), Money::from_micros(open.open_micros(), open.currency)),
        };
        if amount.currency() != open.currency || amount.micros() <= 0 {
            return Ok(Err(SettleError::WrongAmount));
        }
        if amount.micros() > most {
            return Ok(Err(SettleError::TooMuch(Money::from_micros(most, open.currency))));
        }
        let (now, plan) = (books.now(), &self.terms.dunning);
        let event = match &self.change {
            Change::Paid { .. } if amount.micros() < most => None,
            Change::Paid { .. } => Some(Event::Paid),
            Change::Returned { .. } => Some(Event::Returned),
            Change::WrittenOff => Some(Event::GivenUp),
        };
        if let Some(event) = event {
            match open.dunning.on(event, now, plan) {
                Ok(next) => open.dunning = next,
                Err(refused) => return Ok(Err(refused.into())),
            }
        }
        match &self.change {
            Change::Paid { system, .. } => {
                open.collect(books, system, amount.micros())?;
                open.declare(books, &format!("{amount} came from {system}"))?;
            }
            Change::Returned { system, .. } => {
                open.take_back(books, system, amount.micros())?;
                open.declare(books, &format!("{amount} went back to {system}"))?;
            }
            Change::WrittenOff => {
                open.give_up(books)?;
                open.declare(books, "what is open is given up")?;
            }
        }
        open.save(books)?;
        Ok(Ok(()))
    }
}

/// Ends collections.
pub(super) struct BillSettlement(pub(super) Arc<Terms>);

impl Settlement for BillSettlement {
    fn purpose(&self) -> Purpose {
        Purpose::Bill
    }

    fn accounts(&self, books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        accounts(books, attempt.subject)
    }

    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError> {
        let mut open = Open::lock(books, attempt.subject)?.ok_or(ActError::corrupt("bill"))?;
        let (now, plan) = (books.now(), &self.0.dunning);
        let event = match end {
            End::Approved { .. } => {
                // Somebody may have paid in another way while the collection was out: what is too much is to their credit.
                let micros = attempt.amount.micros().min(open.open_micros());
                if micros > 0 {
                    open.collect(books, &attempt.system, micros)?;
                }
                credit_rest(books, &open, attempt, micros)?;
                let ended = matches!(open.dunning, Dunning::Paid { .. } | Dunning::WrittenOff);
                (open.open_micros() == 0 && !ended).then_some(Event::Paid)
            }
            End::Declined { .. } => Some(Event::CollectionFailed),
        };
        if let Some(event) = event {
            open.dunning = open.dunning.on(event, now, plan).map_err(|_| ActError::corrupt("bill"))?;
        }
        open.save(books)?;
        books.declare_end(at, attempt, end)
    }
}

/// What a collection brought beyond its bill: external → postpaid, to the consumer's credit.
fn credit_rest(
    books: &mut Books<'_, '_, '_>,
    open: &Open,
    attempt: &Begun,
    booked: i64,
) -> Result<(), ActError> {
    let rest = attempt.amount.micros().saturating_sub(booked);
    if rest <= 0 {
        return Ok(());
    }
    let external = books.system_account(SystemAccount::External, &attempt.system, open.currency)?;
    open.post(books, external, open.row.account, rest, TransferKind::TopUp)
}
