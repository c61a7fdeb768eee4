//! All payments: searched and filtered by what stands in the address, a page at a time.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query as InAddress};
use payment_domain::{PartyId, Timestamp};
use serde::Deserialize;
use url::form_urlencoded;

use super::merchants::Names;
use super::{Till, say};
use crate::page::{Block, Column, Field, FieldKind, Form, Inline, Link, Page, Table};
use crate::sales::SalesError;
use crate::sales::history::Purchase;
use crate::sales::query::{Cursor, Page as Part, Query, SaleState};
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Payments on one page.
const ROWS: u32 = 25;
/// Longer than anything that could be found.
const MOST_TEXT: usize = 120;

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
    till: Data<Till>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_person()?.party.clone();
    let words = visitor.words();
    let found = history(&till, &party, wanted.query()).await?;
    let names = Names::of(&visitor, found.rows.iter().map(|row| &row.merchant)).await?;
    let mut table = table(words, &found.rows, &names, visitor.now());
    if wanted != Wanted::default() {
        table.empty = words.say("consumer-payments-none-found");
    }
    table.older = found.next.map(|next| Link::new(wanted.address(Some(next)), words.say("consumer-older")));
    table.newer =
        (!wanted.after.is_empty()).then(|| Link::new(wanted.address(None), words.say("consumer-newest")));
    let page = Page::new(words.say("consumer-menu-payments"), "/payments");
    visitor.show(page.with(wanted.form(words)).with(table))
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

impl Wanted {
    fn query(&self) -> Query {
        let day = |text: &str| Timestamp::parse(&format!("{text}T00:00:00.000Z")).ok();
        // PostgreSQL has no text with a NUL in it, and nothing is called by a control character.
        let text: String = self.q.trim().chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
        Query {
            state: SaleState::parse(&self.state),
            from: day(&self.from),
            // The day itself is meant too.
            to: day(&self.to).map(|at| at.saturating_add_millis(86_400_000)),
            text: Some(text).filter(|text| !text.is_empty()),
            after: Cursor::parse(&self.after).ok(),
            limit: ROWS,
        }
    }

    /// The address of another page of the same list.
    fn address(&self, after: Option<Cursor>) -> String {
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
            query if query.is_empty() => "/payments".to_owned(),
            query => format!("/payments?{query}"),
        }
    }

    fn form(&self, words: Words) -> Block {
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
                field("q", words.say("consumer-search"), FieldKind::Text, &self.q),
                field("state", words.say("consumer-column-state"), FieldKind::Choice(choices), &self.state),
                field("from", words.say("consumer-from"), FieldKind::Day, &self.from),
                field("to", words.say("consumer-to"), FieldKind::Day, &self.to),
            ],
            submit: words.say("consumer-search-do"),
            weight: crate::page::Weight::Quiet,
            ceremony: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_address_is_what_is_looked_for() {
        let wanted = Wanted {
            q: "  tram & co ".into(),
            state: "paid".into(),
            from: "2026-11-01".into(),
            to: "2026-11-30".into(),
            after: "0000000000000007".into(),
        };
        let query = wanted.query();
        assert_eq!(query.text.as_deref(), Some("tram & co"));
        assert_eq!(query.state, Some(SaleState::Paid));
        assert_eq!(query.from.unwrap().to_string(), "2026-11-01T00:00:00.000Z");
        assert_eq!(query.to.unwrap().to_string(), "2026-12-01T00:00:00.000Z");
        assert!(query.after.is_some());
        assert_eq!(
            wanted.address(None),
            "/payments?q=++tram+%26+co+&state=paid&from=2026-11-01&to=2026-11-30"
        );
        assert_eq!(Wanted::default().address(None), "/payments");
    }

    #[test]
    fn nonsense_in_the_address_looks_for_everything() {
        let wanted = Wanted {
            q: " ".into(),
            state: "x".into(),
            from: "yesterday".into(),
            to: "2026-02-31".into(),
            after: "<script>".into(),
        };
        assert_eq!(wanted.query(), Query { limit: ROWS, ..Query::default() });
    }
}
