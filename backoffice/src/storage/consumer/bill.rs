//! Bills and statements.

use diesel::prelude::*;

use super::account::accounts;
use super::tables::{bill, payment, period};
use crate::storage::{Conn, StorageError};

/// A bill as a projection: the document itself is evidence.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = bill)]
pub(crate) struct BillRow {
    pub(crate) position: i64,
    pub(crate) account: i64,
    pub(crate) currency: String,
    pub(crate) due: i64,
    pub(crate) collected: i64,
    pub(crate) written_off: i64,
    pub(crate) state: String,
    pub(crate) issued_at: i64,
    pub(crate) due_at: i64,
}

impl BillRow {
    /// What is still to be paid, in micro-units.
    pub(crate) const fn open_micros(&self) -> i64 {
        self.due.saturating_sub(self.collected).saturating_sub(self.written_off)
    }
}

/// A closed period with a document.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = period)]
pub(crate) struct StatementRow {
    pub(crate) account: i64,
    pub(crate) book: String,
    pub(crate) currency: String,
    pub(crate) opened_at: i64,
    pub(crate) closed_at: Option<i64>,
    pub(crate) first_transfer: Option<i64>,
    pub(crate) last_transfer: Option<i64>,
    pub(crate) position: Option<i64>,
}

/// A consumer's bills before a position, the newest first.
pub(crate) fn bills(
    conn: &mut Conn,
    consumer: i64,
    before: i64,
    most: i64,
) -> Result<Vec<BillRow>, StorageError> {
    Ok(bill::table
        .filter(bill::consumer.eq(consumer).and(bill::position.lt(before)))
        .order(bill::position.desc())
        .limit(most)
        .select(BillRow::as_select())
        .load(conn)?)
}

/// One of a consumer's bills.
pub(crate) fn bill(conn: &mut Conn, consumer: i64, position: i64) -> Result<Option<BillRow>, StorageError> {
    Ok(bill::table
        .filter(bill::position.eq(position).and(bill::consumer.eq(consumer)))
        .select(BillRow::as_select())
        .first(conn)
        .optional()?)
}

/// The newest statements of a consumer's prepaid accounts.
pub(crate) fn statements(
    conn: &mut Conn,
    consumer: i64,
    most: i64,
) -> Result<Vec<StatementRow>, StorageError> {
    let mut found: Vec<StatementRow> = Vec::new();
    for account in accounts(conn, consumer)?.into_iter().filter(|account| account.kind == "prepaid") {
        let some: Vec<StatementRow> = period::table
            .filter(period::account.eq(account.id).and(period::owner.eq(consumer)))
            .filter(period::position.is_not_null())
            .order((period::account.desc(), period::seq.desc()))
            .limit(most)
            .select(StatementRow::as_select())
            .load(conn)?;
        found.extend(some);
    }
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.position));
    found.truncate(usize::try_from(most).unwrap_or_default());
    Ok(found)
}

/// The period that a bill or statement of a consumer's is about.
pub(crate) fn statement(
    conn: &mut Conn,
    consumer: i64,
    position: i64,
) -> Result<Option<StatementRow>, StorageError> {
    Ok(period::table
        .filter(period::position.eq(position).and(period::owner.eq(consumer)))
        .select(StatementRow::as_select())
        .first(conn)
        .optional()?)
}

/// Orders of payments from an account between two positions, the newest first: position and order id.
pub(crate) fn paid_in(
    conn: &mut Conn,
    consumer: i64,
    account: i64,
    (from, before): (i64, i64),
    most: i64,
) -> Result<Vec<(i64, Vec<u8>)>, StorageError> {
    Ok(payment::table
        .filter(payment::consumer_account.eq(account).and(payment::consumer.eq(consumer)))
        .filter(payment::id.ge(from).and(payment::id.lt(before)))
        .filter(payment::mode.eq("aggregated").and(payment::state.eq("accepted")))
        .order((payment::consumer_account.desc(), payment::id.desc()))
        .limit(most)
        .select((payment::id, payment::order_id))
        .load(conn)?)
}
