//! What banks say of coupons: the next step of a payment, its end, or the end of a refund.

use payment_domain::{
    CouponOrder, EvidenceKind, Funding, Label, LedgerPosition, Mode, PaymentOrder, Purpose, SystemAccount,
    TransferKind,
};
use payment_message::{Code, Message};

use super::course::{Stage, Step};
use super::receipt::{self, Asked};
use super::spend::{ask, named, step};
use super::{coupon_account, currency_of};
use crate::act::{Accounts, ActError, Begun, Books, End, Posting, Settlement};
use crate::batch::Record;
use crate::order::accept::{Settled, notify, receipt as payment_receipt};
use crate::order::finish::forgo;
use crate::order::refusal::Refusal;
use crate::order::repeat;
use crate::reply::{Reply, ReplyKind};
use crate::storage::coupon::{self, UseRow};
use crate::storage::journal::PaymentRow;
use crate::storage::payment;

/// What ends attempts about coupons. Their subject is a payment: the one that is paid with coupons, or the one that
/// bought the coupon.
#[derive(Debug)]
pub(super) struct Coupons;

impl Settlement for Coupons {
    fn purpose(&self) -> Purpose {
        Purpose::Coupon
    }

    /// The account of whoever pays or bought, who is the holder: nobody gives away what is set aside or being refunded.
    fn accounts(&self, books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        let account = payment_of(books, attempt)?.consumer_account;
        Ok(Accounts { consumers: [account].into(), ..Accounts::default() })
    }

    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError> {
        let mut uses = coupon::uses_of(books.tx.conn(), attempt.subject)?;
        let id = Some(attempt.id.value());
        if let Some(row) =
            uses.iter_mut().find(|row| [row.authorise, row.capture, row.reversal].contains(&id))
        {
            let approved = matches!(end, End::Approved { .. });
            let stage = Stage::after(attempt.operation, approved).ok_or(ActError::corrupt("operation"))?;
            row.reach(stage);
            coupon::update_use(books.tx, row)?;
            books.declare_end(at, attempt, end)?;
            return advance(books, attempt, &mut uses);
        }
        let bought = coupon::bought_at(books.tx.conn(), attempt.subject)?;
        if bought.is_some_and(|coupon| attempt.original.is_some_and(|charge| charge.value() == coupon.charge))
        {
            return refunded(books, attempt, end, at);
        }
        // The bank was told of value that a merchant gave back: it is in the coupon already, whatever the bank says.
        books.declare_end(at, attempt, end)
    }
}

fn payment_of(books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<PaymentRow, ActError> {
    payment::payment_at(books.tx.conn(), attempt.subject)?.ok_or(ActError::corrupt("payment"))
}

/// The next attempt, handed out to whoever brought the last answer; or the end of the payment.
fn advance(books: &mut Books<'_, '_, '_>, attempt: &Begun, uses: &mut [UseRow]) -> Result<Reply, ActError> {
    let paid = payment_of(books, attempt)?;
    match step(uses)? {
        Step::Ask(place, operation) => {
            let next = ask(books, uses, place, operation)?;
            let said = repeat::stored(books.batch, books.tx.conn(), paid.id)?;
            Ok(Reply::Pending { document: said.document().clone(), attempt: Some(Box::new(next)) })
        }
        Step::Pay => pay(books, &paid, uses),
        Step::Refuse => refuse(books, &paid, uses),
    }
}

/// Every bank has settled: the merchant is paid.
fn pay(books: &mut Books<'_, '_, '_>, paid: &PaymentRow, uses: &mut [UseRow]) -> Result<Reply, ActError> {
    let (order, digest) = books.asked_at::<PaymentOrder>(paid.id)?;
    for row in &mut *uses {
        let mut coupon = coupon::by_id(books.tx.conn(), &row.coupon)?.ok_or(ActError::corrupt("coupon"))?;
        coupon.spend(row.micros)?;
        coupon::update(books.tx, &coupon)?;
        row.reach(Stage::Spent);
        coupon::update_use(books.tx, row)?;
    }
    let account = coupon_account(books, order.amount.currency())?;
    let at = books.position()?;
    let settled = Settled {
        mode: Mode::Single,
        funding: Funding::Coupon,
        rule: Label::parse(&paid.rule).map_err(|_| ActError::corrupt("rule"))?,
        at: books.now(),
        position: at,
    };
    let consumer = books.load(paid.consumer)?;
    let mut receipt = payment_receipt(&order, digest, &consumer, settled);
    // Those that were not needed are still whole, and not named.
    receipt.coupons = named(uses)?;
    let reply = books.batch.sign(&Message::PaymentReceipt(receipt), ReplyKind::Accepted)?;
    // One transfer a coupon, in the order of the receipt: so much was taken from each.
    for row in uses {
        books.post(Posting {
            subject: paid.id,
            debit: account,
            credit: paid.merchant_account,
            micros: row.micros,
            kind: TransferKind::CouponSpent,
        })?;
    }
    settle_payment(books, paid, "accepted", (at, EvidenceKind::ChargeApproved), &reply)?;
    let merchant = books.load(paid.merchant)?;
    notify(books.batch, &merchant, at)?;
    Ok(reply)
}

/// Everything is reversed: the value is the holder's again, and nothing was paid.
fn refuse(books: &mut Books<'_, '_, '_>, paid: &PaymentRow, uses: &mut [UseRow]) -> Result<Reply, ActError> {
    let (order, digest) = books.asked_at::<PaymentOrder>(paid.id)?;
    for row in uses {
        let mut coupon = coupon::by_id(books.tx.conn(), &row.coupon)?.ok_or(ActError::corrupt("coupon"))?;
        coupon.release(row.micros)?;
        coupon::update(books.tx, &coupon)?;
        row.reach(Stage::Released);
        coupon::update_use(books.tx, row)?;
    }
    forgo(books.batch, &order, paid.consumer_account)?;
    payment::release_offer(books.tx, &paid.offer_digest, paid.id)?;
    let at = books.position()?;
    let reply = Refusal::new(Code::Declined).sign(books.batch, order.order_id.into(), Some(digest))?;
    settle_payment(books, paid, "declined", (at, EvidenceKind::ChargeDeclined), &reply)?;
    Ok(reply)
}

fn settle_payment(
    books: &mut Books<'_, '_, '_>,
    paid: &PaymentRow,
    state: &str,
    (at, kind): (LedgerPosition, EvidenceKind),
    reply: &Reply,
) -> Result<(), ActError> {
    if !payment::settle_payment(books.tx, paid.id, state, at.value())? {
        return Err(ActError::corrupt("payment state"));
    }
    let record = Record { position: at, kind, sender: None, message: None, request: &[], personal: false };
    Ok(books.batch.keep(record, reply)?)
}

/// The end of a refund that its holder asked for.
fn refunded(
    books: &mut Books<'_, '_, '_>,
    attempt: &Begun,
    end: &End<'_>,
    at: LedgerPosition,
) -> Result<Reply, ActError> {
    let (order, digest) = books.asked_at::<CouponOrder>(attempt.id.value())?;
    let coupon = coupon::bought_at(books.tx.conn(), attempt.subject)?;
    let mut coupon = coupon.ok_or(ActError::corrupt("coupon"))?;
    let currency = currency_of(&coupon)?;
    let hold = books.system_account(SystemAccount::Hold, &attempt.system, currency)?;
    let (to, kind) = match end {
        End::Approved { .. } => {
            coupon.end_refund()?;
            let external = books.system_account(SystemAccount::External, &attempt.system, currency)?;
            (external, TransferKind::CouponRefundPaid)
        }
        End::Declined { .. } => {
            coupon.undo_refund(attempt.amount.micros())?;
            (coupon_account(books, currency)?, TransferKind::CouponRefundVoid)
        }
    };
    coupon::update(books.tx, &coupon)?;
    books.post(Posting {
        subject: coupon.position,
        debit: hold,
        credit: to,
        micros: attempt.amount.micros(),
        kind,
    })?;
    match end {
        End::Approved { .. } => {
            let asked = Asked { id: order.request_id.into(), digest };
            let receipt = receipt::of_value(books, &coupon, asked, at)?;
            books.keep_end(at, end, &Message::CouponReceipt(receipt))
        }
        End::Declined { .. } => books.keep_declined(at, (order.request_id.into(), digest)),
    }
}
