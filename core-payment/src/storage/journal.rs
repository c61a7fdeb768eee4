//! The hot path: what a batch of payments reads and writes, one statement each on PostgreSQL (arrays), one prepared
//! statement a row on SQLite (no network in between). `transfer`, `evidence` and `batch` are only ever inserted.

use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use diesel::sqlite::Sqlite;
use payment_domain::Digest;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{account, evidence, evidence_certificate, message_key, payment, transfer};
use crate::statement;

/// A message id that was seen before, and what is known of that message.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct KnownMessage {
    pub(crate) id: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) sender: Option<i64>,
    pub(crate) digest: Option<Vec<u8>>,
}

/// An account as locked by this transaction.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct AccountRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
    pub(crate) since_strong_micros: i64,
    pub(crate) since_strong_count: i32,
    pub(crate) month: i32,
    pub(crate) month_micros: i64,
}

/// What was received and answered at one position. Bodies are as stored: see [`crate::evidence`].
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct EvidenceRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) sender: Option<i64>,
    pub(crate) message_id: Option<Vec<u8>>,
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

/// One payment. State, settlement and refunds move on; the rest stays as it was inserted.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PaymentRow {
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
    /// What was taken, if the payment was authorised first.
    pub(crate) captured_micros: Option<i64>,
}

impl PaymentRow {
    /// What was paid.
    pub(crate) fn paid_micros(&self) -> i64 {
        self.captured_micros.unwrap_or(self.micros)
    }
}

/// One transfer, both legs.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = transfer)]
pub(crate) struct TransferRow {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) debit: i64,
    pub(crate) credit: i64,
    pub(crate) micros: i64,
    pub(crate) kind: String,
    pub(crate) created_at: i64,
}

/// How a locked consumer account changes.
#[derive(Debug, Clone)]
pub(crate) struct AccountChange {
    pub(crate) id: i64,
    pub(crate) delta: i64,
    pub(crate) since_strong_micros: i64,
    pub(crate) since_strong_count: i32,
    pub(crate) month: i32,
    pub(crate) month_micros: i64,
}

statement! {
    /// The ids of this batch that were seen before: none, as a rule.
    FindKeys on Pg => (Binary, BigInt, Nullable<BigInt>, Nullable<Binary>) { ids: Vec<Vec<u8>> as Array<Binary> }
    "SELECT k.id, k.position, e.sender, e.digest FROM message_key k \
     JOIN evidence e ON e.id = k.position WHERE k.id = ANY(" ids ")"
}

statement! {
    /// Locks in the order of ids, so that two writers cannot wait for each other.
    LockAccounts on Pg => (BigInt, Text, BigInt, BigInt, BigInt, Integer, Integer, BigInt) { ids: Vec<i64> as Array<BigInt> }
    "SELECT id, kind, balance, credit_limit, since_strong_micros, since_strong_count, month, month_micros \
     FROM account WHERE id = ANY(" ids ") ORDER BY id FOR UPDATE"
}

statement! {
    /// All evidence of a batch.
    InsertEvidence on Pg {
        ids: Vec<i64> as Array<BigInt>,
        kinds: Vec<String> as Array<Text>,
        senders: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        message_ids: Vec<Option<Vec<u8>>> as Array<Nullable<Binary>>,
        digests: Vec<Option<Vec<u8>>> as Array<Nullable<Binary>>,
        requests: Vec<Vec<u8>> as Array<Binary>,
        replies: Vec<Vec<u8>> as Array<Binary>,
    }
    "INSERT INTO evidence (id, kind, sender, message_id, digest, request, reply) SELECT * FROM unnest("
    ids ", " kinds ", " senders ", " message_ids ", " digests ", " requests ", " replies ")"
}

statement! {
    /// Certificates that another writer may have kept at the same time.
    InsertCertificates on Pg { fingerprints: Vec<Vec<u8>> as Array<Binary>, ders: Vec<Vec<u8>> as Array<Binary> }
    "INSERT INTO evidence_certificate (fingerprint, der) SELECT * FROM unnest(" fingerprints ", " ders
    ") ON CONFLICT DO NOTHING"
}

statement! {
    /// All message ids of a batch.
    InsertKeys on Pg { ids: Vec<Vec<u8>> as Array<Binary>, positions: Vec<i64> as Array<BigInt> }
    "INSERT INTO message_key (id, position) SELECT * FROM unnest(" ids ", " positions ")"
}

statement! {
    /// All payments of a batch.
    InsertPayments on Pg {
        ids: Vec<i64> as Array<BigInt>,
        order_ids: Vec<Vec<u8>> as Array<Binary>,
        consumers: Vec<i64> as Array<BigInt>,
        merchants: Vec<i64> as Array<BigInt>,
        consumer_accounts: Vec<i64> as Array<BigInt>,
        merchant_accounts: Vec<i64> as Array<BigInt>,
        offer_digests: Vec<Vec<u8>> as Array<Binary>,
        micros: Vec<i64> as Array<BigInt>,
        currencies: Vec<String> as Array<Text>,
        modes: Vec<String> as Array<Text>,
        fundings: Vec<String> as Array<Text>,
        rules: Vec<String> as Array<Text>,
        states: Vec<String> as Array<Text>,
        settled_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>,
    }
    "INSERT INTO payment (id, order_id, consumer, merchant, consumer_account, merchant_account, offer_digest, micros, \
     currency, mode, funding, rule, state, settled_at) SELECT * FROM unnest("
    ids ", " order_ids ", " consumers ", " merchants ", " consumer_accounts ", " merchant_accounts ", "
    offer_digests ", " micros ", " currencies ", " modes ", " fundings ", " rules ", " states ", " settled_ats ")"
}

statement! {
    /// All transfers of a batch.
    InsertTransfers on Pg {
        ids: Vec<i64> as Array<BigInt>,
        payments: Vec<i64> as Array<BigInt>,
        debits: Vec<i64> as Array<BigInt>,
        credits: Vec<i64> as Array<BigInt>,
        micros: Vec<i64> as Array<BigInt>,
        kinds: Vec<String> as Array<Text>,
        created_ats: Vec<i64> as Array<BigInt>,
    }
    "INSERT INTO transfer (id, payment, debit, credit, micros, kind, created_at) SELECT * FROM unnest("
    ids ", " payments ", " debits ", " credits ", " micros ", " kinds ", " created_ats ")"
}

statement! {
    /// Consumer accounts, which this transaction has locked.
    ChangeAccounts on Pg {
        ids: Vec<i64> as Array<BigInt>,
        deltas: Vec<i64> as Array<BigInt>,
        since_micros: Vec<i64> as Array<BigInt>,
        since_counts: Vec<i32> as Array<Integer>,
        months: Vec<i32> as Array<Integer>,
        month_micros: Vec<i64> as Array<BigInt>,
    }
    "UPDATE account a SET balance = a.balance + d.delta, since_strong_micros = d.since_micros, \
     since_strong_count = d.since_count, month = d.month, month_micros = d.month_micros FROM unnest("
    ids ", " deltas ", " since_micros ", " since_counts ", " months ", " month_micros
    ") d (id, delta, since_micros, since_count, month, month_micros) WHERE a.id = d.id"
}

statement! {
    /// All other accounts, whose rows were not read: only moved.
    MoveBalances on Pg { ids: Vec<i64> as Array<BigInt>, deltas: Vec<i64> as Array<BigInt> }
    "UPDATE account a SET balance = a.balance + d.delta FROM unnest(" ids ", " deltas ") d (id, delta) WHERE a.id = d.id"
}

statement! {
    /// The same for one account on SQLite.
    ChangeAccount on Sqlite {
        delta: i64 as BigInt,
        since_micros: i64 as BigInt,
        since_count: i32 as Integer,
        month: i32 as Integer,
        month_micros: i64 as BigInt,
        id: i64 as BigInt,
    }
    "UPDATE account SET balance = balance + " delta ", since_strong_micros = " since_micros
    ", since_strong_count = " since_count ", month = " month ", month_micros = " month_micros " WHERE id = " id ""
}

statement! {
    /// The same for one balance on SQLite.
    MoveBalance on Sqlite { delta: i64 as BigInt, id: i64 as BigInt }
    "UPDATE account SET balance = balance + " delta " WHERE id = " id ""
}

/// Which of these message ids were seen before.
pub(crate) fn find_messages(conn: &mut Conn, ids: Vec<Vec<u8>>) -> Result<Vec<KnownMessage>, StorageError> {
    match conn {
        Conn::Postgres(conn) => Ok(FindKeys { ids }.load(conn)?),
        Conn::Sqlite(conn) => {
            let mut known = Vec::new();
            for id in ids {
                let row = message_key::table
                    .inner_join(evidence::table)
                    .filter(message_key::id.eq(id))
                    .select((message_key::id, message_key::position, evidence::sender, evidence::digest))
                    // Not `first`: SQLite prepares a statement with a bound LIMIT anew each time.
                    .get_result(conn)
                    .optional()?;
                known.extend(row);
            }
            Ok(known)
        }
    }
}

/// Locks accounts until the end of the transaction and reads them. `ids` must be ascending.
pub(crate) fn lock_accounts(tx: &mut Tx<'_>, ids: Vec<i64>) -> Result<Vec<AccountRow>, StorageError> {
    match tx.conn() {
        Conn::Postgres(conn) => Ok(LockAccounts { ids }.load(conn)?),
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                let row = account::table.find(id).select(AccountRow::as_select());
                rows.extend(row.get_result(conn).optional()?);
            }
            Ok(rows)
        }
    }
}

/// Keeps what was received and answered.
pub(crate) fn insert_evidence(tx: &mut Tx<'_>, rows: Vec<EvidenceRow>) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let keys: Vec<(Vec<u8>, i64)> =
        rows.iter().filter_map(|row| Some((row.message_id.clone()?, row.id))).collect();
    match tx.conn() {
        Conn::Postgres(conn) => {
            let mut all = InsertEvidence {
                ids: Vec::with_capacity(rows.len()),
                kinds: Vec::with_capacity(rows.len()),
                senders: Vec::with_capacity(rows.len()),
                message_ids: Vec::with_capacity(rows.len()),
                digests: Vec::with_capacity(rows.len()),
                requests: Vec::with_capacity(rows.len()),
                replies: Vec::with_capacity(rows.len()),
            };
            for row in rows {
                all.ids.push(row.id);
                all.kinds.push(row.kind);
                all.senders.push(row.sender);
                all.message_ids.push(row.message_id);
                all.digests.push(row.digest);
                all.requests.push(row.request);
                all.replies.push(row.reply);
            }
            all.execute(conn)?;
            let (ids, positions) = keys.into_iter().unzip();
            InsertKeys { ids, positions }.execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in &rows {
                diesel::insert_into(evidence::table).values(row).execute(conn)?;
            }
            for (id, position) in keys {
                diesel::insert_into(message_key::table)
                    .values((message_key::id.eq(id), message_key::position.eq(position)))
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Keeps certificates that evidence refers to.
pub(crate) fn insert_certificates(tx: &mut Tx<'_>, rows: Vec<(Digest, Vec<u8>)>) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            // Two writers insert in one order, or they could wait for each other.
            let sorted: BTreeMap<_, _> = rows.into_iter().collect();
            let (fingerprints, ders) =
                sorted.into_iter().map(|(fingerprint, der)| (fingerprint.as_bytes().to_vec(), der)).unzip();
            InsertCertificates { fingerprints, ders }.execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for (fingerprint, der) in rows {
                diesel::insert_or_ignore_into(evidence_certificate::table)
                    .values((
                        evidence_certificate::fingerprint.eq(&fingerprint.as_bytes()[..]),
                        evidence_certificate::der.eq(der),
                    ))
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

/// A certificate that evidence refers to.
pub(crate) fn certificate(conn: &mut Conn, fingerprint: &Digest) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(evidence_certificate::table
        .find(&fingerprint.as_bytes()[..])
        .select(evidence_certificate::der)
        .first(conn)
        .optional()?)
}

/// Adds payments.
pub(crate) fn insert_payments(tx: &mut Tx<'_>, rows: Vec<PaymentRow>) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            let mut all = InsertPayments {
                ids: Vec::with_capacity(rows.len()),
                order_ids: Vec::with_capacity(rows.len()),
                consumers: Vec::with_capacity(rows.len()),
                merchants: Vec::with_capacity(rows.len()),
                consumer_accounts: Vec::with_capacity(rows.len()),
                merchant_accounts: Vec::with_capacity(rows.len()),
                offer_digests: Vec::with_capacity(rows.len()),
                micros: Vec::with_capacity(rows.len()),
                currencies: Vec::with_capacity(rows.len()),
                modes: Vec::with_capacity(rows.len()),
                fundings: Vec::with_capacity(rows.len()),
                rules: Vec::with_capacity(rows.len()),
                states: Vec::with_capacity(rows.len()),
                settled_ats: Vec::with_capacity(rows.len()),
            };
            for row in rows {
                all.ids.push(row.id);
                all.order_ids.push(row.order_id);
                all.consumers.push(row.consumer);
                all.merchants.push(row.merchant);
                all.consumer_accounts.push(row.consumer_account);
                all.merchant_accounts.push(row.merchant_account);
                all.offer_digests.push(row.offer_digest);
                all.micros.push(row.micros);
                all.currencies.push(row.currency);
                all.modes.push(row.mode);
                all.fundings.push(row.funding);
                all.rules.push(row.rule);
                all.states.push(row.state);
                all.settled_ats.push(row.settled_at);
            }
            all.execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in &rows {
                diesel::insert_into(payment::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Adds transfers.
pub(crate) fn insert_transfers(tx: &mut Tx<'_>, rows: &[TransferRow]) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            InsertTransfers {
                ids: rows.iter().map(|row| row.id).collect(),
                payments: rows.iter().map(|row| row.payment).collect(),
                debits: rows.iter().map(|row| row.debit).collect(),
                credits: rows.iter().map(|row| row.credit).collect(),
                micros: rows.iter().map(|row| row.micros).collect(),
                kinds: rows.iter().map(|row| row.kind.clone()).collect(),
                created_ats: rows.iter().map(|row| row.created_at).collect(),
            }
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(transfer::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Money never moves to or from an account that is not there.
fn all_touched(touched: usize, accounts: usize) -> Result<(), StorageError> {
    if touched == accounts { Ok(()) } else { Err(StorageError::Corrupt("account")) }
}

/// Changes locked consumer accounts.
pub(crate) fn change_accounts(tx: &mut Tx<'_>, changes: &[AccountChange]) -> Result<(), StorageError> {
    if changes.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            ChangeAccounts {
                ids: changes.iter().map(|change| change.id).collect(),
                deltas: changes.iter().map(|change| change.delta).collect(),
                since_micros: changes.iter().map(|change| change.since_strong_micros).collect(),
                since_counts: changes.iter().map(|change| change.since_strong_count).collect(),
                months: changes.iter().map(|change| change.month).collect(),
                month_micros: changes.iter().map(|change| change.month_micros).collect(),
            }
            .execute(conn)
            .map(|touched| all_touched(touched, changes.len()))??;
        }
        Conn::Sqlite(conn) => {
            for change in changes {
                ChangeAccount {
                    delta: change.delta,
                    since_micros: change.since_strong_micros,
                    since_count: change.since_strong_count,
                    month: change.month,
                    month_micros: change.month_micros,
                    id: change.id,
                }
                .execute(conn)
                .map(|touched| all_touched(touched, 1))??;
            }
        }
    }
    Ok(())
}

/// Moves balances of accounts that need no decision: merchants and clearing accounts. `moves` must be ascending by id;
/// they are locked in that order, last in the transaction, so that a merchant everyone buys from is held only for the
/// commit.
pub(crate) fn move_balances(tx: &mut Tx<'_>, moves: &[(i64, i64)]) -> Result<(), StorageError> {
    if moves.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = moves.iter().map(|(id, _)| *id).collect();
    match tx.conn() {
        Conn::Postgres(conn) => {
            if ids.len() > 1 {
                LockAccounts { ids: ids.clone() }.execute(conn)?;
            }
            let touched = MoveBalances { ids, deltas: moves.iter().map(|(_, delta)| *delta).collect() }
                .execute(conn)?;
            all_touched(touched, moves.len())?;
        }
        Conn::Sqlite(conn) => {
            for &(id, delta) in moves {
                all_touched(MoveBalance { delta, id }.execute(conn)?, 1)?;
            }
        }
    }
    Ok(())
}
