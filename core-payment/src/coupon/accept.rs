//! An order that buys a coupon or names some: which way it goes. Called by `order/accept.rs` with the accounts locked.

use payment_domain::{
    Currency, Decision, Means, Money, Offer, PaymentOrder, Policy, Question, Ruling, Sale, Spent, Timestamp,
};
use payment_message::{Code, Verified};

use super::life::Standing;
use super::{claim, purchase, spend};
use crate::act::{ActError, Books};
use crate::batch::{Batch, BatchError};
use crate::order::Terms;
use crate::order::accept::{Resolved, refuse};
use crate::order::refusal::{Refusal, code_of};
use crate::reply::Reply;
use crate::storage::coupon::campaign::ClaimRow;
use crate::storage::coupon::{self, CouponRow};
use crate::storage::payment;
use crate::storage::{Tx, coupon::campaign};

/// Whether an order is about coupons at all.
pub(crate) fn concerns(order: &PaymentOrder, terms: &Terms) -> bool {
    terms.sale == Sale::Coupon || !order.coupons.is_empty()
}

/// What an order about coupons is.
enum Tender {
    Purchase,
    Value(Vec<CouponRow>),
    Discount(ClaimRow),
}

/// Deals with an order about coupons.
pub(crate) fn accept(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
) -> Result<Reply, BatchError> {
    let mut books = Books { batch, tx };
    let tender = find(&mut books, order.message(), resolved).map_err(|error| error.0)?;
    let done = match tender {
        Ok(Tender::Purchase) => purchase::begin(&mut books, order, resolved),
        Ok(Tender::Value(coupons)) => spend::begin(&mut books, order, resolved, coupons),
        Ok(Tender::Discount(claim)) => claim::pay(&mut books, order, resolved, claim),
        Err(refusal) => Ok(Err(refusal)),
    };
    match done.map_err(|error| error.0)? {
        Ok(reply) => Ok(reply),
        Err(refusal) => refusal.sign(batch, order.message().order_id.into(), Some(order.digest())),
    }
}

fn find(
    books: &mut Books<'_, '_, '_>,
    order: &PaymentOrder,
    resolved: &Resolved,
) -> Result<Result<Tender, Refusal>, ActError> {
    if resolved.terms.sale == Sale::Coupon {
        // A coupon is bought with money, at its price, in its currency.
        let plain = order.coupons.is_empty() && order.quote.is_none();
        let refusal =
            Refusal::of(Code::InvalidMessage, if order.quote.is_some() { "quote" } else { "coupon" });
        return Ok(if plain { Ok(Tender::Purchase) } else { Err(refusal) });
    }
    let mut coupons = Vec::with_capacity(order.coupons.len());
    for id in &order.coupons {
        if let Some(claim) = campaign::claim_by_id(books.tx.conn(), id.as_bytes())? {
            // A discount makes the price, coupons of value pay it: one kind in one order.
            let alone = order.coupons.len() == 1;
            let refusal = Refusal::of(Code::InvalidMessage, "coupon");
            return Ok(if alone { Ok(Tender::Discount(claim)) } else { Err(refusal) });
        }
        let coupon = coupon::by_id(books.tx.conn(), id.as_bytes())?;
        let theirs = |coupon: &CouponRow| {
            coupon.holder == resolved.consumer.id
                && coupon.merchant == resolved.merchant.id
                && coupon.currency == order.amount.currency().as_str()
        };
        match coupon.filter(theirs) {
            Some(coupon) => coupons.push(coupon),
            // Somebody else's coupon is unknown, too: nobody learns that it exists.
            None => return Ok(Err(Refusal::of(Code::UnknownCoupon, "coupon"))),
        }
    }
    if order.amount != resolved.terms.price {
        return Ok(Err(Refusal::of(Code::AmountDiffers, "amount")));
    }
    Ok(Ok(Tender::Value(coupons)))
}

/// Decides by one of the two rules for coupons. Refused: the answer, kept; else the ruling and what has been spent then.
pub(super) fn rule(
    books: &mut Books<'_, '_, '_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    decide: fn(&Question, &Means, &Policy) -> Ruling,
) -> Result<Result<(Ruling, Spent), Reply>, ActError> {
    let message = order.message();
    let question = Question {
        amount: message.amount,
        capability: message.capability,
        method: message.method,
        now: books.batch.now,
    };
    let spent = books.batch.account(resolved.consumer_account)?.spent;
    let external = resolved.consumer.external.is_some();
    let means = Means { account: None, external, anonymous: resolved.consumer.anonymous, spent };
    let policy = books.batch.policy;
    let ruling = decide(&question, &means, policy);
    let code = match ruling.decision {
        Decision::Aggregated(_) | Decision::Single => {
            let grant = policy.grant(message.capability, message.method);
            let after = spent.after(&question, grant.is_some_and(|grant| grant.strong), ruling.decision);
            return Ok(Ok((ruling, after)));
        }
        Decision::Refused(reason) => code_of(reason),
        Decision::StepUp(_) => Code::StepUpRequired,
    };
    Ok(Err(refuse(books.batch, order, resolved, &ruling, code)?))
}

/// Why a coupon cannot be used now. The same message may succeed later, when whatever uses it has failed.
pub(super) fn unusable(coupon: &CouponRow, now: Timestamp) -> Option<Refusal> {
    let code = match coupon.standing() {
        Some(Standing::Held) if coupon.is_usable_at(now) => return None,
        Some(Standing::Held | Standing::Expired) => Code::CouponExpired,
        _ => Code::CouponUsed,
    };
    Some(Refusal::of(code, "coupon"))
}

/// The offer that an order buys, as its merchant signed it.
pub(super) fn offer_of(books: &mut Books<'_, '_, '_>, offer_id: &[u8]) -> Result<Offer, ActError> {
    let row = payment::evidence_of(books.tx.conn(), offer_id)?.ok_or(ActError::corrupt("offer"))?;
    books.asked_at::<Offer>(row.id).map(|(offer, _)| offer)
}

/// An amount that is stored.
pub(super) fn money(micros: i64, currency: &str) -> Result<Money, ActError> {
    let currency = Currency::parse(currency).map_err(|_| ActError::corrupt("coupon"))?;
    Ok(Money::from_micros(micros, currency))
}
