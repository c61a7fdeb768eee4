//! All payments: searched and filtered by what stands in the address, a page at a time.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query as InAddress};
use payment_domain::{PartyId, Timestamp};

use super::merchants::Names;
use super::{Till, say};
use crate::page::{Block, Column, Field, FieldKind, Form, Inline, Link, Page, Table};
use crate::sales::SalesError;
use crate::sales::history::Purchase;
use crate::sales::query::{Page as Part, Query, SaleState};
use crate::search::Search;
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Payments on one page.
const ROWS: u32 = 25;
/// Lists them.
pub(super) async fn list(
    visitor: Visitor,
    till: Data<Till>,
    InAddress(wanted): InAddress<Search>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_person()?.party.clone();
    let words = visitor.words();
    let found = history(&till, &party, wanted.query(ROWS)).await?;
    let names = Names::of(&visitor, found.rows.iter().map(|row| &row.merchant)).await?;
    let mut table = table(words, &found.rows, &names, visitor.now());
    if wanted != Search::default() {
        table.empty = words.say("consumer-payments-none-found");
    }
    table.older = found
        .next
        .map(|next| Link::new(wanted.address("/payments", Some(next)), words.say("consumer-older")));
    table.newer = wanted.newest("/payments", words.say("consumer-newest"));
    let page = Page::new(words.say("consumer-menu-payments"), "/payments");
    visitor.show(page.with(form(words, &wanted)).with(table))
}

/// A consumer's payments, off the threads that serve.
pub(super) async fn history(
    till: &Data<Till>,
    party: &PartyId,
    query: Query,
) -> Result<Part<Purchase>, Fault> {
    let (till, party) = (till.clone(), party.clone());
    let read = tokio::task::spawn_blocking(move || till.sales.history(&party, &query)).await;
    read.map_err(Fault::internal)?.map_err(unreadable)
}

/// Why payments cannot be shown.
pub(super) fn unreadable(error: SalesError) -> Fault {
    match error {
        SalesError::UnknownParty => Fault::NotFound,
        error => Fault::unavailable(error),
    }
}

/// Payments as rows.
pub(super) fn table(words: Words, purchases: &[Purchase], names: &Names, now: Timestamp) -> Table {
    let row = |purchase: &Purchase| {
        vec![
            vec![
                say::link(format!("/payments/{}", purchase.order), purchase.title.as_str()),
                Inline::Break,
                Inline::Muted(words.lately(purchase.ordered_at, now)),
            ],
            vec![Inline::Muted(names.short(&purchase.merchant))],
            vec![Inline::Muted(say::how(words, purchase.mode, purchase.funding))],
            vec![Inline::Chip(say::state(words, purchase.state))],
            vec![Inline::Text(words.money(purchase.price))],
        ]
    };
    Table {
        caption: words.say("consumer-menu-payments"),
        columns: vec![
            Column::words(words.say("consumer-column-what")),
            Column::words(words.say("consumer-column-merchant")).minor(),
            Column::words(words.say("consumer-column-how")).minor(),
            Column::words(words.say("consumer-column-state")),
            Column::numbers(words.say("consumer-column-amount")),
        ],
        rows: purchases.iter().map(row).collect(),
        empty: words.say("consumer-no-payments"),
        newer: None,
        older: None,
    }
}

fn form(words: Words, wanted: &Search) -> Block {
    let states = SaleState::ALL.map(|state| (state.as_str().to_owned(), say::state(words, state).words));
    let mut choices = vec![(String::new(), words.say("consumer-any-state"))];
    choices.extend(states);
    let field = |name, label, kind, value: &str| Field {
        name,
        label,
        kind,
        value: value.to_owned(),
        optional: true,
        ..Field::default()
    };
    Block::Form(Form {
        action: "/payments".to_owned(),
        looks_up: true,
        fields: vec![
            field("q", words.say("consumer-search"), FieldKind::Text, &wanted.q),
            field("state", words.say("consumer-column-state"), FieldKind::Choice(choices), &wanted.state),
            field("from", words.say("consumer-from"), FieldKind::Day, &wanted.from),
            field("to", words.say("consumer-to"), FieldKind::Day, &wanted.to),
        ],
        submit: words.say("consumer-search-do"),
        weight: crate::page::Weight::Quiet,
        ceremony: None,
    })
}
