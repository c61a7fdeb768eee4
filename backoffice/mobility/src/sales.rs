//! What is sold: items, their prices, the concert's seats, the articles and the merchants' campaigns.
//!
//! `data/sales.toml` has the figures, `data/town.toml` the parking zones. Pure.

mod item;

use payment_domain::{Currency, Discount, Money};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Date, Duration, Weekday};

pub(crate) use item::{End, Item, Plate};

use crate::words::Language;

/// The merchants of this portal. Each has a key and a certificate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trade {
    Parking,
    Tram,
    Theatre,
    Gazette,
}

/// Two kinds of seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Seat {
    Stalls,
    Balcony,
}

/// Everything that does not depend on the town.
#[derive(Debug, Clone)]
pub(crate) struct Sales {
    pub(crate) tram: Money,
    pub(crate) route: Money,
    pub(crate) nearby: Money,
    pub(crate) article: Money,
    pub(crate) concert: Concert,
    pub(crate) campaigns: Vec<Promise>,
    pub(crate) articles: Vec<Article>,
}

/// The concert on each Saturday.
#[derive(Debug, Clone)]
pub(crate) struct Concert {
    pub(crate) title: String,
    /// The id of a place in town.
    pub(crate) place: String,
    pub(crate) starts: String,
    pub(crate) seats_at_most: u16,
    stalls: Seats,
    balcony: Seats,
}

/// How many there are, and for how much each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seats {
    pub(crate) price: Money,
    pub(crate) seats: u16,
}

/// A discount that a merchant promises (R24).
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) id: String,
    pub(crate) merchant: Trade,
    /// Whom it may interest.
    pub(crate) interest: String,
    /// Where it may interest: the id of a place.
    pub(crate) place: Option<String>,
    pub(crate) discount: Discount,
    /// The only item that it is for, if not for all.
    pub(crate) item: Option<String>,
    pub(crate) coupons: u32,
    pub(crate) days: u16,
    en: String,
    fr: String,
}

/// A page of the Gazette.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Article {
    pub(crate) id: String,
    en: Text,
    fr: Text,
}

/// An article in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) teaser: String,
    pub(crate) text: Vec<String>,
}

/// Why the data cannot be sold.
#[derive(Debug, Error)]
pub(crate) enum SalesError {
    #[error("not the form of what is sold: {0}")]
    Form(#[from] toml::de::Error),
    #[error("{0}: not a price")]
    Price(String),
    #[error("campaign {0}: one discount, an amount or millionths, and a merchant")]
    Discount(String),
}

impl Trade {
    pub(crate) const ALL: [Self; 4] = [Self::Parking, Self::Tram, Self::Theatre, Self::Gazette];
}

impl Seat {
    pub(crate) const ALL: [Self; 2] = [Self::Stalls, Self::Balcony];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stalls => "stalls",
            Self::Balcony => "balcony",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seat| seat.as_str() == text)
    }
}

impl Sales {
    /// What comes with the portal.
    pub(crate) fn of_rivenne() -> Result<Self, SalesError> {
        Self::parse(include_str!("../data/sales.toml"))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, SalesError> {
        let file: SalesFile = toml::from_str(text)?;
        Ok(Self {
            tram: price(&file.prices.tram)?,
            route: price(&file.prices.route)?,
            nearby: price(&file.prices.nearby)?,
            article: price(&file.prices.article)?,
            concert: Concert {
                title: file.concert.title,
                place: file.concert.place,
                starts: file.concert.starts,
                seats_at_most: file.concert.seats_at_most,
                stalls: seats(&file.concert.stalls)?,
                balcony: seats(&file.concert.balcony)?,
            },
            campaigns: file.campaign.into_iter().map(promise).collect::<Result<_, _>>()?,
            articles: file.article,
        })
    }

    pub(crate) fn article(&self, id: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.id == id)
    }

    /// The most that coupons of a merchant's own campaigns take off this item, once.
    pub(crate) fn largest_discount(&self, merchant: Trade, item: &str, price: Money) -> Money {
        let ours = self.campaigns.iter().filter(|promise| {
            promise.merchant == merchant && promise.item.as_deref().is_none_or(|only| only == item)
        });
        let largest = ours.map(|promise| taken_off(promise.discount, price)).max().unwrap_or_default();
        Money::from_micros(largest, price.currency())
    }
}

/// In micro-units; a fraction of one is rounded up, for the consumer.
fn taken_off(discount: Discount, price: Money) -> i64 {
    match discount {
        Discount::Amount(amount) => amount.micros().min(price.micros()),
        Discount::Ppm(ppm) => {
            let micros = i128::from(price.micros()).saturating_mul(i128::from(ppm));
            let rounded_up = micros.saturating_add(999_999).checked_div(1_000_000);
            rounded_up.and_then(|micros| i64::try_from(micros).ok()).unwrap_or(i64::MAX)
        }
    }
}

impl Concert {
    pub(crate) const fn seats(&self, seat: Seat) -> Seats {
        match seat {
            Seat::Stalls => self.stalls,
            Seat::Balcony => self.balcony,
        }
    }

    /// The Saturday after this day.
    pub(crate) fn next_day(today: Date) -> Date {
        let tomorrow = today.saturating_add(Duration::days(1));
        let ahead = Weekday::Saturday
            .number_days_from_monday()
            .checked_sub(tomorrow.weekday().number_days_from_monday());
        // On a Sunday the next Saturday is six days ahead.
        tomorrow.saturating_add(Duration::days(i64::from(ahead.unwrap_or(6))))
    }
}

impl Article {
    pub(crate) const fn text(&self, language: Language) -> &Text {
        match language {
            Language::English => &self.en,
            Language::French => &self.fr,
        }
    }
}

impl Promise {
    pub(crate) fn title(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::French => &self.fr,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SalesFile {
    prices: PricesFile,
    concert: ConcertFile,
    campaign: Vec<PromiseFile>,
    article: Vec<Article>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PricesFile {
    tram: String,
    route: String,
    nearby: String,
    article: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConcertFile {
    title: String,
    place: String,
    starts: String,
    seats_at_most: u16,
    stalls: SeatsFile,
    balcony: SeatsFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatsFile {
    price: String,
    seats: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PromiseFile {
    id: String,
    merchant: Trade,
    interest: String,
    place: Option<String>,
    en: String,
    fr: String,
    amount: Option<String>,
    millionths: Option<u32>,
    item: Option<String>,
    coupons: u32,
    days: u16,
}

fn price(text: &str) -> Result<Money, SalesError> {
    let price = Money::parse(text, Currency::EUR).ok().and_then(|price| price.positive().ok());
    price.ok_or_else(|| SalesError::Price(text.to_owned()))
}

fn seats(file: &SeatsFile) -> Result<Seats, SalesError> {
    Ok(Seats { price: price(&file.price)?, seats: file.seats })
}

fn promise(file: PromiseFile) -> Result<Promise, SalesError> {
    let discount = match (&file.amount, file.millionths) {
        (Some(amount), None) => Discount::Amount(price(amount)?),
        (None, Some(millionths)) => Discount::Ppm(millionths),
        _ => return Err(SalesError::Discount(file.id)),
    };
    let PromiseFile { id, merchant, interest, place, en, fr, item, coupons, days, .. } = file;
    Ok(Promise { id, merchant, interest, place, discount, item, coupons, days, en, fr })
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_next_concert_is_on_a_saturday_after_today() {
        for (today, day) in [
            (date!(2026 - 11 - 20), date!(2026 - 11 - 21)),
            (date!(2026 - 11 - 21), date!(2026 - 11 - 28)),
            (date!(2026 - 11 - 22), date!(2026 - 11 - 28)),
            (date!(2026 - 12 - 27), date!(2027 - 01 - 02)),
        ] {
            assert_eq!(Concert::next_day(today), day, "{today}");
        }
    }

    #[test]
    fn prices_are_what_the_file_says() {
        let sales = Sales::of_rivenne().unwrap();
        assert_eq!(sales.article.decimal(), "0.002");
        let seats = |seat| sales.concert.seats(seat);
        assert_eq!(
            (seats(Seat::Stalls).price.decimal(), seats(Seat::Stalls).seats),
            ("45.00".to_owned(), 40)
        );
        assert_eq!(
            (seats(Seat::Balcony).price.decimal(), seats(Seat::Balcony).seats),
            ("28.00".to_owned(), 60)
        );
    }

    #[test]
    fn no_more_is_taken_off_than_was_promised() {
        let sales = Sales::of_rivenne().unwrap();
        let euros = |text| Money::parse(text, Currency::EUR).unwrap();
        for (merchant, item, price, least) in [
            (Trade::Theatre, "concert-stalls", "45.00", "5.00"),
            (Trade::Theatre, "concert-balcony", "28.00", "0.00"),
            (Trade::Parking, "parking-centre", "2.40", "0.48"),
            (Trade::Parking, "parking-centre", "0.000001", "0.000001"),
            (Trade::Tram, "tram-single", "0.10", "0.10"),
            (Trade::Tram, "route", "0.01", "0.00"),
            (Trade::Gazette, "page-ferry", "0.002", "0.001"),
        ] {
            let discount = sales.largest_discount(merchant, item, euros(price));
            assert_eq!(discount.decimal(), least, "{item} at {price}");
        }
    }

    #[test]
    fn every_campaign_has_one_discount() {
        let good = include_str!("../data/sales.toml");
        assert!(Sales::parse(good).is_ok());
        assert!(Sales::parse(&good.replace("amount = \"5.00\"\n", "")).is_err());
        assert!(
            Sales::parse(&good.replace("amount = \"5.00\"", "amount = \"5.00\"\nmillionths = 1")).is_err()
        );
        assert!(Sales::parse(&good.replace("tram = \"1.80\"", "tram = \"0\"")).is_err());
    }
}
