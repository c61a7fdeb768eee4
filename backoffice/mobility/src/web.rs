//! The pages. Each handler parses, asks the shop, and shows; markup is in `templates/`.
//!
//! `order` has the forms that sell, `purchase` what comes of it, `receipts` the gateway's callbacks.

mod advantages;
mod fault;
mod guest;
mod inspect;
mod order;
mod purchase;
mod receipts;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::shop::Shop;
use crate::words::{Language, Words};
use fault::Fault;
use guest::Guest;

/// What a handler answers.
type Answer = Result<HttpResponse, Fault>;

/// All paths.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::FormConfig::default().limit(4 * 1024))
        .app_data(web::PayloadConfig::default().limit(64 * 1024))
        .route("/", web::get().to(home))
        .route("/look/style.css", web::get().to(style))
        .route("/healthz", web::get().to(HttpResponse::NoContent))
        .route("/language/{code}", web::get().to(language))
        .route("/receipts", web::post().to(receipts::hear))
        .configure(order::routes)
        .configure(purchase::routes)
        .configure(advantages::routes)
        .configure(inspect::routes)
        .default_service(web::to(not_found));
}

/// What every answer carries. Forms may lead to us and, by redirect, to where one pays.
pub(crate) fn headers(shop: &Shop) -> DefaultHeaders {
    let pays_at = shop.consumer().origin().ascii_serialization();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {pays_at}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = DefaultHeaders::new()
        .add(("content-security-policy", policy))
        .add(("x-content-type-options", "nosniff"))
        // The name of a purchase is in its path, and is nobody else's business. Not `no-referrer`: with that, browsers say
        // `Origin: null` of our own forms (Fetch, "append a request Origin header").
        .add(("referrer-policy", "same-origin"))
        .add(("cross-origin-opener-policy", "same-origin"))
        .add(("cross-origin-resource-policy", "same-origin"))
        .add(("permissions-policy", "camera=(), geolocation=(), microphone=()"))
        .add((CACHE_CONTROL, "no-store"));
    if shop.origin().scheme() == "https" {
        headers.add(("strict-transport-security", "max-age=63072000"))
    } else {
        headers
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    w: &'static Words,
    tiles: [(&'static str, &'static str, &'static str); 7],
}

async fn home(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    let tiles = [
        ("/parking", w.parking, w.parking_about),
        ("/tram", w.tram, w.tram_about),
        ("/route", w.route, w.route_about),
        ("/nearby", w.nearby, w.nearby_about),
        ("/concert", w.concert, w.concert_about),
        ("/news", w.gazette, w.gazette_about),
        ("/advantages", w.advantages, w.advantages_about),
    ];
    guest.show(&shop, w.services, &Home { w, tiles })
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("../look/style.css"))
}

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    to: String,
}

/// Keeps the choice, and goes back to the page it was made on.
async fn language(guest: Guest, code: Path<String>, back: Query<Back>) -> Answer {
    let language = Language::parse(&code).ok_or_else(|| guest.fault(Fault::NOT_FOUND))?;
    let plain = back.to.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-'));
    // Only a path of ours: `//elsewhere` would be another server.
    let local = plain && back.to.starts_with('/') && !back.to.starts_with("//");
    let mut answer = Guest::go(if local { &back.to } else { "/" });
    guest.keep(&mut answer, "language", language.code(), guest::A_YEAR);
    Ok(answer)
}

async fn not_found(guest: Guest, _request: HttpRequest) -> Answer {
    Err(guest.fault(Fault::NOT_FOUND))
}

#[cfg(test)]
mod tests;
