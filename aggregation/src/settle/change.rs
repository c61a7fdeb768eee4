//! What operators and banks' files say became of bills.

use std::sync::Arc;

use core_payment::{Accounts, Act, ActError, Books, time_of};
use payment_domain::{LedgerPosition, Money, RequestId, Timestamp};

use crate::dunning::Event;
use crate::fee::whole_minor_units;
use crate::settle::SettleError;
use crate::settle::open::{Open, accounts};
use crate::storage::entry::{self, EntryRow};
use crate::terms::Terms;

/// What was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// Where its transfer stands.
    pub position: LedgerPosition,
    /// When.
    pub booked_at: Timestamp,
    /// Whether it was booked before, under the same id, and nothing now.
    pub before: bool,
}

/// A change that an operator or a bank's file asks for.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Money came in.
    Paid { system: String, amount: Money },
    /// The bank took it back.
    Returned { system: String, amount: Money },
}

impl Change {
    /// As it is stored.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Paid { .. } => "paid",
            Self::Returned { .. } => "returned",
        }
    }

    const fn parts(&self) -> (&String, Money) {
        match self {
            Self::Paid { system, amount } | Self::Returned { system, amount } => (system, *amount),
        }
    }
}

/// Changes one bill.
pub(super) struct ChangeBill {
    pub(super) bill: i64,
    pub(super) change: Change,
    /// The id of the act: repeated, it books nothing. What a bank's file says is known by its attempt.
    pub(super) id: Option<RequestId>,
    pub(super) terms: Arc<Terms>,
}

impl Act for ChangeBill {
    type Done = Result<Booked, SettleError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(Err(SettleError::Unknown)) };
        if let Some(id) = &self.id
            && let Some(entry) = entry::of_id(books.tx().conn(), &id.as_bytes()[..])?
        {
            return self.repeated(&open, &entry);
        }
        let (system, amount) = self.change.parts();
        let most = match &self.change {
            Change::Paid { .. } => open.open_micros(),
            // Credit that settled it came from no bank.
            Change::Returned { .. } => {
                let set_off = entry::set_off_of(books.tx().conn(), self.bill)?;
                open.row.collected.saturating_sub(set_off)
            }
        };
        let whole = whole_minor_units(amount.micros(), amount.currency()) == (amount.micros(), 0);
        if amount.currency() != open.currency || amount.micros() <= 0 || !whole {
            return Ok(Err(SettleError::WrongAmount));
        }
        let event = match &self.change {
            Change::Paid { .. } if amount.micros() < most => None,
            Change::Paid { .. } => Some(Event::Paid),
            Change::Returned { .. } => Some(Event::Returned),
        };
        if amount.micros() > most {
            return Ok(Err(SettleError::TooMuch(open.money(most))));
        }
        if let Some(event) = event {
            match open.dunning.on(event, books.now(), &self.terms.dunning) {
                Ok(next) => open.dunning = next,
                Err(refused) => return Ok(Err(refused.into())),
            }
        }
        let (position, words) = match &self.change {
            Change::Paid { .. } => {
                (open.collect(books, system, amount.micros())?, format!("{amount} came from {system}"))
            }
            Change::Returned { .. } => {
                (open.take_back(books, system, amount.micros())?, format!("{amount} went back to {system}"))
            }
        };
        match &self.id {
            Some(id) => {
                let row = EntryRow {
                    id: id.as_bytes().to_vec(),
                    bill: self.bill,
                    kind: self.change.as_str().to_owned(),
                    system: system.clone(),
                    micros: amount.micros(),
                    position: position.value(),
                };
                entry::insert(books.tx(), &row)?;
                open.declare(books, &format!("{words}, act {id}"))?;
            }
            None => open.declare(books, &words)?,
        }
        open.save(books)?;
        Ok(Ok(Booked { position, booked_at: time_of(position.value()), before: false }))
    }
}

impl ChangeBill {
    /// What was done under an id that was used before.
    fn repeated(&self, open: &Open, entry: &EntryRow) -> Result<Result<Booked, SettleError>, ActError> {
        let (system, amount) = self.change.parts();
        let asked = (self.bill, self.change.as_str(), system.as_str(), amount);
        if asked != (entry.bill, entry.kind.as_str(), entry.system.as_str(), open.money(entry.micros)) {
            return Ok(Err(SettleError::IdReused));
        }
        let position = LedgerPosition::new(entry.position).map_err(|_| ActError::corrupt("bill entry"))?;
        Ok(Ok(Booked { position, booked_at: time_of(entry.position), before: true }))
    }
}

/// Gives up what is open of a bill.
pub(super) struct GiveUp {
    pub(super) bill: i64,
    pub(super) terms: Arc<Terms>,
}

impl Act for GiveUp {
    type Done = Result<Money, SettleError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        accounts(books, self.bill)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(mut open) = Open::lock(books, self.bill)? else { return Ok(Err(SettleError::Unknown)) };
        match open.dunning.on(Event::GivenUp, books.now(), &self.terms.dunning) {
            Ok(next) => open.dunning = next,
            Err(refused) => return Ok(Err(refused.into())),
        }
        let given_up = open.money(open.open_micros());
        open.give_up(books)?;
        open.declare(books, "what is open is given up")?;
        open.save(books)?;
        Ok(Ok(given_up))
    }
}
