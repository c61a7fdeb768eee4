//! Files for the bank, which two people let go.

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::bank::{BankFile, Kind as FileKind};
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::officer::Officer;
use super::{Duty, say};
use crate::page::{Block, Chip, Column, FieldKind, Form, Inline, Page, Row, Section, Table, Tone, Weight};
use crate::web::{Fault, Filled};
use crate::words::Words;

/// On one page.
const ROWS: i64 = 50;

/// Why a file may go.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: String,
}

/// Lists files.
pub(super) async fn batches(officer: Officer) -> Result<HttpResponse, Fault> {
    let core = officer.visitor.portal().core.clone();
    let files =
        tokio::task::spawn_blocking(move || core.bank_files(ROWS)).await.map_err(Fault::internal)??;
    let settles = officer.office.two_people && officer.may(Duty::Settle);
    officer.visitor.show(batches_page(officer.words(), &files, settles, officer.office.two_people))
}

/// The page of files.
pub(super) fn batches_page(words: Words, files: &[BankFile], settles: bool, two_people: bool) -> Page {
    let row = |file: &BankFile| -> Row {
        vec![
            vec![
                Inline::Code(file.name.clone()),
                Inline::Break,
                Inline::Muted(match file.kind {
                    FileKind::Payouts => words.say("operator-file-payouts"),
                    FileKind::Collections => words.say("operator-file-collections"),
                }),
            ],
            vec![say::time(words, file.created_at)],
            vec![Inline::Text(words.number(file.entries))],
            vec![Inline::Text(words.money(file.total))],
            vec![Inline::Chip(state(words, file, two_people))],
        ]
    };
    let title = words.say("operator-menu-batches");
    let mut page = Page::new(title.clone(), "/batches").with(Table {
        caption: title,
        columns: vec![
            Column::words(words.say("operator-file")),
            Column::words(words.say("operator-when")).minor(),
            Column::numbers(words.say("operator-entries")),
            Column::numbers(words.say("operator-total")),
            Column::words(words.say("operator-state")),
        ],
        rows: files.iter().map(row).collect(),
        empty: words.say("operator-no-files"),
        ..Table::default()
    });
    for file in files.iter().filter(|file| settles && waits(file)) {
        let mut reason = say::field("reason", words.say("operator-reason"), FieldKind::Text, "");
        reason.hint = Some(words.say("operator-release-hint"));
        let release = Form {
            action: format!("/batches/{}/release", file.name),
            fields: vec![reason],
            submit: words.say("operator-prepare-release"),
            weight: Weight::Quiet,
            ..Form::default()
        };
        page = page.with(
            Section::new(file.name.clone())
                .with(Block::Facts(vec![
                    say::fact(words.say("operator-total"), Inline::Strong(words.money(file.total))),
                    say::fact(words.say("operator-entries"), words.number(file.entries)),
                    say::fact(words.say("operator-digest"), Inline::Code(file.digest.to_string())),
                ]))
                .with(release),
        );
    }
    page
}

/// Whether a second person has to let it go.
fn waits(file: &BankFile) -> bool {
    file.kind == FileKind::Payouts && file.delivered_at.is_none() && file.released_at.is_none()
}

fn state(words: Words, file: &BankFile, two_people: bool) -> Chip {
    if file.delivered_at.is_some() {
        Chip::new(Tone::Good, words.say("operator-file-delivered"))
    } else if two_people && waits(file) {
        Chip::new(Tone::Waiting, words.say("operator-file-waits"))
    } else {
        Chip::new(Tone::Plain, words.say("operator-file-going"))
    }
}

/// Prepares that a file goes.
pub(super) async fn release(
    officer: Officer,
    path: Path<String>,
    Filled(why): Filled<Why>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let Some(reason) = approvals::reason(&why.reason) else {
        return Ok(officer.visitor.go("/batches", Some(say::bad(words.say("operator-reason-missing")))));
    };
    let (core, name) = (officer.visitor.portal().core.clone(), path.into_inner());
    let file =
        tokio::task::spawn_blocking(move || core.bank_file(&name)).await.map_err(Fault::internal)??;
    let file = file.filter(waits).ok_or(Fault::NotFound)?;
    // The sum is part of what the second person agrees to.
    let reason = format!("{reason} ({}, {})", words.money(file.total), file.digest);
    let notice = if approvals::prepare(&officer, Kind::Release, &file.name, &reason).await? {
        say::good(words.say("operator-prepared"))
    } else {
        say::bad(words.say("operator-prepared-before"))
    };
    Ok(officer.visitor.go("/approvals", Some(notice)))
}
