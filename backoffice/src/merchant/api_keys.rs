//! Keys of the merchant's programs for the reporting API: shown once, only a hash is kept.

use actix_web::HttpResponse;
use actix_web::web::Path;
use payment_domain::Label;
use serde::Deserialize;

use super::links::Nothing;
use super::say;
use crate::api::ApiKey;
use crate::page::{Block, Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table, Weight};
use crate::storage::merchant::{self as storage, ApiKeyRow};
use crate::web::{Fault, Filled, MemberRole, Visitor, new_id};
use crate::words::{Value, Words};

/// What is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    name: String,
}

/// Lists them.
pub(super) async fn list(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need(MemberRole::Owner)?.party_number;
    let rows = visitor.read(move |conn| storage::api_keys(conn, merchant)).await?;
    let words = visitor.words();
    let mut page = Page::new(words.say("merchant-menu-api-keys"), "/api-keys")
        .with(Block::Paragraph(vec![
            Inline::Text(words.say("merchant-api-about")),
            Inline::Break,
            say::link("/api/v1/openapi.json", words.say("merchant-api-document")),
        ]))
        .with(table(words, &rows));
    for row in &rows {
        page = page.with(Form {
            action: format!("/api-keys/{}/remove", row.id),
            submit: words.say_with("merchant-api-key-remove", &[("name", Value::from(row.name.as_str()))]),
            weight: Weight::Grave,
            ..Form::default()
        });
    }
    visitor.show(page.with(Section::new(words.say("merchant-api-key-new")).with(form(words, "", None))))
}

/// Makes one.
pub(super) async fn make(visitor: Visitor, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let (person, portal, words) = (visitor.need_fresh()?, visitor.portal(), visitor.words());
    let again = |fault: String| {
        Page::new(words.say("merchant-api-key-new"), "/api-keys").with(form(words, &sheet.name, Some(fault)))
    };
    let Ok(name) = Label::parse(&say::one_line(&sheet.name)) else {
        return visitor.show_again(again(words.say("merchant-label-wrong")));
    };
    let key = ApiKey::random(&*portal.randomness, portal.test).map_err(Fault::internal)?;
    let row = ApiKeyRow {
        key_hash: key.hash(),
        id: new_id(visitor.now(), &*portal.randomness).map_err(Fault::internal)?,
        merchant: person.party_number,
        name: name.as_str().to_owned(),
        made_by: person.id,
        made_at: visitor.now().as_millis(),
        used_at: None,
    };
    if !visitor.write(move |tx| storage::insert_api_key(tx, &row)).await? {
        return visitor.show_again(again(words.say("merchant-api-key-too-many")));
    }
    tracing::info!(target: "security", person = person.id, "an API key was made");
    let page = Page::new(words.say("merchant-api-key-new"), "/api-keys")
        .with(Block::Paragraph(vec![Inline::Text(words.say("merchant-api-key-once"))]))
        .with(Block::Verbatim { label: name.as_str().to_owned(), text: key.reveal().to_owned() })
        .with(Block::Actions(vec![Link::new("/api-keys", words.say("merchant-back"))]));
    visitor.show(page)
}

/// Takes one out of force, at once.
pub(super) async fn remove(
    visitor: Visitor,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need(MemberRole::Owner)?;
    let (merchant, id) = (person.party_number, *path);
    if !visitor.write(move |tx| storage::delete_api_key(tx, merchant, id)).await? {
        return Err(Fault::NotFound);
    }
    tracing::info!(target: "security", person = person.id, "an API key was removed");
    Ok(visitor.go("/api-keys", Some(say::good(visitor.words().say("merchant-api-key-removed")))))
}

fn form(words: Words, name: &str, fault: Option<String>) -> Form {
    Form {
        action: "/api-keys".to_owned(),
        fields: vec![Field {
            hint: Some(words.say("merchant-api-key-name-hint")),
            fault,
            autocomplete: Some("off"),
            ..say::field("name", words.say("merchant-api-key-name"), FieldKind::Text, name)
        }],
        submit: words.say("merchant-api-key-make"),
        ..Form::default()
    }
}

fn table(words: Words, rows: &[ApiKeyRow]) -> Table {
    let row = |row: &ApiKeyRow| {
        let used =
            row.used_at.map_or_else(|| words.say("merchant-api-key-unused"), |at| words.day(say::at(at)));
        vec![
            vec![Inline::Text(row.name.clone())],
            vec![Inline::Text(words.day(say::at(row.made_at)))],
            vec![Inline::Text(used)],
        ]
    };
    Table {
        caption: words.say("merchant-menu-api-keys"),
        columns: vec![
            Column::words(words.say("merchant-api-key-name")),
            Column::words(words.say("merchant-api-key-made")),
            Column::words(words.say("merchant-api-key-used")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-api-keys"),
        newer: None,
        older: None,
    }
}
