//! Money back to a consumer: ordered by the merchant, never more than was paid (R13, R56).
//!
//! An aggregated payment is given back in the ledger. A single one goes back through the external system: the money is
//! taken from the merchant and held until that system has answered, see [`super::finish`].

use payment_domain::{
    Currency, EvidenceKind, Funding, Money, Operation, Pseudonym, RefundOrder, RefundReceipt, Role,
    SystemAccount, TransferKind,
};
use payment_message::{Code, Message, MessageId, Verified};

use super::attempt::{Begun, begin};
use super::give_back::{Back, Cause, give_back};
use super::refusal::Refusal;
use crate::batch::{Batch, BatchError, Posting, Record};
use crate::coupon;
use crate::reply::{Original, Reply, ReplyKind};
use crate::storage::Tx;
use crate::storage::journal::PaymentRow;
use crate::storage::payment::{self, AttemptRow};

/// What a refund refers to.
pub(crate) struct Resolved {
    payment: PaymentRow,
}

impl Resolved {
    /// The account that receives.
    pub(crate) const fn consumer_account(&self) -> i64 {
        self.payment.consumer_account
    }

    /// The account that gives.
    pub(crate) const fn merchant_account(&self) -> i64 {
        self.payment.merchant_account
    }
}

/// Finds the payment. Another merchant's payment is unknown to this one.
pub(crate) fn resolve(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    refund: &Verified<RefundOrder>,
) -> Result<Result<Resolved, Refusal>, BatchError> {
    let message = refund.message();
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let merchant = parties.named(tx.conn(), sealer, refund.sender().party(), batch.now)?;
    let Some(merchant) = merchant.filter(|party| party.role == Role::Merchant) else {
        return Ok(Err(Refusal::of(Code::UnknownMerchant, "merchant")));
    };
    if *refund.sender().role() != Role::Merchant || merchant.name != *message.merchant.party() {
        return Ok(Err(Refusal::of(Code::WrongRole, "merchant")));
    }
    let evidence = payment::evidence_of(tx.conn(), message.order_id.as_bytes())?;
    let found = match evidence {
        Some(evidence) => payment::payment_at(tx.conn(), evidence.id)?,
        None => None,
    };
    match found.filter(|payment| payment.merchant == merchant.id && payment.state == "accepted") {
        Some(payment) if !coupon::is_purchase(tx.conn(), payment.id)? => Ok(Ok(Resolved { payment })),
        _ => Ok(Err(Refusal::of(Code::UnknownOrder, "orderId"))),
    }
}

/// Gives back, now that both accounts are locked.
pub(crate) fn refund(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<RefundOrder>,
    resolved: &Resolved,
) -> Result<Reply, BatchError> {
    let message = order.message();
    let refuse = |batch: &Batch<'_>, refusal: Refusal| {
        refusal.sign(batch, MessageId::from(message.refund_id), Some(order.digest()))
    };
    let paid = payment::lock_payment(tx, resolved.payment.id)?.ok_or(BatchError::Corrupt("payment"))?;
    let micros = message.amount.micros();
    if message.amount.currency().as_str() != paid.currency {
        return refuse(batch, Refusal::of(Code::WrongCurrency, "amount"));
    }
    let total = paid.refunded_micros.checked_add(micros).ok_or(BatchError::Overflow)?;
    if total > paid.paid_micros() {
        return refuse(batch, Refusal::of(Code::RefundExceedsPayment, "amount"));
    }
    let available = batch.account(paid.merchant_account)?.available(message.amount.currency());
    if available.micros() < micros {
        return refuse(batch, Refusal::of(Code::InsufficientFunds, "amount"));
    }
    if paid.mode == "single" && paid.funding != Funding::Coupon.as_str() {
        // The money goes back to where it came from.
        let charge = payment::paid_by(tx.conn(), paid.id)?.ok_or(BatchError::Corrupt("charge"))?;
        if charge.returned_at.is_some() {
            // It is back there already.
            return refuse(batch, Refusal::of(Code::RefundExceedsPayment, "amount"));
        }
        payment::add_refund(tx, paid.id, micros)?;
        begin_external(batch, tx, order, &paid, &charge)
    } else {
        payment::add_refund(tx, paid.id, micros)?;
        post(batch, tx, order, &paid, total)
    }
}

fn post(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<RefundOrder>,
    paid: &PaymentRow,
    total_micros: i64,
) -> Result<Reply, BatchError> {
    let message = order.message();
    let position = batch.position()?;
    let consumer = pseudonym(batch, tx, paid, message)?;
    let total = Money::from_micros(total_micros, message.amount.currency());
    let receipt = RefundReceipt {
        refund_id: message.refund_id,
        refund_digest: order.digest(),
        order_id: message.order_id,
        merchant: message.merchant.clone(),
        consumer,
        amount: message.amount,
        refunded_total: total,
        refunded_at: batch.now,
        position,
    };
    let reply = batch.sign(&Message::RefundReceipt(receipt), ReplyKind::Accepted)?;
    let back = Back { cause: Cause::Refund, micros: message.amount.micros(), total_micros };
    give_back(batch, tx, paid, back)?;
    keep(batch, order, paid, position, EvidenceKind::Refund, &reply)?;
    Ok(reply)
}

fn begin_external(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<RefundOrder>,
    paid: &PaymentRow,
    charge: &AttemptRow,
) -> Result<Reply, BatchError> {
    let message = order.message();
    let currency = message.amount.currency();
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let consumer =
        parties.numbered(tx.conn(), sealer, paid.consumer, batch.now)?.ok_or(BatchError::Corrupt("party"))?;
    let hold = batch.system_account(tx, SystemAccount::Hold, &charge.system, currency)?;
    // The refund, its attempt and its evidence share one position: the attempt leads back to the order.
    let position = batch.position()?;
    batch.post(Posting {
        subject: paid.id,
        debit: paid.merchant_account,
        credit: hold,
        micros: message.amount.micros(),
        kind: TransferKind::RefundHold,
    })?;
    let begun = Begun {
        position,
        payment: paid.id,
        operation: Operation::Refund,
        consumer: &consumer,
        system: &charge.system,
        original: Original::read(charge),
        amount: message.amount,
        message: message.refund_id.into(),
    };
    let reply = begin(batch, begun)?;
    keep(batch, order, paid, position, EvidenceKind::RefundPending, &reply)?;
    Ok(reply)
}

/// How this merchant sees the consumer of a payment.
pub(crate) fn pseudonym(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    paid: &PaymentRow,
    refund: &RefundOrder,
) -> Result<Pseudonym, BatchError> {
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let consumer = parties.numbered(tx.conn(), sealer, paid.consumer, batch.now)?;
    Ok(consumer.ok_or(BatchError::Corrupt("party"))?.pseudonym_for(&refund.merchant))
}

/// A currency as stored.
pub(crate) fn currency_of(text: &str) -> Result<Currency, BatchError> {
    Currency::parse(text).map_err(|_| BatchError::Corrupt("currency"))
}

fn keep(
    batch: &mut Batch<'_>,
    order: &Verified<RefundOrder>,
    paid: &PaymentRow,
    position: payment_domain::LedgerPosition,
    kind: EvidenceKind,
    reply: &Reply,
) -> Result<(), BatchError> {
    let record = Record {
        position,
        kind,
        sender: Some(paid.merchant),
        message: Some((order.message().refund_id.as_bytes(), order.digest())),
        request: order.document(),
        personal: false,
    };
    batch.keep(record, reply)
}
