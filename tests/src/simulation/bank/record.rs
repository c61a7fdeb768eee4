//! What the bank's journal says, line by line: the one place where its books change, while it lives and when it is read again.

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use core_payment::Outcome;
use core_payment::bank::SYSTEM;
use payment_domain::{Currency, Money, Operation};

use super::Bank;

/// One order that a system has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub system: String,
    pub operation: Operation,
    pub currency: String,
    pub micros: i64,
    pub original: Option<i64>,
    /// The system's own name for it.
    pub reference: String,
    pub verdict: Verdict,
    /// Taken back later.
    pub returned: bool,
    /// Of a charge or capture: what is no longer there.
    pub(super) gone: i64,
    /// Of a charge: what authorisations of a part of it hold.
    pub(super) held: i64,
    /// Of an authorisation: captured or set free.
    pub(super) closed: bool,
    /// Of a charge: parts of it were held or settled.
    pub(super) divided: bool,
}

/// What a system has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Declined,
    /// It decides on that day.
    Waiting {
        until: u32,
        approves: bool,
    },
    /// The consumer has to confirm, and does until that day, or does not.
    Confirming {
        until: u32,
        approves: bool,
    },
}

/// What stands on the statement of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Somebody sent money for a bill.
    PaidIn { day: u32, system: String, bill: i64, amount: Money, sent_back: i64 },
    /// An order out of a file was executed or refused.
    Decided { day: u32, order: i64 },
    /// One that was executed was taken back, for a fee.
    TakenBack { day: u32, order: i64, fee: i64 },
}

impl Bank {
    pub(super) fn record(&mut self, line: &str) -> Result<()> {
        self.apply(line)?;
        self.unwritten.push_str(line);
        self.unwritten.push('\n');
        Ok(())
    }

    pub(super) fn write(&mut self) -> Result<()> {
        if !self.unwritten.is_empty() {
            self.journal.write_all(self.unwritten.as_bytes())?;
            self.journal.sync_data()?;
            self.unwritten.clear();
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, line: &str) -> Result<()> {
        let words: Vec<_> = line.split(' ').collect();
        match words.as_slice() {
            ["order", id, system, operation, currency, micros, original, reference, verdict] => {
                let received = Received {
                    system: (*system).to_owned(),
                    operation: Operation::parse(operation)?,
                    currency: (*currency).to_owned(),
                    micros: micros.parse()?,
                    original: if *original == "-" { None } else { Some(original.parse()?) },
                    reference: (*reference).to_owned(),
                    verdict: Verdict::parse(verdict)?,
                    returned: false,
                    gone: 0,
                    held: 0,
                    closed: false,
                    divided: false,
                };
                ensure!(self.orders.insert(id.parse()?, received).is_none(), "a second order of one id");
            }
            ["wait", id, verdict] => self.end(0, id.parse()?, Verdict::parse(verdict)?)?,
            ["end", day, id, verdict] => self.end(day.parse()?, id.parse()?, Verdict::parse(verdict)?)?,
            ["return", day, id, fee] => self.give_back(day.parse()?, id.parse()?, fee.parse()?)?,
            ["paid-in", day, system, bill, currency, micros] => {
                let amount = Money::from_micros(micros.parse()?, Currency::parse(currency)?);
                let (day, system) = (day.parse()?, (*system).to_owned());
                *self.books.entry((system.clone(), (*currency).to_owned())).or_default() += amount.micros();
                self.entries.push(Entry::PaidIn { day, system, bill: bill.parse()?, amount, sent_back: 0 });
            }
            ["sent-back", bill, micros] => self.send_on(bill.parse()?, micros.parse()?)?,
            ["protest", id, ..] => self.protests.push(format!("{id}: {line}")),
            _ => anyhow::bail!("cannot be read"),
        }
        Ok(())
    }

    fn end(&mut self, day: u32, id: i64, verdict: Verdict) -> Result<()> {
        let order = self.orders.get_mut(&id).context("no such order")?;
        ensure!(!matches!(order.verdict, Verdict::Approved | Verdict::Declined), "it has ended");
        order.verdict = verdict;
        if order.system == SYSTEM && matches!(verdict, Verdict::Approved | Verdict::Declined) {
            self.entries.push(Entry::Decided { day, order: id });
        }
        if verdict != Verdict::Approved {
            return Ok(());
        }
        let (operation, original, micros) = (order.operation, order.original, order.micros);
        let key = (order.system.clone(), order.currency.clone());
        *self.books.entry(key).or_default() += self.effect(id);
        let Some(original) = original else { return Ok(()) };
        // What is settled within a charge leaves it, what comes back of that is there again.
        let (held, gone, charge) = match operation {
            Operation::Authorise => (micros, 0, Some(original)),
            Operation::Capture if self.is_of_charge(Some(original)) => (-micros, micros, self.base(original)),
            Operation::Void if self.is_of_charge(Some(original)) => (-micros, 0, self.base(original)),
            Operation::Refund if self.is_within_charge(Some(original)) => {
                (0, -micros, self.base(original).and_then(|held| self.base(held)))
            }
            _ => (0, 0, None),
        };
        if let Some(charge) = charge.and_then(|id| self.orders.get_mut(&id)) {
            charge.divided = true;
            (charge.held, charge.gone) = (charge.held + held, charge.gone + gone);
        }
        let original = self.orders.get_mut(&original).context("no original")?;
        match operation {
            Operation::Refund => original.gone += micros,
            Operation::Capture | Operation::Void => original.closed = true,
            Operation::Authorise | Operation::Charge | Operation::Payout => {}
        }
        Ok(())
    }

    /// What an order goes back to.
    fn base(&self, id: i64) -> Option<i64> {
        self.orders.get(&id).and_then(|order| order.original)
    }

    fn send_on(&mut self, sent_for: i64, micros: i64) -> Result<()> {
        let newest = self.entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::PaidIn { system, bill, amount, sent_back, .. } if *bill == sent_for => {
                Some((system, amount, sent_back))
            }
            _ => None,
        });
        let (system, amount, sent_back) = newest.context("nothing was sent for this bill")?;
        *sent_back += micros;
        let key = (system.clone(), amount.currency().as_str().to_owned());
        *self.books.entry(key).or_default() -= micros;
        Ok(())
    }

    fn give_back(&mut self, day: u32, id: i64, fee: i64) -> Result<()> {
        let effect = self.effect(id);
        let order = self.orders.get_mut(&id).context("no such order")?;
        ensure!(!order.returned && order.verdict == Verdict::Approved, "there is nothing to take back");
        order.returned = true;
        *self.books.entry((order.system.clone(), order.currency.clone())).or_default() -= effect + fee;
        self.entries.push(Entry::TakenBack { day, order: id, fee });
        Ok(())
    }
}

impl Entry {
    pub(super) const fn day(&self) -> u32 {
        match self {
            Self::PaidIn { day, .. } | Self::Decided { day, .. } | Self::TakenBack { day, .. } => *day,
        }
    }
}

impl Received {
    pub(super) fn outcome(&self) -> Outcome {
        let reference = self.reference.clone();
        match self.verdict {
            Verdict::Approved => Outcome::Approved { reference },
            Verdict::Declined => Outcome::Declined { reason: "no".to_owned() },
            Verdict::Waiting { .. } => Outcome::Unknown,
            Verdict::Confirming { .. } => {
                Outcome::ActionRequired { url: "https://bank.example/confirm".to_owned(), reference }
            }
        }
    }
}

impl Verdict {
    pub(super) fn words(self) -> String {
        let will = |approves| if approves { "yes" } else { "no" };
        match self {
            Self::Approved => "approved".to_owned(),
            Self::Declined => "declined".to_owned(),
            Self::Waiting { until, approves } => format!("waiting:{until}:{}", will(approves)),
            Self::Confirming { until, approves } => format!("confirming:{until}:{}", will(approves)),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split(':').collect();
        Ok(match parts.as_slice() {
            ["approved"] => Self::Approved,
            ["declined"] => Self::Declined,
            ["waiting", until, will] => Self::Waiting { until: until.parse()?, approves: *will == "yes" },
            ["confirming", until, will] => {
                Self::Confirming { until: until.parse()?, approves: *will == "yes" }
            }
            _ => anyhow::bail!("{text} is no verdict"),
        })
    }
}
