//! When little is left, and how long a letter is worth sending.

use payment_domain::{Currency, Money, Policy, Timestamp};

use crate::storage::alerts::PaidFromRow;

/// Less than this is little.
pub const LITTLE: Money = Money::from_micros(5_000_000, Currency::EUR);
/// Between two letters that say so.
pub(super) const LITTLE_EVERY_MS: i64 = 24 * HOUR_MS;

const HOUR_MS: i64 = 60 * MINUTE_MS;
const MINUTE_MS: i64 = 60 * 1000;
/// So often sending a letter is begun: for most of a day.
const MOST_TRIES: i64 = 8;
/// The first pause; each one is four times as long as the one before.
const FIRST_PAUSE_MS: i64 = MINUTE_MS;
const LONGEST_PAUSE_MS: i64 = 6 * HOUR_MS;

/// What is left on the account that was paid from, or of what may be owed and spent in a month. `None` where nothing is
/// counted: money that comes from elsewhere at once.
pub(super) fn left(from: &PaidFromRow, policy: &Policy, now: Timestamp) -> Option<Money> {
    let currency = Currency::parse(&from.currency).ok()?;
    let micros = match from.kind.as_str() {
        "prepaid" => from.balance,
        "postpaid" => {
            let spent = if from.month == now.month() { from.month_micros } else { 0 };
            let of_month = policy.postpaid.month_micros.saturating_sub(spent);
            // What is owed is a balance below zero.
            from.credit_limit.saturating_add(from.balance).min(of_month)
        }
        _ => return None,
    };
    Some(Money::from_micros(micros, currency))
}

/// Whether that is little. Only in the currency that says what little is.
pub(super) fn is_little(left: Money) -> bool {
    left.currency() == LITTLE.currency() && left.micros() < LITTLE.micros()
}

/// Whether a letter may be tried for the `tries`th time.
pub(super) const fn may_be_tried(tries: i64) -> bool {
    tries <= MOST_TRIES
}

/// How long a letter rests after its `tries`th try.
pub(super) fn pause_ms(tries: i64) -> i64 {
    let exponent = u32::try_from(tries.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    FIRST_PAUSE_MS.saturating_mul(4_i64.saturating_pow(exponent)).min(LONGEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(kind: &str, balance: i64) -> PaidFromRow {
        PaidFromRow {
            kind: kind.to_owned(),
            currency: "EUR".to_owned(),
            balance,
            credit_limit: 100_000_000,
            month: 202_611,
            month_micros: 0,
        }
    }

    fn left_of(from: &PaidFromRow) -> Option<i64> {
        let policy = core_payment::policy::eu_default().unwrap();
        left(from, &policy, Timestamp::parse("2026-11-21T09:00:00.000Z").unwrap()).map(Money::micros)
    }

    #[test]
    fn what_is_left_is_the_balance_or_the_closer_of_two_limits() {
        assert_eq!(left_of(&from("prepaid", 4_990_000)), Some(4_990_000));
        assert_eq!(left_of(&from("postpaid", -97_000_000)), Some(3_000_000));
        // EUR 300.00 a month.
        let spent = PaidFromRow { month_micros: 298_000_000, ..from("postpaid", 0) };
        assert_eq!(left_of(&spent), Some(2_000_000));
        let last_month = PaidFromRow { month: 202_610, ..spent };
        assert_eq!(left_of(&last_month), Some(100_000_000));
        assert_eq!(left_of(&from("counter", 0)), None, "nothing is kept there");
    }

    #[test]
    fn five_euros_are_not_little_and_less_is() {
        let eur = |micros| Money::from_micros(micros, Currency::EUR);
        assert!(!is_little(eur(5_000_000)));
        assert!(is_little(eur(4_999_999)) && is_little(eur(0)) && is_little(eur(-1)));
        assert!(!is_little(Money::from_micros(1, Currency::parse("USD").unwrap())));
    }

    #[test]
    fn a_letter_rests_longer_and_longer_and_is_given_up_within_a_day() {
        assert_eq!([1, 2, 3].map(pause_ms), [MINUTE_MS, 4 * MINUTE_MS, 16 * MINUTE_MS]);
        assert_eq!(pause_ms(i64::MAX), LONGEST_PAUSE_MS);
        assert!(may_be_tried(1) && may_be_tried(MOST_TRIES) && !may_be_tried(MOST_TRIES + 1));
        let all: i64 = (1..=MOST_TRIES).map(pause_ms).sum();
        assert!(all < 24 * HOUR_MS, "{all}");
    }
}
