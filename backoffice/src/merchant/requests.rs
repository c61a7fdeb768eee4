//! Requests of consumers for money back: letters, which move nothing. A merchant answers with a refund, or declines.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query as InAddress};
use payment_domain::{Money, Pseudonym, Timestamp};
use serde::Deserialize;

use super::payment::find;
use super::{Shop, say};
use crate::page::{
    Block, Chip, Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table, Tone, Weight,
};
use crate::requests::{Request, Stands, one_line, seal_answer};
use crate::sales::Sale;
use crate::storage::request as storage;
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Requests on one page.
const ROWS: i64 = 25;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// Why somebody gets nothing back.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    reason: String,
}

/// Lists them, with what was written.
pub(super) async fn list(
    visitor: Visitor,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let (before, most) = (wanted.before.unwrap_or(i64::MAX), ROWS.saturating_add(1));
    let mut rows = visitor.read(move |conn| storage::of_merchant(conn, merchant, before, most)).await?;
    let next = say::older(&mut rows, ROWS, |row| row.request.id);
    let open = |row: storage::AskedRow| {
        let (pseudonym, told) = row.told();
        let pseudonym = <[u8; 16]>::try_from(pseudonym.as_slice()).map_err(Fault::internal)?;
        Ok((Pseudonym::new(pseudonym), Request::open(visitor.store().sealer(), &told)?))
    };
    let rows = rows.into_iter().map(open).collect::<Result<Vec<_>, Fault>>()?;
    let words = visitor.words();
    let mut table = table(words, &rows);
    table.newer = wanted.before.map(|_| Link::new("/requests", words.say("merchant-newest")));
    table.older = next.map(|last| Link::new(format!("/requests?before={last}"), words.say("merchant-older")));
    let about = Block::Paragraph(vec![Inline::Muted(words.say("merchant-requests-about"))]);
    visitor.show(Page::new(words.say("merchant-menu-requests"), "/requests").with(about).with(table))
}

/// Asks why.
pub(super) async fn ask(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let sale = find(&visitor, &shop, &path).await?;
    let Some(request) = open_about(&visitor, &sale).await? else {
        return Ok(visitor.go(format!("/payments/{}", sale.order), None));
    };
    let words = visitor.words();
    visitor.show(page(words, &sale, &request, &Answer::default(), false))
}

/// Declines.
pub(super) async fn decline(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
    Filled(answer): Filled<Answer>,
) -> Result<HttpResponse, Fault> {
    let (merchant, person) = {
        let person = visitor.need(MemberRole::Manager)?;
        (person.party_number, person.id)
    };
    let sale = find(&visitor, &shop, &path).await?;
    let words = visitor.words();
    let not_open = || say::bad(words.say("merchant-request-not-open"));
    let address = format!("/payments/{}", sale.order);
    let Some(request) = open_about(&visitor, &sale).await? else {
        return Ok(visitor.go(address, Some(not_open())));
    };
    let Some(line) = one_line(&answer.reason) else {
        return visitor.show_again(page(words, &sale, &request, &answer, true));
    };
    let sealed = seal_answer(visitor.store().sealer(), request.id, &line)?;
    let (of, now_ms) = ((sale.position.value(), request.id), visitor.now().as_millis());
    let declined = visitor.write(move |tx| storage::decline(tx, merchant, of, &sealed, now_ms)).await?;
    if !declined {
        return Ok(visitor.go(address, Some(not_open())));
    }
    tracing::info!(person, order = %sale.order, "a request for money back was declined");
    Ok(visitor.go(address, Some(say::good(words.say("merchant-request-said-no")))))
}

/// What was asked for about one of the visitor's merchant's payments, the newest first.
pub(super) async fn about(visitor: &Visitor, sale: &Sale) -> Result<Vec<Request>, Fault> {
    let (merchant, payment) = (visitor.need_person()?.party_number, sale.position.value());
    let rows = visitor.read(move |conn| storage::of_sale(conn, merchant, payment)).await?;
    Request::open_all(visitor.store().sealer(), &rows)
}

/// What waits for an answer.
pub(super) async fn open_about(visitor: &Visitor, sale: &Sale) -> Result<Option<Request>, Fault> {
    Ok(about(visitor, sale).await?.into_iter().find(Request::is_open))
}

/// A request at its payment; `ways` is how much can be given back, for those who may answer.
pub(super) fn section(words: Words, sale: &Sale, request: &Request, ways: Option<Money>) -> Section {
    let mut section = Section::new(words.say("merchant-request")).with(Block::Facts(facts(words, request)));
    section.state = Some(state(words, &request.stands));
    let Some(left) = ways.filter(|_| request.is_open()) else { return section };
    let mut links = Vec::new();
    if left.micros() > 0 {
        links.push(Link::new(format!("/payments/{}/refund", sale.order), words.say("merchant-refund")));
    }
    links.push(Link::new(format!("/payments/{}/decline", sale.order), words.say("merchant-decline")));
    section.with(Block::Actions(links))
}

/// What a request says in the time line: when, and what.
pub(super) fn events(words: Words, request: &Request) -> Vec<(Timestamp, String)> {
    let amount = [("amount", Value::from(words.money(request.amount)))];
    let asked = (request.asked_at, words.say_with("merchant-event-request", &amount));
    let ended = request.ended_at.and_then(|at| match request.stands {
        Stands::Declined(_) => Some((at, words.say("merchant-event-request-declined"))),
        Stands::Withdrawn => Some((at, words.say("merchant-event-request-withdrawn"))),
        // What was given back stands there by itself.
        Stands::Open | Stands::Granted => None,
    });
    std::iter::once(asked).chain(ended).collect()
}

fn state(words: Words, stands: &Stands) -> Chip {
    match stands {
        Stands::Open => Chip::new(Tone::Waiting, words.say("merchant-request-open")),
        Stands::Granted => Chip::new(Tone::Good, words.say("merchant-request-granted")),
        Stands::Declined(_) => Chip::new(Tone::Plain, words.say("merchant-request-declined")),
        Stands::Withdrawn => Chip::new(Tone::Plain, words.say("merchant-request-withdrawn")),
    }
}

fn facts(words: Words, request: &Request) -> Vec<(String, Vec<Inline>)> {
    let mut facts = vec![
        say::fact(words.say("merchant-column-amount"), words.money(request.amount)),
        say::fact(words.say("merchant-column-reason"), request.reason.clone()),
        say::fact(words.say("merchant-when"), say::time(words, request.asked_at)),
    ];
    if let Stands::Declined(answer) = &request.stands {
        facts.push(say::fact(words.say("merchant-request-answer"), answer.clone()));
    }
    facts
}

fn page(words: Words, sale: &Sale, request: &Request, answer: &Answer, wrong: bool) -> Page {
    let reason = Field {
        hint: Some(words.say("merchant-decline-hint")),
        fault: wrong.then(|| words.say("merchant-decline-wrong")),
        ..say::field("reason", words.say("merchant-decline-why"), FieldKind::Text, &answer.reason)
    };
    Page::new(words.say("merchant-decline"), "/requests")
        .with(Block::Facts(facts(words, request)))
        .with(Block::Paragraph(vec![Inline::Text(words.say("merchant-decline-about"))]))
        .with(Form {
            action: format!("/payments/{}/decline", sale.order),
            fields: vec![reason],
            submit: words.say("merchant-decline-do"),
            weight: Weight::Grave,
            ..Form::default()
        })
        .with(Block::Actions(vec![Link::new(
            format!("/payments/{}", sale.order),
            words.say("merchant-back"),
        )]))
}

fn table(words: Words, rows: &[(Pseudonym, Request)]) -> Table {
    let row = |(pseudonym, request): &(Pseudonym, Request)| {
        let asked = words.moment(request.asked_at);
        let mut stands = vec![Inline::Chip(state(words, &request.stands))];
        if let Some(ended) = request.ended_at {
            stands.extend([Inline::Break, Inline::Muted(words.day(ended))]);
        }
        vec![
            vec![say::link(format!("/payments/{}", request.order), asked)],
            vec![Inline::Code(pseudonym.to_string())],
            vec![Inline::Text(request.reason.clone())],
            stands,
            vec![Inline::Text(words.money(request.amount))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-requests"),
        columns: vec![
            Column::words(words.say("merchant-when")),
            Column::words(words.say("merchant-column-customer")),
            Column::words(words.say("merchant-column-reason")),
            Column::words(words.say("merchant-column-state")),
            Column::numbers(words.say("merchant-column-amount")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-requests"),
        newer: None,
        older: None,
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::{Currency, OrderId};

    use super::*;
    use crate::merchant::tests::sale;
    use crate::words::Locale;

    fn request(stands: Stands) -> Request {
        Request {
            id: 7,
            order: OrderId::from_bytes([1; 16]),
            amount: Money::from_micros(1_000_000, Currency::EUR),
            reason: "Rain".to_owned(),
            ended_at: (stands != Stands::Open).then(|| Timestamp::from_millis(9).unwrap()),
            stands,
            asked_at: Timestamp::EPOCH,
        }
    }

    fn ways(section: &Section) -> usize {
        let links = section.blocks.iter().map(|block| match block {
            Block::Actions(links) => links.len(),
            _ => 0,
        });
        links.sum()
    }

    #[test]
    fn only_what_is_open_is_answered_and_only_by_who_may() {
        let words = Words::of(Locale::English);
        let money = |micros| Some(Money::from_micros(micros, Currency::EUR));
        for (stands, left, count) in [
            (Stands::Open, money(1_000_000), 2),
            (Stands::Open, money(0), 1),
            (Stands::Open, None, 0),
            (Stands::Granted, money(1_000_000), 0),
            (Stands::Declined("No".to_owned()), money(1_000_000), 0),
            (Stands::Withdrawn, money(1_000_000), 0),
        ] {
            let request = request(stands);
            assert_eq!(ways(&section(words, &sale("Tram"), &request, left)), count, "{request:?}");
        }
    }

    #[test]
    fn a_time_line_says_that_it_was_asked_and_how_it_ended_without_money() {
        let words = Words::of(Locale::French);
        assert_eq!(events(words, &request(Stands::Open)).len(), 1);
        assert_eq!(events(words, &request(Stands::Granted)).len(), 1);
        assert_eq!(events(words, &request(Stands::Declined("Non".to_owned()))).len(), 2);
        assert_eq!(events(words, &request(Stands::Withdrawn)).len(), 2);
    }

    #[test]
    fn an_answer_without_words_is_asked_for_again() {
        let words = Words::of(Locale::English);
        let fault = |wrong| {
            let page = page(words, &sale("Tram"), &request(Stands::Open), &Answer::default(), wrong);
            page.blocks.iter().find_map(|block| match block {
                Block::Form(form) => form.fields[0].fault.clone(),
                _ => None,
            })
        };
        assert!(fault(true).is_some() && fault(false).is_none());
    }
}
