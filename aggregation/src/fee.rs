//! What merchants pay us, to the last fraction. Pure.
//!
//! A fee is a share of what was sold and a fixed part for each sale. It is computed once, at the close of a period, in
//! units of 10⁻¹² (a share in millionths of micro-units); what is below a micro-unit is carried into the merchant's next
//! period, and so is what the merchant's account cannot pay. Fees are not given back when a sale is refunded.

use payment_domain::{Currency, Timestamp};
use thiserror::Error;

use crate::calendar::Cadence;

/// Units of 10⁻¹² in one micro-unit.
const PICOS: i128 = 1_000_000;

/// What a merchant pays, and how often it is paid out. Valid from a midnight on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeSchedule {
    /// Our share of what was sold, in millionths.
    pub share_ppm: u32,
    /// For each sale, in micro-units.
    pub fixed_micros: i64,
    /// Less than this is not paid out but carried, in micro-units.
    pub minimum_micros: i64,
    /// How often.
    pub cadence: Cadence,
}

/// Why a schedule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSchedule {
    /// More than everything.
    #[error("a share is at most 1,000,000 millionths")]
    Share,
    /// Below zero.
    #[error("a fee or minimum is not below zero")]
    Negative,
    /// Not where a period can end.
    #[error("a schedule begins at a midnight to come: {0} is the next")]
    NotToCome(Timestamp),
}

/// What is owed to us but was not taken yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeeRest {
    /// Whole micro-units that the account could not pay.
    pub micros: i64,
    /// Less than a micro-unit, in units of 10⁻¹².
    pub picos: i64,
}

/// A fee, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// What is taken now.
    pub micros: i64,
    /// What is carried.
    pub rest: FeeRest,
}

impl FeeSchedule {
    /// No fee, paid out every day from a minor unit on.
    pub const NONE: Self = Self { share_ppm: 0, fixed_micros: 0, minimum_micros: 0, cadence: Cadence::Daily };

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`InvalidSchedule`].
    pub const fn check(self) -> Result<Self, InvalidSchedule> {
        if self.share_ppm > 1_000_000 {
            return Err(InvalidSchedule::Share);
        }
        if self.fixed_micros < 0 || self.minimum_micros < 0 {
            return Err(InvalidSchedule::Negative);
        }
        Ok(self)
    }

    /// The fee for what was sold, never more than is there. `None` outside the range of amounts.
    #[must_use]
    pub fn fee(&self, sales_micros: i64, count: u64, before: FeeRest, available_micros: i64) -> Option<Fee> {
        let share = i128::from(sales_micros).checked_mul(i128::from(self.share_ppm))?;
        let fixed = i128::from(count).checked_mul(i128::from(self.fixed_micros))?.checked_mul(PICOS)?;
        let rest = i128::from(before.micros).checked_mul(PICOS)?.checked_add(i128::from(before.picos))?;
        let picos = share.checked_add(fixed)?.checked_add(rest)?;
        let due = i64::try_from(picos.checked_div(PICOS)?).ok()?;
        let micros = due.min(available_micros.max(0));
        let picos = i64::try_from(picos.checked_rem(PICOS)?).ok()?;
        Some(Fee { micros, rest: FeeRest { micros: due.checked_sub(micros)?, picos } })
    }
}

/// Micro-units in the smallest amount that banks move, by ISO 4217.
#[must_use]
pub fn minor_unit_micros(currency: Currency) -> i64 {
    match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 1_000_000,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 1_000,
        "CLF" | "UYW" => 100,
        _ => 10_000,
    }
}

/// An amount above zero in whole minor units, rounded down, and the rest; zero or less is all rest.
#[must_use]
pub fn whole_minor_units(micros: i64, currency: Currency) -> (i64, i64) {
    if micros <= 0 {
        return (0, micros);
    }
    let rest = micros.checked_rem(minor_unit_micros(currency)).unwrap_or_default();
    (micros.saturating_sub(rest), rest)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CARD: FeeSchedule =
        FeeSchedule { share_ppm: 15_000, fixed_micros: 250_000, minimum_micros: 0, cadence: Cadence::Daily };

    #[test]
    fn a_share_and_a_fixed_part_are_taken_and_the_fraction_is_carried() {
        // 1.5 % of 1.234567 is 0.018518505.
        let fee = CARD.fee(1_234_567, 1, FeeRest::default(), 1_234_567).unwrap();
        assert_eq!(fee, Fee { micros: 268_518, rest: FeeRest { micros: 0, picos: 505_000 } });
        let next = CARD.fee(1_234_567, 1, fee.rest, 1_234_567).unwrap();
        assert_eq!(next, Fee { micros: 268_519, rest: FeeRest { micros: 0, picos: 10_000 } });
    }

    #[test]
    fn a_merchant_who_cannot_pay_owes() {
        let fee = CARD.fee(10_000, 1, FeeRest::default(), 10_000).unwrap();
        assert_eq!(fee, Fee { micros: 10_000, rest: FeeRest { micros: 240_150, picos: 0 } });
        let fee = CARD.fee(0, 0, fee.rest, 1_000_000).unwrap();
        assert_eq!(fee, Fee { micros: 240_150, rest: FeeRest::default() });
        assert_eq!(CARD.fee(1_000_000, 1, FeeRest::default(), -5).unwrap().micros, 0);
    }

    proptest! {
        #[test]
        fn however_sales_fall_into_periods_the_same_fee_is_taken(
            sales in proptest::collection::vec(0_i64..100_000_000, 1..60),
            splits in proptest::collection::vec(any::<bool>(), 60),
            share_ppm in 0_u32..=1_000_000,
            fixed_micros in 0_i64..1_000_000,
        ) {
            let schedule = FeeSchedule { share_ppm, fixed_micros, ..CARD };
            let total: i64 = sales.iter().sum();
            let count = u64::try_from(sales.len()).unwrap();
            let once = schedule.fee(total, count, FeeRest::default(), i64::MAX).unwrap();
            let (mut taken, mut rest, mut open, mut number) = (0, FeeRest::default(), 0, 0);
            for (sale, split) in sales.iter().zip(splits) {
                (open, number) = (open + sale, number + 1);
                if split {
                    let fee = schedule.fee(open, number, rest, open).unwrap();
                    (taken, rest, open, number) = (taken + fee.micros, fee.rest, 0, 0);
                }
            }
            let last = schedule.fee(open, number, rest, i64::MAX).unwrap();
            prop_assert_eq!(taken + last.micros, once.micros);
            prop_assert_eq!(last.rest, once.rest);
        }

        #[test]
        fn whole_minor_units_and_the_rest_are_everything(micros in any::<i64>(), which in 0_usize..4) {
            let currency = Currency::parse(["EUR", "JPY", "KWD", "CLF"][which]).unwrap();
            let (whole, rest) = whole_minor_units(micros, currency);
            prop_assert_eq!(whole + rest, micros);
            prop_assert_eq!(whole % minor_unit_micros(currency), 0);
            prop_assert!(whole >= 0 && rest < minor_unit_micros(currency));
        }
    }

    #[test]
    fn schedules_outside_of_reason_are_refused() {
        assert!(CARD.check().is_ok() && FeeSchedule::NONE.check().is_ok());
        assert_eq!(FeeSchedule { share_ppm: 1_000_001, ..CARD }.check(), Err(InvalidSchedule::Share));
        assert_eq!(FeeSchedule { fixed_micros: -1, ..CARD }.check(), Err(InvalidSchedule::Negative));
        assert_eq!(FeeSchedule { minimum_micros: -1, ..CARD }.check(), Err(InvalidSchedule::Negative));
    }
}
