//! Certificates of the merchant, the key that the portal keeps for it, and invitations for a key of its own.

use actix_web::HttpResponse;
use actix_web::web::Data;
use payment_domain::Role;

use super::links::Nothing;
use super::{Shop, hosted, say};
use crate::page::{Block, Column, Form, Inline, Link, Page, Section, Table, Weight};
use crate::storage::merchant::{self as storage, CertificateRow};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// For how long an invitation for a key of the merchant's own holds.
const INVITED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Lists them.
pub(super) async fn list(visitor: Visitor, shop: Data<Shop>) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need(MemberRole::Owner)?.party_number;
    let rows = visitor.read(move |conn| storage::certificates(conn, merchant)).await?;
    let words = visitor.words().in_zone(shop.zone);
    let hosted = match hosted::until(&visitor).await? {
        Some(until) => Section::new(words.say("merchant-hosted"))
            .with(Block::Paragraph(vec![Inline::Text(
                words.say_with("merchant-hosted-until", &[("day", Value::from(words.day(until)))]),
            )]))
            .with(button(words.say("merchant-hosted-drop"), "/certificates/drop", Weight::Grave)),
        None => Section::new(words.say("merchant-hosted"))
            .with(Block::Paragraph(vec![Inline::Text(words.say("merchant-hosted-about"))]))
            .with(button(words.say("merchant-host-key"), "/certificates/host", Weight::Main)),
    };
    let own = Section::new(words.say("merchant-own-key"))
        .with(Block::Paragraph(vec![Inline::Text(words.say("merchant-own-key-about"))]))
        .with(button(words.say("merchant-invite-key"), "/certificates/invite", Weight::Quiet));
    let page = Page::new(words.say("merchant-menu-certificates"), "/certificates");
    visitor.show(page.with(hosted).with(own).with(table(words, &rows)))
}

/// Has the portal keep a key for the merchant.
pub(super) async fn host(
    visitor: Visitor,
    shop: Data<Shop>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    hosted::make(&visitor, &shop).await?;
    Ok(visitor.go("/certificates", Some(say::good(visitor.words().say("merchant-hosted-made")))))
}

/// Forgets the key that the portal keeps. Its certificate stays registered until it ends or is revoked; nobody has the key.
pub(super) async fn drop(visitor: Visitor, _: Filled<Nothing>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let person = visitor.need_fresh()?;
    let (merchant, id) = (person.party_number, person.id);
    let dropped = visitor.write(move |tx| storage::drop_hosted_key(tx, merchant)).await?;
    if !dropped {
        return Err(Fault::NotFound);
    }
    tracing::info!(target: "security", person = id, "a merchant's key was removed from the portal");
    Ok(visitor.go("/certificates", Some(say::good(visitor.words().say("merchant-hosted-dropped")))))
}

/// Makes an invitation with which the merchant's own server has its key certified. Shown once; only its hash is kept.
pub(super) async fn invite(visitor: Visitor, _: Filled<Nothing>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let (person, portal, words) = (visitor.need_fresh()?, visitor.portal(), visitor.words());
    let invitation = hosted::invitation(&*portal.randomness)?;
    let until = visitor.now().saturating_add_millis(INVITED_MS);
    portal.core.invite(&person.party, &Role::Merchant, &invitation, until).await?;
    tracing::info!(target: "security", person = person.id, "a merchant was invited to have a key certified");
    let page = Page::new(words.say("merchant-invite-key"), "/certificates")
        .with(Block::Paragraph(vec![Inline::Text(
            words.say_with("merchant-invitation-once", &[("day", Value::from(words.day(until)))]),
        )]))
        .with(Block::Facts(vec![say::fact(
            words.say("merchant-party"),
            Inline::Code(person.party.as_str().to_owned()),
        )]))
        .with(Block::Verbatim {
            label: words.say("merchant-invitation"),
            text: invitation.reveal().to_owned(),
        })
        .with(Block::Actions(vec![Link::new("/certificates", words.say("merchant-back"))]));
    visitor.show(page)
}

fn button(submit: String, action: &str, weight: Weight) -> Form {
    Form { action: action.to_owned(), submit, weight, ..Form::default() }
}

fn table(words: Words, rows: &[CertificateRow]) -> Table {
    let row = |row: &CertificateRow| {
        let print: String = row.fingerprint.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        vec![
            vec![Inline::Code(row.serial.clone())],
            vec![Inline::Code(print)],
            vec![Inline::Text(words.day(say::at(row.registered_at)))],
            vec![Inline::Text(words.day(say::at(row.not_after)))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-certificates"),
        columns: vec![
            Column::words(words.say("merchant-certificate-serial")),
            Column::words(words.say("merchant-certificate-print")).minor(),
            Column::words(words.say("merchant-certificate-since")).minor(),
            Column::words(words.say("merchant-certificate-until")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-certificates"),
        newer: None,
        older: None,
    }
}
