//! Where payouts go, and where the merchant's shops are: a browser is sent back there and nowhere else.

use actix_web::HttpResponse;
use core_payment::{BankDetails, ChangeParty, Details, Site};
use payment_domain::{BankAccount, Bic, Iban, Label};
use serde::Deserialize;

use super::say;
use crate::page::{Block, Field, FieldKind, Form, Inline, Page, Section, Weight};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// A bank account that is filled in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    holder: String,
    #[serde(default)]
    iban: String,
    #[serde(default)]
    bic: String,
}

/// Sites that are filled in, one a line.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sites {
    #[serde(default)]
    sites: String,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Holder,
    Iban,
    Bic,
    Sites,
}

/// Shows both.
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let known = details(&visitor).await?;
    visitor.show(page(visitor.words(), &known, &Sheet::default(), None, None))
}

/// Changes the bank account.
pub(super) async fn set(visitor: Visitor, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    visitor.need_fresh()?;
    let known = details(&visitor).await?;
    let account = match sheet.read() {
        Ok(account) => account,
        Err(wrong) => return visitor.show_again(page(visitor.words(), &known, &sheet, None, Some(wrong))),
    };
    keep(&visitor, Details { bank: Some(BankDetails { account, mandate: None }), ..known }).await?;
    Ok(visitor.go("/bank", Some(say::good(visitor.words().say("merchant-bank-kept")))))
}

/// Changes the sites.
pub(super) async fn set_sites(
    visitor: Visitor,
    Filled(filled): Filled<Sites>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    visitor.need_fresh()?;
    let known = details(&visitor).await?;
    let Some(sites) = filled.read() else {
        let (words, nothing) = (visitor.words(), Sheet::default());
        return visitor.show_again(page(words, &known, &nothing, Some(&filled.sites), Some(Wrong::Sites)));
    };
    keep(&visitor, Details { sites, ..known }).await?;
    Ok(visitor.go("/bank", Some(say::good(visitor.words().say("merchant-sites-kept")))))
}

/// What is on file of the visitor's merchant.
pub(super) async fn details(visitor: &Visitor) -> Result<Details, Fault> {
    let (core, party) = (visitor.portal().core.clone(), visitor.need_person()?.party.clone());
    let read = tokio::task::spawn_blocking(move || core.details(&party)).await;
    read.map_err(Fault::internal)??.ok_or(Fault::NotFound)
}

async fn keep(visitor: &Visitor, details: Details) -> Result<(), Fault> {
    let person = visitor.need_person()?;
    let change =
        ChangeParty { name: person.party.clone(), active: None, external: None, details: Some(details) };
    visitor.portal().core.change_party(change).await?;
    tracing::info!(target: "security", person = person.id, "a merchant's details were changed");
    Ok(())
}

impl Sheet {
    fn read(&self) -> Result<BankAccount, Wrong> {
        let squeezed = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace()).take(40).collect::<String>().to_ascii_uppercase()
        };
        let bic = match squeezed(&self.bic) {
            bic if bic.is_empty() => None,
            bic => Some(Bic::parse(&bic).map_err(|_| Wrong::Bic)?),
        };
        Ok(BankAccount {
            holder: Label::parse(&say::one_line(&self.holder)).map_err(|_| Wrong::Holder)?,
            iban: Iban::parse(&squeezed(&self.iban)).map_err(|_| Wrong::Iban)?,
            bic,
        })
    }
}

impl Sites {
    fn read(&self) -> Option<Vec<Site>> {
        let lines = self.sites.split_whitespace().take(Site::MOST.saturating_add(1));
        let mut sites = Vec::new();
        for line in lines {
            let site = Site::parse(line).ok()?;
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        (sites.len() <= Site::MOST).then_some(sites)
    }
}

/// The end of an IBAN: enough to know which, not enough to use it.
fn masked(iban: &Iban) -> String {
    let text = iban.reveal();
    let end: String = text.chars().skip(text.chars().count().saturating_sub(4)).collect();
    format!("{}…{end}", iban.country())
}

fn page(words: Words, known: &Details, sheet: &Sheet, sites: Option<&str>, wrong: Option<Wrong>) -> Page {
    let fault = |which: Wrong, id: &str| (wrong == Some(which)).then(|| words.say(id));
    let on_file = match &known.bank {
        Some(bank) => words.say_with(
            "merchant-bank-on-file",
            &[
                ("holder", Value::from(bank.account.holder.as_str())),
                ("iban", Value::from(masked(&bank.account.iban))),
            ],
        ),
        None => words.say("merchant-bank-none"),
    };
    let listed = known.sites.iter().map(Site::as_str).collect::<Vec<_>>().join("\n");
    let bank = Form {
        action: "/bank".to_owned(),
        fields: vec![
            Field {
                fault: fault(Wrong::Holder, "merchant-label-wrong"),
                ..say::field("holder", words.say("merchant-bank-holder"), FieldKind::Text, &sheet.holder)
            },
            Field {
                fault: fault(Wrong::Iban, "merchant-bank-iban-wrong"),
                autocomplete: Some("off"),
                ..say::field("iban", words.say("merchant-bank-iban"), FieldKind::Text, &sheet.iban)
            },
            Field {
                fault: fault(Wrong::Bic, "merchant-bank-bic-wrong"),
                optional: true,
                autocomplete: Some("off"),
                ..say::field("bic", words.say("merchant-bank-bic"), FieldKind::Text, &sheet.bic)
            },
        ],
        submit: words.say("merchant-bank-keep"),
        ..Form::default()
    };
    let shops = Form {
        action: "/bank/sites".to_owned(),
        fields: vec![Field {
            hint: Some(words.say("merchant-sites-hint")),
            fault: fault(Wrong::Sites, "merchant-sites-wrong"),
            optional: true,
            ..say::field("sites", words.say("merchant-sites"), FieldKind::Lines, sites.unwrap_or(&listed))
        }],
        submit: words.say("merchant-sites-keep"),
        weight: Weight::Quiet,
        ..Form::default()
    };
    Page::new(words.say("merchant-menu-bank"), "/bank")
        .with(Block::Paragraph(vec![Inline::Text(on_file)]))
        .with(Section::new(words.say("merchant-bank-change")).with(bank))
        .with(Section::new(words.say("merchant-sites")).with(shops))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    #[test]
    fn a_bank_account_is_read_as_banks_print_it_and_shown_by_its_end_only() {
        let sheet = Sheet {
            holder: "City <b>".into(),
            iban: "de89 3704 0044 0532 0130 00".into(),
            bic: String::new(),
        };
        let account = sheet.read().unwrap();
        assert_eq!(masked(&account.iban), "DE…3000");
        let known = Details { bank: Some(BankDetails { account, mandate: None }), ..Details::default() };
        let page = page(Words::of(Locale::English), &known, &Sheet::default(), None, None);
        assert!(!format!("{page:?}").contains("370400440532"));
        let wrong = Sheet { iban: "DE00".into(), ..sheet };
        assert_eq!(wrong.read().map(|_| ()), Err(Wrong::Iban));
    }

    #[test]
    fn sites_are_origins_and_not_more_than_a_merchant_has() {
        let read = |text: &str| Sites { sites: text.into() }.read().map(|sites| sites.len());
        assert_eq!(read(" https://shop.example\r\nhttps://shop.example\nhttp://localhost:8450 "), Some(2));
        assert_eq!(read(""), Some(0));
        assert_eq!(read("https://shop.example/back"), None);
        assert_eq!(read("javascript:alert(1)"), None);
        let many: String = (0..9).map(|n| format!("https://s{n}.example\n")).collect();
        assert_eq!(read(&many), None);
    }
}
