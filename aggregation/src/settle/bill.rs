//! What time brings to bills, and how their collections end, inside a batch of the core.

use std::sync::Arc;

use core_payment::{
    Accounts, Act, ActError, Begun, Books, End, NewAttempt, NoticeKind, Reply, Routing, Settlement,
};
use payment_domain::{
    ConsumerId, Label, LedgerPosition, Operation, Purpose, Reminder, SystemAccount, Timestamp, TransferKind,
};
use payment_message::Message;

use crate::close::scheme;
use crate::dunning::{Dunning, Event, Plan, Step};
use crate::settle::open::{Open, accounts};
use crate::storage::document;
use crate::terms::Terms;

/// What fees of reminders are credited to.
const REMINDERS: &str = "reminders";

/// What came of a look at a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// What time had brought.
    Step(Step),
    /// Credit on the account has paid it.
    SetOff,
}

/// What time brings to one bill.
pub(super) struct Advance {
    pub(super) bill: i64,
    pub(super) now: Timestamp,
    pub(super) terms: Arc<Terms>,
}

impl Act for Advance {
    type Done = Option<Moved>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Option<Moved>, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(None) };
        let plan = &self.terms.dunning;
        let before = open.dunning;
        let (next, step) = before.advance(self.now, plan);
        let Some(step) = step else { return Ok(None) };
        // Nobody is asked for more than the account owes: what was refunded after the bill is credit, and comes first.
        if step != Step::Reinstate && settle_by_credit(books, &mut open, self.now, plan)? {
            return Ok(Some(Moved::SetOff));
        }
        open.dunning = next;
        match step {
            Step::Collect => self.collect(books, &mut open)?,
            Step::Remind { number } => {
                let fee = self.reminder_fee(books, &mut open)?;
                self.remind(books, &open, number, fee)?;
            }
            Step::Suspend => {
                let suspended = books.suspend_for_bills(open.row.consumer)?;
                let words =
                    if suspended { "its consumer is suspended" } else { "its consumer was suspended before" };
                open.declare(books, words)?;
                self.remind(books, &open, before.reminders(), 0)?;
            }
            Step::Reinstate => reinstate(books, &open)?,
            Step::WriteOff => {
                open.give_up(books)?;
                open.declare(books, "what is open is given up")?;
            }
        }
        open.save(books)?;
        Ok(Some(Moved::Step(step)))
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
        let amount = open.money(open.open_micros());
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

    /// What the reminder costs goes to the next bill.
    fn reminder_fee(&self, books: &mut Books<'_, '_, '_>, open: &mut Open) -> Result<i64, ActError> {
        let fee = self.terms.dunning.reminder_fee_micros;
        if fee > 0 {
            let fees = books.system_account(SystemAccount::Fee, REMINDERS, open.currency)?;
            open.owe_beyond_limit(books, fee)?;
            open.post(books, open.row.account, fees, fee, TransferKind::ReminderFee)?;
        }
        Ok(fee)
    }

    /// Issues the letter of a step, which says where the bill stands now.
    fn remind(
        &self,
        books: &mut Books<'_, '_, '_>,
        open: &Open,
        number: u32,
        fee: i64,
    ) -> Result<(), ActError> {
        let position = books.position()?;
        let consumer = books.party(open.row.consumer)?;
        let bill = LedgerPosition::new(open.row.position).map_err(|_| ActError::corrupt("bill"))?;
        let reference = Label::parse(&format!("METEORE bill {bill}"));
        let pay_by = match open.dunning {
            Dunning::Reminding { next_at, .. } => Some(next_at),
            _ => None,
        };
        let reminder = Reminder {
            position,
            bill,
            consumer: ConsumerId::new(consumer.name.clone()),
            number: u64::from(number),
            amount_due: open.money(open.row.due),
            open: open.money(open.open_micros()),
            fee: open.money(fee),
            suspended: !consumer.active,
            pay_by,
            reference: reference.map_err(|_| ActError::corrupt("reference"))?,
            pay_to: self.terms.pay_to.clone(),
            issued_at: books.now(),
        };
        books.issue(position, &Message::Reminder(reminder))?;
        if consumer.details.email.is_some() {
            books.enqueue(NoticeKind::Email, consumer.id, position)?;
        }
        Ok(())
    }
}

/// Takes from what the bill asks for what stands to the consumer's credit. `true` if nothing of it is open then: it is paid.
fn settle_by_credit(
    books: &mut Books<'_, '_, '_>,
    open: &mut Open,
    now: Timestamp,
    plan: &Plan,
) -> Result<bool, ActError> {
    open.use_credit(books)?;
    if open.open_micros() > 0 {
        return Ok(false);
    }
    open.dunning = open.dunning.on(Event::Paid, now, plan).map_err(|_| ActError::corrupt("bill"))?;
    open.save(books)?;
    Ok(true)
}

/// Settles a bill by credit that came after its consumer was suspended for it: time brings nothing there.
pub(super) struct SetOff {
    pub(super) bill: i64,
    pub(super) terms: Arc<Terms>,
}

impl Act for SetOff {
    type Done = bool;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<bool, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(false) };
        if !matches!(open.dunning, Dunning::Suspended { .. }) {
            return Ok(false);
        }
        let now = books.now();
        let paid = settle_by_credit(books, &mut open, now, &self.terms.dunning)?;
        if !paid {
            open.save(books)?;
        }
        Ok(paid)
    }
}

/// Lets the consumer pay again, unless another bill keeps them suspended.
fn reinstate(books: &mut Books<'_, '_, '_>, open: &Open) -> Result<(), ActError> {
    if document::suspending_bills(books.tx().conn(), open.row.consumer)? == 0 {
        let words = match books.reinstate_from_bills(open.row.consumer)? {
            true => "paid: its consumer is reinstated",
            // Nobody but an operator ends what an operator has begun, or has ended before.
            false => "paid: its consumer was suspended, or reinstated, by an operator",
        };
        open.declare(books, words)?;
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
    open.post(books, external, open.row.account, rest, TransferKind::TopUp)?;
    Ok(())
}
