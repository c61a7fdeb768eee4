//! What operators watch: open periods, external systems, certificates. Nothing is changed here; periods are closed in
//! [`closing`].

use actix_web::HttpResponse;
use actix_web::web::Query as InAddress;
use payment_domain::{Digest, Timestamp};
use payment_trust::{RevocationList, Serial};
use serde::Deserialize;

use super::officer::Officer;
use super::system::{COUNTED, MISSED_MS, by_system};
use super::{Duty, closing, say};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Row, Section, Table, Tile, Tone};
use crate::storage::operator::{self as storage, CertificateRow, PendingRow, PeriodRow};
use crate::web::Fault;
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;
/// A certificate that ends within this time is to be renewed.
const SOON_MS: i64 = 60 * 24 * 60 * 60 * 1000;

/// Open periods, the largest first.
pub(super) async fn periods(officer: Officer) -> Result<HttpResponse, Fault> {
    let found = officer.visitor.read(|conn| {
        Ok((storage::periods(conn, "merchant", ROWS)?, storage::periods(conn, "postpaid", ROWS)?))
    });
    let (merchants, consumers) = found.await?;
    let (words, settles) = (officer.words(), officer.may(Duty::Settle));
    let section = |rows: &[PeriodRow], title: String| {
        Section::new(title.clone()).with(period_table(words, rows, title, settles))
    };
    let mut page = Page::new(words.say("operator-menu-periods"), "/periods")
        .with(section(&merchants, words.say("operator-periods-merchants")))
        .with(section(&consumers, words.say("operator-periods-consumers")));
    if settles {
        let due = Link::new("/periods/close", words.say("operator-close-due"));
        page = page.with(Block::Actions(vec![due]));
    }
    officer.visitor.show(page)
}

/// Open periods; whoever settles is led to where one is closed.
pub(super) fn period_table(words: Words, rows: &[PeriodRow], caption: String, settles: bool) -> Table {
    let row = |row: &PeriodRow| -> Row {
        // Not by name where it is a consumer's: these are sums of what somebody paid.
        let mut cells = vec![
            vec![closing::whose(row)],
            vec![Inline::Text(row.seq.to_string())],
            vec![say::time(words, say::at(row.opened_at))],
            vec![Inline::Text(say::stored(words, row.standing, &row.currency))],
        ];
        if settles {
            let close = format!("/periods/close?account={}", row.account);
            cells.push(vec![say::link(close, words.say("operator-close"))]);
        }
        cells
    };
    let mut columns = vec![
        Column::words(words.say("operator-account")),
        Column::numbers(words.say("operator-number")).minor(),
        Column::words(words.say("operator-since")).minor(),
        Column::numbers(words.say("operator-standing")),
    ];
    if settles {
        columns.push(Column::words(words.say("operator-next")));
    }
    Table {
        caption,
        columns,
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-no-periods"),
        ..Table::default()
    }
}

/// What external systems have not answered yet.
pub(super) async fn systems(officer: Officer) -> Result<HttpResponse, Fault> {
    let rows = officer.visitor.read(|conn| storage::pending_attempts(conn, 0, COUNTED)).await?;
    officer.visitor.show(systems_page(officer.words(), &rows, officer.visitor.now()))
}

/// The page of external systems.
pub(super) fn systems_page(words: Words, rows: &[PendingRow], now: Timestamp) -> Page {
    let age = |at: i64| now.as_millis().saturating_sub(at);
    let tiles = by_system(rows).into_iter().map(|(system, (count, oldest))| Tile {
        label: system,
        value: words.number(u64::try_from(count).unwrap_or_default()),
        detail: vec![Inline::Muted(
            words.say_with("operator-oldest", &[("span", Value::from(say::span(words, age(oldest))))]),
        )],
        meter: None,
    });
    let tiles: Vec<_> = tiles.collect();
    let row = |row: &PendingRow| -> Row {
        let tone = if age(row.started_at) >= MISSED_MS { Tone::Bad } else { Tone::Waiting };
        vec![
            vec![Inline::Code(row.id.to_string())],
            vec![Inline::Text(row.system.clone())],
            vec![Inline::Text(format!("{}, {}", row.kind, row.purpose))],
            vec![Inline::Chip(Chip::new(tone, say::span(words, age(row.started_at))))],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    let mut page = Page::new(words.say("operator-menu-systems"), "/systems");
    if !tiles.is_empty() {
        page = page.with(Block::Tiles(tiles));
    }
    let most = usize::try_from(ROWS).unwrap_or_default();
    page.with(Table {
        caption: words.say("operator-pending"),
        columns: vec![
            Column::words(words.say("operator-attempt")),
            Column::words(words.say("operator-system")),
            Column::words(words.say("operator-what")),
            Column::words(words.say("operator-age")),
            Column::numbers(words.say("operator-amount")),
        ],
        rows: rows.iter().take(most).map(row).collect(),
        empty: words.say("operator-none-pending"),
        ..Table::default()
    })
}

/// Where the list goes on: after the certificate of this digest, which ends then.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    end: Option<i64>,
}

/// The revocation list in force, and certificates by their end.
pub(super) async fn certificates(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let now = officer.visitor.now();
    let from = match (wanted.end, wanted.after.as_deref().map(Digest::parse)) {
        (Some(end), Some(Ok(after))) => (end, after.as_bytes().to_vec()),
        _ => (now.as_millis(), Vec::new()),
    };
    let further = !from.1.is_empty();
    let found = officer.visitor.read(move |conn| {
        let rows = storage::certificates(conn, from, ROWS.saturating_add(1))?;
        Ok((rows, storage::newest_revocation_list(conn)?))
    });
    let (rows, published) = found.await?;
    let words = officer.words();
    let list = officer.office.senders.revocations();
    let fresh = if list.is_stale(now) {
        Chip::new(Tone::Bad, words.say("operator-list-stale"))
    } else {
        Chip::new(Tone::Good, words.say("operator-list-in-force"))
    };
    let mut facts = vec![
        say::fact(words.say("operator-number"), words.number(list.number())),
        say::fact(words.say("operator-issued"), say::time(words, list.this_update())),
        say::fact(words.say("operator-next-list"), say::time(words, list.next_update())),
        say::fact(
            words.say("operator-revoked-count"),
            words.number(u64::try_from(list.len()).unwrap_or(u64::MAX)),
        ),
    ];
    if let Some((number, at)) = published {
        facts.push(say::fact(
            words.say("operator-published"),
            Inline::Text(format!("{number}, {}", words.moment(say::at(at)))),
        ));
    }
    let mut section = Section::new(words.say("operator-list")).with(Block::Facts(facts));
    section.state = Some(fresh);
    let page = Page::new(words.say("operator-menu-certificates"), "/certificates").with(section);
    officer.visitor.show(page.with(certificate_table(words, rows, &list, now, further)))
}

fn certificate_table(
    words: Words,
    mut rows: Vec<CertificateRow>,
    list: &RevocationList,
    now: Timestamp,
    further: bool,
) -> Table {
    let revoked = |serial: &str| Serial::parse(serial).is_ok_and(|serial| list.status(serial).is_some());
    let next = say::older(&mut rows, ROWS, |row| (row.not_after, row.fingerprint.clone()));
    let next = next.and_then(|(end, after)| {
        let after = Digest::new(after.first_chunk().copied()?);
        Some(Link::new(format!("/certificates?end={end}&after={after}"), words.say("operator-next-page")))
    });
    let row = |row: &CertificateRow| -> Row {
        let end = say::at(row.not_after);
        let chip = if revoked(&row.serial) {
            Some(Chip::new(Tone::Bad, words.say("operator-is-revoked")))
        } else if end.millis_since(now) < SOON_MS {
            Some(Chip::new(Tone::Waiting, words.say("operator-ends-soon")))
        } else {
            None
        };
        let mut until = vec![say::time(words, end)];
        if let Some(chip) = chip {
            until.extend([Inline::Text(" ".to_owned()), Inline::Chip(chip)]);
        }
        vec![
            vec![Inline::Text(row.party.clone())],
            vec![Inline::Code(row.role.clone())],
            vec![Inline::Code(row.serial.clone())],
            until,
        ]
    };
    Table {
        caption: words.say("operator-menu-certificates"),
        columns: vec![
            Column::words(words.say("operator-name")),
            Column::words(words.say("operator-role")),
            Column::words(words.say("operator-serial")).minor(),
            Column::words(words.say("operator-until")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-no-certificates"),
        newer: further.then(|| Link::new("/certificates", words.say("operator-first"))),
        older: next,
    }
}
