//! Discounts by interest or position, for those who ask for them (R24). What they like stays in their browser's cookie.

use std::collections::HashMap;

use actix_web::cookie::time::Duration;
use actix_web::web::{self, Data, Form, Query, ServiceConfig};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::fault::{Fault, meaning};
use super::guest::Guest;
use crate::place::Position;
use crate::sales::Promise;
use crate::shop::Shop;
use crate::words::Words;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/advantages", web::get().to(show))
        .route("/advantages", web::post().to(choose))
        .route("/advantages/forget", web::post().to(forget));
}

const INTERESTS: [&str; 4] = ["culture", "car", "transport", "news"];
/// What is near a position.
const NEAR_METRES: i64 = 1_000;
/// A choice is forgotten after a month.
const MEMORY: Duration = Duration::days(30);

#[derive(Template)]
#[template(path = "advantages.html")]
struct Page {
    w: &'static Words,
    interests: Vec<(&'static str, bool)>,
    position: String,
    opted_in: bool,
    /// Whether there is something in this browser to forget.
    kept: bool,
    /// Where interests are that were told to the gateway.
    elsewhere: String,
    /// Title, where to take it, until when.
    offers: Vec<(String, String, String)>,
}

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    position: String,
    /// What the gateway's consumer portal was allowed to say, once: it is not kept.
    #[serde(rename = "meteore-interests", default)]
    told: String,
}

async fn show(guest: Guest, shop: Data<Shop>, place: Query<Where>) -> Answer {
    let w = guest.words();
    let own = || guest.interests().split('.').chain(place.told.split('.'));
    let chosen: Vec<_> = INTERESTS.into_iter().filter(|one| own().any(|own| own == *one)).collect();
    let near = match place.position.trim() {
        "" => None,
        text => Some(Position::parse(text).map_err(|_| guest.fault(Fault::POSITION))?),
    };
    let fits = |promise: &&Promise| {
        let place = promise.place.as_deref().and_then(|place| shop.town.spot(place));
        chosen.contains(&promise.interest.as_str())
            && near.is_none_or(|near| place.is_some_and(|place| place.at.metres_to(near) <= NEAR_METRES))
    };
    let offers = shop.sales.campaigns.iter().filter(fits).filter_map(|promise| {
        let (url, until) = shop.claim(promise, guest.now)?;
        Some((promise.title(w.language).to_owned(), url.to_string(), w.moment(shop.town.local(until))))
    });
    let page = Page {
        w,
        interests: INTERESTS.into_iter().map(|interest| (interest, chosen.contains(&interest))).collect(),
        position: near.map(|near| near.to_string()).unwrap_or_default(),
        opted_in: !chosen.is_empty(),
        kept: !guest.interests().is_empty(),
        elsewhere: shop.interests().map_err(|error| guest.fault(meaning(&error)))?.to_string(),
        offers: offers.collect(),
    };
    guest.show(&shop, w.advantages, &page)
}

async fn choose(guest: Guest, Form(form): Form<HashMap<String, String>>) -> Answer {
    let chosen: Vec<_> = INTERESTS.into_iter().filter(|interest| form.contains_key(*interest)).collect();
    // The position is not kept: it is in the address of the next page only.
    let near = form.get("position").and_then(|text| Position::parse(text).ok());
    let to = near.map_or_else(|| "/advantages".to_owned(), |near| format!("/advantages?position={near}"));
    let mut answer = Guest::go(&to);
    let memory = if chosen.is_empty() { Duration::ZERO } else { MEMORY };
    guest.keep(&mut answer, "interests", &chosen.join("."), memory);
    Ok(answer)
}

async fn forget(guest: Guest) -> Answer {
    let mut answer = Guest::go("/advantages");
    guest.keep(&mut answer, "interests", "", Duration::ZERO);
    Ok(answer)
}
