//! Paying with coupons (R3, R4): their value is set aside, then their bank is asked.

use payment_domain::{
    AttemptId, CouponId, Decision, EvidenceKind, LedgerPosition, Operation, PaymentOrder, Purpose, Reason,
    Rule, Ruling, Sale, decide_with_coupon,
};
use payment_message::{Code, Message, State, StatusReport, Verified};

use super::accept::{money, rule, unusable};
use super::course::{Stage, Step, next};
use super::purchase::is_bank;
use super::{attempt_id, split};
use crate::act::{ActError, Books, NewAttempt};
use crate::order::accept::{Resolved, add_payment, keep, refuse};
use crate::order::refusal::{Refusal, rule_label};
use crate::reply::{Attempt, Reply};
use crate::storage::coupon::{self, CouponRow, UseRow};
use crate::storage::payment::{self, sell_offer};

/// Sets aside what the order takes from each coupon and asks the bank of the first.
pub(super) fn begin(
    books: &mut Books<'_, '_, '_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    mut coupons: Vec<CouponRow>,
) -> Result<Result<Reply, Refusal>, ActError> {
    for coupon in &coupons {
        if let Some(refusal) = unspendable(books, coupon)? {
            return Ok(Err(refusal));
        }
    }
    let (ruling, spent) = match rule(books, order, resolved, decide_with_coupon)? {
        Ok(ruled) => ruled,
        Err(refused) => return Ok(Ok(refused)),
    };
    let remaining: Vec<_> = coupons.iter().map(|coupon| coupon.remaining_micros).collect();
    let Some(parts) = split::take(&remaining, order.message().amount.micros()) else {
        let short = Ruling { decision: Decision::Refused(Reason::InsufficientFunds), rule: Rule::Coupon };
        return Ok(Ok(refuse(books.batch, order, resolved, &short, Code::InsufficientFunds)?));
    };
    let position = books.position()?;
    let single_use = resolved.terms.sale == Sale::Single;
    if single_use && !sell_offer(books.tx, &resolved.terms.row.digest, position.value())? {
        return Ok(Err(Refusal::of(Code::OfferUsed, "offerId")));
    }
    books.batch.account(resolved.consumer_account)?.spend(spent);
    let mut uses = set_aside(books, position, &mut coupons, &parts)?;
    let attempt = match step(&uses)? {
        Step::Ask(place, operation) => ask(books, &mut uses, place, operation)?,
        Step::Pay | Step::Refuse => return Err(ActError::corrupt("step")),
    };
    let reply = pending(books, order, attempt)?;
    let rule = rule_label(books.batch, &ruling)?;
    add_payment(books.batch, order, resolved, position, ("single", "coupon", "pending", None), rule);
    keep(books.batch, order, resolved, position, EvidenceKind::OrderPending, &reply)?;
    Ok(Ok(reply))
}

fn unspendable(books: &mut Books<'_, '_, '_>, coupon: &CouponRow) -> Result<Option<Refusal>, ActError> {
    if let Some(refusal) = unusable(coupon, books.batch.now) {
        return Ok(Some(refusal));
    }
    // If its charge went to a system that authenticates nothing, it is worth a refund.
    let charge = payment::attempt_by_id(books.tx.conn(), coupon.charge)?;
    let known = charge.is_some_and(|charge| is_bank(books, &charge.system));
    Ok((!known).then(|| Refusal::of(Code::Declined, "coupon")))
}

fn set_aside(
    books: &mut Books<'_, '_, '_>,
    payment: LedgerPosition,
    coupons: &mut [CouponRow],
    parts: &[i64],
) -> Result<Vec<UseRow>, ActError> {
    let mut uses = Vec::with_capacity(parts.len());
    for (coupon, part) in coupons.iter_mut().zip(parts) {
        coupon.reserve(*part)?;
        coupon::update(books.tx, coupon)?;
        uses.push(UseRow {
            payment: payment.value(),
            place: i16::try_from(uses.len()).map_err(|_| ActError::overflow())?,
            coupon: coupon.id.clone(),
            micros: *part,
            restored_micros: 0,
            state: Stage::Reserved.as_str().to_owned(),
            authorise: None,
            capture: None,
            reversal: None,
        });
    }
    coupon::insert_uses(books.tx, &uses)?;
    Ok(uses)
}

/// What is to be done next for a payment.
pub(super) fn step(uses: &[UseRow]) -> Result<Step, ActError> {
    let stages: Option<Vec<_>> = uses.iter().map(UseRow::stage).collect();
    stages.map(|stages| next(&stages)).ok_or(ActError::corrupt("use of a coupon"))
}

/// Begins an attempt at the bank of one coupon, and notes it there.
pub(super) fn ask(
    books: &mut Books<'_, '_, '_>,
    uses: &mut [UseRow],
    place: usize,
    operation: Operation,
) -> Result<Attempt, ActError> {
    let corrupt = || ActError::corrupt("use of a coupon");
    let row = uses.get_mut(place).ok_or_else(corrupt)?;
    let coupon = coupon::by_id(books.tx.conn(), &row.coupon)?.ok_or_else(corrupt)?;
    let original = match operation {
        Operation::Authorise => Some(coupon.charge),
        Operation::Capture | Operation::Void => row.authorise,
        _ => row.capture,
    };
    let attempt = at_bank(books, &coupon, row.payment, (operation, attempt_id(original)?), row.micros)?;
    let noted = match operation {
        Operation::Authorise => &mut row.authorise,
        Operation::Capture => &mut row.capture,
        _ => &mut row.reversal,
    };
    *noted = Some(attempt.id.value());
    coupon::update_use(books.tx, row)?;
    Ok(attempt)
}

/// Begins an attempt at the bank that was charged for a coupon. It learns what it knows already: that charge, and an
/// amount; not who spends the coupon, nor on what (R47).
pub(super) fn at_bank(
    books: &mut Books<'_, '_, '_>,
    coupon: &CouponRow,
    payment: i64,
    (operation, original): (Operation, AttemptId),
    micros: i64,
) -> Result<Attempt, ActError> {
    let charge =
        payment::attempt_by_id(books.tx.conn(), coupon.charge)?.ok_or(ActError::corrupt("charge"))?;
    books.begin(&NewAttempt {
        operation,
        purpose: Purpose::Coupon,
        subject: payment,
        party: coupon.buyer,
        original: Some(original),
        system: &charge.system,
        amount: money(micros, &coupon.currency)?,
    })
}

fn pending(
    books: &Books<'_, '_, '_>,
    order: &Verified<PaymentOrder>,
    attempt: Attempt,
) -> Result<Reply, ActError> {
    let message = order.message();
    let report = StatusReport {
        in_reply_to: message.order_id.into(),
        subject: message.order_id.into(),
        state: State::Pending,
        amount: Some(message.amount),
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: books.now(),
    };
    let document = books.batch.context.notary.sign(&Message::StatusReport(report))?.into();
    Ok(Reply::Pending { document, attempt: Some(Box::new(attempt)) })
}

/// The coupons of a payment, as its receipt names them.
pub(super) fn named(uses: &[UseRow]) -> Result<Vec<CouponId>, ActError> {
    uses.iter().map(|row| super::id_of(&row.coupon)).collect()
}
