//! Interests for a merchant's page of advantages: what they are, and nothing about whose (R24). The merchant's site sends a
//! browser here; only its consumer sends it back with something.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::Query;
use payment_domain::{Label, MerchantId};
use serde::Deserialize;

use super::interests::{self, Interests};
use super::say;
use crate::checkout::Back;
use crate::page::{Block, Field, FieldKind, Form, Inline, Link, Page};
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// Who asks, and where the browser goes with it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    merchant: String,
    #[serde(rename = "return", default)]
    back: String,
}

/// Says what the merchant would learn.
pub(super) async fn ask(visitor: Visitor, asked: Query<Asked>) -> Result<HttpResponse, Fault> {
    let interests = interests::of(&visitor).await?;
    let (name, back) = asked.read(&visitor).await?;
    if let Some(origin) = back.origin() {
        visitor.leads_to(&origin);
    }
    visitor.show(page(visitor.words(), &interests, &name, &asked))
}

/// Sends the browser back with it.
pub(super) async fn give(visitor: Visitor, Filled(asked): Filled<Asked>) -> Result<HttpResponse, Fault> {
    let interests = interests::of(&visitor).await?;
    let (_, back) = asked.read(&visitor).await?;
    let names: Vec<_> = interests.themes().into_iter().map(|(name, _)| name).collect();
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, back.interested(&names.join(".")))).finish())
}

impl Asked {
    /// What the merchant is called, and where its page is: at one of its own sites.
    async fn read(&self, visitor: &Visitor) -> Result<(String, Back), Fault> {
        let merchant = MerchantId::parse(&self.merchant).map_err(|_| Fault::NotFound)?;
        let (core, party) = (visitor.portal().core.clone(), merchant.party().clone());
        let read = tokio::task::spawn_blocking(move || core.details(&party)).await;
        let details = read.map_err(Fault::internal)??.ok_or(Fault::NotFound)?;
        let back = Back::parse(&self.back, &details.sites).ok_or(Fault::NotFound)?;
        let name = details.trade_name.as_ref().map_or(merchant.as_str(), Label::as_str);
        Ok((name.to_owned(), back))
    }
}

fn page(words: Words, interests: &Interests, merchant: &str, asked: &Asked) -> Page {
    let title = words.say_with("consumer-share", &[("merchant", Value::from(merchant))]);
    let themes = interests.themes();
    let page = Page::new(title, "/interests");
    if themes.is_empty() {
        let link = Some(Link::new("/interests", words.say("consumer-menu-interests")));
        return page.with(Block::Empty { text: words.say("consumer-share-nothing"), link });
    }
    let hidden = |name, value: &str| Field {
        name,
        kind: FieldKind::Hidden,
        value: value.to_owned(),
        ..Field::default()
    };
    let themes = themes.into_iter().map(|(name, id)| say::fact(words.say(id), Inline::Code(name.to_owned())));
    page.with(Block::Paragraph(vec![Inline::Text(words.say("consumer-share-why"))]))
        .with(Block::Facts(themes.collect()))
        .with(Form {
            action: "/interests/share".to_owned(),
            fields: vec![hidden("merchant", &asked.merchant), hidden("return", &asked.back)],
            submit: words.say("consumer-share-do"),
            ..Form::default()
        })
}
