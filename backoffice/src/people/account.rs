//! Name and addresses of whoever is signed in. Another address counts once a code that was sent there was entered here; the
//! one before is told, and every other session ends (OWASP ASVS 2.2.3, 2.5.5).

use actix_web::HttpResponse;
use actix_web::web::Data;
use core_payment::{ReachError, Reached};
use payment_domain::Label;
use serde::Deserialize;

use super::asking::{self, Asked};
use super::code::Purpose;
use super::sign_in::{not_before, sent};
use super::{Known, People, Reach, known, rename};
use crate::page::{Block, Field, FieldKind, Form, Inline, Notice, Page, Section, Tone, Weight};
use crate::storage::people as storage;
use crate::web::{Audience, Fault, Filled, LocalPath, Visitor};
use crate::words::Words;

/// Where this is.
pub(super) const ADDRESS: &str = "/account";

/// A name as typed.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

/// An address as typed.
#[derive(Deserialize)]
pub(super) struct Moving {
    reach: String,
}

/// What was tried before.
#[derive(Default)]
struct Tried {
    name: Option<(String, String)>,
    reach: Option<(String, String)>,
}

/// `GET /account`.
pub(super) async fn page(visitor: Visitor, people: Data<People>) -> Result<HttpResponse, Fault> {
    visitor.show(account_page(&visitor, &people, Tried::default()).await?)
}

async fn account_page(visitor: &Visitor, people: &People, tried: Tried) -> Result<Page, Fault> {
    let (words, known) = (visitor.words(), known(visitor).await?);
    let (typed, fault) = split(tried.name);
    let name = Form {
        action: "/account/name".to_owned(),
        fields: vec![Field {
            name: "name",
            label: words.say("people-name"),
            kind: FieldKind::Text,
            value: typed.unwrap_or_else(|| text(known.name.as_ref().map(Label::as_str))),
            hint: Some(words.say("people-name-hint")),
            fault,
            optional: true,
            autocomplete: Some("name"),
            ..Field::default()
        }],
        submit: words.say("people-rename"),
        weight: Weight::Quiet,
        ..Form::default()
    };
    let phones = people.courier.reaches_phones();
    let label = if phones { "people-new-reach" } else { "people-new-email" };
    let (typed, fault) = split(tried.reach);
    let reach = Form {
        action: "/account/reach".to_owned(),
        fields: vec![Field {
            name: "reach",
            label: words.say(label),
            kind: if phones { FieldKind::Text } else { FieldKind::Email },
            value: typed.unwrap_or_default(),
            hint: phones.then(|| words.say("people-reach-hint")),
            fault,
            ..Field::default()
        }],
        submit: words.say("people-send-code"),
        ..Form::default()
    };
    Ok(Page::new(words.say("people-account-title"), ADDRESS)
        .with(Block::Facts(facts(words, &known)))
        .with(name)
        .with(
            Section::new(words.say("people-move"))
                .with(Block::Paragraph(vec![words.say("people-move-how").into()]))
                .with(reach),
        ))
}

fn facts(words: Words, known: &Known) -> Vec<(String, Vec<Inline>)> {
    let fact = |id, value: Option<&str>| (words.say(id), vec![Inline::Text(text(value.or(Some("–"))))]);
    vec![
        fact("people-email", known.email.as_ref().map(|email| email.reveal())),
        fact("people-phone", known.phone.as_ref().map(|phone| phone.reveal())),
    ]
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn split(tried: Option<(String, String)>) -> (Option<String>, Option<String>) {
    tried.map_or((None, None), |(typed, fault)| (Some(typed.chars().take(254).collect()), Some(fault)))
}

/// `POST /account/name`: an empty one is forgotten.
pub(super) async fn set_name(
    visitor: Visitor,
    people: Data<People>,
    named: Filled<Named>,
) -> Result<HttpResponse, Fault> {
    visitor.need_person()?;
    let (words, typed) = (visitor.words(), named.0.name);
    let name = match typed.trim() {
        "" => None,
        text => match Label::parse(text) {
            Ok(name) => Some(name),
            Err(_) => {
                let tried = Tried { name: Some((typed, words.say("people-name-wrong"))), ..Tried::default() };
                return visitor.show_again(account_page(&visitor, &people, tried).await?);
            }
        },
    };
    rename(&visitor, name).await?;
    Ok(visitor.go(ADDRESS, Some(good(words.say("people-renamed")))))
}

/// `POST /account/reach`: sends a code to the new address. Only for whoever has proved lately who they are.
pub(super) async fn ask(
    visitor: Visitor,
    people: Data<People>,
    moving: Filled<Moving>,
) -> Result<HttpResponse, Fault> {
    visitor.need_fresh()?;
    let (words, typed) = (visitor.words(), moving.0.reach);
    let phones = people.courier.reaches_phones();
    let reach = Reach::parse(&typed).filter(|reach| phones || matches!(reach, Reach::Email(_)));
    let fault = match &reach {
        None => words.say(if phones { "people-reach-wrong" } else { "people-email-wrong" }),
        Some(reach) => {
            let next = LocalPath::or_first(Some(ADDRESS));
            match asking::ask(&visitor, &people, Purpose::Add, reach, &next).await? {
                Asked::Sent => return Ok(visitor.go("/code", Some(sent(words, reach)))),
                Asked::NotSent => words.say("people-not-sent"),
                Asked::NotBefore(until) => not_before(words, &visitor, until),
            }
        }
    };
    let tried = Tried { reach: Some((typed, fault)), ..Tried::default() };
    visitor.show_again(account_page(&visitor, &people, tried).await?)
}

/// The code for another address was entered. `taken` says whether somebody else is reached there.
pub(super) async fn moved(
    visitor: &Visitor,
    people: &People,
    reach: &Reach,
    taken: bool,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_fresh()?.clone();
    let (words, before) = (visitor.words(), known(visitor).await?);
    let bad = |id| Ok(visitor.go(ADDRESS, Some(Notice { tone: Tone::Bad, text: words.say(id) })));
    let holder = visitor.holder()?;
    visitor.write(move |tx| storage::drop_code(tx, &holder)).await?;
    if taken {
        // Only whoever has the address gets here.
        return bad("people-reach-taken");
    }
    let after = match reach.clone() {
        Reach::Email(email) => Known { email: Some(email), ..before.clone() },
        Reach::Phone(phone) => Known { phone: Some(phone), ..before.clone() },
    };
    if visitor.portal().audience == Audience::Consumers {
        let (email, msisdn) = match reach.clone() {
            Reach::Email(email) => (Some(email), None),
            Reach::Phone(phone) => (None, Some(phone)),
        };
        let reached = Reached { consumer: person.party.clone(), email, msisdn };
        match visitor.portal().core.reach(reached).await {
            Ok(()) => {}
            Err(ReachError::Taken) => return bad("people-reach-taken"),
            Err(ReachError::UnknownConsumer) => return Err(Fault::Forbidden),
            Err(ReachError::Submit(error)) => return Err(error.into()),
        }
    }
    let (sealer, id, here) = (visitor.store().sealer(), person.id, person.session);
    let sealed = after.seal(sealer, id).map_err(Fault::internal)?;
    let index = |reach: Option<Reach>| reach.map(|reach| reach.index(sealer).to_vec());
    let (email, phone) = (index(after.email.map(Reach::Email)), index(after.phone.map(Reach::Phone)));
    let kept = visitor
        .write(move |tx| {
            let kept = storage::set_reach(tx, id, &sealed, email.as_deref(), phone.as_deref())?;
            if kept {
                storage::delete_sessions_of(tx, id, here)?;
            }
            Ok(kept)
        })
        .await?;
    if !kept {
        return bad("people-reach-taken");
    }
    tracing::info!(target: "security", person = id, "is reached elsewhere");
    for old in [before.email.map(Reach::Email), before.phone.map(Reach::Phone)].into_iter().flatten() {
        // Whoever lost an account this way learns it from here only.
        if people.courier.send_moved(&old, &reach.hint(), words).await.is_err() {
            tracing::warn!(target: "security", person = id, "an address was not told that it was replaced");
        }
    }
    Ok(visitor.go(ADDRESS, Some(good(words.say("people-reach-changed")))))
}

const fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}
