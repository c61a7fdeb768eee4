//! What operators watch: open periods, external systems, certificates, what is allowed, what is unusual. Nothing is changed
//! here.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use payment_domain::Timestamp;
use payment_domain::policy::{Grant, Policy, SinceStrong};

use super::officer::Officer;
use super::say;
use super::system::{COUNTED, MISSED_MS, by_system};
use crate::page::{Block, Chip, Column, Inline, Page, Row, Section, Table, Tile, Tone};
use crate::storage::Conn;
use crate::storage::operator::{self as storage, CertificateRow, PendingRow, PeriodRow, RiskRow};
use crate::web::Fault;
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;
/// A certificate that ends within this time is to be renewed.
const SOON_MS: i64 = 60 * 24 * 60 * 60 * 1000;
/// What is unusual is looked for in so many hours.
const RISK_HOURS: i64 = 24;
/// Hours of merchants that are read for it, at most.
const RISK_ROWS: i64 = 10_000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Open periods, the largest first.
pub(super) async fn periods(officer: Officer) -> Result<HttpResponse, Fault> {
    let found = officer.visitor.read(|conn| {
        Ok((storage::periods(conn, "merchant", ROWS)?, storage::periods(conn, "postpaid", ROWS)?))
    });
    let (merchants, consumers) = found.await?;
    let words = officer.words();
    let page = Page::new(words.say("operator-menu-periods"), "/periods")
        .with(Section::new(words.say("operator-periods-merchants")).with(period_table(
            words,
            &merchants,
            words.say("operator-periods-merchants"),
        )))
        .with(Section::new(words.say("operator-periods-consumers")).with(period_table(
            words,
            &consumers,
            words.say("operator-periods-consumers"),
        )));
    officer.visitor.show(page)
}

fn period_table(words: Words, rows: &[PeriodRow], caption: String) -> Table {
    let row = |row: &PeriodRow| -> Row {
        vec![
            // Not by name where it is a consumer's: these are sums of what somebody paid.
            vec![if row.book == "merchant" {
                say::link(format!("/parties/{}", row.owner), row.owner.clone())
            } else {
                Inline::Code(row.account.to_string())
            }],
            vec![Inline::Text(row.seq.to_string())],
            vec![say::time(words, say::at(row.opened_at))],
            vec![Inline::Text(say::stored(words, row.standing, &row.currency))],
        ]
    };
    Table {
        caption,
        columns: vec![
            Column::words(words.say("operator-account")),
            Column::numbers(words.say("operator-number")).minor(),
            Column::words(words.say("operator-since")).minor(),
            Column::numbers(words.say("operator-standing")),
        ],
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

/// The revocation list in force, and certificates by their end.
pub(super) async fn certificates(officer: Officer) -> Result<HttpResponse, Fault> {
    let now = officer.visitor.now();
    let from = now.as_millis();
    let found = officer.visitor.read(move |conn| {
        Ok((storage::certificates(conn, from, ROWS)?, storage::newest_revocation_list(conn)?))
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
    officer.visitor.show(page.with(certificate_table(words, &rows, now)))
}

fn certificate_table(words: Words, rows: &[CertificateRow], now: Timestamp) -> Table {
    let row = |row: &CertificateRow| -> Row {
        let end = say::at(row.not_after);
        let soon = end.millis_since(now) < SOON_MS;
        let mut until = vec![say::time(words, end)];
        if soon {
            until.push(Inline::Text(" ".to_owned()));
            until.push(Inline::Chip(Chip::new(Tone::Waiting, words.say("operator-ends-soon"))));
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
        ..Table::default()
    }
}

/// What is allowed.
pub(super) async fn policy(officer: Officer) -> Result<HttpResponse, Fault> {
    let page = policy_page(officer.words(), officer.visitor.portal().core.policy());
    officer.visitor.show(page)
}

/// The page of the policy.
pub(super) fn policy_page(words: Words, policy: &Policy) -> Page {
    let money = |micros| say::stored(words, micros, policy.currency.as_str());
    let since = match policy.low_value.since_strong {
        SinceStrong::Amount(micros) => money(micros),
        SinceStrong::Count(count) => words.number(u64::from(count)),
    };
    let facts = vec![
        say::fact(words.say("operator-name"), Inline::Code(policy.name.as_str().to_owned())),
        say::fact(words.say("operator-aggregated-max"), money(policy.aggregated_max_micros)),
        say::fact(words.say("operator-single-max"), money(policy.single_max_micros)),
        say::fact(words.say("operator-low-each"), money(policy.low_value.each_micros)),
        say::fact(words.say("operator-low-since"), since),
        say::fact(words.say("operator-postpaid-each"), money(policy.postpaid.each_micros)),
        say::fact(words.say("operator-postpaid-month"), money(policy.postpaid.month_micros)),
        say::fact(words.say("operator-gift-max"), money(policy.coupon.gift_max_micros)),
    ];
    let row = |grant: &Grant| -> Row {
        vec![
            vec![Inline::Code(grant.capability.to_string())],
            vec![Inline::Code(grant.method.to_string())],
            vec![Inline::Text(if grant.strong {
                words.say("operator-yes")
            } else {
                words.say("operator-no")
            })],
            vec![Inline::Text(money(grant.aggregated_max_micros))],
            vec![Inline::Text(money(grant.single_max_micros))],
        ]
    };
    Page::new(words.say("operator-menu-policy"), "/policy")
        .with(Block::Facts(facts))
        .with(Section::new(words.say("operator-grants")).with(Table {
            caption: words.say("operator-grants"),
            columns: vec![
                Column::words(words.say("operator-terminal")),
                Column::words(words.say("operator-method")),
                Column::words(words.say("operator-strong")),
                Column::numbers(words.say("operator-aggregated-max")).minor(),
                Column::numbers(words.say("operator-single-max")).minor(),
            ],
            rows: policy.grants.iter().map(row).collect(),
            ..Table::default()
        }))
        .with(Block::Paragraph(vec![Inline::Muted(words.say("operator-policy-why"))]))
}

/// Merchants whose orders were refused most often lately, and why.
pub(super) async fn risk(officer: Officer) -> Result<HttpResponse, Fault> {
    let hour = officer.visitor.now().saturating_add_millis(RISK_HOURS.saturating_mul(-HOUR_MS)).as_millis();
    let read = move |conn: &mut Conn| storage::refusals_since(conn, hour / HOUR_MS, RISK_ROWS);
    let rows = officer.visitor.read(read).await?;
    officer.visitor.show(risk_page(officer.words(), &most_first(rows)))
}

/// Summed by merchant and reason, the most first.
pub(super) fn most_first(rows: Vec<RiskRow>) -> Vec<RiskRow> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let sum = sums.entry((row.merchant, row.code)).or_insert(0_i64);
        *sum = sum.saturating_add(row.orders);
    }
    let mut rows: Vec<_> =
        sums.into_iter().map(|((merchant, code), orders)| RiskRow { merchant, code, orders }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.orders));
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    rows
}

/// The page of the risk log.
pub(super) fn risk_page(words: Words, rows: &[RiskRow]) -> Page {
    let row = |row: &RiskRow| -> Row {
        vec![
            vec![say::link(format!("/parties/{}", row.merchant), row.merchant.clone())],
            vec![Inline::Code(row.code.clone())],
            vec![Inline::Text(words.number(u64::try_from(row.orders).unwrap_or_default()))],
        ]
    };
    Page::new(words.say("operator-menu-risk"), "/risk")
        .with(Block::Paragraph(vec![words.say("operator-risk-why").into()]))
        .with(Table {
            caption: words.say("operator-menu-risk"),
            columns: vec![
                Column::words(words.say("operator-merchant")),
                Column::words(words.say("operator-reason")),
                Column::numbers(words.say("operator-orders")),
            ],
            rows: rows.iter().map(row).collect(),
            empty: words.say("operator-no-risk"),
            ..Table::default()
        })
}
