//! A certificate of the merchant's is taken out of force for good: the key is not used any more, or somebody else has it.
//! If the portal keeps that key, it forgets it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::Role;
use payment_trust::{RevocationReason, Serial, sha256};
use serde::Deserialize;

use super::{Shop, hosted, say};
use crate::certificates::{CertificateRow, Standing, certificate, print, until};
use crate::page::{Block, FieldKind, Form, Inline, Link, Page, Weight};
use crate::storage::merchant::{self as storage, HostedKeyRow};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::Words;

/// What is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    reason: String,
}

/// Asks why.
pub(super) async fn ask(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let row = certificate(&visitor, Role::Merchant, &path).await?;
    if Standing::of(&row, &*shop.authority, visitor.now()) != Standing::InForce {
        return Ok(visitor.go("/certificates", None));
    }
    let hosted = hosted_with(&visitor, &row).await?.is_some();
    visitor.show(page(visitor.words(), &row, hosted))
}

/// Revokes it.
pub(super) async fn carry_out(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let person = visitor.need_fresh()?.id;
    let row = certificate(&visitor, Role::Merchant, &path).await?;
    let reason = reason(&sheet.reason).ok_or_else(Fault::invalid)?;
    let serial = Serial::parse(&row.serial).map_err(Fault::internal)?;
    // Before the key is forgotten: what matters is that nobody signs with it.
    shop.authority.revoke(serial, reason).await.map_err(Fault::unavailable)?;
    tracing::info!(target: "security", person, %serial, "a merchant has revoked a certificate");
    if let Some(kept) = hosted_with(&visitor, &row).await? {
        hosted::forget(&visitor, &kept).await?;
    }
    Ok(visitor.go("/certificates", Some(say::good(visitor.words().say("merchant-revoked")))))
}

/// The key that the portal keeps, if it is the one that is certified here.
async fn hosted_with(visitor: &Visitor, row: &CertificateRow) -> Result<Option<HostedKeyRow>, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let kept = visitor.read(move |conn| storage::hosted_keys(conn, merchant)).await?;
    Ok(kept.into_iter().find(|kept| sha256(&kept.certificate).as_bytes().as_slice() == row.fingerprint))
}

fn reason(text: &str) -> Option<RevocationReason> {
    const OFFERED: [RevocationReason; 2] =
        [RevocationReason::CessationOfOperation, RevocationReason::KeyCompromise];
    RevocationReason::parse(text).filter(|reason| OFFERED.contains(reason))
}

fn page(words: Words, row: &CertificateRow, hosted: bool) -> Page {
    let reasons = vec![
        (RevocationReason::CessationOfOperation.to_string(), words.say("merchant-revoke-unused")),
        (RevocationReason::KeyCompromise.to_string(), words.say("merchant-revoke-lost")),
    ];
    let mut page = Page::new(words.say("merchant-revoke-title"), "/certificates").with(Block::Facts(vec![
        say::fact(words.say("merchant-certificate-serial"), Inline::Code(row.serial.clone())),
        say::fact(words.say("merchant-certificate-print"), Inline::Code(print(row))),
        say::fact(words.say("merchant-certificate-until"), words.day(until(row))),
    ]));
    page = page.with(Block::Paragraph(vec![Inline::Text(words.say("merchant-revoke-about"))]));
    if hosted {
        page = page.with(Block::Paragraph(vec![Inline::Strong(words.say("merchant-revoke-hosted"))]));
    }
    page.with(Form {
        action: format!("/certificates/{}/revoke", row.serial),
        fields: vec![say::field("reason", words.say("merchant-revoke-why"), FieldKind::Choice(reasons), "")],
        submit: words.say("merchant-revoke-do"),
        weight: Weight::Grave,
        ..Form::default()
    })
    .with(Block::Actions(vec![Link::new("/certificates", words.say("merchant-back"))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_says_one_of_two_reasons() {
        assert_eq!(reason("key-compromise"), Some(RevocationReason::KeyCompromise));
        assert_eq!(reason("cessation-of-operation"), Some(RevocationReason::CessationOfOperation));
        for other in ["", "privilege-withdrawn", "unspecified", "KeyCompromise"] {
            assert_eq!(reason(other), None, "{other}");
        }
    }
}
