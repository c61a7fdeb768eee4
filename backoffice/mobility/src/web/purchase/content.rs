//! What a paid purchase shows: the parking clock, the ticket, the way, the surroundings, the article.

use askama::Template;
use payment_domain::Timestamp;

use crate::books::{Payment, Purchase, Stage};
use crate::id::{Code, Token};
use crate::sales::{End, Item, Plate};
use crate::shop::Shop;
use crate::timetable::{Journey, Leg, Minute};
use crate::town::Town;
use crate::web::guest::Guest;
use crate::words::Words;

/// A ticket for the tram is good for so long after it was used.
const TRAM_MS: i64 = 60 * 60 * 1000;

/// The markup; nothing of what is not paid, or was given back.
pub(super) fn render(purchase: &Purchase, shop: &Shop, guest: &Guest) -> Result<String, askama::Error> {
    let Stage::Paid { payment, code, used } = &purchase.stage else { return Ok(String::new()) };
    let w = guest.words();
    match &purchase.item {
        Item::Parking { zone, plate, .. } => parking(purchase.id, (zone, plate), shop, guest),
        Item::MoreParking { parking, .. } => More { w, parking: *parking }.render(),
        Item::Tram => {
            ticket(purchase.id, *code, (*used, used.map(|at| at.saturating_add_millis(TRAM_MS))), shop, w)
        }
        Item::Concert { .. } => ticket(purchase.id, *code, (*used, None), shop, w),
        Item::Route { from, to } => way((from, to), payment, &shop.town, w),
        Item::Nearby { position } => nearby(*position, payment, &shop.town, w),
        Item::Article { id } => {
            let paragraphs = shop.sales.article(id).map(|article| article.text(w.language).text.as_slice());
            ArticlePart { paragraphs: paragraphs.unwrap_or_default() }.render()
        }
    }
}

#[derive(Template)]
#[template(path = "content_parking.html")]
struct ParkingPart<'p> {
    w: &'static Words,
    id: Token,
    until: String,
    zone: &'p str,
    plate: &'p str,
    over: bool,
    /// Minutes and what they cost.
    durations: Vec<(u16, String)>,
}

fn parking(
    id: Token,
    (zone, plate): (&str, &Plate),
    shop: &Shop,
    guest: &Guest,
) -> Result<String, askama::Error> {
    let w = guest.words();
    let until = shop.books.parked_until(id).unwrap_or(Timestamp::EPOCH);
    let zone = shop.town.zone(zone);
    let price = |minutes| zone.map_or_else(String::new, |zone| w.money(zone.price(minutes)));
    let part = ParkingPart {
        w,
        id,
        until: w.moment(shop.town.local(until)),
        zone: zone.map_or("", |zone| &zone.name),
        plate: plate.as_str(),
        over: until <= guest.now,
        durations: Item::MINUTES.into_iter().map(|minutes| (minutes, price(minutes))).collect(),
    };
    part.render()
}

#[derive(Template)]
#[template(path = "content_more.html")]
struct More {
    w: &'static Words,
    parking: Token,
}

#[derive(Template)]
#[template(path = "content_ticket.html")]
struct Ticket {
    w: &'static Words,
    id: Token,
    code: Code,
    used_at: Option<String>,
    until: Option<String>,
}

fn ticket(
    id: Token,
    code: Code,
    (used, until): (Option<Timestamp>, Option<Timestamp>),
    shop: &Shop,
    w: &'static Words,
) -> Result<String, askama::Error> {
    let moment = |at: Timestamp| w.moment(shop.town.local(at));
    Ticket { w, id, code, used_at: used.map(moment), until: until.map(moment) }.render()
}

#[derive(Template)]
#[template(path = "content_way.html")]
struct Way {
    w: &'static Words,
    times: Option<(String, String)>,
    legs: Vec<Step>,
}

struct Step {
    leave: String,
    text: String,
    arrive: String,
}

/// The way as it was when it was paid.
fn way(
    (from, to): (&End, &End),
    payment: &Payment,
    town: &Town,
    w: &'static Words,
) -> Result<String, askama::Error> {
    let journey = town.way(from.at, to.at, payment.at);
    let times = journey.as_ref().map(|journey| (clock(journey.departs), clock(journey.arrives)));
    let legs = journey.map(|journey| steps(&journey, town, w)).unwrap_or_default();
    Way { w, times, legs }.render()
}

fn steps(journey: &Journey, town: &Town, w: &Words) -> Vec<Step> {
    let mut now = journey.departs;
    let mut steps = Vec::new();
    for leg in &journey.legs {
        let (leave, text, arrive) = match leg {
            Leg::Walk { to, minutes } => {
                let text = match to {
                    Some(stop) => format!("{} {}", w.walk_to, town.stop_name(*stop)),
                    None => w.walk_there.to_owned(),
                };
                (now, text, now.saturating_add(*minutes))
            }
            Leg::Ride { line, toward, from, departs, to, arrives } => {
                let name = |stop| town.stop_name(stop);
                let text = format!(
                    "{} {} {}: {} → {}",
                    town.line_name(*line),
                    w.towards,
                    name(*toward),
                    name(*from),
                    name(*to)
                );
                (*departs, text, *arrives)
            }
        };
        steps.push(Step { leave: clock(leave), text, arrive: clock(arrive) });
        now = arrive;
    }
    steps
}

#[derive(Template)]
#[template(path = "content_nearby.html")]
struct Nearby<'t> {
    w: &'static Words,
    zone: Option<(&'t str, String)>,
    stops: Vec<(&'t str, i64, Vec<String>)>,
    places: Vec<(&'t str, i64)>,
}

fn nearby(
    position: crate::place::Position,
    payment: &Payment,
    town: &Town,
    w: &'static Words,
) -> Result<String, askama::Error> {
    let around = town.around(position, payment.at);
    let stops = around.stops.into_iter().map(|(stop, metres, departures)| {
        let departures = departures.into_iter().map(|departure| {
            let line = town.line_name(departure.line);
            format!("{} {line} {} {}", clock(departure.departs), w.towards, town.stop_name(departure.toward))
        });
        (stop.name.as_str(), metres, departures.collect())
    });
    let part = Nearby {
        w,
        zone: around.zone.map(|zone| (zone.name.as_str(), w.money(zone.half_hour))),
        stops: stops.collect(),
        places: around.places.into_iter().map(|(place, metres)| (place.name.as_str(), metres)).collect(),
    };
    part.render()
}

#[derive(Template)]
#[template(path = "content_article.html")]
struct ArticlePart<'p> {
    paragraphs: &'p [String],
}

/// `09:05`, on whichever day.
fn clock(minute: Minute) -> String {
    let minute = minute.rem_euclid(24 * 60);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
