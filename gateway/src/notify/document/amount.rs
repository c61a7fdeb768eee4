//! Amounts and dates as people write them. Amounts are exact: as many decimals as there are, never fewer than two.

use payment_domain::{Currency, Money, Timestamp};
use time::OffsetDateTime;
use time::macros::format_description;

/// `€1,234.56`, `-€0.002`, `USD 3.00`.
pub(super) fn amount(money: Money) -> String {
    column(&[money]).pop().unwrap_or_default()
}

/// Amounts that stand below each other, all with as many decimals as the longest needs.
pub(super) fn column(amounts: &[Money]) -> Vec<String> {
    let decimals = |money: &Money| money.decimal().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let most = amounts.iter().map(decimals).max().unwrap_or(2);
    amounts.iter().map(|money| written(*money, most)).collect()
}

/// A count with its thousands grouped.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// `21 November 2026`.
pub(super) fn date(at: Timestamp) -> String {
    let form = format_description!("[day padding:none] [month repr:long] [year]");
    date_time(at).format(form).unwrap_or_else(|_| at.to_string())
}

/// `21 November 2026, 07:29 UTC`.
pub(super) fn moment(at: Timestamp) -> String {
    let form = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    date_time(at).format(form).unwrap_or_else(|_| at.to_string())
}

pub(super) fn date_time(at: Timestamp) -> OffsetDateTime {
    let seconds = at.as_millis().div_euclid(1_000);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn written(money: Money, decimals: usize) -> String {
    let decimal = money.decimal();
    let (sign, magnitude) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |rest| ("-", rest));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let whole = grouped(whole);
    if money.currency() == Currency::EUR {
        format!("{sign}€{whole}.{fraction:0<decimals$}")
    } else {
        format!("{sign}{} {whole}.{fraction:0<decimals$}", money.currency())
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    #[test]
    fn amounts_are_written_exactly() {
        for (decimal, expected) in [
            ("0", "€0.00"),
            ("1.8", "€1.80"),
            ("0.002", "€0.002"),
            ("-0.000001", "-€0.000001"),
            ("999", "€999.00"),
            ("1000", "€1,000.00"),
            ("-1234567.89", "-€1,234,567.89"),
            ("9223372036854.775807", "€9,223,372,036,854.775807"),
        ] {
            assert_eq!(amount(euros(decimal)), expected);
        }
        let dollars = Money::parse("-3", Currency::parse("USD").unwrap()).unwrap();
        assert_eq!(amount(dollars), "-USD 3.00");
    }

    #[test]
    fn a_column_has_as_many_decimals_as_its_longest_amount() {
        let amounts = [euros("12"), euros("0.0025"), euros("-1.5")];
        assert_eq!(column(&amounts), ["€12.0000", "€0.0025", "-€1.5000"]);
        assert_eq!(column(&[]), Vec::<String>::new());
    }

    #[test]
    fn dates_are_written_out() {
        let at = Timestamp::parse("2026-11-01T07:29:25.123Z").unwrap();
        assert_eq!(date(at), "1 November 2026");
        assert_eq!(moment(at), "1 November 2026, 07:29 UTC");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
