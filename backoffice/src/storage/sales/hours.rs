//! Figures by the hour.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::storage::schema::{refusal_hour, sale_hour};
use crate::storage::{Conn, StorageError};

/// The sales that were ordered in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct HourRow {
    pub(crate) hour: i64,
    pub(crate) sales: i64,
    pub(crate) gross_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) declined: i64,
}

/// Sums over hours, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct TotalRow {
    pub(crate) currency: String,
    pub(crate) sales: i64,
    pub(crate) gross_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) declined: i64,
}

/// Hours from one on and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// Figures of a merchant, hour by hour.
pub(crate) fn by_hour(
    conn: &mut Conn,
    merchant: i64,
    currency: &str,
    hours: Hours,
) -> Result<Vec<HourRow>, StorageError> {
    Ok(sale_hour::table
        .filter(sale_hour::merchant.eq(merchant).and(sale_hour::currency.eq(currency)))
        .filter(sale_hour::hour.ge(hours.from).and(sale_hour::hour.lt(hours.until)))
        .order((sale_hour::merchant, sale_hour::hour))
        .select((
            sale_hour::hour,
            sale_hour::sales,
            sale_hour::gross_micros,
            sale_hour::refunded_micros,
            sale_hour::declined,
        ))
        .load(conn)?)
}

/// Orders of a merchant that were refused, by hour.
pub(crate) fn refused_by_hour(
    conn: &mut Conn,
    merchant: i64,
    currency: &str,
    hours: Hours,
) -> Result<Vec<(i64, i64)>, StorageError> {
    Ok(refusal_hour::table
        .filter(refusal_hour::merchant.eq(merchant).and(refusal_hour::currency.eq(currency)))
        .filter(refusal_hour::hour.ge(hours.from).and(refusal_hour::hour.lt(hours.until)))
        .group_by(refusal_hour::hour)
        .order(refusal_hour::hour)
        .select((refusal_hour::hour, sql::<BigInt>("CAST(SUM(orders) AS BIGINT)")))
        .load(conn)?)
}

/// Sums of a merchant, by currency.
pub(crate) fn totals(conn: &mut Conn, merchant: i64, hours: Hours) -> Result<Vec<TotalRow>, StorageError> {
    Ok(sale_hour::table
        .filter(sale_hour::merchant.eq(merchant))
        .filter(sale_hour::hour.ge(hours.from).and(sale_hour::hour.lt(hours.until)))
        .group_by(sale_hour::currency)
        .order(sale_hour::currency)
        .select((
            sale_hour::currency,
            sql::<BigInt>("CAST(SUM(sales) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(gross_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(refunded_micros) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(declined) AS BIGINT)"),
        ))
        .load(conn)?)
}

/// Orders of a merchant that were refused, by currency and reason.
pub(crate) fn refusals(
    conn: &mut Conn,
    merchant: i64,
    hours: Hours,
) -> Result<Vec<(String, String, i64)>, StorageError> {
    Ok(refusal_hour::table
        .filter(refusal_hour::merchant.eq(merchant))
        .filter(refusal_hour::hour.ge(hours.from).and(refusal_hour::hour.lt(hours.until)))
        .group_by((refusal_hour::currency, refusal_hour::code))
        .order((refusal_hour::currency, refusal_hour::code))
        .select((refusal_hour::currency, refusal_hour::code, sql::<BigInt>("CAST(SUM(orders) AS BIGINT)")))
        .load(conn)?)
}
