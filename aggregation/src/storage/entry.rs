//! What operators booked on bills by hand, by the id of the act, and what credit settled of them. Written inside the core's batches, never changed.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{bill_credit, bill_entry, party};
use super::{Conn, StorageError, Tx};

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bill_entry)]
pub(crate) struct EntryRow {
    pub(crate) id: Vec<u8>,
    pub(crate) bill: i64,
    pub(crate) kind: String,
    pub(crate) system: String,
    pub(crate) micros: i64,
    pub(crate) position: i64,
}

/// Adds an entry.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &EntryRow) -> Result<(), StorageError> {
    diesel::insert_into(bill_entry::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// What was booked under an id.
pub(crate) fn of_id(conn: &mut Conn, id: &[u8]) -> Result<Option<EntryRow>, StorageError> {
    Ok(bill_entry::table
        .filter(bill_entry::id.eq(id))
        .select(EntryRow::as_select())
        .first(conn)
        .optional()?)
}

/// What was booked on a bill, oldest first.
pub(crate) fn of_bill(conn: &mut Conn, bill: i64, most: i64) -> Result<Vec<EntryRow>, StorageError> {
    Ok(bill_entry::table
        .filter(bill_entry::bill.eq(bill))
        .order(bill_entry::position)
        .limit(most)
        .select(EntryRow::as_select())
        .load(conn)?)
}

/// All entries after a position, for the audit.
pub(crate) fn page(conn: &mut Conn, position: i64, most: i64) -> Result<Vec<EntryRow>, StorageError> {
    Ok(bill_entry::table
        .filter(bill_entry::position.gt(position))
        .order(bill_entry::position)
        .limit(most)
        .select(EntryRow::as_select())
        .load(conn)?)
}

/// Credit that settled a bill, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bill_credit)]
pub(crate) struct CreditUsedRow {
    pub(crate) position: i64,
    pub(crate) bill: i64,
    pub(crate) micros: i64,
}

/// Adds credit that settled a bill.
pub(crate) fn use_credit(tx: &mut Tx<'_>, row: &CreditUsedRow) -> Result<(), StorageError> {
    diesel::insert_into(bill_credit::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// How much credit has settled of a bill, in micro-units.
pub(crate) fn set_off_of(conn: &mut Conn, bill: i64) -> Result<i64, StorageError> {
    Ok(bill_credit::table
        .filter(bill_credit::bill.eq(bill))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(micros), 0) AS BIGINT)"))
        .first(conn)?)
}

/// All credit that settled bills, after a position, for the audit.
pub(crate) fn credit_page(
    conn: &mut Conn,
    position: i64,
    most: i64,
) -> Result<Vec<CreditUsedRow>, StorageError> {
    Ok(bill_credit::table
        .filter(bill_credit::position.gt(position))
        .order(bill_credit::position)
        .limit(most)
        .select(CreditUsedRow::as_select())
        .load(conn)?)
}

/// The number of a party.
pub(crate) fn party_named(conn: &mut Conn, name: &str) -> Result<Option<i64>, StorageError> {
    Ok(party::table.filter(party::name.eq(name)).select(party::id).first(conn).optional()?)
}
