//! Orders that are authorised first: the merchant captures what it needs, up to the price, or sets all of it free.
//!
//! An authorised payment moves no money: it is a promise of the external system, on record as the attempt right after its
//! payment. A capture takes the money once; what is not captured the system sets free. While a capture or void is under
//! way the payment is pending again, so that a second one is refused. Start at [`authorised`], which ends the first half.

use std::sync::Arc;

use payment_domain::{
    CaptureOrder, EvidenceKind, Funding, Label, LedgerPosition, Mode, Money, Operation, OrderId,
    PaymentOrder, Purpose, Role, SystemAccount, TransferKind, VoidOrder,
};
use payment_message::{Code, Message, MessageId, State, StatusReport, Verified};

use super::accept::{Settled, notify, receipt};
use crate::act::{Accounts, ActError, Asked, Begun, Books, End, NewAttempt, Request, Settlement};
use crate::batch::{Batch, BatchError, Posting, Record};
use crate::reply::{Reply, ReplyKind};
use crate::storage::Tx;
use crate::storage::journal::PaymentRow;
use crate::storage::payment;

/// The external system has set the money aside: the payment can be captured.
pub(super) fn authorised(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    order: OrderId,
    paid: &PaymentRow,
    at: LedgerPosition,
) -> Result<Reply, BatchError> {
    let message =
        report(order.into(), order.into(), State::Authorised, amount(paid, paid.micros)?, batch.now);
    let reply = batch.sign(&message, ReplyKind::Report)?;
    if !payment::move_payment(tx, paid.id, "pending", "authorised", Some(at.value()))? {
        return Err(BatchError::Corrupt("payment state"));
    }
    let kind = EvidenceKind::OrderAuthorised;
    batch.keep(
        Record { position: at, kind, sender: None, message: None, request: &[], personal: false },
        &reply,
    )?;
    Ok(reply)
}

/// A merchant's instruction to capture.
pub(crate) struct Capturing(pub(crate) Verified<CaptureOrder>);

/// A merchant's instruction to set free.
pub(crate) struct Voiding(pub(crate) Verified<VoidOrder>);

impl Request for Capturing {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().capture_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: false,
        }
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let message = self.0.message();
        let asked = self.asked();
        let paid = match find(books, &asked, message.order_id)? {
            Ok(paid) => paid,
            Err(code) => return books.refuse(&asked, code, Some("orderId")),
        };
        if message.amount.currency().as_str() != paid.currency {
            return books.refuse(&asked, Code::WrongCurrency, Some("amount"));
        }
        if message.amount.micros() > paid.micros {
            return books.refuse(&asked, Code::CaptureExceedsAuthorisation, Some("amount"));
        }
        begin(books, &asked, &paid, Operation::Capture, message.amount)
    }
}

impl Request for Voiding {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().void_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: false,
        }
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let asked = self.asked();
        match find(books, &asked, self.0.message().order_id)? {
            Ok(paid) => {
                let all = amount(&paid, paid.micros)?;
                begin(books, &asked, &paid, Operation::Void, all)
            }
            Err(code) => books.refuse(&asked, code, Some("orderId")),
        }
    }
}

/// The authorised payment, locked. Another merchant's payment is unknown to this one.
fn find(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    order: OrderId,
) -> Result<Result<PaymentRow, Code>, ActError> {
    let merchant = books.party_named(asked.sender.party())?;
    let Some(merchant) = merchant.filter(|party| party.role == Role::Merchant) else {
        return Ok(Err(Code::UnknownMerchant));
    };
    let evidence = payment::evidence_of(books.tx().conn(), order.as_bytes())?;
    let found = match evidence {
        Some(evidence) => payment::lock_payment(books.tx(), evidence.id)?,
        None => None,
    };
    Ok(match found.filter(|paid| paid.merchant == merchant.id) {
        None => Err(Code::UnknownOrder),
        Some(paid) if paid.state == "authorised" => Ok(paid),
        Some(_) => Err(Code::NotAuthorised),
    })
}

fn begin(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    paid: &PaymentRow,
    operation: Operation,
    amount: Money,
) -> Result<Reply, ActError> {
    let authorisation =
        payment::paid_by(books.tx().conn(), paid.id)?.ok_or(ActError::corrupt("authorisation"))?;
    if !payment::move_payment(books.tx(), paid.id, "authorised", "pending", None)? {
        return Err(ActError::corrupt("payment state"));
    }
    let at = books.position()?;
    let new = NewAttempt {
        operation,
        purpose: Purpose::Capture,
        subject: paid.id,
        party: paid.consumer,
        original: Some(payment_domain::AttemptId::new(authorisation.id).map_err(BatchError::from)?),
        system: &authorisation.system,
        amount,
    };
    books.begin_for(at, asked, &new)
}

/// Ends captures and voids.
pub(crate) fn settlement() -> Arc<dyn Settlement> {
    Arc::new(Captures)
}

struct Captures;

impl Settlement for Captures {
    fn purpose(&self) -> Purpose {
        Purpose::Capture
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, _: &Begun) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError> {
        let paid = payment::lock_payment(books.tx(), attempt.subject)?.ok_or(ActError::corrupt("payment"))?;
        match (attempt.operation, end) {
            (Operation::Capture, End::Approved { .. }) => captured(books, attempt, end, at, &paid),
            (Operation::Void, End::Approved { .. }) => voided(books, attempt, end, at, &paid),
            _ => {
                // The promise stands: it may be captured or set free again.
                if !payment::move_payment(books.tx(), paid.id, "pending", "authorised", None)? {
                    return Err(ActError::corrupt("payment state"));
                }
                let asked = asked_by(books, attempt)?;
                books.keep_declined(at, asked)
            }
        }
    }
}

/// The message that asked for an attempt: the attempt has the position of its evidence.
fn asked_by(
    books: &mut Books<'_, '_, '_>,
    attempt: &Begun,
) -> Result<(MessageId, payment_domain::Digest), ActError> {
    Ok(match attempt.operation {
        Operation::Void => {
            let (void, digest): (VoidOrder, _) = books.asked_at(attempt.id.value())?;
            (void.void_id.into(), digest)
        }
        _ => {
            let (capture, digest): (CaptureOrder, _) = books.asked_at(attempt.id.value())?;
            (capture.capture_id.into(), digest)
        }
    })
}

fn captured(
    books: &mut Books<'_, '_, '_>,
    attempt: &Begun,
    end: &End<'_>,
    at: LedgerPosition,
    paid: &PaymentRow,
) -> Result<Reply, ActError> {
    let (order, digest): (PaymentOrder, _) = books.asked_at(paid.id)?;
    let consumer = books.load(paid.consumer)?;
    let settled = Settled {
        mode: Mode::Single,
        funding: Funding::External,
        rule: Label::parse(&paid.rule).map_err(|_| ActError::corrupt("rule"))?,
        at: books.now(),
        position: at,
    };
    let order = PaymentOrder { amount: attempt.amount, ..order };
    let receipt = receipt(&order, digest, &consumer, settled);
    let reply = books.keep_end(at, end, &Message::PaymentReceipt(receipt))?;
    let clearing =
        books.system_account(SystemAccount::External, &attempt.system, attempt.amount.currency())?;
    books.post(Posting {
        subject: paid.id,
        debit: clearing,
        credit: paid.merchant_account,
        micros: attempt.amount.micros(),
        kind: TransferKind::Payment,
    })?;
    if !payment::capture_payment(books.tx(), paid.id, attempt.amount.micros(), at.value())? {
        return Err(ActError::corrupt("payment state"));
    }
    let merchant = books.load(paid.merchant)?;
    notify(books.batch, &merchant, at)?;
    Ok(reply)
}

fn voided(
    books: &mut Books<'_, '_, '_>,
    attempt: &Begun,
    end: &End<'_>,
    at: LedgerPosition,
    paid: &PaymentRow,
) -> Result<Reply, ActError> {
    let (order, _): (PaymentOrder, _) = books.asked_at(paid.id)?;
    let (id, _) = asked_by(books, attempt)?;
    let message = report(id, order.order_id.into(), State::Voided, attempt.amount, books.now());
    let reply = books.keep_end(at, end, &message)?;
    if !payment::move_payment(books.tx(), paid.id, "pending", "voided", Some(at.value()))? {
        return Err(ActError::corrupt("payment state"));
    }
    payment::release_offer(books.tx(), &paid.offer_digest, paid.id)?;
    Ok(reply)
}

fn report(
    in_reply_to: MessageId,
    subject: MessageId,
    state: State,
    amount: Money,
    now: payment_domain::Timestamp,
) -> Message {
    Message::StatusReport(StatusReport {
        in_reply_to,
        subject,
        state,
        amount: Some(amount),
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: now,
    })
}

fn amount(paid: &PaymentRow, micros: i64) -> Result<Money, BatchError> {
    let currency = payment_domain::Currency::parse(&paid.currency);
    Ok(Money::from_micros(micros, currency.map_err(|_| BatchError::Corrupt("currency"))?))
}
