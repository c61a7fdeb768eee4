//! The bank that is spoken to by files: what is in them is decided days later and stands on a statement, as does what
//! is taken back and what consumers send by themselves.

use anyhow::{Context as _, Result};
use core_payment::bank::SYSTEM;
use core_payment::first_position_at;
use payment_domain::{Money, Operation};

use super::{Bank, Entry, Received, Verdict, day_of};
use crate::simulation::dice::{Dice, number_of};
use crate::simulation::people::day_start;

/// The place of a consumer whose account seldom holds enough.
const DEBTOR: &str = "quim";
/// Whatever is in a file is decided and taken back within so many days.
const LATEST: u32 = 30;

impl Bank {
    /// A file arrives. The same file again changes nothing.
    ///
    /// # Errors
    /// If it cannot be read, or the journal cannot be written.
    pub fn receive_file(&mut self, day: u32, document: &[u8]) -> Result<()> {
        for line in std::str::from_utf8(document)?.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let &[id, operation, currency, micros, holder] = words.as_slice() else {
                anyhow::bail!("a bank file: {line}")
            };
            if !self.orders.contains_key(&id.parse()?) {
                let verdict = self.fate_in_file(day, id.parse()?, micros.parse()?, holder);
                let number = self.orders.len() + 1;
                self.record(&format!(
                    "order {id} {SYSTEM} {operation} {currency} {micros} - {SYSTEM}-{number} {}",
                    verdict.words()
                ))?;
            }
        }
        self.write()
    }

    /// Decides what is due on a day, and takes back what is.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn decide(&mut self, day: u32) -> Result<()> {
        let from = first_position_at(day_start(day.saturating_sub(LATEST)));
        let recent: Vec<_> = self.orders.range(from..).filter(|(_, order)| order.system == SYSTEM).collect();
        let lines: Vec<_> = recent.iter().filter_map(|(id, order)| self.due(day, **id, order)).collect();
        for line in lines {
            self.record(&line)?;
        }
        self.write()
    }

    /// Somebody sends money for a bill, once a day.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn pay_in(&mut self, day: u32, bill: i64, amount: Money) -> Result<()> {
        let known = |entry: &Entry| matches!(entry, Entry::PaidIn { bill: known, .. } if *known == bill);
        if !self.statement(day).any(known) {
            let (currency, micros) = (amount.currency(), amount.micros());
            self.record(&format!("paid-in {day} {SYSTEM} {bill} {currency} {micros}"))?;
        }
        self.write()
    }

    /// A part of the newest money for a bill goes back to whoever sent it.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn send_back(&mut self, bill: i64, amount: Money) -> Result<()> {
        self.record(&format!("sent-back {bill} {}", amount.micros()))?;
        self.write()
    }

    /// The statement of a day, in the order in which it happened.
    pub fn statement(&self, day: u32) -> impl Iterator<Item = &Entry> {
        let first = self.entries.iter().rposition(|entry| entry.day() < day).map_or(0, |before| before + 1);
        self.entries[first..].iter().filter(move |entry| entry.day() == day)
    }

    /// What was sent for a bill before a day and kept, and what is kept of what was sent on it.
    #[must_use]
    pub fn paid_in(&self, bill: i64, day: u32) -> (i64, i64) {
        let (mut before, mut today) = (0, 0);
        for entry in &self.entries {
            if let Entry::PaidIn { day: at, bill: of, amount, sent_back, .. } = entry
                && *of == bill
            {
                let sum = if *at < day { &mut before } else { &mut today };
                *sum += amount.micros() - sent_back;
            }
        }
        (before, today)
    }

    /// What an order out of a file comes to, and when.
    fn fate_in_file(&self, day: u32, id: i64, micros: i64, holder: &str) -> Verdict {
        let amount = u64::try_from(micros).unwrap_or_default();
        let begun = u64::from(day_of(id));
        let mut dice = Dice::of(self.seed, &[0xf11e, u64::from(day), begun, amount, number_of(holder)]);
        let refused = if holder == DEBTOR { 650 } else { 70 };
        let (days, approves) = (1 + dice.below(3), !dice.happens(refused) || self.calm);
        Verdict::Waiting { until: day + days, approves }
    }

    /// What happens to an order on a day, as a line of the journal.
    fn due(&self, day: u32, id: i64, order: &Received) -> Option<String> {
        match order.verdict {
            Verdict::Waiting { until, approves } if until <= day || self.calm => {
                Some(format!("end {day} {id} {}", if approves { "approved" } else { "declined" }))
            }
            Verdict::Approved if !order.returned && !self.calm => {
                let (begun, amount) = (day_of(id), u64::try_from(order.micros).unwrap_or_default());
                let what = number_of(order.operation.as_str());
                let mut dice = Dice::of(self.seed, &[0x4e7, u64::from(begun), amount, what]);
                let (returns, after) = (dice.happens(90), begun + 5 + dice.below(12));
                // A collection that comes back costs something.
                let costs = order.operation == Operation::Charge && dice.happens(700);
                let fee = if costs { dice.between(10, 500) * 10_000 } else { 0 };
                (returns && after == day).then(|| format!("return {day} {id} {fee}"))
            }
            _ => None,
        }
    }

    /// An order out of a file.
    ///
    /// # Errors
    /// If there is none.
    pub fn order(&self, id: i64) -> Result<&Received> {
        self.orders.get(&id).with_context(|| format!("the bank has no order {id}"))
    }
}
