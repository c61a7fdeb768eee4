//! A single payment that came back after it was made: a direct debit that its payer returned, a charge that was disputed at
//! the system that made it; and a refund that did not arrive after all. Nothing here happens by itself: the merchant has
//! delivered, and who bears it is a person's to say (see [`crate::bank::TakeBack`]).

use payment_domain::{Money, Operation, SystemAccount, TransferKind};

use crate::act::{ActError, Begun, Books, Irreversible, Posting};
use crate::bank::Bearer;
use crate::coupon;
use crate::storage::payment;

/// The account that bears what no merchant does.
const LOSS: &str = "payments";

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    /// From the merchant.
    pub(crate) merchant: Money,
    /// What we lost.
    pub(crate) lost: Money,
}

/// Books that what paid an order came back. The merchant's account and the attempt are locked.
///
/// The merchant gives at most what is left of the payment and what the account holds; the rest is lost, also what had been
/// refunded before: the payer has it twice. Whoever has the money of a coupon back is suspended, as after a top-up.
pub(crate) fn take_back(
    books: &mut Books<'_, '_, '_>,
    attempt: &Begun,
    bearer: Bearer,
) -> Result<Result<Moved, Irreversible>, ActError> {
    let paid = payment::lock_payment(books.tx(), attempt.subject)?.ok_or(ActError::corrupt("payment"))?;
    if !matches!(attempt.operation, Operation::Charge | Operation::Capture) || paid.state != "accepted" {
        return Ok(Err(Irreversible(format!("{} moved no money", attempt.operation))));
    }
    if payment::is_refund_pending(books.tx().conn(), paid.id)? {
        return Ok(Err(Irreversible("a refund of it is under way: wait until that has ended".to_owned())));
    }
    let is_coupon = coupon::is_purchase(books.tx().conn(), paid.id)?;
    let currency = attempt.amount.currency();
    let whole = attempt.amount.micros();
    let given_micros = match bearer {
        Bearer::House => 0,
        Bearer::Merchant if is_coupon => {
            let why = "it bought a coupon, and no merchant was paid: only the house can bear it";
            return Ok(Err(Irreversible(why.to_owned())));
        }
        Bearer::Merchant => {
            let left = paid.paid_micros().saturating_sub(paid.refunded_micros).min(whole);
            books.available(paid.merchant_account, currency)?.micros().clamp(0, left.max(0))
        }
    };
    let lost_micros = whole.saturating_sub(given_micros);
    let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
    let leg = |debit, micros, kind| Posting { subject: paid.id, debit, credit: system, micros, kind };
    if given_micros > 0 {
        payment::add_refund(books.tx(), paid.id, given_micros)?;
        books.post(leg(paid.merchant_account, given_micros, TransferKind::PaymentReturned))?;
    }
    if lost_micros > 0 {
        let loss = books.system_account(SystemAccount::Loss, LOSS, currency)?;
        books.post(leg(loss, lost_micros, TransferKind::PaymentLost))?;
    }
    if is_coupon {
        // Its value can still be spent, or changed back to money: a person has to look at that first.
        books.suspend(paid.consumer)?;
    }
    let money = |micros| Money::from_micros(micros, currency);
    Ok(Ok(Moved { merchant: money(given_micros), lost: money(lost_micros) }))
}

/// Books that a refund did not arrive: it is the merchant's again, who can order another.
pub(crate) fn not_refunded(books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<(), ActError> {
    let paid = payment::lock_payment(books.tx(), attempt.subject)?.ok_or(ActError::corrupt("payment"))?;
    let (currency, micros) = (attempt.amount.currency(), attempt.amount.micros());
    let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
    payment::add_refund(books.tx(), paid.id, micros.saturating_neg())?;
    books.post(Posting {
        subject: paid.id,
        debit: system,
        credit: paid.merchant_account,
        micros,
        kind: TransferKind::RefundReturned,
    })?;
    Ok(())
}
