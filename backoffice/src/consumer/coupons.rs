//! Coupons: those that are held, giving one away, having one paid back; and campaigns, whose coupons make something cheaper
//! (R1–R4, R24).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use core_payment::coupon::{HeldCoupon, Worth};
use payment_domain::{
    CampaignId, ConsumerId, CouponAct, CouponId, CouponOrder, CouponState, Currency, Discount, MerchantId,
    Money, Msisdn, Payer,
};
use payment_message::Message;
use serde::Deserialize;

use super::instruction::{consumer, fresh_id};
use super::merchants::Names;
use super::proof::Ways;
use super::{Till, instructed, interests, say};
use crate::page::{
    Block, Chip, Column, Field, FieldKind, Form, Inline, Link, Page, Section, Table, Tone, Weight,
};
use crate::storage::consumer::{self as storage, CampaignRow};
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// To whom a coupon is given.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Gift {
    #[serde(default)]
    to: String,
}

/// Nothing but the press of a button.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Pressed {}

/// Lists coupons, and campaigns for those who want to see them.
pub(super) async fn list(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let held = held(&visitor).await?;
    let wanted = interests::of(&visitor).await?.advantages;
    let campaigns = match wanted {
        true => {
            let (owner, now_ms) = (visitor.need_person()?.party_number, visitor.now().as_millis());
            visitor.read(move |conn| storage::campaigns(conn, owner, now_ms)).await?
        }
        false => Vec::new(),
    };
    let words = visitor.words();
    let theirs: Vec<_> = campaigns.iter().filter_map(|(row, _)| merchant(row)).collect();
    let names = Names::of(&visitor, held.iter().map(|coupon| &coupon.merchant).chain(&theirs)).await?;
    let page = Page::new(words.say("consumer-menu-coupons"), "/coupons");
    let page = page.with(coupon_table(words, &held, &names));
    visitor.show(page.with(campaign_section(words, wanted, &campaigns, &names)))
}

/// One coupon, and what can be done with it.
pub(super) async fn show(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, Fault> {
    let coupon = find(&visitor, &path).await?;
    let names = Names::of(&visitor, [&coupon.merchant]).await?;
    visitor.show(coupon_page(visitor.words(), &coupon, &names, &Gift::default(), false))
}

/// Opens a gift.
pub(super) async fn give(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    Filled(gift): Filled<Gift>,
) -> Result<HttpResponse, Fault> {
    let coupon = find(&visitor, &path).await?;
    match read_receiver(&gift.to) {
        Some(to) => instruct(&visitor, &till, CouponAct::Gift { coupon: coupon.id, to }).await,
        None => {
            let names = Names::of(&visitor, [&coupon.merchant]).await?;
            visitor.show_again(coupon_page(visitor.words(), &coupon, &names, &gift, true))
        }
    }
}

/// Opens a refund of what is left of a coupon.
pub(super) async fn refund(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    _: Filled<Pressed>,
) -> Result<HttpResponse, Fault> {
    let coupon = find(&visitor, &path).await?;
    instruct(&visitor, &till, CouponAct::Refund(coupon.id)).await
}

/// One campaign.
pub(super) async fn campaign(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, Fault> {
    let (row, had) = find_campaign(&visitor, &path).await?;
    let words = visitor.words();
    let names = Names::of(&visitor, merchant(&row).iter()).await?;
    let facts = Block::Facts(campaign_facts(words, &row, &names));
    let mut page = Page::new(row.title.as_str(), "/coupons").with(facts);
    page = match had {
        true => {
            page.with(Block::Paragraph(vec![Inline::Text(words.say("consumer-refused-campaign-claimed"))]))
        }
        false => page.with(Form {
            action: format!("/campaigns/{}", path.as_str()),
            submit: words.say("consumer-claim-do"),
            ..Form::default()
        }),
    };
    visitor.show(page)
}

/// Opens the claim of a campaign's coupon.
pub(super) async fn claim(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    _: Filled<Pressed>,
) -> Result<HttpResponse, Fault> {
    find_campaign(&visitor, &path).await?;
    let id = CampaignId::parse(&path).map_err(|_| Fault::NotFound)?;
    instruct(&visitor, &till, CouponAct::Claim(id)).await
}

async fn instruct(visitor: &Visitor, till: &Till, act: CouponAct) -> Result<HttpResponse, Fault> {
    let now = visitor.now();
    let order = CouponOrder {
        request_id: fresh_id(&*visitor.portal().randomness, now)?,
        consumer: consumer(visitor)?,
        act,
        authentication: Ways::of(visitor, till).await?.best(now),
        created_at: now,
    };
    instructed::open(visitor, till, Message::CouponOrder(order)).await
}

/// The visitor's coupons.
pub(super) async fn held(visitor: &Visitor) -> Result<Vec<HeldCoupon>, Fault> {
    let (core, party) = (visitor.portal().core.clone(), visitor.need_person()?.party.clone());
    let read = tokio::task::spawn_blocking(move || core.coupons(&party)).await;
    Ok(read.map_err(Fault::internal)??)
}

async fn find(visitor: &Visitor, path: &str) -> Result<HeldCoupon, Fault> {
    let held = held(visitor).await?;
    let id = CouponId::parse(path).map_err(|_| Fault::NotFound)?;
    held.into_iter().find(|coupon| coupon.id == id).ok_or(Fault::NotFound)
}

async fn find_campaign(visitor: &Visitor, path: &str) -> Result<(CampaignRow, bool), Fault> {
    let owner = visitor.need_person()?.party_number;
    let id = CampaignId::parse(path).map_err(|_| Fault::NotFound)?;
    let found = visitor.read(move |conn| storage::of_campaign(conn, owner, id.as_bytes())).await?;
    found.ok_or(Fault::NotFound)
}

/// Somebody by telephone number, or by the name that they have here.
fn read_receiver(text: &str) -> Option<Payer> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).take(64).collect();
    if plain.starts_with('+') {
        return Msisdn::parse(&plain).ok().map(Payer::Msisdn);
    }
    ConsumerId::parse(&plain.to_ascii_lowercase()).ok().map(Payer::Consumer)
}

/// Whose campaign it is.
fn merchant(campaign: &CampaignRow) -> Option<MerchantId> {
    MerchantId::parse(&campaign.merchant).ok()
}

fn coupon_table(words: Words, held: &[HeldCoupon], names: &Names) -> Table {
    let row = |coupon: &HeldCoupon| {
        vec![
            vec![
                say::link(format!("/coupons/{}", coupon.id), coupon.series.as_str()),
                Inline::Break,
                Inline::Muted(names.short(&coupon.merchant)),
            ],
            vec![Inline::Chip(coupon_state(words, coupon.state))],
            vec![Inline::Muted(words.day(coupon.usable_until))],
            vec![Inline::Text(worth(words, coupon.worth))],
        ]
    };
    Table {
        caption: words.say("consumer-menu-coupons"),
        columns: vec![
            Column::words(words.say("consumer-coupon")),
            Column::words(words.say("consumer-column-state")),
            Column::words(words.say("consumer-coupon-usable-until")).minor(),
            Column::numbers(words.say("consumer-coupon-worth")),
        ],
        rows: held.iter().map(row).collect(),
        empty: words.say("consumer-coupons-none"),
        ..Table::default()
    }
}

fn coupon_state(words: Words, state: CouponState) -> Chip {
    match state {
        CouponState::Held => Chip::new(Tone::Good, words.say("consumer-coupon-held")),
        CouponState::Reserved => Chip::new(Tone::Waiting, words.say("consumer-coupon-reserved")),
        CouponState::Spent => Chip::new(Tone::Plain, words.say("consumer-coupon-spent")),
        CouponState::Expired => Chip::new(Tone::Bad, words.say("consumer-coupon-expired")),
        CouponState::Refunded => Chip::new(Tone::Plain, words.say("consumer-coupon-paid-back")),
        CouponState::Given => Chip::new(Tone::Plain, words.say("consumer-coupon-gone")),
    }
}

fn worth(words: Words, worth: Worth) -> String {
    match worth {
        Worth::Value { remaining, .. } => words.money(remaining),
        Worth::Discount(Discount::Amount(amount)) => {
            words.say_with("consumer-discount-amount", &[("amount", say::money(words, amount))])
        }
        Worth::Discount(Discount::Ppm(ppm)) => per_cent(words, u64::from(ppm)),
    }
}

fn per_cent(words: Words, ppm: u64) -> String {
    let share = Value::from(words.percent(ppm, u64::from(Discount::MAX_PPM)));
    words.say_with("consumer-discount-share", &[("share", share)])
}

fn coupon_page(words: Words, coupon: &HeldCoupon, names: &Names, gift: &Gift, wrong: bool) -> Page {
    let mut page = Page::new(coupon.series.as_str(), "/coupons");
    page.state = Some(coupon_state(words, coupon.state));
    let mut facts = vec![
        say::fact(words.say("consumer-column-merchant"), names.whole(&coupon.merchant)),
        say::fact(words.say("consumer-coupon-worth"), worth(words, coupon.worth)),
        say::fact(words.say("consumer-coupon-usable-until"), words.day(coupon.usable_until)),
    ];
    if let Worth::Value { face, .. } = coupon.worth {
        facts.push(say::fact(words.say("consumer-coupon-face"), words.money(face)));
    }
    if let Some(item) = &coupon.item {
        facts.push(say::fact(words.say("consumer-coupon-item"), item.as_str()));
    }
    page = page
        .with(Block::Facts(facts))
        .with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-coupon-use"))]));
    // One that was spent from in part is nobody's present.
    let whole = !matches!(coupon.worth, Worth::Value { face, remaining, .. } if face != remaining);
    if coupon.state == CouponState::Held && coupon.transferable && whole {
        page = page.with(Section::new(words.say("consumer-gift")).with(Form {
            action: format!("/coupons/{}/gift", coupon.id),
            fields: vec![Field {
                name: "to",
                label: words.say("consumer-gift-to"),
                kind: FieldKind::Text,
                value: gift.to.clone(),
                hint: Some(words.say("consumer-gift-hint")),
                fault: wrong.then(|| words.say("consumer-gift-wrong")),
                ..Field::default()
            }],
            submit: words.say("consumer-gift-do"),
            weight: Weight::Quiet,
            ..Form::default()
        }));
    }
    let refundable = matches!(coupon.worth, Worth::Value { remaining, .. } if remaining.micros() > 0);
    if refundable && matches!(coupon.state, CouponState::Held | CouponState::Expired) {
        page = page.with(Section::new(words.say("consumer-coupon-refund")).with(Form {
            action: format!("/coupons/{}/refund", coupon.id),
            submit: words.say("consumer-coupon-refund-do"),
            weight: Weight::Grave,
            ..Form::default()
        }));
    }
    page
}

fn campaign_section(words: Words, wanted: bool, campaigns: &[(CampaignRow, bool)], names: &Names) -> Section {
    let section = Section::new(words.say("consumer-campaigns"));
    if !wanted {
        return section.with(Block::Empty {
            text: words.say("consumer-campaigns-not-wanted"),
            link: Some(Link::new("/interests", words.say("consumer-menu-interests"))),
        });
    }
    let row = |(campaign, _): &(CampaignRow, bool)| {
        let id = <[u8; 16]>::try_from(campaign.id.as_slice()).map(CampaignId::from_bytes).ok()?;
        Some(vec![
            vec![
                say::link(format!("/campaigns/{id}"), campaign.title.as_str()),
                Inline::Break,
                Inline::Muted(merchant(campaign).map(|merchant| names.short(&merchant)).unwrap_or_default()),
            ],
            vec![Inline::Text(campaign_worth(words, campaign))],
        ])
    };
    section.with(Table {
        caption: words.say("consumer-campaigns"),
        columns: vec![
            Column::words(words.say("consumer-campaign")),
            Column::numbers(words.say("consumer-coupon-worth")),
        ],
        rows: campaigns.iter().filter_map(row).collect(),
        empty: words.say("consumer-campaigns-none"),
        ..Table::default()
    })
}

fn campaign_worth(words: Words, campaign: &CampaignRow) -> String {
    let currency = campaign.currency.as_deref().and_then(|currency| Currency::parse(currency).ok());
    match (campaign.discount_micros.zip(currency), campaign.discount_ppm) {
        (Some((micros, currency)), _) => {
            worth(words, Worth::Discount(Discount::Amount(Money::from_micros(micros, currency))))
        }
        (None, Some(ppm)) => per_cent(words, u64::try_from(ppm).unwrap_or_default()),
        (None, None) => String::new(),
    }
}

fn campaign_facts(words: Words, campaign: &CampaignRow, names: &Names) -> Vec<(String, Vec<Inline>)> {
    let until = payment_domain::Timestamp::from_millis(campaign.valid_until).map(|at| words.day(at));
    let whose = merchant(campaign).map(|merchant| names.whole(&merchant)).unwrap_or_default();
    let left = u64::try_from(campaign.coupons.saturating_sub(campaign.claimed)).unwrap_or_default();
    vec![
        say::fact(words.say("consumer-column-merchant"), whose),
        say::fact(words.say("consumer-coupon-worth"), campaign_worth(words, campaign)),
        say::fact(words.say("consumer-coupon-usable-until"), until.unwrap_or_default()),
        say::fact(words.say("consumer-campaign-left"), words.number(left)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_is_given_to_a_number_or_to_a_name() {
        assert!(matches!(read_receiver("+33 6 12 34 56 78"), Some(Payer::Msisdn(_))));
        assert!(matches!(read_receiver(" Bob "), Some(Payer::Consumer(_))));
        for wrong in ["", "+", "+33<b>", "a@b.example", "'; DROP TABLE coupon"] {
            assert_eq!(read_receiver(wrong), None, "{wrong}");
        }
    }
}
