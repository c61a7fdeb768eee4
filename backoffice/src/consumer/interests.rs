//! Alerts and interests: switched on by nobody but the consumer, kept sealed, forgotten when switched off (R23, R24).

use actix_web::HttpResponse;
use payment_domain::Timestamp;
use payment_trust::Sealer;
use serde::{Deserialize, Serialize};

use super::say;
use crate::alerts::LITTLE;
use crate::page::{Block, Field, FieldKind, Form, Inline, Page};
use crate::storage::consumer as storage;
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// What is switched on. What is not written is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Interests {
    /// A letter for every payment.
    pub(super) payments: bool,
    /// Since when, in milliseconds.
    pub(super) payments_since: Option<i64>,
    /// A letter when little is left on the account, or of a limit.
    pub(super) low: bool,
    /// Since when, in milliseconds.
    pub(super) low_since: Option<i64>,
    /// Merchants' advantages are shown.
    pub(super) advantages: bool,
    /// Getting about: trams, trains, parking.
    pub(super) transport: bool,
    /// Concerts, theatres, sport.
    pub(super) culture: bool,
    /// News and reading.
    pub(super) news: bool,
}

/// A form of ticks: what is not ticked is not sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticked {
    payments: Option<String>,
    low: Option<String>,
    advantages: Option<String>,
    transport: Option<String>,
    culture: Option<String>,
    news: Option<String>,
}

/// Shows the switches.
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let interests = of(&visitor).await?;
    visitor.show(page(visitor.words(), &interests))
}

/// Sets them.
pub(super) async fn set(visitor: Visitor, Filled(ticked): Filled<Ticked>) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let (owner, now_ms) = (person.party_number, visitor.now().as_millis());
    let interests = ticked.read().after(&of(&visitor).await?, now_ms);
    let nothing = interests == Interests::default();
    let sealed = if nothing { None } else { Some(seal(visitor.store().sealer(), owner, &interests)?) };
    let since = interests.alerts_since();
    visitor.write(move |tx| storage::set_interest(tx, owner, sealed.as_deref(), since, now_ms)).await?;
    Ok(visitor.go("/interests", Some(say::good(visitor.words().say("consumer-interests-kept")))))
}

/// What the visitor has switched on.
pub(super) async fn of(visitor: &Visitor) -> Result<Interests, Fault> {
    let owner = visitor.need_person()?.party_number;
    let sealed = visitor.read(move |conn| storage::interest(conn, owner)).await?;
    sealed.map_or(Ok(Interests::default()), |sealed| open(visitor.store().sealer(), owner, &sealed))
}

fn seal(sealer: &Sealer, owner: i64, interests: &Interests) -> Result<Vec<u8>, Fault> {
    let plain = serde_json::to_vec(interests).map_err(Fault::internal)?;
    sealer.seal(&context(owner), &plain).map_err(Fault::internal)
}

fn open(sealer: &Sealer, owner: i64, sealed: &[u8]) -> Result<Interests, Fault> {
    let plain = sealer.open(&context(owner), sealed).map_err(Fault::internal)?;
    serde_json::from_slice(&plain).map_err(Fault::internal)
}

fn context(owner: i64) -> String {
    format!("interest.sealed/{owner}")
}

/// Which letters somebody wants about a payment that was ordered then, by what they have sealed.
pub(crate) fn wanted(
    sealer: &Sealer,
    owner: i64,
    sealed: &[u8],
    ordered_at: Timestamp,
) -> Result<Wanted, Fault> {
    Ok(open(sealer, owner, sealed)?.wanted(ordered_at))
}

/// Letters about one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// That it was paid.
    pub(crate) payment: bool,
    /// That little is left after it.
    pub(crate) low: bool,
}

impl Interests {
    /// What is switched on already stays on since it was.
    fn after(self, before: &Self, now_ms: i64) -> Self {
        let since = |on: bool, was: bool, since: Option<i64>| match (on, was) {
            (true, true) => since,
            (true, false) => Some(now_ms),
            (false, _) => None,
        };
        Self {
            payments_since: since(self.payments, before.payments, before.payments_since),
            low_since: since(self.low, before.low, before.low_since),
            ..self
        }
    }

    /// From when on payments ask for letters at all.
    fn alerts_since(&self) -> Option<i64> {
        // Switched on before this was written down: long ago.
        let since = |on: bool, since: Option<i64>| on.then(|| since.unwrap_or_default());
        let both = [since(self.payments, self.payments_since), since(self.low, self.low_since)];
        both.into_iter().flatten().min()
    }

    fn wanted(&self, ordered_at: Timestamp) -> Wanted {
        let before = |since: Option<i64>| since.unwrap_or_default() <= ordered_at.as_millis();
        Wanted {
            payment: self.payments && before(self.payments_since),
            low: self.low && before(self.low_since),
        }
    }

    /// What a merchant's advantages can be about: as it is written in an address, and in words.
    pub(super) fn themes(&self) -> Vec<(&'static str, &'static str)> {
        let themes = [
            (self.transport, "transport", "consumer-interest-transport"),
            (self.culture, "culture", "consumer-interest-culture"),
            (self.news, "news", "consumer-interest-news"),
        ];
        // Whoever does not want advantages has no interests for merchants.
        let wanted = themes.into_iter().filter(|(on, ..)| *on && self.advantages);
        wanted.map(|(_, name, id)| (name, id)).collect()
    }
}

impl Ticked {
    const fn read(&self) -> Interests {
        Interests {
            payments: self.payments.is_some(),
            payments_since: None,
            low: self.low.is_some(),
            low_since: None,
            advantages: self.advantages.is_some(),
            transport: self.transport.is_some(),
            culture: self.culture.is_some(),
            news: self.news.is_some(),
        }
    }
}

fn page(words: Words, interests: &Interests) -> Page {
    let tick = |name, label, chosen| Field {
        name,
        label,
        kind: FieldKind::Tick { chosen },
        value: "yes".to_owned(),
        ..Field::default()
    };
    let little = words.money(LITTLE);
    let low = words.say_with("consumer-interest-low", &[("amount", Value::from(little.as_str()))]);
    Page::new(words.say("consumer-menu-interests"), "/interests")
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-interests-why"))]))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-interests-sent"))]))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-interests-only-kept"))]))
        .with(Form {
            action: "/interests".to_owned(),
            fields: vec![
                tick("payments", words.say("consumer-interest-payments"), interests.payments),
                tick("low", low, interests.low),
                tick("advantages", words.say("consumer-interest-advantages"), interests.advantages),
                tick("transport", words.say("consumer-interest-transport"), interests.transport),
                tick("culture", words.say("consumer-interest-culture"), interests.culture),
                tick("news", words.say("consumer-interest-news"), interests.news),
            ],
            submit: words.say("consumer-interests-keep"),
            ..Form::default()
        })
        .with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-interests-sealed"))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interests_are_sealed_for_one_consumer_and_read_back() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let interests = Interests { culture: true, ..Interests::default() };
        let sealed = seal(&sealer, 7, &interests).unwrap();
        assert_eq!(open(&sealer, 7, &sealed).unwrap(), interests);
        assert!(open(&sealer, 8, &sealed).is_err());
        assert!(!sealed.windows(7).any(|bytes| bytes == b"culture"));
    }

    #[test]
    fn what_is_not_ticked_is_off() {
        let ticked: Ticked = serde_urlencoded::from_str("news=yes&form_token=x").unwrap();
        assert_eq!(ticked.read(), Interests { news: true, ..Interests::default() });
        assert_eq!(Ticked::default().read(), Interests::default());
    }

    #[test]
    fn letters_are_about_payments_since_they_were_asked_for() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let payments = |payments| Interests { payments, ..Interests::default() };
        let first = payments(true).after(&Interests::default(), 1_000);
        assert_eq!((first.payments_since, first.alerts_since()), (Some(1_000), Some(1_000)));
        assert_eq!(first.wanted(at(999)), Wanted { payment: false, low: false });
        assert_eq!(first.wanted(at(1_000)), Wanted { payment: true, low: false });

        let both = Interests { low: true, ..payments(true) }.after(&first, 2_000);
        assert_eq!((both.payments_since, both.low_since), (Some(1_000), Some(2_000)));
        assert_eq!(both.alerts_since(), Some(1_000), "what was on stays on since then");
        assert_eq!(both.wanted(at(1_500)), Wanted { payment: true, low: false });
        assert_eq!(both.wanted(at(2_000)), Wanted { payment: true, low: true });

        let off = payments(false).after(&both, 3_000);
        assert_eq!((&off, off.alerts_since()), (&Interests::default(), None));
        let again = payments(true).after(&off, 4_000);
        assert!(!again.wanted(at(3_500)).payment, "nothing of the time between");
    }

    #[test]
    fn what_was_switched_on_before_times_were_kept_is_on() {
        let old: Interests = serde_json::from_str(r#"{"payments":true,"disruptions":true}"#).unwrap();
        assert_eq!(old.wanted(Timestamp::EPOCH), Wanted { payment: true, low: false });
        assert_eq!(old.alerts_since(), Some(0));
        assert_eq!(Interests::default().alerts_since(), None);
    }
}
