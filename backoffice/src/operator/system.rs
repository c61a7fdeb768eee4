//! How the system stands, at a glance: what waits, what is unknown, whether the books balance, and what needs somebody.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use core_payment::first_position_at;
use payment_domain::Timestamp;

use super::officer::Officer;
use super::{approvals, say};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Row, Section, Table, Tile, Tone};
use crate::storage::operator::{self as storage, ApprovalRow, EquationRow, PendingRow};
use crate::web::Fault;
use crate::words::{Value, Words};

/// After so long an answer of an external system is missed.
const MISSED_MS: i64 = 10_000;
/// The same of one that is spoken to by files: it answers after days.
const FILES_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// What is counted, at most.
pub(super) const COUNTED: i64 = 1000;
/// What is waiting for a second person, on this page.
const WAITING: i64 = 10;
/// The last month, for the equation.
const MONTH_MS: i64 = 31 * 24 * 60 * 60 * 1000;
/// Payments a second are counted over so long.
const RATE_MS: i64 = 10_000;

/// What the page says.
pub(super) struct Standing {
    pub(super) now: Timestamp,
    pub(super) payments: i64,
    pub(super) queued: u64,
    pub(super) queue: u64,
    pub(super) pending: Vec<PendingRow>,
    pub(super) list: (Timestamp, Timestamp),
    pub(super) equation: Vec<EquationRow>,
    pub(super) open: Vec<(String, i64)>,
    pub(super) waiting: Vec<ApprovalRow>,
    pub(super) ready: bool,
    /// When items of the outbox were due, and how many were given up.
    pub(super) due: Vec<i64>,
    pub(super) dead: usize,
    /// Bank files that are not at the bank.
    pub(super) files: usize,
    pub(super) breaks: usize,
}

/// Shows it.
pub(super) async fn show(officer: Officer) -> Result<HttpResponse, Fault> {
    let now = officer.visitor.now();
    let core = officer.visitor.portal().core.clone();
    let list = officer.office.senders.revocations();
    let (queue, list) = (officer.office.queue, (list.this_update(), list.next_update()));
    let standing = officer.visitor.read(move |conn| {
        let [month, recent] =
            [-MONTH_MS, -RATE_MS].map(|ms| first_position_at(now.saturating_add_millis(ms)));
        Ok(Standing {
            now,
            payments: storage::payments_between(conn, recent, first_position_at(now))?,
            queued: 0,
            queue,
            pending: storage::pending_attempts(conn, 0, COUNTED)?,
            list,
            equation: storage::equation(conn, month, i64::MAX)?,
            open: storage::open_standing(conn)?,
            waiting: storage::approvals(conn, "waiting", i64::MAX, WAITING)?,
            ready: true,
            due: storage::due_notices(conn, COUNTED)?,
            dead: storage::dead_notices(conn, 0, COUNTED)?.len(),
            files: 0,
            breaks: 0,
        })
    });
    let standing = standing.await?;
    let asked = tokio::task::spawn_blocking(move || {
        let files = core.undelivered_bank_files()?.len();
        let breaks = core.bank_breaks(None, COUNTED)?.len();
        Ok::<_, core_payment::ReadError>((core.ready().is_ok(), core.queued(), files, breaks))
    });
    let (ready, queued, files, breaks) = asked.await.map_err(Fault::internal)??;
    let queued = u64::try_from(queued).unwrap_or(u64::MAX);
    let standing = Standing { ready, queued, files, breaks, ..standing };
    let page = page(officer.words(), &standing, &officer.name);
    officer.visitor.show(page.with(approvals::waiting_section(
        officer.words(),
        &standing.waiting,
        &officer.name,
        officer.scope,
    )))
}

/// The page, but for what waits for a second person.
pub(super) fn page(words: Words, standing: &Standing, who: &str) -> Page {
    let mut page = Page::new(words.say("operator-menu-system"), "/");
    page.state =
        Some(Chip::new(Tone::Plain, words.say_with("operator-signed-in", &[("who", Value::from(who))])));
    let mut page = page.with(Block::Tiles(tiles(words, standing)));
    for row in &standing.equation {
        page = page.with(equation(words, row));
    }
    if !standing.open.is_empty() {
        let fact = |(currency, micros): &(String, i64)| {
            say::fact(currency.clone(), Inline::Text(say::stored(words, *micros, currency)))
        };
        let facts = standing.open.iter().map(fact).collect();
        page = page.with(Section::new(words.say("operator-open-periods")).with(Block::Facts(facts)));
    }
    page.with(Section::new(words.say("operator-doors")).with(doors(words, standing)))
}

fn tiles(words: Words, standing: &Standing) -> Vec<Tile> {
    let now_ms = standing.now.as_millis();
    let missed: Vec<_> = standing
        .pending
        .iter()
        .filter(|row| now_ms.saturating_sub(row.started_at) >= patience(&row.system))
        .collect();
    let oldest = missed.iter().map(|row| row.started_at).min();
    let (from, next) = standing.list;
    let tile = |label: &str, value: String, detail: Vec<Inline>| Tile {
        label: label.to_owned(),
        value,
        detail,
        meter: None,
    };
    let left = next.millis_since(standing.now);
    let due = if left > 0 {
        Inline::Muted(words.say_with("operator-list-next", &[("span", Value::from(say::span(words, left)))]))
    } else {
        Inline::Chip(Chip::new(Tone::Bad, words.say("operator-list-stale")))
    };
    vec![
        tile(
            &words.say("operator-rate"),
            words.number(u64::try_from(standing.payments / (RATE_MS / 1000)).unwrap_or_default()),
            vec![Inline::Muted(words.say("operator-rate-detail"))],
        ),
        tile(
            &words.say("operator-queue"),
            words.number(standing.queued),
            vec![Inline::Muted(
                words.say_with("operator-queue-of", &[("most", Value::from(standing.queue))]),
            )],
        ),
        tile(
            &words.say("operator-unknown"),
            words.number(u64::try_from(missed.len()).unwrap_or_default()),
            vec![match oldest {
                Some(at) => Inline::Link(Link::new(
                    "/systems",
                    words.say_with(
                        "operator-oldest",
                        &[("span", Value::from(say::span(words, now_ms.saturating_sub(at))))],
                    ),
                )),
                None => Inline::Muted(words.say("operator-none-missing")),
            }],
        ),
        tile(
            &words.say("operator-in-flight"),
            words.number(u64::try_from(standing.pending.len()).unwrap_or_default()),
            vec![Inline::Muted(words.say("operator-in-flight-detail"))],
        ),
        tile(&words.say("operator-list"), say::span(words, standing.now.millis_since(from)), vec![due]),
    ]
}

/// What was billed in the merchants' name is what they were paid, what we kept and what is open.
fn equation(words: Words, row: &EquationRow) -> Section {
    let money = |micros| say::stored(words, micros, &row.currency);
    let mut section = Section::new(words.say("operator-equation"));
    let parts = [row.paid_out, row.fees, row.open];
    let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part));
    section.state = Some(if sum == Some(row.billed) {
        Chip::new(Tone::Good, words.say("operator-balances"))
    } else {
        Chip::new(Tone::Bad, words.say("operator-balances-not"))
    });
    section.with(Block::Equation(vec![
        (words.say("operator-billed"), money(row.billed)),
        (words.say("operator-paid-out"), money(row.paid_out)),
        (words.say("operator-fees"), money(row.fees)),
        (words.say("operator-open"), money(row.open)),
    ]))
}

fn doors(words: Words, standing: &Standing) -> Table {
    let good = |yes: bool, good: String, bad: String| {
        if yes { Chip::new(Tone::Good, good) } else { Chip::new(Tone::Bad, bad) }
    };
    let now_ms = standing.now.as_millis();
    let mut rows: Vec<Row> = vec![vec![
        vec![Inline::Text(words.say("operator-door-messages"))],
        vec![Inline::Chip(good(
            standing.ready,
            words.say("operator-serving"),
            words.say("operator-not-serving"),
        ))],
        vec![],
    ]];
    for (system, (count, oldest)) in by_system(&standing.pending) {
        let late = now_ms.saturating_sub(oldest) >= patience(&system);
        rows.push(vec![
            vec![say::link("/systems", system)],
            vec![Inline::Chip(good(!late, words.say("operator-answering"), words.say("operator-late")))],
            vec![Inline::Muted(words.say_with("operator-under-way", &[("count", Value::from(count))]))],
        ]);
    }
    let files = i64::try_from(standing.files).unwrap_or(i64::MAX);
    let breaks = i64::try_from(standing.breaks).unwrap_or(i64::MAX);
    let dead = i64::try_from(standing.dead).unwrap_or(i64::MAX);
    let due = i64::try_from(standing.due.len()).unwrap_or(i64::MAX);
    rows.push(vec![
        vec![say::link("/batches", words.say("operator-door-bank"))],
        vec![Inline::Chip(good(
            breaks == 0,
            words.say("operator-fits"),
            words.say_with("operator-breaks-open", &[("count", Value::from(breaks))]),
        ))],
        vec![Inline::Muted(words.say_with("operator-files-waiting", &[("count", Value::from(files))]))],
    ]);
    rows.push(vec![
        vec![say::link("/messages", words.say("operator-door-outbox"))],
        vec![Inline::Chip(good(
            dead == 0,
            words.say("operator-delivering"),
            words.say_with("operator-given-up", &[("count", Value::from(dead))]),
        ))],
        vec![Inline::Muted(words.say_with("operator-due", &[("count", Value::from(due))]))],
    ]);
    Table {
        caption: words.say("operator-doors"),
        columns: vec![
            Column::words(words.say("operator-door")),
            Column::words(words.say("operator-state")),
            Column::numbers(words.say("operator-waiting-there")),
        ],
        rows,
        ..Table::default()
    }
}

/// For how long a system may be silent.
pub(super) fn patience(system: &str) -> i64 {
    if system == core_payment::bank::SYSTEM { FILES_MS } else { MISSED_MS }
}

/// How many attempts wait at each system, and since when the oldest.
pub(super) fn by_system(rows: &[PendingRow]) -> BTreeMap<String, (i64, i64)> {
    let mut systems = BTreeMap::new();
    for row in rows {
        let (count, oldest) = systems.entry(row.system.clone()).or_insert((0_i64, row.started_at));
        *count = count.saturating_add(1);
        *oldest = row.started_at.min(*oldest);
    }
    systems
}
