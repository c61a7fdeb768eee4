//! What would be ordered for an offer: with which coupons, in which currency, and what the policy says to each way of
//! confirming it. A preview: the decision is the core's, when the order is there.

use core_payment::Standing;
use core_payment::coupon::{HeldCoupon, Worth};
use payment_domain::{
    Authentication, Capture, CouponId, CouponState, Decision, Digest, Money, Offer, OrderId, Payer,
    PaymentOrder, Policy, Question, Quote, QuoteRequest, Ruling, Sale, Timestamp, decide, decide_deferred,
    decide_single, decide_with_coupon,
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
    /// Coupons that pay it together, or one that makes it cheaper.
    pub(super) used: Vec<HeldCoupon>,
    /// What could be used instead.
    pub(super) choices: Vec<Vec<HeldCoupon>>,
    sale: Sale,
    capture: Capture,
}

impl Purchase {
    /// What the visitor would order.
    pub(super) async fn of(
        visitor: &Visitor,
        till: &Till,
        offered: &Offered,
        wanted: &[CouponId],
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
        let choices = choices(held.into_iter().filter(|coupon| fits(coupon, offer)).collect(), price);
        // Only as they are offered: another choice would not pay.
        let is_wanted = |choice: &&Vec<HeldCoupon>| choice.iter().map(|coupon| &coupon.id).eq(wanted);
        let used = choices.iter().find(is_wanted).cloned().unwrap_or_default();
        let amount = match &used[..] {
            [coupon] => coupon.amount_for(price).unwrap_or(price),
            _ => price,
        };
        // A payment names a quote or coupons, not both.
        let quote = match price.currency() == served || !used.is_empty() {
            true => None,
            false => quote(visitor, till, price).await?,
        };
        let charged = quote.as_ref().map_or(amount, |quote| quote.charged);
        Ok(Self { standing, charged, amount, quote, used, choices, sale: offer.sale, capture: offer.capture })
    }

    /// An ordinary purchase.
    #[cfg(test)]
    pub(super) const fn for_test(standing: Standing, price: Money) -> Self {
        Self {
            standing,
            charged: price,
            amount: price,
            quote: None,
            used: Vec::new(),
            choices: Vec::new(),
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
        let paid_with_coupon =
            self.used.first().is_some_and(|coupon| matches!(coupon.worth, Worth::Value { .. }));
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
            coupons: self.used.iter().map(|coupon| coupon.id).collect(),
        }))
    }
}

/// Whether a ruling lets the order through.
pub(super) const fn pays(ruling: &Ruling) -> bool {
    matches!(ruling.decision, Decision::Aggregated(_) | Decision::Single)
}

/// Whether a coupon may pay for an offer, alone or with others, or make it cheaper.
fn fits(coupon: &HeldCoupon, offer: &Offer) -> bool {
    let theirs = coupon.merchant == offer.merchant && coupon.state == CouponState::Held;
    let item = coupon.item.as_ref().is_none_or(|item| *item == offer.item);
    let helps = match coupon.worth {
        Worth::Value { remaining, .. } => remaining.micros() > 0,
        Worth::Discount(_) => true,
    };
    let reduces = helps && coupon.amount_for(offer.price).is_some();
    theirs && item && reduces && offer.sale != Sale::Coupon && offer.capture == Capture::Immediate
}

/// What can be used for a price: each coupon that is enough by itself; and, if none with value on it is, as few as are
/// enough together, what ends first being spent first.
fn choices(fitting: Vec<HeldCoupon>, price: Money) -> Vec<Vec<HeldCoupon>> {
    let value = |coupon: &HeldCoupon| match coupon.worth {
        Worth::Value { remaining, .. } => remaining.micros(),
        Worth::Discount(_) => price.micros(),
    };
    let (enough, mut less): (Vec<_>, Vec<_>) =
        fitting.into_iter().partition(|coupon| value(coupon) >= price.micros());
    let pays = enough.iter().any(|coupon| matches!(coupon.worth, Worth::Value { .. }));
    let mut choices: Vec<_> = enough.into_iter().map(|coupon| vec![coupon]).collect();
    less.sort_by_key(|coupon| std::cmp::Reverse(value(coupon)));
    let mut sum = 0_i64;
    let mut together: Vec<_> = less
        .into_iter()
        .take(PaymentOrder::MAX_COUPONS)
        .take_while(|coupon| {
            let needed = sum < price.micros();
            sum = sum.saturating_add(value(coupon));
            needed
        })
        .collect();
    if !pays && sum >= price.micros() {
        together.sort_by_key(|coupon| (coupon.usable_until, coupon.id));
        choices.push(together);
    }
    choices
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
    let coupons: Vec<_> = purchase.used.iter().map(|coupon| coupon.id).collect();
    // A quote is a promise of minutes: its order is not gone on with.
    let plain = order.quote.is_none() && purchase.quote.is_none();
    plain && order.offer_digest == offer && order.coupons == coupons && order.amount == purchase.amount
}

#[cfg(test)]
mod tests {
    use payment_domain::{Currency, Discount, Label, MerchantId};

    use super::*;

    fn eur(micros: i64) -> Money {
        Money::from_micros(micros, Currency::EUR)
    }

    fn coupon(number: u8, worth: Worth) -> HeldCoupon {
        HeldCoupon {
            id: CouponId::from_bytes([number; 16]),
            merchant: MerchantId::parse("theatre").unwrap(),
            series: Label::parse("Ten").unwrap(),
            item: None,
            worth,
            state: CouponState::Held,
            transferable: true,
            usable_until: Timestamp::EPOCH.saturating_add_millis(i64::from(number)),
        }
    }

    fn chosen(coupons: &[HeldCoupon], price: i64) -> Vec<Vec<u8>> {
        let ids = |choice: Vec<HeldCoupon>| choice.iter().map(|coupon| coupon.id.as_bytes()[0]).collect();
        choices(coupons.to_vec(), eur(price)).into_iter().map(ids).collect()
    }

    #[test]
    fn coupons_pay_alone_if_one_is_enough_and_else_as_few_as_are_enough_together() {
        let value = |number, micros| {
            let (face, remaining) = (eur(micros), eur(micros));
            coupon(number, Worth::Value { face, remaining, reserved: eur(0) })
        };
        let held = [value(1, 2), value(2, 5), value(3, 3), coupon(4, Worth::Discount(Discount::Ppm(1)))];
        assert_eq!(chosen(&held, 5), [vec![2], vec![4]]);
        // What ends first is spent first.
        assert_eq!(chosen(&held, 7), [vec![4], vec![2, 3]]);
        assert_eq!(chosen(&held, 10), [vec![4], vec![1, 2, 3]]);
        assert_eq!(chosen(&held, 11), [vec![4]]);
        assert!(chosen(&[], 1).is_empty());
    }
}
