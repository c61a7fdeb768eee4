//! What a merchant told the payment system through the portal.

use diesel::prelude::*;

use super::tables::merchant_act;
use crate::storage::{Conn, StorageError, Tx};

/// An act as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = merchant_act)]
pub(crate) struct ActRow {
    pub(crate) id: Vec<u8>,
    pub(crate) merchant: i64,
    pub(crate) person: i64,
    pub(crate) kind: String,
    pub(crate) document: Vec<u8>,
    pub(crate) state: String,
    pub(crate) made_at: i64,
}

/// One of a merchant's acts.
pub(crate) fn act(conn: &mut Conn, merchant: i64, id: &[u8]) -> Result<Option<ActRow>, StorageError> {
    Ok(merchant_act::table
        .filter(merchant_act::id.eq(id).and(merchant_act::merchant.eq(merchant)))
        .select(ActRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps an act before it is sent; what was kept before under this id stays. `None` if that is another merchant's.
pub(crate) fn keep_act(tx: &mut Tx<'_>, row: &ActRow) -> Result<Option<ActRow>, StorageError> {
    on_both!(tx.conn(), conn => diesel::insert_into(merchant_act::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    act(tx.conn(), row.merchant, &row.id)
}

/// Keeps how it ended.
pub(crate) fn end_act(tx: &mut Tx<'_>, merchant: i64, id: &[u8], state: &str) -> Result<(), StorageError> {
    let one = merchant_act::table.filter(merchant_act::id.eq(id).and(merchant_act::merchant.eq(merchant)));
    diesel::update(one).set(merchant_act::state.eq(state)).execute(tx.conn())?;
    Ok(())
}
