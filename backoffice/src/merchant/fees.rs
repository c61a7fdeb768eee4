//! What a merchant pays for a sale: the schedule in force then. Says what a payout will come to, and changes nothing.

use aggregation::fee::FeeSchedule;
use payment_domain::{Money, Timestamp};

use crate::sales::Sale;
use crate::storage::merchant::FeeRow;

/// What a sale costs its merchant: also if it was given back since ([`aggregation::fee`]).
pub(super) fn of(rows: &[FeeRow], usual: &FeeSchedule, sale: &Sale) -> Option<Money> {
    schedule(rows, usual, sale.price.currency().as_str(), sale.ordered_at).of(sale.paid)
}

/// The part of a schedule that one sale shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    /// The share, in millionths.
    share_ppm: i64,
    /// For each sale, in micro-units.
    fixed_micros: i64,
}

/// What is agreed for a currency at a time: of rows in the order of [`fee_schedules`], newest first, or the usual.
///
/// [`fee_schedules`]: crate::storage::merchant::fee_schedules
fn schedule(rows: &[FeeRow], usual: &FeeSchedule, currency: &str, at: Timestamp) -> Rate {
    let agreed = rows.iter().find(|row| row.currency == currency && row.valid_from <= at.as_millis());
    match agreed {
        Some(row) => Rate { share_ppm: row.share_ppm, fixed_micros: row.fixed_micros },
        None => Rate { share_ppm: i64::from(usual.share_ppm), fixed_micros: usual.fixed_micros },
    }
}

impl Rate {
    /// What a sale of this amount costs before it is rounded with all others of its payout; nothing if it cannot be said.
    fn of(self, paid: Money) -> Option<Money> {
        if paid.micros() <= 0 {
            return None;
        }
        let share = i128::from(paid.micros()).checked_mul(self.share_ppm.into())?.checked_div(1_000_000)?;
        let micros = i64::try_from(share).ok()?.checked_add(self.fixed_micros)?;
        Some(Money::from_micros(micros.min(paid.micros()), paid.currency()))
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::Currency;

    use super::*;

    fn eur(micros: i64) -> Money {
        Money::from_micros(micros, Currency::EUR)
    }

    #[test]
    fn a_sale_costs_its_share_and_the_fixed_part_and_never_more_than_it_brought() {
        let rate = Rate { share_ppm: 20_000, fixed_micros: 1_000 };
        assert_eq!(rate.of(eur(2_400_000)), Some(eur(49_000)));
        assert_eq!(rate.of(eur(500)), Some(eur(500)));
        assert_eq!(rate.of(eur(0)), None);
        assert_eq!(Rate { share_ppm: 1_000_000, fixed_micros: 0 }.of(eur(i64::MAX)), Some(eur(i64::MAX)));
    }

    #[test]
    fn a_fee_is_not_given_back_with_the_sale() {
        let usual = FeeSchedule { share_ppm: 20_000, fixed_micros: 1_000, ..FeeSchedule::NONE };
        let sold = crate::merchant::tests::sale("Tram");
        let back = Sale { refunded: sold.paid, ..sold.clone() };
        assert_eq!(of(&[], &usual, &back), of(&[], &usual, &sold));
        assert_eq!(of(&[], &usual, &back), Some(eur(49_000)));
    }

    #[test]
    fn what_was_agreed_holds_from_its_day_on() {
        let row = |valid_from, share_ppm| FeeRow {
            currency: "EUR".into(),
            valid_from,
            share_ppm,
            fixed_micros: 0,
            minimum_micros: 0,
            cadence: "daily".into(),
        };
        let rows = [row(2_000, 7), row(1_000, 5)];
        let usual = FeeSchedule {
            share_ppm: 3,
            fixed_micros: 0,
            minimum_micros: 0,
            cadence: aggregation::calendar::Cadence::Daily,
        };
        let share = |currency: &str, at| {
            schedule(&rows, &usual, currency, Timestamp::from_millis(at).unwrap()).share_ppm
        };
        assert_eq!((share("EUR", 500), share("EUR", 1_000), share("EUR", 2_001)), (3, 5, 7));
        assert_eq!(share("CHF", 2_001), 3);
    }
}
