//! Lets somebody in: registers a party with its accounts, where it is reached and paid, and shows, once, the invitation that
//! it enrols with. Who is reached somewhere signs in at a portal with a code that is sent there.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::{AdminError, BankDetails, Details, NewAccount, NewParty};
use payment_domain::{BankAccount, Currency, Iban, Label, PartyId, Role};
use payment_message::Invitation;
use serde::Deserialize;

use super::log::Nothing;
use super::officer::Officer;
use super::parties::{CONSUMER, MERCHANT, find};
use super::say;
use crate::page::{Block, Field, FieldKind, Form, Page};
use crate::people::{Admission, AdmissionError, Reach, admit as let_in};
use crate::storage::people;
use crate::web::{Audience, Fault, Filled, MemberRole};
use crate::words::{Value, Words};

/// For how long an invitation holds.
const INVITED_MS: i64 = 72 * 60 * 60 * 1000;

/// What is filled in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    limit: String,
    #[serde(default)]
    reach: String,
    #[serde(default)]
    holder: String,
    #[serde(default)]
    iban: String,
}

/// Why a sheet cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Name,
    Kind,
    Limit,
    Taken,
    Reach,
    ReachTaken,
    Holder,
    Iban,
    NoBank,
}

/// Somebody to let in, and where they sign in.
struct Newcomer {
    party: NewParty,
    reach: Option<Reach>,
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
    let newcomer = match read(&sheet) {
        Ok(newcomer) => newcomer,
        Err(wrong) => return again(wrong),
    };
    // Before anything is registered: afterwards there would be a party that nobody signs in for.
    if is_taken(&officer, &newcomer).await? {
        return again(Wrong::ReachTaken);
    }
    let (name, role) = (newcomer.party.name.clone(), newcomer.party.role.clone());
    if let Some(wrong) = officer.perform("admit", name.as_str(), register(&officer, newcomer)).await? {
        return again(wrong);
    }
    invited(&officer, &name, &role).await
}

/// Whether somebody else has this address or number.
async fn is_taken(officer: &Officer, newcomer: &Newcomer) -> Result<bool, Fault> {
    let Some(reach) = newcomer.reach.clone() else { return Ok(false) };
    let audience =
        if newcomer.party.role == Role::Merchant { Audience::Merchants } else { Audience::Consumers };
    let index = officer.visitor.reach_index(&reach);
    let known = officer.visitor.read(move |conn| people::person_by_reach(conn, audience.as_str(), &index));
    if known.await?.is_some() {
        return Ok(true);
    }
    let Some(number) = newcomer.party.msisdn.clone() else { return Ok(false) };
    let core = officer.visitor.portal().core.clone();
    let found = tokio::task::spawn_blocking(move || core.consumer_with(&number)).await;
    Ok(found.map_err(Fault::internal)??.is_some())
}

/// Registers somebody, and lets them sign in; or says what is in the way.
async fn register(officer: &Officer, newcomer: Newcomer) -> Result<Option<Wrong>, Fault> {
    let portal = officer.visitor.portal();
    let Newcomer { party, reach } = newcomer;
    let name = party.name.clone();
    match portal.core.register_party(party).await {
        Ok(()) => {}
        Err(AdminError::Exists) => return Ok(Some(Wrong::Taken)),
        Err(error) => return Err(error.into()),
    }
    let Some(reach) = reach else { return Ok(None) };
    let locale = officer.visitor.locale();
    let admission = Admission { party: name, role: MemberRole::Owner, reach, name: None, locale };
    match let_in(&portal.store, &*portal.randomness, officer.visitor.now(), admission).await {
        Ok(_) => Ok(None),
        Err(AdmissionError::Taken) => Ok(Some(Wrong::ReachTaken)),
        Err(AdmissionError::Store(error)) => Err(error.into()),
        Err(error) => Err(Fault::internal(error)),
    }
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

fn read(sheet: &Sheet) -> Result<Newcomer, Wrong> {
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
    let reach = match sheet.reach.trim() {
        "" => None,
        text => Some(Reach::parse(text).ok_or(Wrong::Reach)?),
    };
    // By a consumer's number orders by text message are known; a merchant has it for signing in only.
    let (email, msisdn) = match reach.clone() {
        Some(Reach::Email(email)) => (Some(email), None),
        Some(Reach::Phone(number)) => (None, Some(number).filter(|_| role == Role::Terminal)),
        None => (None, None),
    };
    let bank = sheet.bank()?;
    if bank.is_some() && role != Role::Merchant {
        return Err(Wrong::NoBank);
    }
    let details = Details { email, bank, ..Details::default() };
    let party = NewParty { name, role, accounts: vec![account], msisdn, external: None, details };
    Ok(Newcomer { party, reach })
}

impl Sheet {
    /// Where somebody is paid: both, or nothing.
    fn bank(&self) -> Result<Option<BankDetails>, Wrong> {
        let holder = say::one_line(&self.holder);
        let iban: String = self.iban.chars().filter(|c| !c.is_whitespace()).take(40).collect();
        if holder.is_empty() && iban.is_empty() {
            return Ok(None);
        }
        let account = BankAccount {
            holder: Label::parse(&holder).map_err(|_| Wrong::Holder)?,
            iban: Iban::parse(&iban.to_ascii_uppercase()).map_err(|_| Wrong::Iban)?,
            bic: None,
        };
        Ok(Some(BankDetails { account, mandate: None }))
    }
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
    let optional = |name, label, value: &str| Field {
        optional: true,
        autocomplete: Some("off"),
        ..say::field(name, label, FieldKind::Text, value)
    };
    let mut reach = optional("reach", words.say("operator-reach"), &sheet.reach);
    reach.hint = Some(words.say("operator-reach-hint"));
    let mut holder = optional("holder", words.say("operator-holder"), &sheet.holder);
    let mut iban = optional("iban", words.say("operator-iban"), &sheet.iban);
    iban.hint = Some(words.say("operator-iban-hint"));
    match wrong {
        Some(Wrong::Name) => name.fault = Some(words.say("operator-name-wrong")),
        Some(Wrong::Taken) => name.fault = Some(words.say("operator-name-taken")),
        Some(Wrong::Kind) => kind.fault = Some(words.say("operator-kind-wrong")),
        Some(Wrong::Limit) => limit.fault = Some(words.say("operator-limit-wrong")),
        Some(Wrong::Reach) => reach.fault = Some(words.say("operator-reach-wrong")),
        Some(Wrong::ReachTaken) => reach.fault = Some(words.say("operator-reach-taken")),
        Some(Wrong::Holder) => holder.fault = Some(words.say("operator-holder-wrong")),
        Some(Wrong::Iban) => iban.fault = Some(words.say("operator-iban-wrong")),
        Some(Wrong::NoBank) => iban.fault = Some(words.say("operator-iban-hint")),
        None => {}
    }
    Page::new(words.say("operator-admit"), "/merchants").with(Form {
        action: "/admit".to_owned(),
        fields: vec![name, kind, currency, limit, reach, holder, iban],
        submit: words.say("operator-admit"),
        ..Form::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(kind: &str, reach: &str, holder: &str, iban: &str) -> Sheet {
        Sheet {
            name: "new-one".into(),
            kind: kind.into(),
            currency: "EUR".into(),
            limit: String::new(),
            reach: reach.into(),
            holder: holder.into(),
            iban: iban.into(),
        }
    }

    #[test]
    fn whoever_is_let_in_is_reached_and_paid_where_it_is_said_and_nowhere_else() {
        const IBAN: &str = "de89 3704 0044 0532 0130 00";
        let shop = read(&sheet("merchant", " shop@example.org ", "City  Shop", IBAN)).ok().unwrap();
        let bank = shop.party.details.bank.unwrap();
        assert_eq!(bank.account.holder.as_str(), "City Shop");
        assert_eq!(bank.account.iban.reveal(), "DE89370400440532013000");
        assert!(bank.mandate.is_none());
        assert_eq!(shop.party.details.email.unwrap().reveal(), "shop@example.org");
        assert!(shop.reach.is_some() && shop.party.msisdn.is_none());

        let phone = "+33612345678";
        let merchant = read(&sheet("merchant", phone, "", "")).ok().unwrap();
        assert!(merchant.party.msisdn.is_none() && merchant.reach.is_some());
        let consumer = read(&sheet("prepaid", phone, "", "")).ok().unwrap();
        assert_eq!(consumer.party.msisdn.unwrap().reveal(), phone);
        let nobody = read(&sheet("prepaid", "", " ", "")).ok().unwrap();
        assert!(nobody.reach.is_none() && nobody.party.details == Details::default());

        for (sheet, wrong) in [
            (sheet("prepaid", "somewhere", "", ""), Wrong::Reach),
            (sheet("merchant", "", "", IBAN), Wrong::Holder),
            (sheet("merchant", "", "City Shop", ""), Wrong::Iban),
            (sheet("merchant", "", "City Shop", "DE00370400440532013000"), Wrong::Iban),
            (sheet("prepaid", "", "Alice", IBAN), Wrong::NoBank),
        ] {
            assert_eq!(read(&sheet).err(), Some(wrong));
        }
    }
}
