//! The ledger, as operators look through it: by key, or a window of the journal at a time.

use diesel::prelude::*;

use super::tables::{account, attempt, message_key, payment, payout, sale, sale_return, transfer};
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

/// What a merchant was paid out.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payout)]
pub(crate) struct PaidOutRow {
    pub(crate) account: i64,
    pub(crate) currency: String,
    pub(crate) fee: i64,
    pub(crate) amount: i64,
    pub(crate) state: String,
    pub(crate) issued_at: i64,
}

/// Accounts of the system at most, and what is looked at of one payment.
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

/// Accounts by their numbers.
pub(crate) fn accounts(conn: &mut Conn, ids: &[i64]) -> Result<Vec<AccountRow>, StorageError> {
    Ok(on_both!(conn, conn => account::table
        .filter(account::id.eq_any(ids))
        .select(AccountRow::as_select())
        .load(conn)?))
}

/// A merchant's payouts, the newest first.
pub(crate) fn payouts_of(conn: &mut Conn, merchant: i64, most: i64) -> Result<Vec<PaidOutRow>, StorageError> {
    Ok(payout::table
        .filter(payout::merchant.eq(merchant))
        .order(payout::position.desc())
        .limit(most)
        .select(PaidOutRow::as_select())
        .load(conn)?)
}

/// Where something happened to a payment: its order and its end, what external systems were asked and answered, what went
/// back.
pub(crate) fn positions_about(conn: &mut Conn, row: &LedgerPaymentRow) -> Result<Vec<i64>, StorageError> {
    let asked: Vec<(i64, Option<i64>)> = attempt::table
        .filter(attempt::payment.eq(row.id))
        .order(attempt::id)
        .limit(MOST)
        .select((attempt::id, attempt::settled_at))
        .load(conn)?;
    let returned: Vec<i64> = sale_return::table
        .filter(sale_return::merchant.eq(row.merchant).and(sale_return::payment.eq(row.id)))
        .order(sale_return::transfer)
        .limit(MOST)
        .select(sale_return::transfer)
        .load(conn)?;
    let mut positions = vec![row.id];
    positions.extend(row.settled_at);
    positions.extend(asked.into_iter().flat_map(|(begun, ended)| [Some(begun), ended]).flatten());
    positions.extend(returned);
    Ok(positions)
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
