//! The journal from its beginning, page by page, for the audit. Reads only.

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Conn, StorageError};
use super::journal::{EvidenceRow, PaymentRow, TransferRow};
use super::schema::{
    account, attempt, batch, certificate, evidence, message_key, offer, party, payment, transfer,
};

/// A link of a chain.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct BatchRow {
    pub(crate) id: i64,
    pub(crate) node: i16,
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

/// An account and its balance.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
}

/// A registered certificate.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct RegisteredCertificate {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) role: String,
    pub(crate) der: Vec<u8>,
    pub(crate) not_after: i64,
    pub(crate) party_name: String,
}

/// Everything that stands between two positions.
pub(crate) struct Page {
    pub(crate) batches: Vec<BatchRow>,
    pub(crate) evidence: Vec<EvidenceRow>,
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) transfers: Vec<TransferRow>,
    pub(crate) next: Option<i64>,
}

/// Batches in one page: bounds memory, whatever the size of the ledger.
const BATCHES: i64 = 16;

/// Runs `body` on one unchanging state of the database, beside whatever is being written.
pub fn snapshot<T>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    conn.transaction(|conn| {
        if let Conn::Postgres(postgres) = conn {
            postgres.batch_execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0;
                 SET LOCAL idle_in_transaction_session_timeout = 0;
                 SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on",
            )?;
        }
        body(conn)
    })
}

/// The page that begins at a position; rows that belong to no batch of it are in it all the same.
pub(crate) fn page(conn: &mut Conn, from: i64) -> Result<Page, StorageError> {
    let mut batches: Vec<BatchRow> = batch::table
        .filter(batch::id.ge(from))
        .order(batch::id)
        .limit(BATCHES.saturating_add(1))
        .select((batch::id, batch::node, batch::seq, batch::hash))
        .load(conn)?;
    let full = i64::try_from(batches.len()).is_ok_and(|count| count > BATCHES);
    let next = if full { batches.pop().map(|batch| batch.id) } else { None };
    let until = next.unwrap_or(i64::MAX);
    Ok(Page {
        batches,
        evidence: evidence::table
            .filter(evidence::id.ge(from).and(evidence::id.lt(until)))
            .order(evidence::id)
            .load(conn)?,
        payments: payment::table
            .filter(payment::id.ge(from).and(payment::id.lt(until)))
            .order(payment::id)
            .load(conn)?,
        transfers: transfer::table
            .filter(transfer::id.ge(from).and(transfer::id.lt(until)))
            .order(transfer::id)
            .load(conn)?,
        next,
    })
}

/// Every account.
pub(crate) fn accounts(conn: &mut Conn) -> Result<Vec<Account>, StorageError> {
    Ok(account::table
        .order(account::id)
        .select((account::id, account::currency, account::balance, account::credit_limit))
        .load(conn)?)
}

/// Batches in all: what progress is measured against.
pub(crate) fn batch_count(conn: &mut Conn) -> Result<i64, StorageError> {
    Ok(batch::table.select(count_star()).first(conn)?)
}

/// Message ids in evidence that `message_key` does not lead back to, and keys that lead nowhere.
pub(crate) fn broken_keys(conn: &mut Conn) -> Result<(i64, i64), StorageError> {
    let keyed: i64 =
        evidence::table.filter(evidence::message_id.is_not_null()).select(count_star()).first(conn)?;
    let right: i64 = message_key::table
        .inner_join(evidence::table)
        .filter(evidence::message_id.eq(message_key::id.nullable()))
        .select(count_star())
        .first(conn)?;
    let keys: i64 = message_key::table.select(count_star()).first(conn)?;
    Ok((keyed.saturating_sub(right), keys.saturating_sub(right)))
}

/// How many offers and attempts are registered.
pub(crate) fn register_counts(conn: &mut Conn) -> Result<(i64, i64), StorageError> {
    let offers = offer::table.select(count_star()).first(conn)?;
    Ok((offers, attempt::table.select(count_star()).first(conn)?))
}

/// The next registered certificates, with the name of the party that each belongs to.
pub(crate) fn certificates(
    conn: &mut Conn,
    after: &[u8],
) -> Result<Vec<RegisteredCertificate>, StorageError> {
    Ok(certificate::table
        .inner_join(party::table)
        .filter(certificate::fingerprint.gt(after))
        .order(certificate::fingerprint)
        .limit(1000)
        .select((
            certificate::fingerprint,
            certificate::serial,
            certificate::role,
            certificate::der,
            certificate::not_after,
            party::name,
        ))
        .load(conn)?)
}

/// Orders with more than one payment: none, ever.
pub(crate) fn orders_paid_twice(conn: &mut Conn) -> Result<i64, StorageError> {
    let payments: i64 = payment::table.select(count_star()).first(conn)?;
    let orders: i64 = payment::table
        .select(diesel::dsl::sql::<diesel::sql_types::BigInt>("count(DISTINCT order_id)"))
        .first(conn)?;
    Ok(payments.saturating_sub(orders))
}
