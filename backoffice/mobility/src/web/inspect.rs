//! Where tickets are used: in the tram and at the theatre's door, by code (R22).

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, ServiceConfig};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::fault::meaning;
use super::guest::Guest;
use crate::books::TicketError;
use crate::id::Code;
use crate::shop::{Shop, ShopError};
use crate::words::Words;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/validate", web::get().to(form)).route("/validate", web::post().to(inspect));
}

#[derive(Template)]
#[template(path = "validate.html")]
struct Page {
    w: &'static Words,
    /// Colour, verdict, and which ticket.
    result: Option<(&'static str, String, Option<String>)>,
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

async fn form(guest: Guest, shop: Data<Shop>) -> Answer {
    let w = guest.words();
    guest.show(&shop, w.inspect, &Page { w, result: None })
}

async fn inspect(guest: Guest, shop: Data<Shop>, Form(form): Form<CodeForm>) -> Answer {
    let w = guest.words();
    let used = match Code::parse(&form.code) {
        Some(code) => shop.use_ticket(code, guest.now).await,
        None => Err(ShopError::Ticket(TicketError::Unknown)),
    };
    let (status, result) = match used {
        Ok(purchase) => (StatusCode::OK, ("ok", w.inspect_ok.to_owned(), Some(purchase.title))),
        Err(ShopError::Ticket(TicketError::Unknown)) => {
            (StatusCode::NOT_FOUND, ("bad", w.inspect_unknown.to_owned(), None))
        }
        Err(ShopError::Ticket(TicketError::Used(at))) => {
            let said = format!("{} {}", w.inspect_used, w.moment(shop.town.local(at)));
            (StatusCode::CONFLICT, ("bad", said, None))
        }
        Err(ShopError::Ticket(TicketError::Returned)) => {
            (StatusCode::CONFLICT, ("bad", w.inspect_returned.to_owned(), None))
        }
        Err(error) => return Err(guest.fault(meaning(&error))),
    };
    guest.show_as(status, &shop, w.inspect, &Page { w, result: Some(result) })
}
