//! What the worker writes. A step moves the one row of `sale_fold`: of several workers one wins, and whoever lost writes
//! nothing. Whatever a step decides by may therefore be read before its transaction.

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::storage::schema::{acquaintance, item, refusal, sale, sale_cursor, sale_fold, sale_return};
use crate::storage::{Conn, StorageError, Tx};
use core_payment::statement;

/// How far one node's chain is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(crate) struct CursorRow {
    pub(crate) node: i16,
    pub(crate) seq: i64,
    pub(crate) batch: i64,
}

/// An item that somebody ordered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Queryable, Insertable)]
#[diesel(table_name = item)]
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) merchant: i64,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) code_key: String,
    pub(crate) title_key: String,
}

/// A consumer as a merchant sees them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = acquaintance)]
pub(crate) struct AcquaintanceRow {
    pub(crate) id: i64,
    pub(crate) merchant: i64,
    pub(crate) consumer: i64,
    pub(crate) pseudonym: Vec<u8>,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sale)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct SaleRow {
    pub(crate) merchant: i64,
    pub(crate) id: i64,
    pub(crate) acquaintance: i64,
    pub(crate) item: i64,
    pub(crate) currency: String,
    pub(crate) micros: i64,
    pub(crate) paid_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) mode: String,
    pub(crate) state: String,
    pub(crate) receipt: Option<i64>,
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = sale_return)]
pub(crate) struct ReturnRow {
    pub(crate) merchant: i64,
    pub(crate) payment: i64,
    pub(crate) transfer: i64,
    pub(crate) kind: String,
    pub(crate) micros: i64,
}

/// An order that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = refusal)]
pub(crate) struct RefusalRow {
    pub(crate) merchant: i64,
    pub(crate) id: i64,
    pub(crate) item: i64,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) code: String,
}

/// What an hour's figures move by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HourDelta {
    pub(crate) merchant: i64,
    pub(crate) hour: i64,
    pub(crate) currency: String,
    pub(crate) sales: i64,
    pub(crate) gross_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) declined: i64,
}

/// Orders that were refused in an hour for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusalDelta {
    pub(crate) merchant: i64,
    pub(crate) hour: i64,
    pub(crate) currency: String,
    pub(crate) code: String,
    pub(crate) orders: i64,
}

statement! {
    /// Sales by key.
    Sales on Pg => (BigInt, BigInt, BigInt, BigInt, Text, BigInt, BigInt, BigInt, Text, Text, Nullable<BigInt>) {
        merchants: Vec<i64> as Array<BigInt>,
        ids: Vec<i64> as Array<BigInt>,
    }
    "SELECT s.merchant, s.id, s.acquaintance, s.item, s.currency, s.micros, s.paid_micros, s.refunded_micros, s.mode, \
     s.state, s.receipt FROM unnest(" merchants "::bigint[], " ids "::bigint[]) k (merchant, id) \
     JOIN sale s ON s.merchant = k.merchant AND s.id = k.id"
}

statement! {
    /// Acquaintances by consumer and merchant.
    Acquaintances on Pg => (BigInt, BigInt, BigInt) {
        consumers: Vec<i64> as Array<BigInt>,
        merchants: Vec<i64> as Array<BigInt>,
    }
    "SELECT a.id, a.consumer, a.merchant FROM unnest(" consumers "::bigint[], " merchants "::bigint[]) k (consumer, merchant) \
     JOIN acquaintance a ON a.consumer = k.consumer AND a.merchant = k.merchant"
}

statement! {
    /// All acquaintances of a step.
    InsertAcquaintances on Pg {
        ids: Vec<i64> as Array<BigInt>,
        merchants: Vec<i64> as Array<BigInt>,
        consumers: Vec<i64> as Array<BigInt>,
        pseudonyms: Vec<Vec<u8>> as Array<Binary>,
    }
    "INSERT INTO acquaintance (id, merchant, consumer, pseudonym) SELECT * FROM unnest("
    ids ", " merchants ", " consumers ", " pseudonyms ")"
}

statement! {
    /// All sales of a step.
    InsertSales on Pg {
        merchants: Vec<i64> as Array<BigInt>,
        ids: Vec<i64> as Array<BigInt>,
        acquaintances: Vec<i64> as Array<BigInt>,
        items: Vec<i64> as Array<BigInt>,
        currencies: Vec<String> as Array<Text>,
        micros: Vec<i64> as Array<BigInt>,
        paid: Vec<i64> as Array<BigInt>,
        refunded: Vec<i64> as Array<BigInt>,
        modes: Vec<String> as Array<Text>,
        states: Vec<String> as Array<Text>,
        receipts: Vec<Option<i64>> as Array<Nullable<BigInt>>,
    }
    "INSERT INTO sale (merchant, id, acquaintance, item, currency, micros, paid_micros, refunded_micros, mode, state, \
     receipt) SELECT * FROM unnest(" merchants ", " ids ", " acquaintances ", " items ", " currencies ", " micros ", "
    paid ", " refunded ", " modes ", " states ", " receipts ")"
}

statement! {
    /// An hour's figures.
    MoveHour on Pg {
        merchant: i64 as BigInt,
        hour: i64 as BigInt,
        currency: String as Text,
        sales: i64 as BigInt,
        gross: i64 as BigInt,
        refunded: i64 as BigInt,
        declined: i64 as BigInt,
    }
    "INSERT INTO sale_hour (merchant, hour, currency, sales, gross_micros, refunded_micros, declined) VALUES ("
    merchant ", " hour ", " currency ", " sales ", " gross ", " refunded ", " declined
    ") ON CONFLICT (merchant, hour, currency) DO UPDATE SET sales = sale_hour.sales + excluded.sales, \
     gross_micros = sale_hour.gross_micros + excluded.gross_micros, \
     refunded_micros = sale_hour.refunded_micros + excluded.refunded_micros, \
     declined = sale_hour.declined + excluded.declined"
}

statement! {
    /// The same on SQLite.
    SqliteMoveHour on Sqlite {
        merchant: i64 as BigInt,
        hour: i64 as BigInt,
        currency: String as Text,
        sales: i64 as BigInt,
        gross: i64 as BigInt,
        refunded: i64 as BigInt,
        declined: i64 as BigInt,
    }
    "INSERT INTO sale_hour (merchant, hour, currency, sales, gross_micros, refunded_micros, declined) VALUES ("
    merchant ", " hour ", " currency ", " sales ", " gross ", " refunded ", " declined
    ") ON CONFLICT (merchant, hour, currency) DO UPDATE SET sales = sale_hour.sales + excluded.sales, \
     gross_micros = sale_hour.gross_micros + excluded.gross_micros, \
     refunded_micros = sale_hour.refunded_micros + excluded.refunded_micros, \
     declined = sale_hour.declined + excluded.declined"
}

statement! {
    /// Refusals of an hour.
    MoveRefusals on Pg {
        merchant: i64 as BigInt, hour: i64 as BigInt, currency: String as Text, code: String as Text, orders: i64 as BigInt,
    }
    "INSERT INTO refusal_hour (merchant, hour, currency, code, orders) VALUES ("
    merchant ", " hour ", " currency ", " code ", " orders
    ") ON CONFLICT (merchant, hour, currency, code) DO UPDATE SET orders = refusal_hour.orders + excluded.orders"
}

statement! {
    /// The same on SQLite.
    SqliteMoveRefusals on Sqlite {
        merchant: i64 as BigInt, hour: i64 as BigInt, currency: String as Text, code: String as Text, orders: i64 as BigInt,
    }
    "INSERT INTO refusal_hour (merchant, hour, currency, code, orders) VALUES ("
    merchant ", " hour ", " currency ", " code ", " orders
    ") ON CONFLICT (merchant, hour, currency, code) DO UPDATE SET orders = refusal_hour.orders + excluded.orders"
}

/// Which step is next, and whether everything is being thrown away first.
pub(crate) fn standing(conn: &mut Conn) -> Result<(i64, bool), StorageError> {
    let row: Option<(i64, i64)> =
        sale_fold::table.find(1_i16).select((sale_fold::seq, sale_fold::clearing)).first(conn).optional()?;
    let (seq, clearing) = row.ok_or(StorageError::Corrupt("sale_fold"))?;
    Ok((seq, clearing != 0))
}

/// How far each node's chain is folded.
pub(crate) fn cursors(conn: &mut Conn) -> Result<Vec<CursorRow>, StorageError> {
    Ok(sale_cursor::table
        .order(sale_cursor::node)
        .select((sale_cursor::node, sale_cursor::seq, sale_cursor::batch))
        .load(conn)?)
}

/// Takes a step. `false` if somebody else was first; nothing of the transaction may stay then.
pub(crate) fn claim(tx: &mut Tx<'_>, seq: i64) -> Result<bool, StorageError> {
    let here = sale_fold::id.eq(1_i16).and(sale_fold::seq.eq(seq));
    let moved = diesel::update(sale_fold::table.filter(here))
        .set(sale_fold::seq.eq(seq.saturating_add(1)))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// Moves a cursor to the end of a range.
pub(crate) fn move_cursor(tx: &mut Tx<'_>, to: CursorRow) -> Result<(), StorageError> {
    let moved = diesel::update(sale_cursor::table.find(to.node))
        .set((sale_cursor::seq.eq(to.seq), sale_cursor::batch.eq(to.batch)))
        .execute(tx.conn())?;
    if moved == 0 {
        diesel::insert_into(sale_cursor::table)
            .values((
                sale_cursor::node.eq(to.node),
                sale_cursor::seq.eq(to.seq),
                sale_cursor::batch.eq(to.batch),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Begins at zero: the rows go first, step by step.
pub(crate) fn begin_clearing(tx: &mut Tx<'_>) -> Result<(), StorageError> {
    diesel::delete(sale_cursor::table).execute(tx.conn())?;
    #[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
    let next = sale_fold::seq + 1;
    diesel::update(sale_fold::table.find(1_i16))
        .set((sale_fold::seq.eq(next), sale_fold::clearing.eq(1)))
        .execute(tx.conn())?;
    Ok(())
}

/// Throws some rows away. `false` once there were none left, and folding can begin.
pub(crate) fn clear_some(tx: &mut Tx<'_>, most: i64) -> Result<bool, StorageError> {
    let tables = [
        ("sale", "merchant, id"),
        ("sale_return", "merchant, payment, transfer"),
        ("refusal", "merchant, id"),
        ("sale_hour", "merchant, hour, currency"),
        ("refusal_hour", "merchant, hour, currency, code"),
        ("acquaintance", "id"),
        ("item", "id"),
    ];
    for (table, key) in tables {
        let some = format!("DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} LIMIT {most})");
        let gone = on_both!(tx.conn(), conn => diesel::sql_query(some).execute(conn)?);
        if gone > 0 {
            return Ok(true);
        }
    }
    diesel::update(sale_fold::table.find(1_i16)).set(sale_fold::clearing.eq(0)).execute(tx.conn())?;
    Ok(false)
}

/// Sales that are there already, by merchant and payment.
pub(crate) fn sales_at(conn: &mut Conn, keys: &[(i64, i64)]) -> Result<Vec<SaleRow>, StorageError> {
    match conn {
        Conn::Postgres(conn) => {
            let (merchants, ids) = keys.iter().copied().unzip();
            Ok(Sales { merchants, ids }.load(conn)?)
        }
        Conn::Sqlite(conn) => {
            let mut rows = Vec::new();
            for key in keys {
                rows.extend(sale::table.find(*key).select(SaleRow::as_select()).first(conn).optional()?);
            }
            Ok(rows)
        }
    }
}

/// Acquaintances that are there already: id, consumer, merchant.
pub(crate) fn acquaintances_of(
    conn: &mut Conn,
    keys: &[(i64, i64)],
) -> Result<Vec<(i64, i64, i64)>, StorageError> {
    match conn {
        Conn::Postgres(conn) => {
            let (consumers, merchants) = keys.iter().copied().unzip();
            Ok(Acquaintances { consumers, merchants }.load(conn)?)
        }
        Conn::Sqlite(conn) => {
            let mut rows = Vec::new();
            for (consumer, merchant) in keys {
                let found: Option<(i64, i64, i64)> = acquaintance::table
                    .filter(acquaintance::consumer.eq(consumer).and(acquaintance::merchant.eq(merchant)))
                    .select((acquaintance::id, acquaintance::consumer, acquaintance::merchant))
                    .first(conn)
                    .optional()?;
                rows.extend(found);
            }
            Ok(rows)
        }
    }
}

/// An item that is there already.
pub(crate) fn item_of(
    conn: &mut Conn,
    merchant: i64,
    code: &str,
    title: &str,
) -> Result<Option<i64>, StorageError> {
    Ok(item::table
        .filter(item::merchant.eq(merchant).and(item::code.eq(code)).and(item::title.eq(title)))
        .select(item::id)
        .first(conn)
        .optional()?)
}

/// Adds items. There are few.
pub(crate) fn insert_items(tx: &mut Tx<'_>, rows: &[ItemRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(item::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Adds acquaintances.
pub(crate) fn insert_acquaintances(tx: &mut Tx<'_>, rows: &[AcquaintanceRow]) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            InsertAcquaintances {
                ids: rows.iter().map(|row| row.id).collect(),
                merchants: rows.iter().map(|row| row.merchant).collect(),
                consumers: rows.iter().map(|row| row.consumer).collect(),
                pseudonyms: rows.iter().map(|row| row.pseudonym.clone()).collect(),
            }
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(acquaintance::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Adds sales.
pub(crate) fn insert_sales(tx: &mut Tx<'_>, rows: &[SaleRow]) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            InsertSales {
                merchants: rows.iter().map(|row| row.merchant).collect(),
                ids: rows.iter().map(|row| row.id).collect(),
                acquaintances: rows.iter().map(|row| row.acquaintance).collect(),
                items: rows.iter().map(|row| row.item).collect(),
                currencies: rows.iter().map(|row| row.currency.clone()).collect(),
                micros: rows.iter().map(|row| row.micros).collect(),
                paid: rows.iter().map(|row| row.paid_micros).collect(),
                refunded: rows.iter().map(|row| row.refunded_micros).collect(),
                modes: rows.iter().map(|row| row.mode.clone()).collect(),
                states: rows.iter().map(|row| row.state.clone()).collect(),
                receipts: rows.iter().map(|row| row.receipt).collect(),
            }
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(sale::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Changes sales: what became of them.
pub(crate) fn update_sales(tx: &mut Tx<'_>, rows: &[SaleRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::update(sale::table.find((row.merchant, row.id)))
            .set((
                sale::paid_micros.eq(row.paid_micros),
                sale::refunded_micros.eq(row.refunded_micros),
                sale::state.eq(&row.state),
                sale::receipt.eq(row.receipt),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Adds what went back. There is little.
pub(crate) fn insert_returns(tx: &mut Tx<'_>, rows: &[ReturnRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(sale_return::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Adds refusals.
pub(crate) fn insert_refusals(tx: &mut Tx<'_>, rows: &[RefusalRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(refusal::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Moves the figures of hours.
pub(crate) fn move_hours(tx: &mut Tx<'_>, deltas: Vec<HourDelta>) -> Result<(), StorageError> {
    for delta in deltas {
        let HourDelta { merchant, hour, currency, sales, gross_micros, refunded_micros, declined } = delta;
        let (gross, refunded) = (gross_micros, refunded_micros);
        match tx.conn() {
            Conn::Postgres(conn) => {
                MoveHour { merchant, hour, currency, sales, gross, refunded, declined }.execute(conn)?
            }
            Conn::Sqlite(conn) => {
                SqliteMoveHour { merchant, hour, currency, sales, gross, refunded, declined }.execute(conn)?
            }
        };
    }
    Ok(())
}

/// Counts refusals by hour and reason.
pub(crate) fn move_refusals(tx: &mut Tx<'_>, deltas: Vec<RefusalDelta>) -> Result<(), StorageError> {
    for delta in deltas {
        let RefusalDelta { merchant, hour, currency, code, orders } = delta;
        match tx.conn() {
            Conn::Postgres(conn) => MoveRefusals { merchant, hour, currency, code, orders }.execute(conn)?,
            Conn::Sqlite(conn) => {
                SqliteMoveRefusals { merchant, hour, currency, code, orders }.execute(conn)?
            }
        };
    }
    Ok(())
}

/// Lets PostgreSQL answer a commit before it is on disk: what is lost then is folded again.
pub(crate) fn relax(conn: &mut Conn) -> Result<(), StorageError> {
    match conn {
        Conn::Postgres(conn) => conn.batch_execute("SET synchronous_commit = off")?,
        // A step is written into the log and not waited for; payments that are committed after it bring it along.
        Conn::Sqlite(conn) => conn.batch_execute("PRAGMA synchronous = NORMAL")?,
    }
    Ok(())
}
