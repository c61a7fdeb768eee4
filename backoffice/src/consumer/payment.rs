//! One payment: what it was, what happened to it, its signed receipt.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Path};
use payment_domain::{OrderId, Timestamp};

use super::merchants::Names;
use super::request::{self, Asked};
use super::{Till, payments, say, verify as verifying};
use crate::page::{Block, Inline, Link, Moment, Page, Section};
use crate::requests::Request;
use crate::sales::history::{Bought, Purchase};
use crate::sales::query::SaleState;
use crate::storage::consumer as storage;
use crate::storage::consumer::{CourseRow, Happening};
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Shows it.
pub(super) async fn show(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let bought = find(&visitor, &till, &path).await?;
    let (owner, id) = (visitor.need_person()?.party_number, bought.purchase.position.value());
    let course = visitor.read(move |conn| storage::course(conn, owner, id)).await?;
    let names = Names::of(&visitor, [&bought.purchase.merchant]).await?;
    let asked = Asked::about(&visitor, &bought.purchase).await?;
    visitor.show(page(visitor.words(), &bought.purchase, &names, &course, &asked))
}

/// Gives the signed receipt out.
pub(super) async fn download(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let bought = find(&visitor, &till, &path).await?;
    Ok(xml(&format!("receipt-{}.xml", bought.purchase.order), bought.document))
}

/// Verifies the receipt, and says what that means.
pub(super) async fn verify(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let bought = find(&visitor, &till, &path).await?;
    let back = Link::new(address(&bought.purchase), bought.purchase.title.as_str());
    let page = verifying::receipt_page(visitor.words(), &bought.document, &till.chain, visitor.now());
    visitor.show(page.with(Block::Actions(vec![back])))
}

/// One of the visitor's payments: the party is in the query, so that anybody else's is not found.
pub(super) async fn find(visitor: &Visitor, till: &Data<Till>, path: &str) -> Result<Bought, Fault> {
    let party = visitor.need_person()?.party.clone();
    let order = OrderId::parse(path).map_err(|_| Fault::NotFound)?;
    let till = till.clone();
    let read = tokio::task::spawn_blocking(move || till.sales.bought(&party, order)).await;
    read.map_err(Fault::internal)?.map_err(payments::unreadable)?.ok_or(Fault::NotFound)
}

/// Where a payment is shown.
pub(super) fn address(purchase: &Purchase) -> String {
    format!("/payments/{}", purchase.order)
}

/// A file to be kept.
pub(super) fn xml(name: &str, document: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/xml"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(document)
}

fn page(words: Words, purchase: &Purchase, names: &Names, course: &CourseRow, asked: &Asked) -> Page {
    let mut page = Page::new(purchase.title.as_str(), "/payments");
    page.state = Some(say::state(words, purchase.state));
    let paid = purchase.receipt.is_some();
    let mut links = Vec::new();
    if paid {
        links.push(Link::new(format!("{}/verify", address(purchase)), words.say("consumer-verify-receipt")));
        links.push(Link::new(
            format!("{}/receipt.xml", address(purchase)),
            words.say("consumer-download-receipt"),
        ));
        if purchase.mode == payment_domain::Mode::Aggregated {
            links
                .push(Link::new(format!("{}/proof", address(purchase)), words.say("consumer-proof-in-bill")));
        }
    }
    if asked.may_ask {
        links.push(Link::new(format!("{}/request", address(purchase)), words.say("consumer-request")));
    }
    if matches!(purchase.state, SaleState::Paid | SaleState::PartlyRefunded) {
        links.push(Link::new(format!("{}/dispute", address(purchase)), words.say("consumer-dispute")));
    }
    page = page
        .with(Block::Amount(words.money(purchase.price)))
        .with(Block::Facts(facts(words, purchase, names)));
    if !links.is_empty() {
        page = page.with(Block::Actions(links));
    }
    if let Some(newest) = asked.requests.first() {
        page = page.with(request::section(words, purchase, newest));
    }
    let line = Section::new(words.say("consumer-time-line")).with(Block::TimeLine(time_line(
        words,
        purchase,
        course,
        &asked.requests,
    )));
    page.with(line)
}

fn facts(words: Words, purchase: &Purchase, names: &Names) -> Vec<(String, Vec<Inline>)> {
    let mut facts = vec![
        say::fact(words.say("consumer-column-merchant"), names.whole(&purchase.merchant)),
        say::fact(words.say("consumer-item"), Inline::Code(purchase.item.as_str().to_owned())),
        say::fact(
            words.say("consumer-when"),
            Inline::Time(words.moment(purchase.ordered_at), words.machine(purchase.ordered_at)),
        ),
        say::fact(words.say("consumer-column-how"), say::how(words, purchase.mode, purchase.funding)),
        say::fact(words.say("consumer-why"), say::rule(words, purchase.rule.as_str())),
        say::fact(words.say("consumer-order"), Inline::Code(purchase.order.to_string())),
    ];
    if purchase.refunded.micros() > 0 {
        facts.insert(3, say::fact(words.say("consumer-refunded"), words.money(purchase.refunded)));
    }
    if let Some(receipt) = purchase.receipt {
        facts.push(say::fact(words.say("consumer-position"), Inline::Code(receipt.to_string())));
    }
    facts
}

/// What happened, first to last, as far as it is the consumer's to know.
fn time_line(words: Words, purchase: &Purchase, course: &CourseRow, requests: &[Request]) -> Vec<Moment> {
    let mut events: Vec<(Timestamp, String)> =
        vec![(purchase.ordered_at, words.say("consumer-event-ordered"))];
    for happening in &course.happenings {
        let money = |micros: i64| {
            let amount = payment_domain::Money::from_micros(micros, purchase.price.currency());
            [("amount", say::money(words, amount))]
        };
        let event = match *happening {
            Happening::Asked { at } => (at, words.say("consumer-event-asked")),
            Happening::Answered { at, approved: true } => (at, words.say("consumer-event-approved")),
            Happening::Answered { at, approved: false } => (at, words.say("consumer-event-declined")),
            Happening::Disputed { at, micros } => {
                (at, words.say_with("consumer-event-disputed", &money(micros)))
            }
            Happening::Decided { at, for_consumer: true } => (at, words.say("consumer-event-dispute-won")),
            Happening::Decided { at, for_consumer: false } => (at, words.say("consumer-event-dispute-lost")),
            Happening::Refunded { at, micros } => {
                (at, words.say_with("consumer-event-refunded", &money(micros)))
            }
            Happening::RefundBegun { at, micros } => {
                (at, words.say_with("consumer-event-refund-begun", &money(micros)))
            }
            Happening::RefundFailed { at, micros } => {
                (at, words.say_with("consumer-event-refund-failed", &money(micros)))
            }
            Happening::TakenBack { at, micros } => {
                (at, words.say_with("consumer-event-taken-back", &money(micros)))
            }
        };
        if let Ok(at) = Timestamp::from_millis(event.0) {
            events.push((at, event.1));
        }
    }
    if let Some(receipt) = purchase.receipt {
        events.push((core_payment::time_of(receipt.value()), words.say("consumer-event-paid")));
    }
    events.extend(requests.iter().flat_map(|request| request::events(words, request)));
    // What has the same time stays in the order of its causes.
    events.sort_by_key(|(at, _)| *at);
    let moment = |(at, what): (Timestamp, String)| Moment {
        at: words.moment(at),
        machine: words.machine(at),
        what: vec![Inline::Text(what)],
    };
    events.into_iter().map(moment).collect()
}

#[cfg(test)]
mod tests;
