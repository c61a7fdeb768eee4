//! All payments: searched and filtered by what stands in the address, a page at a time; and the orders that came to nothing.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query as InAddress};
use payment_domain::{Money, Timestamp};
use payment_message::Code;

use super::{Shop, fees, say};
use crate::page::{Block, Column, FieldKind, Form, Inline, Link, Page, Table, Weight};
use crate::sales::query::{Query, SaleState};
use crate::sales::{Refused, Sale};
use crate::search::Search;
use crate::storage::merchant as storage;
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Payments on one page.
pub(super) const ROWS: u32 = 25;
/// What a sale costs its merchant.
pub(super) type FeeOf<'f> = dyn Fn(&Sale) -> Option<Money> + 'f;

/// Lists them.
pub(super) async fn list(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Search>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let (party, query) = (person.party.clone(), wanted.query(ROWS));
    let found = Shop::read(&shop, move |sales| sales.list(&party, &query)).await?;
    let number = person.party_number;
    let schedules = visitor.read(move |conn| storage::fee_schedules(conn, number)).await?;
    let words = visitor.words();
    let fee = |sale: &Sale| fees::of(&schedules, &shop.fees, sale);
    let mut table = table(words, &found.rows, visitor.now(), Some(&fee));
    if wanted != Search::default() {
        table.empty = words.say("merchant-no-payments-found");
    }
    table.older = found
        .next
        .map(|next| Link::new(wanted.address("/payments", Some(next)), words.say("merchant-older")));
    table.newer = wanted.newest("/payments", words.say("merchant-newest"));
    let files = Block::Actions(vec![
        Link::new(wanted.address("/payments.csv", None), words.say("merchant-csv")),
        Link::new("/refused", words.say("merchant-refused-orders")),
    ]);
    let page = Page::new(words.say("merchant-menu-payments"), "/payments");
    visitor.show(page.with(form(words, &wanted)).with(files).with(table))
}

/// Orders that were refused when they came in.
pub(super) async fn refused(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Search>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_person()?.party.clone();
    let code = Code::parse(&wanted.q).ok();
    let query = Query { text: None, state: None, ..wanted.query(ROWS) };
    let found = Shop::read(&shop, move |sales| sales.refused(&party, code, &query)).await?;
    let words = visitor.words();
    let mut table = refused_table(words, &found.rows, visitor.now());
    table.older =
        found.next.map(|next| Link::new(wanted.address("/refused", Some(next)), words.say("merchant-older")));
    table.newer = wanted.newest("/refused", words.say("merchant-newest"));
    let page = Page::new(words.say("merchant-refused-orders"), "/payments");
    let about = Block::Paragraph(vec![Inline::Muted(words.say("merchant-refused-about"))]);
    visitor.show(page.with(about).with(table))
}

/// Payments as rows; with a fee where one is said.
pub(super) fn table(words: Words, sales: &[Sale], now: Timestamp, fee: Option<&FeeOf<'_>>) -> Table {
    let row = |sale: &Sale| {
        let mut row = vec![
            vec![
                say::link(format!("/payments/{}", sale.order), sale.title.as_str()),
                Inline::Break,
                Inline::Muted(words.lately(sale.ordered_at, now)),
            ],
            vec![Inline::Code(short(&sale.consumer.to_string()))],
            vec![Inline::Chip(say::state(words, sale.state))],
            vec![Inline::Text(words.money(sale.price))],
        ];
        if let Some(fee) = fee {
            row.push(vec![Inline::Text(fee(sale).map_or_else(|| "–".to_owned(), |fee| words.money(fee)))]);
        }
        row
    };
    let mut columns = vec![
        Column::words(words.say("merchant-column-item")),
        Column::words(words.say("merchant-column-customer")).minor(),
        Column::words(words.say("merchant-column-state")),
        Column::numbers(words.say("merchant-column-amount")),
    ];
    if fee.is_some() {
        columns.push(Column::numbers(words.say("merchant-column-fee")).minor());
    }
    Table {
        caption: words.say("merchant-menu-payments"),
        columns,
        rows: sales.iter().map(row).collect(),
        empty: words.say("merchant-no-payments"),
        newer: None,
        older: None,
    }
}

/// The beginning of a pseudonym: enough to tell customers apart, and to search for.
pub(super) fn short(pseudonym: &str) -> String {
    pseudonym.chars().take(8).collect()
}

fn refused_table(words: Words, rows: &[Refused], now: Timestamp) -> Table {
    let row = |refused: &Refused| {
        vec![
            vec![
                Inline::Text(refused.title.as_str().to_owned()),
                Inline::Break,
                Inline::Muted(words.lately(refused.refused_at, now)),
            ],
            vec![Inline::Text(say::reason(words, refused.code))],
            vec![Inline::Text(words.money(refused.price))],
        ]
    };
    Table {
        caption: words.say("merchant-refused-orders"),
        columns: vec![
            Column::words(words.say("merchant-column-item")),
            Column::words(words.say("merchant-column-reason")),
            Column::numbers(words.say("merchant-column-amount")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-none-refused"),
        newer: None,
        older: None,
    }
}

fn form(words: Words, wanted: &Search) -> Block {
    let mut choices = vec![(String::new(), words.say("merchant-any-state"))];
    choices.extend(SaleState::ALL.map(|state| (state.as_str().to_owned(), say::state(words, state).words)));
    let mut fields = vec![
        say::field("q", words.say("merchant-search"), FieldKind::Text, &wanted.q),
        say::field("state", words.say("merchant-column-state"), FieldKind::Choice(choices), &wanted.state),
        say::field("from", words.say("merchant-from"), FieldKind::Day, &wanted.from),
        say::field("to", words.say("merchant-to"), FieldKind::Day, &wanted.to),
    ];
    fields.iter_mut().for_each(|field| field.optional = true);
    Block::Form(Form {
        action: "/payments".to_owned(),
        looks_up: true,
        fields,
        submit: words.say("merchant-search-do"),
        weight: Weight::Quiet,
        ceremony: None,
    })
}
