//! Amounts and numbers as they are written in a language, after the Unicode CLDR. Pure, and without floats.
//!
//! ICU4X would do the numbers; its data and 40 crates are a lot for two languages whose rules fit on this page, and it has
//! no amounts of money yet.

use payment_domain::{Currency, Money};

use super::Locale;

/// Between the groups of a French number, and before its per cent sign.
const NARROW: char = '\u{202f}';
/// Between a French amount and its currency.
const FIXED: char = '\u{a0}';
/// Decimals of a `Money`.
const SCALE: usize = 6;

/// Currencies without the usual two decimals (ISO 4217, list one).
const DECIMALS: [(&str, usize); 25] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Currencies with a sign that readers of either language take for this one only.
const SIGNS: [(&str, &str); 3] = [("EUR", "€"), ("GBP", "£"), ("JPY", "¥")];

pub(super) fn money(locale: Locale, money: Money) -> String {
    let currency = money.currency();
    let amount = decimal(locale, money.micros().unsigned_abs(), decimals(currency));
    let minus = if money.micros() < 0 { "-" } else { "" };
    match (locale, sign(currency)) {
        (Locale::English, Some(sign)) => format!("{minus}{sign}{amount}"),
        (Locale::English, None) => format!("{minus}{currency}{FIXED}{amount}"),
        (Locale::French, Some(sign)) => format!("{minus}{amount}{FIXED}{sign}"),
        (Locale::French, None) => format!("{minus}{amount}{FIXED}{currency}"),
    }
}

pub(super) fn number(locale: Locale, count: u64) -> String {
    grouped(locale, &count.to_string())
}

pub(super) fn percent(locale: Locale, share: u64, whole: u64) -> String {
    let per_mille = u128::from(share).saturating_mul(1000).saturating_add(u128::from(whole / 2));
    let Some(rounded) = per_mille.checked_div(u128::from(whole)) else {
        return "–".to_owned();
    };
    let rounded = match rounded {
        0 if share > 0 => 1,
        1000 if share < whole => 999,
        1000 if share > whole => 1001,
        other => other,
    };
    let (units, tenth) = (grouped(locale, &(rounded / 10).to_string()), rounded % 10);
    let figure = if tenth == 0 { units } else { format!("{units}{}{tenth}", point(locale)) };
    match locale {
        Locale::English => format!("{figure}%"),
        Locale::French => format!("{figure}{NARROW}%"),
    }
}

/// A number of digits, perhaps with a minus and a point, with its thousands apart.
pub(super) fn grouped(locale: Locale, plain: &str) -> String {
    let (minus, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut written = minus.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            written.push(group(locale));
        }
        written.push(digit);
    }
    if let Some(fraction) = fraction {
        written.push(point(locale));
        written.push_str(fraction);
    }
    written
}

/// Micro-units with the decimals that they have, and at least so many.
fn decimal(locale: Locale, micros: u64, at_least: usize) -> String {
    let digits = format!("{micros:0>7}");
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(SCALE));
    let needed = fraction.trim_end_matches('0').len().max(at_least);
    match fraction.get(..needed) {
        Some(fraction) if needed > 0 => grouped(locale, &format!("{whole}.{fraction}")),
        _ => grouped(locale, whole),
    }
}

fn decimals(currency: Currency) -> usize {
    DECIMALS.iter().find(|(code, _)| *code == currency.as_str()).map_or(2, |(_, decimals)| *decimals)
}

fn sign(currency: Currency) -> Option<&'static str> {
    SIGNS.iter().find(|(code, _)| *code == currency.as_str()).map(|(_, sign)| *sign)
}

const fn point(locale: Locale) -> char {
    match locale {
        Locale::English => '.',
        Locale::French => ',',
    }
}

const fn group(locale: Locale) -> char {
    match locale {
        Locale::English => ',',
        Locale::French => NARROW,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str, currency: &str) -> Money {
        Money::parse(text, Currency::parse(currency).unwrap()).unwrap()
    }

    #[test]
    fn amounts_have_the_decimals_that_they_really_have_and_at_least_the_currencys() {
        for (text, currency, english, french) in [
            ("2.4", "EUR", "€2.40", "2,40\u{a0}€"),
            ("0.002", "EUR", "€0.002", "0,002\u{a0}€"),
            ("100", "EUR", "€100.00", "100,00\u{a0}€"),
            ("418220.114", "EUR", "€418,220.114", "418\u{202f}220,114\u{a0}€"),
            ("-1234567.5", "EUR", "-€1,234,567.50", "-1\u{202f}234\u{202f}567,50\u{a0}€"),
            ("0", "EUR", "€0.00", "0,00\u{a0}€"),
            ("0.000001", "EUR", "€0.000001", "0,000001\u{a0}€"),
            ("1500", "JPY", "¥1,500", "1\u{202f}500\u{a0}¥"),
            ("1500.25", "JPY", "¥1,500.25", "1\u{202f}500,25\u{a0}¥"),
            ("1.5", "KWD", "KWD\u{a0}1.500", "1,500\u{a0}KWD"),
            ("3", "USD", "USD\u{a0}3.00", "3,00\u{a0}USD"),
            ("3", "GBP", "£3.00", "3,00\u{a0}£"),
        ] {
            let money = amount(text, currency);
            assert_eq!(super::money(Locale::English, money), english);
            assert_eq!(super::money(Locale::French, money), french);
        }
        let least = Money::from_micros(i64::MIN, Currency::EUR);
        assert_eq!(super::money(Locale::English, least), "-€9,223,372,036,854.775808");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (count, english, french) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_944, "1,944", "1\u{202f}944"),
            (
                u64::MAX,
                "18,446,744,073,709,551,615",
                "18\u{202f}446\u{202f}744\u{202f}073\u{202f}709\u{202f}551\u{202f}615",
            ),
        ] {
            assert_eq!(number(Locale::English, count), english);
            assert_eq!(number(Locale::French, count), french);
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_to_nothing() {
        for (share, whole, english, french) in [
            (987, 1000, "98.7%", "98,7\u{202f}%"),
            (1, 2, "50%", "50\u{202f}%"),
            (1, 3, "33.3%", "33,3\u{202f}%"),
            (2, 3, "66.7%", "66,7\u{202f}%"),
            (0, 5, "0%", "0\u{202f}%"),
            (1, 1_000_000, "0.1%", "0,1\u{202f}%"),
            (999_999, 1_000_000, "99.9%", "99,9\u{202f}%"),
            (5, 5, "100%", "100\u{202f}%"),
            (1_000_001, 1_000_000, "100.1%", "100,1\u{202f}%"),
            (120, 10, "1,200%", "1\u{202f}200\u{202f}%"),
            (u64::MAX, u64::MAX, "100%", "100\u{202f}%"),
            (3, 0, "–", "–"),
        ] {
            assert_eq!(percent(Locale::English, share, whole), english, "{share} of {whole}");
            assert_eq!(percent(Locale::French, share, whole), french, "{share} of {whole}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_is_written_exactly(micros: i64, french: bool, currency in "EUR|USD|JPY|KWD|CLF") {
            let locale = if french { Locale::French } else { Locale::English };
            let money = Money::from_micros(micros, Currency::parse(&currency).unwrap());
            let plain: String = super::money(locale, money)
                .chars()
                .filter(|c| c.is_ascii_digit() || matches!(c, '-') || *c == point(locale))
                .map(|c| if c == point(locale) { '.' } else { c })
                .collect();
            // `parse` knows no amount below -i64::MAX.
            prop_assume!(micros != i64::MIN);
            prop_assert_eq!(Money::parse(&plain, money.currency()), Ok(money));
        }
    }
}
