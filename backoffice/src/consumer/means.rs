//! Payment methods: what is charged where an account does not pay, and what bills are collected from. Given once, sealed,
//! never shown again (R47, R54), and taken back unless something needs it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use core_payment::{
    BankDetails, ChangeParty, Details, ExternalInstrument, Mandate, Means, Standing, Withdraw, WithdrawError,
};
use payment_domain::{BankAccount, Iban, Label, MandateId};
use serde::Deserialize;

use super::instruction::fresh_id;
use super::top_up::standing;
use super::{Till, coupons, say};
use crate::page::{Block, Field, FieldKind, Form, Inline, Page, Section, Weight};
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// Charged by direct debit.
const BY_MANDATE: &str = "sepa:mandate";

/// A bank account that is filled in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Bank {
    #[serde(default)]
    holder: String,
    #[serde(default)]
    iban: String,
    #[serde(default)]
    agreed: String,
}

/// A card that is chosen.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Card {
    #[serde(default)]
    card: String,
}

/// Shows what is on file, and how to change it.
pub(super) async fn show(visitor: Visitor, till: Data<Till>) -> Result<HttpResponse, Fault> {
    let (standing, details) = on_file(&visitor).await?;
    visitor.show(page(visitor.words(), &till, &standing, &details, &Bank::default(), None))
}

/// Takes a bank account, with the consent to debit it.
pub(super) async fn set_bank(
    visitor: Visitor,
    till: Data<Till>,
    Filled(bank): Filled<Bank>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_fresh()?.party.clone();
    let words = visitor.words();
    let (standing, known) = on_file(&visitor).await?;
    let account = match bank.read() {
        Ok(account) => account,
        Err(wrong) => {
            return visitor.show_again(page(words, &till, &standing, &known, &bank, Some(wrong)));
        }
    };
    let id = fresh_id(&*visitor.portal().randomness, visitor.now())?.to_string().replace('-', "");
    let mandate = Mandate {
        id: MandateId::parse(&format!("M{id}")).map_err(Fault::internal)?,
        signed_at: visitor.now(),
    };
    let details = Details { bank: Some(BankDetails { account, mandate: Some(mandate) }), ..known };
    let external = Some(ExternalInstrument::parse(BY_MANDATE).map_err(Fault::internal)?);
    let change = ChangeParty { name: party, active: None, external, details: Some(details) };
    visitor.portal().core.change_party(change).await?;
    Ok(visitor.go("/means", Some(say::good(words.say("consumer-means-bank-kept")))))
}

/// Takes a card of the simulated bank, where no money is real.
pub(super) async fn set_card(
    visitor: Visitor,
    till: Data<Till>,
    Filled(card): Filled<Card>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_fresh()?.party.clone();
    if till.test_cards.is_empty() {
        return Err(Fault::NotFound);
    }
    let chosen = till.test_cards.iter().find(|known| known.name == card.card).ok_or(Fault::invalid())?;
    let external = Some(ExternalInstrument::parse(chosen.instrument).map_err(Fault::internal)?);
    let change = ChangeParty { name: party, active: None, external, details: None };
    visitor.portal().core.change_party(change).await?;
    let text = visitor.words().say("consumer-means-card-kept");
    Ok(visitor.go("/means", Some(say::good(text))))
}

/// Takes the bank account back, with the consent to debit it.
pub(super) async fn remove_bank(
    visitor: Visitor,
    till: Data<Till>,
    _: Filled<coupons::Pressed>,
) -> Result<HttpResponse, Fault> {
    visitor.need_fresh()?;
    remove(&visitor, &till, Means::Bank).await
}

/// Takes back what is charged.
pub(super) async fn remove_instrument(
    visitor: Visitor,
    till: Data<Till>,
    _: Filled<coupons::Pressed>,
) -> Result<HttpResponse, Fault> {
    visitor.need_fresh()?;
    remove(&visitor, &till, Means::Instrument).await
}

async fn remove(visitor: &Visitor, till: &Till, means: Means) -> Result<HttpResponse, Fault> {
    let (person, words) = (visitor.need_person()?, visitor.words());
    let withdraw = Withdraw { consumer: person.party.clone(), means };
    let why = match visitor.portal().core.withdraw(withdraw).await {
        Ok(()) => {
            tracing::info!(target: "security", person = person.id, "a consumer has taken a payment method back");
            let done = match means {
                Means::Bank => words.say("consumer-means-bank-removed"),
                Means::Instrument => words.say("consumer-means-card-removed"),
            };
            return Ok(visitor.go("/means", Some(say::good(done))));
        }
        Err(WithdrawError::Owes) => words.say("consumer-means-owes"),
        Err(WithdrawError::UnderWay) => words.say("consumer-means-under-way"),
        Err(WithdrawError::UnknownConsumer) => return Err(Fault::NotFound),
        Err(WithdrawError::Submit(error)) => return Err(error.into()),
    };
    let (standing, details) = on_file(visitor).await?;
    let mut page = page(words, till, &standing, &details, &Bank::default(), None);
    page.notice = Some(say::bad(why));
    visitor.show_again(page)
}

async fn on_file(visitor: &Visitor) -> Result<(Standing, Details), Fault> {
    let (core, party) = (visitor.portal().core.clone(), visitor.need_person()?.party.clone());
    let read = tokio::task::spawn_blocking(move || core.details(&party)).await;
    let details = read.map_err(Fault::internal)??.ok_or(Fault::NotFound)?;
    Ok((standing(visitor).await?, details))
}

/// What is wrong with a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Holder,
    Iban,
    NotAgreed,
}

impl Bank {
    fn read(&self) -> Result<BankAccount, Wrong> {
        let holder = Label::parse(self.holder.trim()).map_err(|_| Wrong::Holder)?;
        let plain: String = self.iban.chars().filter(|c| !c.is_whitespace()).take(40).collect();
        let iban = Iban::parse(&plain.to_ascii_uppercase()).map_err(|_| Wrong::Iban)?;
        if self.agreed == "yes" { Ok(BankAccount { holder, iban, bic: None }) } else { Err(Wrong::NotAgreed) }
    }
}

fn page(
    words: Words,
    till: &Till,
    standing: &Standing,
    details: &Details,
    bank: &Bank,
    wrong: Option<Wrong>,
) -> Page {
    let charged = match standing.charged_at.as_deref() {
        Some("sepa") => words.say("consumer-means-by-mandate"),
        Some("simulator") => words.say("consumer-means-by-test-card"),
        Some(_) => words.say("consumer-means-by-card"),
        None => words.say("consumer-means-none"),
    };
    let collected = match &details.bank {
        Some(known) => {
            let country = Value::from(known.account.iban.country());
            let mandate =
                known.mandate.as_ref().map_or(String::new(), |mandate| words.day(mandate.signed_at));
            words.say_with(
                "consumer-means-bank-on-file",
                &[("country", country), ("day", Value::from(mandate))],
            )
        }
        None => words.say("consumer-means-none"),
    };
    let facts = Block::Facts(vec![
        say::fact(words.say("consumer-means-charged"), charged),
        say::fact(words.say("consumer-means-collected"), collected),
    ]);
    let mut page = Page::new(words.say("consumer-menu-means"), "/means")
        .with(facts)
        .with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-means-never-shown"))]))
        .with(Section::new(words.say("consumer-means-bank")).with(bank_form(words, bank, wrong)));
    if let Some(section) = removal(words, standing, details) {
        page = page.with(section);
    }
    if !till.test_cards.is_empty() {
        let choices = till.test_cards.iter().map(|card| (card.name.to_owned(), test_card(words, card.name)));
        let form = Form {
            action: "/means/card".to_owned(),
            fields: vec![Field {
                name: "card",
                label: words.say("consumer-means-test-card"),
                kind: FieldKind::Choice(choices.collect()),
                ..Field::default()
            }],
            submit: words.say("consumer-means-card-keep"),
            weight: Weight::Quiet,
            ..Form::default()
        };
        page = page.with(Section::new(words.say("consumer-means-test-cards")).with(form));
    }
    page
}

/// What is on file can be taken back. Whatever is charged by a mandate goes with its bank account.
fn removal(words: Words, standing: &Standing, details: &Details) -> Option<Section> {
    let by_mandate = standing.charged_at.as_deref() == Some(core_payment::bank::SYSTEM);
    let mut section = Section::new(words.say("consumer-means-remove"));
    let button = |action: &str, text| say::button(action, text, Weight::Grave);
    if details.bank.is_some() {
        section = section.with(button("/means/bank/remove", words.say("consumer-means-bank-remove")));
    }
    if standing.charged_at.is_some() && !(by_mandate && details.bank.is_some()) {
        section = section.with(button("/means/card/remove", words.say("consumer-means-card-remove")));
    }
    (!section.blocks.is_empty()).then_some(section)
}

fn test_card(words: Words, name: &str) -> String {
    match name {
        "approved" => words.say("consumer-test-card-approves"),
        "declined" => words.say("consumer-test-card-declines"),
        "slow" => words.say("consumer-test-card-slow"),
        other => other.to_owned(),
    }
}

fn bank_form(words: Words, bank: &Bank, wrong: Option<Wrong>) -> Form {
    let fault = |which, text: fn(Words) -> String| (wrong == Some(which)).then(|| text(words));
    Form {
        action: "/means/bank".to_owned(),
        fields: vec![
            Field {
                name: "holder",
                label: words.say("consumer-means-holder"),
                value: bank.holder.clone(),
                fault: fault(Wrong::Holder, |words| words.say("consumer-means-holder-wrong")),
                autocomplete: Some("name"),
                ..Field::default()
            },
            Field {
                name: "iban",
                label: words.say("consumer-means-iban"),
                value: bank.iban.clone(),
                fault: fault(Wrong::Iban, |words| words.say("consumer-means-iban-wrong")),
                autocomplete: Some("off"),
                ..Field::default()
            },
            Field {
                name: "agreed",
                label: words.say("consumer-means-agree"),
                kind: FieldKind::Tick { chosen: false },
                value: "yes".to_owned(),
                fault: fault(Wrong::NotAgreed, |words| words.say("consumer-means-agree-needed")),
                ..Field::default()
            },
        ],
        submit: words.say("consumer-means-bank-keep"),
        weight: Weight::Main,
        ..Form::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(holder: &str, iban: &str, agreed: &str) -> Bank {
        Bank { holder: holder.into(), iban: iban.into(), agreed: agreed.into() }
    }

    #[test]
    fn a_bank_account_is_read_as_people_write_it_and_only_with_their_consent() {
        let good = bank(" Alice Martin ", "de89 3704 0044 0532 0130 00", "yes").read().unwrap();
        assert_eq!((good.holder.as_str(), good.iban.reveal()), ("Alice Martin", "DE89370400440532013000"));
        for (wrong, why) in [
            (bank("", "DE89370400440532013000", "yes"), Wrong::Holder),
            (bank("Alice", "DE88370400440532013000", "yes"), Wrong::Iban),
            (bank("Alice", "<script>", "yes"), Wrong::Iban),
            (bank("Alice", "DE89370400440532013000", ""), Wrong::NotAgreed),
        ] {
            assert_eq!(wrong.read().map(|_| ()), Err(why));
        }
    }
}
