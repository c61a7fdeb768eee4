//! Terminals that pay for a consumer: apps, each with a key and certificate of its own, and the telephone that pays by text
//! message (R18, R38). A new one is invited here and enrols at the door; one that is lost is revoked here.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::Role;
use payment_trust::{RevocationReason, Serial};
use serde::Deserialize;

use super::{Till, say};
use crate::certificates::{self, CertificateRow, Standing, certificate, certificates, print, since, until};
use crate::page::{Block, Chip, Column, Form, Inline, Link, Page, Section, Table, Tone, Weight};
use crate::people::{Reach, known};
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// For how long an invitation holds.
const INVITED_MS: i64 = 24 * 60 * 60 * 1000;

/// A form that asks nothing.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Nothing {}

/// Lists them.
pub(super) async fn list(visitor: Visitor, till: Data<Till>) -> Result<HttpResponse, Fault> {
    let rows = certificates(&visitor, Role::Terminal).await?;
    let phone = known(&visitor).await?.phone.map(Reach::Phone);
    let stands = |row: &CertificateRow| Standing::of(row, &*till.authority, visitor.now());
    visitor.show(page(visitor.words(), &rows, &stands, phone.as_ref()))
}

/// Makes an invitation with which an app has its key certified. Shown once; only its hash is kept.
pub(super) async fn invite(visitor: Visitor, _: Filled<Nothing>) -> Result<HttpResponse, Fault> {
    let (person, portal, words) = (visitor.need_fresh()?, visitor.portal(), visitor.words());
    let invitation = certificates::invitation(&*portal.randomness)?;
    let until = visitor.now().saturating_add_millis(INVITED_MS);
    portal.core.invite(&person.party, &Role::Terminal, &invitation, until).await?;
    tracing::info!(target: "security", person = person.id, "a consumer was invited to enrol a terminal");
    let once = words.say_with("consumer-terminal-once", &[("moment", Value::from(words.moment(until)))]);
    let page = Page::new(words.say("consumer-terminal-new"), "/terminals")
        .with(Block::Paragraph(vec![Inline::Text(once)]))
        .with(Block::Verbatim {
            label: words.say("consumer-terminal-account"),
            text: person.party.as_str().to_owned(),
        })
        .with(Block::Verbatim {
            label: words.say("consumer-terminal-invitation"),
            text: invitation.reveal().to_owned(),
        })
        .with(Block::Actions(vec![Link::new("/terminals", words.say("consumer-terminals-back"))]));
    visitor.show(page)
}

/// Asks whether one is to be revoked.
pub(super) async fn ask(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let row = certificate(&visitor, Role::Terminal, &path).await?;
    if Standing::of(&row, &*till.authority, visitor.now()) != Standing::InForce {
        return Ok(visitor.go("/terminals", None));
    }
    let words = visitor.words();
    let page = Page::new(words.say("consumer-terminal-revoke-title"), "/terminals")
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-terminal-revoke-about"))]))
        .with(Block::Facts(vec![
            say::fact(words.say("consumer-terminal-print"), Inline::Code(print(&row))),
            say::fact(words.say("consumer-terminal-since"), words.moment(since(&row))),
        ]))
        .with(Form {
            action: format!("/terminals/{}/revoke", row.serial),
            submit: words.say("consumer-terminal-revoke-do"),
            weight: Weight::Grave,
            ..Form::default()
        })
        .with(Block::Actions(vec![Link::new("/terminals", words.say("consumer-terminals-back"))]));
    visitor.show(page)
}

/// Revokes one, as if it were in the wrong hands: nobody can know that it is not.
pub(super) async fn revoke(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_fresh()?.id;
    let row = certificate(&visitor, Role::Terminal, &path).await?;
    let serial = Serial::parse(&row.serial).map_err(Fault::internal)?;
    let revoked = till.authority.revoke(serial, RevocationReason::KeyCompromise).await;
    revoked.map_err(Fault::unavailable)?;
    tracing::info!(target: "security", person, %serial, "a consumer has revoked a terminal");
    Ok(visitor.go("/terminals", Some(say::good(visitor.words().say("consumer-terminal-revoked")))))
}

fn page(
    words: Words,
    rows: &[CertificateRow],
    stands: &dyn Fn(&CertificateRow) -> Standing,
    phone: Option<&Reach>,
) -> Page {
    let apps = Section::new(words.say("consumer-terminal-apps"))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-terminal-apps-about"))]))
        .with(table(words, rows, stands))
        .with(Form {
            action: "/terminals/invite".to_owned(),
            submit: words.say("consumer-terminal-invite"),
            weight: Weight::Quiet,
            ..Form::default()
        });
    let number = match phone {
        Some(phone) => {
            words.say_with("consumer-terminal-number", &[("number", Value::from(phone.hint().as_str()))])
        }
        None => words.say("consumer-terminal-no-number"),
    };
    let texts = Section::new(words.say("consumer-terminal-texts"))
        .with(Block::Paragraph(vec![Inline::Text(number)]))
        .with(Block::Actions(vec![Link::new("/account", words.say("consumer-terminal-account-page"))]));
    Page::new(words.say("consumer-terminals-title"), "/terminals").with(apps).with(texts)
}

fn table(words: Words, rows: &[CertificateRow], stands: &dyn Fn(&CertificateRow) -> Standing) -> Table {
    let row = |row: &CertificateRow| {
        vec![
            vec![Inline::Code(print(row))],
            vec![Inline::Text(words.moment(since(row)))],
            vec![Inline::Text(words.day(until(row)))],
            said(words, stands(row), row),
        ]
    };
    Table {
        caption: words.say("consumer-terminal-apps"),
        columns: vec![
            Column::words(words.say("consumer-terminal-print")),
            Column::words(words.say("consumer-terminal-since")),
            Column::words(words.say("consumer-terminal-until")).minor(),
            Column::words(words.say("consumer-terminal-state")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("consumer-terminal-none"),
        newer: None,
        older: None,
    }
}

fn said(words: Words, standing: Standing, row: &CertificateRow) -> Vec<Inline> {
    let chip = |tone, id: &str| Inline::Chip(Chip::new(tone, words.say(id)));
    match standing {
        Standing::InForce => vec![
            chip(Tone::Good, "consumer-terminal-in-force"),
            Inline::Break,
            say::link(
                format!("/terminals/{}/revoke", row.serial),
                words.say_with("consumer-terminal-revoke", &[("print", Value::from(print(row).as_str()))]),
            ),
        ],
        Standing::Expired => vec![chip(Tone::Plain, "consumer-terminal-expired")],
        Standing::Revoked(at) => {
            vec![
                chip(Tone::Bad, "consumer-terminal-is-revoked"),
                Inline::Break,
                Inline::Muted(words.moment(at)),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::{Msisdn, Timestamp};

    use super::*;
    use crate::words::Locale;

    #[test]
    fn only_what_is_in_force_can_be_revoked_and_the_number_is_a_hint() {
        let row = CertificateRow {
            fingerprint: vec![0xab; 32],
            serial: "0a1b".into(),
            not_after: 1,
            registered_at: 0,
        };
        let phone = Reach::Phone(Msisdn::parse("+33612345678").unwrap());
        for (standing, offered) in [
            (Standing::InForce, true),
            (Standing::Expired, false),
            (Standing::Revoked(Timestamp::EPOCH), false),
        ] {
            for locale in Locale::ALL {
                let page = page(Words::of(locale), std::slice::from_ref(&row), &|_| standing, Some(&phone));
                let text = format!("{page:?}");
                assert_eq!(text.contains("/terminals/0a1b/revoke"), offered, "{standing:?}");
                assert!(text.contains("+33…78") && !text.contains("612345678"), "{text}");
            }
        }
    }
}
