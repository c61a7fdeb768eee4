//! Another proof of who somebody is, before money or keys are touched: a code to where they are reached, or a passkey.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};

use super::asking::{self, Asked};
use super::code::Purpose;
use super::passkeys::PasskeyFault;
use super::sign_in::{Ceremonial, Next, next_field, not_before, sent, signed_in};
use super::{People, Reach};
use crate::page::{Block, Form, Notice, Page, Tone};
use crate::web::{Fault, Filled, LocalPath, Proof, Visitor};

/// `GET /confirm`.
pub(super) async fn page(
    visitor: Visitor,
    people: Data<People>,
    next: Query<Next>,
) -> Result<HttpResponse, Fault> {
    let next = LocalPath::or_first(next.next.as_deref());
    visitor.show(asking_page(&visitor, &people, &next).await?)
}

async fn asking_page(visitor: &Visitor, people: &People, next: &LocalPath) -> Result<Page, Fault> {
    let (words, reach) = (visitor.words(), reach(visitor).await?);
    let mut page = Page::new(words.say("people-confirm-title"), "")
        .with(Block::Paragraph(vec![words.say("people-confirm-why").into()]));
    if let Some(passkeys) = &people.passkeys {
        page = page.with(passkeys.sign_in_form(visitor, "/confirm/passkey", next)?);
    }
    let submit = words.say_with("people-confirm-send", &[("reach", reach.hint().into())]);
    Ok(page.with(Form {
        action: "/confirm".to_owned(),
        fields: vec![next_field(next)],
        submit,
        ..Form::default()
    }))
}

/// `POST /confirm`.
pub(super) async fn ask(
    visitor: Visitor,
    people: Data<People>,
    form: Filled<Next>,
) -> Result<HttpResponse, Fault> {
    let (words, next) = (visitor.words(), LocalPath::or_first(form.0.next.as_deref()));
    let reach = reach(&visitor).await?;
    let text = match asking::ask(&visitor, &people, Purpose::Confirm, &reach, &next).await? {
        Asked::Sent => return Ok(visitor.go("/code", Some(sent(words, &reach)))),
        Asked::NotSent => words.say("people-not-sent"),
        Asked::NotBefore(until) => not_before(words, &visitor, until),
    };
    let mut page = asking_page(&visitor, &people, &next).await?;
    page.notice = Some(Notice { tone: Tone::Bad, text });
    visitor.show_again(page)
}

/// `POST /confirm/passkey`.
pub(super) async fn passkey(
    visitor: Visitor,
    people: Data<People>,
    ceremony: Filled<Ceremonial>,
) -> Result<HttpResponse, Fault> {
    let next = LocalPath::or_first(ceremony.0.next.as_deref());
    let me = visitor.need_person()?.id;
    let passkeys = people.passkeys.as_ref().ok_or(Fault::NotFound)?;
    match passkeys.sign_in(&visitor, &ceremony.0).await {
        Ok(person) if person == me => signed_in(&visitor, me, Proof::Passkey, &next).await,
        Ok(_) | Err(PasskeyFault::Refused) => {
            let mut page = asking_page(&visitor, &people, &next).await?;
            let text = visitor.words().say("people-passkey-refused");
            page.notice = Some(Notice { tone: Tone::Bad, text });
            visitor.show_again(page)
        }
        Err(PasskeyFault::Fault(fault)) => Err(fault),
    }
}

/// Where the person who is signed in is reached.
pub(crate) async fn reach(visitor: &Visitor) -> Result<Reach, Fault> {
    super::known(visitor).await?.reach().ok_or(Fault::SignIn)
}
