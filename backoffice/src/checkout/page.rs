//! The page with the decision. One amount, one way, one button; whatever else there is stands small below it.

use core_payment::coupon::HeldCoupon;
use payment_domain::PaymentReceipt;
use payment_message::Message;
use url::form_urlencoded;

use super::back::Back;
use super::offered::Offered;
use super::pay::listed;
use super::purchase::Purchase;
use crate::consumer::instruction::Outcome;
use crate::consumer::proof::{self, Ask, Buttons};
use crate::consumer::{instructed, say};
use crate::page::{Block, Chip, Inline, Link, Notice, Page, Tone};
use crate::words::{Value, Words};

/// What the page with the decision says.
pub(super) struct Decision<'d> {
    pub(super) offered: &'d Offered,
    pub(super) purchase: &'d Purchase,
    /// The strong line and the quiet one.
    pub(super) explained: (String, String),
    pub(super) ask: Ask,
    /// Whether any way of confirming it leads to a payment.
    pub(super) possible: bool,
    /// Whether one would, if the visitor had a passkey.
    pub(super) needs_passkey: bool,
    pub(super) action: String,
    pub(super) back: Option<Back>,
    /// The address of this page, without a coupon.
    pub(super) here: String,
}

/// Alone on the page, under the name of what is bought.
fn alone(offered: &Offered) -> Page {
    let mut page = Page::new(offered.offer.title.as_str(), "");
    page.alone = true;
    page.with(Block::Paragraph(vec![Inline::Muted(offered.merchant().to_owned())]))
}

/// The page with the decision.
pub(super) fn decide(words: Words, decision: Decision<'_>) -> Page {
    let Decision { offered, purchase, explained, ask, possible, needs_passkey, action, back, here } =
        decision;
    let (strong, quiet) = explained;
    let amount = words.money(purchase.amount);
    let mut page = alone(offered).with(Block::Amount(amount.clone()));
    if purchase.amount != offered.offer.price {
        let instead = [("price", say::money(words, offered.offer.price))];
        page =
            page.with(Block::Paragraph(vec![Inline::Muted(words.say_with("checkout-instead-of", &instead))]));
    }
    if let Some(quote) = &purchase.quote {
        let values = [
            ("charged", say::money(words, quote.charged)),
            ("rate", Value::from(quote.rate.to_string())),
            ("source", Value::from(quote.source.as_str())),
        ];
        page = page.with(Block::Paragraph(vec![Inline::Text(words.say_with("checkout-quoted", &values))]));
    }
    page = page.with(Block::Explained(strong, quiet));
    if possible {
        let buttons = Buttons {
            passkey: words.say_with("checkout-pay-passkey", &[("amount", Value::from(amount.as_str()))]),
            plain: words.say_with("checkout-pay", &[("amount", Value::from(amount.as_str()))]),
        };
        for block in proof::forms(words, &ask, &action, buttons) {
            page = page.with(block);
        }
    } else if needs_passkey {
        let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        let text = words.say("consumer-proof-add-passkey");
        page = page.with(Block::Actions(vec![Link::new(format!("/keys?next={next}"), text)]));
    } else {
        page = page.with(Block::Actions(vec![
            Link::new("/top-up", words.say("consumer-menu-top-up")),
            Link::new("/means", words.say("consumer-menu-means")),
            Link::new("/keys", words.say("consumer-menu-passkeys")),
        ]));
    }
    page = page.with(Block::Actions(vec![not_now(words, back.as_ref())]));
    for block in coupons(words, purchase, &here) {
        page = page.with(block);
    }
    page.with(seal(words, offered))
}

fn not_now(words: Words, back: Option<&Back>) -> Link {
    match back {
        Some(back) => Link::new(back.cancelled(), words.say("checkout-not-now")),
        None => Link::new("/", words.say("checkout-not-now")),
    }
}

/// Coupons that could be used, or how to go without those that are.
fn coupons(words: Words, purchase: &Purchase, here: &str) -> Vec<Block> {
    if !purchase.used.is_empty() {
        let used: Vec<_> = purchase.used.iter().map(|coupon| coupon.series.as_str()).collect();
        let used = [("coupon", Value::from(used.join(", ")))];
        return vec![Block::Paragraph(vec![
            Inline::Text(words.say_with("checkout-coupon-used", &used)),
            Inline::Text(" ".to_owned()),
            say::link(here, words.say("checkout-without-coupon")),
        ])];
    }
    let join = if here.contains('?') { '&' } else { '?' };
    let link = |choice: &Vec<HeldCoupon>| {
        let ids: Vec<_> = choice.iter().map(|coupon| coupon.id).collect();
        let text = match &choice[..] {
            [coupon] => {
                words.say_with("checkout-use-coupon", &[("coupon", Value::from(coupon.series.as_str()))])
            }
            _ => {
                let count = u64::try_from(choice.len()).unwrap_or_default();
                words.say_with("checkout-use-coupons", &[("count", Value::from(count))])
            }
        };
        Link::new(format!("{here}{join}coupon={}", listed(&ids).replace(' ', "+")), text)
    };
    let links: Vec<_> = purchase.choices.iter().take(3).map(link).collect();
    if links.is_empty() { Vec::new() } else { vec![Block::Actions(links)] }
}

/// Who signed the offer, and what the merchant learns.
fn seal(words: Words, offered: &Offered) -> Block {
    let merchant = [("merchant", Value::from(offered.offer.merchant.as_str()))];
    let mut text = vec![Inline::Text(words.say_with("checkout-signed-by", &merchant))];
    if let Some(known_as) = &offered.known_as {
        text.extend([
            Inline::Text(format!(" {} ", words.say("checkout-known-only-as"))),
            Inline::Strong(short(known_as)),
        ]);
    }
    text.push(Inline::Text(" ".to_owned()));
    text.push(say::link(format!("/pay/{}/checked", offered.digest), words.say("checkout-what-is-checked")));
    Block::Seal(text)
}

/// Enough of a pseudonym to compare it by eye.
fn short(pseudonym: &str) -> String {
    let part = |from: usize, to: usize| pseudonym.get(from..to).unwrap_or_default().to_uppercase();
    format!("{}-{}", part(0, 4), part(4, 8))
}

/// For whoever is not signed in yet: what it costs, before they are asked who they are.
pub(super) fn sign_in(words: Words, offered: &Offered, back: Option<&Back>, next: &str) -> Page {
    alone(offered)
        .with(Block::Amount(words.money(offered.offer.price)))
        .with(Block::Actions(vec![Link::new(next, words.say("checkout-sign-in")), not_now(words, back)]))
        .with(seal(words, offered))
}

/// It cannot be bought: too early, too late, or sold.
pub(super) fn gone(words: Words, offered: &Offered, back: Option<&Back>) -> Page {
    let mut page = alone(offered).with(Block::Amount(words.money(offered.offer.price)));
    let text = if offered.sold { words.say("checkout-sold") } else { words.say("checkout-not-valid") };
    page.notice = Some(Notice { tone: Tone::Bad, text });
    page.with(Block::Actions(vec![not_now(words, back)]))
}

/// It was paid a moment ago: nobody pays twice by going back.
pub(super) fn paid_before(words: Words, offered: &Offered, order: &str, again: &str) -> Page {
    alone(offered)
        .with(Block::Amount(words.money(offered.offer.price)))
        .with(Block::Explained(words.say("checkout-paid-before"), words.say("checkout-paid-before-quiet")))
        .with(Block::Actions(vec![
            Link::new(format!("/paid/{order}"), words.say("checkout-to-receipt")),
            Link::new(again, words.say("checkout-buy-again")),
        ]))
}

/// What was checked about an offer.
pub(super) fn checked(words: Words, offered: &Offered, signed: bool, back: &str) -> Page {
    let offer = &offered.offer;
    let (tone, state) = match signed {
        true => (Tone::Good, words.say("consumer-verify-holds")),
        false => (Tone::Bad, words.say("consumer-verify-fails")),
    };
    let mut page = alone(offered);
    page.state = Some(Chip::new(tone, state));
    page.with(Block::Facts(vec![
        say::fact(words.say("consumer-column-merchant"), offer.merchant.to_string()),
        say::fact(words.say("consumer-item"), Inline::Code(offer.item.as_str().to_owned())),
        say::fact(words.say("consumer-column-amount"), words.money(offer.price)),
        say::fact(words.say("checkout-valid-until"), words.moment(offer.valid_until)),
        say::fact(words.say("consumer-offer-digest"), Inline::Code(offered.digest.to_string())),
    ]))
    .with(Block::Paragraph(vec![Inline::Text(words.say("checkout-checked-signature"))]))
    .with(Block::Paragraph(vec![Inline::Text(words.say("checkout-checked-privacy"))]))
    .with(Block::Paragraph(vec![Inline::Text(words.say("checkout-checked-not"))]))
    .with(Block::Actions(vec![Link::new(back, words.say("checkout-back-to-decision"))]))
}

/// What became of an order. `offer` is where it can be tried again.
pub(super) fn ended(words: Words, title: &str, outcome: &Outcome, back: Option<&Back>, offer: &str) -> Page {
    let mut page = Page::new(title, "");
    page.alone = true;
    match outcome {
        Outcome::Done(Message::PaymentReceipt(receipt)) => {
            page.state = Some(Chip::new(Tone::Good, words.say("consumer-state-paid")));
            page = page
                .with(Block::Amount(words.money(receipt.amount)))
                .with(receipt_facts(words, receipt))
                .with(Block::Actions(vec![
                    Link::new(format!("/payments/{}", receipt.order_id), words.say("checkout-to-receipt")),
                    Link::new("/payments", words.say("consumer-menu-payments")),
                ]));
        }
        Outcome::Done(Message::CouponReceipt(receipt)) => {
            page.state = Some(Chip::new(Tone::Good, words.say("consumer-state-paid")));
            page = page
                .with(Block::Amount(words.money(receipt.face)))
                .with(Block::Explained(
                    words.say_with(
                        "consumer-coupon-yours",
                        &[("coupon", Value::from(receipt.series.as_str()))],
                    ),
                    words.say_with(
                        "consumer-coupon-until",
                        &[("day", Value::from(words.day(receipt.expires_at)))],
                    ),
                ))
                .with(Block::Actions(vec![Link::new("/coupons", words.say("consumer-menu-coupons"))]));
        }
        Outcome::Done(_) => {
            page.state = Some(Chip::new(Tone::Good, words.say("consumer-state-authorised")));
            page = page
                .with(Block::Explained(
                    words.say("checkout-set-aside"),
                    words.say("checkout-set-aside-quiet"),
                ))
                .with(Block::Actions(vec![Link::new("/payments", words.say("consumer-menu-payments"))]));
        }
        Outcome::Pending(action) => {
            page.state = Some(Chip::new(Tone::Waiting, words.say("consumer-state-pending")));
            for block in instructed::pending(words, action.as_deref()) {
                page = page.with(block);
            }
        }
        Outcome::Refused(rejection) => {
            page.state = Some(Chip::new(Tone::Bad, words.say("checkout-not-paid")));
            page.notice = Some(Notice { tone: Tone::Bad, text: say::refused(words, rejection) });
            if let Some(challenge) = rejection.challenge {
                page = page.with(Block::Paragraph(vec![Inline::Text(say::challenge(words, challenge))]));
            }
            page = page.with(Block::Actions(vec![
                Link::new(offer, words.say("checkout-try-again")),
                not_now(words, back),
            ]));
        }
        Outcome::Unknown => {
            page.state = Some(Chip::new(Tone::Waiting, words.say("consumer-unknown-state")));
            page = page
                .with(Block::Explained(words.say("consumer-unknown"), words.say("consumer-unknown-quiet")));
        }
    }
    page
}

fn receipt_facts(words: Words, receipt: &PaymentReceipt) -> Block {
    Block::Facts(vec![
        say::fact(words.say("consumer-column-merchant"), receipt.merchant.to_string()),
        say::fact(
            words.say("consumer-when"),
            Inline::Time(words.moment(receipt.accepted_at), words.machine(receipt.accepted_at)),
        ),
        say::fact(words.say("consumer-column-how"), say::how(words, receipt.mode, receipt.funding)),
        say::fact(words.say("consumer-why"), say::rule(words, receipt.rule.as_str())),
        say::fact(words.say("consumer-known-as"), Inline::Code(short(&receipt.consumer.to_string()))),
    ])
}

#[cfg(test)]
mod tests;
