//! Certificates of the merchant, the key that the portal keeps for it, and invitations for a key of its own.

use actix_web::HttpResponse;
use actix_web::web::Data;
use payment_domain::Role;
use payment_trust::RevocationReason;

use super::links::Nothing;
use super::{Shop, hosted, say};
use crate::certificates::{self, CertificateRow, Standing, certificates, print, since, until};
use crate::page::{Block, Chip, Column, Form, Inline, Link, Page, Section, Table, Tone, Weight};
use crate::storage::merchant as storage;
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// For how long an invitation for a key of the merchant's own holds.
const INVITED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Lists them.
pub(super) async fn list(visitor: Visitor, shop: Data<Shop>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let rows = certificates(&visitor, Role::Merchant).await?;
    let words = visitor.words();
    let hosted = match hosted::until(&visitor, &*shop.authority).await? {
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
    let stands = |row: &CertificateRow| Standing::of(row, &*shop.authority, visitor.now());
    visitor.show(page.with(hosted).with(own).with(table(words, &rows, &stands)))
}

/// Has the portal keep a key for the merchant.
pub(super) async fn host(
    visitor: Visitor,
    shop: Data<Shop>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    // Pressed twice, or by two people: one key is enough.
    if hosted::until(&visitor, &*shop.authority).await?.is_none() {
        hosted::make(&visitor, &shop).await?;
    }
    Ok(visitor.go("/certificates", Some(say::good(visitor.words().say("merchant-hosted-made")))))
}

/// Forgets the key that the portal keeps, and revokes its certificate: what was copied of it before is worth nothing, too.
pub(super) async fn drop(
    visitor: Visitor,
    shop: Data<Shop>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let person = visitor.need_fresh()?;
    let (merchant, words) = (person.party_number, visitor.words());
    let kept = visitor.read(move |conn| storage::hosted_keys(conn, merchant)).await?;
    if kept.is_empty() {
        return Err(Fault::NotFound);
    }
    let mut revoked = true;
    for row in &kept {
        hosted::forget(&visitor, row).await?;
        let serial = hosted::serial(row)?;
        revoked &= shop.authority.revoke(serial, RevocationReason::CessationOfOperation).await.is_ok();
    }
    let notice = if revoked {
        say::good(words.say("merchant-hosted-dropped"))
    } else {
        say::bad(words.say("merchant-hosted-not-revoked"))
    };
    Ok(visitor.go("/certificates", Some(notice)))
}

/// Makes an invitation with which the merchant's own server has its key certified. Shown once; only its hash is kept.
pub(super) async fn invite(visitor: Visitor, _: Filled<Nothing>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let (person, portal, words) = (visitor.need_fresh()?, visitor.portal(), visitor.words());
    let invitation = certificates::invitation(&*portal.randomness)?;
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

fn said(standing: Standing, words: Words, row: &CertificateRow) -> Vec<Inline> {
    match standing {
        Standing::InForce => vec![
            Inline::Chip(Chip::new(Tone::Good, words.say("merchant-certificate-in-force"))),
            Inline::Break,
            say::link(
                format!("/certificates/{}/revoke", row.serial),
                words.say("merchant-certificate-revoke"),
            ),
        ],
        Standing::Expired => {
            vec![Inline::Chip(Chip::new(Tone::Plain, words.say("merchant-certificate-expired")))]
        }
        Standing::Revoked(at) => vec![
            Inline::Chip(Chip::new(Tone::Bad, words.say("merchant-certificate-revoked"))),
            Inline::Break,
            Inline::Muted(words.day(at)),
        ],
    }
}

fn table(words: Words, rows: &[CertificateRow], stands: &dyn Fn(&CertificateRow) -> Standing) -> Table {
    let row = |row: &CertificateRow| {
        vec![
            vec![Inline::Code(row.serial.clone())],
            vec![Inline::Code(print(row))],
            vec![Inline::Text(words.day(since(row)))],
            vec![Inline::Text(words.day(until(row)))],
            said(stands(row), words, row),
        ]
    };
    Table {
        caption: words.say("merchant-menu-certificates"),
        columns: vec![
            Column::words(words.say("merchant-certificate-serial")),
            Column::words(words.say("merchant-certificate-print")).minor(),
            Column::words(words.say("merchant-certificate-since")).minor(),
            Column::words(words.say("merchant-certificate-until")),
            Column::words(words.say("merchant-column-state")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-certificates"),
        newer: None,
        older: None,
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::Timestamp;

    use super::*;
    use crate::words::Locale;

    #[test]
    fn only_what_is_in_force_can_be_revoked() {
        let words = Words::of(Locale::English);
        let row = CertificateRow {
            fingerprint: vec![0xab; 32],
            serial: "0a1b".into(),
            not_after: 1,
            registered_at: 0,
        };
        for (standing, offered) in [
            (Standing::InForce, true),
            (Standing::Expired, false),
            (Standing::Revoked(Timestamp::EPOCH), false),
        ] {
            let table = table(words, std::slice::from_ref(&row), &|_| standing);
            let text = format!("{table:?}");
            assert_eq!(text.contains("/certificates/0a1b/revoke"), offered, "{standing:?}");
            assert!(text.contains("abababababababab") && !text.contains("ababababababababab"), "{text}");
        }
    }
}
