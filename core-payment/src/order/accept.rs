//! A payment order: check what it refers to, decide, post or refuse, answer.

use std::sync::Arc;

use payment_domain::{
    Capability, Capture, Decision, Digest, EvidenceKind, Funding, Label, LedgerPosition, Means, Mode,
    Operation, Payer, PaymentOrder, PaymentReceipt, Question, Role, Ruling, Sale, Timestamp, TransferKind,
    decide, decide_deferred,
};
use payment_message::{Code, Message, MessageId, Sender, Verified};

use super::Terms;
use super::attempt::{Begun, begin};
use super::refusal::{Refusal, code_of, rule_label, sign_ruling};
use crate::batch::{Batch, BatchError, Posting, Record};
use crate::coupon;
use crate::exchange::{self, Quoted};
use crate::outbox::NoticeKind;
use crate::parties::{ExternalInstrument, Party};
use crate::reply::{Reply, ReplyKind};
use crate::routes::Routing;
use crate::storage::Tx;
use crate::storage::journal::PaymentRow;
use crate::storage::payment::{offer_id_known, release_offer, sell_offer};

/// What an order refers to, found and checked.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) sender: i64,
    pub(crate) consumer: Arc<Party>,
    pub(crate) consumer_account: i64,
    pub(crate) merchant: Arc<Party>,
    pub(crate) merchant_account: i64,
    pub(crate) terms: Arc<Terms>,
    /// The quote by which it is paid, if in another currency (R55).
    pub(crate) quoted: Option<Quoted>,
}

/// Finds what an order refers to. Everything here is authorised against the signer (R39).
pub(crate) fn resolve(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<PaymentOrder>,
) -> Result<Result<Resolved, Refusal>, BatchError> {
    let message = order.message();
    let now = batch.now;
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let Some(sender) = parties.named(tx.conn(), sealer, order.sender().party(), now)? else {
        return Ok(Err(Refusal::new(Code::UnknownSender)));
    };
    let consumer = match &message.payer {
        Payer::Consumer(id) => parties.named(tx.conn(), sealer, id.party(), now)?,
        Payer::Msisdn(msisdn) => parties.reached_by(tx.conn(), sealer, msisdn, now)?,
    };
    let Some(consumer) = consumer.filter(|party| party.role == Role::Terminal) else {
        return Ok(Err(Refusal::of(Code::UnknownConsumer, "payer")));
    };
    if !speaks_for(message.capability, order.sender(), &consumer) {
        return Ok(Err(Refusal::new(Code::WrongRole)));
    }
    if !consumer.active || !sender.active {
        return Ok(Err(Refusal::new(Code::ConsumerSuspended)));
    }
    let merchant = parties.named(tx.conn(), sealer, message.merchant.party(), now)?;
    let Some(merchant) = merchant.filter(|party| party.role == Role::Merchant && party.active) else {
        return Ok(Err(Refusal::of(Code::UnknownMerchant, "merchant")));
    };
    let terms = match check_offer(batch, tx, message, &merchant)? {
        Ok(terms) => terms,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let quoted = match message.quote {
        Some(quote) => match exchange::find(batch, tx, quote, message, consumer.id)? {
            Ok(quoted) => Some(quoted),
            Err(refusal) => return Ok(Err(refusal)),
        },
        None => None,
    };
    let paid_in = quoted.map_or(message.amount, |quoted| quoted.charged).currency();
    let (from, to) = (consumer.account_in(paid_in), merchant.account_in(message.amount.currency()));
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(Err(Refusal::of(Code::WrongCurrency, "amount")));
    };
    Ok(Ok(Resolved {
        sender: sender.id,
        consumer_account: from.id,
        merchant_account: to.id,
        consumer,
        merchant,
        terms,
        quoted,
    }))
}

/// A terminal speaks for its own consumer only; an adapter for the terminals it speaks to (design.md "Who signs what").
pub(crate) fn speaks_for(capability: Capability, sender: &Sender, consumer: &Party) -> bool {
    capability.may_be_stated_by(sender.role())
        && (capability != Capability::App || *sender.party() == consumer.name)
}

fn check_offer(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &PaymentOrder,
    merchant: &Party,
) -> Result<Result<Arc<Terms>, Refusal>, BatchError> {
    let Some(terms) = batch.memory.offers.find(tx.conn(), &order.offer_digest)? else {
        let altered = offer_id_known(tx.conn(), order.offer_id.as_bytes())?;
        let code = if altered { Code::OfferAltered } else { Code::UnknownOffer };
        return Ok(Err(Refusal::of(code, "offerDigest")));
    };
    let now = batch.now.as_millis();
    let refusal = if terms.row.offer_id != order.offer_id.as_bytes() || terms.row.merchant != merchant.id {
        Refusal::of(Code::OfferAltered, "offerId")
    } else if now < terms.row.valid_from || now >= terms.row.valid_until {
        Refusal::of(Code::OfferExpired, "offerId")
    } else if order.expires_at <= batch.now {
        Refusal::of(Code::MessageStale, "expiresAt")
    } else if order.amount.currency() != terms.price.currency() {
        Refusal::of(Code::WrongCurrency, "amount")
    } else if order.coupons.is_empty() && order.amount != terms.price {
        Refusal::of(Code::AmountDiffers, "amount")
    } else if terms.capture == Capture::Deferred && !order.coupons.is_empty() {
        Refusal::of(Code::CouponUsed, "coupon")
    } else {
        return Ok(Ok(terms));
    };
    Ok(Err(refusal))
}

/// Deals with a resolved order whose accounts are locked.
pub(crate) fn accept(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
) -> Result<Reply, BatchError> {
    if coupon::concerns(order.message(), &resolved.terms) {
        return coupon::accept(batch, tx, order, resolved);
    }
    decide_and_post(batch, tx, order, resolved)
}

/// Decides it, and posts what was decided.
pub(crate) fn decide_and_post(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
) -> Result<Reply, BatchError> {
    let message = order.message();
    // Whatever limits a payment is counted in what the account is charged.
    let charged = resolved.quoted.map_or(message.amount, |quoted| quoted.charged);
    let question =
        Question { amount: charged, capability: message.capability, method: message.method, now: batch.now };
    let account = batch.account(resolved.consumer_account)?;
    let available = account.available(charged.currency());
    let means = Means {
        account: account.kind().map(|kind| (kind, available)),
        // What is quoted is paid from the account: external systems have rates of their own.
        external: resolved.consumer.external.is_some() && resolved.quoted.is_none(),
        anonymous: resolved.consumer.anonymous,
        spent: account.spent,
    };
    let ruling = match resolved.terms.capture {
        Capture::Immediate => decide(&question, &means, batch.policy),
        Capture::Deferred => decide_deferred(&question, &means, batch.policy),
    };
    match ruling.decision {
        Decision::Refused(reason) => refuse(batch, order, resolved, &ruling, code_of(reason)),
        Decision::StepUp(_) => refuse(batch, order, resolved, &ruling, Code::StepUpRequired),
        Decision::Aggregated(_) | Decision::Single => {
            let position = batch.position()?;
            let single_use = resolved.terms.sale == Sale::Single;
            if single_use && !sell_offer(tx, &resolved.terms.row.digest, position.value())? {
                return Refusal::of(Code::OfferUsed, "offerId").sign(
                    batch,
                    message.order_id.into(),
                    Some(order.digest()),
                );
            }
            if let Some(quoted) = resolved.quoted
                && !quoted.spend(tx, position.value())?
            {
                release_offer(tx, &resolved.terms.row.digest, position.value())?;
                let refusal = Refusal::of(Code::QuoteUsed, "quote");
                return refusal.sign(batch, message.order_id.into(), Some(order.digest()));
            }
            let grant = batch.policy.grant(message.capability, message.method);
            let spent =
                means.spent.after(&question, grant.is_some_and(|grant| grant.strong), ruling.decision);
            batch.account(resolved.consumer_account)?.spend(spent);
            match (ruling.decision, &resolved.consumer.external) {
                (Decision::Single, Some(instrument)) => {
                    begin_single(batch, order, resolved, &ruling, position, instrument)
                }
                _ => post_aggregated(batch, tx, order, resolved, &ruling, position),
            }
        }
    }
}

pub(crate) fn refuse(
    batch: &mut Batch<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    ruling: &Ruling,
    code: Code,
) -> Result<Reply, BatchError> {
    let id = MessageId::from(order.message().order_id);
    let challenge = match ruling.decision {
        Decision::StepUp(challenge) => Some(challenge),
        _ => None,
    };
    let reply = sign_ruling(batch, id, order.digest(), code, challenge, ruling)?;
    let position = batch.position()?;
    keep(batch, order, resolved, position, EvidenceKind::OrderRefused, &reply)?;
    Ok(reply)
}

fn post_aggregated(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    ruling: &Ruling,
    position: LedgerPosition,
) -> Result<Reply, BatchError> {
    let amount = order.message().amount;
    let Decision::Aggregated(kind) = ruling.decision else { return Err(BatchError::Corrupt("decision")) };
    let rule = rule_label(batch, ruling)?;
    let settled = Settled {
        mode: Mode::Aggregated,
        funding: kind.funding(),
        rule: rule.clone(),
        at: batch.now,
        position,
    };
    let mut receipt = receipt(order.message(), order.digest(), &resolved.consumer, settled);
    receipt.charged = resolved.quoted.map(|quoted| (quoted.charged, quoted.rate));
    let reply = batch.sign(&Message::PaymentReceipt(receipt), ReplyKind::Accepted)?;
    let (from, to) = (resolved.consumer_account, resolved.merchant_account);
    match &resolved.quoted {
        Some(quoted) => exchange::post(batch, tx, quoted, position.value(), (from, to), amount)?,
        None => drop(batch.post(Posting {
            subject: position.value(),
            debit: from,
            credit: to,
            micros: amount.micros(),
            kind: TransferKind::Payment,
        })?),
    }
    let settled = Some(position.value());
    add_payment(
        batch,
        order,
        resolved,
        position,
        ("aggregated", kind.funding().as_str(), "accepted", settled),
        rule,
    );
    keep(batch, order, resolved, position, EvidenceKind::Order, &reply)?;
    notify(batch, &resolved.merchant, position)?;
    Ok(reply)
}

pub(crate) fn begin_single(
    batch: &mut Batch<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    ruling: &Ruling,
    position: LedgerPosition,
    instrument: &ExternalInstrument,
) -> Result<Reply, BatchError> {
    let operation = match resolved.terms.capture {
        Capture::Immediate => Operation::Charge,
        Capture::Deferred => Operation::Authorise,
    };
    let routing = Routing { scheme: instrument.system(), operation, amount: order.message().amount };
    let system = batch.context.routes.first(&routing).to_owned();
    let begun = Begun {
        // Right after the payment's own position: that is where the audit looks for it.
        position: batch.position()?,
        payment: position.value(),
        operation,
        consumer: &resolved.consumer,
        system: &system,
        original: None,
        amount: order.message().amount,
        message: order.message().order_id.into(),
    };
    let reply = begin(batch, begun)?;
    let rule = rule_label(batch, ruling)?;
    add_payment(batch, order, resolved, position, ("single", "external", "pending", None), rule);
    keep(batch, order, resolved, position, EvidenceKind::OrderPending, &reply)?;
    Ok(reply)
}

/// Lets a merchant that wants to know of its receipts know.
pub(crate) fn notify(
    batch: &mut Batch<'_>,
    merchant: &Party,
    receipt: LedgerPosition,
) -> Result<(), BatchError> {
    match merchant.details.callback {
        Some(_) => batch.enqueue(NoticeKind::Callback, merchant.id, receipt),
        None => Ok(()),
    }
}

/// How an order was settled.
pub(crate) struct Settled {
    pub(crate) mode: Mode,
    pub(crate) funding: Funding,
    pub(crate) rule: Label,
    pub(crate) at: Timestamp,
    pub(crate) position: LedgerPosition,
}

/// The receipt of an order, for both parties: the consumer only under the merchant's pseudonym (R46).
pub(crate) fn receipt(
    order: &PaymentOrder,
    order_digest: Digest,
    consumer: &Party,
    settled: Settled,
) -> PaymentReceipt {
    PaymentReceipt {
        order_id: order.order_id,
        order_digest,
        offer_id: order.offer_id,
        offer_digest: order.offer_digest,
        merchant: order.merchant.clone(),
        consumer: consumer.pseudonym_for(&order.merchant),
        amount: order.amount,
        mode: settled.mode,
        funding: settled.funding,
        rule: settled.rule,
        capability: order.capability,
        method: order.method,
        ordered_at: order.created_at,
        accepted_at: settled.at,
        position: settled.position,
        charged: None,
        coupons: order.coupons.clone(),
    }
}

pub(crate) fn add_payment(
    batch: &mut Batch<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    position: LedgerPosition,
    (mode, funding, state, settled_at): (&'static str, &'static str, &'static str, Option<i64>),
    rule: Label,
) {
    let message = order.message();
    batch.add_payment(PaymentRow {
        id: position.value(),
        order_id: message.order_id.as_bytes().to_vec(),
        consumer: resolved.consumer.id,
        merchant: resolved.merchant.id,
        consumer_account: resolved.consumer_account,
        merchant_account: resolved.merchant_account,
        offer_digest: message.offer_digest.as_bytes().to_vec(),
        micros: message.amount.micros(),
        currency: message.amount.currency().as_str().to_owned(),
        mode: mode.to_owned(),
        funding: funding.to_owned(),
        rule: rule.as_str().to_owned(),
        state: state.to_owned(),
        settled_at,
        refunded_micros: 0,
        captured_micros: None,
    });
}

pub(crate) fn keep(
    batch: &mut Batch<'_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    position: LedgerPosition,
    kind: EvidenceKind,
    reply: &Reply,
) -> Result<(), BatchError> {
    let record = Record {
        position,
        kind,
        sender: Some(resolved.sender),
        message: Some((order.message().order_id.as_bytes(), order.digest())),
        request: order.document(),
        personal: is_personal(order.message()),
    };
    batch.keep(record, reply)
}

/// A telephone number, or proof of how somebody was authenticated.
fn is_personal(order: &PaymentOrder) -> bool {
    matches!(order.payer, Payer::Msisdn(_)) || !order.evidence.is_empty()
}
