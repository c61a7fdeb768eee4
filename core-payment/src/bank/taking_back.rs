//! What came back and nothing books by itself, booked at a person's word: a single payment, a refund, and whatever an
//! external system that sends events took back. It is about a break, and ends it.

use std::fmt;

use payment_domain::{LedgerPosition, Money, Operation, Purpose};

use super::hearing::declare_return;
use super::stored;
use crate::act::{Accounts, Act, ActError, Begun, Books};
use crate::order::returned;
use crate::storage::bank::{self, EntryRow};
use crate::storage::payment::{self, AttemptRow};

/// Books what a break says came back, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeBack {
    /// The file of the bank, or event, that the break is in.
    pub answer: LedgerPosition,
    /// The number of the break within.
    pub number: u64,
    /// Who bears it, if it is a payment; anything else goes back to where its kind does.
    pub bearer: Option<Bearer>,
}

/// Who bears a single payment that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// The merchant who was paid, as far as the account holds it; the rest is lost.
    Merchant,
    /// We do.
    House,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBack {
    /// It was booked, and the break is resolved. Says what was booked.
    Now(String),
    /// There is no such break, or somebody has resolved it.
    Unknown,
    /// It cannot be booked, for this reason; nothing was.
    Refused(String),
}

impl fmt::Display for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Merchant => "the merchant",
            Self::House => "the house",
        })
    }
}

/// Whether an attempt that came back is a payment: then somebody has to bear it.
#[must_use]
pub(crate) fn is_payment(operation: Operation, purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Order | Purpose::Capture) && operation != Operation::Refund
}

impl Act for TakeBack {
    type Done = TakenBack;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let Some(begun) = self.about(books)?.as_ref().and_then(Begun::read) else {
            return Ok(Accounts::default());
        };
        if let Some(reversal) = books.batch.context.reversal(begun.purpose).cloned() {
            return reversal.accounts(books, &begun);
        }
        let paid = match begun.purpose {
            Purpose::Order | Purpose::Capture => payment::payment_at(books.tx().conn(), begun.subject)?,
            _ => None,
        };
        let merchants = paid.map(|paid| paid.merchant_account).into_iter().collect();
        Ok(Accounts { merchants, ..Accounts::default() })
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<TakenBack, ActError> {
        let number = stored(self.number);
        let Some(found) = bank::open_break(books.tx().conn(), self.answer.value(), number)? else {
            return Ok(TakenBack::Unknown);
        };
        let Some(id) = found.attempt else {
            return Ok(TakenBack::Refused("nothing that we moved came back".to_owned()));
        };
        // In the order in which a file of the bank is heard: the entry, then its attempt.
        let entry = bank::lock_entry(books.tx(), id)?;
        let row = payment::lock_attempt(books.tx(), id)?.ok_or(ActError::corrupt("attempt"))?;
        let begun = Begun::read(&row).ok_or(ActError::corrupt("attempt"))?;
        let done = match take_back(books, &row, entry, &begun, self.bearer)? {
            Ok(done) => done,
            Err(why) => return Ok(TakenBack::Refused(format!("attempt {}: {why}", begun.id))),
        };
        let now = books.now().as_millis();
        if !bank::resolve(books.tx(), self.answer.value(), number, now)? {
            return Err(ActError::conflict());
        }
        Ok(TakenBack::Now(format!("attempt {} of {}: {done}", begun.id, begun.amount)))
    }
}

impl TakeBack {
    fn about(&self, books: &mut Books<'_, '_, '_>) -> Result<Option<AttemptRow>, ActError> {
        let found = bank::open_break(books.tx().conn(), self.answer.value(), stored(self.number))?;
        let Some(id) = found.and_then(|found| found.attempt) else { return Ok(None) };
        Ok(payment::attempt_by_id(books.tx().conn(), id)?)
    }
}

/// Books it, and says what was.
fn take_back(
    books: &mut Books<'_, '_, '_>,
    row: &AttemptRow,
    entry: Option<EntryRow>,
    begun: &Begun,
    bearer: Option<Bearer>,
) -> Result<Result<String, String>, ActError> {
    if row.state != "approved" {
        return Ok(Err(format!("it is {}, and moved no money", row.state)));
    }
    if row.returned_at.is_some() {
        return Ok(Err("that it came back is booked".to_owned()));
    }
    if entry.as_ref().is_some_and(|entry| entry.state != "settled") {
        return Ok(Err("that it came back is booked".to_owned()));
    }
    let reversal = books.batch.context.reversal(begun.purpose).cloned();
    let said = match (reversal, begun.purpose) {
        (Some(reversal), _) => match reversal.reverse(books, begun, "by an operator's word")? {
            Ok(()) => "taken back".to_owned(),
            Err(irreversible) => return Ok(Err(irreversible.to_string())),
        },
        (None, Purpose::Order | Purpose::Capture) if begun.operation == Operation::Refund => {
            returned::not_refunded(books, begun)?;
            format!("a refund that did not arrive: {} to the merchant", begun.amount)
        }
        (None, Purpose::Order | Purpose::Capture) => {
            let Some(bearer) = bearer else {
                return Ok(Err("it is a payment: the merchant or the house has to bear it".to_owned()));
            };
            match returned::take_back(books, begun, bearer)? {
                Ok(returned::Moved { merchant, lost }) => {
                    format!("borne by {bearer}: {merchant} from the merchant, {lost} lost")
                }
                Err(irreversible) => return Ok(Err(irreversible.to_string())),
            }
        }
        (None, purpose) => return Ok(Err(format!("nothing takes back what was for a {purpose}"))),
    };
    let (mut returned_as, mut fee) = (None, Money::from_micros(0, begun.amount.currency()));
    if let Some(entry) = entry {
        fee = Money::from_micros(entry.fee_micros, fee.currency());
        let after = EntryRow { state: "returned".to_owned(), ..entry };
        bank::update_entry(books.tx(), &after)?;
        returned_as = after.returned_as;
    }
    declare_return(books, begun, returned_as.as_deref(), fee, &said)?;
    Ok(Ok(said))
}
