//! The town: stops, lines, parking zones and places, read from `data/town.toml` and checked once.
//!
//! Everything about a position or a movement (R20, R21) is answered here from that data; nothing asks the network.

use payment_domain::{Currency, Money, Timestamp};
use serde::Deserialize;
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset};

use crate::place::{Area, InvalidPosition, Position};
use crate::timetable::{Departure, Journey, Leg, Line, Minute, Stop, Timetable};

/// The town.
#[derive(Debug, Clone)]
pub(crate) struct Town {
    pub(crate) name: String,
    offset: UtcOffset,
    stops: Vec<Spot>,
    zones: Vec<Zone>,
    places: Vec<Spot>,
    timetable: Timetable,
}

/// Something with a name at a point: a stop or a place.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) at: Position,
}

/// Where parking has one price.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) half_hour: Money,
    area: Area,
}

/// What there is at a position.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings<'t> {
    pub(crate) zone: Option<&'t Zone>,
    /// Stops in reach, with metres and the next departures.
    pub(crate) stops: Vec<(&'t Spot, i64, Vec<Departure>)>,
    /// Places in reach, with metres.
    pub(crate) places: Vec<(&'t Spot, i64)>,
}

/// Why the data is no town.
#[derive(Debug, Error)]
pub(crate) enum TownError {
    #[error("not the form of a town: {0}")]
    Form(#[from] toml::de::Error),
    #[error("{what}: {source}")]
    Position { what: String, source: InvalidPosition },
    #[error("{0}: not a time between 00:00 and 29:59")]
    Time(String),
    #[error("{0}: not a price")]
    Price(String),
    #[error("{0} does not fit together")]
    Misfit(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TownFile {
    name: String,
    offset: String,
    stop: Vec<SpotFile>,
    line: Vec<LineFile>,
    zone: Vec<ZoneFile>,
    place: Vec<SpotFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotFile {
    id: String,
    name: String,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFile {
    name: String,
    stops: Vec<String>,
    minutes: Vec<Minute>,
    first: String,
    last: String,
    every: Minute,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneFile {
    id: String,
    name: String,
    half_hour: String,
    corners: Vec<String>,
}

/// As far as people walk to a stop.
const IN_REACH_METRES: i64 = 900;
/// As far as they walk when changing.
const CHANGE_METRES: i64 = 350;
/// A minute on foot, as the crow flies: streets bend.
const METRES_A_MINUTE: i64 = 60;
/// As far as "here" goes.
const NEAR_METRES: i64 = 600;

impl Town {
    /// The town that comes with the portal.
    pub(crate) fn rivenne() -> Result<Self, TownError> {
        Self::parse(include_str!("../data/town.toml"))
    }

    /// Reads a town.
    pub(crate) fn parse(text: &str) -> Result<Self, TownError> {
        let file: TownFile = toml::from_str(text)?;
        let offset = offset(&file.offset).ok_or_else(|| TownError::Time(file.offset.clone()))?;
        let stops: Vec<_> = file.stop.into_iter().map(spot).collect::<Result<_, _>>()?;
        let lines = file.line.into_iter().map(|line| self::line(line, &stops)).collect::<Result<_, _>>()?;
        let timetable = Timetable::new(stops.len(), lines, changes(&stops));
        Ok(Self {
            name: file.name,
            offset,
            zones: file.zone.into_iter().map(zone).collect::<Result<_, _>>()?,
            places: file.place.into_iter().map(spot).collect::<Result<_, _>>()?,
            stops,
            timetable,
        })
    }

    /// All parking zones.
    pub(crate) fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The parking zone with this id.
    pub(crate) fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }

    /// The parking zone that a position lies in.
    pub(crate) fn zone_at(&self, at: Position) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.area.contains(at))
    }

    /// Stops and places, which one can go from and to.
    pub(crate) fn spots(&self) -> impl Iterator<Item = &Spot> {
        self.places.iter().chain(&self.stops)
    }

    /// A stop or a place by its id.
    pub(crate) fn spot(&self, id: &str) -> Option<&Spot> {
        self.spots().find(|spot| spot.id == id)
    }

    /// The name of a stop in a journey.
    pub(crate) fn stop_name(&self, stop: Stop) -> &str {
        self.stops.get(stop.0).map_or("?", |spot| &spot.name)
    }

    /// The name of a line.
    pub(crate) fn line_name(&self, line: usize) -> &str {
        self.timetable.line(line).map_or("?", |line| &line.name)
    }

    /// Date and time as the town's clocks show it.
    pub(crate) fn local(&self, at: Timestamp) -> OffsetDateTime {
        let nanos = i128::from(at.as_millis()).saturating_mul(1_000_000);
        OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(self.offset)
    }

    /// Minutes since the town's midnight.
    pub(crate) fn minute(&self, at: Timestamp) -> Minute {
        let time = self.local(at).time();
        Minute::from(time.hour()).saturating_mul(60).saturating_add(Minute::from(time.minute()))
    }

    /// The way that arrives first, on foot alone if nothing is faster (R21).
    pub(crate) fn way(&self, from: Position, to: Position, now: Timestamp) -> Option<Journey> {
        let now = self.minute(now);
        let ride = self.timetable.earliest(&self.in_reach(from), &self.in_reach(to), now);
        let metres = from.metres_to(to);
        let minutes = on_foot(metres);
        let walk = Journey {
            departs: now,
            arrives: now.saturating_add(minutes),
            legs: vec![Leg::Walk { to: None, minutes }],
        };
        match ride {
            Some(ride) if ride.arrives < walk.arrives => Some(ride),
            // An hour on foot is no answer if there is a tram in the morning.
            Some(ride) if metres > IN_REACH_METRES.saturating_mul(4) => Some(ride),
            None if metres > IN_REACH_METRES.saturating_mul(4) => None,
            _ => Some(walk),
        }
    }

    /// What there is around a position (R20).
    pub(crate) fn around(&self, at: Position, now: Timestamp) -> Surroundings<'_> {
        let near = |spots: &'_ [Spot]| {
            let mut near: Vec<(usize, i64)> = spots
                .iter()
                .map(|spot| at.metres_to(spot.at))
                .enumerate()
                .filter(|(_, metres)| *metres <= NEAR_METRES)
                .collect();
            near.sort_by_key(|(_, metres)| *metres);
            near
        };
        let minute = self.minute(now);
        let stops = near(&self.stops).into_iter().filter_map(|(index, metres)| {
            Some((self.stops.get(index)?, metres, self.timetable.next(Stop(index), minute, 4)))
        });
        let places = near(&self.places)
            .into_iter()
            .filter_map(|(index, metres)| Some((self.places.get(index)?, metres)));
        Surroundings { zone: self.zone_at(at), stops: stops.collect(), places: places.collect() }
    }

    fn in_reach(&self, at: Position) -> Vec<(Stop, Minute)> {
        let with_metres =
            self.stops.iter().enumerate().map(|(index, spot)| (Stop(index), at.metres_to(spot.at)));
        with_metres
            .filter(|(_, metres)| *metres <= IN_REACH_METRES)
            .map(|(stop, metres)| (stop, on_foot(metres)))
            .collect()
    }
}

impl Zone {
    /// What parking for so long costs.
    pub(crate) fn price(&self, minutes: u16) -> Money {
        let half_hours = i64::from(minutes.div_ceil(30));
        Money::from_micros(self.half_hour.micros().saturating_mul(half_hours), self.half_hour.currency())
    }
}

/// Whole minutes, rounded up.
fn on_foot(metres: i64) -> Minute {
    let minutes = metres.saturating_add(METRES_A_MINUTE.saturating_sub(1)).checked_div(METRES_A_MINUTE);
    minutes.and_then(|minutes| Minute::try_from(minutes).ok()).unwrap_or(Minute::MAX)
}

fn changes(stops: &[Spot]) -> Vec<(Stop, Stop, Minute)> {
    let mut walks = Vec::new();
    for (from, one) in stops.iter().enumerate() {
        for (to, other) in stops.iter().enumerate() {
            let metres = one.at.metres_to(other.at);
            if from != to && metres <= CHANGE_METRES {
                walks.push((Stop(from), Stop(to), on_foot(metres)));
            }
        }
    }
    walks
}

fn spot(file: SpotFile) -> Result<Spot, TownError> {
    let at = position(&file.id, &file.at)?;
    Ok(Spot { id: file.id, name: file.name, at })
}

fn position(what: &str, text: &str) -> Result<Position, TownError> {
    Position::parse(text).map_err(|source| TownError::Position { what: what.to_owned(), source })
}

fn zone(file: ZoneFile) -> Result<Zone, TownError> {
    let corners = file.corners.iter().map(|corner| position(&file.id, corner)).collect::<Result<_, _>>()?;
    let area = Area::new(corners).ok_or_else(|| TownError::Misfit(file.id.clone()))?;
    let half_hour = Money::parse(&file.half_hour, Currency::EUR).ok().and_then(|price| price.positive().ok());
    let half_hour = half_hour.ok_or_else(|| TownError::Price(file.id.clone()))?;
    Ok(Zone { id: file.id, name: file.name, half_hour, area })
}

fn line(file: LineFile, stops: &[Spot]) -> Result<Line, TownError> {
    let misfit = || TownError::Misfit(format!("line {}", file.name));
    let found: Option<Vec<_>> =
        file.stops.iter().map(|id| stops.iter().position(|stop| stop.id == *id).map(Stop)).collect();
    let stops = found.ok_or_else(misfit)?;
    let rising = file.minutes.iter().zip(file.minutes.iter().skip(1)).all(|(one, next)| one < next);
    if stops.len() < 2 || stops.len() != file.minutes.len() || !rising || file.every < 1 {
        return Err(misfit());
    }
    let clock = |text: &str| clock(text).ok_or_else(|| TownError::Time(text.to_owned()));
    let (first, last) = (clock(&file.first)?, clock(&file.last)?);
    Ok(Line { name: file.name, stops, minutes: file.minutes, first, last, every: file.every })
}

/// `05:20`, and `24:20` for twenty past midnight.
fn clock(text: &str) -> Option<Minute> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: Minute| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<Minute>().ok().filter(|number| plain && *number < below)
    };
    number(hour, 30)?.checked_mul(60)?.checked_add(number(minute, 60)?)
}

/// `+01:00`.
fn offset(text: &str) -> Option<UtcOffset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-60, rest),
        None => (60, text.strip_prefix('+')?),
    };
    UtcOffset::from_whole_seconds(clock(rest)?.checked_mul(sign)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 is a Saturday; the town is an hour ahead of UTC.
    fn at(clock: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-11-21T{clock}:00.000Z")).unwrap()
    }

    fn town() -> Town {
        Town::rivenne().unwrap()
    }

    #[test]
    fn a_position_lies_in_a_zone_or_in_none() {
        let town = town();
        for (position, zone) in [
            ("46.2019,6.0061", Some("centre")),
            ("46.2109,6.0111", Some("universite")),
            ("46.2075,6.0204", Some("port")),
            ("46.1902,6.0187", Some("stade")),
            ("46.1912,5.9761", None),
            ("0,0", None),
        ] {
            let found = town.zone_at(Position::parse(position).unwrap()).map(|zone| zone.id.as_str());
            assert_eq!(found, zone, "{position}");
        }
    }

    #[test]
    fn parking_costs_by_the_half_hour_begun() {
        let town = town();
        let price = |zone: &str, minutes| town.zone(zone).unwrap().price(minutes).decimal();
        assert_eq!(price("centre", 120), "2.40");
        assert_eq!((price("centre", 30), price("centre", 31)), ("0.60".to_owned(), "1.20".to_owned()));
        assert_eq!(price("stade", 60), "0.50");
    }

    #[test]
    fn the_way_to_the_museum_is_the_b_line() {
        let town = town();
        let (from, to) = (town.spot("hopital").unwrap().at, town.spot("musee").unwrap().at);
        let journey = town.way(from, to, at("09:00")).unwrap();
        let rides: Vec<_> = journey
            .legs
            .iter()
            .filter_map(|leg| match leg {
                Leg::Ride { line, toward, .. } => Some((town.line_name(*line), town.stop_name(*toward))),
                Leg::Walk { .. } => None,
            })
            .collect();
        assert_eq!(rides, [("B", "La Filature")]);
        assert!(journey.arrives > journey.departs && journey.departs >= 10 * 60);
    }

    #[test]
    fn a_short_way_is_walked_and_a_long_one_waits_for_the_morning() {
        let town = town();
        let spot = |id: &str| town.spot(id).unwrap().at;
        let short = town.way(spot("theatre"), spot("theatre-municipal"), at("11:00")).unwrap();
        assert_eq!(short.legs.len(), 1);
        assert!(matches!(short.legs[0], Leg::Walk { to: None, .. }));
        // 2:40 in town: nothing runs to the airfield before 5:20.
        let long = town.way(spot("filature"), spot("aerodrome"), at("01:40")).unwrap();
        assert!(long.departs >= 5 * 60, "{long:?}");
        assert_eq!(town.way(Position::parse("0,0").unwrap(), spot("gare"), at("11:00")), None);
    }

    #[test]
    fn around_the_theatre_there_are_a_stop_a_zone_and_the_town_hall() {
        let town = town();
        let around = town.around(town.spot("theatre-municipal").unwrap().at, at("16:00"));
        assert_eq!(around.zone.unwrap().id, "centre");
        let (stop, metres, departures) = &around.stops[0];
        assert_eq!((stop.id.as_str(), departures.len()), ("theatre", 4));
        assert!(*metres < 100);
        assert!(around.places.iter().any(|(place, _)| place.id == "hotel-de-ville"));
        let nothing = town.around(Position::parse("0,0").unwrap(), at("16:00"));
        assert!(nothing.zone.is_none() && nothing.stops.is_empty() && nothing.places.is_empty());
    }

    #[test]
    fn everything_in_town_can_be_reached_by_day() {
        let town = town();
        for from in town.spots() {
            for to in town.spots() {
                assert!(town.way(from.at, to.at, at("11:00")).is_some(), "{} to {}", from.id, to.id);
            }
        }
    }

    #[test]
    fn data_that_does_not_fit_together_is_refused() {
        let good = include_str!("../data/town.toml");
        for (from, to) in [
            ("\"05:20\"", "\"5:20\""),
            ("\"05:20\"", "\"05:60\""),
            ("\"+01:00\"", "\"01:00\""),
            ("minutes = [0, 6]", "minutes = [0]"),
            ("minutes = [0, 6]", "minutes = [6, 0]"),
            ("[\"port\", \"rive\"]", "[\"port\", \"nowhere\"]"),
            ("every = 20", "every = 0"),
            ("half_hour = \"0.60\"", "half_hour = \"0\""),
            ("at = \"46.2000,6.0000\"", "at = \"46\""),
            ("name = \"Rivenne\"", "names = \"Rivenne\""),
        ] {
            assert!(good.contains(from) && Town::parse(&good.replace(from, to)).is_err(), "{from} -> {to}");
        }
    }
}
