//! Signing in: where somebody is reached, the code that was sent there, or a passkey instead.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::asking::{self, Asked, Entered, Proved};
use super::code::Purpose;
use super::passkeys::PasskeyFault;
use super::{Code, People, Reach, account};
use crate::page::{Block, Field, FieldKind, Form, Link, Notice, Page, Tone};
use crate::storage::people as storage;
use crate::web::{Fault, Filled, LocalPath, Proof, Visitor};
use crate::words::Words;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    pub(super) next: Option<String>,
}

/// A wish for a code.
#[derive(Deserialize)]
pub(super) struct Wish {
    reach: String,
    next: Option<String>,
}

/// A code as typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    code: String,
}

/// What an authenticator said.
#[derive(Deserialize)]
#[cfg_attr(not(feature = "passkeys"), expect(dead_code, reason = "only a build with passkeys reads it"))]
pub(super) struct Ceremonial {
    pub(super) credential: String,
    pub(super) state: String,
    pub(super) next: Option<String>,
}

/// `GET /sign-in`.
pub(super) async fn page(
    visitor: Visitor,
    people: Data<People>,
    next: Query<Next>,
) -> Result<HttpResponse, Fault> {
    entry(&visitor, &people, "people-sign-in", next.into_inner())
}

/// `GET /sign-up`: the same steps, said otherwise.
pub(super) async fn sign_up_page(
    visitor: Visitor,
    people: Data<People>,
    next: Query<Next>,
) -> Result<HttpResponse, Fault> {
    entry(&visitor, &people, "people-sign-up", next.into_inner())
}

fn entry(visitor: &Visitor, people: &People, title: &'static str, next: Next) -> Result<HttpResponse, Fault> {
    let next = LocalPath::or_first(next.next.as_deref());
    if visitor.person().is_some() {
        return Ok(visitor.go(next.as_str(), None));
    }
    visitor.show(entry_page(visitor, people, title, &next, Tried::default())?)
}

/// What was tried before.
#[derive(Default)]
struct Tried {
    reach: String,
    fault: Option<String>,
}

fn entry_page(
    visitor: &Visitor,
    people: &People,
    title: &'static str,
    next: &LocalPath,
    tried: Tried,
) -> Result<Page, Fault> {
    let words = visitor.words();
    let phones = people.courier.reaches_phones();
    let (label, hint, kind) = if phones {
        ("people-reach", "people-reach-hint", FieldKind::Text)
    } else {
        ("people-email", "people-email-hint", FieldKind::Email)
    };
    let field = Field {
        name: "reach",
        label: words.say(label),
        kind,
        value: tried.reach,
        hint: Some(words.say(hint)),
        fault: tried.fault,
        optional: false,
        autocomplete: Some(if phones { "username" } else { "email" }),
        ..Field::default()
    };
    let form = Form {
        action: "/sign-in".to_owned(),
        fields: vec![field, next_field(next)],
        submit: words.say("people-send-code"),
        ..Form::default()
    };
    let mut page = Page::new(words.say(title), "")
        .with(Block::Paragraph(vec![words.say("people-no-password").into()]))
        .with(form);
    if let Some(passkeys) = &people.passkeys {
        page = page.with(passkeys.sign_in_form(visitor, "/sign-in/passkey", next)?);
    }
    Ok(page)
}

/// `POST /sign-in`: a code is sent to whatever address it is.
pub(super) async fn ask(
    visitor: Visitor,
    people: Data<People>,
    wish: Filled<Wish>,
) -> Result<HttpResponse, Fault> {
    let Wish { reach: typed, next } = wish.0;
    let (words, next) = (visitor.words(), LocalPath::or_first(next.as_deref()));
    let phones = people.courier.reaches_phones();
    let reach = Reach::parse(&typed).filter(|reach| phones || matches!(reach, Reach::Email(_)));
    let again = |fault: String| {
        let tried = Tried { reach: typed.chars().take(254).collect(), fault: Some(fault) };
        visitor.show_again(entry_page(&visitor, &people, "people-sign-in", &next, tried)?)
    };
    let Some(reach) = reach else {
        return again(words.say(if phones { "people-reach-wrong" } else { "people-email-wrong" }));
    };
    match asking::ask(&visitor, &people, Purpose::SignIn, &reach, &next).await? {
        Asked::Sent => Ok(visitor.go("/code", Some(sent(words, &reach)))),
        Asked::NotSent => again(words.say("people-not-sent")),
        Asked::NotBefore(until) => again(not_before(words, &visitor, until)),
    }
}

/// Says where a code was sent to.
pub(super) fn sent(words: Words, reach: &Reach) -> Notice {
    Notice { tone: Tone::Good, text: words.say_with("people-sent", &[("reach", reach.reveal().into())]) }
}

/// Says when to try again.
pub(super) fn not_before(words: Words, visitor: &Visitor, until: payment_domain::Timestamp) -> String {
    let minutes = until.millis_since(visitor.now()).saturating_add(59_999).checked_div(60_000);
    words.say_with("people-not-before", &[("minutes", minutes.unwrap_or(1).max(1).into())])
}

/// `GET /code`.
pub(super) async fn code_page(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.show(entering(&visitor, None).await?)
}

async fn entering(visitor: &Visitor, fault: Option<String>) -> Result<Page, Fault> {
    let words = visitor.words();
    let field = Field {
        name: "code",
        label: words.say("people-code"),
        kind: FieldKind::Code,
        hint: Some(words.say("people-code-hint")),
        fault,
        autocomplete: Some("one-time-code"),
        ..Field::default()
    };
    let form = Form {
        action: "/code".to_owned(),
        fields: vec![field],
        submit: words.say("people-go-on"),
        ..Form::default()
    };
    let back = match (asking::purpose(visitor).await?, visitor.person()) {
        (Some(Purpose::Add), Some(_)) => account::ADDRESS,
        (_, Some(_)) => "/confirm",
        (_, None) => "/sign-in",
    };
    Ok(Page::new(words.say("people-code-title"), "")
        .with(form)
        .with(Block::Actions(vec![Link::new(back, words.say("people-another-code"))])))
}

/// `POST /code`.
pub(super) async fn enter(
    visitor: Visitor,
    people: Data<People>,
    typed: Filled<Typed>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let fault = match Code::parse(&typed.0.code) {
        None => words.say("people-code-form"),
        Some(code) => match asking::enter(&visitor, &code).await? {
            Entered::Right(proved) => return proved_right(&visitor, &people, proved).await,
            Entered::Wrong(left) => words.say_with("people-code-wrong", &[("left", left.into())]),
            Entered::Over => words.say("people-code-over"),
            Entered::Locked(until) => not_before(words, &visitor, until),
        },
    };
    visitor.show_again(entering(&visitor, Some(fault)).await?)
}

async fn proved_right(visitor: &Visitor, people: &People, proved: Proved) -> Result<HttpResponse, Fault> {
    let (audience, index) = (visitor.portal().audience, visitor.reach_index(&proved.reach));
    let found = visitor.read(move |conn| storage::person_by_reach(conn, audience.as_str(), &index)).await?;
    match (proved.purpose, found) {
        (Purpose::Confirm, Some(row)) => {
            if visitor.need_person()?.id != row.id {
                return Err(Fault::Forbidden);
            }
            signed_in(visitor, row.id, Proof::Code, &proved.next).await
        }
        (Purpose::Confirm, None) => Err(Fault::Forbidden),
        (Purpose::Add, found) => {
            let me = visitor.need_person()?.id;
            let taken = found.is_some_and(|row| row.id != me);
            account::moved(visitor, people, &proved.reach, taken).await
        }
        (Purpose::SignIn, Some(row)) if row.state == "active" => {
            signed_in(visitor, row.id, Proof::Code, &proved.next).await
        }
        (Purpose::SignIn, Some(_)) => {
            // Only whoever has the address gets here.
            let text = visitor.words().say("people-suspended");
            Ok(visitor.go("/sign-in", Some(Notice { tone: Tone::Bad, text })))
        }
        (Purpose::SignIn, None) => Ok(visitor.go("/welcome", None)),
    }
}

/// Begins a session, and goes on to where somebody wanted to go.
pub(super) async fn signed_in(
    visitor: &Visitor,
    person: i64,
    proof: Proof,
    next: &LocalPath,
) -> Result<HttpResponse, Fault> {
    let holder = visitor.holder()?;
    visitor.write(move |tx| storage::drop_code(tx, &holder)).await?;
    visitor.sign_in(person, proof).await?;
    tracing::info!(target: "security", person, proof = proof.as_str(), "signed in");
    Ok(visitor.go(next.as_str(), None))
}

/// `POST /sign-in/passkey`.
pub(super) async fn passkey(
    visitor: Visitor,
    people: Data<People>,
    ceremony: Filled<Ceremonial>,
) -> Result<HttpResponse, Fault> {
    let next = LocalPath::or_first(ceremony.0.next.as_deref());
    let passkeys = people.passkeys.as_ref().ok_or(Fault::NotFound)?;
    match passkeys.sign_in(&visitor, &ceremony.0).await {
        Ok(person) => signed_in(&visitor, person, Proof::Passkey, &next).await,
        Err(PasskeyFault::Refused) => {
            // The same for a passkey that nobody knows and for one that does not verify.
            let text = visitor.words().say("people-passkey-refused");
            let mut page = entry_page(&visitor, &people, "people-sign-in", &next, Tried::default())?;
            page.notice = Some(Notice { tone: Tone::Bad, text });
            visitor.show_again(page)
        }
        Err(PasskeyFault::Fault(fault)) => Err(fault),
    }
}

/// `POST /sign-out`.
pub(super) async fn leave(visitor: Visitor, _form: Filled<Next>) -> Result<HttpResponse, Fault> {
    visitor.sign_out().await?;
    let text = visitor.words().say("people-signed-out");
    Ok(visitor.go("/sign-in", Some(Notice { tone: Tone::Good, text })))
}

/// Where to go afterwards, within a form.
pub(super) fn next_field(next: &LocalPath) -> Field {
    Field { name: "next", kind: FieldKind::Hidden, value: next.as_str().to_owned(), ..Field::default() }
}
