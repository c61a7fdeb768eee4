//! Somebody new, who has proved where they are reached: opens an account, or joins a team that they were invited into.

use actix_web::HttpResponse;
use actix_web::web::Data;
use payment_domain::{Bic, EmailAddress, Iban, Label};
use serde::Deserialize;

use super::asking::{self, Proved};
use super::opening::{self, Business, Opened};
use super::sign_in::signed_in;
use super::{People, Reach, role_words, team};
use crate::page::{Block, Field, FieldKind, Form, Notice, Page, Tone};
use crate::web::{Audience, Fault, Filled, Proof, Visitor};
use crate::words::Words;

/// What was filled in; which of it is needed depends on the portal.
#[derive(Default, Deserialize)]
pub(super) struct Sheet {
    name: Option<String>,
    business: Option<String>,
    email: Option<String>,
    iban: Option<String>,
    bic: Option<String>,
    terms: Option<String>,
    /// Joins the team that invited them.
    join: Option<String>,
}

/// What is wrong with a sheet: by field, in words.
#[derive(Default)]
struct Wrong(Vec<(&'static str, String)>);

/// `GET /welcome`.
pub(super) async fn page(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let Some(proved) = asking::proof(&visitor).await? else { return Ok(visitor.go("/sign-in", None)) };
    let page = sheet_page(&visitor, &proved, &Sheet::default(), &Wrong::default()).await?;
    visitor.show(page)
}

/// `POST /welcome`.
pub(super) async fn open(
    visitor: Visitor,
    people: Data<People>,
    sheet: Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let Some(proved) = asking::proof(&visitor).await? else { return Ok(visitor.go("/sign-in", None)) };
    let (sheet, words) = (sheet.0, visitor.words());
    let mut wrong = Wrong::default();
    let name = wrong.optional(words, "name", sheet.name.as_deref(), |text| Label::parse(text).ok());
    let opened = if sheet.join.is_some() {
        team::join(&visitor, &proved.reach, name.flatten()).await?
    } else {
        if sheet.terms.as_deref() != Some("yes") {
            wrong.0.push(("terms", words.say("people-terms-needed")));
        }
        let business = match visitor.portal().audience {
            Audience::Merchants => wrong.business(words, &sheet, &proved.reach).map(Some),
            Audience::Consumers | Audience::Operators => Some(None),
        };
        match (name, business) {
            (Some(name), Some(business)) if wrong.0.is_empty() => {
                opening::open(&visitor, people.currency, &proved.reach, name, business).await?
            }
            _ => return visitor.show_again(sheet_page(&visitor, &proved, &sheet, &wrong).await?),
        }
    };
    match opened {
        Opened::Person(person) => signed_in(&visitor, person, Proof::Code, &proved.next).await,
        Opened::Taken => {
            let mut page = sheet_page(&visitor, &proved, &sheet, &Wrong::default()).await?;
            page.notice = Some(Notice { tone: Tone::Bad, text: words.say("people-taken") });
            visitor.show_again(page)
        }
    }
}

async fn sheet_page(visitor: &Visitor, proved: &Proved, sheet: &Sheet, wrong: &Wrong) -> Result<Page, Fault> {
    let words = visitor.words();
    let merchants = visitor.portal().audience == Audience::Merchants;
    let mut page = Page::new(words.say("people-welcome-title"), "").with(Block::Paragraph(vec![
        words.say_with("people-welcome-reach", &[("reach", proved.reach.reveal().into())]).into(),
    ]));
    if merchants && let Some(invitation) = team::invitation(visitor, &proved.reach).await? {
        let text = [
            ("merchant", invitation.merchant.as_str().into()),
            ("role", words.say(role_words(invitation.role)).into()),
        ];
        let field =
            Field { name: "join", kind: FieldKind::Hidden, value: "yes".to_owned(), ..Field::default() };
        page = page.with(Block::Paragraph(vec![words.say_with("people-invited", &text).into()])).with(Form {
            action: "/welcome".to_owned(),
            fields: vec![name_field(words, sheet, wrong), field],
            submit: words.say("people-join"),
            ..Form::default()
        });
        return Ok(page);
    }
    let mut fields = vec![name_field(words, sheet, wrong)];
    if merchants {
        let asks_email = matches!(proved.reach, Reach::Phone(_));
        let text = |name, label, value: &Option<String>, optional| Field {
            name,
            label: words.say(label),
            value: value.clone().unwrap_or_default(),
            fault: wrong.of(name),
            optional,
            autocomplete: Some("off"),
            ..Field::default()
        };
        fields.push(Field {
            hint: Some(words.say("people-business-hint")),
            autocomplete: Some("organization"),
            ..text("business", "people-business", &sheet.business, false)
        });
        if asks_email {
            let kind = FieldKind::Email;
            let autocomplete = Some("email");
            fields.push(Field { kind, autocomplete, ..text("email", "people-email", &sheet.email, false) });
        }
        fields.push(Field {
            hint: Some(words.say("people-iban-hint")),
            ..text("iban", "people-iban", &sheet.iban, false)
        });
        fields.push(text("bic", "people-bic", &sheet.bic, true));
    }
    fields.push(Field {
        name: "terms",
        label: words.say(if merchants { "people-terms-merchant" } else { "people-terms-consumer" }),
        kind: FieldKind::Tick { chosen: sheet.terms.is_some() },
        value: "yes".to_owned(),
        fault: wrong.of("terms"),
        ..Field::default()
    });
    Ok(page.with(Form {
        action: "/welcome".to_owned(),
        fields,
        submit: words.say("people-open-account"),
        ..Form::default()
    }))
}

fn name_field(words: Words, sheet: &Sheet, wrong: &Wrong) -> Field {
    Field {
        name: "name",
        label: words.say("people-name"),
        value: sheet.name.clone().unwrap_or_default(),
        hint: Some(words.say("people-name-hint")),
        fault: wrong.of("name"),
        optional: true,
        autocomplete: Some("name"),
        ..Field::default()
    }
}

impl Wrong {
    fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, fault)| fault.clone())
    }

    /// What is filled in, or nothing; `None` after saying what is wrong.
    #[expect(clippy::option_option, reason = "not filled in, and filled in wrong, are two things")]
    fn optional<T>(
        &mut self,
        words: Words,
        field: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else { return Some(None) };
        let parsed = parse(text);
        if parsed.is_none() {
            self.0.push((field, words.say(wrong_words(field))));
        }
        parsed.map(Some)
    }

    fn needed<T>(
        &mut self,
        words: Words,
        field: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let read = self.optional(words, field, text, parse)?;
        if read.is_none() {
            self.0.push((field, words.say("people-needed")));
        }
        read
    }

    fn business(&mut self, words: Words, sheet: &Sheet, reach: &Reach) -> Option<Business> {
        let name = self.needed(words, "business", sheet.business.as_deref(), |text| Label::parse(text).ok());
        let iban =
            self.needed(words, "iban", sheet.iban.as_deref(), |text| Iban::parse(&squeezed(text)).ok());
        let bic = self.optional(words, "bic", sheet.bic.as_deref(), |text| Bic::parse(&squeezed(text)).ok());
        let email = match reach {
            Reach::Email(email) => Some(email.clone()),
            Reach::Phone(_) => {
                self.needed(words, "email", sheet.email.as_deref(), |text| EmailAddress::parse(text).ok())
            }
        };
        Some(Business { name: name?, iban: iban?, bic: bic?, email: email? })
    }
}

fn wrong_words(field: &str) -> &'static str {
    match field {
        "name" => "people-name-wrong",
        "business" => "people-business-wrong",
        "iban" => "people-iban-wrong",
        "bic" => "people-bic-wrong",
        _ => "people-email-wrong",
    }
}

/// As banks print it, in groups; and as people type it.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase()
}
