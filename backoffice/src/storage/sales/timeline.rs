//! What happened to one payment. The merchant is in every `WHERE`, by the sale if the table does not know it.

use diesel::prelude::*;

use crate::storage::schema::{attempt, dispute, evidence, outbox, payment, sale_return};
use crate::storage::{Conn, StorageError};

/// The payment itself.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct CourseRow {
    pub(crate) id: i64,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) rule: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) captured_micros: Option<i64>,
}

/// What was asked outside for it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct AskedRow {
    pub(crate) kind: String,
    pub(crate) micros: i64,
    pub(crate) state: String,
    pub(crate) started_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// What its consumer complained about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct DisputedRow {
    pub(crate) micros: i64,
    pub(crate) state: String,
    pub(crate) opened_at: i64,
    pub(crate) resolved_at: Option<i64>,
}

/// What its merchant was told.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct ToldRow {
    pub(crate) state: String,
    pub(crate) tries: i32,
    pub(crate) created_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// How many of anything one payment may have before the rest is left out.
const MOST: i64 = 200;

/// A merchant's payment.
pub(crate) fn course(conn: &mut Conn, merchant: i64, id: i64) -> Result<Option<CourseRow>, StorageError> {
    Ok(payment::table
        .filter(payment::id.eq(id).and(payment::merchant.eq(merchant)))
        .select((
            payment::id,
            payment::micros,
            payment::currency,
            payment::mode,
            payment::rule,
            payment::state,
            payment::settled_at,
            payment::captured_micros,
        ))
        .first(conn)
        .optional()?)
}

/// Charges, authorisations, captures and voids of a payment.
pub(crate) fn asked(conn: &mut Conn, payment: i64) -> Result<Vec<AskedRow>, StorageError> {
    Ok(attempt::table
        .filter(attempt::payment.eq(payment))
        .filter(attempt::purpose.ne("coupon").and(attempt::kind.ne("refund")))
        .order(attempt::id)
        .limit(MOST)
        .select((attempt::kind, attempt::micros, attempt::state, attempt::started_at, attempt::finished_at))
        .load(conn)?)
}

/// What of a merchant's payment went back: transfer, kind, amount.
pub(crate) fn returns(
    conn: &mut Conn,
    merchant: i64,
    payment: i64,
) -> Result<Vec<(i64, String, i64)>, StorageError> {
    Ok(sale_return::table
        .filter(sale_return::merchant.eq(merchant).and(sale_return::payment.eq(payment)))
        .order(sale_return::transfer)
        .limit(MOST)
        .select((sale_return::transfer, sale_return::kind, sale_return::micros))
        .load(conn)?)
}

/// Disputes about a payment.
pub(crate) fn disputes(conn: &mut Conn, payment: i64) -> Result<Vec<DisputedRow>, StorageError> {
    Ok(dispute::table
        .filter(dispute::payment.eq(payment))
        .order(dispute::id)
        .limit(MOST)
        .select((dispute::micros, dispute::state, dispute::opened_at, dispute::resolved_at))
        .load(conn)?)
}

/// The evidence right before a position, in the same batch.
pub(crate) fn evidence_before(
    conn: &mut Conn,
    batch: i64,
    position: i64,
) -> Result<Option<i64>, StorageError> {
    Ok(evidence::table
        .filter(evidence::id.gt(batch).and(evidence::id.lt(position)))
        .order(evidence::id.desc())
        .select(evidence::id)
        .first(conn)
        .optional()?)
}

/// What a merchant was told of a receipt: put into the outbox in the batch of the receipt.
pub(crate) fn told(
    conn: &mut Conn,
    merchant: i64,
    receipt: i64,
    end: i64,
) -> Result<Vec<ToldRow>, StorageError> {
    Ok(outbox::table
        .filter(outbox::party.eq(merchant))
        .filter(outbox::id.gt(receipt).and(outbox::id.lt(end)))
        .filter(outbox::subject.eq(receipt).and(outbox::kind.eq("callback")))
        .order((outbox::party, outbox::id))
        .limit(MOST)
        .select((outbox::state, outbox::tries, outbox::created_at, outbox::finished_at))
        .load(conn)?)
}
