//! What is left of a coupon goes back to whoever bought it, through the bank that was charged.

use payment_domain::{AttemptId, Authentication, Operation, Purpose, SystemAccount, TransferKind};
use payment_message::Code;

use super::accept::{money, unusable};
use super::{coupon_account, currency_of};
use crate::act::{ActError, Asked, Books, NewAttempt, Posting};
use crate::order::refusal::Refusal;
use crate::reply::Reply;
use crate::storage::coupon::{self, CouponRow};
use crate::storage::payment;

/// The account that guards the coupon: its buyer's, who must be its holder.
pub(super) fn account(books: &mut Books<'_, '_, '_>, coupon: &CouponRow) -> Result<Option<i64>, ActError> {
    Ok(payment::payment_at(books.tx.conn(), coupon.position)?.map(|paid| paid.consumer_account))
}

/// Takes what is left, holds it, and asks the bank.
pub(super) fn begin(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    authentication: &Authentication,
    mut coupon: CouponRow,
) -> Result<Result<Reply, Refusal>, ActError> {
    // The money goes back to the instrument that paid: no limit is needed, only that it is the consumer who asks.
    if books.batch.policy.grant(authentication.capability, authentication.method).is_none() {
        return Ok(Err(Refusal::new(Code::MethodRefused)));
    }
    if coupon.buyer != coupon.holder {
        return Ok(Err(Refusal::of(Code::CouponNotRefundable, "coupon")));
    }
    if let Some(refusal) = unusable(&coupon, books.batch.now) {
        return Ok(Err(refusal));
    }
    let charge =
        payment::attempt_by_id(books.tx.conn(), coupon.charge)?.ok_or(ActError::corrupt("charge"))?;
    let currency = currency_of(&coupon)?;
    let (from, hold) = (
        coupon_account(books, currency)?,
        books.system_account(SystemAccount::Hold, &charge.system, currency)?,
    );
    let micros = coupon.begin_refund()?;
    coupon::update(books.tx, &coupon)?;
    let at = books.position()?;
    books.post(Posting {
        subject: coupon.position,
        debit: from,
        credit: hold,
        micros,
        kind: TransferKind::CouponRefundHold,
    })?;
    let attempt = NewAttempt {
        operation: Operation::Refund,
        purpose: Purpose::Coupon,
        subject: coupon.position,
        party: coupon.buyer,
        original: Some(AttemptId::new(charge.id).map_err(|_| ActError::corrupt("charge"))?),
        system: &charge.system,
        amount: money(micros, &coupon.currency)?,
    };
    books.begin_for(at, asked, &attempt).map(Ok)
}
