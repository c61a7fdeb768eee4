//! What all portals say in the same way.
//!
//! What it must not do: words of one portal; those stand in its own `say`.

use payment_domain::{Currency, Money, Timestamp};

use crate::page::{Field, FieldKind, Form, Inline, Link, Notice, Tone, Weight};
use crate::words::Words;

/// A notice that something was done.
pub(crate) const fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}

/// A notice that something was not done.
pub(crate) const fn bad(text: String) -> Notice {
    Notice { tone: Tone::Bad, text }
}

/// A name and a value.
pub(crate) fn fact(name: String, value: impl Into<Inline>) -> (String, Vec<Inline>) {
    (name, vec![value.into()])
}

/// A link in a text.
pub(crate) fn link(href: impl Into<String>, text: impl Into<String>) -> Inline {
    Inline::Link(Link::new(href, text))
}

/// A moment, for people and machines.
pub(crate) fn time(words: Words, at: Timestamp) -> Inline {
    Inline::Time(words.moment(at), words.machine(at))
}

/// A stored time.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
}

/// A stored amount in words; a dash for what makes no sense.
pub(crate) fn stored(words: Words, micros: i64, currency: &str) -> String {
    Currency::parse(currency)
        .map_or_else(|_| "–".to_owned(), |currency| words.money(Money::from_micros(micros, currency)))
}

/// A field.
pub(crate) fn field(name: &'static str, label: String, kind: FieldKind, value: &str) -> Field {
    Field { name, label, kind, value: value.to_owned(), ..Field::default() }
}

/// A form that is one button.
pub(crate) fn button(action: impl Into<String>, submit: String, weight: Weight) -> Form {
    Form { action: action.into(), submit, weight, ..Form::default() }
}

/// Money as people write it, with a comma or a point; `None` for anything else, also for `1,000`, which is a thousand to some
/// and one to others.
pub(crate) fn read_money(text: &str, currency: Currency) -> Option<Money> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).take(30).collect();
    if plain.split_once(',').is_some_and(|(whole, rest)| rest.len() == 3 && !whole.starts_with('0')) {
        return None;
    }
    Money::parse(&plain.replace(',', "."), currency).ok()
}

/// The same above zero.
pub(crate) fn read_amount(text: &str, currency: Currency) -> Option<Money> {
    read_money(text, currency).filter(|amount| amount.micros() > 0)
}

/// A text that was filled in as one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes the row too many away; then the key of the last one says where older ones begin.
pub(crate) fn older<T, K>(rows: &mut Vec<T>, most: i64, key: impl Fn(&T) -> K) -> Option<K> {
    let most = usize::try_from(most).unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().filter(|_| more).map(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_with_a_comma_or_a_point_and_is_above_zero() {
        for (text, micros) in [
            ("20", 20_000_000),
            (" 2,50 ", 2_500_000),
            ("1 000.00", 1_000_000_000),
            ("0,002", 2_000),
            ("1.234", 1_234_000),
        ] {
            assert_eq!(read_amount(text, Currency::EUR).map(Money::micros), Some(micros), "{text}");
        }
        for text in [
            "",
            "0",
            "1,000",
            "12,500",
            "-5",
            "1e3",
            "2.50.1",
            "abc",
            "<b>",
            "1.1234567",
            "99999999999999999999",
        ] {
            assert_eq!(read_amount(text, Currency::EUR), None, "{text}");
        }
    }
}
