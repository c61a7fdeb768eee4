//! A purchase: the way back from paying, what was delivered, and giving it back.
//!
//! Whoever knows the name of a purchase may see it: 128 random bits that only the buyer's browser has been told.

mod content;

use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use askama::Template;
use payment_domain::{Digest, OrderId};
use serde::Deserialize;

use super::Answer;
use super::fault::{Fault, meaning};
use super::guest::Guest;
use crate::books::{Purchase, Stage};
use crate::id::Token;
use crate::shop::{Shop, ShopError};
use crate::words::Words;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/purchases", web::get().to(list))
        .route("/back/{id}", web::get().to(back))
        .route("/purchase/{id}", web::get().to(show))
        .route("/purchase/{id}/cancel", web::post().to(cancel))
        .route("/purchase/{id}/void", web::post().to(void));
}

/// What the checkout adds to the way back.
#[derive(Deserialize)]
struct Outcome {
    #[serde(rename = "meteore-order")]
    order: Option<String>,
    #[serde(rename = "meteore-digest")]
    digest: Option<String>,
    #[serde(rename = "meteore-cancelled")]
    cancelled: Option<String>,
}

/// The browser comes back from the checkout, with or without having paid.
async fn back(guest: Guest, shop: Data<Shop>, id: Path<String>, outcome: Query<Outcome>) -> Answer {
    let id = Token::parse(&id).ok_or_else(|| guest.fault(Fault::NOT_FOUND))?;
    let order = outcome.order.as_deref().and_then(|order| OrderId::parse(order).ok());
    let digest = outcome.digest.as_deref().and_then(|digest| Digest::parse(digest).ok());
    if let Some((order, digest)) = order.zip(digest) {
        let delivered = shop.came_back(id, order, digest, guest.now).await;
        delivered.map_err(|error| {
            tracing::warn!(%error, "came back without a receipt that counts");
            guest.fault(meaning(&error))
        })?;
    } else if outcome.cancelled.is_some() {
        shop.cancel(id).await.map_err(|error| guest.fault(meaning(&error)))?;
    }
    Ok(Guest::go(&format!("/purchase/{id}")))
}

#[derive(Template)]
#[template(path = "purchase.html")]
struct Page<'p> {
    w: &'static Words,
    id: Token,
    title: &'p str,
    chip: &'static str,
    state: &'static str,
    price: String,
    paid_at: Option<String>,
    note: Option<String>,
    content: String,
    /// Where it is paid, while it can be.
    pay: Option<String>,
}

async fn show(guest: Guest, shop: Data<Shop>, id: Path<String>) -> Answer {
    let purchase = Token::parse(&id).and_then(|id| shop.books.purchase(id));
    let purchase = purchase.ok_or_else(|| guest.fault(Fault::NOT_FOUND))?;
    let w = guest.words();
    let moment = |at| w.moment(shop.town.local(at));
    let paid = purchase.stage.payment();
    let (chip, state) = standing(&purchase, w, guest.now >= purchase.pay_until);
    let open = purchase.stage == Stage::Open && guest.now < purchase.pay_until;
    let content = content::render(&purchase, &shop, &guest).map_err(|_| guest.fault(Fault::BROKEN))?;
    let page = Page {
        w,
        id: purchase.id,
        title: &purchase.title,
        chip,
        state,
        price: w.money(paid.map_or(purchase.price, |payment| payment.amount)),
        paid_at: paid.map(|payment| moment(payment.at)),
        note: note(&purchase, w, open, moment),
        content,
        pay: open.then(|| shop.checkout(&purchase).to_string()),
    };
    guest.show(&shop, &purchase.title, &page)
}

/// Colour and word for where a purchase stands.
const fn standing(purchase: &Purchase, w: &Words, late: bool) -> (&'static str, &'static str) {
    match &purchase.stage {
        Stage::Open if late => ("muted", w.cancelled),
        Stage::Open => ("warn", w.waiting),
        Stage::Cancelled => ("muted", w.cancelled),
        Stage::Paid { used: Some(_), .. } => ("muted", w.used),
        Stage::Paid { .. } if purchase.item.is_ticket() => ("ok", w.ticket_valid),
        Stage::Paid { .. } => ("ok", w.paid),
        Stage::Returned { .. } => ("muted", w.returned),
    }
}

fn note(
    purchase: &Purchase,
    w: &Words,
    open: bool,
    moment: impl Fn(payment_domain::Timestamp) -> String,
) -> Option<String> {
    match &purchase.stage {
        Stage::Open if open => Some(w.waiting_about.to_owned()),
        Stage::Open => Some(w.expired_about.to_owned()),
        Stage::Cancelled => Some(w.cancelled_about.to_owned()),
        Stage::Paid { .. } => None,
        Stage::Returned { refund, .. } => {
            let why = if refund.too_late { format!("{} ", w.too_late) } else { String::new() };
            let how = match refund.done_at {
                Some(at) => format!("{} {}", w.refund_done, moment(at)),
                None => w.refund_pending.to_owned(),
            };
            Some(format!("{why}{how}"))
        }
    }
}

#[derive(Template)]
#[template(path = "purchases.html")]
struct List {
    w: &'static Words,
    rows: Vec<Row>,
}

struct Row {
    id: Token,
    title: String,
    at: String,
    price: String,
    state: &'static str,
}

async fn list(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    let own = guest.visitor().map(|visitor| shop.books.of(visitor)).unwrap_or_default();
    let rows = own.into_iter().take(100).map(|purchase| Row {
        id: purchase.id,
        at: w.moment(shop.town.local(purchase.made_at)),
        price: w.money(purchase.price),
        state: standing(&purchase, w, guest.now >= purchase.pay_until).1,
        title: purchase.title,
    });
    guest.show(&shop, w.purchases, &List { w, rows: rows.collect() })
}

async fn cancel(guest: Guest, shop: Data<Shop>, id: Path<String>) -> Answer {
    let id = Token::parse(&id).ok_or_else(|| guest.fault(Fault::NOT_FOUND))?;
    shop.cancel(id).await.map_err(|error| guest.fault(meaning(&error)))?;
    Ok(Guest::go(&format!("/purchase/{id}")))
}

async fn void(guest: Guest, shop: Data<Shop>, id: Path<String>) -> Answer {
    let id = Token::parse(&id).ok_or_else(|| guest.fault(Fault::NOT_FOUND))?;
    shop.void(id, guest.now).await.map_err(|error: ShopError| guest.fault(meaning(&error)))?;
    Ok(Guest::go(&format!("/purchase/{id}")))
}
