//! Refunds and disputes that reached a postpaid account, until it is known whether they need a credit note.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::schema::credit;
use super::{Conn, StorageError, Tx};

/// A credit.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = credit)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct CreditRow {
    pub(crate) transfer: i64,
    pub(crate) account: i64,
    pub(crate) seq: i64,
    pub(crate) payment: i64,
    pub(crate) micros: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) bill: Option<i64>,
    pub(crate) position: Option<i64>,
}

/// Adds what a step of the fold has met.
pub(crate) fn insert(tx: &mut Tx<'_>, rows: &[CreditRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(credit::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Those that nothing is known of yet, oldest first, after one.
pub(crate) fn new_after(conn: &mut Conn, transfer: i64, most: i64) -> Result<Vec<CreditRow>, StorageError> {
    Ok(credit::table
        .filter(credit::state.eq(sql::<Text>("'new'")).and(credit::transfer.gt(transfer)))
        .order(credit::transfer)
        .limit(most)
        .select(CreditRow::as_select())
        .load(conn)?)
}

/// Says what became of one. `false` if it was said before.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    transfer: i64,
    state: &str,
    note: Option<(i64, i64)>,
) -> Result<bool, StorageError> {
    let this = credit::transfer.eq(transfer).and(credit::state.eq("new"));
    let moved = diesel::update(credit::table.filter(this))
        .set((
            credit::state.eq(state),
            credit::bill.eq(note.map(|(bill, _)| bill)),
            credit::position.eq(note.map(|(_, position)| position)),
        ))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// All credits after one, for the audit.
pub(crate) fn page(conn: &mut Conn, transfer: i64, most: i64) -> Result<Vec<CreditRow>, StorageError> {
    Ok(credit::table
        .filter(credit::transfer.gt(transfer))
        .order(credit::transfer)
        .limit(most)
        .select(CreditRow::as_select())
        .load(conn)?)
}
