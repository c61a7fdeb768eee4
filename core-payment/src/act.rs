//! The seam for other rooms: work inside a batch of the core, in its one transaction, under its hash chain.
//!
//! An [`Act`] is done for its result, a [`Request`] answers a verified message, a [`Settlement`] ends attempts of one
//! purpose. All of them write through [`Books`], which is a batch: a batch that meets another is rolled back and run
//! again, so they hold no state and change nothing but through it. What they must not do: call out, or wait.

mod books;
pub(crate) mod ending;
mod people;
pub(crate) mod reroute;

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use payment_domain::{AttemptId, Digest, LedgerPosition, Money, Operation, Purpose, Timestamp};
use payment_message::{MessageId, Sender, SignError};
use thiserror::Error;

pub use books::{Books, Issued, NewAttempt, PartyView, Posting};

pub(crate) use reroute::Reroute;

use crate::batch::BatchError;
use crate::reply::{Outcome, Reply};
use crate::storage::StorageError;
use crate::storage::payment::AttemptRow;

/// Something to do in one batch, for its result.
pub trait Act: Send + Sync + 'static {
    /// What comes of it; a refusal is a result like any other.
    type Done: Send + 'static;

    /// The accounts to lock before it runs. Reads only.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError>;

    /// Does it.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back; it is for what cannot be read or written, not for refusals.
    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError>;
}

/// A verified message, dealt with by whoever knows its kind. A repetition gets the stored answer and never comes here.
pub trait Request: Send + Sync + 'static {
    /// What was received.
    fn asked(&self) -> Asked<'_>;

    /// The accounts to lock before it is answered. Reads only.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError>;

    /// Decides, posts and answers. A refusal ([`Books::refuse`]) need not be kept: the same message may succeed later.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError>;
}

/// A message as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its id.
    pub id: MessageId,
    /// Its digest as signed.
    pub digest: Digest,
    /// Who signed it.
    pub sender: &'a Sender,
    /// Its bytes.
    pub document: &'a [u8],
    /// Whether it holds what must be sealed at rest (R40).
    pub personal: bool,
}

/// What ends the attempts of one purpose.
pub trait Settlement: Send + Sync {
    /// Which.
    fn purpose(&self) -> Purpose;

    /// The accounts to lock before it ends. Reads only.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn accounts(&self, books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError>;

    /// Books the end of an attempt, once: never an unknown one, never one that has ended. `at` is the position that the
    /// attempt is settled at: the evidence of the end stands there ([`Books::keep_end`]).
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError>;
}

/// What takes back, for one purpose, what an attempt has moved: a bank may return money weeks after it was booked.
pub trait Reversal: Send + Sync {
    /// Which.
    fn purpose(&self) -> Purpose;

    /// The accounts to lock before it is taken back. Reads only.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn accounts(&self, books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError>;

    /// Books it, once for an attempt that was approved. That it came back, and why, is kept as evidence by the caller.
    ///
    /// # Errors
    /// [`ActError`] rolls the batch back.
    fn reverse(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        reason: &str,
    ) -> Result<Result<(), Irreversible>, ActError>;
}

/// Why something cannot be taken back as things stand. Nothing was posted; a person has to look at it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Irreversible(pub String);

/// What the rooms above bring along.
#[derive(Clone, Default)]
pub struct Rooms {
    /// What ends the attempts of their purposes.
    pub settlements: Vec<Arc<dyn Settlement>>,
    /// What takes back what they moved.
    pub reversals: Vec<Arc<dyn Reversal>>,
}

impl From<Vec<Arc<dyn Settlement>>> for Rooms {
    fn from(settlements: Vec<Arc<dyn Settlement>>) -> Self {
        Self { settlements, reversals: Vec::new() }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    /// The money moved.
    Approved {
        /// The system's name for it.
        reference: &'a str,
    },
    /// It did not and will not.
    Declined {
        /// For logs and operators, not for documents.
        reason: &'a str,
    },
}

impl<'a> End<'a> {
    /// The end in an outcome; `None` while nothing is known.
    #[must_use]
    pub fn of(outcome: &'a Outcome) -> Option<Self> {
        match outcome {
            Outcome::Approved { reference } => Some(Self::Approved { reference }),
            Outcome::Declined { reason } => Some(Self::Declined { reason }),
            Outcome::ActionRequired { .. } | Outcome::Unknown => None,
        }
    }
}

/// An attempt as it was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its id, the idempotency key at the system.
    pub id: AttemptId,
    /// What the system was asked to do.
    pub operation: Operation,
    /// What for.
    pub purpose: Purpose,
    /// The payment, bill, payout or coupon that it belongs to, by its position.
    pub subject: i64,
    /// Whose instrument it uses.
    pub party: Option<i64>,
    /// The attempt that it goes back to.
    pub original: Option<AttemptId>,
    /// Which system.
    pub system: String,
    /// How much.
    pub amount: Money,
    /// When.
    pub started_at: Timestamp,
}

/// Accounts to lock. Everywhere consumers' accounts come before merchants', each by id; accounts that are only credited
/// need no lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Consumers' accounts.
    pub consumers: BTreeSet<i64>,
    /// Merchants' accounts.
    pub merchants: BTreeSet<i64>,
}

/// Why an act could not be finished. The batch is rolled back and, if that may help, run again.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct ActError(#[from] pub(crate) BatchError);

impl ActError {
    /// Something stored makes no sense.
    #[must_use]
    pub const fn corrupt(what: &'static str) -> Self {
        Self(BatchError::Corrupt(what))
    }

    /// A sum leaves the range of amounts.
    #[must_use]
    pub const fn overflow() -> Self {
        Self(BatchError::Overflow)
    }

    /// Somebody else changed the same thing first: run again.
    #[must_use]
    pub const fn conflict() -> Self {
        Self(BatchError::Full)
    }
}

impl From<StorageError> for ActError {
    fn from(error: StorageError) -> Self {
        Self(error.into())
    }
}

impl From<SignError> for ActError {
    fn from(error: SignError) -> Self {
        Self(error.into())
    }
}

impl Begun {
    /// What is said of an attempt that no message asked for.
    pub(crate) fn words(&self) -> String {
        let Self { operation, purpose, subject, system, amount, .. } = self;
        format!("{purpose} {operation} {amount} at {system} for {subject}")
    }

    pub(crate) fn read(row: &AttemptRow) -> Option<Self> {
        let currency = payment_domain::Currency::parse(&row.currency).ok()?;
        Some(Self {
            id: AttemptId::new(row.id).ok()?,
            operation: Operation::parse(&row.kind).ok()?,
            purpose: Purpose::parse(&row.purpose).ok()?,
            subject: row.payment,
            party: row.party,
            original: row.original.map(AttemptId::new).transpose().ok()?,
            system: row.system.clone(),
            amount: Money::from_micros(row.micros, currency),
            started_at: Timestamp::from_millis(row.started_at).ok()?,
        })
    }
}

/// An act whose result is known only to whoever asked for it.
pub(crate) trait AnyAct: Send + Sync {
    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError>;
    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Box<dyn Any + Send>, ActError>;
}

impl<A: Act> AnyAct for Arc<A> {
    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Act::accounts(&**self, books)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Box<dyn Any + Send>, ActError> {
        Ok(Box::new(Act::run(&**self, books)?))
    }
}
