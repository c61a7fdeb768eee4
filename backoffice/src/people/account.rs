//! Name and addresses of whoever is signed in. Another address counts once a code that was sent there was entered here; the
//! one before is told, and every other session ends (OWASP ASVS 2.2.3, 2.5.5). Of two addresses one can be removed, never the
//! last that somebody can sign in with.

use actix_web::HttpResponse;
use actix_web::web::Data;
use core_payment::{Move, ReachError, Reached};
use payment_domain::{EmailAddress, Label, Msisdn};
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

/// Which address is removed: its kind.
#[derive(Deserialize)]
pub(super) struct Removing {
    kind: String,
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
    let page = Page::new(words.say("people-account-title"), ADDRESS)
        .with(Block::Facts(facts(words, &known)))
        .with(name)
        .with(
            Section::new(words.say("people-move"))
                .with(Block::Paragraph(vec![words.say("people-move-how").into()]))
                .with(reach),
        );
    let removals = removals(words, &known, phones);
    if removals.is_empty() {
        return Ok(page);
    }
    let section = Section::new(words.say("people-remove-reach"))
        .with(Block::Paragraph(vec![words.say("people-remove-reach-how").into()]));
    Ok(page.with(removals.into_iter().fold(section, Section::with)))
}

/// A button for each address that somebody can do without.
fn removals(words: Words, known: &Known, phones: bool) -> Vec<Form> {
    let kinds = [("email", words.say("people-remove-email")), ("phone", words.say("people-remove-phone"))];
    let form = |(kind, submit): (&str, String)| {
        without(known, kind, phones)?;
        Some(Form {
            action: "/account/reach/remove".to_owned(),
            fields: vec![Field {
                name: "kind",
                kind: FieldKind::Hidden,
                value: kind.to_owned(),
                ..Field::default()
            }],
            submit,
            weight: Weight::Quiet,
            ..Form::default()
        })
    };
    kinds.into_iter().filter_map(form).collect()
}

/// What is left without the address of this kind, if there is one, and another that somebody can sign in with.
fn without(known: &Known, kind: &str, phones: bool) -> Option<(Known, Reach)> {
    let after = match kind {
        "email" if known.email.is_some() => Known { email: None, ..known.clone() },
        "phone" if known.phone.is_some() => Known { phone: None, ..known.clone() },
        _ => return None,
    };
    let left = after.reach().filter(|left| phones || matches!(left, Reach::Email(_)))?;
    Some((after, left))
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
    let (email, phone) = match reach.clone() {
        Reach::Email(email) => (Move::To(email), Move::Stays),
        Reach::Phone(phone) => (Move::Stays, Move::To(phone)),
    };
    if !move_consumer(visitor, email, phone).await? {
        return bad("people-reach-taken");
    }
    let (id, here) = (person.id, person.session);
    let Kept { sealed, email, phone } = Kept::of(visitor, after, id)?;
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
    tell(visitor, people, &before, reach).await;
    Ok(visitor.go(ADDRESS, Some(good(words.say("people-reach-changed")))))
}

/// `POST /account/reach/remove`: one of two addresses. Only for whoever has proved lately who they are.
pub(super) async fn remove(
    visitor: Visitor,
    people: Data<People>,
    removing: Filled<Removing>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_fresh()?.clone();
    let (words, before) = (visitor.words(), known(&visitor).await?);
    let last = || Some(Notice { tone: Tone::Bad, text: words.say("people-reach-last") });
    let kind = removing.0.kind.as_str();
    let Some((after, left)) = without(&before, kind, people.courier.reaches_phones()) else {
        return Ok(visitor.go(ADDRESS, last()));
    };
    let (id, here, by_email) = (person.id, person.session, kind == "email");
    let Kept { sealed, .. } = Kept::of(&visitor, after, id)?;
    // Before what counts for signing in: whoever tries once more after a fault gets to the end.
    let (email, phone) = if by_email { (Move::Away, Move::Stays) } else { (Move::Stays, Move::Away) };
    move_consumer(&visitor, email, phone).await?;
    let removed = visitor
        .write(move |tx| {
            let removed = storage::remove_reach(tx, id, &sealed, by_email)?;
            if removed {
                storage::delete_sessions_of(tx, id, here)?;
            }
            Ok(removed)
        })
        .await?;
    if !removed {
        // The other one was removed at this very moment.
        let (email, phone) = if by_email {
            (before.email.map_or(Move::Stays, Move::To), Move::Stays)
        } else {
            (Move::Stays, before.phone.map_or(Move::Stays, Move::To))
        };
        move_consumer(&visitor, email, phone).await?;
        return Ok(visitor.go(ADDRESS, last()));
    }
    tracing::info!(target: "security", person = id, "has removed an address");
    tell(&visitor, &people, &before, &left).await;
    Ok(visitor.go(ADDRESS, Some(good(words.say("people-reach-removed")))))
}

/// Moves the addresses that the payment system knows of a consumer. `false` if somebody else has this number.
async fn move_consumer(
    visitor: &Visitor,
    email: Move<EmailAddress>,
    msisdn: Move<Msisdn>,
) -> Result<bool, Fault> {
    if visitor.portal().audience != Audience::Consumers {
        return Ok(true);
    }
    let reached = Reached { consumer: visitor.need_person()?.party.clone(), email, msisdn };
    match visitor.portal().core.reach(reached).await {
        Ok(()) => Ok(true),
        Err(ReachError::Taken) => Ok(false),
        Err(ReachError::UnknownConsumer) => Err(Fault::Forbidden),
        Err(ReachError::Submit(error)) => Err(error.into()),
    }
}

/// Tells all addresses of before where somebody is reached now: whoever lost an account this way learns it from here only.
async fn tell(visitor: &Visitor, people: &People, before: &Known, now_at: &Reach) {
    let all = [before.email.clone().map(Reach::Email), before.phone.clone().map(Reach::Phone)];
    for old in all.into_iter().flatten() {
        if people.courier.send_moved(&old, &now_at.hint(), visitor.words()).await.is_err() {
            tracing::warn!(target: "security", "an address was not told that another one counts");
        }
    }
}

/// What is known of a person as it is stored.
struct Kept {
    sealed: Vec<u8>,
    email: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
}

impl Kept {
    fn of(visitor: &Visitor, known: Known, person: i64) -> Result<Self, Fault> {
        let sealer = visitor.store().sealer();
        let sealed = known.seal(sealer, person).map_err(Fault::internal)?;
        let index = |reach: Option<Reach>| reach.map(|reach| reach.index(sealer).to_vec());
        Ok(Self {
            sealed,
            email: index(known.email.map(Reach::Email)),
            phone: index(known.phone.map(Reach::Phone)),
        })
    }
}

const fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(email: Option<&str>, phone: Option<&str>) -> Known {
        Known {
            name: None,
            email: email.map(|text| EmailAddress::parse(text).unwrap()),
            phone: phone.map(|text| Msisdn::parse(text).unwrap()),
        }
    }

    #[test]
    fn of_two_addresses_one_can_go_and_the_last_to_sign_in_with_stays() {
        let both = known(Some("a@example.org"), Some("+33612345678"));
        let left = |known: &Known, kind, phones| {
            without(known, kind, phones).map(|(after, left)| {
                assert!(after.email.is_none() || after.phone.is_none());
                left.reveal().to_owned()
            })
        };
        assert_eq!(left(&both, "email", true).as_deref(), Some("+33612345678"));
        assert_eq!(left(&both, "phone", true).as_deref(), Some("a@example.org"));
        assert_eq!(left(&both, "email", false), None, "no code reaches a telephone here");
        assert_eq!(left(&both, "phone", false).as_deref(), Some("a@example.org"));
        assert_eq!(left(&known(Some("a@example.org"), None), "email", true), None);
        assert_eq!(left(&known(Some("a@example.org"), None), "phone", true), None, "there is none");
        assert_eq!(left(&both, "name", true), None);
    }
}
