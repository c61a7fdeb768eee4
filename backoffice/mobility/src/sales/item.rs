//! One thing that somebody buys: what it is called, who sells it, and what it costs.

use payment_domain::{Label, Money};
use serde::{Deserialize, Serialize};

use super::{Sales, Seat, Trade};
use crate::id::{Token, text};
use crate::place::Position;
use crate::town::Town;
use crate::words::Words;

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Item {
    /// To park in a zone from the moment of payment.
    Parking { zone: String, plate: Plate, minutes: u16 },
    /// To park longer.
    MoreParking { parking: Token, zone: String, plate: Plate, minutes: u16 },
    /// One ride, from validation on.
    Tram,
    /// How to go from here to there.
    Route { from: End, to: End },
    /// What there is at a position.
    Nearby {
        #[serde(with = "text")]
        position: Position,
    },
    /// Seats at the concert of a day, `2026-11-28`.
    Concert { day: String, seat: Seat, count: u16 },
    /// A page of the Gazette.
    Article { id: String },
}

/// Where a way begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) name: String,
    #[serde(with = "text")]
    pub(crate) at: Position,
}

/// The plate of a car: 2 to 12 letters, digits, spaces and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Plate(String);

impl Plate {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plate = text.trim().to_uppercase();
        let valid = (2..=12).contains(&plate.len())
            && plate.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-'));
        valid.then_some(Self(plate))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Plate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a plate")
    }
}

impl From<Plate> for String {
    fn from(plate: Plate) -> Self {
        plate.0
    }
}

impl Item {
    /// For how long one can park, in minutes.
    pub(crate) const MINUTES: [u16; 3] = [30, 60, 120];

    /// Who sells it.
    pub(crate) const fn trade(&self) -> Trade {
        match self {
            Self::Parking { .. } | Self::MoreParking { .. } => Trade::Parking,
            Self::Tram | Self::Route { .. } | Self::Nearby { .. } => Trade::Tram,
            Self::Concert { .. } => Trade::Theatre,
            Self::Article { .. } => Trade::Gazette,
        }
    }

    /// What it costs; `None` if there is no such thing.
    pub(crate) fn price(&self, town: &Town, sales: &Sales) -> Option<Money> {
        match self {
            Self::Parking { zone, minutes, .. } | Self::MoreParking { zone, minutes, .. } => {
                let known = Self::MINUTES.contains(minutes);
                town.zone(zone).filter(|_| known).map(|zone| zone.price(*minutes))
            }
            Self::Tram => Some(sales.tram),
            Self::Route { .. } => Some(sales.route),
            Self::Nearby { .. } => Some(sales.nearby),
            Self::Concert { seat, count, .. } => {
                let each = sales.concert.seats(*seat).price;
                let some = (1..=sales.concert.seats_at_most).contains(count);
                let micros = each.micros().checked_mul(i64::from(*count)).filter(|_| some)?;
                Some(Money::from_micros(micros, each.currency()))
            }
            Self::Article { id } => sales.article(id).map(|_| sales.article),
        }
    }

    /// The merchant's code for it, by which campaigns name it.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::Parking { zone, .. } | Self::MoreParking { zone, .. } => format!("parking-{zone}"),
            Self::Tram => "tram-single".to_owned(),
            Self::Route { .. } => "route".to_owned(),
            Self::Nearby { .. } => "nearby".to_owned(),
            Self::Concert { seat, .. } => format!("concert-{}", seat.as_str()),
            Self::Article { id } => format!("page-{id}"),
        }
    }

    /// What the consumer reads when paying.
    pub(crate) fn title(&self, town: &Town, sales: &Sales, words: &Words) -> String {
        let zone_name = |zone: &str| town.zone(zone).map_or_else(String::new, |zone| zone.name.clone());
        match self {
            Self::Parking { zone, plate, minutes } => {
                format!("{} {}, {minutes} min, {}", words.parking, zone_name(zone), plate.as_str())
            }
            Self::MoreParking { zone, plate, minutes, .. } => {
                format!("{} {}, +{minutes} min, {}", words.parking, zone_name(zone), plate.as_str())
            }
            Self::Tram => words.tram_ticket.to_owned(),
            Self::Route { from, to } => format!("{} → {}", from.name, to.name),
            Self::Nearby { position } => format!("{} {position}", words.nearby),
            Self::Concert { day, seat, count } => {
                format!("{}, {day}, {count} × {}", sales.concert.title, words.seat(*seat))
            }
            Self::Article { id } => {
                let title = sales.article(id).map(|article| article.text(words.language).title.as_str());
                format!("{}: {}", words.gazette, title.unwrap_or_default())
            }
        }
    }

    /// The same as a label, which an offer carries.
    pub(crate) fn label(&self, town: &Town, sales: &Sales, words: &Words) -> Option<Label> {
        let title: String = self.title(town, sales, words).chars().take(Label::MAX_CHARS).collect();
        Label::parse(title.trim()).ok()
    }

    /// Whether it is a ticket that is shown and used once (R22).
    pub(crate) const fn is_ticket(&self) -> bool {
        matches!(self, Self::Tram | Self::Concert { .. })
    }

    /// For how long the car may stay.
    pub(crate) const fn parking_minutes(&self) -> Option<u16> {
        match self {
            Self::Parking { minutes, .. } | Self::MoreParking { minutes, .. } => Some(*minutes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_plate_is_short_and_plain() {
        assert_eq!(Plate::parse(" fd 318 kx ").unwrap().as_str(), "FD 318 KX");
        for text in ["", "A", "ABCDEFGHIJKLM", "AB<123", "ÀB123"] {
            assert_eq!(Plate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_there_is_has_a_price() {
        let (town, sales) = (Town::rivenne().unwrap(), Sales::of_rivenne().unwrap());
        let plate = Plate::parse("FD318KX").unwrap();
        let parking =
            |zone: &str, minutes| Item::Parking { zone: zone.to_owned(), plate: plate.clone(), minutes };
        let concert = |seat, count| Item::Concert { day: "2026-11-28".to_owned(), seat, count };
        for (item, price) in [
            (parking("centre", 120), Some("2.40")),
            (parking("centre", 45), None),
            (parking("nowhere", 30), None),
            (Item::Tram, Some("1.80")),
            (concert(Seat::Stalls, 1), Some("45.00")),
            (concert(Seat::Balcony, 4), Some("112.00")),
            (concert(Seat::Stalls, 0), None),
            (concert(Seat::Stalls, 5), None),
            (Item::Article { id: "ferry".to_owned() }, Some("0.002")),
            (Item::Article { id: "none".to_owned() }, None),
        ] {
            assert_eq!(item.price(&town, &sales).map(Money::decimal).as_deref(), price, "{item:?}");
            assert!(
                price.is_none() || item.label(&town, &sales, Words::of(Language::French)).is_some(),
                "{item:?}"
            );
        }
    }

    #[test]
    fn an_item_reads_back_what_the_journal_keeps() {
        let end = |name: &str| End { name: name.to_owned(), at: Position::parse("46.2,6").unwrap() };
        for item in [
            Item::Tram,
            Item::Route { from: end("a"), to: end("b") },
            Item::Nearby { position: Position::parse("46.2,-6").unwrap() },
            Item::Concert { day: "2026-11-28".to_owned(), seat: Seat::Balcony, count: 2 },
            Item::MoreParking {
                parking: Token::new([1; 16]),
                zone: "port".to_owned(),
                plate: Plate::parse("A-1").unwrap(),
                minutes: 30,
            },
        ] {
            let text = serde_json::to_string(&item).unwrap();
            assert_eq!(serde_json::from_str::<Item>(&text).unwrap(), item, "{text}");
        }
        assert!(serde_json::from_str::<Plate>("\"<script>\"").is_err());
    }
}
