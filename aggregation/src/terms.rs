//! The operator's terms: when periods close, when bills are due, what merchants pay unless something else was agreed. Pure.

use std::collections::BTreeMap;

use payment_domain::{Currency, Label};

use crate::calendar::{Cadence, Zone};
use crate::dunning::Plan;
use crate::fee::FeeSchedule;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The operator's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Where the operator's day begins.
    pub zone: Zone,
    /// Transfers that one step of the fold takes at most, give or take a batch: bounds memory, and how long others wait for
    /// the step to be written.
    pub step_transfers: u32,
    /// When bills are drawn.
    pub postpaid: Closing,
    /// When statements are drawn.
    pub prepaid: Closing,
    /// A bill below this asks for nothing; what is owed is carried.
    pub least_bill: Amounts,
    /// From the bill to the day it is due, in milliseconds.
    pub payment_term_ms: i64,
    /// From a payment to the last moment it can be disputed, in milliseconds.
    pub dispute_within_ms: i64,
    /// What merchants pay unless something else was agreed with them.
    pub fees: FeeSchedule,
    /// What happens to bills.
    pub dunning: Plan,
    /// Our account, as it stands in letters to those who have to pay by a transfer.
    pub pay_to: Option<Label>,
}

/// When periods of consumers close; any of these does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closing {
    /// When so much is owed.
    pub amount: Amounts,
    /// When the first payment is so old, in milliseconds.
    pub age_ms: Option<i64>,
    /// At the end of a day, week or month.
    pub cadence: Option<Cadence>,
}

/// An amount for each currency, in micro-units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amounts {
    /// For currencies that are not named.
    pub usual: Option<i64>,
    /// For those that are.
    pub of: BTreeMap<Currency, i64>,
}

impl Amounts {
    /// The amount in a currency.
    #[must_use]
    pub fn in_currency(&self, currency: Currency) -> Option<i64> {
        self.of.get(&currency).copied().or(self.usual)
    }

    /// The same amount in every currency.
    #[must_use]
    pub const fn usual(micros: i64) -> Self {
        Self { usual: Some(micros), of: BTreeMap::new() }
    }
}

impl Default for Terms {
    /// Bills and statements every month and above 50 units, payable within 14 days; merchants pay 2 % and are paid out
    /// every week from 10 units on.
    fn default() -> Self {
        Self {
            zone: Zone::default(),
            step_transfers: 50_000,
            postpaid: Closing {
                amount: Amounts::usual(50_000_000),
                age_ms: Some(31 * DAY_MS),
                cadence: Some(Cadence::Monthly),
            },
            prepaid: Closing { amount: Amounts::default(), age_ms: None, cadence: Some(Cadence::Monthly) },
            least_bill: Amounts::usual(1_000_000),
            payment_term_ms: 14 * DAY_MS,
            dispute_within_ms: 56 * DAY_MS,
            fees: FeeSchedule {
                share_ppm: 20_000,
                fixed_micros: 0,
                minimum_micros: 10_000_000,
                cadence: Cadence::Weekly,
            },
            dunning: Plan::default(),
            pay_to: None,
        }
    }
}
