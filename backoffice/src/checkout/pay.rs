//! Deciding. The order is kept with its id before the browser signs it, and is fixed before it is sent: pressed twice, sent
//! again after a time-out or by going back, it is one order and gets one receipt (R42, R58).

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path, Query as InAddress};
use payment_domain::{Authentication, Challenge, CouponId, Method, OrderId, RequestId};
use payment_message::Message;
use serde::Deserialize;
use url::form_urlencoded;

use super::back::Back;
use super::explain::Case;
use super::offered::Offered;
use super::page;
use super::purchase::{Purchase, is_same, pays};
use crate::consumer::instruction::{Instruction, Opening, Outcome, Stage};
use crate::consumer::proof::{Ask, ByCode, Given, Ways};
use crate::consumer::{Till, code, instructed, say};
use crate::people::People;
use crate::web::{Fault, Filled, Terminal, Visitor};

/// Somebody who comes back to an offer within this time has not forgotten that they paid: they pressed the wrong button.
const MOMENT_AGO_MS: i64 = 10 * 60_000;
/// An order with less time left than this is opened anew.
const TOO_SHORT_MS: i64 = 60_000;
/// So many windows that open an offer at the same moment give up: people have two.
const RACES: usize = 5;
/// How often the page looks again by itself while something is under way, in seconds.
const REFRESH: &str = "3";

/// What stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(rename = "return", default)]
    back: String,
    /// One, or several with a space between them.
    #[serde(default)]
    coupon: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
}

impl Asked {
    /// The address of this page again.
    fn here(&self, offer: &str, with_coupon: bool) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.back.is_empty() {
            query.append_pair("return", &self.back);
        }
        if with_coupon && !self.coupon.is_empty() {
            query.append_pair("coupon", &self.coupon);
        }
        address(offer, &query.finish())
    }
}

fn address(offer: &str, query: &str) -> String {
    if query.is_empty() { format!("/pay/{offer}") } else { format!("/pay/{offer}?{query}") }
}

/// The page of an offer.
pub(super) async fn show(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    InAddress(asked): InAddress<Asked>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let offered = Offered::find(&visitor, &path).await?;
    let back = Back::parse(&asked.back, &offered.sites);
    let here = asked.here(&path, true);
    if visitor.person().is_none() {
        let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        return visitor.show(page::sign_in(words, &offered, back.as_ref(), &format!("/sign-in?next={next}")));
    }
    let newest = Instruction::newest_for(&visitor, offered.digest).await?;
    if let Some(known) = &newest {
        let lately = visitor.now().millis_since(known.made_at) < MOMENT_AGO_MS;
        match &known.stage {
            // Nobody pays a second time before it is known what became of the first.
            Stage::Sent => return Ok(visitor.go(format!("/paid/{}", known.id), None)),
            Stage::Done(_) if lately && asked.again.is_empty() => {
                let join = if here.contains('?') { '&' } else { '?' };
                let again = format!("{here}{join}again=1");
                return visitor.show(page::paid_before(words, &offered, &known.id.to_string(), &again));
            }
            Stage::Open | Stage::Done(_) | Stage::Refused(_) => {}
        }
    }
    if !offered.can_be_bought(visitor.now()) {
        return visitor.show(page::gone(words, &offered, back.as_ref()));
    }
    let wanted: Vec<_> = asked.coupon.split(' ').filter_map(|id| CouponId::parse(id).ok()).collect();
    let purchase = Purchase::of(&visitor, &till, &offered, &wanted).await?;
    let ways = Ways::of(&visitor, &till).await?;
    let choice = Choice::of(&visitor, &purchase, &ways);
    let open = choice.open(&visitor, &till, &purchase, &offered, back.as_ref()).await?;
    let code = match (choice.code_pays, asked.code == "sent") {
        (false, _) => ByCode::NotEnough,
        (true, true) => ByCode::Enter(code::sent_to(&visitor).await?),
        (true, false) if ways.entered_at.is_some() => ByCode::Entered,
        (true, false) => ByCode::Send,
    };
    let passkey = choice.passkey_pays.then(|| ways.options(&open.message, &till)).flatten();
    let policy = visitor.portal().core.policy();
    let case = Case {
        ruling: choice.ruling,
        method: choice.authentication.method,
        standing: &purchase.standing,
        charged: purchase.charged,
        policy: &policy,
        now: visitor.now(),
    };
    let possible = choice.passkey_pays || choice.code_pays;
    let hoped = Ways::hoped_for(visitor.now());
    let needs_passkey = !possible
        && purchase.standing.active
        && visitor.terminal() == Terminal::Browser
        && pays(&purchase.ruling(&hoped, &policy, visitor.now()));
    let mut explained = case.explain(words);
    if needs_passkey {
        explained.0 = say::challenge(words, Challenge::Passkey);
    }
    if let Some(origin) = back.as_ref().and_then(Back::origin) {
        visitor.leads_to(&origin);
    }
    visitor.show(page::decide(
        words,
        page::Decision {
            offered: &offered,
            purchase: &purchase,
            explained,
            ask: Ask { passkey, code },
            possible,
            needs_passkey,
            action: format!("/pay/{}", open.id),
            back,
            here: asked.here(&path, false),
        },
    ))
}

/// The best way that leads to a payment.
struct Choice {
    authentication: Authentication,
    ruling: payment_domain::Ruling,
    passkey_pays: bool,
    code_pays: bool,
}

impl Choice {
    fn of(visitor: &Visitor, purchase: &Purchase, ways: &Ways) -> Self {
        let (policy, now) = (visitor.portal().core.policy(), visitor.now());
        let active = purchase.standing.active;
        let by_code = ways.by_code(now);
        let code = purchase.ruling(&by_code, &policy, now);
        let code_pays = active && pays(&code);
        match ways.by_passkey(now) {
            Some(by_passkey) => {
                let ruling = purchase.ruling(&by_passkey, &policy, now);
                let passkey_pays = active && pays(&ruling);
                Self { authentication: by_passkey, ruling, passkey_pays, code_pays }
            }
            None => Self { authentication: by_code, ruling: code, passkey_pays: false, code_pays },
        }
    }

    /// The order to decide on: the one that is open for this offer already, if it is still the one, or a new one.
    async fn open(
        &self,
        visitor: &Visitor,
        till: &Till,
        purchase: &Purchase,
        offered: &Offered,
        back: Option<&Back>,
    ) -> Result<Instruction, Fault> {
        for _ in 0..RACES {
            let newest = Instruction::newest_for(visitor, offered.digest).await?;
            let same = newest.filter(|known| self.goes_on_with(visitor, known, purchase, offered, back));
            if let Some(open) = same {
                return Ok(open);
            }
            let order = purchase.order(visitor, till, offered, &self.authentication)?;
            let back = back.map(|back| back.as_str().to_owned());
            let opening = Opening { offer: Some(offered.digest), back };
            if let Some(open) = Instruction::open(visitor, till, order, opening).await? {
                return Ok(open);
            }
        }
        Err(Fault::unavailable("too many windows open the same offer"))
    }

    /// Whether an order that was opened before is still the one: so that reloading a page makes no other.
    fn goes_on_with(
        &self,
        visitor: &Visitor,
        known: &Instruction,
        purchase: &Purchase,
        offered: &Offered,
        back: Option<&Back>,
    ) -> bool {
        let Message::PaymentOrder(order) = &known.message else { return false };
        known.stage == Stage::Open
            && known.expires_at.millis_since(visitor.now()) > TOO_SHORT_MS
            && known.back.as_deref() == back.map(Back::as_str)
            && (order.method == Method::Passkey) == (self.authentication.method == Method::Passkey)
            && is_same(order, purchase, offered.digest)
    }
}

/// What was checked about an offer, checked now.
pub(super) async fn checked(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let offered = Offered::find(&visitor, &path).await?;
    let signed = offered.is_signed(&till.chain, visitor.now());
    visitor.show(page::checked(visitor.words(), &offered, signed, &address(&path, "")))
}

/// Sends a code, and leads to where it is entered.
pub(super) async fn send_code(
    visitor: Visitor,
    people: Data<People>,
    path: Path<String>,
    _: Filled<Given>,
) -> Result<HttpResponse, Fault> {
    let known = find(&visitor, &path).await?;
    if known.stage != Stage::Open {
        return Ok(visitor.go(format!("/paid/{}", known.id), None));
    }
    let here = decision_page(&known)?;
    match code::send(&visitor, &people, &here).await? {
        Ok(()) => Ok(visitor.go(with_code(&here), None)),
        Err(why) => Ok(visitor.go(here, Some(say::bad(why)))),
    }
}

/// Pays. However often it is sent: once.
pub(super) async fn pay(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
    Filled(given): Filled<Given>,
) -> Result<HttpResponse, Fault> {
    let mut known = find(&visitor, &path).await?;
    if known.is_late(visitor.now()) {
        let text = visitor.words().say("checkout-too-late");
        return Ok(visitor.go(decision_page(&known)?, Some(say::bad(text))));
    }
    let outcome = match known.stage {
        Stage::Open => match instructed::evidence(&visitor, &till, &given).await? {
            Ok(evidence) => {
                let (sent, outcome) = known.send(&visitor, &till, &evidence).await?;
                known = sent;
                outcome
            }
            Err(why) => {
                let here = decision_page(&known)?;
                let here = if given.code.is_empty() { here } else { with_code(&here) };
                return Ok(visitor.go(here, Some(say::bad(why))));
            }
        },
        _ => known.outcome(&visitor, &till).await?,
    };
    match to_merchant(&known, &outcome)? {
        Some(back) => Ok(HttpResponse::SeeOther().insert_header((LOCATION, back)).finish()),
        None => Ok(visitor.go(format!("/paid/{}", known.id), None)),
    }
}

/// What became of an order. While nothing final is known the page looks again by itself; then it leads back.
pub(super) async fn paid(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let mut known = find(&visitor, &path).await?;
    if known.stage == Stage::Open {
        return Ok(visitor.go(decision_page(&known)?, None));
    }
    // A page that has waited leads back; whoever looks at a receipt again stays here.
    let waited = known.stage == Stage::Sent;
    let outcome = known.outcome(&visitor, &till).await?;
    if let Some(back) = to_merchant(&known, &outcome)?.filter(|_| waited) {
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, back)).finish());
    }
    let back = known.back.as_deref().and_then(Back::kept);
    let title = title(&visitor, &known).await?;
    let page = page::ended(visitor.words(), &title, &outcome, back.as_ref(), &decision_page(&known)?);
    let mut response = visitor.show(page)?;
    if matches!(outcome, Outcome::Pending(_) | Outcome::Unknown) {
        instructed::refresh(&mut response, REFRESH);
    }
    Ok(response)
}

/// What was bought.
async fn title(visitor: &Visitor, known: &Instruction) -> Result<String, Fault> {
    let offer = known.offer.ok_or(Fault::NotFound)?;
    Ok(Offered::find(visitor, &offer.to_string()).await?.offer.title.as_str().to_owned())
}

/// Where the browser goes after a payment that was made.
fn to_merchant(known: &Instruction, outcome: &Outcome) -> Result<Option<String>, Fault> {
    if !matches!(outcome, Outcome::Done(_)) {
        return Ok(None);
    }
    let order = OrderId::from_bytes(*known.id.as_bytes());
    let digest = known.message.digest();
    Ok(known.back.as_deref().and_then(Back::kept).map(|back| back.paid(order, digest)))
}

/// The page on which an order is decided.
fn decision_page(known: &Instruction) -> Result<String, Fault> {
    let offer = known.offer.ok_or(Fault::NotFound)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(back) = &known.back {
        query.append_pair("return", back);
    }
    if let Message::PaymentOrder(order) = &known.message
        && !order.coupons.is_empty()
    {
        query.append_pair("coupon", &listed(&order.coupons));
    }
    Ok(address(&offer.to_string(), &query.finish()))
}

/// Coupons as they stand in an address.
pub(super) fn listed(coupons: &[CouponId]) -> String {
    coupons.iter().map(CouponId::to_string).collect::<Vec<_>>().join(" ")
}

fn with_code(here: &str) -> String {
    let join = if here.contains('?') { '&' } else { '?' };
    format!("{here}{join}code=sent")
}

async fn find(visitor: &Visitor, path: &str) -> Result<Instruction, Fault> {
    visitor.need_person()?;
    let id = RequestId::parse(path).map_err(|_| Fault::NotFound)?;
    let found = Instruction::find(visitor, id).await?;
    found.filter(|found| found.offer.is_some()).ok_or(Fault::NotFound)
}
