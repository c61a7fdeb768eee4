//! A complaint about a payment: the merchant's money is kept back until it is decided (R49, R56).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::{DisputeId, DisputeOrder, Label, Money};
use payment_message::Message;
use serde::Deserialize;

use super::instruction::{consumer, fresh_id};
use super::merchants::Names;
use super::payment::{address, find};
use super::proof::Ways;
use super::{Till, instructed, say};
use crate::page::{Block, Field, FieldKind, Form, Inline, Page};
use crate::requests::one_line;
use crate::sales::history::Purchase;
use crate::web::{Fault, Filled, Visitor};
use crate::words::Words;

/// What is filled in, here and where the merchant is asked for money back.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Complaint {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    reason: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Amount,
    Reason,
}

/// Asks what is wrong.
pub(super) async fn ask(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let purchase = find(&visitor, &till, &path).await?.purchase;
    let (words, names) = (visitor.words(), Names::of(&visitor, [&purchase.merchant]).await?);
    visitor.show(page(words, &purchase, &names, &Complaint::about(&purchase), None))
}

/// Opens the complaint.
pub(super) async fn open(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    Filled(complaint): Filled<Complaint>,
) -> Result<HttpResponse, Fault> {
    let purchase = find(&visitor, &till, &path).await?.purchase;
    let (amount, reason) = match complaint.read(&purchase) {
        Ok(read) => read,
        Err(wrong) => {
            let names = Names::of(&visitor, [&purchase.merchant]).await?;
            return visitor.show_again(page(visitor.words(), &purchase, &names, &complaint, Some(wrong)));
        }
    };
    let now = visitor.now();
    let id = fresh_id(&*visitor.portal().randomness, now)?;
    let order = DisputeOrder {
        dispute_id: DisputeId::from_bytes(*id.as_bytes()),
        consumer: consumer(&visitor)?,
        order_id: purchase.order,
        amount,
        reason,
        authentication: Ways::of(&visitor, &till).await?.best(now),
        created_at: now,
    };
    instructed::open(&visitor, &till, Message::DisputeOrder(order)).await
}

/// What did not come back yet.
pub(super) fn left(purchase: &Purchase) -> Money {
    purchase.paid.checked_sub(purchase.refunded).unwrap_or(Money::zero(purchase.paid.currency()))
}

impl Complaint {
    /// About all that did not come back.
    pub(super) fn about(purchase: &Purchase) -> Self {
        Self { amount: left(purchase).decimal(), ..Self::default() }
    }

    /// Reads it, or says what is wrong with it.
    pub(super) fn read(&self, purchase: &Purchase) -> Result<(Money, Label), Wrong> {
        let amount = say::read_amount(&self.amount, purchase.paid.currency()).ok_or(Wrong::Amount)?;
        if amount.micros() > left(purchase).micros() {
            return Err(Wrong::Amount);
        }
        // A message has one line for it.
        Ok((amount, one_line(&self.reason).ok_or(Wrong::Reason)?))
    }
}

fn page(
    words: Words,
    purchase: &Purchase,
    names: &Names,
    complaint: &Complaint,
    wrong: Option<Wrong>,
) -> Page {
    Page::new(words.say("consumer-dispute"), "/payments")
        .with(summary(words, purchase, names))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-dispute-first"))]))
        .with(Form {
            action: format!("{}/dispute", address(purchase)),
            fields: fields(words, complaint, wrong, words.say("consumer-dispute-reason-hint")),
            submit: words.say("consumer-dispute-do"),
            ..Form::default()
        })
}

/// What it is about.
pub(super) fn summary(words: Words, purchase: &Purchase, names: &Names) -> Block {
    let back = say::link(address(purchase), purchase.title.as_str());
    Block::Facts(vec![
        (words.say("consumer-column-what"), vec![back]),
        say::fact(words.say("consumer-column-merchant"), names.whole(&purchase.merchant)),
        say::fact(words.say("consumer-column-amount"), words.money(purchase.paid)),
    ])
}

/// An amount, and words; `hint` says who reads them.
pub(super) fn fields(words: Words, complaint: &Complaint, wrong: Option<Wrong>, hint: String) -> Vec<Field> {
    vec![
        Field {
            name: "amount",
            label: words.say("consumer-dispute-amount"),
            kind: FieldKind::Amount,
            value: complaint.amount.clone(),
            fault: (wrong == Some(Wrong::Amount)).then(|| words.say("consumer-dispute-amount-wrong")),
            ..Field::default()
        },
        Field {
            name: "reason",
            label: words.say("consumer-dispute-reason"),
            kind: FieldKind::Text,
            value: complaint.reason.clone(),
            hint: Some(hint),
            fault: (wrong == Some(Wrong::Reason)).then(|| words.say("consumer-dispute-reason-wrong")),
            ..Field::default()
        },
    ]
}

#[cfg(test)]
mod tests;
