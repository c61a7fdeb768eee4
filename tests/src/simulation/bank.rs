//! The world outside: external systems that have books of their own, in a journal that outlives every crash of ours.
//!
//! Most systems are asked order by order; one is a bank that is spoken to by files. All answer as the seed says: at once, late, never, with a lost answer, or without ever having been reached. It knows an
//! order by the id of our attempt and acts on it once. What it should never be asked for (more back than was taken, a
//! capture above its authorisation) it refuses, and protests: a protest fails the simulation. It knows nothing of our
//! ledger; [`books`](super::books) compares the two.

mod files;
mod record;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::Path;

use anyhow::{Context as _, Result};
use core_payment::{Attempt, Outcome, Route, Routes};
use payment_domain::Operation;

pub use record::{Entry, Received, Verdict};

use super::dice::{Dice, number_of};
use super::people::{DAY_MS, FIRST_DAY_MS};

/// What comes back for an order that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Said(Outcome),
    /// Not a byte was sent: another system may be tried.
    NothingSent,
}

/// All external systems.
#[derive(Debug)]
pub struct Bank {
    seed: u64,
    journal: File,
    /// Lines that are not written yet.
    unwritten: String,
    orders: BTreeMap<i64, Received>,
    /// What each system holds for us, in micro-units.
    books: BTreeMap<(String, String), i64>,
    entries: Vec<Entry>,
    protests: Vec<String>,
    /// Whether everything goes well from now on.
    pub calm: bool,
}

/// The systems that hold the money of coupons, and settle them. The other ones would take it a second time.
pub const COUPON_BANKS: [&str; 2] = ["acquirer", "wallet"];

/// A card is taken by two systems.
///
/// # Errors
/// Never.
pub fn routes() -> Result<Routes> {
    let card = |operation| Route {
        scheme: Some("card".to_owned()),
        currency: None,
        operation: Some(operation),
        at_least: None,
        below: None,
        systems: vec!["acquirer".to_owned(), "standby".to_owned()],
    };
    let operations = [Operation::Charge, Operation::Authorise, Operation::Payout];
    Ok(Routes::new(operations.into_iter().map(card).collect())?)
}

impl Bank {
    /// Opens the journal and reads what happened so far.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(path: &Path, seed: u64) -> Result<Self> {
        let journal = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let mut bank = Self {
            seed,
            journal,
            unwritten: String::new(),
            orders: BTreeMap::new(),
            books: BTreeMap::new(),
            entries: Vec::new(),
            protests: Vec::new(),
            calm: false,
        };
        let text = std::fs::read_to_string(path)?;
        // A line that was being written in a crash was never acted upon.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        bank.journal.set_len(u64::try_from(whole)?)?;
        for line in text[..whole].lines() {
            bank.apply(line).with_context(|| format!("the bank's journal: {line}"))?;
        }
        Ok(bank)
    }

    /// Orders arrive, all in one moment. What is answered is on record.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn receive(&mut self, day: u32, attempts: &[Attempt]) -> Result<Vec<Answer>> {
        let answers = attempts.iter().map(|attempt| self.receive_one(day, attempt)).collect();
        self.write()?;
        answers
    }

    /// What became of orders; `None` for one that never arrived.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn ask(&mut self, day: u32, attempts: &[Attempt]) -> Result<Vec<Option<Outcome>>> {
        let mut answers = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            let id = attempt.id.value();
            let known = self.orders.get(&id).map(|order| order.verdict);
            if let Some(Verdict::Waiting { until, approves } | Verdict::Confirming { until, approves }) =
                known
                && (until <= day || self.calm)
            {
                let approves = approves && self.permits(id)?;
                self.record(&format!("end {day} {id} {}", if approves { "approved" } else { "declined" }))?;
            }
            answers.push(self.orders.get(&id).map(Received::outcome));
        }
        self.write()?;
        Ok(answers)
    }

    /// Everything that arrived, by the id of our attempt.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<i64, Received> {
        &self.orders
    }

    /// What each system holds for us in each currency, in micro-units.
    #[must_use]
    pub const fn books(&self) -> &BTreeMap<(String, String), i64> {
        &self.books
    }

    /// What we should never have asked for.
    #[must_use]
    pub fn protests(&self) -> &[String] {
        &self.protests
    }

    /// What is left of a charge: neither given back nor settled against it.
    #[must_use]
    pub fn left_of(&self, charge: i64) -> Option<i64> {
        self.orders.get(&charge).map(|order| order.micros - order.gone)
    }

    /// What an approved order has added to what its system holds for us.
    #[must_use]
    pub fn effect(&self, id: i64) -> i64 {
        let Some(order) = self.orders.get(&id).filter(|order| order.verdict == Verdict::Approved) else {
            return 0;
        };
        match order.operation {
            Operation::Charge => order.micros,
            Operation::Capture if !self.is_of_charge(order.original) => order.micros,
            Operation::Payout => -order.micros,
            Operation::Refund if !self.is_within_charge(order.original) => -order.micros,
            Operation::Refund | Operation::Capture | Operation::Authorise | Operation::Void => 0,
        }
    }

    fn receive_one(&mut self, day: u32, attempt: &Attempt) -> Result<Answer> {
        let id = attempt.id.value();
        if let Some(known) = self.orders.get(&id) {
            let same = known.system == attempt.system
                && known.operation == attempt.operation
                && known.micros == attempt.amount.micros();
            let said = known.outcome();
            if !same {
                self.record(&format!("protest {id} came again with other content"))?;
            }
            return Ok(Answer::Said(said));
        }
        let fate = if self.calm { Fate::Approve } else { self.fate(day, attempt) };
        let (verdict, is_heard) = match fate {
            Fate::NothingSent => return Ok(Answer::NothingSent),
            Fate::NeverArrives => return Ok(Answer::Said(Outcome::Unknown)),
            Fate::Approve => (Verdict::Approved, true),
            Fate::Decline => (Verdict::Declined, true),
            Fate::AnswerLost => (Verdict::Approved, false),
            Fate::Late { days, approves } => (Verdict::Waiting { until: day + days, approves }, true),
            Fate::Confirm { approves } => (Verdict::Confirming { until: day + 1, approves }, true),
        };
        let original = attempt.original.as_ref().map_or("-".to_owned(), |original| original.id.to_string());
        let Attempt { system, operation, amount, .. } = attempt;
        let (currency, micros) = (amount.currency(), amount.micros());
        let number = self.orders.len() + 1;
        // Whether it may be approved is seen once it is on record.
        self.record(&format!(
            "order {id} {system} {operation} {currency} {micros} {original} {system}-{number} {}",
            Verdict::Waiting { until: day, approves: true }.words()
        ))?;
        match verdict {
            Verdict::Approved if self.permits(id)? => self.record(&format!("end {day} {id} approved"))?,
            Verdict::Approved | Verdict::Declined => self.record(&format!("end {day} {id} declined"))?,
            waiting => self.record(&format!("wait {id} {}", waiting.words()))?,
        }
        let said = self.orders.get(&id).map_or(Outcome::Unknown, Received::outcome);
        Ok(Answer::Said(if is_heard { said } else { Outcome::Unknown }))
    }

    /// What becomes of an order that is sent on a day.
    fn fate(&self, day: u32, attempt: &Attempt) -> Fate {
        let token = attempt.instrument.as_ref().map_or(0, |instrument| number_of(instrument.token()));
        let what = number_of(&format!("{} {} {}", attempt.operation, attempt.purpose, attempt.system));
        let amount = u64::try_from(attempt.amount.micros()).unwrap_or_default();
        let begun = u64::from(day_of(attempt.id.value()));
        let mut dice = Dice::of(self.seed, &[0xfa7e, u64::from(day), begun, token, what, amount]);
        let goes_back = attempt.original.is_some();
        // A bank that has settled a part of a charge cannot refuse to hear that it came back.
        let must = goes_back
            && matches!(attempt.operation, Operation::Refund | Operation::Void)
            && self.is_within_charge(attempt.original.as_ref().map(|original| original.id.value()));
        let days = 1 + dice.below(4);
        match dice.below(100) {
            0..=3 => Fate::NeverArrives,
            4..=6 => Fate::NothingSent,
            7..=10 => Fate::AnswerLost,
            11..=14 => Fate::Late { days, approves: true },
            15..=17 => Fate::Late { days, approves: must },
            18..=20 if !goes_back => Fate::Confirm { approves: dice.happens(600) },
            21..=27 if !must => Fate::Decline,
            _ => Fate::Approve,
        }
    }

    /// Whether an order may be approved, as things stand. What we should not have asked for is a protest.
    fn permits(&mut self, id: i64) -> Result<bool> {
        let order = self.orders.get(&id).context("no such order")?;
        let original = order.original.and_then(|id| self.orders.get(&id));
        let approved = original.is_some_and(|original| original.verdict == Verdict::Approved);
        let left = original.map_or(0, |original| original.micros - original.gone);
        let fault = match (order.operation, original) {
            (Operation::Charge | Operation::Payout, None) | (Operation::Authorise, None) => None,
            (_, Some(original)) if original.system != order.system || original.currency != order.currency => {
                Some("goes back to another system")
            }
            (Operation::Authorise, Some(_)) if !COUPON_BANKS.contains(&order.system.as_str()) => {
                Some("is for a bank of coupons")
            }
            (_, _) if !approved => Some("goes back to nothing that was approved"),
            (Operation::Authorise, Some(charge)) => {
                // What came back and was not heard of yet is missing here: no fault of anybody's.
                return Ok(order.micros <= left - charge.held);
            }
            // The same: a part that came back, and was not heard of yet.
            (Operation::Refund, Some(charge)) if charge.divided && order.micros > left => return Ok(false),
            (Operation::Refund, _) if order.micros > left => Some("gives back more than there is"),
            (Operation::Capture, Some(held)) if held.closed || order.micros > held.micros => {
                Some("captures what is not held")
            }
            (Operation::Void, Some(held)) if held.closed => Some("sets free what is not held"),
            (Operation::Refund | Operation::Capture | Operation::Void, Some(_)) => None,
            _ => Some("makes no sense"),
        };
        if let Some(fault) = fault {
            let words = format!("protest {id} {} {fault}", order.operation);
            self.record(&words)?;
        }
        Ok(fault.is_none())
    }

    /// Whether an authorisation holds a part of a charge, and no money of its own.
    fn is_of_charge(&self, authorisation: Option<i64>) -> bool {
        let held = authorisation.and_then(|id| self.orders.get(&id));
        held.is_some_and(|held| held.operation == Operation::Authorise && held.original.is_some())
    }

    /// Whether something is settled or held within a charge.
    fn is_within_charge(&self, original: Option<i64>) -> bool {
        let taken = original.and_then(|id| self.orders.get(&id));
        taken.is_some_and(|taken| match taken.operation {
            Operation::Capture => self.is_of_charge(taken.original),
            Operation::Authorise => taken.original.is_some(),
            _ => false,
        })
    }
}

/// How an order fares.
enum Fate {
    Approve,
    Decline,
    AnswerLost,
    NeverArrives,
    NothingSent,
    Late { days: u32, approves: bool },
    Confirm { approves: bool },
}

/// The day that an attempt was begun on.
fn day_of(position: i64) -> u32 {
    let millis = core_payment::time_of(position).as_millis() - FIRST_DAY_MS;
    u32::try_from(millis.div_euclid(DAY_MS)).unwrap_or_default()
}
