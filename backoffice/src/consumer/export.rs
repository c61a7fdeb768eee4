//! Privacy: what is kept of somebody, all of it in one file (GDPR art. 15 and 20).

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use core_payment::Details;
use core_payment::coupon::{HeldCoupon, Worth};
use payment_domain::{Discount, Money, Timestamp};
use serde_json::{Value as Json, json};

use super::instruction::{Instruction, Stage};
use super::{Till, coupons, interests, payments};
use crate::page::{Block, Form, Inline, Link, Page, Section, Weight};
use crate::people::{self, PersonalData};
use crate::requests::{Request, Stands};
use crate::sales::history::Purchase;
use crate::sales::query::Query;
use crate::storage::consumer::{self as storage, AccountRow, BillRow, StatementRow};
use crate::storage::request;
use crate::web::{Fault, Filled, Visitor};
use crate::words::Words;

/// Payments in one file: twenty a day for fourteen years. Whoever has more is told so in it.
const MOST_PAYMENTS: usize = 100_000;
/// Payments that are read at once.
const ROWS: u32 = 100;
/// Instructions in one file.
const MOST_INSTRUCTIONS: i64 = 10_000;
/// Requests for money back in one file.
const MOST_REQUESTS: i64 = 10_000;
/// Bills in one file.
const MOST_BILLS: i64 = 1_000;

/// Says what is kept, and what can be done about it.
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.need_person()?;
    visitor.show(page(visitor.words()))
}

fn page(words: Words) -> Page {
    let account = Block::Actions(vec![Link::new("/account", words.say("people-account-title"))]);
    let kept = Section::new(words.say("consumer-privacy-kept"))
        .with(Block::Facts(vec![
            fact(words.say("consumer-privacy-person"), words.say("consumer-privacy-person-text")),
            fact(words.say("consumer-privacy-means"), words.say("consumer-privacy-means-text")),
            fact(words.say("consumer-privacy-payments"), words.say("consumer-privacy-payments-text")),
            fact(words.say("consumer-privacy-interests"), words.say("consumer-privacy-interests-text")),
            fact(words.say("consumer-privacy-requests"), words.say("consumer-privacy-requests-text")),
            fact(words.say("consumer-privacy-merchants"), words.say("consumer-privacy-merchants-text")),
        ]))
        .with(account);
    let export = Section::new(words.say("consumer-export"))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-export-text"))]))
        .with(Form {
            action: "/privacy/export".to_owned(),
            submit: words.say("consumer-export-do"),
            weight: Weight::Quiet,
            ..Form::default()
        });
    let leave = Section::new(words.say("consumer-leave"))
        .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-leave-text"))]))
        .with(Block::Actions(vec![Link::new("/privacy/leave", words.say("consumer-leave-how"))]));
    Page::new(words.say("consumer-menu-privacy"), "/privacy").with(kept).with(export).with(leave)
}

fn fact(name: String, text: String) -> (String, Vec<Inline>) {
    (name, vec![Inline::Text(text)])
}

/// Gives everything out. Only to whoever proved lately who they are: it is all in one place.
pub(super) async fn download(
    visitor: Visitor,
    till: Data<Till>,
    _: Filled<coupons::Pressed>,
) -> Result<HttpResponse, Fault> {
    let person = visitor.need_fresh()?.clone();
    let owner = person.party_number;
    let (accounts, bills, statements, requests) = visitor
        .read(move |conn| {
            Ok((
                storage::accounts(conn, owner)?,
                storage::bills(conn, owner, i64::MAX, MOST_BILLS)?,
                storage::statements(conn, owner, MOST_BILLS)?,
                request::of_consumer(conn, owner, MOST_REQUESTS)?,
            ))
        })
        .await?;
    let (core, party) = (visitor.portal().core.clone(), person.party.clone());
    let details =
        tokio::task::spawn_blocking(move || core.details(&party)).await.map_err(Fault::internal)??;
    let (payments, complete) = all_payments(&visitor, &till).await?;
    let coupons = coupons::held(&visitor).await?;
    let interests = interests::of(&visitor).await?;
    let standing = super::top_up::standing(&visitor).await?;
    let told = Instruction::all(&visitor, MOST_INSTRUCTIONS).await?;
    let told = told.iter().map(of_instruction).collect::<Result<Vec<_>, _>>()?;
    let requests = Request::open_all(visitor.store().sealer(), &requests)?;
    let personal = people::personal_data(&visitor).await?;
    let everything = json!({
        "exportedAt": visitor.now().to_string(),
        "person": of_person(&personal),
        "consumer": person.party.as_str(),
        "details": details.as_ref().map(of_details),
        "accounts": accounts.iter().map(of_account).collect::<Vec<_>>(),
        "payments": payments.iter().map(of_payment).collect::<Vec<_>>(),
        "paymentsComplete": complete,
        "bills": bills.iter().map(of_bill).collect::<Vec<_>>(),
        "statements": statements.iter().map(of_statement).collect::<Vec<_>>(),
        "coupons": coupons.iter().map(of_coupon).collect::<Vec<_>>(),
        "interests": interests,
        "chargedAt": standing.charged_at,
        "instructions": told,
        "requests": requests.iter().map(of_request).collect::<Vec<_>>(),
    });
    let body = serde_json::to_vec_pretty(&everything).map_err(Fault::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"meteore.json\""))
        .body(body))
}

/// All payments, and whether these are really all.
async fn all_payments(visitor: &Visitor, till: &Data<Till>) -> Result<(Vec<Purchase>, bool), Fault> {
    let party = visitor.need_person()?.party.clone();
    let (mut all, mut after) = (Vec::new(), None);
    while all.len() < MOST_PAYMENTS {
        let page = payments::history(till, &party, Query { after, limit: ROWS, ..Query::default() }).await?;
        all.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok((all, true));
        }
    }
    Ok((all, false))
}

fn money(amount: Money) -> Json {
    json!({ "amount": amount.decimal(), "currency": amount.currency().as_str() })
}

fn micros(micros: i64, currency: &str) -> Json {
    payment_domain::Currency::parse(currency)
        .map_or(Json::Null, |currency| money(Money::from_micros(micros, currency)))
}

fn time(millis: i64) -> Json {
    Timestamp::from_millis(millis).map_or(Json::Null, |at| json!(at.to_string()))
}

fn of_person(data: &PersonalData) -> Json {
    json!({
        "name": data.known.name.as_ref().map(|name| name.as_str()),
        "email": data.known.email.as_ref().map(|email| email.reveal()),
        "telephone": data.known.phone.as_ref().map(|phone| phone.reveal()),
        "devices": data.devices.iter().map(|device| json!({
            "name": device.name,
            "since": device.since.to_string(),
            "seen": device.seen.to_string(),
        })).collect::<Vec<_>>(),
        "passkeys": data.keys.iter().map(|key| json!({
            "id": key.id,
            "name": key.name,
            "since": key.since.to_string(),
            "used": key.used.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
    })
}

fn of_details(details: &Details) -> Json {
    json!({
        "email": details.email.as_ref().map(|email| email.reveal()),
        "bank": details.bank.as_ref().map(|bank| json!({
            "holder": bank.account.holder.as_str(),
            "iban": bank.account.iban.reveal(),
            "mandate": bank.mandate.as_ref().map(|mandate| json!({
                "id": mandate.id.as_str(),
                "signedAt": mandate.signed_at.to_string(),
            })),
        })),
    })
}

fn of_account(account: &AccountRow) -> Json {
    json!({
        "kind": account.kind,
        "balance": micros(account.balance, &account.currency),
        "creditLimit": micros(account.credit_limit, &account.currency),
        "openedAt": time(account.opened_at),
    })
}

fn of_payment(payment: &Purchase) -> Json {
    json!({
        "order": payment.order.to_string(),
        "orderedAt": payment.ordered_at.to_string(),
        "merchant": payment.merchant.as_str(),
        "item": payment.item.as_str(),
        "title": payment.title.as_str(),
        "price": money(payment.price),
        "paid": money(payment.paid),
        "refunded": money(payment.refunded),
        "mode": payment.mode.as_str(),
        "funding": payment.funding.as_str(),
        "rule": payment.rule.as_str(),
        "state": payment.state.as_str(),
        "receipt": payment.receipt.map(|position| position.to_string()),
    })
}

fn of_bill(bill: &BillRow) -> Json {
    json!({
        "number": bill.position.to_string(),
        "due": micros(bill.due, &bill.currency),
        "collected": micros(bill.collected, &bill.currency),
        "state": bill.state,
        "issuedAt": time(bill.issued_at),
        "dueAt": time(bill.due_at),
    })
}

fn of_statement(statement: &StatementRow) -> Json {
    json!({
        "number": statement.position.map(|position| position.to_string()),
        "book": statement.book,
        "currency": statement.currency,
        "from": time(statement.opened_at),
        "to": statement.closed_at.map(time),
    })
}

/// What somebody has signed here: the words of a complaint, too. And what was answered.
fn of_instruction(told: &Instruction) -> Result<Json, Fault> {
    let (state, answer) = match &told.stage {
        Stage::Open => ("open", None),
        Stage::Sent => ("sent", None),
        Stage::Done(document) => ("done", Some(document)),
        Stage::Refused(document) => ("refused", Some(document)),
    };
    Ok(json!({
        "id": told.id.to_string(),
        "kind": told.kind()?,
        "madeAt": told.made_at.to_string(),
        "state": state,
        "message": String::from_utf8_lossy(&told.message.to_canonical()),
        "answer": answer.map(|document| String::from_utf8_lossy(document)),
    }))
}

/// What somebody has written to merchants, and what was answered.
fn of_request(request: &Request) -> Json {
    let answer = match &request.stands {
        Stands::Declined(answer) => Some(answer),
        _ => None,
    };
    json!({
        "order": request.order.to_string(),
        "amount": money(request.amount),
        "reason": request.reason,
        "state": request.stands.as_str(),
        "answer": answer,
        "askedAt": request.asked_at.to_string(),
        "endedAt": request.ended_at.map(|at| at.to_string()),
    })
}

fn of_coupon(coupon: &HeldCoupon) -> Json {
    let worth = match coupon.worth {
        Worth::Value { face, remaining, reserved } => {
            json!({ "face": money(face), "remaining": money(remaining), "reserved": money(reserved) })
        }
        Worth::Discount(Discount::Amount(amount)) => json!({ "discount": money(amount) }),
        Worth::Discount(Discount::Ppm(ppm)) => json!({ "discountPpm": ppm }),
    };
    json!({
        "id": coupon.id.to_string(),
        "merchant": coupon.merchant.as_str(),
        "series": coupon.series.as_str(),
        "worth": worth,
        "state": coupon.state.as_str(),
        "usableUntil": coupon.usable_until.to_string(),
    })
}
