//! The page on which an instruction is confirmed, and, at the same address, what became of it. Payments have a page of their
//! own at the checkout.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Data, Path, Query as InAddress};
use payment_domain::{CouponAct, CouponReceipt, CouponState, Money, Payer, RequestId};
use payment_message::Message;

use super::instruction::{Evidence, Instruction, Outcome, Stage};
use super::proof::{self, Ask, Buttons, ByCode, Given, Step, Ways};
use super::{Till, code, say};
use crate::page::{Block, Chip, Inline, Link, Notice, Page, Tone};
use crate::people::People;
use crate::web::{Fault, Filled, Visitor};
use crate::words::{Value, Words};

/// How often a page looks again by itself while something is under way, in seconds.
const REFRESH: &str = "4";

/// Opens an instruction and leads to the page where it is confirmed.
pub(super) async fn open(visitor: &Visitor, till: &Till, message: Message) -> Result<HttpResponse, Fault> {
    let opened = Instruction::open(visitor, till, message, super::instruction::Opening::default()).await?;
    // Only orders for offers meet each other.
    let opened = opened.ok_or_else(|| Fault::internal("an instruction was there before"))?;
    Ok(visitor.go(address(opened.id), None))
}

/// The page of an instruction.
pub(crate) async fn show(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    InAddress(step): InAddress<Step>,
) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    match found.stage {
        Stage::Open if found.is_late(visitor.now()) => too_late(&visitor, &found),
        Stage::Open => confirm(&visitor, &till, &found, step.code_sent()).await,
        _ => {
            let mut found = found;
            let outcome = found.outcome(&visitor, &till).await?;
            ended(&visitor, &found, &outcome)
        }
    }
}

/// Sends a code, and shows the page on which it is entered.
pub(crate) async fn send_code(
    visitor: Visitor,
    people: Data<People>,
    path: Path<String>,
    _: Filled<Given>,
) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    match found.stage {
        Stage::Open if found.is_late(visitor.now()) => too_late(&visitor, &found),
        Stage::Open => match code::send(&visitor, &people, &address(found.id)).await? {
            Ok(()) => Ok(visitor.go(format!("{}?code=sent", address(found.id)), None)),
            Err(why) => Ok(visitor.go(address(found.id), Some(say::bad(why)))),
        },
        _ => Ok(visitor.go(address(found.id), None)),
    }
}

/// Confirms an instruction. Again, it gets the same answer.
pub(crate) async fn send(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    Filled(given): Filled<Given>,
) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    if found.is_late(visitor.now()) {
        return too_late(&visitor, &found);
    }
    let here = address(found.id);
    if found.stage == Stage::Open {
        match evidence(&visitor, &till, &given).await? {
            Ok(evidence) => {
                found.send(&visitor, &till, &evidence).await?;
            }
            Err(why) => return Ok(visitor.go(given.again(here), Some(say::bad(why)))),
        }
    }
    Ok(visitor.go(here, None))
}

/// What a form proves, or why it does not, in words.
pub(crate) async fn evidence(
    visitor: &Visitor,
    till: &Till,
    given: &Given,
) -> Result<Result<Evidence, String>, Fault> {
    let words = visitor.words();
    if !given.assertion.is_empty() {
        let assertion = proof::read_assertion(&given.assertion);
        return Ok(assertion.map(Evidence::Passkey).ok_or_else(|| words.say("consumer-proof-unreadable")));
    }
    let ways = Ways::of(visitor, till).await?;
    if !given.code.is_empty() {
        return Ok(match code::enter(visitor, &given.code).await? {
            Ok(at) => {
                let session = visitor.person().and_then(|person| person.session);
                Ok(Evidence::Code { at, session, capability: ways.capability })
            }
            Err(why) => Err(why),
        });
    }
    Ok(ways.entered(visitor).ok_or_else(|| words.say("consumer-proof-nothing")))
}

async fn find(visitor: &Visitor, path: &str) -> Result<Instruction, Fault> {
    visitor.need_person()?;
    let id = RequestId::parse(path).map_err(|_| Fault::NotFound)?;
    let found = Instruction::find(visitor, id).await?.ok_or(Fault::NotFound)?;
    // A payment is confirmed at the checkout.
    if found.offer.is_some() { Err(Fault::NotFound) } else { Ok(found) }
}

/// Where an instruction is confirmed.
fn address(id: RequestId) -> String {
    format!("/instructions/{id}")
}

async fn confirm(
    visitor: &Visitor,
    till: &Till,
    found: &Instruction,
    code_sent: bool,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let ways = Ways::of(visitor, till).await?;
    let code = match (code_sent, ways.entered_at) {
        (true, _) => ByCode::Enter(code::sent_to(visitor).await?),
        (false, Some(_)) => ByCode::Entered,
        (false, None) => ByCode::Send,
    };
    let ask = Ask { passkey: ways.options(&found.message, till), code };
    visitor.show(confirm_page(words, &found.message, &ask, &address(found.id)))
}

fn confirm_page(words: Words, message: &Message, ask: &Ask, action: &str) -> Page {
    let told = Told::of(words, message);
    let mut page = Page::new(told.title, told.place);
    if let Some(amount) = told.amount {
        page = page.with(Block::Amount(words.money(amount)));
    }
    page = page.with(Block::Explained(told.strong, told.quiet));
    let buttons =
        Buttons { passkey: words.say("consumer-confirm-with-passkey"), plain: words.say("consumer-confirm") };
    for block in proof::forms(words, ask, action, buttons) {
        page = page.with(block);
    }
    page.with(Block::Actions(vec![Link::new(told.place, words.say("consumer-confirm-not-now"))]))
}

/// What an instruction is, in words.
struct Told {
    title: String,
    place: &'static str,
    amount: Option<Money>,
    strong: String,
    quiet: String,
}

impl Told {
    fn of(words: Words, message: &Message) -> Self {
        match message {
            Message::TopUpOrder(order) => Self {
                title: words.say("consumer-top-up-confirm"),
                place: "/top-up",
                amount: Some(order.amount),
                strong: words.say("consumer-top-up-confirm-strong"),
                quiet: words.say("consumer-top-up-confirm-quiet"),
            },
            Message::RedemptionOrder(order) => Self {
                title: words.say("consumer-redeem-confirm"),
                place: "/top-up",
                amount: Some(order.amount),
                strong: words.say("consumer-redeem-confirm-strong"),
                quiet: words.say("consumer-redeem-confirm-quiet"),
            },
            Message::DisputeOrder(order) => Self {
                title: words.say("consumer-dispute-confirm"),
                place: "/payments",
                amount: Some(order.amount),
                strong: order.reason.as_str().to_owned(),
                quiet: words.say("consumer-dispute-confirm-quiet"),
            },
            Message::CouponOrder(order) => {
                let (title, strong, quiet) = match &order.act {
                    CouponAct::Claim(_) => (
                        words.say("consumer-claim-confirm"),
                        words.say("consumer-claim-confirm-strong"),
                        words.say("consumer-claim-confirm-quiet"),
                    ),
                    CouponAct::Gift { to, .. } => {
                        let to = match to {
                            Payer::Consumer(consumer) => consumer.to_string(),
                            Payer::Msisdn(msisdn) => msisdn.reveal().to_owned(),
                        };
                        (
                            words.say("consumer-gift-confirm"),
                            words.say_with("consumer-gift-confirm-strong", &[("to", Value::from(to))]),
                            words.say("consumer-gift-confirm-quiet"),
                        )
                    }
                    CouponAct::Refund(_) => (
                        words.say("consumer-coupon-refund-confirm"),
                        words.say("consumer-coupon-refund-confirm-strong"),
                        words.say("consumer-coupon-refund-confirm-quiet"),
                    ),
                };
                Self { title, place: "/coupons", amount: None, strong, quiet }
            }
            _ => Self {
                title: words.say("consumer-confirm"),
                place: "/",
                amount: None,
                strong: String::new(),
                quiet: String::new(),
            },
        }
    }
}

fn too_late(visitor: &Visitor, found: &Instruction) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let told = Told::of(words, &found.message);
    let mut page = Page::new(told.title, told.place)
        .with(Block::Actions(vec![Link::new(told.place, words.say("consumer-start-again"))]));
    page.notice = Some(say::bad(words.say("consumer-too-late")));
    visitor.show(page)
}

/// Shows what became of an instruction; looks again by itself while nothing final is known.
fn ended(visitor: &Visitor, found: &Instruction, outcome: &Outcome) -> Result<HttpResponse, Fault> {
    let mut response = visitor.show(ended_page(visitor.words(), &found.message, outcome))?;
    if matches!(outcome, Outcome::Pending(_) | Outcome::Unknown) {
        refresh(&mut response, REFRESH);
    }
    Ok(response)
}

/// Has the browser look again, also one without script.
pub(crate) fn refresh(response: &mut HttpResponse, value: &'static str) {
    response.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from_static(value));
}

fn ended_page(words: Words, asked: &Message, outcome: &Outcome) -> Page {
    let told = Told::of(words, asked);
    let mut page = Page::new(told.title, told.place);
    let mut links = vec![Link::new(told.place, words.say("consumer-go-on"))];
    match outcome {
        Outcome::Done(answer) => {
            let (strong, quiet) = done(words, answer);
            page.state = Some(Chip::new(Tone::Good, words.say("consumer-done")));
            page = page.with(Block::Explained(strong, quiet));
        }
        Outcome::Pending(action) => {
            page.state = Some(Chip::new(Tone::Waiting, words.say("consumer-state-pending")));
            for block in pending(words, action.as_deref()) {
                page = page.with(block);
            }
        }
        Outcome::Refused(rejection) => {
            page.notice = Some(Notice { tone: Tone::Bad, text: say::refused(words, rejection) });
            if let Some(challenge) = rejection.challenge {
                page = page.with(Block::Paragraph(vec![Inline::Text(say::challenge(words, challenge))]));
                links.push(Link::new("/keys", words.say("consumer-proof-add-passkey")));
            }
        }
        Outcome::Unknown => {
            page.state = Some(Chip::new(Tone::Waiting, words.say("consumer-unknown-state")));
            page = page
                .with(Block::Explained(words.say("consumer-unknown"), words.say("consumer-unknown-quiet")));
        }
    }
    page.with(Block::Actions(links))
}

/// What is shown while an external system thinks.
pub(crate) fn pending(words: Words, action: Option<&str>) -> Vec<Block> {
    match action {
        Some(url) => vec![
            Block::Explained(words.say("consumer-action"), words.say("consumer-action-quiet")),
            Block::Actions(vec![Link::new(url, words.say("consumer-action-go"))]),
        ],
        None => vec![Block::Explained(words.say("consumer-pending"), words.say("consumer-pending-quiet"))],
    }
}

fn done(words: Words, answer: &Message) -> (String, String) {
    match answer {
        Message::TopUpReceipt(receipt) => (
            words.say_with("consumer-topped-up", &[("amount", say::money(words, receipt.amount))]),
            words.say_with("consumer-balance-now", &[("balance", say::money(words, receipt.balance))]),
        ),
        Message::RedemptionReceipt(receipt) => (
            words.say_with("consumer-redeemed", &[("amount", say::money(words, receipt.amount))]),
            words.say_with("consumer-balance-now", &[("balance", say::money(words, receipt.balance))]),
        ),
        Message::CouponReceipt(receipt) => coupon_done(words, receipt),
        Message::StatusReport(_) => (words.say("consumer-disputed"), words.say("consumer-disputed-quiet")),
        _ => (words.say("consumer-done"), String::new()),
    }
}

fn coupon_done(words: Words, receipt: &CouponReceipt) -> (String, String) {
    let series = receipt.series.as_str();
    let named = |id: &str| words.say_with(id, &[("coupon", Value::from(series))]);
    match receipt.state {
        CouponState::Given => (named("consumer-coupon-given"), words.say("consumer-coupon-given-quiet")),
        CouponState::Refunded => {
            (named("consumer-coupon-refunded"), words.say("consumer-coupon-refunded-quiet"))
        }
        _ => (
            named("consumer-coupon-yours"),
            words.say_with("consumer-coupon-until", &[("day", Value::from(words.day(receipt.expires_at)))]),
        ),
    }
}

#[cfg(test)]
mod tests;
