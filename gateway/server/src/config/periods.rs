//! `[aggregation]`: when bills, statements and payouts are drawn, and what happens to bills.

use std::num::NonZeroU32;

use aggregation::calendar::{Cadence, Zone};
use aggregation::dunning::Plan;
use aggregation::fee::FeeSchedule;
use aggregation::terms::{Amounts, Closing, Terms};
use anyhow::{Context as _, ensure};
use payment_domain::{Currency, Money};
use serde::Deserialize;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `[aggregation]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Aggregation {
    /// Whether this server folds the journal and closes periods; of several, one at least should.
    pub(crate) enabled: bool,
    /// Where the operator's day begins.
    zone: String,
    /// How often new payments are folded and what is due is closed.
    pub(crate) every_ms: NonZeroU32,
    /// Transfers in one step of the fold.
    step_transfers: NonZeroU32,
    /// A bill below this asks for nothing.
    least_bill: String,
    /// From the bill to the day it is due.
    payment_term_days: u32,
    /// How long after a payment its consumer may dispute it.
    dispute_within_days: u32,
    postpaid: Postpaid,
    prepaid: Prepaid,
    fees: Fees,
    dunning: Dunning,
}

/// `[aggregation.postpaid]`: when bills are drawn; whichever comes first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Postpaid {
    /// When so much is owed.
    amount: String,
    /// When the first payment is so old.
    age_days: u32,
    /// `daily`, `weekly` or `monthly`.
    cadence: String,
}

/// `[aggregation.prepaid]`: when statements are drawn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Prepaid {
    cadence: String,
}

/// `[aggregation.fees]`: what merchants pay unless something else was agreed (`meteore party fees`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fees {
    /// Of what was sold, in millionths.
    share_ppm: u32,
    /// For each payment.
    fixed: String,
    /// Less is not paid out.
    minimum: String,
    /// How often is paid out.
    cadence: String,
}

/// `[aggregation.dunning]`: what happens to bills.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Dunning {
    collect_after_days: u32,
    retry_after_days: Vec<u32>,
    remind_after_days: Vec<u32>,
    suspend_after_days: u32,
    write_off_after_days: Option<u32>,
    reminder_fee: String,
}

impl Default for Aggregation {
    fn default() -> Self {
        Self {
            enabled: true,
            zone: "+00:00".to_owned(),
            every_ms: NonZeroU32::new(5000).unwrap_or(NonZeroU32::MIN),
            step_transfers: NonZeroU32::new(50_000).unwrap_or(NonZeroU32::MIN),
            least_bill: "1.00".to_owned(),
            payment_term_days: 14,
            dispute_within_days: 56,
            postpaid: Postpaid::default(),
            prepaid: Prepaid::default(),
            fees: Fees::default(),
            dunning: Dunning::default(),
        }
    }
}

impl Default for Postpaid {
    fn default() -> Self {
        Self { amount: "50.00".to_owned(), age_days: 31, cadence: "monthly".to_owned() }
    }
}

impl Default for Prepaid {
    fn default() -> Self {
        Self { cadence: "monthly".to_owned() }
    }
}

impl Default for Fees {
    fn default() -> Self {
        Self {
            share_ppm: 20_000,
            fixed: "0.00".to_owned(),
            minimum: "10.00".to_owned(),
            cadence: "weekly".to_owned(),
        }
    }
}

impl Default for Dunning {
    fn default() -> Self {
        Self {
            collect_after_days: 2,
            retry_after_days: vec![3, 7],
            remind_after_days: vec![1, 14],
            suspend_after_days: 14,
            write_off_after_days: None,
            reminder_fee: "0.00".to_owned(),
        }
    }
}

impl Aggregation {
    /// The terms that the configuration says.
    pub(crate) fn terms(&self) -> anyhow::Result<Terms> {
        let least = micros(&self.least_bill).context("aggregation.least_bill")?;
        Ok(Terms {
            zone: Zone::parse(&self.zone).context("aggregation.zone")?,
            step_transfers: self.step_transfers.get(),
            postpaid: Closing {
                amount: Amounts::usual(micros(&self.postpaid.amount).context("aggregation.postpaid.amount")?),
                age_ms: Some(days(self.postpaid.age_days)),
                cadence: Some(
                    Cadence::parse(&self.postpaid.cadence).context("aggregation.postpaid.cadence")?,
                ),
            },
            prepaid: Closing {
                amount: Amounts::default(),
                age_ms: None,
                cadence: Some(Cadence::parse(&self.prepaid.cadence).context("aggregation.prepaid.cadence")?),
            },
            least_bill: Amounts::usual(least),
            payment_term_ms: days(self.payment_term_days),
            dispute_within_ms: days(self.dispute_within_days),
            fees: self.fees.schedule().context("aggregation.fees")?,
            dunning: self.dunning.plan().context("aggregation.dunning")?,
            // Our account stands in `[bank]`.
            pay_to: None,
        })
    }
}

impl Fees {
    fn schedule(&self) -> anyhow::Result<FeeSchedule> {
        let schedule = FeeSchedule {
            share_ppm: self.share_ppm,
            fixed_micros: micros(&self.fixed).context("fixed")?,
            minimum_micros: micros(&self.minimum).context("minimum")?,
            cadence: Cadence::parse(&self.cadence).context("cadence")?,
        };
        Ok(schedule.check()?)
    }
}

impl Dunning {
    fn plan(&self) -> anyhow::Result<Plan> {
        Ok(Plan {
            collect_after_ms: days(self.collect_after_days),
            retry_after_ms: self.retry_after_days.iter().map(|count| days(*count)).collect(),
            remind_after_ms: self.remind_after_days.iter().map(|count| days(*count)).collect(),
            suspend_after_ms: days(self.suspend_after_days),
            write_off_after_ms: self.write_off_after_days.map(days),
            reminder_fee_micros: micros(&self.reminder_fee).context("reminder_fee")?,
        })
    }
}

fn days(count: u32) -> i64 {
    i64::from(count).saturating_mul(DAY_MS)
}

/// An amount in units of whatever currency, as micro-units.
fn micros(text: &str) -> anyhow::Result<i64> {
    let micros = Money::parse(text, Currency::EUR)?.micros();
    ensure!(micros >= 0, "{text} is below zero");
    Ok(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_room() {
        assert_eq!(Aggregation::default().terms().unwrap(), Terms::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (text, name) in [
            ("zone = \"Paris\"", "aggregation.zone"),
            ("least_bill = \"-1\"", "aggregation.least_bill"),
            ("[postpaid]\ncadence = \"hourly\"", "aggregation.postpaid.cadence"),
            ("[fees]\nshare_ppm = 1000001", "aggregation.fees"),
            ("[dunning]\nreminder_fee = \"x\"", "aggregation.dunning"),
        ] {
            let config: Aggregation = toml::from_str(text).unwrap();
            let error = format!("{:#}", config.terms().unwrap_err());
            assert!(error.contains(name), "{error}");
        }
    }
}
