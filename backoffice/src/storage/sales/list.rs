//! What merchants look up. Every function takes the merchant first and has it in every `WHERE`; every result has a bound.
//!
//! A list is looked up in two steps: the positions, by index alone and newest first, then their rows by key. Of several
//! items or consumers each is a run in its own index, and the runs are merged: a filter never reads what it leaves out.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::KEYS;
use crate::storage::schema::{acquaintance, item, payment, refusal, sale};
use crate::storage::{Conn, StorageError};
use core_payment::statement;

/// Positions from one on and before another, the newest first, at most so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) before: i64,
    pub(crate) most: i64,
}

/// A sale as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct ListedRow {
    pub(crate) id: i64,
    pub(crate) order_id: Vec<u8>,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) pseudonym: Vec<u8>,
    pub(crate) currency: String,
    pub(crate) micros: i64,
    pub(crate) paid_micros: i64,
    pub(crate) refunded_micros: i64,
    pub(crate) mode: String,
    pub(crate) funding: String,
    pub(crate) state: String,
    pub(crate) receipt: Option<i64>,
}

/// A refused order as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct RefusedRow {
    pub(crate) id: i64,
    pub(crate) item_code: String,
    pub(crate) title: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) code: String,
}

/// What a row of the walk is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct WalkedRow {
    pub(crate) id: i64,
    pub(crate) item: i64,
    pub(crate) state: String,
}

/// What runs are merged of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Item,
    Acquaintance,
}

statement! {
    /// The runs of some items.
    RunsOfItems on Pg => (BigInt) {
        merchant: i64 as BigInt, keys: Vec<i64> as Array<BigInt>, states: Vec<String> as Array<Text>,
        from: i64 as BigInt, before: i64 as BigInt, most: i64 as BigInt,
    }
    "SELECT r.id FROM unnest(" keys "::bigint[]) k (key) CROSS JOIN unnest(" states "::text[]) t (state) CROSS JOIN LATERAL \
     (SELECT s.id FROM sale s WHERE s.merchant = " merchant " AND s.item = k.key AND s.state = t.state AND s.id >= " from
    " AND s.id < " before " ORDER BY s.merchant DESC, s.item DESC, s.state DESC, s.id DESC LIMIT " most
    ") r ORDER BY r.id DESC LIMIT " most ""
}

statement! {
    /// The runs of some consumers.
    RunsOfAcquaintances on Pg => (BigInt) {
        merchant: i64 as BigInt, keys: Vec<i64> as Array<BigInt>, states: Vec<String> as Array<Text>,
        from: i64 as BigInt, before: i64 as BigInt, most: i64 as BigInt,
    }
    "SELECT r.id FROM unnest(" keys "::bigint[]) k (key) CROSS JOIN unnest(" states "::text[]) t (state) CROSS JOIN LATERAL \
     (SELECT s.id FROM sale s WHERE s.merchant = " merchant " AND s.acquaintance = k.key AND s.state = t.state \
     AND s.id >= " from " AND s.id < " before
    " ORDER BY s.merchant DESC, s.acquaintance DESC, s.state DESC, s.id DESC LIMIT " most
    ") r ORDER BY r.id DESC LIMIT " most ""
}

/// The newest sales of a merchant, of one state or all.
pub(crate) fn newest(
    conn: &mut Conn,
    merchant: i64,
    state: Option<&str>,
    window: Window,
) -> Result<Vec<i64>, StorageError> {
    let within = sale::id.ge(window.from).and(sale::id.lt(window.before));
    let mine =
        sale::table.filter(sale::merchant.eq(merchant).and(within)).limit(window.most).select(sale::id);
    Ok(match state {
        None => mine.order((sale::merchant.desc(), sale::id.desc())).load(conn)?,
        Some(state) => mine
            // A range of one state, in the order of its index: a database that takes every state for frequent would otherwise
            // walk all sales of the merchant for one that is rare.
            .filter(sale::state.between(state, state))
            .order((sale::merchant.desc(), sale::state.desc(), sale::id.desc()))
            .load(conn)?,
    })
}

/// The newest sales of some items, or to some consumers, of these states.
pub(crate) fn newest_of(
    conn: &mut Conn,
    merchant: i64,
    (key, keys): (Key, Vec<i64>),
    states: &[&str],
    window: Window,
) -> Result<Vec<i64>, StorageError> {
    if keys.is_empty() || states.is_empty() {
        return Ok(Vec::new());
    }
    let Window { from, before, most } = window;
    match conn {
        Conn::Postgres(conn) => {
            let states = states.iter().map(|state| (*state).to_owned()).collect();
            let merged: Vec<(i64,)> = match key {
                Key::Item => RunsOfItems { merchant, keys, states, from, before, most }.load(conn)?,
                Key::Acquaintance => {
                    RunsOfAcquaintances { merchant, keys, states, from, before, most }.load(conn)?
                }
            };
            Ok(merged.into_iter().map(|(id,)| id).collect())
        }
        Conn::Sqlite(conn) => {
            let mut merged: Vec<i64> = Vec::new();
            for one in keys {
                for state in states {
                    merged.extend(run(conn, merchant, (key, one), state, window)?);
                }
            }
            merged.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
            merged.truncate(usize::try_from(most).unwrap_or_default());
            Ok(merged)
        }
    }
}

fn run(
    conn: &mut SqliteConnection,
    merchant: i64,
    (key, one): (Key, i64),
    state: &str,
    window: Window,
) -> Result<Vec<i64>, StorageError> {
    let within = sale::id.ge(window.from).and(sale::id.lt(window.before));
    let mine = sale::table
        .filter(sale::merchant.eq(merchant).and(sale::state.eq(state)).and(within))
        .order(sale::id.desc())
        .limit(window.most)
        .select(sale::id);
    Ok(match key {
        Key::Item => mine.filter(sale::item.eq(one)).load(conn)?,
        Key::Acquaintance => mine.filter(sale::acquaintance.eq(one)).load(conn)?,
    })
}

/// The newest sales with what to filter them by, where more items fit than runs are merged of.
pub(crate) fn walk(conn: &mut Conn, merchant: i64, window: Window) -> Result<Vec<WalkedRow>, StorageError> {
    Ok(sale::table
        .filter(sale::merchant.eq(merchant).and(sale::id.ge(window.from)).and(sale::id.lt(window.before)))
        .order((sale::merchant.desc(), sale::id.desc()))
        .limit(window.most)
        .select((sale::id, sale::item, sale::state))
        .load(conn)?)
}

/// Items with a code, or with a title that begins so, at most so many; both in lower case.
pub(crate) fn items_like(
    conn: &mut Conn,
    merchant: i64,
    (code, title): (&str, (&str, &str)),
    most: i64,
) -> Result<Vec<i64>, StorageError> {
    let mut items: Vec<i64> = item::table
        .filter(item::merchant.eq(merchant).and(item::code_key.eq(code)))
        .order((item::merchant, item::code_key))
        .limit(most)
        .select(item::id)
        .load(conn)?;
    let titled: Vec<i64> = item::table
        .filter(item::merchant.eq(merchant).and(item::title_key.ge(title.0)).and(item::title_key.lt(title.1)))
        .order((item::merchant, item::title_key))
        .limit(most)
        .select(item::id)
        .load(conn)?;
    items.extend(titled);
    items.sort_unstable();
    items.dedup();
    Ok(items)
}

/// Code and title of items, in lower case.
pub(crate) fn item_keys(
    conn: &mut Conn,
    merchant: i64,
    ids: &[i64],
) -> Result<Vec<(i64, String, String)>, StorageError> {
    let mut keys = Vec::with_capacity(ids.len());
    for ids in ids.chunks(KEYS) {
        let some: Vec<(i64, String, String)> = on_both!(conn, conn => item::table
            .filter(item::id.eq_any(ids).and(item::merchant.eq(merchant)))
            .select((item::id, item::code_key, item::title_key))
            .load(conn)?);
        keys.extend(some);
    }
    Ok(keys)
}

/// Consumers whose pseudonym lies between two, at most so many.
pub(crate) fn acquaintances_like(
    conn: &mut Conn,
    merchant: i64,
    (from, through): (&[u8], &[u8]),
    most: i64,
) -> Result<Vec<i64>, StorageError> {
    Ok(acquaintance::table
        .filter(acquaintance::merchant.eq(merchant))
        .filter(acquaintance::pseudonym.ge(from).and(acquaintance::pseudonym.le(through)))
        .order((acquaintance::merchant, acquaintance::pseudonym))
        .limit(most)
        .select(acquaintance::id)
        .load(conn)?)
}

/// The state of a merchant's sale, if it is theirs.
pub(crate) fn state_of(conn: &mut Conn, merchant: i64, id: i64) -> Result<Option<String>, StorageError> {
    Ok(sale::table.find((merchant, id)).select(sale::state).first(conn).optional()?)
}

/// The sale whose receipt stands elsewhere than its order.
pub(crate) fn with_receipt(
    conn: &mut Conn,
    merchant: i64,
    receipt: i64,
) -> Result<Option<i64>, StorageError> {
    Ok(sale::table
        .filter(sale::merchant.eq(merchant).and(sale::receipt.eq(receipt)))
        .filter(sale::receipt.assume_not_null().ne(sale::id))
        .select(sale::id)
        .first(conn)
        .optional()?)
}

/// Sales of a merchant by their positions, the newest first.
pub(crate) fn rows(conn: &mut Conn, merchant: i64, ids: &[i64]) -> Result<Vec<ListedRow>, StorageError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<ListedRow> = on_both!(conn, conn => sale::table
        .inner_join(item::table.on(item::id.eq(sale::item)))
        .inner_join(acquaintance::table.on(acquaintance::id.eq(sale::acquaintance)))
        .inner_join(payment::table.on(payment::id.eq(sale::id)))
        .filter(sale::merchant.eq(merchant).and(sale::id.eq_any(ids)))
        .select((
            sale::id,
            payment::order_id,
            item::code,
            item::title,
            acquaintance::pseudonym,
            sale::currency,
            sale::micros,
            sale::paid_micros,
            sale::refunded_micros,
            sale::mode,
            payment::funding,
            sale::state,
            sale::receipt,
        ))
        .load(conn)?);
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// The newest orders of a merchant that were refused, for one reason or any.
pub(crate) fn refused(
    conn: &mut Conn,
    merchant: i64,
    code: Option<&str>,
    window: Window,
) -> Result<Vec<RefusedRow>, StorageError> {
    let within = refusal::id.ge(window.from).and(refusal::id.lt(window.before));
    let mine = refusal::table
        .inner_join(item::table.on(item::id.eq(refusal::item)))
        .filter(refusal::merchant.eq(merchant).and(within))
        .limit(window.most)
        .select((refusal::id, item::code, item::title, refusal::micros, refusal::currency, refusal::code));
    Ok(match code {
        None => mine.order((refusal::merchant.desc(), refusal::id.desc())).load(conn)?,
        Some(code) => mine
            .filter(refusal::code.eq(code))
            .order((refusal::merchant.desc(), refusal::code.desc(), refusal::id.desc()))
            .load(conn)?,
    })
}
