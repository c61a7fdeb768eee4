//! Holds a bank's file against what we sent, and says what each line of it means. Pure: it changes nothing.
//!
//! Money moves on a [`Verdict`] only if all of these agree: the end-to-end id is an attempt of ours, amount and currency
//! are what was sent, the direction is the right one, the account is ours, and what the file says is possible
//! after what is known. Everything else is a [`Break`], for a person to look at; nothing may be posted for it.
//!
//! A file may be given again, in whole or in part, and a statement repeats what notifications said: what is known
//! already is [`Verdict::AlreadyKnown`]. The bank's reference of a booking tells a repetition from money that really
//! moved twice.
//!
//! Within a file, bookings count before returns, and the narrower status before the wider one, in whatever order
//! they stand. Start at [`reconcile`].

mod bookings;
mod statuses;
mod verdict;

use std::collections::HashMap;

use payment_domain::{AttemptId, Iban, Money};
use time::Date;

use super::reading::{BankFile, BookingReport, Direction, Reference, StatusReport, Subject};
use super::reason::Reason;
pub use verdict::{Break, Finding, Said, Verdict};

/// What we know of an attempt that was sent in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The attempt.
    pub attempt: AttemptId,
    /// Which way the money goes.
    pub kind: Kind,
    /// How much was asked for.
    pub amount: Money,
    /// The file it was sent in (`MsgId`).
    pub file: String,
    /// The batch it was sent in (`PmtInfId`).
    pub batch: String,
    /// What became of it so far.
    pub state: State,
}

/// Which way an attempt moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To our account.
    Collection,
    /// From our account.
    Payout,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Sent, and nothing final heard.
    Sent,
    /// The money moved.
    Settled {
        /// The bank's reference of the booking.
        booked_as: Option<String>,
    },
    /// Refused; no money moved.
    Rejected,
    /// The money moved and came back.
    Returned {
        /// The bank's reference of the first booking, if there was one.
        booked_as: Option<String>,
        /// And of the one that took it back.
        returned_as: Option<String>,
    },
}

/// All that we know and that a file may be about.
#[derive(Debug, Clone)]
pub struct Register {
    account: Iban,
    entries: HashMap<AttemptId, Known>,
    batches: HashMap<String, Vec<AttemptId>>,
    files: HashMap<String, Vec<AttemptId>>,
}

/// What a file is about: what has to be looked up before [`reconcile`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentioned {
    /// Attempts, by end-to-end ids.
    pub attempts: Vec<AttemptId>,
    /// Batches whose attempts are all needed (`PmtInfId`).
    pub batches: Vec<String>,
    /// Files whose attempts are all needed (`MsgId`).
    pub files: Vec<String>,
}

/// Says what each line of a file means, given what is known. The order is that of the file, but for returns, which
/// come last. What the file itself repeats is known the second time, so an attempt settles once at most. A
/// statement that does not add up is a finding of its own beside those of its entries, each of which stands or falls
/// by itself.
#[must_use]
pub fn reconcile(file: &BankFile, register: &Register) -> Vec<Finding> {
    let mut matching = Matching { register, states: HashMap::new(), findings: Vec::new() };
    match file {
        BankFile::Status(report) => matching.statuses(report),
        BankFile::Bookings(report) => matching.bookings(report),
    }
    matching.findings
}

/// The state of a comparison: what the file has changed so far lies over what was known.
struct Matching<'r> {
    register: &'r Register,
    states: HashMap<AttemptId, State>,
    findings: Vec<Finding>,
}

impl Register {
    /// What is known about the attempts that a file mentions, and our account.
    #[must_use]
    pub fn new(account: Iban, entries: impl IntoIterator<Item = Known>) -> Self {
        let mut register =
            Self { account, entries: HashMap::new(), batches: HashMap::new(), files: HashMap::new() };
        for known in entries {
            register.batches.entry(known.batch.clone()).or_default().push(known.attempt);
            register.files.entry(known.file.clone()).or_default().push(known.attempt);
            register.entries.insert(known.attempt, known);
        }
        register
    }

    fn entry(&self, name: &Reference) -> Option<&Known> {
        self.entries.get(&AttemptId::parse(name.as_str()).ok()?)
    }

    fn members<'s>(&'s self, index: &'s HashMap<String, Vec<AttemptId>>, id: &str) -> Vec<&'s Known> {
        let attempts = index.get(id).map(Vec::as_slice).unwrap_or_default();
        attempts.iter().filter_map(|attempt| self.entries.get(attempt)).collect()
    }
}

impl Mentioned {
    /// Collects what a file is about.
    #[must_use]
    pub fn by(file: &BankFile) -> Self {
        let mut mentioned = Self::default();
        match file {
            BankFile::Status(report) => mentioned.note_statuses(report),
            BankFile::Bookings(report) => mentioned.note_bookings(report),
        }
        mentioned.attempts.sort_unstable();
        mentioned.attempts.dedup();
        for names in [&mut mentioned.batches, &mut mentioned.files] {
            names.sort_unstable();
            names.dedup();
        }
        mentioned
    }

    fn note_statuses(&mut self, report: &StatusReport) {
        for line in &report.lines {
            match &line.subject {
                Subject::File => self.files.push(report.original_file.clone()),
                Subject::Batch(batch) => self.batches.push(batch.clone()),
                Subject::Entry(name) => self.note(name.as_ref()),
            }
        }
    }

    fn note_bookings(&mut self, report: &BookingReport) {
        for booking in report.statements.iter().flat_map(|statement| &statement.bookings) {
            self.note(booking.end_to_end_id.as_ref());
            if let (None, Some(batch)) = (&booking.end_to_end_id, &booking.batch) {
                self.batches.push(batch.as_str().to_owned());
            }
        }
    }

    fn note(&mut self, name: Option<&Reference>) {
        self.attempts.extend(name.and_then(|name| AttemptId::parse(name.as_str()).ok()));
    }
}

impl Matching<'_> {
    fn state(&self, known: &Known) -> State {
        self.states.get(&known.attempt).unwrap_or(&known.state).clone()
    }

    fn say(&mut self, line: u64, verdict: Verdict) {
        self.findings.push(Finding { line, verdict });
    }

    fn broken(&mut self, line: u64, found: Break) {
        self.say(line, Verdict::Break(found));
    }

    fn settled(&mut self, line: u64, known: &Known, booked_as: Option<String>, booked_on: Option<Date>) {
        let attempt = known.attempt;
        match self.state(known) {
            State::Sent => {
                self.states.insert(attempt, State::Settled { booked_as: booked_as.clone() });
                self.say(line, Verdict::Settled { attempt, booked_as, booked_on });
            }
            State::Settled { booked_as: None } => {
                let now = State::Settled { booked_as: booked_as.clone() };
                self.confirmed(line, attempt, booked_as, now);
            }
            State::Returned { booked_as: None, returned_as } => {
                let now = State::Returned { booked_as: booked_as.clone(), returned_as };
                self.confirmed(line, attempt, booked_as, now);
            }
            State::Settled { booked_as: first } | State::Returned { booked_as: first, .. } => {
                self.again(line, attempt, first, booked_as);
            }
            State::Rejected => self.contradicted(line, known, Said::Settled),
        }
    }

    fn rejected(&mut self, line: u64, known: &Known, reason: Option<Reason>) {
        let attempt = known.attempt;
        match self.state(known) {
            State::Sent => {
                self.states.insert(attempt, State::Rejected);
                self.say(line, Verdict::Rejected { attempt, reason });
            }
            State::Rejected => self.say(line, Verdict::AlreadyKnown { attempt }),
            State::Settled { .. } | State::Returned { .. } => self.contradicted(line, known, Said::Rejected),
        }
    }

    fn underway(&mut self, line: u64, known: &Known) {
        let attempt = known.attempt;
        let verdict = match self.state(known) {
            State::Sent => Verdict::Underway { attempt },
            // Whoever has settled or rejected it said so later than this was true.
            State::Settled { .. } | State::Rejected | State::Returned { .. } => {
                Verdict::AlreadyKnown { attempt }
            }
        };
        self.say(line, verdict);
    }

    /// What was known is now known by the bank's reference, if there is one.
    fn confirmed(&mut self, line: u64, attempt: AttemptId, booked_as: Option<String>, now: State) {
        let Some(booked_as) = booked_as else { return self.say(line, Verdict::AlreadyKnown { attempt }) };
        self.states.insert(attempt, now);
        self.say(line, Verdict::Confirmed { attempt, booked_as });
    }

    /// The same thing was said again: a repetition, or the same thing done twice.
    fn again(&mut self, line: u64, attempt: AttemptId, first: Option<String>, again: Option<String>) {
        match (first, again) {
            (Some(first), Some(again)) if first != again => {
                self.broken(line, Break::MovedTwice { attempt, first, again });
            }
            _ => self.say(line, Verdict::AlreadyKnown { attempt }),
        }
    }

    fn contradicted(&mut self, line: u64, known: &Known, said: Said) {
        let (attempt, known) = (known.attempt, self.state(known));
        self.broken(line, Break::Contradicts { attempt, said, known });
    }
}

impl Kind {
    /// The way a booking of this kind goes when all is well.
    const fn direction(self) -> Direction {
        match self {
            Self::Collection => Direction::Credit,
            Self::Payout => Direction::Debit,
        }
    }
}

#[cfg(test)]
mod tests;
