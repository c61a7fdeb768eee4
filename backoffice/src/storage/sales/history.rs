//! What consumers look up: their own payments, straight from `payment`, so that what was just paid is there.

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::list::Window;
use crate::storage::schema::{account, item, party, payment, sale};
use crate::storage::{Conn, StorageError};
use core_payment::statement;

/// A payment as its consumer sees it. The item is not there before the worker has passed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct PurchaseRow {
    pub(crate) id: i64,
    pub(crate) order_id: Vec<u8>,
    pub(crate) merchant: String,
    pub(crate) offer_digest: Vec<u8>,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) funding: String,
    pub(crate) rule: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) refunded_micros: i64,
    pub(crate) captured_micros: Option<i64>,
    pub(crate) code: Option<String>,
    pub(crate) title: Option<String>,
}

statement! {
    /// The newest payments from some accounts.
    Newest on Pg => (BigInt) {
        accounts: Vec<i64> as Array<BigInt>, consumer: i64 as BigInt, from: i64 as BigInt, before: i64 as BigInt, most: i64 as BigInt,
    }
    "SELECT r.id FROM unnest(" accounts "::bigint[]) a (account) CROSS JOIN LATERAL \
     (SELECT p.id FROM payment p WHERE p.consumer_account = a.account AND p.consumer = " consumer " AND p.id >= " from
    " AND p.id < " before " ORDER BY p.consumer_account DESC, p.id DESC LIMIT " most
    ") r ORDER BY r.id DESC LIMIT " most ""
}

/// The accounts that a consumer pays from.
fn accounts_of(conn: &mut Conn, consumer: i64) -> Result<Vec<i64>, StorageError> {
    Ok(account::table.filter(account::owner.eq(consumer)).select(account::id).load(conn)?)
}

/// A consumer's newest payments.
pub(crate) fn newest(conn: &mut Conn, consumer: i64, window: Window) -> Result<Vec<i64>, StorageError> {
    let accounts = accounts_of(conn, consumer)?;
    let Window { from, before, most } = window;
    match conn {
        Conn::Postgres(conn) => {
            let merged = conn.transaction(|conn| {
                // A plan that knows no figures expects few rows between two positions, and would read and sort all of them.
                conn.batch_execute("SET LOCAL enable_bitmapscan = off")?;
                Newest { accounts, consumer, from, before, most }.load::<(i64,)>(conn)
            })?;
            Ok(merged.into_iter().map(|(id,)| id).collect())
        }
        Conn::Sqlite(conn) => {
            let mut merged: Vec<i64> = Vec::new();
            for account in accounts {
                let some: Vec<i64> = payment::table
                    .filter(payment::consumer_account.eq(account).and(payment::consumer.eq(consumer)))
                    .filter(payment::id.ge(from).and(payment::id.lt(before)))
                    .order(payment::id.desc())
                    .limit(most)
                    .select(payment::id)
                    .load(conn)?;
                merged.extend(some);
            }
            merged.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
            merged.truncate(usize::try_from(most).unwrap_or_default());
            Ok(merged)
        }
    }
}

/// Payments of a consumer by their positions, the newest first.
pub(crate) fn rows(conn: &mut Conn, consumer: i64, ids: &[i64]) -> Result<Vec<PurchaseRow>, StorageError> {
    let mut rows: Vec<PurchaseRow> = Vec::with_capacity(ids.len());
    for ids in ids.chunks(super::KEYS) {
        let of_sale = sale::merchant.eq(payment::merchant).and(sale::id.eq(payment::id));
        let some: Vec<PurchaseRow> = on_both!(conn, conn => payment::table
            .inner_join(party::table.on(party::id.eq(payment::merchant)))
            .left_join(sale::table.on(of_sale))
            .left_join(item::table.on(item::id.nullable().eq(sale::item.nullable())))
            .filter(payment::id.eq_any(ids).and(payment::consumer.eq(consumer)))
            .select((
                payment::id,
                payment::order_id,
                party::name,
                payment::offer_digest,
                payment::micros,
                payment::currency,
                payment::mode,
                payment::funding,
                payment::rule,
                payment::state,
                payment::settled_at,
                payment::refunded_micros,
                payment::captured_micros,
                item::code.nullable(),
                item::title.nullable(),
            ))
            .load(conn)?);
        rows.extend(some);
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// Where the newest answer to a consumer's order stands.
pub(crate) fn newest_answer(conn: &mut Conn, consumer: i64, id: i64) -> Result<Option<i64>, StorageError> {
    let settled: Option<Option<i64>> = payment::table
        .filter(payment::id.eq(id).and(payment::consumer.eq(consumer)))
        .select(payment::settled_at)
        .first(conn)
        .optional()?;
    Ok(settled.flatten())
}
