//! Merchants and consumers: found by name, or by where they are reached; suspended and reinstated. A merchant, whose living
//! it is, only by two people.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use payment_domain::PartyId;
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::log::Outcome;
use super::officer::Officer;
use super::{Duty, say};
use crate::page::{
    Block, Chip, Column, FieldKind, Form, Inline, Link, Page, Row, Section, Table, Tone, Weight,
};
use crate::people::Reach;
use crate::storage::operator::{self as storage, HeldRow, PartyRow};
use crate::storage::people;
use crate::web::{Audience, Fault, Filled};
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;
/// How consumers' parties are called in the database.
pub(super) const CONSUMER: &str = "terminal";
/// How merchants' are.
pub(super) const MERCHANT: &str = "merchant";

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    from: String,
}

/// What is looked for: in a form, since an address must not stand in a URL.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    text: String,
}

/// Why somebody is suspended, or not any more.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: String,
}

/// Lists merchants.
pub(super) async fn merchants(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    list(&officer, MERCHANT, wanted.from).await
}

/// Lists consumers.
pub(super) async fn consumers(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    list(&officer, CONSUMER, wanted.from).await
}

async fn list(officer: &Officer, role: &'static str, from: String) -> Result<HttpResponse, Fault> {
    let from: String = from.trim().chars().take(64).collect();
    let start = from.clone();
    let rows = officer.visitor.read(move |conn| storage::parties(conn, role, &start, ROWS.saturating_add(1)));
    officer.visitor.show(list_page(officer.words(), role, rows.await?, &from, officer.may(Duty::Admit)))
}

/// The page of a list.
pub(super) fn list_page(words: Words, role: &str, mut rows: Vec<PartyRow>, from: &str, admits: bool) -> Page {
    let (place, title) = if role == MERCHANT {
        ("/merchants", words.say("operator-menu-merchants"))
    } else {
        ("/consumers", words.say("operator-menu-consumers"))
    };
    let next = usize::try_from(ROWS).ok().and_then(|most| rows.get(most)).map(|row| row.name.clone());
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    let row = |row: &PartyRow| -> Row {
        vec![
            vec![say::link(format!("/parties/{}", row.name), row.name.clone())],
            vec![Inline::Chip(state(words, &row.state))],
            vec![say::time(words, say::at(row.created_at))],
        ]
    };
    let mut search = say::field("text", words.say("operator-search"), FieldKind::Text, "");
    search.hint = Some(words.say("operator-search-hint"));
    search.autocomplete = Some("off");
    let form = Form {
        action: "/search".to_owned(),
        fields: vec![search],
        submit: words.say("operator-find"),
        weight: Weight::Quiet,
        ..Form::default()
    };
    let mut page = Page::new(title.clone(), place).with(form);
    if admits {
        page = page.with(Block::Actions(vec![Link::new("/admit", words.say("operator-admit"))]));
    }
    page.with(Table {
        caption: title,
        columns: vec![
            Column::words(words.say("operator-name")),
            Column::words(words.say("operator-state")),
            Column::words(words.say("operator-since")).minor(),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-nobody"),
        newer: (!from.is_empty()).then(|| Link::new(place, words.say("operator-first"))),
        older: next.map(|next| Link::new(format!("{place}?from={next}"), words.say("operator-next-page"))),
    })
}

/// Finds a party by its name, or by where somebody of it is reached. Looking for people is an act as well.
pub(super) async fn search(officer: Officer, Filled(sought): Filled<Sought>) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let text: String = sought.text.trim().chars().take(254).collect();
    let named = PartyId::parse(&text).ok();
    let reach = Reach::parse(&text).map(|reach| officer.visitor.reach_index(&reach));
    let found = officer.visitor.read(move |conn| {
        if let Some(name) = named
            && let Some(row) = storage::party(conn, name.as_str())?
        {
            return Ok(Some(row));
        }
        let Some(index) = reach else { return Ok(None) };
        for audience in [Audience::Consumers, Audience::Merchants] {
            if let Some(person) = people::person_by_reach(conn, audience.as_str(), &index)? {
                return storage::party_by_number(conn, person.party);
            }
        }
        Ok(None)
    });
    let found = found.await?;
    // What was looked for is personal; who was found is not more than their name here.
    let subject = found.as_ref().map_or("", |row| row.name.as_str());
    officer.note("search", subject, Outcome::Done).await?;
    Ok(match found {
        Some(row) => officer.visitor.go(format!("/parties/{}", row.name), None),
        None => {
            let back = officer.visitor.here();
            officer.visitor.go(back.as_str(), Some(say::bad(words.say("operator-not-found"))))
        }
    })
}

/// Shows one.
pub(super) async fn show(officer: Officer, path: Path<String>) -> Result<HttpResponse, Fault> {
    let (row, accounts) = find(&officer, &path).await?;
    let details = if row.role == MERCHANT {
        let core = officer.visitor.portal().core.clone();
        let name = PartyId::parse(&row.name).map_err(Fault::internal)?;
        tokio::task::spawn_blocking(move || core.details(&name)).await.map_err(Fault::internal)??
    } else {
        None
    };
    let words = officer.words();
    let mut page = page(words, &row, &accounts, officer.may(Duty::Books));
    if let Some(details) = details {
        let yes = |yes: bool| if yes { words.say("operator-yes") } else { words.say("operator-no") };
        page = page.with(Section::new(words.say("operator-reached")).with(Block::Facts(vec![
            say::fact(words.say("operator-has-email"), yes(details.email.is_some())),
            say::fact(words.say("operator-has-bank"), yes(details.bank.is_some())),
            say::fact(words.say("operator-has-callback"), yes(details.callback.is_some())),
        ])));
    }
    for form in forms(words, &row, &officer) {
        page = page.with(form);
    }
    officer.visitor.show(page)
}

/// The page of one party: nothing personal. A consumer's accounts lead nowhere: who paid what is told to two people only.
pub(super) fn page(words: Words, row: &PartyRow, accounts: &[HeldRow], books: bool) -> Page {
    let place = if row.role == MERCHANT { "/merchants" } else { "/consumers" };
    let mut page = Page::new(row.name.clone(), place);
    page.state = Some(state(words, &row.state));
    let leads = books && row.role == MERCHANT;
    let held = |held: &HeldRow| -> Row {
        let kind = match (leads, held.id) {
            (true, id) => say::link(format!("/ledger/accounts/{id}"), held.kind.clone()),
            (false, _) => Inline::Text(held.kind.clone()),
        };
        vec![
            vec![kind],
            vec![Inline::Text(say::stored(words, held.balance, &held.currency))],
            vec![Inline::Text(say::stored(words, held.credit_limit, &held.currency))],
        ]
    };
    page.with(Block::Facts(vec![
        say::fact(words.say("operator-role"), Inline::Code(row.role.clone())),
        say::fact(words.say("operator-since"), say::time(words, say::at(row.created_at))),
    ]))
    .with(Section::new(words.say("operator-accounts")).with(Table {
        caption: words.say("operator-accounts"),
        columns: vec![
            Column::words(words.say("operator-account")),
            Column::numbers(words.say("operator-balance")),
            Column::numbers(words.say("operator-credit-limit")).minor(),
        ],
        rows: accounts.iter().map(held).collect(),
        empty: words.say("operator-no-accounts"),
        ..Table::default()
    }))
}

fn forms(words: Words, row: &PartyRow, officer: &Officer) -> Vec<Form> {
    let mut forms = Vec::new();
    if officer.may(Duty::Suspend) {
        let active = row.state == "active";
        let mut reason = say::field("reason", words.say("operator-reason"), FieldKind::Text, "");
        reason.hint = Some(words.say("operator-reason-hint"));
        forms.push(Form {
            action: format!("/parties/{}/{}", row.name, if active { "suspend" } else { "reinstate" }),
            fields: vec![reason],
            submit: match (active, row.role == MERCHANT) {
                (true, true) => words.say("operator-prepare-suspend"),
                (true, false) => words.say("operator-suspend"),
                (false, true) => words.say("operator-prepare-reinstate"),
                (false, false) => words.say("operator-reinstate"),
            },
            weight: if active { Weight::Grave } else { Weight::Quiet },
            ..Form::default()
        });
    }
    if officer.may(Duty::Admit) {
        let to = format!("/parties/{}/invite", row.name);
        forms.push(say::button(to, words.say("operator-invite"), Weight::Quiet));
    }
    forms
}

/// Suspends a consumer; of a merchant only prepares it.
pub(super) async fn suspend(
    officer: Officer,
    path: Path<String>,
    Filled(why): Filled<Why>,
) -> Result<HttpResponse, Fault> {
    change(&officer, &path, &why, false).await
}

/// Lets them act again; of a merchant only prepares it.
pub(super) async fn reinstate(
    officer: Officer,
    path: Path<String>,
    Filled(why): Filled<Why>,
) -> Result<HttpResponse, Fault> {
    change(&officer, &path, &why, true).await
}

async fn change(officer: &Officer, name: &str, why: &Why, active: bool) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let (row, _) = find(officer, name).await?;
    let to = format!("/parties/{}", row.name);
    let Some(reason) = approvals::reason(&why.reason) else {
        return Ok(officer.visitor.go(to, Some(say::bad(words.say("operator-reason-missing")))));
    };
    if row.role == MERCHANT {
        let kind = if active { Kind::Reinstate } else { Kind::Suspend };
        let notice = if approvals::prepare(officer, kind, &row.name, &reason).await? {
            say::good(words.say("operator-prepared"))
        } else {
            say::bad(words.say("operator-prepared-before"))
        };
        return Ok(officer.visitor.go("/approvals", Some(notice)));
    }
    if row.role.starts_with("operator") {
        // Operators are kept out by revoking their certificate.
        return Err(Fault::Forbidden);
    }
    let act = if active { "reinstate" } else { "suspend" };
    let subject = format!("{}: {reason}", row.name);
    officer.perform(act, &subject, approvals::set_active(officer, &row.name, active)).await?;
    let done = [("name", Value::from(row.name.as_str()))];
    let text = if active {
        words.say_with("operator-reinstated", &done)
    } else {
        words.say_with("operator-suspended", &done)
    };
    Ok(officer.visitor.go(to, Some(say::good(text))))
}

/// A party by name.
pub(super) async fn find(officer: &Officer, name: &str) -> Result<(PartyRow, Vec<HeldRow>), Fault> {
    let name = PartyId::parse(name).map_err(|_| Fault::NotFound)?;
    let found = officer.visitor.read(move |conn| {
        let Some(row) = storage::party(conn, name.as_str())? else { return Ok(None) };
        let accounts = storage::accounts_of(conn, row.id)?;
        Ok(Some((row, accounts)))
    });
    found.await?.ok_or(Fault::NotFound)
}

fn state(words: Words, state: &str) -> Chip {
    match state {
        "active" => Chip::new(Tone::Good, words.say("operator-active")),
        _ => Chip::new(Tone::Bad, words.say("operator-is-suspended")),
    }
}
