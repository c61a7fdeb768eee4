//! All payments: searched and filtered by what stands in the address, a page at a time; and the orders that came to nothing.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query as InAddress};
use payment_domain::{Money, Timestamp};
use payment_message::Code;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Shop, fees, say};
use crate::page::{Block, Column, FieldKind, Form, Inline, Link, Page, Table, Weight};
use crate::sales::query::{Cursor, Query, SaleState};
use crate::sales::{Refused, Sale};
use crate::storage::merchant as storage;
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Payments on one page.
const ROWS: u32 = 25;
/// Longer than anything that could be found.
const MOST_TEXT: usize = 120;

/// What a sale costs its merchant.
pub(super) type FeeOf<'f> = dyn Fn(&Sale) -> Option<Money> + 'f;

/// What stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    after: String,
}

/// Lists them.
pub(super) async fn list(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let (party, query) = (person.party.clone(), wanted.query());
    let found = Shop::read(&shop, move |sales| sales.list(&party, &query)).await?;
    let number = person.party_number;
    let schedules = visitor.read(move |conn| storage::fee_schedules(conn, number)).await?;
    let words = visitor.words().in_zone(shop.zone);
    let fee = |sale: &Sale| fees::of(&schedules, &shop.fees, sale);
    let mut table = table(words, &found.rows, visitor.now(), Some(&fee));
    if wanted != Wanted::default() {
        table.empty = words.say("merchant-no-payments-found");
    }
    table.older = found
        .next
        .map(|next| Link::new(wanted.address("/payments", Some(next)), words.say("merchant-older")));
    table.newer = (!wanted.after.is_empty())
        .then(|| Link::new(wanted.address("/payments", None), words.say("merchant-newest")));
    let files = Block::Actions(vec![
        Link::new(wanted.address("/payments.csv", None), words.say("merchant-csv")),
        Link::new("/refused", words.say("merchant-refused-orders")),
    ]);
    let page = Page::new(words.say("merchant-menu-payments"), "/payments");
    visitor.show(page.with(wanted.form(words)).with(files).with(table))
}

/// Orders that were refused when they came in.
pub(super) async fn refused(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_person()?.party.clone();
    let code = Code::parse(&wanted.q).ok();
    let query = Query { text: None, state: None, ..wanted.query() };
    let found = Shop::read(&shop, move |sales| sales.refused(&party, code, &query)).await?;
    let words = visitor.words().in_zone(shop.zone);
    let mut table = refused_table(words, &found.rows, visitor.now());
    table.older =
        found.next.map(|next| Link::new(wanted.address("/refused", Some(next)), words.say("merchant-older")));
    table.newer = (!wanted.after.is_empty())
        .then(|| Link::new(wanted.address("/refused", None), words.say("merchant-newest")));
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

impl Wanted {
    /// What is looked for. What makes no sense is not looked for.
    pub(super) fn query(&self) -> Query {
        // No character that a database cannot hold.
        let text: String = self.q.trim().chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
        Query {
            state: SaleState::parse(&self.state),
            from: say::read_day(&self.from),
            // The day itself is meant too.
            to: say::read_day(&self.to).map(|at| at.saturating_add_millis(86_400_000)),
            text: Some(text).filter(|text| !text.is_empty()),
            after: Cursor::parse(&self.after).ok(),
            limit: ROWS,
        }
    }

    /// The address of another page of the same list.
    fn address(&self, path: &str, after: Option<Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("state", &self.state), ("from", &self.from), ("to", &self.to)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    fn form(&self, words: Words) -> Block {
        let mut choices = vec![(String::new(), words.say("merchant-any-state"))];
        choices
            .extend(SaleState::ALL.map(|state| (state.as_str().to_owned(), say::state(words, state).words)));
        let mut fields = vec![
            say::field("q", words.say("merchant-search"), FieldKind::Text, &self.q),
            say::field("state", words.say("merchant-column-state"), FieldKind::Choice(choices), &self.state),
            say::field("from", words.say("merchant-from"), FieldKind::Day, &self.from),
            say::field("to", words.say("merchant-to"), FieldKind::Day, &self.to),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_address_is_what_is_looked_for_and_stays_in_it() {
        let wanted = Wanted {
            q: " Zone 7 & <b>\0".into(),
            state: "paid".into(),
            from: "2026-11-01".into(),
            to: "2026-11-30".into(),
            after: "0000000000000007".into(),
        };
        let query = wanted.query();
        assert_eq!(query.text.as_deref(), Some("Zone 7 & <b>"));
        assert_eq!(query.state, Some(SaleState::Paid));
        assert_eq!(query.to.unwrap().to_string(), "2026-12-01T00:00:00.000Z");
        let address = wanted.address("/payments.csv", None);
        assert!(address.starts_with("/payments.csv?q=+Zone+7+%26+%3Cb%3E%00&state=paid&from="), "{address}");
        assert_eq!(Wanted::default().address("/refused", None), "/refused");
    }

    #[test]
    fn nonsense_in_the_address_looks_for_everything() {
        let wanted = Wanted {
            q: " ".into(),
            state: "'; DROP".into(),
            from: "x".into(),
            to: "2026-02-31".into(),
            after: "-1".into(),
        };
        assert_eq!(wanted.query(), Query { limit: ROWS, ..Query::default() });
    }
}
