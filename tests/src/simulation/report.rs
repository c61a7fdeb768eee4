//! What so many days came to, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::Result;
use core_payment::AuditReport;
use payment_domain::{Currency, Money};

use super::books::Compared;
use super::process::{Audits, Settings, read_day};
use super::stage::Tally;

/// What a simulation came to.
#[derive(Debug, Clone)]
pub struct Report {
    pub seed: u64,
    pub days: u32,
    /// How often the process was killed.
    pub crashes: u32,
    pub tally: Tally,
    /// How often the books were compared.
    pub comparisons: u32,
    /// The newest comparison.
    pub newest: Compared,
    /// How often everything was audited.
    pub audits: u32,
    /// The newest audit, of the ledger and of what was billed.
    pub audit: Audits,
    pub elapsed: Duration,
    lived: Duration,
    began: Option<std::time::Instant>,
}

impl Report {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            seed: settings.seed,
            days: 0,
            crashes: 0,
            tally: Tally::default(),
            comparisons: 0,
            newest: Compared::default(),
            audits: 0,
            audit: Audits::default(),
            elapsed: Duration::ZERO,
            lived: Duration::ZERO,
            began: None,
        }
    }

    /// What a day takes, as far as is known.
    pub(super) fn day(&self) -> Duration {
        if self.days == 0 { Duration::from_millis(100) } else { self.lived / self.days }
    }

    pub(super) fn begins(&mut self) {
        self.began = Some(std::time::Instant::now());
    }

    pub(super) fn lived(&mut self, day: u32, line: &str) -> Result<()> {
        self.tally.merge(read_day(day, line)?);
        self.days += 1;
        if let Some(began) = self.began.replace(std::time::Instant::now()) {
            self.lived += began.elapsed();
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, tally: Tally) {
        self.tally.merge(tally);
    }

    pub(super) fn compared(&mut self, compared: Compared) {
        self.comparisons += 1;
        self.newest = compared;
    }

    pub(super) fn audited(&mut self, audit: Audits) {
        self.audits += 1;
        self.audit = audit;
    }

    /// How often something happened: all counts whose name begins so.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.tally.0.iter().filter(|(name, _)| name.starts_with(what)).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} days, {} crashes, {:.1?}",
            self.seed, self.days, self.crashes, self.elapsed
        )?;
        let mut groups: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
        for (what, count) in &self.tally.0 {
            let (kind, outcome) = what.split_once(": ").unwrap_or((what, ""));
            groups.entry(kind).or_default().push((outcome, *count));
        }
        for (kind, outcomes) in groups {
            let total: u64 = outcomes.iter().map(|(_, count)| count).sum();
            let each: Vec<_> = outcomes
                .iter()
                .filter(|(outcome, _)| !outcome.is_empty())
                .map(|(outcome, count)| format!("{count} {outcome}"))
                .collect();
            writeln!(f, "  {total:>8} {kind}{}{}", if each.is_empty() { "" } else { ": " }, each.join(", "))?;
        }
        for ((system, currency), micros) in &self.newest.outside {
            let currency = Currency::parse(currency).map_err(|_| fmt::Error)?;
            writeln!(f, "  {system} holds {} for us", Money::from_micros(*micros, currency))?;
        }
        let Compared { attempts, pending, approved, .. } = &self.newest;
        writeln!(
            f,
            "  books compared {} times; newest: {attempts} attempts, {pending} pending, {approved} approved outside, no difference",
            self.comparisons
        )?;
        let (AuditReport { payments, refunds, transfers, batches, signatures, .. }, billed) = &self.audit;
        writeln!(
            f,
            "  audited {} times; newest: {payments} payments, {refunds} refunds, {transfers} transfers, {batches} batches, {signatures} signatures, nothing found",
            self.audits
        )?;
        write!(
            f,
            "  billed: {} documents of {} periods, {} transfers in {} steps, nothing found",
            billed.documents, billed.periods, billed.transfers, billed.steps
        )
    }
}
