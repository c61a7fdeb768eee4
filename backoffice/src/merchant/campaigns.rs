//! Campaigns: discounts for the first who claim them (R24), promised with the merchant's signature.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query as InAddress};
use payment_domain::{Campaign, CampaignId, Currency, Discount, Label, MerchantId, Timestamp};
use payment_message::Message;
use serde::Deserialize;

use super::act::{self, Outcome};
use super::{Shop, hosted, refund, say};
use crate::consumer::instruction::fresh_id;
use crate::page::{Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table};
use crate::storage::merchant::{self as storage, CampaignRow};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Campaigns on one page.
const ROWS: i64 = 25;
/// The most coupons of one campaign.
const MOST_COUPONS: u32 = 1_000_000;

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
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    discount: String,
    #[serde(default)]
    coupons: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Title,
    Item,
    Discount,
    Coupons,
    Times,
}

/// Lists them, and asks for another one.
pub(super) async fn list(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let page = page(&visitor, words, wanted).await?;
    if !visitor.need_person()?.may(MemberRole::Manager) {
        return visitor.show(page);
    }
    let block = if hosted::until(&visitor, &*shop.authority).await?.is_some() {
        let id = fresh_id(&*visitor.portal().randomness, visitor.now())?;
        let sheet = Sheet { id: id.to_string(), ..Sheet::default() };
        form(words, &sheet, visitor.portal().core.policy().currency, None).into()
    } else {
        refund::no_key(words)
    };
    visitor.show(page.with(Section::new(words.say("merchant-campaign-new")).with(block)))
}

/// Begins one.
pub(super) async fn begin(
    visitor: Visitor,
    shop: Data<Shop>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let merchant = MerchantId::new(visitor.need_fresh()?.party.clone());
    let (words, currency) = (visitor.words(), visitor.portal().core.policy().currency);
    let again = |sheet: &Sheet, wrong: Option<Wrong>| {
        Page::new(words.say("merchant-campaign-new"), "/campaigns").with(form(words, sheet, currency, wrong))
    };
    let campaign = match sheet.read(merchant, currency, visitor.now())? {
        Ok(campaign) => campaign,
        Err(wrong) => return visitor.show_again(again(&sheet, Some(wrong))),
    };
    let (outcome, _) = act::perform(&visitor, &shop, "campaign", &Message::Campaign(campaign)).await?;
    let notice = match outcome {
        Outcome::Done { .. } => {
            return Ok(visitor.go("/campaigns", Some(say::good(words.say("merchant-campaign-begun")))));
        }
        Outcome::Refused(rejection) => say::refused(words, &rejection),
        Outcome::Unknown => words.say("merchant-send-again"),
        Outcome::NoKey => words.say("merchant-no-key"),
    };
    let mut page = again(&sheet, None);
    page.notice = Some(say::bad(notice));
    visitor.show_again(page)
}

async fn page(visitor: &Visitor, words: Words, wanted: Wanted) -> Result<Page, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let before = wanted.before.unwrap_or(i64::MAX);
    let most = ROWS.saturating_add(1);
    let mut rows = visitor.read(move |conn| storage::campaigns(conn, merchant, before, most)).await?;
    let next = say::older(&mut rows, ROWS, |row| row.position);
    let mut table = table(words, &rows);
    table.newer = wanted.before.map(|_| Link::new("/campaigns", words.say("merchant-newest")));
    table.older =
        next.map(|last| Link::new(format!("/campaigns?before={last}"), words.say("merchant-older")));
    Ok(Page::new(words.say("merchant-menu-campaigns"), "/campaigns").with(table))
}

impl Sheet {
    fn read(
        &self,
        merchant: MerchantId,
        currency: Currency,
        now: Timestamp,
    ) -> Result<Result<Campaign, Wrong>, Fault> {
        let campaign_id = CampaignId::parse(&self.id).map_err(|_| Fault::invalid())?;
        Ok(self.checked(campaign_id, merchant, currency, now))
    }

    fn checked(
        &self,
        campaign_id: CampaignId,
        merchant: MerchantId,
        currency: Currency,
        now: Timestamp,
    ) -> Result<Campaign, Wrong> {
        let item = match say::one_line(&self.item) {
            item if item.is_empty() => None,
            item => Some(Label::parse(&item).map_err(|_| Wrong::Item)?),
        };
        let coupons = self.coupons.trim().parse().ok().filter(|count| (1..=MOST_COUPONS).contains(count));
        let valid_from =
            if self.from.trim().is_empty() { now } else { say::read_day(&self.from).ok_or(Wrong::Times)? };
        let until = say::read_day(&self.until).ok_or(Wrong::Times)?.saturating_add_millis(86_400_000);
        if until <= now {
            return Err(Wrong::Times);
        }
        let campaign = Campaign {
            campaign_id,
            merchant,
            title: Label::parse(&say::one_line(&self.title)).map_err(|_| Wrong::Title)?,
            item,
            discount: discount(&self.discount, currency).ok_or(Wrong::Discount)?,
            coupons: coupons.ok_or(Wrong::Coupons)?,
            valid_from,
            valid_until: until,
        };
        campaign.checked().map_err(|_| Wrong::Times)
    }
}

/// `10 %` of the price, or an amount.
fn discount(text: &str, currency: Currency) -> Option<Discount> {
    let Some(share) = text.trim().strip_suffix('%') else {
        return say::read_amount(text, currency).map(Discount::Amount);
    };
    // A share of 100 has as many decimals as millionths need: read like an amount of so many hundredths.
    let share = say::read_amount(share, currency)?.micros().checked_div(100)?;
    u32::try_from(share).ok().filter(|ppm| (1..=Discount::MAX_PPM).contains(ppm)).map(Discount::Ppm)
}

fn table(words: Words, rows: &[CampaignRow]) -> Table {
    let row = |row: &CampaignRow| {
        let discount = match (row.discount_micros, &row.currency, row.discount_ppm) {
            (Some(micros), Some(currency), _) => say::stored(words, micros, currency),
            (_, _, Some(ppm)) => say::share(words, ppm),
            _ => "–".to_owned(),
        };
        let claimed = [("claimed", Value::from(row.claimed)), ("coupons", Value::from(row.coupons))];
        let times = [
            ("from", Value::from(words.day(say::at(row.valid_from)))),
            ("until", Value::from(words.day(say::at(row.valid_until)))),
        ];
        vec![
            vec![
                Inline::Text(row.title.clone()),
                Inline::Break,
                Inline::Muted(row.item.clone().unwrap_or_else(|| words.say("merchant-campaign-any-item"))),
            ],
            vec![Inline::Text(discount)],
            vec![Inline::Text(words.say_with("merchant-campaign-times", &times))],
            vec![Inline::Text(words.say_with("merchant-campaign-claimed", &claimed))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-campaigns"),
        columns: vec![
            Column::words(words.say("merchant-campaign")),
            Column::words(words.say("merchant-campaign-discount")),
            Column::words(words.say("merchant-when")).minor(),
            Column::numbers(words.say("merchant-campaign-coupons")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-campaigns"),
        newer: None,
        older: None,
    }
}

fn form(words: Words, sheet: &Sheet, currency: Currency, wrong: Option<Wrong>) -> Form {
    let fault = |which: Wrong, id: &str| (wrong == Some(which)).then(|| words.say(id));
    Form {
        action: "/campaigns".to_owned(),
        fields: vec![
            say::field("id", String::new(), FieldKind::Hidden, &sheet.id),
            Field {
                fault: fault(Wrong::Title, "merchant-label-wrong"),
                ..say::field("title", words.say("merchant-campaign-title"), FieldKind::Text, &sheet.title)
            },
            Field {
                hint: Some(words.say_with(
                    "merchant-campaign-discount-hint",
                    &[("currency", Value::from(currency.as_str()))],
                )),
                fault: fault(Wrong::Discount, "merchant-campaign-discount-wrong"),
                ..say::field(
                    "discount",
                    words.say("merchant-campaign-discount"),
                    FieldKind::Text,
                    &sheet.discount,
                )
            },
            Field {
                hint: Some(words.say("merchant-campaign-item-hint")),
                fault: fault(Wrong::Item, "merchant-label-wrong"),
                optional: true,
                ..say::field("item", words.say("merchant-item-code"), FieldKind::Text, &sheet.item)
            },
            Field {
                fault: fault(Wrong::Coupons, "merchant-campaign-coupons-wrong"),
                ..say::field(
                    "coupons",
                    words.say("merchant-campaign-coupons"),
                    FieldKind::Text,
                    &sheet.coupons,
                )
            },
            Field {
                optional: true,
                ..say::field("from", words.say("merchant-from"), FieldKind::Day, &sheet.from)
            },
            Field {
                fault: fault(Wrong::Times, "merchant-campaign-times-wrong"),
                ..say::field("until", words.say("merchant-to"), FieldKind::Day, &sheet.until)
            },
        ],
        submit: words.say("merchant-campaign-begin"),
        ..Form::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            id: String::new(),
            title: "Ten off & <b>".into(),
            item: String::new(),
            discount: "10 %".into(),
            coupons: "100".into(),
            from: String::new(),
            until: "2026-11-30".into(),
        }
    }

    fn read(sheet: &Sheet) -> Result<Campaign, Wrong> {
        let now = Timestamp::parse("2026-11-21T15:00:00.000Z").unwrap();
        let merchant = MerchantId::parse("city").unwrap();
        sheet.checked(CampaignId::from_bytes([1; 16]), merchant, Currency::EUR, now)
    }

    #[test]
    fn a_discount_is_a_share_or_an_amount() {
        assert_eq!(read(&sheet()).unwrap().discount, Discount::Ppm(100_000));
        let amount = read(&Sheet { discount: "0,50".into(), ..sheet() }).unwrap().discount;
        assert!(matches!(amount, Discount::Amount(amount) if amount.micros() == 500_000));
        assert_eq!(
            read(&Sheet { discount: "100%".into(), ..sheet() }).unwrap().discount,
            Discount::Ppm(1_000_000)
        );
        for wrong in ["", "0", "101 %", "0 %", "-1", "x%"] {
            assert_eq!(
                read(&Sheet { discount: wrong.into(), ..sheet() }).map(|_| ()),
                Err(Wrong::Discount),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_campaign_ends_after_it_begins_and_has_coupons() {
        for (sheet, wrong) in [
            (Sheet { until: "2026-11-20".into(), ..sheet() }, Wrong::Times),
            (Sheet { until: String::new(), ..sheet() }, Wrong::Times),
            (Sheet { from: "2026-12-30".into(), ..sheet() }, Wrong::Times),
            (Sheet { coupons: "0".into(), ..sheet() }, Wrong::Coupons),
            (Sheet { title: " ".into(), ..sheet() }, Wrong::Title),
        ] {
            assert_eq!(read(&sheet).map(|_| ()), Err(wrong));
        }
    }
}
