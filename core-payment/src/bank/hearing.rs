//! What a bank said of entries of ours, booked: an attempt ends, or what it moved is taken back.
//!
//! Whoever read the bank's file decided by what was known then. An entry is locked and looked at again here: what has
//! become of it meanwhile may make the words mean something else, and then nothing is done ([`Effect::Overtaken`]).

use payment_domain::{AttemptId, Money, SystemAccount, TransferKind};

use super::BANK_FEES;
use crate::act::ending;
use crate::act::{Accounts, Act, ActError, Begun, Books, Posting};
use crate::reply::Outcome;
use crate::storage::bank::{self, EntryRow};
use crate::storage::payment;

/// Books what was said, in its order. A batch has some thousand positions, and one of these takes six at most.
#[derive(Debug, Clone)]
pub struct Hear(pub Vec<Heard>);

/// What a bank said of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Of which.
    pub attempt: AttemptId,
    /// What.
    pub said: Said,
}

/// What a bank can say of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The money moved.
    Settled {
        /// The bank's reference of the booking.
        booked_as: Option<String>,
    },
    /// It did not and will not.
    Rejected {
        /// The bank's reason.
        reason: String,
    },
    /// It is back where it came from.
    Returned {
        /// The bank's reference of the booking that took it back.
        returned_as: Option<String>,
        /// The bank's reason.
        reason: String,
        /// What the bank took for it on top.
        fee: Option<Money>,
    },
    /// It was known to have moved, and now is booked.
    Confirmed {
        /// The bank's reference of the booking.
        booked_as: String,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It was booked.
    Booked,
    /// Somebody else has moved the entry on: what was said has to be held against what is known again.
    Overtaken,
    /// It cannot be booked, for this reason: a person has to look at it.
    Stuck(String),
    /// It came back, and cannot be booked by itself: a person can have it booked ([`super::TakeBack`]).
    Back(String),
}

impl Act for Hear {
    type Done = Vec<Effect>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let mut all = Accounts::default();
        for heard in &self.0 {
            if matches!(heard.said, Said::Confirmed { .. }) {
                continue;
            }
            let Some(ending) = ending::resolve(books.batch, books.tx, heard.attempt)? else { continue };
            let mut add = |accounts: Accounts| {
                all.consumers.extend(accounts.consumers);
                all.merchants.extend(accounts.merchants);
            };
            add(ending.accounts());
            if let Some(begun) = begun(books, heard.attempt)?
                && let Some(reversal) = books.batch.context.reversal(begun.purpose).cloned()
            {
                add(reversal.accounts(books, &begun)?);
            }
        }
        Ok(all)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Vec<Effect>, ActError> {
        self.0.iter().map(|heard| hear(books, heard)).collect()
    }
}

fn hear(books: &mut Books<'_, '_, '_>, heard: &Heard) -> Result<Effect, ActError> {
    let attempt = heard.attempt;
    let Some(entry) = bank::lock_entry(books.tx(), attempt.value())? else { return Ok(Effect::Overtaken) };
    match (&heard.said, entry.state.as_str()) {
        (Said::Settled { booked_as }, "sent") => {
            // Some banks say that money moved before they say under which reference: then it is the batch's.
            let reference = booked_as.clone().or_else(|| entry.batch.clone()).unwrap_or_default();
            let after = EntryRow { state: "settled".to_owned(), booked_as: booked_as.clone(), ..entry };
            end(books, attempt, &after, &Outcome::Approved { reference })
        }
        (Said::Rejected { reason }, "sent") => {
            let after = EntryRow { state: "rejected".to_owned(), ..entry };
            end(books, attempt, &after, &Outcome::Declined { reason: reason.clone() })
        }
        (Said::Returned { returned_as, reason, fee }, "sent" | "settled") => {
            // What an earlier file said of a return that waits for a person still holds if this one says less.
            let fee_micros = fee.map_or(entry.fee_micros, Money::micros);
            let returned_as = returned_as.clone().or_else(|| entry.returned_as.clone());
            let booked = entry.state == "settled";
            let after = EntryRow { state: "returned".to_owned(), returned_as, fee_micros, ..entry };
            let effect = if booked {
                reverse(books, attempt, &after, reason)?
            } else {
                end(books, attempt, &after, &Outcome::Declined { reason: reason.clone() })?
            };
            match effect {
                Effect::Booked => {
                    let begun = begun(books, attempt)?.ok_or(ActError::corrupt("attempt"))?;
                    let fee = Money::from_micros(after.fee_micros, begun.amount.currency());
                    declare_return(books, &begun, after.returned_as.as_deref(), fee, reason)?;
                }
                // Whoever has it booked later books what the bank took for it, too.
                Effect::Back(_) => {
                    bank::update_entry(books.tx(), &EntryRow { state: "settled".to_owned(), ..after })?;
                }
                Effect::Stuck(_) | Effect::Overtaken => {}
            }
            Ok(effect)
        }
        (Said::Confirmed { booked_as }, "settled" | "returned") if entry.booked_as.is_none() => {
            let after = EntryRow { booked_as: Some(booked_as.clone()), ..entry };
            bank::update_entry(books.tx(), &after)?;
            Ok(Effect::Booked)
        }
        _ => Ok(Effect::Overtaken),
    }
}

/// Ends an attempt that nothing final was heard of.
fn end(
    books: &mut Books<'_, '_, '_>,
    attempt: AttemptId,
    after: &EntryRow,
    outcome: &Outcome,
) -> Result<Effect, ActError> {
    let ending = ending::resolve(books.batch, books.tx, attempt)?.ok_or(ActError::corrupt("attempt"))?;
    if !ending.is_pending() {
        return Ok(Effect::Stuck(format!("attempt {attempt} has ended in another way")));
    }
    ending::end(books.batch, books.tx, &ending, outcome)?;
    bank::update_entry(books.tx(), after)?;
    Ok(Effect::Booked)
}

/// Takes back what an attempt has moved, as its purpose does it.
fn reverse(
    books: &mut Books<'_, '_, '_>,
    attempt: AttemptId,
    after: &EntryRow,
    reason: &str,
) -> Result<Effect, ActError> {
    let begun = begun(books, attempt)?.ok_or(ActError::corrupt("attempt"))?;
    let Some(reversal) = books.batch.context.reversal(begun.purpose).cloned() else {
        let Begun { purpose, amount, .. } = begun;
        return Ok(Effect::Back(format!(
            "attempt {attempt} came back, and nothing takes back {amount} ({purpose}) by itself"
        )));
    };
    if let Err(irreversible) = reversal.reverse(books, &begun, reason)? {
        return Ok(Effect::Back(format!("attempt {attempt} came back: {irreversible}")));
    }
    bank::update_entry(books.tx(), after)?;
    Ok(Effect::Booked)
}

/// Keeps that an attempt came back, and books what the bank took for it.
pub(super) fn declare_return(
    books: &mut Books<'_, '_, '_>,
    begun: &Begun,
    returned_as: Option<&str>,
    fee: Money,
    reason: &str,
) -> Result<(), ActError> {
    if fee.micros() > 0 {
        let loss = books.system_account(SystemAccount::Loss, BANK_FEES, fee.currency())?;
        let external = books.system_account(SystemAccount::External, &begun.system, fee.currency())?;
        books.post(Posting {
            subject: begun.id.value(),
            debit: loss,
            credit: external,
            micros: fee.micros(),
            kind: TransferKind::BankFee,
        })?;
    }
    let at = books.position()?;
    payment::attempt_returned(books.tx(), begun.id.value(), at.value())?;
    books.declare(at, &words(begun, returned_as, fee, reason))
}

/// What is kept of a return.
pub(crate) fn words(begun: &Begun, returned_as: Option<&str>, fee: Money, reason: &str) -> String {
    let Begun { id, amount, system, .. } = begun;
    let returned_as = returned_as.unwrap_or("-");
    format!("attempt {id} of {amount} came back from {system} as {returned_as}, fee {fee}: {reason}")
}

fn begun(books: &mut Books<'_, '_, '_>, attempt: AttemptId) -> Result<Option<Begun>, ActError> {
    Ok(payment::attempt_by_id(books.tx().conn(), attempt.value())?.as_ref().and_then(Begun::read))
}
