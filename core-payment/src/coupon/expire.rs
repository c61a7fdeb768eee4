//! Coupons whose time has passed: what is left of them is ours, a few at a time.

use payment_domain::{SystemAccount, TransferKind};

use super::accept::money;
use super::{coupon_account, currency_of, id_of};
use crate::act::{Accounts, Act, ActError, Books, Posting};
use crate::storage::coupon::{self, CouponRow};
use crate::storage::payment;

/// Ends coupons that can be spent no longer. Nothing that an order has set aside expires: it is released or spent first.
#[derive(Debug, Clone, Copy)]
pub struct ExpireCoupons {
    /// How many at most: they share one batch.
    pub most: u16,
}

/// What an [`ExpireCoupons`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponsExpired {
    /// How many it ended.
    pub count: usize,
    /// Whether there may be more.
    pub more: bool,
}

impl ExpireCoupons {
    fn due(self, books: &mut Books<'_, '_, '_>) -> Result<Vec<CouponRow>, ActError> {
        Ok(coupon::due(books.tx.conn(), books.batch.now.as_millis(), i64::from(self.most))?)
    }
}

impl Act for ExpireCoupons {
    type Done = CouponsExpired;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let mut accounts = Accounts::default();
        for coupon in self.due(books)? {
            accounts.consumers.extend(guard(books, &coupon)?);
        }
        Ok(accounts)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<CouponsExpired, ActError> {
        let due = self.due(books)?;
        let more = due.len() >= usize::from(self.most);
        let mut count = 0_usize;
        for mut coupon in due {
            // Whatever has become due or changed hands since the accounts were locked is for the next run.
            let guarded = guard(books, &coupon)?.is_some_and(|account| books.batch.account(account).is_ok());
            if guarded {
                expire(books, &mut coupon)?;
                count = count.saturating_add(1);
            }
        }
        Ok(CouponsExpired { count, more })
    }
}

/// The account whose lock guards a coupon.
fn guard(books: &mut Books<'_, '_, '_>, coupon: &CouponRow) -> Result<Option<i64>, ActError> {
    if coupon.holder == coupon.buyer {
        let bought = payment::payment_at(books.tx.conn(), coupon.position)?;
        return Ok(bought.map(|paid| paid.consumer_account));
    }
    let currency = currency_of(coupon)?;
    Ok(books.load(coupon.holder)?.account_in(currency).map(|account| account.id))
}

fn expire(books: &mut Books<'_, '_, '_>, coupon: &mut CouponRow) -> Result<(), ActError> {
    let currency = currency_of(coupon)?;
    let (from, to) = (
        coupon_account(books, currency)?,
        books.system_account(SystemAccount::Breakage, "coupon", currency)?,
    );
    let micros = coupon.expire()?;
    coupon::update(books.tx, coupon)?;
    let at = books.position()?;
    let amount = money(micros, &coupon.currency)?;
    books.declare(at, &format!("coupon {} expired with {amount}", id_of(&coupon.id)?))?;
    books.post(Posting {
        subject: coupon.position,
        debit: from,
        credit: to,
        micros,
        kind: TransferKind::CouponExpired,
    })?;
    Ok(())
}
