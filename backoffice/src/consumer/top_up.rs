//! Money into a prepaid account, and back out of it (R5, R55): signed orders that an external system carries out.

use actix_web::HttpResponse;
use actix_web::web::Data;
use core_payment::Standing;
use payment_domain::{AccountKind, RedemptionOrder, TopUpOrder};
use payment_message::Message;
use serde::Deserialize;

use super::instruction::fresh_id;
use super::proof::Ways;
use super::{Till, instructed, say};
use crate::page::{Block, Field, FieldKind, Form, Link, Page, Weight};
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// What is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    amount: String,
}

/// Into the account, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// Asks how much to pay in.
pub(super) async fn ask(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let standing = standing(&visitor).await?;
    visitor.show(asking(visitor.words(), &standing, Direction::In, Fill::default()))
}

/// Asks how much to take out.
pub(super) async fn ask_back(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let standing = standing(&visitor).await?;
    visitor.show(asking(visitor.words(), &standing, Direction::Out, Fill::default()))
}

/// Opens a top-up.
pub(super) async fn order(
    visitor: Visitor,
    till: Data<Till>,
    Filled(wanted): Filled<Wanted>,
) -> Result<HttpResponse, Fault> {
    instruct(&visitor, &till, &wanted, Direction::In).await
}

/// Opens a redemption.
pub(super) async fn order_back(
    visitor: Visitor,
    till: Data<Till>,
    Filled(wanted): Filled<Wanted>,
) -> Result<HttpResponse, Fault> {
    instruct(&visitor, &till, &wanted, Direction::Out).await
}

async fn instruct(
    visitor: &Visitor,
    till: &Till,
    wanted: &Wanted,
    direction: Direction,
) -> Result<HttpResponse, Fault> {
    let standing = standing(visitor).await?;
    let words = visitor.words();
    let amount = match say::read_amount(&wanted.amount, visitor.portal().core.policy().currency) {
        Some(amount) => amount,
        None => {
            let fill =
                Fill { value: wanted.amount.clone(), fault: Some(words.say("consumer-amount-malformed")) };
            return visitor.show_again(asking(words, &standing, direction, fill));
        }
    };
    let too_much = direction == Direction::Out
        && standing.balance.is_none_or(|balance| balance.micros() < amount.micros());
    if too_much {
        let fill = Fill { value: wanted.amount.clone(), fault: Some(words.say("consumer-amount-too-much")) };
        return visitor.show_again(asking(words, &standing, direction, fill));
    }
    let (now, consumer) = (visitor.now(), super::instruction::consumer(visitor)?);
    let id = fresh_id(&*visitor.portal().randomness, now)?;
    let authentication = Ways::of(visitor, till).await?.best(now);
    let message = match direction {
        Direction::In => Message::TopUpOrder(TopUpOrder {
            top_up_id: id,
            consumer,
            amount,
            authentication,
            created_at: now,
        }),
        Direction::Out => Message::RedemptionOrder(RedemptionOrder {
            redemption_id: id,
            consumer,
            amount,
            authentication,
            created_at: now,
        }),
    };
    instructed::open(visitor, till, message).await
}

/// How the visitor stands in the currency of the policy.
pub(super) async fn standing(visitor: &Visitor) -> Result<Standing, Fault> {
    let (core, party) = (visitor.portal().core.clone(), visitor.need_person()?.party.clone());
    let currency = core.policy().currency;
    let read = tokio::task::spawn_blocking(move || core.standing(&party, currency)).await;
    read.map_err(Fault::internal)??.ok_or(Fault::NotFound)
}

/// What stands in the field already, and what is wrong with it.
#[derive(Debug, Clone, Default)]
struct Fill {
    value: String,
    fault: Option<String>,
}

fn asking(words: Words, standing: &Standing, direction: Direction, fill: Fill) -> Page {
    let title = match direction {
        Direction::In => words.say("consumer-menu-top-up"),
        Direction::Out => words.say("consumer-redeem"),
    };
    let page = Page::new(title, "/top-up");
    let prepaid = matches!(standing.means.account, Some((AccountKind::Prepaid, _)));
    let Some(balance) = standing.balance.filter(|_| prepaid) else {
        return page.with(Block::Empty {
            text: words.say("consumer-top-up-not-prepaid"),
            link: Some(Link::new("/bills", words.say("consumer-menu-bills"))),
        });
    };
    let page =
        page.with(Block::Facts(vec![say::fact(words.say("consumer-tile-balance"), words.money(balance))]));
    let missing = match direction {
        Direction::In => standing.charged_at.is_none(),
        Direction::Out => false,
    };
    if missing {
        return page.with(Block::Empty {
            text: words.say("consumer-top-up-no-means"),
            link: Some(Link::new("/means", words.say("consumer-menu-means"))),
        });
    }
    let (action, submit, hint) = match direction {
        Direction::In => ("/top-up", words.say("consumer-top-up-do"), words.say("consumer-top-up-hint")),
        Direction::Out => ("/redeem", words.say("consumer-redeem-do"), words.say("consumer-redeem-hint")),
    };
    let label =
        words.say_with("consumer-amount-in", &[("currency", Value::from(balance.currency().as_str()))]);
    let form = Form {
        action: action.to_owned(),
        fields: vec![Field {
            name: "amount",
            label,
            kind: FieldKind::Amount,
            value: fill.value,
            fault: fill.fault,
            hint: Some(hint),
            ..Field::default()
        }],
        submit,
        weight: Weight::Main,
        ..Form::default()
    };
    let other = match direction {
        Direction::In => Link::new("/redeem", words.say("consumer-redeem")),
        Direction::Out => Link::new("/top-up", words.say("consumer-menu-top-up")),
    };
    page.with(form).with(Block::Actions(vec![other]))
}
