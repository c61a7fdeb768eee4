//! What this portal says in many places.

pub(super) use crate::say::{
    at, bad, button, fact, field, good, link, older, one_line, read_amount, stored, time,
};
use crate::words::{Value, Words};

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
