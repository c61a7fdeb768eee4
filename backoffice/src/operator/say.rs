//! What this portal says in many places.

use payment_domain::{Currency, Money, Timestamp};

use crate::page::{Field, FieldKind, Form, Inline, Link, Notice, Tone, Weight};
use crate::words::{Value, Words};

/// A notice that something was done.
pub(super) const fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}

/// A notice that something was not done.
pub(super) const fn bad(text: String) -> Notice {
    Notice { tone: Tone::Bad, text }
}

/// A name and a value.
pub(super) fn fact(name: String, value: impl Into<Inline>) -> (String, Vec<Inline>) {
    (name, vec![value.into()])
}

/// A link in a text.
pub(super) fn link(href: impl Into<String>, text: impl Into<String>) -> Inline {
    Inline::Link(Link::new(href, text))
}

/// A moment, for people and machines.
pub(super) fn time(words: Words, at: Timestamp) -> Inline {
    Inline::Time(words.moment(at), words.machine(at))
}

/// A stored time.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
}

/// A stored amount in words; a dash for what makes no sense.
pub(super) fn stored(words: Words, micros: i64, currency: &str) -> String {
    Currency::parse(currency)
        .map_or_else(|_| "–".to_owned(), |currency| words.money(Money::from_micros(micros, currency)))
}

/// How long ago, or until when: in the largest unit that fits.
pub(super) fn span(words: Words, millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let count = |count: i64| [("count", Value::from(count))];
    match seconds {
        0..=119 => words.say_with("operator-seconds", &count(seconds)),
        120..=7199 => words.say_with("operator-minutes", &count(seconds / 60)),
        7200..=172_799 => words.say_with("operator-hours", &count(seconds / 3600)),
        _ => words.say_with("operator-days", &count(seconds / 86_400)),
    }
}

/// A field.
pub(super) fn field(name: &'static str, label: String, kind: FieldKind, value: &str) -> Field {
    Field { name, label, kind, value: value.to_owned(), ..Field::default() }
}

/// A form that is one button.
pub(super) fn button(action: impl Into<String>, submit: String, weight: Weight) -> Form {
    Form { action: action.into(), submit, weight, ..Form::default() }
}

/// A text that was filled in as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes the row too many away; then the key of the last one says where older ones begin.
pub(super) fn older<T, K>(rows: &mut Vec<T>, most: i64, key: impl Fn(&T) -> K) -> Option<K> {
    let most = usize::try_from(most).unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().filter(|_| more).map(key)
}
