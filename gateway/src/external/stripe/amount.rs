//! Micro-units in the smallest units that the system counts in, exactly or not at all.

use payment_domain::{Currency, Money, Operation};

use crate::external::Unsendable;

/// Currencies without a smaller unit (Stripe, "Zero-decimal currencies").
const NO_DECIMALS: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
];
/// Currencies with thousandths, of which the last digit has to be 0 ("Three-decimal currencies").
const THREE_DECIMALS: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];
/// Currencies that are counted in hundredths but only in whole units ("Special cases").
const WHOLE_HUNDREDTHS: &[&str] = &["ISK", "UGX"];
/// The same, for payouts only.
const WHOLE_PAYOUTS: &[&str] = &["HUF", "TWD"];

/// How a currency is counted: so many micro-units are one, and amounts are multiples of so many.
fn unit(currency: Currency, operation: Operation) -> (i64, i64) {
    let is_in = |list: &[&str]| list.contains(&currency.as_str());
    let whole_payout = operation == Operation::Payout && is_in(WHOLE_PAYOUTS);
    if is_in(NO_DECIMALS) {
        (1_000_000, 1)
    } else if is_in(THREE_DECIMALS) {
        (1_000, 10)
    } else if is_in(WHOLE_HUNDREDTHS) || whole_payout {
        (10_000, 100)
    } else {
        (10_000, 1)
    }
}

/// The amount as the system counts it.
pub(super) fn minor_units(amount: Money, operation: Operation) -> Result<i64, Unsendable> {
    let (micros, step) = unit(amount.currency(), operation);
    let (count, rest) = (amount.micros().checked_div(micros), amount.micros().checked_rem(micros));
    let exact = count.filter(|count| rest == Some(0) && *count > 0 && count.checked_rem(step) == Some(0));
    exact.ok_or(Unsendable::InexactAmount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(amount: &str, currency: &str, operation: Operation) -> Option<i64> {
        let amount = Money::parse(amount, Currency::parse(currency).unwrap()).unwrap();
        minor_units(amount, operation).ok()
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        for (amount, currency, expected) in [
            ("45.00", "EUR", Some(4500)),
            ("0.01", "EUR", Some(1)),
            ("0.009999", "EUR", None),
            ("0.005", "EUR", None),
            ("45.000001", "EUR", None),
            ("0", "EUR", None),
            ("-1.00", "EUR", None),
            ("9223372036854.77", "USD", Some(922_337_203_685_477)),
            ("500", "JPY", Some(500)),
            ("500.5", "JPY", None),
            ("5.120", "KWD", Some(5120)),
            ("5.125", "KWD", None),
            ("5.1234", "KWD", None),
            ("5", "ISK", Some(500)),
            ("5.50", "ISK", None),
            ("5", "UGX", Some(500)),
            ("10.45", "HUF", Some(1045)),
        ] {
            assert_eq!(count(amount, currency, Operation::Charge), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn some_currencies_are_paid_out_in_whole_units_only() {
        assert_eq!(count("10.45", "HUF", Operation::Payout), None);
        assert_eq!(count("10", "TWD", Operation::Payout), Some(1000));
        assert_eq!(count("10.45", "EUR", Operation::Payout), Some(1045));
    }
}
