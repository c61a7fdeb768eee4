//! Privacy: what is kept of somebody, all of it in one file (GDPR art. 15 and 20).

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use core_payment::Details;
use core_payment::coupon::{HeldCoupon, Worth};
use payment_domain::{Discount, Money, Pseudonym, Role, Timestamp};
use serde_json::{Value as Json, json};

use super::instruction::{Instruction, Stage};
use super::{Till, coupons, interests, payments, say};
use crate::certificates::{CertificateRow, Standing, since, some_certificates, until};
use crate::page::{Block, Form, Inline, Link, Page, Section, Weight};
use crate::people::{self, PersonalData};
use crate::requests::{Request, Stands};
use crate::sales::history::Purchase;
use crate::sales::query::Query;
use crate::storage::consumer::{self as storage, AccountRow, BillRow, StatementRow};
use crate::storage::people::{MOST_PASSKEYS, MOST_SESSIONS};
use crate::storage::request;
use crate::web::{Fault, Filled, Visitor};
use crate::words::Words;

/// Payments in one file: twenty a day for fourteen years. Of every list the file says whether it is all there is.
const MOST_PAYMENTS: usize = 100_000;
/// Payments that are read at once.
const ROWS: u32 = 100;
/// Instructions in one file.
const MOST_INSTRUCTIONS: i64 = 10_000;
/// Requests for money back in one file.
const MOST_REQUESTS: i64 = 10_000;
/// Bills in one file, and statements.
const MOST_BILLS: i64 = 1_000;
/// Terminals in one file, and those that are revoked.
const MOST_TERMINALS: i64 = 1_000;
/// Merchants in one file that know somebody by a pseudonym.
const MOST_PSEUDONYMS: i64 = 10_000;

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
    let (accounts, mut bills, mut statements, mut requests, mut pseudonyms) = visitor
        .read(move |conn| {
            Ok((
                storage::accounts(conn, owner)?,
                storage::bills(conn, owner, i64::MAX, one_more(MOST_BILLS))?,
                storage::statements(conn, owner, one_more(MOST_BILLS))?,
                request::of_consumer(conn, owner, one_more(MOST_REQUESTS))?,
                storage::pseudonyms(conn, owner, one_more(MOST_PSEUDONYMS))?,
            ))
        })
        .await?;
    let mut terminals = some_certificates(&visitor, Role::Terminal, one_more(MOST_TERMINALS)).await?;
    let (core, party) = (visitor.portal().core.clone(), person.party.clone());
    let details =
        tokio::task::spawn_blocking(move || core.details(&party)).await.map_err(Fault::internal)??;
    let (payments, all_payments) = all_payments(&visitor, &till).await?;
    let coupons = coupons::held(&visitor).await?;
    let interests = interests::of(&visitor).await?;
    let standing = super::top_up::standing(&visitor).await?;
    let mut told = Instruction::all(&visitor, one_more(MOST_INSTRUCTIONS)).await?;
    let personal = people::personal_data(&visitor).await?;
    let complete = json!({
        "payments": all_payments,
        "devices": is_below(personal.devices.len(), MOST_SESSIONS),
        "passkeys": is_below(personal.keys.len(), MOST_PASSKEYS),
        "accounts": is_below(accounts.len(), storage::MOST_ACCOUNTS),
        "bills": is_whole(&mut bills, MOST_BILLS),
        "statements": is_whole(&mut statements, MOST_BILLS),
        // Each of two kinds has its own end.
        "coupons": is_below(coupons.len(), HeldCoupon::MOST),
        "instructions": is_whole(&mut told, MOST_INSTRUCTIONS),
        "requests": is_whole(&mut requests, MOST_REQUESTS),
        "terminals": is_whole(&mut terminals, MOST_TERMINALS),
        "pseudonyms": is_whole(&mut pseudonyms, MOST_PSEUDONYMS),
    });
    let told = told.iter().map(of_instruction).collect::<Result<Vec<_>, _>>()?;
    let requests = Request::open_all(visitor.store().sealer(), &requests)?;
    let everything = json!({
        "exportedAt": visitor.now().to_string(),
        "person": of_person(&personal),
        "consumer": person.party.as_str(),
        "details": details.as_ref().map(of_details),
        "accounts": accounts.iter().map(of_account).collect::<Vec<_>>(),
        "payments": payments.iter().map(of_payment).collect::<Vec<_>>(),
        "complete": complete,
        "bills": bills.iter().map(of_bill).collect::<Vec<_>>(),
        "statements": statements.iter().map(of_statement).collect::<Vec<_>>(),
        "coupons": coupons.iter().map(of_coupon).collect::<Vec<_>>(),
        "interests": interests,
        "chargedAt": standing.charged_at,
        "instructions": told,
        "requests": requests.iter().map(of_request).collect::<Vec<_>>(),
        "terminals": terminals.iter().map(|row| of_terminal(&visitor, &till, row)).collect::<Vec<_>>(),
        "pseudonyms": pseudonyms.iter().map(of_pseudonym).collect::<Vec<_>>(),
    });
    let body = serde_json::to_vec_pretty(&everything).map_err(Fault::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"meteore.json\""))
        .body(body))
}

/// One more than a list may have is asked for, to see whether there is more.
const fn one_more(most: i64) -> i64 {
    most.saturating_add(1)
}

/// Whether a list is all there is; what is too much is taken away.
fn is_whole<T>(rows: &mut Vec<T>, most: i64) -> bool {
    say::older(rows, most, |_| ()).is_none()
}

/// Whether a list that ends at so many has not come to its end.
fn is_below(count: usize, most: i64) -> bool {
    i64::try_from(count).is_ok_and(|count| count < most)
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

/// An app that pays for somebody, and how its certificate stands.
fn of_terminal(visitor: &Visitor, till: &Till, row: &CertificateRow) -> Json {
    let (state, revoked_at) = match Standing::of(row, &*till.authority, visitor.now()) {
        Standing::InForce => ("in-force", None),
        Standing::Expired => ("expired", None),
        Standing::Revoked(at) => ("revoked", Some(at.to_string())),
    };
    json!({
        "serial": row.serial,
        "sha256": row.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "since": since(row).to_string(),
        "until": until(row).to_string(),
        "state": state,
        "revokedAt": revoked_at,
    })
}

/// How a merchant knows somebody (R46).
fn of_pseudonym((merchant, pseudonym): &(String, Vec<u8>)) -> Json {
    let known = pseudonym.first_chunk().map(|bytes| Pseudonym::new(*bytes).to_string());
    json!({ "merchant": merchant, "pseudonym": known })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_was_cut_says_so() {
        for (count, whole, kept) in [(0, true, 0), (3, true, 3), (4, false, 3)] {
            let mut rows: Vec<i64> = (0..count).collect();
            assert_eq!((is_whole(&mut rows, 3), rows.len()), (whole, kept), "{count} of 3");
        }
        assert!(is_below(2, 3) && !is_below(3, 3));
        assert_eq!(one_more(3), 4);
    }
}
