//! What a line of a bank's file can mean, and why it may mean nothing that we can act upon.

use std::fmt;

use payment_domain::{AttemptId, Money};
use time::Date;

use super::super::reading::{Direction, Reference};
use super::super::reason::Reason;
use super::State;

/// What a line of a bank's file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line.
    pub line: u64,
    /// What it means.
    pub verdict: Verdict,
}

/// What a statement about an attempt means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The money moved: finish the attempt as approved.
    Settled {
        /// Which.
        attempt: AttemptId,
        /// The bank's reference, to be kept.
        booked_as: Option<String>,
        /// When.
        booked_on: Option<Date>,
    },
    /// No money moved and none will: finish it as declined.
    Rejected {
        /// Which.
        attempt: AttemptId,
        /// Why.
        reason: Option<Reason>,
    },
    /// The money is back where it came from. If the attempt was not finished before, it is declined by this.
    Returned {
        /// Which.
        attempt: AttemptId,
        /// Why.
        reason: Option<Reason>,
        /// What the bank took for it on top.
        fee: Option<Money>,
        /// The bank's reference, to be kept.
        returned_as: Option<String>,
        /// When.
        booked_on: Option<Date>,
    },
    /// On its way; nothing to do.
    Underway {
        /// Which.
        attempt: AttemptId,
    },
    /// Known to have moved by a status, and now booked: keep the reference. No money is posted.
    Confirmed {
        /// Which.
        attempt: AttemptId,
        /// The bank's reference.
        booked_as: String,
    },
    /// Said before; nothing to do.
    AlreadyKnown {
        /// Which.
        attempt: AttemptId,
    },
    /// Something a person has to look at. Nothing is posted.
    Break(Break),
}

/// Why a line cannot be acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// It is about nothing that we sent.
    Unknown {
        /// What it is called there.
        name: Option<Reference>,
        /// Which way money moved, if it did.
        direction: Option<Direction>,
        /// How much.
        amount: Option<Money>,
    },
    /// Not the amount or currency that we sent.
    Altered {
        /// Which.
        attempt: AttemptId,
        /// What we sent.
        expected: Money,
        /// What the bank says; nothing if it does not say.
        found: Option<Money>,
    },
    /// A batch was booked as one, and not with the amount or number of its entries.
    BatchAltered {
        /// Its name.
        batch: String,
        /// What we sent.
        expected: Option<Money>,
        /// What the bank says.
        found: Option<Money>,
    },
    /// It cannot be so after what is known.
    Contradicts {
        /// Which.
        attempt: AttemptId,
        /// What the file says.
        said: Said,
        /// What is known.
        known: State,
    },
    /// A return that moves money the way the attempt itself does.
    WrongWay {
        /// Which.
        attempt: AttemptId,
    },
    /// The same money moved again, under another reference.
    MovedTwice {
        /// Which.
        attempt: AttemptId,
        /// The reference known.
        first: String,
        /// The new one.
        again: String,
    },
    /// A status about our attempt in a report on another file.
    OtherFile {
        /// Which.
        attempt: AttemptId,
    },
    /// Bookings of an account that is not ours.
    OtherAccount,
    /// The parts of an entry do not make the whole.
    EntryDoesNotAddUp {
        /// Of the attempt that it names.
        attempt: AttemptId,
    },
    /// Opening balance and entries do not make the closing balance: something is missing, altered or put in.
    StatementDoesNotAddUp {
        /// The bank's name for the statement.
        statement: String,
    },
    /// Refused as a repetition of what the bank has already. The first one counts, whatever becomes of it.
    TakenBefore {
        /// Which.
        attempt: AttemptId,
    },
    /// A status code that we do not know.
    Unclear {
        /// About which attempt.
        attempt: AttemptId,
    },
}

/// What a file said that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The money moved.
    Settled,
    /// It was refused.
    Rejected,
    /// It came back.
    Returned,
}

impl Verdict {
    /// Whether something is to be posted for it.
    #[must_use]
    pub const fn moves_money(&self) -> bool {
        matches!(self, Self::Settled { .. } | Self::Rejected { .. } | Self::Returned { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |reason: &Option<Reason>| match reason {
            None => "no reason given".to_owned(),
            Some(reason) if reason.meaning().is_empty() => reason.to_string(),
            Some(reason) => format!("{reason}, {}", reason.meaning()),
        };
        match self {
            Self::Settled { attempt, booked_as: Some(booked_as), .. } => {
                write!(f, "attempt {attempt} settled as {booked_as}")
            }
            Self::Settled { attempt, .. } => write!(f, "attempt {attempt} settled"),
            Self::Rejected { attempt, reason } => write!(f, "attempt {attempt} rejected: {}", told(reason)),
            Self::Returned { attempt, reason, fee: None, .. } => {
                write!(f, "attempt {attempt} returned: {}", told(reason))
            }
            Self::Returned { attempt, reason, fee: Some(fee), .. } => {
                write!(f, "attempt {attempt} returned: {}, fee {fee}", told(reason))
            }
            Self::Underway { attempt } => write!(f, "attempt {attempt} under way"),
            Self::Confirmed { attempt, booked_as } => write!(f, "attempt {attempt} confirmed as {booked_as}"),
            Self::AlreadyKnown { attempt } => write!(f, "attempt {attempt} already known"),
            Self::Break(found) => write!(f, "break: {found}"),
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stated =
            |amount: &Option<Money>| amount.map_or("no amount".to_owned(), |amount| amount.to_string());
        match self {
            // What others call their payments may be anything, so it is not repeated here.
            Self::Unknown { amount, .. } => write!(f, "unknown entry, {}", stated(amount)),
            Self::Altered { attempt, expected, found } => {
                write!(f, "attempt {attempt} sent with {expected}, the bank says {}", stated(found))
            }
            Self::BatchAltered { batch, expected, found } => {
                write!(f, "batch {batch} is {} here, the bank says {}", stated(expected), stated(found))
            }
            Self::Contradicts { attempt, said, known } => {
                write!(f, "attempt {attempt} cannot be {said} after it was {known}")
            }
            Self::WrongWay { attempt } => {
                write!(f, "attempt {attempt} returned in the direction that it was sent")
            }
            Self::MovedTwice { attempt, first, again } => {
                write!(f, "attempt {attempt} booked as {first} and again as {again}")
            }
            Self::OtherFile { attempt } => write!(f, "attempt {attempt} reported under another file"),
            Self::OtherAccount => f.write_str("bookings of another account"),
            Self::EntryDoesNotAddUp { attempt } => {
                write!(f, "attempt {attempt} in an entry that does not add up")
            }
            Self::StatementDoesNotAddUp { statement } => write!(f, "statement {statement} does not add up"),
            Self::TakenBefore { attempt } => {
                write!(f, "attempt {attempt} refused as sent before, which says nothing about the first time")
            }
            Self::Unclear { attempt } => write!(f, "attempt {attempt} with a status that is not known"),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settled => "settled",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "sent",
            Self::Settled { .. } => "settled",
            Self::Rejected => "rejected",
            Self::Returned { .. } => "returned",
        })
    }
}
