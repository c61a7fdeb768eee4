//! Declared rates and the quotes made from them.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{account, quote, rate};

/// One currency of one day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rate)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct RateRow {
    pub(crate) source: String,
    pub(crate) day: i64,
    pub(crate) base: String,
    pub(crate) currency: String,
    pub(crate) nanos: i64,
    pub(crate) declared_at: i64,
}

/// A quote. Only its payment changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = quote)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct QuoteRow {
    pub(crate) id: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) consumer: i64,
    pub(crate) price_micros: i64,
    pub(crate) price_currency: String,
    pub(crate) charged_micros: i64,
    pub(crate) charged_currency: String,
    pub(crate) nanos: i64,
    pub(crate) rounded_nanos: i64,
    pub(crate) valid_until: i64,
    pub(crate) payment: Option<i64>,
}

/// An account that holds one currency against the others.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct PositionAccount {
    pub(crate) id: i64,
    pub(crate) balance: i64,
}

/// Keeps the rates of a day.
pub(crate) fn insert_rates(tx: &mut Tx<'_>, rows: &[RateRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(rate::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// The rates of a day, by currency.
pub(crate) fn rates_of(conn: &mut Conn, source: &str, day: i64) -> Result<Vec<RateRow>, StorageError> {
    Ok(rate::table
        .filter(rate::source.eq(source).and(rate::day.eq(day)))
        .order(rate::currency)
        .select(RateRow::as_select())
        .load(conn)?)
}

/// The newest days, and who declared them: `(day, source)`, newest first.
pub(crate) fn rate_days(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, String)>, StorageError> {
    Ok(rate::table
        .select((rate::day, rate::source))
        .distinct()
        .order((rate::day.desc(), rate::source))
        .limit(limit)
        .load(conn)?)
}

/// The rates that count: those of the newest day.
pub(crate) fn newest_rates(conn: &mut Conn) -> Result<Vec<RateRow>, StorageError> {
    match rate_days(conn, 1)?.pop() {
        Some((day, source)) => rates_of(conn, &source, day),
        None => Ok(Vec::new()),
    }
}

/// How many days were declared, by all sources.
pub(crate) fn days_declared(conn: &mut Conn) -> Result<usize, StorageError> {
    Ok(rate_days(conn, i64::MAX)?.len())
}

/// Keeps a quote.
pub(crate) fn insert_quote(tx: &mut Tx<'_>, row: &QuoteRow) -> Result<(), StorageError> {
    diesel::insert_into(quote::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A quote.
pub(crate) fn quote_by_id(conn: &mut Conn, id: &[u8]) -> Result<Option<QuoteRow>, StorageError> {
    Ok(quote::table.find(id).select(QuoteRow::as_select()).first(conn).optional()?)
}

/// The quote that a payment used.
pub(crate) fn quote_of(conn: &mut Conn, payment: i64) -> Result<Option<QuoteRow>, StorageError> {
    Ok(quote::table
        .filter(quote::payment.eq(payment))
        .select(QuoteRow::as_select())
        .first(conn)
        .optional()?)
}

/// Uses a quote for a payment. `false` if it was used before. The row stays locked until the transaction ends.
pub(crate) fn use_quote(tx: &mut Tx<'_>, id: &[u8], payment: i64) -> Result<bool, StorageError> {
    let unused = quote::id.eq(id).and(quote::payment.is_null());
    let used =
        diesel::update(quote::table.filter(unused)).set(quote::payment.eq(payment)).execute(tx.conn())?;
    Ok(used == 1)
}

/// How many quotes were made, and how many were used.
pub(crate) fn quote_counts(conn: &mut Conn) -> Result<(i64, i64), StorageError> {
    let made = quote::table.select(count_star()).first(conn)?;
    Ok((made, quote::table.filter(quote::payment.is_not_null()).select(count_star()).first(conn)?))
}

/// Our positions in all currencies.
pub(crate) fn position_accounts(conn: &mut Conn) -> Result<Vec<PositionAccount>, StorageError> {
    Ok(account::table
        .filter(account::owner.is_null().and(account::kind.eq("position")))
        .order(account::id)
        .select((account::id, account::balance))
        .load(conn)?)
}
