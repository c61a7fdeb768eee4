//! Accounts and what stands on the next bill.

use diesel::prelude::*;

use super::tables::{account, period};
use crate::storage::{Conn, StorageError};

/// An account of a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct AccountRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
    pub(crate) month: i32,
    pub(crate) month_micros: i64,
    pub(crate) opened_at: i64,
}

/// A period that is open.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = period)]
pub(crate) struct OpenRow {
    pub(crate) account: i64,
    pub(crate) book: String,
    pub(crate) currency: String,
    pub(crate) opened_at: i64,
    pub(crate) standing: i64,
}

/// Accounts at most of one consumer: one a currency and kind.
pub(crate) const MOST_ACCOUNTS: i64 = 50;

/// A consumer's accounts, oldest first.
pub(crate) fn accounts(conn: &mut Conn, owner: i64) -> Result<Vec<AccountRow>, StorageError> {
    Ok(account::table
        .filter(account::owner.eq(owner))
        .order(account::id)
        .limit(MOST_ACCOUNTS)
        .select(AccountRow::as_select())
        .load(conn)?)
}

/// The open periods of a consumer's accounts: what the next bills and statements would be about.
pub(crate) fn open_periods(conn: &mut Conn, owner: i64) -> Result<Vec<OpenRow>, StorageError> {
    let mut open = Vec::new();
    for account in accounts(conn, owner)? {
        // One account at a time: the index of open periods is by account.
        let mine =
            period::account.eq(account.id).and(period::owner.eq(owner)).and(period::closed_fold.is_null());
        open.extend(period::table.filter(mine).select(OpenRow::as_select()).first(conn).optional()?);
    }
    Ok(open)
}
