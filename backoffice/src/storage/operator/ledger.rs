//! The ledger, as operators look through it: by key, or a window of the journal at a time.

use diesel::prelude::*;

use super::tables::{account, message_key, payment, sale, transfer};
use crate::storage::{Conn, StorageError};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct AccountRow {
    pub(crate) id: i64,
    pub(crate) owner: Option<i64>,
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) opened_at: i64,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payment)]
pub(crate) struct LedgerPaymentRow {
    pub(crate) id: i64,
    pub(crate) order_id: Vec<u8>,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) merchant_account: i64,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) funding: String,
    pub(crate) rule: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) refunded_micros: i64,
    pub(crate) captured_micros: Option<i64>,
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = transfer)]
pub(crate) struct TransferRow {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) debit: i64,
    pub(crate) credit: i64,
    pub(crate) micros: i64,
    pub(crate) kind: String,
    pub(crate) created_at: i64,
}

/// Accounts of the system at most.
const MOST: i64 = 200;

/// The accounts that belong to nobody: of the system itself.
pub(crate) fn system_accounts(conn: &mut Conn) -> Result<Vec<AccountRow>, StorageError> {
    Ok(account::table
        .filter(account::owner.is_null())
        .order((account::kind, account::label, account::currency))
        .limit(MOST)
        .select(AccountRow::as_select())
        .load(conn)?)
}

/// An account.
pub(crate) fn account(conn: &mut Conn, id: i64) -> Result<Option<AccountRow>, StorageError> {
    Ok(account::table.find(id).select(AccountRow::as_select()).first(conn).optional()?)
}

/// A payment by its position.
pub(crate) fn payment_at(conn: &mut Conn, id: i64) -> Result<Option<LedgerPaymentRow>, StorageError> {
    Ok(payment::table.find(id).select(LedgerPaymentRow::as_select()).first(conn).optional()?)
}

/// A payment by its order.
pub(crate) fn payment_of(conn: &mut Conn, order: &[u8]) -> Result<Option<LedgerPaymentRow>, StorageError> {
    Ok(message_key::table
        .inner_join(payment::table.on(message_key::position.eq(payment::id)))
        .filter(message_key::id.eq(order))
        .select(LedgerPaymentRow::as_select())
        .first(conn)
        .optional()?)
}

/// Payments from a consumer's account before one of them, the newest first.
pub(crate) fn payments_of_account(
    conn: &mut Conn,
    account: i64,
    before: i64,
    most: i64,
) -> Result<Vec<(i64, i64, String)>, StorageError> {
    Ok(payment::table
        .filter(payment::consumer_account.eq(account).and(payment::id.lt(before)))
        .order(payment::id.desc())
        .limit(most)
        .select((payment::id, payment::micros, payment::state))
        .load(conn)?)
}

/// A merchant's sales in a currency before one of them, the newest first, as the portals' read model has them.
pub(crate) fn sales_of(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<(i64, i64, String, String)>, StorageError> {
    Ok(sale::table
        .filter(sale::merchant.eq(merchant).and(sale::id.lt(before)))
        .order(sale::id.desc())
        .limit(most)
        .select((sale::id, sale::micros, sale::state, sale::currency))
        .load(conn)?)
}

/// Transfers before a position, the newest first: a window of the journal.
pub(crate) fn transfers_before(
    conn: &mut Conn,
    before: i64,
    most: i64,
) -> Result<Vec<TransferRow>, StorageError> {
    Ok(transfer::table
        .filter(transfer::id.lt(before))
        .order(transfer::id.desc())
        .limit(most)
        .select(TransferRow::as_select())
        .load(conn)?)
}

/// Transfers about a payment between two positions: a batch has so many at most.
pub(crate) fn transfers_between(
    conn: &mut Conn,
    payment: i64,
    from: i64,
    until: i64,
) -> Result<Vec<TransferRow>, StorageError> {
    Ok(transfer::table
        .filter(transfer::id.ge(from).and(transfer::id.lt(until)))
        .filter(transfer::payment.eq(payment))
        .order(transfer::id)
        .limit(MOST)
        .select(TransferRow::as_select())
        .load(conn)?)
}
