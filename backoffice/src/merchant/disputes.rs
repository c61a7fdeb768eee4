//! Complaints of consumers about payments: what they say, how much of the next payout waits for a decision, and the
//! shortest way to settle one: giving the money back.

use actix_web::HttpResponse;
use actix_web::web::Query as InAddress;
use payment_domain::OrderId;
use payment_message::Message;
use serde::Deserialize;

use super::say;
use crate::page::{Block, Chip, Column, Inline, Link, Page, Table, Tone};
use crate::storage::merchant::{self as storage, DisputeRow};
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// Disputes on one page.
const ROWS: i64 = 25;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// Lists them, with what the consumer wrote.
pub(super) async fn list(
    visitor: Visitor,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let before = wanted.before.unwrap_or(i64::MAX);
    let mut archive = visitor.portal().core.archive()?;
    let (rows, next) = visitor
        .read(move |conn| {
            let mut rows = storage::disputes(conn, merchant, before, ROWS.saturating_add(1))?;
            let next = say::older(&mut rows, ROWS, |row| row.id);
            let mut found = Vec::with_capacity(rows.len());
            for row in rows {
                // Of what the consumer signed only the reason: who it is, is in it too (R46).
                let reason = match archive.asked(conn, row.id)? {
                    Some(Message::DisputeOrder(order)) => order.reason.as_str().to_owned(),
                    _ => String::new(),
                };
                found.push((row, reason));
            }
            Ok((found, next))
        })
        .await?;
    let words = visitor.words();
    let mut table = table(words, &rows);
    table.newer = wanted.before.map(|_| Link::new("/disputes", words.say("merchant-newest")));
    table.older = next.map(|last| Link::new(format!("/disputes?before={last}"), words.say("merchant-older")));
    let about = Block::Paragraph(vec![Inline::Muted(words.say("merchant-disputes-about"))]);
    visitor.show(Page::new(words.say("merchant-menu-disputes"), "/disputes").with(about).with(table))
}

fn state(words: Words, state: &str) -> Chip {
    match state {
        "open" => Chip::new(Tone::Waiting, words.say("merchant-dispute-open")),
        "consumer" => Chip::new(Tone::Bad, words.say("merchant-dispute-lost")),
        _ => Chip::new(Tone::Good, words.say("merchant-dispute-won")),
    }
}

fn table(words: Words, rows: &[(DisputeRow, String)]) -> Table {
    let row = |(row, reason): &(DisputeRow, String)| {
        let order = <[u8; 16]>::try_from(row.order.as_slice()).map(OrderId::from_bytes);
        let opened = words.moment(say::at(row.opened_at));
        let payment = match order {
            Ok(order) => say::link(format!("/payments/{order}"), opened),
            Err(_) => Inline::Text(opened),
        };
        let mut stands = vec![Inline::Chip(state(words, &row.state))];
        if let Some(resolved) = row.resolved_at {
            stands.extend([Inline::Break, Inline::Muted(words.day(say::at(resolved)))]);
        }
        vec![
            vec![payment],
            vec![Inline::Text(reason.clone())],
            stands,
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-disputes"),
        columns: vec![
            Column::words(words.say("merchant-when")),
            Column::words(words.say("merchant-column-reason")),
            Column::words(words.say("merchant-column-state")),
            Column::numbers(words.say("merchant-column-amount")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-disputes"),
        newer: None,
        older: None,
    }
}
