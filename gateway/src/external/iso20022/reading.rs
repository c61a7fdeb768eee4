//! What the bank answers: pain.002.001.10 (the status of what we sent), camt.054.001.08 and camt.053.001.08 (what was
//! booked on our account).
//!
//! A file is read in one pass over a stream and is returned whole or not at all: a truncated file, or one that breaks
//! its schema near the end, has said nothing. The crate `sepa`, which writes our files, can read these as well, but keeps
//! a tree of the document and is lenient where a file that moves money should be refused.
//!
//! What this must not do: decide anything ([`matching`](super::matching) does), keep names, addresses or free
//! text, or fetch anything that a document points to. Start at [`read`].

mod booking;
mod bounded;
mod cursor;
mod shape;
mod status;

use std::fmt;
use std::io::BufRead;

use payment_domain::Money;
use thiserror::Error;
use time::Date;
use time::macros::format_description;

use super::reason::Reason;
use cursor::Cursor;

/// How much a file may hold. The defaults are far above what a day of a large merchant needs.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The whole file.
    pub file_bytes: u64,
    /// One tag, text or comment: what the parser holds at any one time.
    pub event_bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Statuses or bookings: what stays in memory, some 300 bytes each.
    pub records: usize,
}

/// What a file of the bank says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankFile {
    /// pain.002.
    Status(StatusReport),
    /// camt.054 or camt.053.
    Bookings(BookingReport),
}

/// What the bank made of one of our files (pain.002).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The bank's name for the report, `GrpHdr/MsgId`.
    pub id: String,
    /// When the bank wrote it, as written there.
    pub created_at: String,
    /// The `MsgId` of our file.
    pub original_file: String,
    /// In the order of the file: the file, then each batch followed by its entries.
    pub lines: Vec<StatusLine>,
}

/// One status in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// The line of the report.
    pub line: u64,
    /// What it is about.
    pub subject: Subject,
    /// What became of it.
    pub status: Status,
    /// The first reason given.
    pub reason: Option<Reason>,
    /// The amount as the bank repeats it.
    pub amount: Option<Money>,
    /// The bank's reference of the booking.
    pub booked_as: Option<Reference>,
}

/// What a status is about. The narrower one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The whole file.
    File,
    /// A batch in it, by its `PmtInfId`.
    Batch(String),
    /// An entry, if the bank names it.
    Entry(Option<Reference>),
}

/// What became of a payment, from the bank's `ExternalPaymentTransactionStatus1Code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// On its way: ACCP, ACSP, ACTC, ACWC, ACFC, ACWP, PATC, PDNG, RCVD. Says nothing about money.
    Underway,
    /// Parts differ: PART. The parts say how.
    Partial,
    /// The money is booked: ACSC, ACCC.
    Settled,
    /// Refused, cancelled or blocked before any money moved: RJCT, CANC.
    Rejected,
    /// A code that this does not know.
    Unclear,
}

/// What was booked (camt.053, camt.054).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingReport {
    /// Which of the two.
    pub kind: BookingKind,
    /// The bank's name for the message, `GrpHdr/MsgId`.
    pub id: String,
    /// When the bank wrote it, as written there.
    pub created_at: String,
    /// One for each account and period.
    pub statements: Vec<Statement>,
}

/// How a booking is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingKind {
    /// camt.054, as it happens.
    Notification,
    /// camt.053, the day's account of it all.
    Statement,
}

/// The bookings of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The line it begins on.
    pub line: u64,
    /// The bank's name for it, `Stmt/Id` or `Ntfctn/Id`.
    pub id: String,
    /// Whose account, if it has an IBAN.
    pub account: Option<Reference>,
    /// Whether opening balance and booked entries make the closing balance, as far as there are balances.
    pub balance: Sum,
    /// The booked entries; what is pending or for information only is left out.
    pub bookings: Vec<Booking>,
}

/// Money that moved on our account, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The line of its end in the file.
    pub line: u64,
    /// The bank's reference for the booking, the same in a notification and the statement after it.
    pub reference: Option<Reference>,
    /// What the payer of this entry called it: ours is an attempt's id.
    pub end_to_end_id: Option<Reference>,
    /// The batch it was sent in.
    pub batch: Option<Reference>,
    /// How many entries were booked as one.
    pub batch_count: Option<u64>,
    /// In or out.
    pub direction: Direction,
    /// How much moved; nothing if the bank does not divide an entry among its parts.
    pub amount: Option<Money>,
    /// How much was first asked for, where fees make the difference.
    pub original_amount: Option<Money>,
    /// Set if this takes back an earlier booking.
    pub returned: Option<Return>,
    /// When it was booked.
    pub booked_on: Option<Date>,
    /// Whether the parts of the entry it belongs to add up.
    pub sum: Sum,
}

/// In or out of our account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In.
    Credit,
    /// Out.
    Debit,
}

/// An R-transaction: a return, refund or reversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Why, if it says so.
    pub reason: Option<Reason>,
}

/// Whether figures that belong together agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// They do.
    Agrees,
    /// They do not: something was altered, left out or put in.
    Differs,
    /// There is nothing to compare.
    NotStated,
}

/// A name that somebody gave to something in a bank's file. It may be anybody's text, so it prints as `sealed`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

/// Why a file was refused. Nothing of it has been used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}{}{element}: {fault}", if element.is_empty() { "" } else { ", " })]
pub struct ReadError {
    /// The line, from 1.
    pub line: u64,
    /// The path to the element, by the names of the schema.
    pub element: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// It ends before it is complete.
    #[error("the file ends too early")]
    Truncated,
    /// It is no XML.
    #[error("not well-formed XML")]
    NotWellFormed,
    /// It declares a document type.
    #[error("a document type is declared")]
    Doctype,
    /// An entity other than the five of XML itself.
    #[error("an entity that XML does not define")]
    Entity,
    /// Not UTF-8.
    #[error("the file is not in UTF-8")]
    Encoding,
    /// No message that we read, or something foreign within one.
    #[error("the namespace `{0}` is not the one expected")]
    Namespace(String),
    /// An element that the schema does not have there.
    #[error("`{0}` is not allowed here")]
    Unexpected(String),
    /// An element that the schema asks for.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An element that may not come again.
    #[error("`{0}` comes too often")]
    Repeated(&'static str),
    /// An attribute that the schema does not have there.
    #[error("an attribute is not allowed here")]
    Attribute,
    /// Text between elements.
    #[error("text is not allowed here")]
    StrayText,
    /// No text where there must be some.
    #[error("it is empty")]
    Empty,
    /// A text that is too long.
    #[error("longer than {max_chars} characters")]
    TooLong {
        /// What the schema allows.
        max_chars: usize,
    },
    /// An amount without a currency.
    #[error("no currency of three capital letters")]
    NoCurrency,
    /// A text that is not what it should be.
    #[error("not {0}")]
    Value(&'static str),
    /// The whole file.
    #[error("the file is too large")]
    TooLarge,
    /// One tag, text or comment.
    #[error("a tag, text or comment is too long")]
    TooMuchAtOnce,
    /// Elements inside each other.
    #[error("elements are nested too deeply")]
    TooDeep,
    /// More statuses or bookings than we keep.
    #[error("too many entries")]
    TooMany,
    /// The disk or network failed.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
}

const PAIN_002: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10";
const CAMT_053: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
const CAMT_054: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08";

/// `Max35Text`: identifiers.
const ID_CHARS: usize = 35;
/// `ISODateTime`, with fractions and zone.
const TIME_CHARS: usize = 40;

/// Reads a file of the bank, whatever it is.
///
/// # Errors
/// [`ReadError`], with the line and the element.
pub fn read(input: impl BufRead, limits: Limits) -> Result<BankFile, ReadError> {
    let (mut cursor, namespace) = Cursor::open(input, limits)?;
    let file = match namespace.as_str() {
        PAIN_002 => BankFile::Status(status::report(&mut cursor)?),
        CAMT_053 => BankFile::Bookings(booking::report(&mut cursor, BookingKind::Statement)?),
        CAMT_054 => BankFile::Bookings(booking::report(&mut cursor, BookingKind::Notification)?),
        _ => return Err(cursor.fault(Fault::Namespace(cursor::shown(&namespace)))),
    };
    cursor.close()?;
    Ok(file)
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, event_bytes: 16 << 10, depth: 40, records: 250_000 }
    }
}

impl BankFile {
    /// The bank's name for the file, by which a repeated file is known.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Status(report) => &report.id,
            Self::Bookings(report) => &report.id,
        }
    }

    /// The message that the file is.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Status(_) => "pain.002.001.10",
            Self::Bookings(BookingReport { kind: BookingKind::Statement, .. }) => "camt.053.001.08",
            Self::Bookings(BookingReport { kind: BookingKind::Notification, .. }) => "camt.054.001.08",
        }
    }
}

impl Status {
    fn of(code: &str) -> Self {
        match code {
            "ACCP" | "ACSP" | "ACTC" | "ACWC" | "ACWP" | "ACFC" | "PATC" | "PDNG" | "RCVD" => Self::Underway,
            "PART" => Self::Partial,
            "ACSC" | "ACCC" => Self::Settled,
            "RJCT" | "CANC" => Self::Rejected,
            _ => Self::Unclear,
        }
    }
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Credit => Self::Debit,
            Self::Debit => Self::Credit,
        }
    }
}

impl Reference {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for a person who may see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reference(sealed)")
    }
}

/// The four fields of a code that is either the scheme's or the bank's own.
fn code_or_own<R: BufRead>(
    cursor: &mut Cursor<R>,
    shape: &'static shape::Shape,
) -> Result<String, ReadError> {
    /// `External…1Code`.
    const CODE_CHARS: usize = 4;
    cursor.choice(shape, |cursor, name| match name {
        "Cd" => cursor.text(CODE_CHARS),
        _ => cursor.text(ID_CHARS),
    })
}

/// An `ISODate`, with or without a zone.
fn date(text: &str) -> Option<Date> {
    let day = text.get(..10)?;
    let zone = text.get(10..)?;
    let known = zone.is_empty() || zone == "Z" || (zone.len() == 6 && zone.starts_with(['+', '-']));
    known.then(|| Date::parse(day, format_description!("[year]-[month]-[day]")).ok()).flatten()
}

/// The day of an `ISODateTime`.
fn day_of(text: &str) -> Option<Date> {
    let (day, clock) = text.split_once('T')?;
    let is_clock =
        clock.len() >= 8 && clock.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte));
    is_clock.then(|| date(day)).flatten()
}

#[cfg(test)]
mod tests;
