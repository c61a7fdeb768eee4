//! A payment that coupons paid is given back, by its merchant or by a dispute: the value goes back into them, and never
//! becomes money in an account.
//!
//! It is the consumer's at once, and can be spent for as long as the policy says at least, be the coupon expired or not:
//! the consumer could not know that the goods would come back. Their bank is told of it, so that it agrees when the value
//! is spent again; what it answers changes nothing here.

use payment_domain::Operation;

use super::spend::at_bank;
use super::{attempt_id, split};
use crate::act::{ActError, Books, Posting};
use crate::batch::{Batch, BatchError};
use crate::order::give_back::Back;
use crate::storage::Tx;
use crate::storage::coupon::{self, CouponRow, UseRow};
use crate::storage::journal::PaymentRow;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Gives back a part of a payment. One transfer a coupon.
pub(crate) fn restore(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    paid: &PaymentRow,
    back: Back,
) -> Result<(), BatchError> {
    let mut books = Books { batch, tx };
    let restored = into_coupons(&mut books, paid, back).and_then(|restored| {
        restored.iter().try_for_each(|(coupon, row, part)| tell_bank(&mut books, coupon, row, *part))
    });
    restored.map_err(|error| error.0)
}

fn into_coupons(
    books: &mut Books<'_, '_, '_>,
    paid: &PaymentRow,
    back: Back,
) -> Result<Vec<(CouponRow, UseRow, i64)>, ActError> {
    let uses = coupon::uses_of(books.tx.conn(), paid.id)?;
    let taken: Vec<_> = uses.iter().map(|row| row.micros).collect();
    let before = back.before_micros().and_then(|before| split::give_back(&taken, before));
    let (Some(before), Some(after)) = (before, split::give_back(&taken, back.total_micros)) else {
        return Err(ActError::corrupt("refund of coupons"));
    };
    let days = i64::from(books.batch.policy.coupon.restored_days);
    let until = books.batch.now.saturating_add_millis(days.saturating_mul(DAY_MS));
    let mut restored = Vec::new();
    for (mut row, (before, after)) in uses.into_iter().zip(before.into_iter().zip(after)) {
        let part = after.checked_sub(before).ok_or(ActError::overflow())?;
        if part == 0 {
            continue;
        }
        let mut coupon = coupon::by_id(books.tx.conn(), &row.coupon)?.ok_or(ActError::corrupt("coupon"))?;
        coupon.restore(part, until)?;
        coupon::update(books.tx, &coupon)?;
        row.restored_micros = after;
        coupon::update_use(books.tx, &row)?;
        let account = super::coupon_account(books, super::currency_of(&coupon)?)?;
        books.post(Posting {
            subject: paid.id,
            debit: paid.merchant_account,
            credit: account,
            micros: part,
            kind: back.cause.to_coupon(),
        })?;
        restored.push((coupon, row, part));
    }
    Ok(restored)
}

/// It goes back to what the bank has captured. Nobody waits for it: whoever looks after pending attempts sends it.
fn tell_bank(
    books: &mut Books<'_, '_, '_>,
    coupon: &CouponRow,
    row: &UseRow,
    micros: i64,
) -> Result<(), ActError> {
    let capture = attempt_id(row.capture)?;
    at_bank(books, coupon, row.payment, (Operation::Refund, capture), micros).map(drop)
}
