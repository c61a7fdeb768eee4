//! What operators watch: open periods, external systems, certificates. Nothing is changed here; periods are closed in
//! [`closing`].

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::Query as InAddress;
use core_payment::{first_position_at, time_of};
use payment_domain::{Digest, Timestamp};
use payment_trust::{RevocationList, Serial};
use serde::Deserialize;

use super::officer::Officer;
use super::system::{COUNTED, by_system, patience};
use super::{Duty, closing, say};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Row, Section, Table, Tone};
use crate::storage::operator::{self as storage, AnswerRow, CertificateRow, PendingRow, PeriodRow};
use crate::web::Fault;
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;
/// What external systems have answered in a day, at most; the page says so where there is more.
const ANSWERS: i64 = 10_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
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

/// The external systems that are set up: what they have answered in a day, and what they have not answered yet.
pub(super) async fn systems(officer: Officer) -> Result<HttpResponse, Fault> {
    let now = officer.visitor.now();
    let from = first_position_at(now.saturating_add_millis(-DAY_MS));
    let found = officer.visitor.read(move |conn| {
        Ok((storage::pending_attempts(conn, 0, COUNTED)?, storage::answers_since(conn, from, ANSWERS)?))
    });
    let (pending, answers) = found.await?;
    let heard = Heard { pending, answers, now };
    officer.visitor.show(systems_page(officer.words(), &officer.office.systems, &heard))
}

/// What was heard of external systems, and what was not.
pub(super) struct Heard {
    /// What they have not answered, oldest first.
    pub(super) pending: Vec<PendingRow>,
    /// What they answered in a day, the newest first.
    pub(super) answers: Vec<AnswerRow>,
    pub(super) now: Timestamp,
}

impl Heard {
    fn age(&self, at: i64) -> i64 {
        self.now.as_millis().saturating_sub(at)
    }

    /// Those that are set up, and those that something is still expected of.
    fn table(&self, words: Words, set_up: &[String]) -> Table {
        let pending = by_system(&self.pending);
        let names: BTreeSet<&String> = set_up.iter().chain(pending.keys()).collect();
        let number = |count: i64| vec![Inline::Text(words.number(u64::try_from(count).unwrap_or_default()))];
        let row = |name: &String| -> Row {
            let said: Vec<_> = self.answers.iter().filter(|answer| answer.system == *name).collect();
            let approved = said.iter().filter(|answer| answer.state == "approved").count();
            let open = pending.get(name).copied();
            let last = match said.first() {
                Some(newest) => say::time(words, time_of(newest.settled_at)),
                None => Inline::Muted(words.say("operator-no-answers")),
            };
            let late = open.is_some_and(|(_, oldest)| self.age(oldest) >= patience(name));
            let stands = if !set_up.contains(name) {
                Chip::new(Tone::Bad, words.say("operator-not-set-up"))
            } else if late {
                Chip::new(Tone::Bad, words.say("operator-late"))
            } else if said.is_empty() {
                Chip::new(Tone::Plain, words.say("operator-quiet"))
            } else {
                Chip::new(Tone::Good, words.say("operator-answering"))
            };
            let oldest = open.map_or_else(String::new, |(_, oldest)| say::span(words, self.age(oldest)));
            let count = |count: usize| number(i64::try_from(count).unwrap_or(i64::MAX));
            vec![
                vec![Inline::Code(name.clone())],
                vec![Inline::Chip(stands)],
                number(open.map_or(0, |(count, _)| count)),
                vec![Inline::Text(oldest)],
                vec![last],
                count(approved),
                count(said.len().saturating_sub(approved)),
            ]
        };
        Table {
            caption: words.say("operator-systems-day"),
            columns: vec![
                Column::words(words.say("operator-system")),
                Column::words(words.say("operator-state")),
                Column::numbers(words.say("operator-pending")),
                Column::words(words.say("operator-pending-oldest")).minor(),
                Column::words(words.say("operator-last-answer")),
                Column::numbers(words.say("operator-answers-approved")),
                Column::numbers(words.say("operator-answers-declined")),
            ],
            rows: names.into_iter().map(row).collect(),
            empty: words.say("operator-no-systems"),
            ..Table::default()
        }
    }
}

/// The page of external systems.
pub(super) fn systems_page(words: Words, set_up: &[String], heard: &Heard) -> Page {
    let row = |row: &PendingRow| -> Row {
        let age = heard.age(row.started_at);
        let tone = if age >= patience(&row.system) { Tone::Bad } else { Tone::Waiting };
        vec![
            vec![Inline::Code(row.id.to_string())],
            vec![Inline::Text(row.system.clone())],
            vec![Inline::Text(format!("{}, {}", row.kind, row.purpose))],
            vec![Inline::Chip(Chip::new(tone, say::span(words, age)))],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    let mut day = Section::new(words.say("operator-systems-day")).with(heard.table(words, set_up));
    if i64::try_from(heard.answers.len()).unwrap_or(i64::MAX) >= ANSWERS {
        let most = [("count", Value::from(ANSWERS))];
        let cut = Inline::Muted(words.say_with("operator-answers-cut", &most));
        day = day.with(Block::Paragraph(vec![cut]));
    }
    let most = usize::try_from(ROWS).unwrap_or_default();
    Page::new(words.say("operator-menu-systems"), "/systems").with(day).with(
        Section::new(words.say("operator-pending")).with(Table {
            caption: words.say("operator-pending"),
            columns: vec![
                Column::words(words.say("operator-attempt")),
                Column::words(words.say("operator-system")),
                Column::words(words.say("operator-what")),
                Column::words(words.say("operator-age")),
                Column::numbers(words.say("operator-amount")),
            ],
            rows: heard.pending.iter().take(most).map(row).collect(),
            empty: words.say("operator-none-pending"),
            ..Table::default()
        }),
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    fn pending(system: &str, age_ms: i64) -> PendingRow {
        PendingRow {
            id: 1,
            kind: "charge".into(),
            purpose: "order".into(),
            system: system.into(),
            micros: 1,
            currency: "EUR".into(),
            started_at: DAY_MS.saturating_sub(age_ms),
        }
    }

    fn answer(system: &str, state: &str) -> AnswerRow {
        AnswerRow { system: system.into(), state: state.into(), settled_at: 1 << 40 }
    }

    #[test]
    fn each_system_that_is_set_up_has_a_line_whether_it_has_anything_to_say_or_not() {
        let words = Words::of(Locale::English);
        let heard = Heard {
            pending: vec![pending("stripe", 20_000), pending("gone", 1), pending("sepa", 20_000)],
            answers: vec![
                answer("stripe", "approved"),
                answer("stripe", "declined"),
                answer("stripe", "approved"),
            ],
            now: say::at(DAY_MS),
        };
        let set_up = ["quiet", "sepa", "stripe"].map(str::to_owned);
        let rows = heard.table(words, &set_up).rows;
        let said: Vec<String> = rows
            .iter()
            .map(|row| {
                let text = |cell: &Vec<Inline>| match &cell[0] {
                    Inline::Text(text) | Inline::Code(text) | Inline::Muted(text) => text.clone(),
                    Inline::Chip(chip) => chip.words.clone(),
                    _ => "time".to_owned(),
                };
                row.iter().map(text).collect::<Vec<_>>().join("|")
            })
            .collect();
        assert_eq!(
            said,
            [
                "gone|not set up|1|0 s|none|0|0",
                "quiet|nothing to answer|0||none|0|0",
                "sepa|nothing to answer|1|20 s|none|0|0",
                "stripe|late|1|20 s|time|2|1",
            ]
        );
        let nothing = Heard { pending: Vec::new(), answers: Vec::new(), now: say::at(0) };
        assert!(nothing.table(words, &[]).rows.is_empty());
    }
}
