//! The second half of the saga of design.md (c): what the external system said becomes a receipt or a rejection.
//!
//! The first answer and every later reconciliation come through here. `Unknown` changes nothing; an attempt that has
//! ended stays as it ended, whoever asks again.

use payment_domain::{
    Digest, EvidenceKind, Funding, Label, LedgerPosition, Mode, Money, Operation, PaymentOrder, RefundOrder,
    RefundReceipt, Spent, SystemAccount, TransferKind,
};
use payment_message::{Code, Message, canonical};

use super::accept::{Settled, notify, receipt};
use super::capture;
use super::refund::{currency_of, pseudonym};
use super::refusal::Refusal;
use super::repeat;
use crate::batch::{Batch, BatchError, Posting, Record};
use crate::coupon::{self, Bought};
use crate::evidence;
use crate::reply::{Outcome, Reply, ReplyKind};
use crate::storage::Tx;
use crate::storage::journal::{EvidenceRow, PaymentRow};
use crate::storage::payment::{self, AttemptRow};

/// An attempt and the payment it belongs to.
pub(crate) struct Resolved {
    attempt: AttemptRow,
    payment: PaymentRow,
}

impl Resolved {
    /// The account whose counters a declined charge gives back.
    pub(crate) const fn consumer_account(&self) -> i64 {
        self.payment.consumer_account
    }
}

/// Finds the payment of an attempt.
pub(crate) fn resolve(tx: &mut Tx<'_>, attempt: AttemptRow) -> Result<Resolved, BatchError> {
    let payment = payment::payment_at(tx.conn(), attempt.payment)?.ok_or(BatchError::Corrupt("payment"))?;
    Ok(Resolved { attempt, payment })
}

/// Ends an attempt, or leaves it pending.
pub(crate) fn finish(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    resolved: &Resolved,
    outcome: &Outcome,
) -> Result<Reply, BatchError> {
    // What was asked for stands at the payment's position for a charge, at the attempt's for a refund.
    let authorise = resolved.attempt.kind == Operation::Authorise.as_str();
    let charge = authorise || resolved.attempt.kind == Operation::Charge.as_str();
    let asked_at = if charge { resolved.payment.id } else { resolved.attempt.id };
    let (state, reference) = match outcome {
        Outcome::ActionRequired { url, reference } => {
            payment::note_action(tx, resolved.attempt.id, url, reference)?;
            return repeat::stored(batch, tx.conn(), asked_at);
        }
        Outcome::Unknown => return repeat::stored(batch, tx.conn(), asked_at),
        Outcome::Approved { reference } => ("approved", Some(reference.as_str())),
        Outcome::Declined { .. } => ("declined", None),
    };
    let position = batch.position()?;
    let now = batch.now.as_millis();
    if !payment::finish_attempt(tx, resolved.attempt.id, state, reference, now, position.value())? {
        return repeat::stored(batch, tx.conn(), asked_at);
    }
    let asked = payment::evidence_at(tx.conn(), asked_at)?.ok_or(BatchError::Corrupt("evidence"))?;
    let end = End { resolved, asked: &asked, position };
    match (charge, state) {
        (true, "approved") if authorise => set_aside(batch, tx, &end),
        (true, "approved") => charged(batch, tx, &end),
        (true, _) => not_charged(batch, tx, &end),
        (false, "approved") => given_back(batch, tx, &end),
        (false, _) => not_given_back(batch, tx, &end),
    }
}

struct End<'e> {
    resolved: &'e Resolved,
    asked: &'e EvidenceRow,
    position: LedgerPosition,
}

fn set_aside(batch: &mut Batch<'_>, tx: &mut Tx<'_>, end: &End<'_>) -> Result<Reply, BatchError> {
    let (order, _): (PaymentOrder, Digest) = read_back(batch, tx, end.asked)?;
    capture::authorised(batch, tx, order.order_id, &end.resolved.payment, end.position)
}

fn charged(batch: &mut Batch<'_>, tx: &mut Tx<'_>, end: &End<'_>) -> Result<Reply, BatchError> {
    let (order, digest): (PaymentOrder, Digest) = read_back(batch, tx, end.asked)?;
    let paid = &end.resolved.payment;
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let consumer =
        parties.numbered(tx.conn(), sealer, paid.consumer, batch.now)?.ok_or(BatchError::Corrupt("party"))?;
    let settled = Settled {
        mode: Mode::Single,
        funding: Funding::External,
        rule: Label::parse(&paid.rule).map_err(|_| BatchError::Corrupt("rule"))?,
        at: batch.now,
        position: end.position,
    };
    let bought = Bought { order: &order, digest, paid, charge: &end.resolved.attempt, at: end.position };
    let (said, kind) = match coupon::issue(batch, tx, &bought)? {
        Some(receipt) => (Message::CouponReceipt(receipt), TransferKind::CouponBought),
        None => (Message::PaymentReceipt(receipt(&order, digest, &consumer, settled)), TransferKind::Payment),
    };
    let reply = batch.sign(&said, ReplyKind::Accepted)?;
    let clearing = batch.system_account(
        tx,
        SystemAccount::External,
        &end.resolved.attempt.system,
        order.amount.currency(),
    )?;
    batch.post(Posting {
        subject: paid.id,
        debit: clearing,
        credit: paid.merchant_account,
        micros: paid.micros,
        kind,
    })?;
    coupon::discount_ended(tx, &order, paid.id, true)?;
    settle(batch, tx, end, "accepted", EvidenceKind::ChargeApproved, &reply)?;
    // Who holds a coupon is not the merchant's to read, and nobody has paid the merchant yet.
    if kind == TransferKind::Payment {
        notify_merchant(batch, tx, paid.merchant, end.position)?;
    }
    Ok(reply)
}

fn not_charged(batch: &mut Batch<'_>, tx: &mut Tx<'_>, end: &End<'_>) -> Result<Reply, BatchError> {
    let (order, digest): (PaymentOrder, Digest) = read_back(batch, tx, end.asked)?;
    let reply = Refusal::new(Code::Declined).sign(batch, order.order_id.into(), Some(digest))?;
    forgo(batch, &order, end.resolved.payment.consumer_account)?;
    payment::release_offer(tx, &end.resolved.payment.offer_digest, end.resolved.payment.id)?;
    coupon::discount_ended(tx, &order, end.resolved.payment.id, false)?;
    settle(batch, tx, end, "declined", EvidenceKind::ChargeDeclined, &reply)?;
    Ok(reply)
}

/// Gives back what an order that was not paid has used of the limits over time. The account is locked.
pub(crate) fn forgo(batch: &mut Batch<'_>, order: &PaymentOrder, account: i64) -> Result<(), BatchError> {
    let grant = batch.policy.grant(order.capability, order.method);
    if grant.is_some_and(|grant| grant.strong) {
        return Ok(());
    }
    let account = batch.account(account)?;
    let before = account.spent;
    account.spend(Spent {
        since_strong_micros: before.since_strong_micros.saturating_sub(order.amount.micros()).max(0),
        since_strong_count: before.since_strong_count.saturating_sub(1),
        ..before
    });
    Ok(())
}

fn given_back(batch: &mut Batch<'_>, tx: &mut Tx<'_>, end: &End<'_>) -> Result<Reply, BatchError> {
    let (order, digest): (RefundOrder, Digest) = read_back(batch, tx, end.asked)?;
    let currency = order.amount.currency();
    let paid = payment::lock_payment(tx, end.resolved.payment.id)?.ok_or(BatchError::Corrupt("payment"))?;
    let receipt = RefundReceipt {
        refund_id: order.refund_id,
        refund_digest: digest,
        order_id: order.order_id,
        merchant: order.merchant.clone(),
        consumer: pseudonym(batch, tx, &paid, &order)?,
        amount: order.amount,
        refunded_total: Money::from_micros(paid.refunded_micros, currency),
        refunded_at: batch.now,
        position: end.position,
    };
    let reply = batch.sign(&Message::RefundReceipt(receipt), ReplyKind::Accepted)?;
    let hold = batch.system_account(tx, SystemAccount::Hold, &end.resolved.attempt.system, currency)?;
    let clearing =
        batch.system_account(tx, SystemAccount::External, &end.resolved.attempt.system, currency)?;
    release(batch, end, hold, clearing, TransferKind::RefundPaid)?;
    settle_refund(batch, end, EvidenceKind::RefundApproved, &reply)?;
    notify_merchant(batch, tx, paid.merchant, end.position)?;
    Ok(reply)
}

fn not_given_back(batch: &mut Batch<'_>, tx: &mut Tx<'_>, end: &End<'_>) -> Result<Reply, BatchError> {
    let (order, digest): (RefundOrder, Digest) = read_back(batch, tx, end.asked)?;
    let reply = Refusal::new(Code::Declined).sign(batch, order.refund_id.into(), Some(digest))?;
    let currency = currency_of(&end.resolved.attempt.currency)?;
    let hold = batch.system_account(tx, SystemAccount::Hold, &end.resolved.attempt.system, currency)?;
    release(batch, end, hold, end.resolved.payment.merchant_account, TransferKind::RefundVoid)?;
    let back = end.resolved.attempt.micros.checked_neg().ok_or(BatchError::Overflow)?;
    payment::add_refund(tx, end.resolved.payment.id, back)?;
    settle_refund(batch, end, EvidenceKind::RefundDeclined, &reply)?;
    Ok(reply)
}

fn notify_merchant(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    merchant: i64,
    receipt: LedgerPosition,
) -> Result<(), BatchError> {
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let merchant = parties.numbered(tx.conn(), sealer, merchant, batch.now)?;
    notify(batch, &*merchant.ok_or(BatchError::Corrupt("party"))?, receipt)
}

/// Moves what was held for a refund to where it belongs.
fn release(
    batch: &mut Batch<'_>,
    end: &End<'_>,
    hold: i64,
    to: i64,
    kind: TransferKind,
) -> Result<(), BatchError> {
    batch.post(Posting {
        subject: end.resolved.payment.id,
        debit: hold,
        credit: to,
        micros: end.resolved.attempt.micros,
        kind,
    })?;
    Ok(())
}

fn settle(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    end: &End<'_>,
    state: &str,
    kind: EvidenceKind,
    reply: &Reply,
) -> Result<(), BatchError> {
    if !payment::settle_payment(tx, end.resolved.payment.id, state, end.position.value())? {
        return Err(BatchError::Corrupt("payment state"));
    }
    settle_refund(batch, end, kind, reply)
}

fn settle_refund(
    batch: &mut Batch<'_>,
    end: &End<'_>,
    kind: EvidenceKind,
    reply: &Reply,
) -> Result<(), BatchError> {
    let record =
        Record { position: end.position, kind, sender: None, message: None, request: &[], personal: false };
    batch.keep(record, reply)
}

/// The message that was asked, from its evidence.
fn read_back<T: TryFrom<Message>>(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    asked: &EvidenceRow,
) -> Result<(T, Digest), BatchError> {
    let packed = evidence::unseal(Some(&batch.context.sealer), asked.id, &asked.request)?;
    let document = repeat::unpack(&mut batch.memory.unpacker, tx.conn(), &packed)?;
    let corrupt = BatchError::Corrupt("request");
    let Ok(scanned) = canonical::scan(&document) else { return Err(corrupt) };
    let Ok(message) = Message::parse(scanned.body()) else { return Err(corrupt) };
    let digest = message.digest();
    message.try_into().map(|message| (message, digest)).map_err(|_| corrupt)
}
