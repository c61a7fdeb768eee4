//! Giving a coupon away, within limits (R58): whole, transferable, not too dear, not too often, by somebody who was
//! authenticated as for paying its value.

use payment_domain::{
    Authentication, ConsumerId, CouponReceipt, CouponState, Decision, Means, Question, decide_with_coupon,
};
use payment_message::{Code, Message};

use super::accept::{money, unusable};
use super::instruction::Account;
use super::receipt::{self, Asked as Answered};
use crate::act::{ActError, Asked, Books};
use crate::order::refusal::{Refusal, code_of, sign_ruling};
use crate::outbox::NoticeKind;
use crate::reply::Reply;
use crate::storage::coupon::{self, CouponRow, GiftRow};

/// Makes the coupon the receiver's. Both get a receipt: the giver as the answer, the receiver by e-mail if there is an
/// address.
pub(super) fn give(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    authentication: &Authentication,
    mut coupon: CouponRow,
    (giver, receiver): (&Account, &Account),
) -> Result<Result<Reply, Refusal>, ActError> {
    let month = books.batch.now.month();
    if let Some(refusal) = refused(books, &coupon, (giver, receiver), month)? {
        return Ok(Err(refusal));
    }
    if let Err(refused) = authorise(books, asked, authentication, &coupon, giver.id)? {
        return Ok(Ok(refused));
    }
    let (at, theirs) = (books.position()?, books.position()?);
    coupon.give(receiver.party.id)?;
    coupon::update(books.tx, &coupon)?;
    let gift = GiftRow {
        position: at.value(),
        coupon: coupon.id.clone(),
        giver: giver.party.id,
        receiver: receiver.party.id,
        month,
    };
    coupon::insert_gift(books.tx, &gift)?;
    let answered = Answered { id: asked.id, digest: asked.digest };
    let received = receipt::of_value(books, &coupon, answered, theirs)?;
    // Whom a telephone number belongs to is not the giver's to read: their own receipt names only them.
    let given = CouponReceipt {
        holder: ConsumerId::new(giver.party.name.clone()),
        state: CouponState::Given,
        position: at,
        ..received.clone()
    };
    let reply = books.answer(at, asked, &Message::CouponReceipt(given))?;
    books.issue(theirs, &Message::CouponReceipt(received))?;
    if receiver.party.details.email.is_some() {
        books.enqueue(NoticeKind::Email, receiver.party.id, theirs)?;
    }
    Ok(Ok(reply))
}

fn refused(
    books: &mut Books<'_, '_, '_>,
    coupon: &CouponRow,
    (giver, receiver): (&Account, &Account),
    month: i32,
) -> Result<Option<Refusal>, ActError> {
    let limits = books.batch.policy.coupon;
    if let Some(refusal) = unusable(coupon, books.batch.now) {
        return Ok(Some(refusal));
    }
    let whole = coupon.remaining_micros == coupon.face_micros;
    if !coupon.transferable || !whole || giver.party.id == receiver.party.id {
        return Ok(Some(Refusal::of(Code::CouponNotGivable, "coupon")));
    }
    let is_policys = coupon.currency == books.batch.policy.currency.as_str();
    if !is_policys || coupon.face_micros > limits.gift_max_micros {
        return Ok(Some(Refusal::of(Code::OverLimit, "coupon")));
    }
    let gifts = coupon::gifts_in(books.tx.conn(), giver.party.id, month)?;
    Ok((gifts >= i64::from(limits.gifts_per_month)).then(|| Refusal::of(Code::CouponNotGivable, "coupon")))
}

/// Value that leaves is authorised as if it were paid, and counts in the same limits over time.
fn authorise(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    authentication: &Authentication,
    coupon: &CouponRow,
    account: i64,
) -> Result<Result<(), Reply>, ActError> {
    let Authentication { capability, method, .. } = *authentication;
    let amount = money(coupon.remaining_micros, &coupon.currency)?;
    let question = Question { amount, capability, method, now: books.batch.now };
    let spent = books.batch.account(account)?.spent;
    let means = Means { account: None, external: false, anonymous: false, spent };
    let policy = books.batch.policy;
    let ruling = decide_with_coupon(&question, &means, policy);
    let (code, challenge) = match ruling.decision {
        Decision::Single | Decision::Aggregated(_) => {
            let strong = policy.grant(capability, method).is_some_and(|grant| grant.strong);
            let after = spent.after(&question, strong, ruling.decision);
            books.batch.account(account)?.spend(after);
            return Ok(Ok(()));
        }
        Decision::Refused(reason) => (code_of(reason), None),
        Decision::StepUp(challenge) => (Code::StepUpRequired, Some(challenge)),
    };
    Ok(Err(sign_ruling(books.batch, asked.id, asked.digest, code, challenge, &ruling)?))
}
