//! What the merchant sells through pay links: code, title, price, terms, and when the money is taken (R54).

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use payment_domain::{Capture, Currency, Label, Money};
use serde::Deserialize;

use super::{links, say};
use crate::page::{Block, Chip, Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table, Tone};
use crate::storage::merchant::{self as storage, ItemRow};
use crate::web::{Fault, Filled, MemberRole, Visitor, new_id};
use crate::words::Words;

/// Items on one page.
const ROWS: i64 = 50;
/// The longest terms.
const MOST_TERMS: usize = 2000;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: i64,
}

/// What is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    price: String,
    #[serde(default)]
    terms: String,
    #[serde(default)]
    capture: String,
    #[serde(default)]
    active: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Code,
    CodeTaken,
    Title,
    Price,
    Terms,
}

/// Lists them.
pub(super) async fn list(
    visitor: Visitor,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let merchant = person.party_number;
    let most = ROWS.saturating_add(1);
    let mut rows = visitor.read(move |conn| storage::items(conn, merchant, wanted.after, most)).await?;
    let words = visitor.words();
    let next = say::older(&mut rows, ROWS, |row| row.id);
    let mut table = table(words, &rows);
    table.older = next.map(|last| Link::new(format!("/items?after={last}"), words.say("merchant-more")));
    table.newer = (wanted.after > 0).then(|| Link::new("/items", words.say("merchant-first")));
    let mut page = Page::new(words.say("merchant-menu-items"), "/items");
    if person.may(MemberRole::Manager) {
        page = page.with(Block::Actions(vec![Link::new("/items/new", words.say("merchant-item-new"))]));
    }
    visitor.show(page.with(table))
}

/// Asks for a new one.
pub(super) async fn blank(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let currency = visitor.portal().core.policy().currency;
    visitor.show(blank_page(visitor.words(), &Sheet::default(), currency, None))
}

/// Adds it.
pub(super) async fn add(visitor: Visitor, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need(MemberRole::Manager)?.party_number;
    let (portal, words) = (visitor.portal(), visitor.words());
    let currency = portal.core.policy().currency;
    let id = new_id(visitor.now(), &*portal.randomness).map_err(Fault::internal)?;
    let row = match sheet.read(currency, merchant, id) {
        Ok(row) => ItemRow { active: true, version: visitor.now().as_millis(), ..row },
        Err(wrong) => return visitor.show_again(blank_page(words, &sheet, currency, Some(wrong))),
    };
    if visitor.write(move |tx| storage::insert_item(tx, &row)).await? {
        Ok(visitor.go(format!("/items/{id}"), Some(say::good(words.say("merchant-item-kept")))))
    } else {
        visitor.show_again(blank_page(words, &sheet, currency, Some(Wrong::CodeTaken)))
    }
}

/// Shows one, with its pay links to be made.
pub(super) async fn show(visitor: Visitor, path: Path<i64>) -> Result<HttpResponse, Fault> {
    let row = find(&visitor, *path).await?;
    let may = visitor.need_person()?.may(MemberRole::Manager);
    visitor.show(page(visitor.words(), &row, &Sheet::of(&row), None, may))
}

/// Changes one. Offers that were made of it hold for at most an hour more.
pub(super) async fn change(
    visitor: Visitor,
    path: Path<i64>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need(MemberRole::Manager)?.party_number;
    let (before, words) = (find(&visitor, *path).await?, visitor.words());
    let currency = Currency::parse(&before.currency).map_err(Fault::internal)?;
    let sheet = Sheet { code: before.code.clone(), ..sheet };
    let row = match sheet.read(currency, merchant, before.id) {
        Ok(row) => ItemRow { version: visitor.now().as_millis(), ..row },
        Err(wrong) => return visitor.show_again(page(words, &before, &sheet, Some(wrong), true)),
    };
    if !visitor.write(move |tx| storage::update_item(tx, &row)).await? {
        return Err(Fault::NotFound);
    }
    Ok(visitor.go(format!("/items/{}", before.id), Some(say::good(words.say("merchant-item-kept")))))
}

/// One of the visitor's merchant's items.
pub(super) async fn find(visitor: &Visitor, id: i64) -> Result<ItemRow, Fault> {
    let merchant = visitor.need_person()?.party_number;
    visitor.read(move |conn| storage::item(conn, merchant, id)).await?.ok_or(Fault::NotFound)
}

impl Sheet {
    fn of(row: &ItemRow) -> Self {
        let price =
            Currency::parse(&row.currency).map(|currency| Money::from_micros(row.micros, currency).decimal());
        Self {
            code: row.code.clone(),
            title: row.title.clone(),
            price: price.unwrap_or_default(),
            terms: row.terms.clone(),
            capture: row.capture.clone(),
            active: if row.active { "yes".to_owned() } else { String::new() },
        }
    }

    fn read(&self, currency: Currency, merchant: i64, id: i64) -> Result<ItemRow, Wrong> {
        let code = Label::parse(&say::one_line(&self.code)).map_err(|_| Wrong::Code)?;
        let title = Label::parse(&say::one_line(&self.title)).map_err(|_| Wrong::Title)?;
        let price = say::read_amount(&self.price, currency).ok_or(Wrong::Price)?;
        let terms = self.terms.trim();
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        if terms.chars().count() > MOST_TERMS || !terms.chars().all(plain) {
            return Err(Wrong::Terms);
        }
        let capture = Capture::parse(&self.capture).unwrap_or(Capture::Immediate);
        Ok(ItemRow {
            id,
            merchant,
            code: code.as_str().to_owned(),
            title: title.as_str().to_owned(),
            micros: price.micros(),
            currency: currency.as_str().to_owned(),
            terms: terms.to_owned(),
            capture: capture.as_str().to_owned(),
            active: self.active == "yes",
            version: 0,
        })
    }
}

fn table(words: Words, rows: &[ItemRow]) -> Table {
    let row = |row: &ItemRow| {
        vec![
            vec![say::link(format!("/items/{}", row.id), row.title.as_str())],
            vec![Inline::Code(row.code.clone())],
            vec![Inline::Chip(on_sale(words, row.active))],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-items"),
        columns: vec![
            Column::words(words.say("merchant-column-item")),
            Column::words(words.say("merchant-item-code")).minor(),
            Column::words(words.say("merchant-column-state")),
            Column::numbers(words.say("merchant-price")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-items"),
        newer: None,
        older: None,
    }
}

fn on_sale(words: Words, active: bool) -> Chip {
    if active {
        Chip::new(Tone::Good, words.say("merchant-item-on-sale"))
    } else {
        Chip::new(Tone::Plain, words.say("merchant-item-off-sale"))
    }
}

fn blank_page(words: Words, sheet: &Sheet, currency: Currency, wrong: Option<Wrong>) -> Page {
    let fields = fields(words, sheet, currency, wrong, true);
    Page::new(words.say("merchant-item-new"), "/items").with(Form {
        action: "/items".to_owned(),
        fields,
        submit: words.say("merchant-item-keep"),
        ..Form::default()
    })
}

fn page(words: Words, row: &ItemRow, sheet: &Sheet, wrong: Option<Wrong>, may: bool) -> Page {
    let mut page = Page::new(row.title.as_str(), "/items");
    page.state = Some(on_sale(words, row.active));
    let page = page.with(Block::Facts(vec![
        say::fact(words.say("merchant-item-code"), Inline::Code(row.code.clone())),
        say::fact(words.say("merchant-price"), say::stored(words, row.micros, &row.currency)),
        say::fact(words.say("merchant-terms"), row.terms.clone()),
    ]));
    let Ok(currency) = Currency::parse(&row.currency) else { return page };
    if !may {
        return page;
    }
    let mut fields = fields(words, sheet, currency, wrong, false);
    fields.push(Field {
        kind: FieldKind::Tick { chosen: sheet.active == "yes" },
        value: "yes".to_owned(),
        optional: true,
        ..say::field("active", words.say("merchant-item-active"), FieldKind::Text, "")
    });
    let change = Form {
        action: format!("/items/{}", row.id),
        fields,
        submit: words.say("merchant-item-keep"),
        weight: crate::page::Weight::Quiet,
        ..Form::default()
    };
    page.with(Section::new(words.say("merchant-link-new")).with(links::form(
        words,
        row.id,
        &links::Sheet::default(),
        None,
    )))
    .with(Section::new(words.say("merchant-item-change")).with(change))
}

fn fields(words: Words, sheet: &Sheet, currency: Currency, wrong: Option<Wrong>, new: bool) -> Vec<Field> {
    let fault = |which: Wrong, id: &str| (wrong == Some(which)).then(|| words.say(id));
    let captures = vec![
        (Capture::Immediate.as_str().to_owned(), words.say("merchant-capture-immediate")),
        (Capture::Deferred.as_str().to_owned(), words.say("merchant-capture-deferred")),
    ];
    let capture = if sheet.capture.is_empty() { Capture::Immediate.as_str() } else { &sheet.capture };
    let mut fields = Vec::new();
    if new {
        fields.push(Field {
            hint: Some(words.say("merchant-item-code-hint")),
            fault: fault(Wrong::Code, "merchant-label-wrong")
                .or_else(|| fault(Wrong::CodeTaken, "merchant-item-code-taken")),
            autocomplete: Some("off"),
            ..say::field("code", words.say("merchant-item-code"), FieldKind::Text, &sheet.code)
        });
    }
    fields.extend([
        Field {
            fault: fault(Wrong::Title, "merchant-label-wrong"),
            ..say::field("title", words.say("merchant-item-title"), FieldKind::Text, &sheet.title)
        },
        Field {
            hint: Some(currency.to_string()),
            fault: fault(Wrong::Price, "merchant-amount-wrong"),
            ..say::field("price", words.say("merchant-price"), FieldKind::Amount, &sheet.price)
        },
        Field {
            hint: Some(words.say("merchant-terms-hint")),
            fault: fault(Wrong::Terms, "merchant-terms-wrong"),
            optional: true,
            ..say::field("terms", words.say("merchant-terms"), FieldKind::Lines, &sheet.terms)
        },
        say::field("capture", words.say("merchant-capture"), FieldKind::Choice(captures), capture),
    ]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    fn sheet() -> Sheet {
        Sheet {
            code: " Z7 ".into(),
            title: "<script>alert(1)</script>\n&".into(),
            price: "2,40".into(),
            terms: "As seen.\nNo refund.".into(),
            capture: "deferred".into(),
            active: "yes".into(),
        }
    }

    #[test]
    fn an_item_is_read_as_people_write_it() {
        let row = sheet().read(Currency::EUR, 7, 1).unwrap();
        assert_eq!((row.code.as_str(), row.micros, row.capture.as_str()), ("Z7", 2_400_000, "deferred"));
        assert_eq!(row.title, "<script>alert(1)</script> &");
        assert_eq!((row.merchant, row.active), (7, true));
        let read = |sheet: Sheet| sheet.read(Currency::EUR, 7, 1).map(|_| ());
        for (sheet, wrong) in [
            (Sheet { code: String::new(), ..sheet() }, Wrong::Code),
            (Sheet { title: "x".repeat(121), ..sheet() }, Wrong::Title),
            (Sheet { price: "0".into(), ..sheet() }, Wrong::Price),
            (Sheet { price: "-1".into(), ..sheet() }, Wrong::Price),
            (Sheet { terms: "a\0b".into(), ..sheet() }, Wrong::Terms),
            (Sheet { terms: "x".repeat(MOST_TERMS + 1), ..sheet() }, Wrong::Terms),
        ] {
            assert_eq!(read(sheet), Err(wrong));
        }
    }

    #[test]
    fn a_hostile_title_is_text_on_the_page() {
        let words = Words::of(Locale::English);
        let row = sheet().read(Currency::EUR, 7, 1).unwrap();
        let page = page(words, &row, &Sheet::of(&row), None, true);
        let html = crate::page::html::render(&page, &crate::page::Frame::default()).unwrap();
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains("&#60;script&#62;"), "{html}");
    }

    #[test]
    fn who_only_looks_sees_no_form() {
        let words = Words::of(Locale::English);
        let row = sheet().read(Currency::EUR, 7, 1).unwrap();
        let page = page(words, &row, &Sheet::of(&row), None, false);
        assert!(page.blocks.iter().all(|block| !matches!(block, Block::Form(_) | Block::Section(_))));
    }
}
