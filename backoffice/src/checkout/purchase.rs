//! What would be ordered for an offer: with which coupon, in which currency, and what the policy says to each way of
//! confirming it. A preview: the decision is the core's, when the order is there.

use core_payment::Standing;
use core_payment::coupon::{HeldCoupon, Worth};
use payment_domain::{
    Authentication, Capture, CouponId, CouponState, Decision, Digest, Money, OrderId, Payer, PaymentOrder,
    Policy, Question, Quote, QuoteRequest, Ruling, Sale, Timestamp, decide, decide_deferred, decide_single,
    decide_with_coupon,
};
use payment_message::Message;

use super::offered::Offered;
use crate::consumer::Till;
use crate::consumer::instruction::{consumer, fresh_id};
use crate::desk::DeskError;
use crate::web::{Fault, Visitor};

/// What would be ordered.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    /// How the consumer stands in the currency that is charged.
    pub(super) standing: Standing,
    /// What is charged, in that currency.
    pub(super) charged: Money,
    /// What the order says: the price, or what a discount leaves of it.
    pub(super) amount: Money,
    /// The promise by which another currency is charged.
    pub(super) quote: Option<Quote>,
    /// A coupon that pays, or makes it cheaper.
    pub(super) coupon: Option<HeldCoupon>,
    /// Coupons that could be used instead.
    pub(super) coupons: Vec<HeldCoupon>,
    sale: Sale,
    capture: Capture,
}

impl Purchase {
    /// What the visitor would order.
    pub(super) async fn of(
        visitor: &Visitor,
        till: &Till,
        offered: &Offered,
        coupon: Option<CouponId>,
    ) -> Result<Self, Fault> {
        let offer = &offered.offer;
        let person = visitor.need_person()?;
        let (core, party) = (visitor.portal().core.clone(), person.party.clone());
        let (price, served) = (offer.price, core.policy().currency);
        let read = tokio::task::spawn_blocking(move || {
            Ok::<_, core_payment::ReadError>((core.standing(&party, served)?, core.coupons(&party)?))
        });
        let (standing, held) = read.await.map_err(Fault::internal)??;
        let standing = standing.ok_or(Fault::NotFound)?;
        let coupons: Vec<_> = held.into_iter().filter(|coupon| fits(coupon, offered)).collect();
        let coupon = coupon.and_then(|id| coupons.iter().find(|coupon| coupon.id == id).cloned());
        let amount = coupon.as_ref().and_then(|coupon| coupon.amount_for(price)).unwrap_or(price);
        // A payment names a quote or coupons, not both.
        let quote = match price.currency() == served || coupon.is_some() {
            true => None,
            false => quote(visitor, till, price).await?,
        };
        let charged = quote.as_ref().map_or(amount, |quote| quote.charged);
        Ok(Self {
            standing,
            charged,
            amount,
            quote,
            coupon,
            coupons,
            sale: offer.sale,
            capture: offer.capture,
        })
    }

    /// An ordinary purchase.
    #[cfg(test)]
    pub(super) const fn for_test(standing: Standing, price: Money) -> Self {
        Self {
            standing,
            charged: price,
            amount: price,
            quote: None,
            coupon: None,
            coupons: Vec::new(),
            sale: Sale::Catalogue,
            capture: Capture::Immediate,
        }
    }

    /// What the policy says if it is confirmed in this way.
    pub(super) fn ruling(&self, authentication: &Authentication, policy: &Policy, now: Timestamp) -> Ruling {
        let question = Question {
            amount: self.charged,
            capability: authentication.capability,
            method: authentication.method,
            now,
        };
        let mut means = self.standing.means;
        // What is quoted is paid from the account: external systems have rates of their own.
        means.external &= self.quote.is_none();
        let paid_with_coupon = matches!(&self.coupon, Some(HeldCoupon { worth: Worth::Value { .. }, .. }));
        match (paid_with_coupon, self.sale, self.capture) {
            (true, ..) => decide_with_coupon(&question, &means, policy),
            (false, Sale::Coupon, _) => decide_single(&question, &means, policy),
            (false, _, Capture::Deferred) => decide_deferred(&question, &means, policy),
            (false, _, Capture::Immediate) => decide(&question, &means, policy),
        }
    }

    /// The order, with an id of its own and without proof.
    pub(super) fn order(
        &self,
        visitor: &Visitor,
        till: &Till,
        offered: &Offered,
        authentication: &Authentication,
    ) -> Result<Message, Fault> {
        let (now, offer) = (visitor.now(), &offered.offer);
        let id = fresh_id(&*visitor.portal().randomness, now)?;
        Ok(Message::PaymentOrder(PaymentOrder {
            order_id: OrderId::from_bytes(*id.as_bytes()),
            payer: Payer::Consumer(consumer(visitor)?),
            merchant: offer.merchant.clone(),
            offer_id: offer.offer_id,
            offer_digest: offered.digest,
            amount: self.amount,
            capability: authentication.capability,
            method: authentication.method,
            authenticated_at: authentication.authenticated_at,
            evidence: Vec::new(),
            created_at: now,
            expires_at: now.saturating_add_millis(till.message_max_age_ms),
            quote: self.quote.as_ref().map(|quote| quote.quote_id),
            coupons: self.coupon.iter().map(|coupon| coupon.id).collect(),
        }))
    }
}

/// Whether a ruling lets the order through.
pub(super) const fn pays(ruling: &Ruling) -> bool {
    matches!(ruling.decision, Decision::Aggregated(_) | Decision::Single)
}

/// Whether a coupon pays an offer, or makes it cheaper.
fn fits(coupon: &HeldCoupon, offered: &Offered) -> bool {
    let offer = &offered.offer;
    let theirs = coupon.merchant == offer.merchant && coupon.state == CouponState::Held;
    let item = coupon.item.as_ref().is_none_or(|item| *item == offer.item);
    let enough = match coupon.worth {
        Worth::Value { remaining, .. } => {
            remaining.currency() == offer.price.currency() && remaining.micros() >= offer.price.micros()
        }
        Worth::Discount(_) => coupon.amount_for(offer.price).is_some(),
    };
    theirs && item && enough && offer.sale != Sale::Coupon && offer.capture == Capture::Immediate
}

/// What the price comes to in the currency of the account; `None` if nobody says so now.
async fn quote(visitor: &Visitor, till: &Till, price: Money) -> Result<Option<Quote>, Fault> {
    let request = QuoteRequest {
        request_id: fresh_id(&*visitor.portal().randomness, visitor.now())?,
        consumer: consumer(visitor)?,
        price,
        currency: visitor.portal().core.policy().currency,
        created_at: visitor.now(),
    };
    match till.desk.send(&Message::QuoteRequest(request)).await {
        Ok(answered) => Ok(match answered.message {
            Message::Quote(quote) => Some(quote),
            _ => None,
        }),
        Err(DeskError::Door(closed)) => Err(Fault::unavailable(closed)),
        Err(error) => Err(Fault::internal(error)),
    }
}

/// Whether an order that was opened before still says what would be ordered now.
pub(super) fn is_same(order: &PaymentOrder, purchase: &Purchase, offer: Digest) -> bool {
    let coupons: Vec<_> = purchase.coupon.iter().map(|coupon| coupon.id).collect();
    // A quote is a promise of minutes: its order is not gone on with.
    let plain = order.quote.is_none() && purchase.quote.is_none();
    plain && order.offer_digest == offer && order.coupons == coupons && order.amount == purchase.amount
}
