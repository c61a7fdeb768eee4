//! What is unusual about merchants. Of consumers only pseudonyms.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::tables::{dispute, party, refusal_hour, sale_hour};
use crate::storage::schema::{acquaintance, item, refusal, sale};
use crate::storage::{Conn, StorageError};

/// How often orders of a merchant were refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct RiskRow {
    pub(crate) merchant: String,
    pub(crate) code: String,
    pub(crate) orders: i64,
}

/// What a merchant has sold in one currency, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct SoldRow {
    pub(crate) merchant: String,
    pub(crate) currency: String,
    pub(crate) sales: i64,
    pub(crate) gross_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) declined: i64,
}

/// An order that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct RefusedRow {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) code: String,
}

/// A sale that did not stand.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct UnusualRow {
    pub(crate) id: i64,
    pub(crate) pseudonym: Vec<u8>,
    pub(crate) title: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) state: String,
}

/// Orders that were refused in some hours, by merchant, hour and reason, the latest first.
pub(crate) fn refusals_in(
    conn: &mut Conn,
    (first, last): (i64, i64),
    most: i64,
) -> Result<Vec<RiskRow>, StorageError> {
    Ok(refusal_hour::table
        .inner_join(party::table.on(refusal_hour::merchant.eq(party::id)))
        .filter(refusal_hour::hour.ge(first).and(refusal_hour::hour.le(last)))
        .order(refusal_hour::hour.desc())
        .limit(most)
        .select((party::name, refusal_hour::code, refusal_hour::orders))
        .load(conn)?)
}

/// What merchants have sold in some hours.
pub(crate) fn sold_in(
    conn: &mut Conn,
    (first, last): (i64, i64),
    most: i64,
) -> Result<Vec<SoldRow>, StorageError> {
    Ok(sale_hour::table
        .inner_join(party::table.on(sale_hour::merchant.eq(party::id)))
        .filter(sale_hour::hour.ge(first).and(sale_hour::hour.le(last)))
        .group_by((party::name, sale_hour::currency))
        .order((party::name, sale_hour::currency))
        .limit(most)
        .select((
            party::name,
            sale_hour::currency,
            sql::<BigInt>("CAST(SUM(sale_hour.sales) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.gross_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.refunded_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.declined) AS BIGINT)"),
        ))
        .load(conn)?)
}

/// How many payments to each merchant were disputed from a time on.
pub(crate) fn disputes_since(
    conn: &mut Conn,
    at: i64,
    most: i64,
) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(dispute::table
        .inner_join(party::table.on(dispute::merchant.eq(party::id)))
        .filter(dispute::opened_at.ge(at))
        .group_by(party::name)
        .order(party::name)
        .limit(most)
        .select((party::name, count_star()))
        .load(conn)?)
}

/// Orders of a merchant that were refused, before one of them, the newest first.
pub(crate) fn refused_orders(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<RefusedRow>, StorageError> {
    Ok(refusal::table
        .inner_join(item::table.on(refusal::item.eq(item::id)))
        .filter(refusal::merchant.eq(merchant).and(refusal::id.lt(before)))
        .order(refusal::id.desc())
        .limit(most)
        .select((refusal::id, item::title, refusal::micros, refusal::currency, refusal::code))
        .load(conn)?)
}

/// The newest sales of a merchant that stand in a state.
pub(crate) fn unusual_sales(
    conn: &mut Conn,
    merchant: i64,
    state: &str,
    most: i64,
) -> Result<Vec<UnusualRow>, StorageError> {
    Ok(sale::table
        .inner_join(item::table.on(sale::item.eq(item::id)))
        .inner_join(acquaintance::table.on(sale::acquaintance.eq(acquaintance::id)))
        .filter(sale::merchant.eq(merchant).and(sale::state.eq(state)))
        .order(sale::id.desc())
        .limit(most)
        .select((sale::id, acquaintance::pseudonym, item::title, sale::micros, sale::currency, sale::state))
        .load(conn)?)
}
