//! The journal as the fold reads it: few columns, no allocation a row, statements that are prepared once. Reads only.

use std::collections::{BTreeMap, HashMap};

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;
use payment_domain::TransferKind;

use super::schema::{account, batch, message_key, node, party, payment};
use super::{Conn, StorageError};
use core_payment::{LEGS_WITHIN, batch_of, statement};

/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// A kind of transfer, read without a copy of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub(crate) struct Kind(pub(crate) TransferKind);

impl FromSql<Text, Pg> for Kind {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(TransferKind::parse(std::str::from_utf8(value.as_bytes())?)?))
    }
}

impl FromSql<Text, Sqlite> for Kind {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(TransferKind::parse(value.read_text())?))
    }
}

/// A transfer.
#[derive(Debug, Clone, Copy, Queryable)]
pub(crate) struct Transfer {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) debit: i64,
    pub(crate) credit: i64,
    pub(crate) micros: i64,
    pub(crate) kind: Kind,
}

/// A batch that stands after a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(crate) struct BatchRef {
    pub(crate) id: i64,
    pub(crate) node: i16,
    pub(crate) seq: i64,
}

/// What an account is; this never changes.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct AccountRow {
    pub(crate) id: i64,
    pub(crate) owner: Option<i64>,
    pub(crate) kind: String,
    pub(crate) currency: String,
}

statement! {
    /// Transfers by position.
    Transfers on Pg => (BigInt, BigInt, BigInt, BigInt, BigInt, Text) { from: i64 as BigInt, until: i64 as BigInt, most: i64 as BigInt }
    "SELECT id, payment, debit, credit, micros, kind FROM transfer WHERE id >= " from " AND id < " until
    " ORDER BY id LIMIT " most ""
}

statement! {
    /// The same on SQLite.
    SqliteTransfers on Sqlite => (BigInt, BigInt, BigInt, BigInt, BigInt, Text) { from: i64 as BigInt, until: i64 as BigInt, most: i64 as BigInt }
    "SELECT id, payment, debit, credit, micros, kind FROM transfer WHERE id >= " from " AND id < " until
    " ORDER BY id LIMIT " most ""
}

statement! {
    /// What accounts are.
    Accounts on Pg => (BigInt, Nullable<BigInt>, Text, Text) { ids: Vec<i64> as Array<BigInt> }
    "SELECT id, owner, kind, currency FROM account WHERE id = ANY(" ids ")"
}

statement! {
    /// The payments that an account made, as its transfers say.
    Leaves on Pg => (BigInt, BigInt) { within: i64 as BigInt, account: i64 as BigInt, from: i64 as BigInt, until: i64 as BigInt }
    "SELECT p.id, t.micros FROM payment p JOIN transfer t ON t.id > p.id AND t.id <= p.id + " within " \
     WHERE t.payment = p.id AND t.debit = p.consumer_account AND t.kind IN ('payment', 'exchange-sold') \
     AND p.consumer_account = " account " AND p.id >= " from " AND p.id < " until " ORDER BY p.id, t.id"
}

statement! {
    /// The same on SQLite, which would begin with the transfers: `CROSS JOIN` keeps it to the order that is written.
    SqliteLeaves on Sqlite => (BigInt, BigInt) { within: i64 as BigInt, account: i64 as BigInt, from: i64 as BigInt, until: i64 as BigInt }
    "SELECT p.id, t.micros FROM payment p CROSS JOIN transfer t ON t.id > p.id AND t.id <= p.id + " within " \
     WHERE t.payment = p.id AND t.debit = p.consumer_account AND t.kind IN ('payment', 'exchange-sold') \
     AND p.consumer_account = " account " AND p.id >= " from " AND p.id < " until " ORDER BY p.id, t.id"
}

/// Writers that ever wrote.
pub(crate) fn nodes(conn: &mut Conn) -> Result<Vec<i16>, StorageError> {
    Ok(node::table.order(node::id).select(node::id).load(conn)?)
}

/// The newest batch of all writers.
pub(crate) fn newest_batch(conn: &mut Conn) -> Result<Option<i64>, StorageError> {
    Ok(batch::table.order(batch::id.desc()).select(batch::id).first(conn).optional()?)
}

/// The newest payment.
pub(crate) fn newest_payment(conn: &mut Conn) -> Result<Option<i64>, StorageError> {
    Ok(payment::table.order(payment::id.desc()).select(payment::id).first(conn).optional()?)
}

/// Batches of one node after a link of its chain, in their order.
pub(crate) fn batches_after(
    conn: &mut Conn,
    node: i16,
    seq: i64,
    before: i64,
    most: i64,
) -> Result<Vec<BatchRef>, StorageError> {
    Ok(batch::table
        .filter(batch::node.eq(node).and(batch::seq.gt(seq)).and(batch::id.lt(before)))
        .order(batch::seq)
        .limit(most)
        .select((batch::id, batch::node, batch::seq))
        .load(conn)?)
}

/// Links of one node's chain between two, for the audit.
pub(crate) fn batch_at(conn: &mut Conn, id: i64) -> Result<Option<BatchRef>, StorageError> {
    Ok(batch::table.find(id).select((batch::id, batch::node, batch::seq)).first(conn).optional()?)
}

/// Transfers from a position on and before another, at most so many, in order.
pub(crate) fn transfers(
    conn: &mut Conn,
    from: i64,
    until: i64,
    most: i64,
) -> Result<Vec<Transfer>, StorageError> {
    Ok(match conn {
        Conn::Postgres(conn) => Transfers { from, until, most }.load(conn)?,
        Conn::Sqlite(conn) => SqliteTransfers { from, until, most }.load(conn)?,
    })
}

/// What accounts are.
pub(crate) fn accounts(conn: &mut Conn, ids: Vec<i64>) -> Result<Vec<AccountRow>, StorageError> {
    match conn {
        Conn::Postgres(conn) => Ok(Accounts { ids }.load(conn)?),
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(ids.len());
            // SQLite takes 32,766 parameters.
            for ids in ids.chunks(500) {
                let some = account::table.filter(account::id.eq_any(ids)).select((
                    account::id,
                    account::owner,
                    account::kind,
                    account::currency,
                ));
                rows.extend(some.load::<AccountRow>(conn)?);
            }
            Ok(rows)
        }
    }
}

/// The names of the parties that own accounts, by account.
pub(crate) fn owners(conn: &mut Conn, ids: &[i64]) -> Result<BTreeMap<i64, String>, StorageError> {
    let mut names = BTreeMap::new();
    for ids in ids.chunks(500) {
        let rows: Vec<(i64, String)> = on_both!(conn, conn => account::table
            .inner_join(party::table)
            .filter(account::id.eq_any(ids))
            .select((account::id, party::name))
            .load(conn)?);
        names.extend(rows);
    }
    Ok(names)
}

/// Where single payments were settled, which is the position in their receipts.
pub(crate) fn settled(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, i64>, StorageError> {
    let mut settled = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let rows: Vec<(i64, Option<i64>)> = on_both!(conn, conn => payment::table
            .filter(payment::id.eq_any(ids))
            .select((payment::id, payment::settled_at))
            .load(conn)?);
        settled.extend(rows.into_iter().filter_map(|(id, at)| Some((id, at?))));
    }
    Ok(settled)
}

/// The payments of a consumer's account between two positions, with what they took, in order.
pub(crate) fn leaves(
    conn: &mut Conn,
    account: i64,
    from: i64,
    until: i64,
) -> Result<Vec<(i64, i64)>, StorageError> {
    Ok(match conn {
        Conn::Postgres(conn) => Leaves { within: LEGS_WITHIN, account, from, until }.load(conn)?,
        Conn::Sqlite(conn) => SqliteLeaves { within: LEGS_WITHIN, account, from, until }.load(conn)?,
    })
}

/// A payment.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payment)]
pub(crate) struct PaymentRow {
    pub(crate) id: i64,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) consumer_account: i64,
    pub(crate) merchant_account: i64,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) funding: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) refunded_micros: i64,
}

/// A payment by its position.
pub(crate) fn payment_at(conn: &mut Conn, position: i64) -> Result<Option<PaymentRow>, StorageError> {
    Ok(payment::table.find(position).select(PaymentRow::as_select()).first(conn).optional()?)
}

/// The payment whose receipt names a position: its own, or where it was settled.
pub(crate) fn payment_with_receipt(
    conn: &mut Conn,
    position: i64,
) -> Result<Option<PaymentRow>, StorageError> {
    if let Some(aggregated) = payment_at(conn, position)? {
        return Ok(Some(aggregated).filter(|paid| paid.settled_at == Some(position)));
    }
    // What was settled elsewhere moved its money right after its receipt.
    let end = batch_of(position).saturating_add(BATCH_ROWS);
    let settled = transfers(conn, position, end, 1)?.first().map(|transfer| transfer.payment);
    match settled {
        Some(payment) => Ok(payment_at(conn, payment)?.filter(|paid| paid.settled_at == Some(position))),
        None => Ok(None),
    }
}

/// An account and its balance.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct BalanceRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
}

/// What accounts stand at, for the audit.
pub(crate) fn balances(conn: &mut Conn, ids: &[i64]) -> Result<Vec<BalanceRow>, StorageError> {
    Ok(on_both!(conn, conn => account::table
        .filter(account::id.eq_any(ids))
        .select((account::id, account::kind, account::currency, account::balance))
        .load(conn)?))
}

/// Where a message's evidence stands.
pub(crate) fn position_of(conn: &mut Conn, message_id: &[u8]) -> Result<Option<i64>, StorageError> {
    Ok(message_key::table.find(message_id).select(message_key::position).first(conn).optional()?)
}
