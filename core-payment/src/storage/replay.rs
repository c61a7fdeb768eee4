//! The journal from its beginning, page by page, for the audit. Reads only.

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Conn, StorageError};
use super::schema::{
    account, attempt, batch, certificate, evidence, message_key, offer, party, payment, transfer,
};
use crate::ledger::{EvidenceLink, NewPaymentLink, TransferLink};

/// A link of a chain.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct BatchRow {
    pub(crate) id: i64,
    pub(crate) node: i16,
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

/// Evidence, whole.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Evidence {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) sender: Option<i64>,
    pub(crate) message_id: Option<Vec<u8>>,
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

/// A payment, whole.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Payment {
    pub(crate) id: i64,
    pub(crate) order_id: Vec<u8>,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) consumer_account: i64,
    pub(crate) merchant_account: i64,
    pub(crate) offer_digest: Vec<u8>,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) funding: String,
    pub(crate) rule: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) refunded_micros: i64,
}

/// A transfer, whole.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Transfer {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) debit: i64,
    pub(crate) credit: i64,
    pub(crate) micros: i64,
    pub(crate) kind: String,
    pub(crate) created_at: i64,
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
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) next: Option<i64>,
}

/// Batches in one page: bounds memory, whatever the size of the ledger.
const BATCHES: i64 = 16;

/// Runs `body` on one unchanging state of the database, beside whatever is being written.
pub(crate) fn snapshot<T>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    conn.transaction(|conn| {
        if let Conn::Postgres(postgres) = conn {
            postgres.batch_execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0;
                 SET LOCAL idle_in_transaction_session_timeout = 0",
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

impl Evidence {
    pub(crate) fn link(&self) -> EvidenceLink<'_> {
        EvidenceLink {
            id: self.id,
            kind: &self.kind,
            sender: self.sender,
            message_id: self.message_id.as_deref(),
            digest: self.digest.as_deref(),
            request: &self.request,
            reply: &self.reply,
        }
    }
}

impl Payment {
    pub(crate) fn link(&self) -> NewPaymentLink<'_> {
        NewPaymentLink {
            id: self.id,
            order_id: &self.order_id,
            consumer: self.consumer,
            merchant: self.merchant,
            consumer_account: self.consumer_account,
            merchant_account: self.merchant_account,
            offer_digest: &self.offer_digest,
            micros: self.micros,
            currency: &self.currency,
            mode: &self.mode,
            funding: &self.funding,
            rule: &self.rule,
        }
    }
}

impl Transfer {
    pub(crate) fn link(&self) -> TransferLink<'_> {
        TransferLink {
            id: self.id,
            payment: self.payment,
            debit: self.debit,
            credit: self.credit,
            micros: self.micros,
            kind: &self.kind,
            created_at: self.created_at,
        }
    }
}
