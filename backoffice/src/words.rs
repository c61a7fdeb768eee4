//! What the portals say, in the visitor's language: messages in Fluent files, amounts, numbers and dates as people there
//! write them.
//!
//! What this must not do: write markup, or read a clock. Start at [`Words`]; the messages are in `locales/`, one file for
//! each room, and a test fails when one of them is missing in a language.

mod figures;
mod moments;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use aggregation::calendar::Zone;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use payment_domain::{Money, Timestamp};
use unic_langid::LanguageIdentifier;

use crate::page::FrameWords;

/// A language that the portals speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// As written in Europe: day before month, 24 hours.
    #[default]
    English,
    /// As written in France.
    French,
}

/// The voice of a portal: one language, and the zone whose clock is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    locale: Locale,
    zone: Zone,
}

/// What is put in the place of a variable. A whole number also chooses the plural; anything else is text as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A count; written with groups of thousands.
    Count(i64),
}

type Bundle = FluentBundle<FluentResource>;

/// A language, ready to speak.
struct Spoken {
    bundle: Bundle,
}

static ENGLISH: LazyLock<Spoken> =
    LazyLock::new(|| Spoken::from_texts(Locale::English, Locale::English.files()));
static FRENCH: LazyLock<Spoken> =
    LazyLock::new(|| Spoken::from_texts(Locale::French, Locale::French.files()));

impl Locale {
    /// Every language, the one that is taken where none fits first.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// As in `lang` and in addresses: `en`, `fr`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// Reads `en` or `fr`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == text)
    }

    /// The language of a browser's `Accept-Language` that is preferred most among ours (RFC 9110 §12.5.4). English where
    /// the field says nothing that we understand.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0, Self::default());
        for wish in accept_language.split(',').take(16) {
            let mut parts = wish.split(';').map(str::trim);
            let range = parts.next().unwrap_or_default();
            let primary = range.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let spoken = if primary == "*" { Some(Self::default()) } else { Self::parse(&primary) };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths);
            // The first of equals stands first in the field.
            if let (Some(locale), Some(weight)) = (spoken, weight)
                && weight > best.0
            {
                best = (weight, locale);
            }
        }
        best.1
    }

    fn spoken(self) -> &'static Spoken {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }

    const fn files(self) -> [&'static str; 6] {
        match self {
            Self::English => [
                include_str!("../locales/en/frame.ftl"),
                include_str!("../locales/en/people.ftl"),
                include_str!("../locales/en/consumer.ftl"),
                include_str!("../locales/en/checkout.ftl"),
                include_str!("../locales/en/merchant.ftl"),
                include_str!("../locales/en/operator.ftl"),
            ],
            Self::French => [
                include_str!("../locales/fr/frame.ftl"),
                include_str!("../locales/fr/people.ftl"),
                include_str!("../locales/fr/consumer.ftl"),
                include_str!("../locales/fr/checkout.ftl"),
                include_str!("../locales/fr/merchant.ftl"),
                include_str!("../locales/fr/operator.ftl"),
            ],
        }
    }

    /// Chooses the rules of plurals.
    fn identifier(self) -> LanguageIdentifier {
        self.as_str().parse().unwrap_or_default()
    }
}

impl Words {
    /// The words of a language; its clock shows UTC until [`Words::in_zone`].
    #[must_use]
    pub fn of(locale: Locale) -> Self {
        Self { locale, zone: Zone::default() }
    }

    /// The same words, with the clock of this zone.
    #[must_use]
    pub const fn in_zone(self, zone: Zone) -> Self {
        Self { locale: self.locale, zone }
    }

    /// The language.
    #[must_use]
    pub const fn locale(self) -> Locale {
        self.locale
    }

    /// A message without variables. An id that nobody wrote is shown as it is.
    #[must_use]
    pub fn say(self, id: &str) -> String {
        self.locale.spoken().format(id, None)
    }

    /// A message with variables.
    #[must_use]
    pub fn say_with(self, id: &str, values: &[(&str, Value)]) -> String {
        let arguments: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, FluentValue::from(value))).collect();
        self.locale.spoken().format(id, Some(&arguments))
    }

    /// An amount, with as many decimals as it really has and at least its currency's: `€2.40`, `2,40 €`, `€0.002`.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        figures::money(self.locale, money)
    }

    /// A count: `1,944`, `1 944`.
    #[must_use]
    pub fn number(self, count: u64) -> String {
        figures::number(self.locale, count)
    }

    /// A share of a whole, with one decimal unless it is round: `98.7%`, `98,7 %`. Only nothing is 0 %, and only all of
    /// it is 100 %.
    #[must_use]
    pub fn percent(self, share: u64, whole: u64) -> String {
        figures::percent(self.locale, share, whole)
    }

    /// A day: `21 Nov 2026`, `21 nov. 2026`.
    #[must_use]
    pub fn day(self, at: Timestamp) -> String {
        moments::day(self.locale, self.zone, at)
    }

    /// A month: `November 2026`, `novembre 2026`.
    #[must_use]
    pub fn month(self, at: Timestamp) -> String {
        moments::month(self.locale, self.zone, at)
    }

    /// A time of day, to the minute: `14:40`.
    #[must_use]
    pub fn clock(self, at: Timestamp) -> String {
        moments::clock(self.zone, at)
    }

    /// A day and a time: `21 Nov 2026, 14:40`, `21 nov. 2026 à 14:40`.
    #[must_use]
    pub fn moment(self, at: Timestamp) -> String {
        moments::moment(self.locale, self.zone, at)
    }

    /// A moment as it is told at another: `today 14:40`, `yesterday 14:40`, else as [`Words::moment`].
    #[must_use]
    pub fn lately(self, at: Timestamp, now: Timestamp) -> String {
        let clock = || [("time", Value::from(self.clock(at)))];
        match moments::days_between(self.zone, at, now) {
            0 => self.say_with("frame-today", &clock()),
            1 => self.say_with("frame-yesterday", &clock()),
            _ => self.moment(at),
        }
    }

    /// A moment for machines (RFC 3339).
    #[must_use]
    pub fn machine(self, at: Timestamp) -> String {
        at.to_string()
    }

    /// The words that a renderer needs around every page.
    #[must_use]
    pub fn frame(self) -> FrameWords {
        FrameWords {
            skip: self.say("frame-skip"),
            menu: self.say("frame-menu"),
            leave: self.say("frame-leave"),
            test: self.say("frame-test"),
            live: self.say("frame-live"),
            as_table: self.say("frame-as-table"),
            optional: self.say("frame-optional"),
            languages: self.say("frame-languages"),
            pages: self.say("frame-pages"),
            choose: self.say("frame-choose"),
            copy: self.say("frame-copy"),
            copied: self.say("frame-copied"),
            cancelled: self.say("frame-cancelled"),
        }
    }
}

impl Spoken {
    fn from_texts<const N: usize>(locale: Locale, texts: [&str; N]) -> Self {
        let mut bundle = Bundle::new_concurrent(vec![locale.identifier()]);
        // What is put in is left-to-right as all of our languages are; marks of direction would only confuse old phones.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match locale {
            Locale::English => |value, _| counted(Locale::English, value),
            Locale::French => |value, _| counted(Locale::French, value),
        }));
        for text in texts {
            // A test refuses files with errors. Were one to slip through, what could be read is still said.
            bundle.add_resource_overriding(
                FluentResource::try_new(text.to_owned()).unwrap_or_else(|(readable, _)| readable),
            );
        }
        Self { bundle }
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        // A variable that is missing stands there by its name; the tests compare names.
        self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        i64::try_from(count).map_or_else(|_| Self::Text(count.to_string()), Self::Count)
    }
}

impl<'a> From<&'a Value> for FluentValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => FluentValue::String(text.into()),
            Value::Count(count) => FluentValue::Number(FluentNumber::from(*count)),
        }
    }
}

/// A number within a message, written as elsewhere on the page.
fn counted(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    Some(figures::grouped(locale, &number.as_string()))
}

/// A weight as `0.8` in thousandths; `None` if it is none, and for zero, which means "not this one".
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let plain = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" if plain => Some(1000),
        "0" if plain => format!("{fraction:0<3}").parse().ok().filter(|weight| *weight > 0),
        _ => None,
    }
}
