//! Complaints of consumers, as operators decide them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::tables::{dispute, party, payment};
use crate::storage::{Conn, StorageError};

/// A complaint about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct DisputeRow {
    /// Where it stands in the journal.
    pub(crate) id: i64,
    /// The id that its sender gave it.
    pub(crate) dispute_id: Vec<u8>,
    pub(crate) payment: i64,
    pub(crate) consumer: i64,
    pub(crate) merchant: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) state: String,
    pub(crate) opened_at: i64,
}

type Columns = (
    dispute::id,
    dispute::dispute_id,
    dispute::payment,
    dispute::consumer,
    party::name,
    dispute::micros,
    payment::currency,
    dispute::state,
    dispute::opened_at,
);
const COLUMNS: Columns = (
    dispute::id,
    dispute::dispute_id,
    dispute::payment,
    dispute::consumer,
    party::name,
    dispute::micros,
    payment::currency,
    dispute::state,
    dispute::opened_at,
);

/// Complaints that wait for a decision after one of them, the oldest first.
pub(crate) fn open_disputes(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<DisputeRow>, StorageError> {
    Ok(dispute::table
        .inner_join(party::table.on(dispute::merchant.eq(party::id)))
        .inner_join(payment::table.on(dispute::payment.eq(payment::id)))
        .filter(dispute::state.eq(sql::<Text>("'open'")).and(dispute::id.gt(after)))
        .order(dispute::id)
        .limit(most)
        .select(COLUMNS)
        .load(conn)?)
}

/// One of them, decided or not, by the id that its sender gave it.
pub(crate) fn dispute_of(conn: &mut Conn, dispute_id: &[u8]) -> Result<Option<DisputeRow>, StorageError> {
    Ok(dispute::table
        .inner_join(party::table.on(dispute::merchant.eq(party::id)))
        .inner_join(payment::table.on(dispute::payment.eq(payment::id)))
        .filter(dispute::dispute_id.eq(dispute_id))
        .select(COLUMNS)
        .first(conn)
        .optional()?)
}
