//! Callbacks: where the merchant's server is told of payments, what was delivered there, and what is sent once more.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core_payment::{Callback, ChangeParty, Details, Filter};
use serde::Deserialize;

use super::links::Nothing;
use super::{bank, say};
use crate::page::{
    Block, Chip, Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table, Tone, Weight,
};
use crate::storage::merchant::{self as storage, NoticeRow};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Deliveries on one page.
const ROWS: i64 = 25;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// What is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    url: String,
}

/// Lists deliveries.
pub(super) async fn list(
    visitor: Visitor,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let merchant = person.party_number;
    let before = wanted.before.unwrap_or(i64::MAX);
    let most = ROWS.saturating_add(1);
    let mut rows = visitor.read(move |conn| storage::callbacks(conn, merchant, before, most)).await?;
    let details = bank::details(&visitor).await?;
    let words = visitor.words();
    let next = say::older(&mut rows, ROWS, |row| row.id);
    let mut table = table(words, &rows);
    table.newer = wanted.before.map(|_| Link::new("/callbacks", words.say("merchant-newest")));
    table.older =
        next.map(|last| Link::new(format!("/callbacks?before={last}"), words.say("merchant-older")));
    let url = details.callback.as_ref().map(|callback| callback.url().to_owned());
    let mut page =
        Page::new(words.say("merchant-menu-callbacks"), "/callbacks").with(Block::Facts(vec![say::fact(
            words.say("merchant-callback-address"),
            url.clone().map_or_else(|| Inline::Muted(words.say("merchant-callback-none")), Inline::Code),
        )]));
    page = page.with(table);
    if person.may(MemberRole::Manager) {
        for row in rows.iter().filter(|row| row.state != "due") {
            page = page.with(replay_form(words, row));
        }
    }
    if person.may(MemberRole::Owner) {
        let form = form(words, &url.unwrap_or_default(), None);
        page = page.with(Section::new(words.say("merchant-callback-set")).with(form));
    }
    visitor.show(page)
}

/// Sets the address, with a new key that is shown once.
pub(super) async fn set(visitor: Visitor, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let party = visitor.need_fresh()?.party.clone();
    let (portal, words) = (visitor.portal(), visitor.words());
    let known = bank::details(&visitor).await?;
    let url = sheet.url.trim();
    if url.is_empty() {
        let change = change(party, Details { callback: None, ..known });
        portal.core.change_party(change).await?;
        return Ok(visitor.go("/callbacks", Some(say::good(words.say("merchant-callback-removed")))));
    }
    let mut secret = [0_u8; 32];
    portal.randomness.fill(&mut secret).map_err(Fault::internal)?;
    let Ok(callback) = Callback::parse(url, secret) else {
        let form = form(words, url, Some(words.say("merchant-callback-wrong")));
        return visitor.show_again(Page::new(words.say("merchant-callback-set"), "/callbacks").with(form));
    };
    // What is under way, and a server that does not know the new key yet, need the last one for a while.
    let callback = callback.in_place_of(known.callback.as_ref(), visitor.now());
    portal.core.change_party(change(party, Details { callback: Some(callback), ..known })).await?;
    let mut page = Page::new(words.say("merchant-callback-set"), "/callbacks");
    page.notice = Some(say::good(words.say("merchant-callback-kept")));
    visitor.show(
        page.with(Block::Verbatim {
            label: words.say("merchant-callback-key"),
            text: format!("whsec_{}", STANDARD.encode(secret)),
        })
        .with(Block::Actions(vec![Link::new("/callbacks", words.say("merchant-back"))])),
    )
}

/// Sends one once more.
pub(super) async fn replay(
    visitor: Visitor,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need(MemberRole::Manager)?;
    let (merchant, party, id) = (person.party_number, person.party.clone(), *path);
    if !visitor.read(move |conn| storage::is_callback(conn, merchant, id)).await? {
        return Err(Fault::NotFound);
    }
    let core = visitor.portal().core.clone();
    let filter = Filter { party: Some(party), ..Filter::default() };
    let again = tokio::task::spawn_blocking(move || core.resend(&filter, &[id])).await;
    again.map_err(Fault::internal)??;
    Ok(visitor.go("/callbacks", Some(say::good(visitor.words().say("merchant-callback-again")))))
}

fn change(name: payment_domain::PartyId, details: Details) -> ChangeParty {
    ChangeParty { name, active: None, external: None, details: Some(details) }
}

fn form(words: Words, url: &str, fault: Option<String>) -> Form {
    Form {
        action: "/callbacks".to_owned(),
        fields: vec![Field {
            hint: Some(words.say("merchant-callback-hint")),
            fault,
            optional: true,
            autocomplete: Some("off"),
            ..say::field("url", words.say("merchant-callback-address"), FieldKind::Text, url)
        }],
        submit: words.say("merchant-callback-keep"),
        weight: Weight::Quiet,
        ..Form::default()
    }
}

fn replay_form(words: Words, row: &NoticeRow) -> Form {
    let position = [("position", Value::from(row.subject.to_string()))];
    Form {
        action: format!("/callbacks/{}/replay", row.id),
        submit: words.say_with("merchant-callback-replay", &position),
        weight: Weight::Quiet,
        ..Form::default()
    }
}

fn table(words: Words, rows: &[NoticeRow]) -> Table {
    let row = |row: &NoticeRow| {
        let chip = match row.state.as_str() {
            "sent" => Chip::new(Tone::Good, words.say("merchant-callback-sent")),
            "dead" => Chip::new(Tone::Bad, words.say("merchant-callback-dead")),
            _ => Chip::new(Tone::Waiting, words.say("merchant-callback-due")),
        };
        let mut stands = vec![Inline::Chip(chip)];
        if let Some(fault) = &row.fault {
            stands.extend([Inline::Break, Inline::Muted(fault.clone())]);
        }
        vec![
            vec![Inline::Text(words.moment(say::at(row.created_at)))],
            vec![Inline::Code(row.subject.to_string())],
            stands,
            vec![Inline::Text(words.number(row.tries.unsigned_abs().into()))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-callbacks"),
        columns: vec![
            Column::words(words.say("merchant-when")),
            Column::words(words.say("merchant-position")),
            Column::words(words.say("merchant-column-state")),
            Column::numbers(words.say("merchant-callback-tries")).minor(),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-callbacks"),
        newer: None,
        older: None,
    }
}
