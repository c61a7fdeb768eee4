//! Buying a coupon (R1): a single payment whose money stays with the bank that was charged.

use payment_domain::{
    AttemptId, CouponReceipt, Decision, Digest, LedgerPosition, Offer, Operation, PaymentOrder, Reason, Rule,
    Ruling, Sale, decide_single,
};
use payment_message::{Code, Verified};

use super::accept::{offer_of, rule};
use super::receipt::{self, Asked};
use super::{coupon_account, id_after};
use crate::act::{ActError, Books};
use crate::batch::{Batch, BatchError};
use crate::order::accept::{Resolved, begin_single, refuse};
use crate::order::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Routing;
use crate::storage::coupon::{self, CouponRow};
use crate::storage::journal::PaymentRow;
use crate::storage::payment::AttemptRow;
use crate::storage::{Conn, StorageError, Tx};

/// Charges the consumer's instrument. The payment goes to the coupon account.
pub(super) fn begin(
    books: &mut Books<'_, '_, '_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
) -> Result<Result<Reply, Refusal>, ActError> {
    let Offer { coupon: terms, .. } = offer_of(books, order.message().offer_id.as_bytes())?;
    let terms = terms.ok_or(ActError::corrupt("terms of a coupon"))?;
    if terms.expires_at <= books.batch.now {
        return Ok(Err(Refusal::of(Code::OfferExpired, "offerId")));
    }
    let (ruling, spent) = match rule(books, order, resolved, decide_single)? {
        Ok(ruled) => ruled,
        Err(refused) => return Ok(Ok(refused)),
    };
    let instrument = resolved.consumer.external.as_ref().ok_or(ActError::corrupt("instrument"))?;
    let amount = order.message().amount;
    let routing = Routing { scheme: instrument.system(), operation: Operation::Charge, amount };
    if !is_bank(books, books.batch.context.routes.first(&routing)) {
        let nobody =
            Ruling { decision: Decision::Refused(Reason::InsufficientFunds), rule: Rule::NoExternalSystem };
        return Ok(Ok(refuse(books.batch, order, resolved, &nobody, Code::InsufficientFunds)?));
    }
    let account = coupon_account(books, amount.currency())?;
    let resolved = Resolved { merchant_account: account, ..resolved.clone() };
    let position = books.position()?;
    books.batch.account(resolved.consumer_account)?.spend(spent);
    Ok(Ok(begin_single(books.batch, order, &resolved, &ruling, position, instrument)?))
}

/// Whether an external system authenticates coupons. Another one would take the money a second time.
pub(super) fn is_bank(books: &Books<'_, '_, '_>, system: &str) -> bool {
    books.batch.policy.coupon_banks.iter().any(|bank| bank == system)
}

/// A charge that was approved.
pub(crate) struct Bought<'b> {
    pub(crate) order: &'b PaymentOrder,
    pub(crate) digest: Digest,
    pub(crate) paid: &'b PaymentRow,
    pub(crate) charge: &'b AttemptRow,
    pub(crate) at: LedgerPosition,
}

/// Makes the coupon that a charge has paid for, and what its holder reads; `None` if it was for something else.
pub(crate) fn issue(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    bought: &Bought<'_>,
) -> Result<Option<CouponReceipt>, BatchError> {
    let terms = batch.memory.offers.find(tx.conn(), &bought.order.offer_digest)?;
    if terms.is_none_or(|terms| terms.sale != Sale::Coupon) {
        return Ok(None);
    }
    make(&mut Books { batch, tx }, bought).map(Some).map_err(|error| error.0)
}

fn make(books: &mut Books<'_, '_, '_>, bought: &Bought<'_>) -> Result<CouponReceipt, ActError> {
    let offer = offer_of(books, bought.order.offer_id.as_bytes())?;
    let terms = offer.coupon.ok_or(ActError::corrupt("terms of a coupon"))?;
    let paid = bought.paid;
    let position = LedgerPosition::new(paid.id).map_err(|_| ActError::corrupt("payment"))?;
    let row = CouponRow {
        id: id_after(bought.order.order_id.into(), position).as_bytes().to_vec(),
        position: paid.id,
        merchant: paid.merchant,
        buyer: paid.consumer,
        holder: paid.consumer,
        series: offer.item.as_str().to_owned(),
        currency: paid.currency.clone(),
        face_micros: paid.micros,
        remaining_micros: paid.micros,
        reserved_micros: 0,
        state: "held".to_owned(),
        transferable: terms.transferable,
        not_before: books.batch.now.as_millis(),
        expires_at: terms.expires_at.as_millis(),
        usable_until: terms.expires_at.as_millis(),
        charge: AttemptId::new(bought.charge.id).map_err(|_| ActError::corrupt("charge"))?.value(),
    };
    coupon::insert(books.tx, &row)?;
    let asked = Asked { id: bought.order.order_id.into(), digest: bought.digest };
    receipt::of_value(books, &row, asked, bought.at)
}

/// Whether a payment bought a coupon. Its merchant has no money of it to give back: its holder asks for a refund.
pub(crate) fn is_purchase(conn: &mut Conn, payment: i64) -> Result<bool, StorageError> {
    Ok(coupon::bought_at(conn, payment)?.is_some())
}
