//! Vouchers: prepaid accounts that were opened to expire. No other account ever does (EMD2 art. 11).
//!
//! What expires moves to our breakage account by a transfer of its own, with words as its evidence; statements show it.

use payment_domain::{Currency, Money, SystemAccount, TransferKind};

use crate::act::{Accounts, Act, ActError, Books, Posting};
use crate::batch::{Batch, BatchError};
use crate::storage::Tx;
use crate::storage::purse::{self, Expired, VoucherRow};

/// The account that takes what expired.
const BREAKAGE: &str = "voucher";

/// Takes what is in expired vouchers, so many at a time. Repeated until it takes nothing.
#[derive(Debug, Clone, Copy)]
pub struct ExpirePurses {
    /// The most vouchers in one batch.
    pub limit: u16,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expiries {
    /// From each account, how much.
    pub taken: Vec<(i64, Money)>,
}

impl ExpirePurses {
    /// Every voucher takes two positions, of which a batch has some thousands.
    const MOST: u16 = 1000;

    fn find(&self, books: &mut Books<'_, '_, '_>) -> Result<Vec<Expired>, ActError> {
        let limit = i64::from(self.limit.min(Self::MOST));
        Ok(purse::expired(books.tx.conn(), books.batch.now.as_millis(), limit)?)
    }
}

impl Act for ExpirePurses {
    type Done = Expiries;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let expired = self.find(books)?;
        let consumers = expired.iter().map(|voucher| voucher.account).collect();
        Ok(Accounts { consumers, ..Accounts::default() })
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Expiries, ActError> {
        let mut done = Expiries::default();
        for voucher in self.find(books)? {
            // Credited since the accounts were locked: another writer's. The next run finds it.
            let Ok(balance) = books.balance(voucher.account) else { continue };
            if balance <= 0 {
                continue;
            }
            let currency = Currency::parse(&voucher.currency).map_err(|_| ActError::corrupt("currency"))?;
            let amount = Money::from_micros(balance, currency);
            let breakage = books.system_account(SystemAccount::Breakage, BREAKAGE, currency)?;
            let at = books.position()?;
            books.post(Posting {
                subject: at.value(),
                debit: voucher.account,
                credit: breakage,
                micros: balance,
                kind: TransferKind::Expiry,
            })?;
            books.declare(at, &words(voucher.account, amount, voucher.expires_at))?;
            done.taken.push((voucher.account, amount));
        }
        Ok(done)
    }
}

/// Lets what is in an account expire, from now on and as long after every top-up as the policy says.
pub(crate) fn open_voucher(batch: &Batch<'_>, tx: &mut Tx<'_>, account: i64) -> Result<(), BatchError> {
    let months = batch.policy.prepaid.expires_after_months;
    let expires_at = batch.now.saturating_add_months(months.ok_or(BatchError::Corrupt("policy"))?);
    Ok(purse::insert_voucher(tx, &VoucherRow { account, expires_at: expires_at.as_millis() })?)
}

/// What is in a voucher counts anew from a top-up.
pub(super) fn extend_voucher(batch: &Batch<'_>, tx: &mut Tx<'_>, account: i64) -> Result<(), BatchError> {
    match batch.policy.prepaid.expires_after_months {
        Some(months) => {
            Ok(purse::extend_voucher(tx, account, batch.now.saturating_add_months(months).as_millis())?)
        }
        None => Ok(()),
    }
}

/// What is kept of an expiry.
pub(crate) fn words(account: i64, amount: Money, expired_at: i64) -> String {
    format!("expiry of {amount} on account {account}, due at {expired_at}")
}
