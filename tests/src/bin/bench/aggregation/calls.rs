//! What it is all for: how many external payments a thousand micropayments take, and what that saves.
//!
//! Counted in the database after the periods were closed and the bills' collections begun. A top-up that came through the
//! bank by hand has no attempt and is counted as the external payment that it is.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tests::database::Database;

/// A card payment costs 1.5 % and EUR 0.25. In 10⁻⁹ of a euro, so that nothing is rounded.
const CARD_NANOS_A_MICRO: i64 = 15;
const CARD_FIXED_NANOS: i64 = 250_000_000;

/// Payments of one kind at external systems.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calls {
    pub(crate) count: i64,
    micros: i64,
}

/// Everything that was counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct External {
    payments: Calls,
    top_ups: Calls,
    collections: Calls,
    payouts: Calls,
}

impl Calls {
    fn of(database: &Database, what: &str) -> Result<Self> {
        let mut sql = database.sql()?;
        let count = sql.number(&format!("SELECT COUNT(*) FROM {what}"))?;
        let micros = sql.number(&format!("SELECT COALESCE(SUM(micros), 0) FROM {what}"))?;
        Ok(Self { count, micros })
    }

    fn card_nanos(self) -> i64 {
        self.micros * CARD_NANOS_A_MICRO + self.count * CARD_FIXED_NANOS
    }

    fn json(self) -> Value {
        json!({ "count": self.count, "micros": self.micros })
    }
}

impl External {
    pub(crate) fn count(database: &Database) -> Result<Self> {
        let attempts = |purpose: &str| Calls::of(database, &format!("attempt WHERE purpose = '{purpose}'"));
        let of_payments = attempts("order")?.count;
        ensure!(of_payments == 0, "{of_payments} payments were made at an external system");
        let counted = Self {
            payments: Calls::of(database, "payment WHERE state = 'accepted'")?,
            top_ups: Calls::of(
                database,
                "transfer WHERE kind = 'top-up' AND credit IN (SELECT consumer_account FROM payment)",
            )?,
            collections: attempts("bill")?,
            payouts: attempts("payout")?,
        };
        let all = Calls::of(database, "attempt")?.count;
        let known = counted.collections.count + counted.payouts.count;
        ensure!(all == known, "{all} attempts, {known} of them collections and payouts");
        Ok(counted)
    }

    fn calls(&self) -> i64 {
        self.top_ups.count + self.collections.count + self.payouts.count
    }

    /// External payments for a thousand micropayments, in thousandths, rounded up.
    fn thousandths_a_thousand(&self) -> i64 {
        (self.calls() * 1_000_000 + self.payments.count - 1) / self.payments.count.max(1)
    }

    /// The same tariff for what comes in; payouts are charged its fixed part.
    fn aggregated_nanos(&self) -> i64 {
        let payouts = self.payouts.count * CARD_FIXED_NANOS;
        self.top_ups.card_nanos() + self.collections.card_nanos() + payouts
    }

    pub(crate) fn print(&self) {
        let Self { payments, top_ups, collections, payouts } = self;
        let (cards, aggregated) = (payments.card_nanos(), self.aggregated_nanos());
        println!(
            "  {} micropayments of EUR {} in all took {} external payments: {} top-ups, {} collections, {} payouts.",
            payments.count,
            euros(payments.micros * 1_000),
            self.calls(),
            top_ups.count,
            collections.count,
            payouts.count
        );
        let thousandths = self.thousandths_a_thousand();
        println!(
            "  {}.{:03} for 1,000 micropayments; as card payments they would be 1,000.",
            thousandths / 1_000,
            thousandths % 1_000
        );
        println!(
            "  At 1.5 % + EUR 0.25 as card payments: EUR {}. The same for the EUR {} topped up and collected, and EUR 0.25 \
             a payout: EUR {}. Saved: EUR {}.",
            euros(cards),
            euros((top_ups.micros + collections.micros) * 1_000),
            euros(aggregated),
            euros(cards - aggregated)
        );
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "micropayments": self.payments.json(),
            "top_ups": self.top_ups.json(),
            "collections": self.collections.json(),
            "payouts": self.payouts.json(),
            "external_payments": self.calls(),
            "external_payments_a_1000_in_thousandths": self.thousandths_a_thousand(),
            "as_card_payments_nano_euros": self.payments.card_nanos(),
            "aggregated_nano_euros": self.aggregated_nanos(),
            "saved_nano_euros": self.payments.card_nanos() - self.aggregated_nanos(),
        })
    }
}

/// To the cent, rounded down; the JSON has all of it.
fn euros(nanos: i64) -> String {
    let cents = nanos.div_euclid(10_000_000);
    format!("{}.{:02}", cents / 100, cents % 100)
}
