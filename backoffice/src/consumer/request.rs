//! A request for money back: a letter to the merchant, who gives it back or declines. It moves no money and needs no
//! signature, and a complaint may be opened beside it at any time (R11).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::dispute::{Complaint, Wrong, fields, left, summary};
use super::merchants::Names;
use super::payment::{address, find};
use super::{Till, coupons, say};
use crate::page::{Block, Chip, Form, Inline, Page, Section, Tone, Weight};
use crate::requests::{Request, Stands, seal_reason};
use crate::sales::history::Purchase;
use crate::sales::query::SaleState;
use crate::storage::request::{self as storage, Asking};
use crate::web::{Fault, Filled, Visitor, new_id};
use crate::words::{Value, Words};

/// What was asked for about a payment.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// The newest first.
    pub(super) requests: Vec<Request>,
    /// Whether there may be another one.
    pub(super) may_ask: bool,
}

/// Asks how much, and why.
pub(super) async fn ask(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let purchase = find(&visitor, &till, &path).await?.purchase;
    if !Asked::about(&visitor, &purchase).await?.may_ask {
        return Ok(visitor.go(address(&purchase), None));
    }
    let (words, names) = (visitor.words(), Names::of(&visitor, [&purchase.merchant]).await?);
    visitor.show(page(words, &purchase, &names, &Complaint::about(&purchase), None))
}

/// Leaves it for the merchant.
pub(super) async fn open(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    Filled(complaint): Filled<Complaint>,
) -> Result<HttpResponse, Fault> {
    let purchase = find(&visitor, &till, &path).await?.purchase;
    let words = visitor.words();
    let not_now = say::bad(words.say("consumer-request-not-now"));
    if !may_be_asked(&purchase) {
        return Ok(visitor.go(address(&purchase), Some(not_now)));
    }
    let (amount, reason) = match complaint.read(&purchase) {
        Ok(read) => read,
        Err(wrong) => {
            let names = Names::of(&visitor, [&purchase.merchant]).await?;
            return visitor.show_again(page(words, &purchase, &names, &complaint, Some(wrong)));
        }
    };
    let now = visitor.now();
    let id = new_id(now, &*visitor.portal().randomness).map_err(Fault::internal)?;
    let asking = Asking {
        id,
        consumer: visitor.need_person()?.party_number,
        payment: purchase.position.value(),
        micros: amount.micros(),
        reason: seal_reason(visitor.store().sealer(), id, &reason)?,
        asked_at: now.as_millis(),
    };
    let kept = visitor.write(move |tx| storage::keep(tx, asking)).await?;
    let notice = if kept { say::good(words.say("consumer-request-sent")) } else { not_now };
    Ok(visitor.go(address(&purchase), Some(notice)))
}

/// Takes it back.
pub(super) async fn withdraw(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    _: Filled<coupons::Pressed>,
) -> Result<HttpResponse, Fault> {
    let purchase = find(&visitor, &till, &path).await?.purchase;
    let (owner, now_ms) = (visitor.need_person()?.party_number, visitor.now().as_millis());
    let payment = purchase.position.value();
    let words = visitor.words();
    let notice = if visitor.write(move |tx| storage::withdraw(tx, owner, payment, now_ms)).await? {
        say::good(words.say("consumer-request-taken-back"))
    } else {
        say::bad(words.say("consumer-request-not-open"))
    };
    Ok(visitor.go(address(&purchase), Some(notice)))
}

/// Whether money can come back at all.
fn may_be_asked(purchase: &Purchase) -> bool {
    let paid = matches!(purchase.state, SaleState::Paid | SaleState::PartlyRefunded);
    paid && left(purchase).micros() > 0
}

impl Asked {
    /// What the visitor asked for about one of their payments.
    pub(super) async fn about(visitor: &Visitor, purchase: &Purchase) -> Result<Self, Fault> {
        let (owner, payment) = (visitor.need_person()?.party_number, purchase.position.value());
        let (rows, may_ask) = visitor
            .read(move |conn| {
                let rows = storage::of_payment(conn, owner, payment)?;
                Ok((rows, storage::may_ask(conn, owner, payment)?))
            })
            .await?;
        let requests = Request::open_all(visitor.store().sealer(), &rows)?;
        let waits = requests.iter().any(Request::is_open);
        Ok(Self { may_ask: may_ask && !waits && may_be_asked(purchase), requests })
    }
}

/// The newest request about a payment, as its consumer sees it.
pub(super) fn section(words: Words, purchase: &Purchase, request: &Request) -> Section {
    let (tone, state, meaning) = match &request.stands {
        Stands::Open => {
            (Tone::Waiting, words.say("consumer-request-open"), words.say("consumer-request-open-means"))
        }
        Stands::Granted => {
            (Tone::Good, words.say("consumer-request-granted"), words.say("consumer-request-granted-means"))
        }
        Stands::Declined(_) => {
            (Tone::Bad, words.say("consumer-request-declined"), words.say("consumer-request-declined-means"))
        }
        Stands::Withdrawn => {
            (Tone::Plain, words.say("consumer-request-withdrawn"), words.say("consumer-request-difference"))
        }
    };
    let mut facts = vec![
        say::fact(words.say("consumer-dispute-amount"), words.money(request.amount)),
        say::fact(words.say("consumer-dispute-reason"), request.reason.clone()),
    ];
    if let Stands::Declined(answer) = &request.stands {
        facts.push(say::fact(words.say("consumer-request-answer"), answer.clone()));
    }
    let mut section = Section::new(words.say("consumer-request-title"))
        .with(Block::Facts(facts))
        .with(Block::Paragraph(vec![Inline::Text(meaning)]));
    section.state = Some(Chip::new(tone, state));
    if request.is_open() {
        section = section.with(Form {
            action: format!("{}/request/withdraw", address(purchase)),
            submit: words.say("consumer-request-withdraw"),
            weight: Weight::Quiet,
            ..Form::default()
        });
    }
    section
}

/// What a request says in the time line: when, and what.
pub(super) fn events(words: Words, request: &Request) -> Vec<(payment_domain::Timestamp, String)> {
    let amount = [("amount", Value::from(words.money(request.amount)))];
    let asked = (request.asked_at, words.say_with("consumer-event-request", &amount));
    let ended = request.ended_at.and_then(|at| match request.stands {
        Stands::Declined(_) => Some((at, words.say("consumer-event-request-declined"))),
        Stands::Withdrawn => Some((at, words.say("consumer-event-request-withdrawn"))),
        // That money came back stands there by itself.
        Stands::Open | Stands::Granted => None,
    });
    std::iter::once(asked).chain(ended).collect()
}

fn page(
    words: Words,
    purchase: &Purchase,
    names: &Names,
    complaint: &Complaint,
    wrong: Option<Wrong>,
) -> Page {
    Page::new(words.say("consumer-request"), "/payments")
        .with(summary(words, purchase, names))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-request-about"))]))
        .with(Form {
            action: format!("{}/request", address(purchase)),
            fields: fields(words, complaint, wrong, words.say("consumer-request-reason-hint")),
            submit: words.say("consumer-request-do"),
            ..Form::default()
        })
        .with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-request-difference"))]))
}

#[cfg(test)]
mod tests;
