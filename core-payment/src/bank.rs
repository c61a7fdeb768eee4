//! Banks that are spoken to by files (ISO 20022): which attempts are in which file, and what the bank made of each (R9, R13).
//!
//! An attempt at [`SYSTEM`] stays pending until it is written into a file ([`WriteFile`]), in the transaction that marks
//! it as sent, and until one of the bank's files ends it ([`Hear`]). A file is kept whole, sealed: if it did not get out
//! of the house the same bytes are put out again, never a new file. The table knows an attempt once: it is in one file, or
//! was refused ([`RefuseEntry`]), never both, whoever writes at the same time.
//!
//! What this must not do: know how a file is written or read (the gateway does; see [`Scribe`]), or touch a folder.

mod afterwards;
mod answer;
mod file;
mod hearing;
mod taking_back;

use payment_domain::{AttemptId, Currency, Digest, LedgerPosition, Money, Operation, Purpose, Timestamp};
use thiserror::Error;

pub use afterwards::{About, Afterwards, KeepEvent, Kept};
pub use answer::{Break, RegisterAnswer, Registered};
pub use file::{Filed, RefuseEntry, WriteFile};
pub use hearing::{Effect, Hear, Heard, Said};
pub use taking_back::{Bearer, TakeBack, TakenBack};

pub(crate) use answer::words as answer_words;
pub(crate) use file::{open as open_document, words as file_words};
pub(crate) use hearing::words as return_words;

use taking_back::is_payment;

use crate::act::Begun;
use crate::parties::BankDetails;
use crate::storage::StorageError;
use crate::storage::bank::{AnswerRow, BreakRow, EntryRow, FileRow, Sent};
use crate::storage::payment::AttemptRow;

/// The system whose attempts go by files.
pub const SYSTEM: &str = "sepa";

/// What fees of the bank are booked against.
pub(crate) const BANK_FEES: &str = "bank-fees";

/// A kind of file that we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Direct debits: money to us.
    Collections,
    /// Credit transfers: money from us.
    Payouts,
}

/// Puts entries into a bank's words. Pure: a batch that is run again asks again, with another name.
pub trait Scribe: Send + Sync + 'static {
    /// Writes one file. What cannot be written is left out and named, with what else can.
    ///
    /// # Errors
    /// [`Unwritable`]: nothing can be written as things are set up, and nothing is refused for it.
    fn write(&self, draft: &Draft<'_>) -> Result<Written, Unwritable>;
}

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'d> {
    /// What kind of file.
    pub kind: Kind,
    /// Its name, which was never used before.
    pub name: &'d str,
    /// What may be in it.
    pub entries: &'d [Due],
    /// When it is made.
    pub now: Timestamp,
}

/// An attempt that can go into a file.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its id, which becomes the end-to-end id.
    pub attempt: AttemptId,
    /// What for.
    pub purpose: Purpose,
    /// The position of what it is for: a bill, a payout, an account.
    pub subject: i64,
    /// How much.
    pub amount: Money,
    /// Whose account; nothing if it is not known.
    pub bank: Option<BankDetails>,
    /// Whether anything was collected under its mandate before.
    pub mandate_use: MandateUse,
}

/// Where in the life of a mandate a collection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MandateUse {
    /// Nothing was sent under it yet.
    First,
    /// Something was.
    Again,
}

/// A file that was written, before it is kept.
pub struct Written {
    /// The document, and the batches in it; nothing if no entry could be written.
    pub document: Option<(Vec<u8>, Vec<Batch>)>,
    /// Entries that can never be written as they are, and why.
    pub refused: Vec<Refused>,
}

/// Entries that a bank may book as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub attempts: Vec<AttemptId>,
}

/// An entry that was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub attempt: AttemptId,
    /// Why: it is declined for it.
    pub reason: String,
}

/// Why no file can be written at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unwritable(pub String);

/// A file that was written and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFile {
    /// The position of its evidence.
    pub id: LedgerPosition,
    /// What kind.
    pub kind: Kind,
    /// Its name (`MsgId`).
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// How many entries are in it.
    pub entries: u64,
    /// How much it asks for.
    pub total: Money,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was put where the bank takes it.
    pub delivered_at: Option<Timestamp>,
    /// When a second person let it go, where one is asked for.
    pub released_at: Option<Timestamp>,
}

/// What is known of an attempt that is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEntry {
    /// Which.
    pub attempt: AttemptId,
    /// Which way the money goes.
    pub kind: Kind,
    /// How much.
    pub amount: Money,
    /// The name of its file.
    pub file: String,
    /// The name of its batch.
    pub batch: String,
    /// What became of it.
    pub state: EntryState,
}

/// What became of an attempt that is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryState {
    /// Nothing final was heard.
    Sent,
    /// The money moved.
    Settled {
        /// The bank's reference of the booking.
        booked_as: Option<String>,
    },
    /// Refused by the bank; no money moved.
    Rejected,
    /// The money moved and came back.
    Returned {
        /// The bank's reference of the first booking.
        booked_as: Option<String>,
        /// And of the one that took it back.
        returned_as: Option<String>,
    },
}

/// A file of the bank that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The position of its evidence.
    pub id: LedgerPosition,
    /// The message that it is, such as `pain.002.001.10`.
    pub message: String,
    /// The bank's name for it.
    pub name: String,
    /// How many lines of it meant something.
    pub findings: u64,
    /// How many of those do not fit.
    pub breaks: u64,
    /// When it was read.
    pub read_at: Timestamp,
}

/// What a file of the bank says that cannot be. Nothing was posted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBreak {
    /// The file of the bank.
    pub answer: LedgerPosition,
    /// Its number within.
    pub number: u64,
    /// The line of the file.
    pub line: u64,
    /// What does not fit.
    pub words: String,
    /// What came back, if that is what does not fit: a person can have it booked ([`TakeBack`]).
    pub back: Option<Back>,
}

/// Something that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// A single payment: somebody has to bear it.
    Payment,
    /// Something else, which goes back to where its kind does.
    Other,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Collections, Self::Payouts];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Collections => "collections",
            Self::Payouts => "payouts",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What the operations are that this kind is asked for. A bank's file cannot do all of them.
    pub(crate) const fn operations(self) -> &'static [&'static str] {
        match self {
            Self::Collections => &["charge", "authorise", "capture", "void"],
            Self::Payouts => &["payout", "refund"],
        }
    }

    /// The kind of file that can do an operation: money set aside is nothing that a bank's file knows.
    #[must_use]
    pub const fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::Charge => Some(Self::Collections),
            Operation::Payout | Operation::Refund => Some(Self::Payouts),
            Operation::Authorise | Operation::Capture | Operation::Void => None,
        }
    }
}

impl EntryState {
    fn read(row: &EntryRow) -> Option<Self> {
        let (booked_as, returned_as) = (row.booked_as.clone(), row.returned_as.clone());
        Some(match row.state.as_str() {
            "sent" => Self::Sent,
            "settled" => Self::Settled { booked_as },
            "rejected" => Self::Rejected,
            "returned" => Self::Returned { booked_as, returned_as },
            _ => return None,
        })
    }
}

const CORRUPT_FILE: StorageError = StorageError::Corrupt("bank file");

impl BankFile {
    pub(crate) fn read(row: &FileRow) -> Result<Self, StorageError> {
        let at = |millis| Timestamp::from_millis(millis).map_err(|_| CORRUPT_FILE);
        Ok(Self {
            id: LedgerPosition::new(row.id).map_err(|_| CORRUPT_FILE)?,
            kind: Kind::parse(&row.kind).ok_or(CORRUPT_FILE)?,
            name: row.message_id.clone(),
            digest: Digest::from_slice(&row.digest).map_err(|_| CORRUPT_FILE)?,
            entries: count(row.entries),
            total: Money::from_micros(row.total_micros, Currency::EUR),
            created_at: at(row.created_at)?,
            delivered_at: row.delivered_at.map(at).transpose()?,
            released_at: row.released_at.map(at).transpose()?,
        })
    }
}

impl SentEntry {
    pub(crate) fn read((entry, attempt, file): &Sent) -> Result<Self, StorageError> {
        let corrupt = StorageError::Corrupt("entry of a bank file");
        let read = || {
            let currency = Currency::parse(&attempt.currency).ok()?;
            Some(Self {
                attempt: AttemptId::new(entry.attempt).ok()?,
                kind: Kind::of(Operation::parse(&attempt.kind).ok()?)?,
                amount: Money::from_micros(attempt.micros, currency),
                file: file.clone(),
                batch: entry.batch.clone()?,
                state: EntryState::read(entry)?,
            })
        };
        read().ok_or(corrupt)
    }
}

impl Answer {
    pub(crate) fn read(row: &AnswerRow) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt("file of the bank");
        Ok(Self {
            id: LedgerPosition::new(row.id).map_err(corrupt)?,
            message: row.message.clone(),
            name: row.name.clone(),
            findings: count(row.findings),
            breaks: count(row.breaks),
            read_at: Timestamp::from_millis(row.read_at)
                .map_err(|_| StorageError::Corrupt("file of the bank"))?,
        })
    }
}

impl OpenBreak {
    /// Reads it; what it is about is among the attempts.
    pub(crate) fn read(row: BreakRow, attempts: &[AttemptRow]) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt("break");
        Ok(Self {
            answer: LedgerPosition::new(row.answer).map_err(corrupt)?,
            number: count(row.number),
            line: count(row.line),
            words: row.words,
            back: attempts
                .iter()
                .find(|attempt| Some(attempt.id) == row.attempt)
                .filter(|attempt| attempt.state == "approved" && attempt.returned_at.is_none())
                .and_then(Back::of),
        })
    }
}

impl Back {
    fn of(attempt: &AttemptRow) -> Option<Self> {
        let begun = Begun::read(attempt)?;
        Some(if is_payment(begun.operation, begun.purpose) { Self::Payment } else { Self::Other })
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A number for the database.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
