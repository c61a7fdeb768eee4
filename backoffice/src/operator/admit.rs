//! Lets somebody in: registers a party with its accounts and shows, once, the invitation that it enrols with.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::{AdminError, Details, NewAccount, NewParty};
use payment_domain::{Currency, PartyId, Role};
use payment_message::Invitation;
use serde::Deserialize;

use super::log::Nothing;
use super::officer::Officer;
use super::parties::{CONSUMER, MERCHANT, find};
use super::say;
use crate::page::{Block, FieldKind, Form, Page};
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// For how long an invitation holds.
const INVITED_MS: i64 = 72 * 60 * 60 * 1000;

/// What is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    limit: String,
}

/// Why a sheet cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Name,
    Kind,
    Limit,
    Taken,
}

/// An empty sheet.
pub(super) async fn blank(officer: Officer) -> Result<HttpResponse, Fault> {
    officer.visitor.show(page(
        officer.words(),
        &Sheet { currency: "EUR".to_owned(), ..Sheet::default() },
        None,
    ))
}

/// Registers somebody.
pub(super) async fn admit(officer: Officer, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    let again = |wrong| officer.visitor.show_again(page(officer.words(), &sheet, Some(wrong)));
    let (new, name, role) = match read(&sheet) {
        Ok(new) => (new.clone(), new.name.clone(), new.role),
        Err(wrong) => return again(wrong),
    };
    let core = &officer.visitor.portal().core;
    let registered = officer.perform("admit", name.as_str(), async {
        match core.register_party(new).await {
            Ok(()) => Ok(true),
            Err(AdminError::Exists) => Ok(false),
            Err(error) => Err(error.into()),
        }
    });
    if !registered.await? {
        return again(Wrong::Taken);
    }
    invited(&officer, &name, &role).await
}

/// Invites a party again: another key of its own, or one that was lost.
pub(super) async fn invite(
    officer: Officer,
    path: Path<String>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (row, _) = find(&officer, &path).await?;
    // Operators are certified where the issuing key is, never from here.
    if row.role != MERCHANT && row.role != CONSUMER {
        return Err(Fault::Forbidden);
    }
    let name = PartyId::parse(&row.name).map_err(Fault::internal)?;
    let role = Role::parse(&row.role).map_err(Fault::internal)?;
    invited(&officer, &name, &role).await
}

async fn invited(officer: &Officer, name: &PartyId, role: &Role) -> Result<HttpResponse, Fault> {
    let portal = officer.visitor.portal();
    let mut bytes = [0_u8; 16];
    portal.randomness.fill(&mut bytes).map_err(Fault::internal)?;
    let text = bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let invitation = Invitation::parse(&text).map_err(Fault::internal)?;
    let until = officer.visitor.now().saturating_add_millis(INVITED_MS);
    let work = async { Ok(portal.core.invite(name, role, &invitation, until).await?) };
    officer.perform("invite", name.as_str(), work).await?;
    let words = officer.words();
    let why = words.say_with(
        "operator-invitation-why",
        &[("name", Value::from(name.as_str())), ("until", Value::from(words.moment(until)))],
    );
    let page =
        Page::new(words.say_with("operator-invited", &[("name", Value::from(name.as_str()))]), "/merchants")
            .with(Block::Paragraph(vec![why.into()]))
            .with(Block::Verbatim { label: words.say("operator-invitation"), text })
            .with(Block::Paragraph(vec![say::link(format!("/parties/{name}"), name.as_str())]));
    officer.visitor.show(page)
}

fn read(sheet: &Sheet) -> Result<NewParty, Wrong> {
    let name = PartyId::parse(sheet.name.trim()).map_err(|_| Wrong::Name)?;
    let currency = Currency::parse(sheet.currency.trim()).map_err(|_| Wrong::Kind)?;
    let (role, account) = match sheet.kind.as_str() {
        "merchant" => (Role::Merchant, NewAccount::Merchant { currency }),
        "prepaid" => (Role::Terminal, NewAccount::Prepaid { currency }),
        "postpaid" => {
            let credit_limit = say::read_amount(&sheet.limit, currency).ok_or(Wrong::Limit)?;
            (Role::Terminal, NewAccount::Postpaid { credit_limit })
        }
        _ => return Err(Wrong::Kind),
    };
    let details = Details::default();
    Ok(NewParty { name, role, accounts: vec![account], msisdn: None, external: None, details })
}

fn page(words: Words, sheet: &Sheet, wrong: Option<Wrong>) -> Page {
    let kinds = vec![
        ("merchant".to_owned(), words.say("operator-kind-merchant")),
        ("prepaid".to_owned(), words.say("operator-kind-prepaid")),
        ("postpaid".to_owned(), words.say("operator-kind-postpaid")),
    ];
    let mut name = say::field("name", words.say("operator-name"), FieldKind::Text, &sheet.name);
    name.hint = Some(words.say("operator-name-hint"));
    name.autocomplete = Some("off");
    let mut kind = say::field("kind", words.say("operator-kind"), FieldKind::Choice(kinds), &sheet.kind);
    let currency = say::field("currency", words.say("operator-currency"), FieldKind::Text, &sheet.currency);
    let mut limit = say::field("limit", words.say("operator-credit-limit"), FieldKind::Amount, &sheet.limit);
    limit.optional = true;
    limit.hint = Some(words.say("operator-limit-hint"));
    match wrong {
        Some(Wrong::Name) => name.fault = Some(words.say("operator-name-wrong")),
        Some(Wrong::Taken) => name.fault = Some(words.say("operator-name-taken")),
        Some(Wrong::Kind) => kind.fault = Some(words.say("operator-kind-wrong")),
        Some(Wrong::Limit) => limit.fault = Some(words.say("operator-limit-wrong")),
        None => {}
    }
    Page::new(words.say("operator-admit"), "/merchants").with(Form {
        action: "/admit".to_owned(),
        fields: vec![name, kind, currency, limit],
        submit: words.say("operator-admit"),
        ..Form::default()
    })
}
