//! The forms that sell: each becomes an item, is offered, and leads to where it is paid.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use askama::Template;
use payment_domain::Money;
use serde::Deserialize;

use super::Answer;
use super::fault::{Fault, meaning};
use super::guest::Guest;
use crate::books::Stage;
use crate::id::Token;
use crate::place::Position;
use crate::sales::{Concert, End, Item, Plate, Seat, Text};
use crate::shop::Shop;
use crate::town::{Spot, Zone};
use crate::words::Words;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/parking", web::get().to(parking))
        .route("/parking", web::post().to(order_parking))
        .route("/purchase/{id}/more", web::post().to(order_more))
        .route("/tram", web::get().to(tram))
        .route("/tram", web::post().to(order_tram))
        .route("/route", web::get().to(route))
        .route("/route", web::post().to(order_route))
        .route("/nearby", web::get().to(nearby))
        .route("/nearby", web::post().to(order_nearby))
        .route("/concert", web::get().to(concert))
        .route("/concert", web::post().to(order_concert))
        .route("/news", web::get().to(news))
        .route("/news", web::post().to(order_article));
}

/// Offers the item, and goes to where it is paid.
async fn sell(guest: &Guest, shop: &Shop, item: Item) -> Answer {
    let visitor = guest.named();
    let url = shop.sell(item, visitor, guest.words(), guest.now).await.map_err(|error| {
        tracing::info!(%error, "not sold");
        guest.fault(meaning(&error))
    })?;
    let mut answer: HttpResponse = Guest::go(url.as_str());
    guest.remember(&mut answer, visitor);
    Ok(answer)
}

fn position(guest: &Guest, text: &str) -> Result<Position, Fault> {
    Position::parse(text).map_err(|_| guest.fault(Fault::POSITION))
}

#[derive(Template)]
#[template(path = "parking.html")]
struct ParkingPage<'s> {
    w: &'static Words,
    zones: &'s [Zone],
    durations: [u16; 3],
    position: &'static str,
}

#[derive(Deserialize)]
struct ParkingForm {
    zone: String,
    #[serde(default)]
    position: String,
    plate: String,
    minutes: u16,
}

async fn parking(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    let page = ParkingPage { w, zones: shop.town.zones(), durations: Item::MINUTES, position: "" };
    guest.show(&shop, w.parking, &page)
}

async fn order_parking(guest: Guest, shop: Data<Shop>, Form(form): Form<ParkingForm>) -> Answer {
    let zone = if form.zone.is_empty() {
        shop.town.zone_at(position(&guest, &form.position)?)
    } else {
        shop.town.zone(&form.zone)
    };
    let zone = zone.ok_or_else(|| guest.fault(Fault::ZONE))?.id.clone();
    let plate = Plate::parse(&form.plate).ok_or_else(|| guest.fault(Fault::PLATE))?;
    sell(&guest, &shop, Item::Parking { zone, plate, minutes: form.minutes }).await
}

#[derive(Deserialize)]
struct MoreForm {
    minutes: u16,
}

/// Adds time to a parking, for the car and in the zone that it was bought for.
async fn order_more(guest: Guest, shop: Data<Shop>, id: Path<String>, Form(form): Form<MoreForm>) -> Answer {
    let purchase = Token::parse(&id).and_then(|id| shop.books.purchase(id));
    let purchase = purchase.filter(|purchase| matches!(purchase.stage, Stage::Paid { .. }));
    match purchase.map(|purchase| (purchase.id, purchase.item)) {
        Some((parking, Item::Parking { zone, plate, .. })) => {
            sell(&guest, &shop, Item::MoreParking { parking, zone, plate, minutes: form.minutes }).await
        }
        _ => Err(guest.fault(Fault::NOT_FOUND)),
    }
}

#[derive(Template)]
#[template(path = "tram.html")]
struct TramPage {
    w: &'static Words,
    price: Money,
}

async fn tram(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    guest.show(&shop, w.tram, &TramPage { w, price: shop.sales.tram })
}

async fn order_tram(guest: Guest, shop: Data<Shop>) -> Answer {
    sell(&guest, &shop, Item::Tram).await
}

#[derive(Template)]
#[template(path = "route.html")]
struct RoutePage<'s> {
    w: &'static Words,
    price: Money,
    spots: Vec<&'s Spot>,
}

#[derive(Deserialize)]
struct RouteForm {
    from: String,
    #[serde(default)]
    position: String,
    to: String,
}

async fn route(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    let mut spots: Vec<_> = shop.town.spots().collect();
    spots.sort_by(|one, other| one.name.cmp(&other.name));
    guest.show(&shop, w.route, &RoutePage { w, price: shop.sales.route, spots })
}

async fn order_route(guest: Guest, shop: Data<Shop>, Form(form): Form<RouteForm>) -> Answer {
    let spot = |id: &str| {
        let spot = shop.town.spot(id).ok_or_else(|| guest.fault(Fault::CHOICE))?;
        Ok::<_, Fault>(End { name: spot.name.clone(), at: spot.at })
    };
    let from = if form.from.is_empty() {
        let at = position(&guest, &form.position)?;
        End { name: at.to_string(), at }
    } else {
        spot(&form.from)?
    };
    sell(&guest, &shop, Item::Route { from, to: spot(&form.to)? }).await
}

#[derive(Template)]
#[template(path = "nearby.html")]
struct NearbyPage {
    w: &'static Words,
    price: Money,
}

#[derive(Deserialize)]
struct NearbyForm {
    position: String,
}

async fn nearby(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    guest.show(&shop, w.nearby, &NearbyPage { w, price: shop.sales.nearby })
}

async fn order_nearby(guest: Guest, shop: Data<Shop>, Form(form): Form<NearbyForm>) -> Answer {
    let position = position(&guest, &form.position)?;
    sell(&guest, &shop, Item::Nearby { position }).await
}

#[derive(Template)]
#[template(path = "concert.html")]
struct ConcertPage<'s> {
    w: &'static Words,
    title: &'s str,
    place: &'s str,
    day: &'s str,
    starts: &'s str,
    counts: Vec<u16>,
    open: bool,
    offers: Vec<SeatOffer>,
}

struct SeatOffer {
    seat: Seat,
    price: Money,
    left: u16,
    /// The one that is chosen if nobody chooses.
    first: bool,
}

#[derive(Deserialize)]
struct ConcertForm {
    #[serde(default)]
    seat: String,
    count: u16,
    day: String,
}

/// The day of the next concert, `2026-11-28`.
fn concert_day(guest: &Guest, shop: &Shop) -> String {
    Concert::next_day(shop.town.local(guest.now).date()).to_string()
}

async fn concert(guest: Guest, shop: Data<Shop>) -> Answer {
    let (w, concert) = (guest.words(), &shop.sales.concert);
    let day = concert_day(&guest, &shop);
    let mut offers: Vec<_> = Seat::ALL
        .into_iter()
        .map(|seat| {
            let left = shop.books.left(seat, &day, guest.now);
            SeatOffer { seat, price: concert.seats(seat).price, left, first: false }
        })
        .collect();
    if let Some(offer) = offers.iter_mut().find(|offer| offer.left > 0) {
        offer.first = true;
    }
    let page = ConcertPage {
        w,
        title: &concert.title,
        place: shop.town.spot(&concert.place).map_or("", |spot| &spot.name),
        day: &day,
        starts: &concert.starts,
        counts: (1..=concert.seats_at_most).collect(),
        open: offers.iter().any(|offer| offer.left > 0),
        offers,
    };
    guest.show(&shop, w.concert, &page)
}

async fn order_concert(guest: Guest, shop: Data<Shop>, Form(form): Form<ConcertForm>) -> Answer {
    let seat = Seat::parse(&form.seat).filter(|_| form.day == concert_day(&guest, &shop));
    let seat = seat.ok_or_else(|| guest.fault(Fault::CHOICE))?;
    sell(&guest, &shop, Item::Concert { day: form.day, seat, count: form.count }).await
}

#[derive(Template)]
#[template(path = "news.html")]
struct NewsPage<'s> {
    w: &'static Words,
    price: String,
    articles: Vec<(&'s str, &'s Text)>,
}

#[derive(Deserialize)]
struct NewsForm {
    article: String,
}

async fn news(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    let articles = shop.sales.articles.iter().map(|article| (article.id.as_str(), article.text(w.language)));
    let page = NewsPage { w, price: w.money(shop.sales.article), articles: articles.collect() };
    guest.show(&shop, w.gazette, &page)
}

async fn order_article(guest: Guest, shop: Data<Shop>, Form(form): Form<NewsForm>) -> Answer {
    sell(&guest, &shop, Item::Article { id: form.article }).await
}
