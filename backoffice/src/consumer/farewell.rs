//! Leaving: what is personal is erased; what the law keeps is kept, and the page says what and why (GDPR art. 17).

use actix_web::HttpResponse;
use core_payment::EraseError;
use serde::Deserialize;

use super::say;
use crate::page::{Block, Field, FieldKind, Form, Inline, Link, Page, Section, Weight};
use crate::people::{self, Forgotten};
use crate::storage::{checkout, consumer as storage, request};
use crate::web::{Fault, Filled, Visitor};
use crate::words::Words;

/// The consent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Leaving {
    #[serde(default)]
    sure: String,
}

/// Says what happens, and asks.
pub(super) async fn ask(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.need_person()?;
    visitor.show(page(visitor.words(), false, None))
}

/// Erases.
pub(super) async fn leave(visitor: Visitor, Filled(leaving): Filled<Leaving>) -> Result<HttpResponse, Fault> {
    let person = visitor.need_fresh()?.clone();
    let words = visitor.words();
    if leaving.sure != "yes" {
        return visitor.show_again(page(words, true, None));
    }
    if let Err(error) = visitor.portal().core.erase(&person.party).await {
        return visitor.show_again(page(words, false, Some(why_not(error, words)?)));
    }
    let (id, owner, now_ms) = (person.id, person.party_number, visitor.now().as_millis());
    visitor
        .write(move |tx| {
            storage::set_interest(tx, owner, None, None, now_ms)?;
            request::forget(tx, owner)?;
            checkout::forget(tx, id)
        })
        .await?;
    match people::forget(&visitor).await? {
        Forgotten::Done => Ok(visitor.go("/sign-in", Some(say::good(words.say("consumer-left"))))),
        // Only of merchants.
        Forgotten::LastOwner => Err(Fault::Forbidden),
    }
}

fn why_not(error: EraseError, words: Words) -> Result<String, Fault> {
    match error {
        EraseError::Holds => Ok(words.say("consumer-leave-holds")),
        EraseError::Owes => Ok(words.say("consumer-leave-owes")),
        EraseError::UnderWay => Ok(words.say("consumer-leave-under-way")),
        EraseError::Coupons => Ok(words.say("consumer-leave-coupons")),
        EraseError::UnknownConsumer => Err(Fault::NotFound),
        EraseError::Submit(error) => Err(error.into()),
    }
}

fn page(words: Words, unsure: bool, why_not: Option<String>) -> Page {
    let said = |name: String, text: String| (name, vec![Inline::Text(text)]);
    let mut page = Page::new(words.say("consumer-leave"), "/privacy");
    if let Some(text) = why_not {
        page.notice = Some(say::bad(text));
        page = page.with(Block::Actions(vec![
            Link::new("/redeem", words.say("consumer-redeem")),
            Link::new("/bills", words.say("consumer-menu-bills")),
            Link::new("/coupons", words.say("consumer-menu-coupons")),
        ]));
    }
    page.with(Section::new(words.say("consumer-leave-erased")).with(Block::Facts(vec![
        said(words.say("consumer-privacy-person"), words.say("consumer-leave-erased-person")),
        said(words.say("consumer-privacy-means"), words.say("consumer-leave-erased-means")),
        said(words.say("consumer-menu-passkeys"), words.say("consumer-leave-erased-keys")),
        said(words.say("consumer-privacy-interests"), words.say("consumer-leave-erased-interests")),
        said(words.say("consumer-privacy-requests"), words.say("consumer-leave-erased-requests")),
    ])))
    .with(Section::new(words.say("consumer-leave-stays")).with(Block::Facts(vec![
        said(words.say("consumer-leave-ledger"), words.say("consumer-leave-ledger-why")),
        said(words.say("consumer-leave-evidence"), words.say("consumer-leave-evidence-why")),
        said(words.say("consumer-leave-name"), words.say("consumer-leave-name-why")),
    ])))
    .with(Form {
        action: "/privacy/leave".to_owned(),
        fields: vec![Field {
            name: "sure",
            label: words.say("consumer-leave-sure"),
            kind: FieldKind::Tick { chosen: false },
            value: "yes".to_owned(),
            fault: unsure.then(|| words.say("consumer-leave-sure-needed")),
            ..Field::default()
        }],
        submit: words.say("consumer-leave-do"),
        weight: Weight::Grave,
        ..Form::default()
    })
}
