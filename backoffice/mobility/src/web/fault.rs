//! What goes wrong, as a page in the visitor's language. One place maps the shop's errors to HTTP.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use crate::books::{DeliverError, OpenError, TicketError};
use crate::page::{Reader, whole};
use crate::payment::PaymentError;
use crate::shop::ShopError;
use crate::words::Words;

/// Which sentence is said.
pub(crate) type Say = fn(&Words) -> &'static str;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    reader: Reader,
    status: StatusCode,
    say: Say,
}

#[derive(Template)]
#[template(path = "fault.html")]
struct Page {
    w: &'static Words,
    said: &'static str,
}

impl Fault {
    pub(crate) const NOT_FOUND: (StatusCode, Say) = (StatusCode::NOT_FOUND, |words| words.not_found);
    pub(crate) const FORGED: (StatusCode, Say) = (StatusCode::FORBIDDEN, |words| words.forged);
    pub(crate) const BROKEN: (StatusCode, Say) = (StatusCode::INTERNAL_SERVER_ERROR, |words| words.broken);
    pub(crate) const CHOICE: (StatusCode, Say) =
        (StatusCode::UNPROCESSABLE_ENTITY, |words| words.wrong_choice);
    pub(crate) const POSITION: (StatusCode, Say) =
        (StatusCode::UNPROCESSABLE_ENTITY, |words| words.wrong_position);
    pub(crate) const PLATE: (StatusCode, Say) = (StatusCode::UNPROCESSABLE_ENTITY, |words| words.wrong_plate);
    pub(crate) const ZONE: (StatusCode, Say) = (StatusCode::UNPROCESSABLE_ENTITY, |words| words.wrong_zone);

    pub(crate) fn new(reader: Reader, status: StatusCode, say: Say) -> Self {
        Self(Box::new(Parts { reader, status, say }))
    }
}

/// What an error of the shop's means to a visitor.
pub(crate) fn meaning(error: &ShopError) -> (StatusCode, Say) {
    match error {
        ShopError::NoSuchItem => Fault::CHOICE,
        ShopError::Open(OpenError::SoldOut) => (StatusCode::CONFLICT, |words| words.sold_out),
        ShopError::Open(OpenError::Over) => (StatusCode::CONFLICT, |words| words.parking_ended),
        ShopError::Open(OpenError::TooMany) => (StatusCode::TOO_MANY_REQUESTS, |words| words.too_many),
        ShopError::Ticket(TicketError::Unknown) => (StatusCode::NOT_FOUND, |words| words.inspect_unknown),
        ShopError::Ticket(TicketError::Used(_)) => (StatusCode::CONFLICT, |words| words.used),
        ShopError::Ticket(TicketError::Returned) => (StatusCode::CONFLICT, |words| words.returned),
        ShopError::Deliver(DeliverError::Unknown) => Fault::NOT_FOUND,
        ShopError::Deliver(DeliverError::OtherOrder)
        | ShopError::Payment(PaymentError::NoReceipt | PaymentError::NotOurs | PaymentError::Forged) => {
            (StatusCode::CONFLICT, |words| words.not_paid)
        }
        ShopError::Payment(_) => (StatusCode::BAD_GATEWAY, |words| words.payment_down),
        ShopError::Open(OpenError::Journal(_))
        | ShopError::Deliver(DeliverError::Journal(_))
        | ShopError::Ticket(TicketError::Journal(_))
        | ShopError::Offer(_)
        | ShopError::Journal(_)
        | ShopError::Randomness(_)
        | ShopError::GivenUp(_) => Fault::BROKEN,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str((self.0.say)(self.0.reader.words))
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let w = self.0.reader.words;
        let body = Page { w, said: (self.0.say)(w) }.render();
        // Nothing of the town is known here but that it has a name; the portal's is enough.
        let page = body.and_then(|body| whole(&self.0.reader, "Rivenne", w.sorry, &body)).unwrap_or_default();
        let media = (CONTENT_TYPE, self.0.reader.terminal.content_type());
        HttpResponse::build(self.0.status).insert_header(media).body(page)
    }
}
