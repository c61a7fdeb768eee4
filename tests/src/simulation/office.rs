//! The operator's office: closes periods, collects bills, pays merchants, books what the bank's statement says, decides
//! disputes. Each entry of a statement is booked once, however often the day begins.

use std::sync::Arc;

use aggregation::calendar::{Cadence, Zone};
use aggregation::dispute::{ResolveError, Verdict};
use aggregation::dunning::Plan;
use aggregation::fee::FeeSchedule;
use aggregation::terms::{Amounts, Closing, Terms};
use aggregation::{Aggregation, AgreeError, SettleError};
use anyhow::{Context as _, Result, bail, ensure};
use core_payment::bank::SYSTEM;
use core_payment::{ChangeParty, Clock as _, Core};
use payment_domain::{Currency, LedgerPosition, Money, PartyId, RequestId, Timestamp};

use super::bank::{Bank, Entry};
use super::dice::{Dice, number_of};
use super::files;
use super::people::{CONSUMERS, DAY_MS, MERCHANTS, Purse, day_start};
use super::stage::{Calendar, Tally};
use crate::storage::Sql;

/// How long an operator thinks about a dispute.
const DECIDED_AFTER_MS: i64 = 2 * DAY_MS;

/// The operator's terms: small steps, awkward fees, bills every week and little patience with them, so that two months see
/// somebody reminded, suspended, reinstated and forgiven.
///
/// # Errors
/// Never.
pub fn terms() -> Result<Arc<Terms>> {
    let dunning = Plan {
        collect_after_ms: DAY_MS,
        retry_after_ms: vec![2 * DAY_MS],
        remind_after_ms: vec![DAY_MS, 3 * DAY_MS],
        suspend_after_ms: 3 * DAY_MS,
        write_off_after_ms: Some(20 * DAY_MS),
        reminder_fee_micros: 350_000,
    };
    let postpaid = Closing {
        amount: Amounts::usual(50_000_000),
        age_ms: Some(31 * DAY_MS),
        cadence: Some(Cadence::Weekly),
    };
    let fees = FeeSchedule {
        share_ppm: 17_321,
        fixed_micros: 1_234,
        minimum_micros: 10_000_000,
        cadence: Cadence::Weekly,
    };
    let zone = Zone::parse("+01:00")?;
    Ok(Arc::new(Terms { zone, step_transfers: 20, postpaid, fees, dunning, ..Terms::default() }))
}

/// The office. It speaks to the bank by its statements only.
pub struct Office {
    pub aggregation: Aggregation,
    core: Core,
    sql: Sql,
    seed: u64,
    calendar: Arc<Calendar>,
}

/// A bill that is not paid.
struct OpenBill {
    position: i64,
    consumer: String,
    currency: Currency,
    micros: i64,
    state: String,
}

impl Office {
    /// Opens it on a core with the settlements of [`terms`].
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn open(core: &Core, database: &str, seed: u64, calendar: &Arc<Calendar>) -> Result<Self> {
        let url = core_payment::DatabaseUrl::parse(database)?;
        let aggregation = Aggregation::new(core.clone(), url, terms()?, calendar.clone());
        let (core, calendar) = (core.clone(), Arc::clone(calendar));
        Ok(Self { aggregation, core, sql: Sql::open(database)?, seed, calendar })
    }

    /// After midnight: closes what is due and begins what time has brought.
    ///
    /// # Errors
    /// If a period cannot be closed.
    pub async fn close(&self, tally: &mut Tally) -> Result<()> {
        let now = self.calendar.now();
        let report = self.aggregation.close_due(now).await?;
        ensure!(report.stuck.is_empty(), "accounts {:?} cannot be closed", report.stuck);
        for (what, count) in [
            ("document: bill", report.bills),
            ("document: statement", report.statements),
            ("document: payout advice", report.advices),
            ("document: credit note", report.credit_notes),
        ] {
            tally.add(what, count);
        }
        let advanced = self.aggregation.advance_dunning(now).await?;
        for (what, count) in [
            ("dunning: collections", advanced.collections),
            ("dunning: reminders", advanced.reminders),
            ("dunning: suspended", advanced.suspended),
            ("dunning: reinstated", advanced.reinstated),
            ("dunning: written off", advanced.written_off),
            ("dunning: settled by credit", advanced.set_off),
        ] {
            tally.add(what, count);
        }
        Ok(())
    }

    /// What an operator does now and then: agrees on other terms with a merchant, forgives those whose debts were given up.
    ///
    /// # Errors
    /// If the core takes nothing.
    pub async fn administer(&self, day: u32) -> Result<()> {
        if day % 50 == 10 {
            let mut dice = Dice::of(self.seed, &[0xa93e, u64::from(day)]);
            let schedule = FeeSchedule {
                share_ppm: dice.below(40_000),
                fixed_micros: dice.between(0, 3_000),
                minimum_micros: dice.between(0, 20) * 1_000_000,
                cadence: dice.pick(&[Cadence::Daily, Cadence::Weekly, Cadence::Monthly]),
            };
            let merchant = PartyId::parse(dice.pick(&MERCHANTS[..3]))?;
            let from =
                self.aggregation.terms().zone.next_midnight(day_start(day).saturating_add_millis(DAY_MS / 2));
            match self.aggregation.agree(&merchant, Currency::EUR, schedule, from).await {
                // Agreed on before a crash.
                Ok(()) | Err(AgreeError::Taken) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for consumer in CONSUMERS.iter().filter(|one| day % 60 == 59 && one.purse == Purse::Postpaid) {
            let name = PartyId::parse(consumer.name)?;
            let forgiven = ChangeParty { name, active: Some(true), external: None, details: None };
            self.core.change_party(forgiven).await?;
        }
        Ok(())
    }

    /// Consumers send money for their bills, and the bank decides; then its statement of the day is booked.
    ///
    /// # Errors
    /// If an entry cannot be booked.
    pub async fn book(&mut self, day: u32, bank: &mut Bank, tally: &mut Tally) -> Result<()> {
        for bill in self.open_bills()? {
            if let Some(micros) = self.pays(day, &bill) {
                bank.pay_in(day, bill.position, Money::from_micros(micros, bill.currency))?;
            }
        }
        bank.decide(day)?;
        files::hear(&self.core, bank, day, tally).await?;
        let entries: Vec<_> = bank.statement(day).cloned().collect();
        for entry in entries {
            if let Entry::PaidIn { bill, amount, .. } = entry {
                self.book_payment(day, bank, bill, amount.currency(), tally).await?;
            }
        }
        Ok(())
    }

    /// Decides disputes that have waited long enough.
    ///
    /// # Errors
    /// If one cannot be decided.
    pub async fn decide(&self, tally: &mut Tally) -> Result<()> {
        let before = self.calendar.now().as_millis() - DECIDED_AFTER_MS;
        let disputes = self.aggregation.open_disputes(100)?;
        for dispute in disputes.iter().filter(|dispute| dispute.opened_at.as_millis() < before) {
            let mut dice = Dice::of(self.seed, &[0xd15, number_of(&dispute.id.to_string())]);
            let verdict = if dice.happens(600) { Verdict::Consumer } else { Verdict::Merchant };
            let word = match self.aggregation.resolve_dispute(dispute.id, verdict).await {
                Ok(()) => format!("for the {verdict:?}").to_lowercase(),
                Err(ResolveError::MerchantLacks(_)) => "not yet: the merchant lacks it".to_owned(),
                Err(ResolveError::Refunded) => {
                    self.aggregation.resolve_dispute(dispute.id, Verdict::Merchant).await?;
                    "refunded meanwhile".to_owned()
                }
                Err(error) => return Err(error.into()),
            };
            tally.add(format!("decision of a dispute: {word}"), 1);
        }
        Ok(())
    }

    fn open_bills(&mut self) -> Result<Vec<OpenBill>> {
        let rows = self.sql.words(
            "SELECT CAST(b.position AS TEXT) || ' ' || p.name || ' ' || b.currency || ' '
             || CAST(b.due - b.collected - b.written_off AS TEXT) || ' ' || b.state AS value
             FROM bill b JOIN party p ON p.id = b.consumer
             WHERE b.state NOT IN ('paid', 'paid-suspended', 'written-off') ORDER BY b.position",
        )?;
        let read = |row: &String| {
            let words: Vec<_> = row.split(' ').collect();
            let &[position, consumer, currency, micros, state] = words.as_slice() else {
                bail!("a bill: {row}")
            };
            Ok(OpenBill {
                position: position.parse()?,
                consumer: consumer.to_owned(),
                currency: Currency::parse(currency)?,
                micros: micros.parse()?,
                state: state.to_owned(),
            })
        };
        rows.iter().map(read).collect()
    }

    /// How much somebody sends for a bill on a day, if anything: all of it, or some cents.
    fn pays(&self, day: u32, bill: &OpenBill) -> Option<i64> {
        let amount = u64::try_from(bill.micros).ok()?;
        let mut dice = Dice::of(self.seed, &[0x9a1d, u64::from(day), number_of(&bill.consumer), amount]);
        let often = match (bill.state.as_str(), bill.consumer.as_str()) {
            ("issued", _) => 20,
            ("collecting", _) => 60,
            // Who can pay nobody any more finds the money.
            ("suspended", _) => 250,
            // Not everybody answers a reminder.
            (_, "sven" | "petra" | "quim") => 15,
            ("retrying", _) => 80,
            _ => 150,
        };
        let cents = bill.micros / 10_000;
        if cents == 0 || !dice.happens(often) {
            return None;
        }
        Some(if dice.happens(700) { bill.micros } else { dice.between(1, cents) * 10_000 })
    }

    /// Books money that was sent for a bill; what the bill does not need any more goes back to where it came from.
    async fn book_payment(
        &mut self,
        day: u32,
        bank: &mut Bank,
        bill: i64,
        currency: Currency,
        tally: &mut Tally,
    ) -> Result<()> {
        let (before, today) = bank.paid_in(bill, day);
        // Booked, or sent back, before a crash.
        if self.booked_payments(bill)? > before || today == 0 {
            return Ok(());
        }
        let amount = Money::from_micros(today, currency);
        let position = LedgerPosition::new(bill)?;
        let act = [0x9a1e, u64::from(day), u64::try_from(bill)?];
        let id = RequestId::new(Dice::of(self.seed, &act).uuid());
        match self.aggregation.pay_bill(id, position, SYSTEM, amount).await {
            Ok(booked) => {
                // Somebody types it once more.
                let again = self.aggregation.pay_bill(id, position, SYSTEM, amount).await?;
                ensure!(again.before && again.position == booked.position, "bill {bill} was paid twice");
                tally.add("statement: paid in", 1);
            }
            Err(SettleError::TooMuch(most)) => {
                let back = Money::from_micros(amount.micros() - most.micros(), amount.currency());
                bank.send_back(bill, back)?;
                if most.micros() > 0 {
                    self.aggregation.pay_bill(id, position, SYSTEM, most).await?;
                }
                tally.add("statement: paid in, more than was open", 1);
            }
            Err(error) => return Err(error).with_context(|| format!("bill {bill} is paid with {amount}")),
        }
        Ok(())
    }

    /// What of the money that was sent for a bill is booked.
    fn booked_payments(&mut self, bill: i64) -> Result<i64> {
        self.sql.number(&format!(
            "(SELECT COALESCE(SUM(micros), 0) FROM transfer WHERE payment = {bill} AND kind IN ('collection', 'top-up'))
             - (SELECT COALESCE(SUM(micros), 0) FROM attempt
                WHERE payment = {bill} AND purpose = 'bill' AND state = 'approved')"
        ))
    }
}

/// When the office closes what the day before has left.
#[must_use]
pub fn after_midnight(day: u32) -> Timestamp {
    day_start(day).saturating_add_millis(1_800_000)
}
