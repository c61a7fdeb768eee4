//! What was to be sent and given up: bills, advices and callbacks, to be sent again as they were.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use core_payment::Filter;
use serde::Deserialize;

use super::log::Nothing;
use super::officer::Officer;
use super::say;
use crate::page::{Block, Inline, Link, Page, Section, Tile, Weight};
use crate::storage::operator::{self as storage, NoticeRow};
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 25;
/// What is counted, at most.
const COUNTED: i64 = 1000;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: i64,
}

/// Lists them, oldest first.
pub(super) async fn list(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let found = officer.visitor.read(move |conn| {
        let rows = storage::dead_notices(conn, wanted.after, ROWS.saturating_add(1))?;
        Ok((rows, storage::due_notices(conn, COUNTED)?))
    });
    let (rows, due) = found.await?;
    let late = due.first().map(|at| officer.visitor.now().as_millis().saturating_sub(*at));
    officer.visitor.show(page(officer.words(), rows, due.len(), late))
}

/// The page.
pub(super) fn page(words: Words, mut rows: Vec<NoticeRow>, due: usize, late: Option<i64>) -> Page {
    let older = say::older(&mut rows, ROWS, |row| row.id);
    let detail = late.filter(|late| *late > 0).map_or_else(
        || words.say("operator-none-late"),
        |late| words.say_with("operator-oldest-due", &[("span", Value::from(say::span(words, late)))]),
    );
    let mut page =
        Page::new(words.say("operator-menu-messages"), "/messages").with(Block::Tiles(vec![Tile {
            label: words.say("operator-to-send"),
            value: words.number(u64::try_from(due).unwrap_or(u64::MAX)),
            detail: vec![Inline::Muted(detail)],
            meter: None,
        }]));
    if rows.is_empty() {
        page = page.with(Block::Empty { text: words.say("operator-none-dead"), link: None });
    }
    for row in &rows {
        let tries = i64::from(row.tries);
        page = page.with(
            Section::new(words.say_with("operator-message", &[("number", Value::from(row.id.to_string()))]))
                .with(Block::Facts(vec![
                    say::fact(words.say("operator-way"), Inline::Code(row.kind.clone())),
                    say::fact(
                        words.say("operator-to"),
                        say::link(format!("/parties/{}", row.party), row.party.clone()),
                    ),
                    say::fact(words.say("operator-when"), say::time(words, say::at(row.created_at))),
                    say::fact(words.say("operator-tries"), tries.to_string()),
                    say::fact(words.say("operator-fault"), row.fault.clone().unwrap_or_default()),
                ]))
                .with(say::button(
                    format!("/messages/{}/resend", row.id),
                    words.say("operator-resend"),
                    Weight::Quiet,
                )),
        );
    }
    match older {
        Some(last) => page.with(Block::Actions(vec![Link::new(
            format!("/messages?after={last}"),
            words.say("operator-next-page"),
        )])),
        None => page,
    }
}

/// Sends one again.
pub(super) async fn resend(
    officer: Officer,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let id = *path;
    let core = officer.visitor.portal().core.clone();
    let work = async {
        let done = tokio::task::spawn_blocking(move || core.resend(&Filter::default(), &[id])).await;
        Ok(done.map_err(Fault::internal)??)
    };
    let words = officer.words();
    let notice = if officer.perform("resend", &id.to_string(), work).await? == 1 {
        say::good(words.say("operator-resent"))
    } else {
        say::bad(words.say("operator-resent-not"))
    };
    Ok(officer.visitor.go("/messages", Some(notice)))
}
