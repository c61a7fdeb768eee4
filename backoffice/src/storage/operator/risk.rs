//! What is unusual about merchants. Of consumers only pseudonyms.

use std::collections::{BTreeMap, BTreeSet};

use core_payment::first_position_at;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use payment_domain::Timestamp;

use super::tables::{dispute, refusal_hour, sale_hour};
use crate::storage::sales::journal::names;
use crate::storage::schema::{acquaintance, item, refusal, sale};
use crate::storage::{Conn, StorageError};

/// How often orders of a merchant were refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RiskRow {
    pub(crate) merchant: String,
    pub(crate) code: String,
    pub(crate) orders: i64,
}

/// What a merchant has sold in one currency, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Orders that were refused in some hours, by merchant and reason.
pub(crate) fn refusals_in(
    conn: &mut Conn,
    (first, last): (i64, i64),
    most: i64,
) -> Result<Vec<RiskRow>, StorageError> {
    let rows: Vec<(i64, String, i64)> = refusal_hour::table
        .filter(refusal_hour::hour.ge(first).and(refusal_hour::hour.le(last)))
        .group_by((refusal_hour::merchant, refusal_hour::code))
        .order((refusal_hour::merchant, refusal_hour::code))
        .limit(most)
        .select((
            refusal_hour::merchant,
            refusal_hour::code,
            sql::<BigInt>("CAST(SUM(refusal_hour.orders) AS BIGINT)"),
        ))
        .load(conn)?;
    let row = |merchant, (_, code, orders)| RiskRow { merchant, code, orders };
    named(conn, rows, |(merchant, ..)| *merchant, row)
}

/// What merchants have sold in some hours.
pub(crate) fn sold_in(
    conn: &mut Conn,
    (first, last): (i64, i64),
    most: i64,
) -> Result<Vec<SoldRow>, StorageError> {
    let rows: Vec<(i64, String, i64, i64, i64, i64)> = sale_hour::table
        .filter(sale_hour::hour.ge(first).and(sale_hour::hour.le(last)))
        .group_by((sale_hour::merchant, sale_hour::currency))
        .order((sale_hour::merchant, sale_hour::currency))
        .limit(most)
        .select((
            sale_hour::merchant,
            sale_hour::currency,
            sql::<BigInt>("CAST(SUM(sale_hour.sales) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.gross_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.refunded_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(sale_hour.declined) AS BIGINT)"),
        ))
        .load(conn)?;
    let row = |merchant, (_, currency, sales, gross_micros, refunded_micros, declined)| SoldRow {
        merchant,
        currency,
        sales,
        gross_micros,
        refunded_micros,
        declined,
    };
    named(conn, rows, |(merchant, ..)| *merchant, row)
}

/// How many payments to each merchant were disputed from a time on.
pub(crate) fn disputes_since(
    conn: &mut Conn,
    at: Timestamp,
    most: i64,
) -> Result<Vec<(String, i64)>, StorageError> {
    // By where they stand in the ledger, and counted here: grouped there, all that were ever opened would be read.
    let opened: Vec<i64> = dispute::table
        .filter(dispute::id.ge(first_position_at(at)))
        .order(dispute::id)
        .limit(most)
        .select(dispute::merchant)
        .load(conn)?;
    let mut counted: BTreeMap<i64, i64> = BTreeMap::new();
    for merchant in opened {
        let disputes = counted.entry(merchant).or_default();
        *disputes = disputes.saturating_add(1);
    }
    let rows = counted.into_iter().collect();
    named(conn, rows, |(merchant, _)| *merchant, |merchant, (_, disputes)| (merchant, disputes))
}

/// Rows of merchants by name. The names are looked up for what is left of the sums: a database that joins first does so for
/// every hour.
fn named<S, T>(
    conn: &mut Conn,
    rows: Vec<S>,
    merchant: impl Fn(&S) -> i64,
    with: impl Fn(String, S) -> T,
) -> Result<Vec<T>, StorageError> {
    let merchants: BTreeSet<i64> = rows.iter().map(&merchant).collect();
    let names = names(conn, &merchants.into_iter().collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let name = names.get(&merchant(&row)).ok_or(StorageError::Corrupt("party"))?;
            Ok(with(name.clone(), row))
        })
        .collect()
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
        // A range, as in the merchants' own list.
        .filter(sale::merchant.eq(merchant).and(sale::state.between(state, state)))
        .order((sale::merchant.desc(), sale::state.desc(), sale::id.desc()))
        .limit(most)
        .select((sale::id, acquaintance::pseudonym, item::title, sale::micros, sale::currency, sale::state))
        .load(conn)?)
}
