//! What prepaid accounts ask of the attempts, and vouchers.

use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{account, attempt, voucher};

/// An account opened as a voucher.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = voucher)]
pub(crate) struct VoucherRow {
    pub(crate) account: i64,
    pub(crate) expires_at: i64,
}

/// A voucher that has expired and still holds something.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Expired {
    pub(crate) account: i64,
    pub(crate) currency: String,
    pub(crate) expires_at: i64,
}

/// Amounts of the pending top-ups and redemptions of an account.
pub(crate) fn under_way(conn: &mut Conn, account: i64) -> Result<Vec<i64>, StorageError> {
    Ok(attempt::table
        .filter(attempt::payment.eq(account).and(attempt::state.eq("pending")))
        .filter(attempt::purpose.eq_any(["top-up", "redemption"]))
        .select(attempt::micros)
        .load(conn)?)
}

/// Whether an account was topped up before, or is about to be.
pub(crate) fn topped_up(conn: &mut Conn, account: i64) -> Result<bool, StorageError> {
    let loaded = attempt::payment.eq(account).and(attempt::purpose.eq("top-up"));
    let first: Option<i64> = attempt::table
        .filter(loaded.and(attempt::state.ne("declined")))
        .select(attempt::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// The currencies and amounts of all pending redemptions.
pub(crate) fn pending_redemptions(conn: &mut Conn) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(attempt::table
        .filter(attempt::purpose.eq("redemption").and(attempt::state.eq("pending")))
        .select((attempt::currency, attempt::micros))
        .load(conn)?)
}

/// The balances of the accounts that hold what is being redeemed.
pub(crate) fn holds(conn: &mut Conn, label: &str) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(account::table
        .filter(account::owner.is_null().and(account::kind.eq("hold")).and(account::label.eq(label)))
        .select((account::currency, account::balance))
        .load(conn)?)
}

/// An account's kind and currency.
pub(crate) fn account_of(conn: &mut Conn, id: i64) -> Result<Option<(String, String)>, StorageError> {
    Ok(account::table.find(id).select((account::kind, account::currency)).first(conn).optional()?)
}

/// Makes an account a voucher.
pub(crate) fn insert_voucher(tx: &mut Tx<'_>, row: &VoucherRow) -> Result<(), StorageError> {
    diesel::insert_into(voucher::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Lets a voucher hold longer; nothing happens to any other account.
pub(crate) fn extend_voucher(tx: &mut Tx<'_>, account: i64, expires_at: i64) -> Result<(), StorageError> {
    let earlier = voucher::account.eq(account).and(voucher::expires_at.lt(expires_at));
    diesel::update(voucher::table.filter(earlier))
        .set(voucher::expires_at.eq(expires_at))
        .execute(tx.conn())?;
    Ok(())
}

/// Vouchers that have expired and hold something, by account.
pub(crate) fn expired(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<Expired>, StorageError> {
    Ok(voucher::table
        .inner_join(account::table)
        .filter(voucher::expires_at.le(now).and(account::balance.gt(0)))
        .order(voucher::account)
        .limit(limit)
        .select((voucher::account, account::currency, voucher::expires_at))
        .load(conn)?)
}
