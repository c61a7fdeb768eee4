//! Alerts and interests: switched on by nobody but the consumer, kept sealed, forgotten when switched off (R23, R24).

use actix_web::HttpResponse;
use payment_trust::Sealer;
use serde::{Deserialize, Serialize};

use super::say;
use crate::page::{Block, Field, FieldKind, Form, Inline, Page};
use crate::storage::consumer as storage;
use crate::web::{Fault, Filled, Visitor};
use crate::words::Words;

/// What is switched on. What is not written is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Interests {
    /// A letter for every payment.
    pub(super) payments: bool,
    /// A letter when little is left on the account, or of a limit.
    pub(super) low: bool,
    /// Merchants' advantages are shown.
    pub(super) advantages: bool,
    /// Advantages for where the consumer is.
    pub(super) nearby: bool,
    /// Getting about: trams, trains, parking.
    pub(super) transport: bool,
    /// Concerts, theatres, sport.
    pub(super) culture: bool,
    /// News and reading.
    pub(super) news: bool,
    /// Strikes and delays.
    pub(super) disruptions: bool,
}

/// A form of ticks: what is not ticked is not sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticked {
    payments: Option<String>,
    low: Option<String>,
    advantages: Option<String>,
    nearby: Option<String>,
    transport: Option<String>,
    culture: Option<String>,
    news: Option<String>,
    disruptions: Option<String>,
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
    let interests = ticked.read();
    let nothing = interests == Interests::default();
    let sealed = if nothing { None } else { Some(seal(visitor.store().sealer(), owner, &interests)?) };
    visitor.write(move |tx| storage::set_interest(tx, owner, sealed.as_deref(), now_ms)).await?;
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

impl Interests {
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
            low: self.low.is_some(),
            advantages: self.advantages.is_some(),
            nearby: self.nearby.is_some(),
            transport: self.transport.is_some(),
            culture: self.culture.is_some(),
            news: self.news.is_some(),
            disruptions: self.disruptions.is_some(),
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
    Page::new(words.say("consumer-menu-interests"), "/interests")
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-interests-why"))]))
        .with(Form {
            action: "/interests".to_owned(),
            fields: vec![
                tick("payments", words.say("consumer-interest-payments"), interests.payments),
                tick("low", words.say("consumer-interest-low"), interests.low),
                tick("disruptions", words.say("consumer-interest-disruptions"), interests.disruptions),
                tick("advantages", words.say("consumer-interest-advantages"), interests.advantages),
                tick("nearby", words.say("consumer-interest-nearby"), interests.nearby),
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
}
