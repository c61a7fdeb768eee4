//! Pay links: an item for sale at an address, without a line of code (R28).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query as InAddress};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_domain::Timestamp;
use serde::Deserialize;

use super::{Shop, hosted, items, refund, say};
use crate::page::{Block, Chip, Field, FieldKind, Form, Link, Page, Section, Tone, Weight};
use crate::storage::merchant::{self as storage, ItemRow, LinkRow};
use crate::web::{Fault, Filled, MemberRole, Visitor, new_id};
use crate::words::{Value, Words};

/// Links on one page.
const ROWS: i64 = 25;
/// A link holds no longer than a year.
const MOST_DAYS: i64 = 366;
const DAY_MS: i64 = 86_400_000;
/// The most uses of a link that counts them.
const MOST_USES: i64 = 10_000;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// What is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    until: String,
    #[serde(default)]
    uses: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Until,
    Uses,
}

/// Lists them.
pub(super) async fn list(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let (merchant, before) = (person.party_number, wanted.before.unwrap_or(i64::MAX));
    let most = ROWS.saturating_add(1);
    let mut rows = visitor.read(move |conn| storage::links(conn, merchant, before, most)).await?;
    let words = visitor.words();
    let next = say::older(&mut rows, ROWS, |(link, _)| link.number);
    let mut page = Page::new(words.say("merchant-menu-links"), "/links");
    if rows.is_empty() && wanted.before.is_none() {
        let link = Some(Link::new("/items", words.say("merchant-menu-items")));
        return visitor.show(page.with(Block::Empty { text: words.say("merchant-no-links"), link }));
    }
    let may = person.may(MemberRole::Manager);
    for (link, item) in &rows {
        page = page.with(section(words, &shop, link, item, visitor.now(), may));
    }
    let mut pages = Vec::new();
    if wanted.before.is_some() {
        pages.push(Link::new("/links", words.say("merchant-newest")));
    }
    pages.extend(next.map(|last| Link::new(format!("/links?before={last}"), words.say("merchant-older"))));
    if !pages.is_empty() {
        page = page.with(Block::Actions(pages));
    }
    visitor.show(page)
}

/// Makes one.
pub(super) async fn make(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<i64>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let words = visitor.words();
    let (item, now) = (items::find(&visitor, *path).await?, visitor.now());
    let again = |block: Block| Page::new(item.title.as_str(), "/items").with(block);
    if hosted::until(&visitor, &*shop.authority).await?.is_none() {
        return visitor.show_again(again(refund::no_key(words)));
    }
    let (valid_until, uses) = match sheet.read(now) {
        Ok(read) => read,
        Err(wrong) => return visitor.show_again(again(form(words, item.id, &sheet, Some(wrong)).into())),
    };
    let randomness = &*visitor.portal().randomness;
    let mut id = [0_u8; 12];
    randomness.fill(&mut id).map_err(Fault::internal)?;
    let row = LinkRow {
        id: URL_SAFE_NO_PAD.encode(id),
        number: new_id(now, randomness).map_err(Fault::internal)?,
        merchant: item.merchant,
        item: item.id,
        uses,
        valid_until: valid_until.as_millis(),
        active: true,
        made_at: now.as_millis(),
    };
    visitor.write(move |tx| storage::insert_link(tx, &row)).await?;
    Ok(visitor.go("/links", Some(say::good(words.say("merchant-link-made")))))
}

/// Closes one. An offer that it has led to can be bought for at most an hour more.
pub(super) async fn close(
    visitor: Visitor,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (merchant, number) = (visitor.need(MemberRole::Manager)?.party_number, *path);
    if !visitor.write(move |tx| storage::close_link(tx, merchant, number)).await? {
        return Err(Fault::NotFound);
    }
    Ok(visitor.go("/links", Some(say::good(visitor.words().say("merchant-link-closed")))))
}

/// A form that says nothing but that its button was pressed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Nothing {}

impl Sheet {
    fn read(&self, now: Timestamp) -> Result<(Timestamp, Option<i64>), Wrong> {
        let latest = now.saturating_add_millis(MOST_DAYS.saturating_mul(DAY_MS));
        let until = if self.until.trim().is_empty() {
            latest
        } else {
            // The day itself is meant too.
            let day = say::read_day(&self.until).ok_or(Wrong::Until)?.saturating_add_millis(DAY_MS);
            if day <= now || day > latest.saturating_add_millis(DAY_MS) {
                return Err(Wrong::Until);
            }
            day
        };
        let uses = match self.uses.trim() {
            "" => None,
            text => Some(text.parse().ok().filter(|uses| (1..=MOST_USES).contains(uses)).ok_or(Wrong::Uses)?),
        };
        Ok((until, uses))
    }
}

/// Asks for a link to an item.
pub(super) fn form(words: Words, item: i64, sheet: &Sheet, wrong: Option<Wrong>) -> Form {
    let fault = |which: Wrong, id: &str| (wrong == Some(which)).then(|| words.say(id));
    Form {
        action: format!("/items/{item}/links"),
        fields: vec![
            Field {
                hint: Some(words.say("merchant-link-until-hint")),
                fault: fault(Wrong::Until, "merchant-link-until-wrong"),
                optional: true,
                ..say::field("until", words.say("merchant-link-until"), FieldKind::Day, &sheet.until)
            },
            Field {
                hint: Some(words.say("merchant-link-uses-hint")),
                fault: fault(Wrong::Uses, "merchant-link-uses-wrong"),
                optional: true,
                ..say::field("uses", words.say("merchant-link-uses"), FieldKind::Text, &sheet.uses)
            },
        ],
        submit: words.say("merchant-link-make"),
        ..Form::default()
    }
}

fn section(words: Words, shop: &Shop, link: &LinkRow, item: &ItemRow, now: Timestamp, may: bool) -> Section {
    let mut section = Section::new(item.title.as_str());
    let open = link.active && item.active && link.valid_until > now.as_millis();
    section.state = Some(if open {
        Chip::new(Tone::Good, words.say("merchant-link-open"))
    } else {
        Chip::new(Tone::Plain, words.say("merchant-link-not-open"))
    });
    let uses = match link.uses {
        Some(uses) => words.say_with("merchant-link-uses-limited", &[("count", Value::from(uses))]),
        None => words.say("merchant-link-uses-any"),
    };
    section = section
        .with(Block::Verbatim {
            label: words.say("merchant-link-address"),
            text: shop.consumers.at(&format!("/l/{}", link.id)),
        })
        .with(Block::Facts(vec![
            say::fact(words.say("merchant-price"), say::stored(words, item.micros, &item.currency)),
            say::fact(words.say("merchant-link-until"), words.moment(say::at(link.valid_until))),
            say::fact(words.say("merchant-link-uses"), uses),
        ]));
    if may && link.active {
        section = section.with(Form {
            action: format!("/links/{}/close", link.number),
            submit: words.say("merchant-link-close"),
            weight: Weight::Grave,
            ..Form::default()
        });
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(until: &str, uses: &str) -> Result<(String, Option<i64>), Wrong> {
        let now = Timestamp::parse("2026-11-21T15:00:00.000Z").unwrap();
        let sheet = Sheet { until: until.into(), uses: uses.into() };
        sheet.read(now).map(|(until, uses)| (until.to_string(), uses))
    }

    #[test]
    fn a_link_holds_through_the_day_that_was_chosen_and_at_most_a_year() {
        assert_eq!(read("2026-11-21", "").unwrap(), ("2026-11-22T00:00:00.000Z".into(), None));
        assert_eq!(read("", "3").unwrap().1, Some(3));
        assert_eq!(read("2026-11-20", ""), Err(Wrong::Until));
        assert_eq!(read("2028-01-01", ""), Err(Wrong::Until));
        assert_eq!(read("soon", ""), Err(Wrong::Until));
        for uses in ["0", "-1", "10001", "x", "1.5"] {
            assert_eq!(read("", uses), Err(Wrong::Uses), "{uses}");
        }
    }
}
