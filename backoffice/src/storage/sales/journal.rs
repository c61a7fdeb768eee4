//! The journal as the worker reads it. Reads only.

use std::collections::{HashMap, HashSet};

use core_payment::statement;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use payment_domain::TransferKind;

use super::KEYS;
use crate::storage::schema::{
    attempt, batch, dispute, evidence, message_key, node, offer, party, payment, transfer,
};
use crate::storage::{Conn, StorageError};

/// A batch that stands after a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(crate) struct BatchRef {
    pub(crate) id: i64,
    pub(crate) node: i16,
    pub(crate) seq: i64,
}

/// A payment as it stands now.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payment)]
pub(crate) struct PaymentRow {
    pub(crate) id: i64,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) offer_digest: Vec<u8>,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) mode: String,
    pub(crate) state: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) refunded_micros: i64,
    pub(crate) captured_micros: Option<i64>,
}

/// Something in the journal that is about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(crate) struct About {
    pub(crate) position: i64,
    pub(crate) payment: i64,
}

/// Money of a payment on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct BackRow {
    pub(crate) transfer: i64,
    pub(crate) payment: i64,
    pub(crate) kind: String,
    pub(crate) micros: i64,
}

/// An offer that a payment names.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct OfferRow {
    pub(crate) digest: Vec<u8>,
    pub(crate) offer_id: Vec<u8>,
    pub(crate) sale: String,
}

/// From a position on, before another, at most so many: the one shape of every read of the worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) most: i64,
}

statement! {
    /// Payments by key.
    Payments on Pg => (BigInt, BigInt, BigInt, Binary, BigInt, Text, Text, Text, Nullable<BigInt>, BigInt, Nullable<BigInt>) {
        ids: Vec<i64> as Array<BigInt>
    }
    "SELECT id, consumer, merchant, offer_digest, micros, currency, mode, state, settled_at, refunded_micros, \
     captured_micros FROM payment WHERE id = ANY(" ids ")"
}

/// Writers that ever wrote.
pub(crate) fn nodes(conn: &mut Conn) -> Result<Vec<i16>, StorageError> {
    Ok(node::table.order(node::id).select(node::id).load(conn)?)
}

/// The newest batch of all writers.
pub(crate) fn newest_batch(conn: &mut Conn) -> Result<Option<i64>, StorageError> {
    Ok(batch::table.order(batch::id.desc()).select(batch::id).first(conn).optional()?)
}

/// Batches of one node after a link of its chain, in their order.
pub(crate) fn batches_after(
    conn: &mut Conn,
    node: i16,
    seq: i64,
    most: i64,
) -> Result<Vec<BatchRef>, StorageError> {
    Ok(batch::table
        .filter(batch::node.eq(node).and(batch::seq.gt(seq)))
        .order(batch::seq)
        .limit(most)
        .select((batch::id, batch::node, batch::seq))
        .load(conn)?)
}

/// Payments that were ordered.
pub(crate) fn payments(conn: &mut Conn, span: Span) -> Result<Vec<PaymentRow>, StorageError> {
    Ok(payment::table
        .filter(payment::id.ge(span.from).and(payment::id.lt(span.until)))
        .order(payment::id)
        .limit(span.most)
        .select(PaymentRow::as_select())
        .load(conn)?)
}

/// Payments by their positions.
pub(crate) fn payments_at(conn: &mut Conn, ids: Vec<i64>) -> Result<Vec<PaymentRow>, StorageError> {
    match conn {
        Conn::Postgres(conn) => Ok(Payments { ids }.load(conn)?),
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(ids.len());
            for ids in ids.chunks(KEYS) {
                rows.extend(
                    payment::table
                        .filter(payment::id.eq_any(ids))
                        .select(PaymentRow::as_select())
                        .load(conn)?,
                );
            }
            Ok(rows)
        }
    }
}

/// Transfers that give money back.
pub(crate) fn back(conn: &mut Conn, span: Span) -> Result<Vec<BackRow>, StorageError> {
    let kinds = TransferKind::ALL.iter().filter(|kind| gives_back(**kind)).map(|kind| format!("'{kind}'"));
    let listed = sql::<Bool>(&format!("kind IN ({})", kinds.collect::<Vec<_>>().join(", ")));
    Ok(transfer::table
        .filter(transfer::id.ge(span.from).and(transfer::id.lt(span.until)).and(listed))
        .order(transfer::id)
        .limit(span.most)
        .select((transfer::id, transfer::payment, transfer::kind, transfer::micros))
        .load(conn)?)
}

/// Whether a transfer moves what was paid to a merchant back, or from where it waits for that. Everything stands here by
/// name, so that nobody adds a kind without having thought of this.
const fn gives_back(kind: TransferKind) -> bool {
    use TransferKind as K;
    match kind {
        K::Refund
        | K::RefundHold
        | K::RefundPaid
        | K::RefundVoid
        | K::RefundReturned
        | K::PaymentReturned
        | K::Dispute
        | K::CouponRestored
        | K::CouponDisputed
        | K::ExchangeReturned
        | K::ExchangeDisputed => true,
        // The consumer's side of the same, what paid it, and what has to do with no merchant's sale.
        K::ExchangeRestored
        | K::ExchangeAwarded
        | K::PaymentLost
        | K::Payment
        | K::CouponSpent
        | K::ExchangeSold
        | K::ExchangeBought
        | K::TopUp
        | K::TopUpReturned
        | K::TopUpLost
        | K::RedemptionHold
        | K::RedemptionPaid
        | K::RedemptionVoid
        | K::RedemptionReturned
        | K::Expiry
        | K::Collection
        | K::CollectionReturned
        | K::SetOff
        | K::CreditUsed
        | K::Fee
        | K::PayoutHold
        | K::PayoutPaid
        | K::PayoutVoid
        | K::PayoutReturned
        | K::WriteOff
        | K::ReminderFee
        | K::CouponBought
        | K::CouponRefundHold
        | K::CouponRefundPaid
        | K::CouponRefundVoid
        | K::CouponExpired
        | K::BankFee => false,
    }
}

/// Captures and voids that were begun.
pub(crate) fn begun(conn: &mut Conn, span: Span) -> Result<Vec<About>, StorageError> {
    Ok(attempt::table
        .filter(attempt::id.ge(span.from).and(attempt::id.lt(span.until)))
        .filter(attempt::purpose.eq("capture"))
        .order(attempt::id)
        .limit(span.most)
        .select((attempt::id, attempt::payment))
        .load(conn)?)
}

/// Attempts for payments that have ended.
pub(crate) fn ended(conn: &mut Conn, span: Span) -> Result<Vec<About>, StorageError> {
    let purposes = sql::<Bool>("purpose IN ('order', 'capture', 'coupon')");
    Ok(attempt::table
        .filter(attempt::settled_at.ge(span.from).and(attempt::settled_at.lt(span.until)))
        .filter(attempt::settled_at.is_not_null().and(purposes))
        .order(attempt::settled_at)
        .limit(span.most)
        .select((attempt::settled_at.assume_not_null(), attempt::payment))
        .load(conn)?)
}

/// Disputes that were opened.
pub(crate) fn opened(conn: &mut Conn, span: Span) -> Result<Vec<About>, StorageError> {
    Ok(dispute::table
        .filter(dispute::id.ge(span.from).and(dispute::id.lt(span.until)))
        .order(dispute::id)
        .limit(span.most)
        .select((dispute::id, dispute::payment))
        .load(conn)?)
}

/// Disputes that were decided.
pub(crate) fn decided(conn: &mut Conn, span: Span) -> Result<Vec<About>, StorageError> {
    Ok(dispute::table
        .filter(dispute::position.ge(span.from).and(dispute::position.lt(span.until)))
        .filter(dispute::position.is_not_null())
        .order(dispute::position)
        .limit(span.most)
        .select((dispute::position.assume_not_null(), dispute::payment))
        .load(conn)?)
}

/// Orders that were refused.
pub(crate) fn refused(conn: &mut Conn, span: Span) -> Result<Vec<i64>, StorageError> {
    // Written out, so that it is seen that the index of refusals fits.
    Ok(evidence::table
        .filter(evidence::kind.eq(sql::<Text>("'order-refused'")))
        .filter(evidence::id.ge(span.from).and(evidence::id.lt(span.until)))
        .order((evidence::kind, evidence::id))
        .limit(span.most)
        .select(evidence::id)
        .load(conn)?)
}

/// Which of these payments are under dispute.
pub(crate) fn disputed(conn: &mut Conn, payments: &[i64]) -> Result<HashSet<i64>, StorageError> {
    let mut open = HashSet::new();
    for payments in payments.chunks(KEYS) {
        let some: Vec<i64> = on_both!(conn, conn => dispute::table
            .filter(dispute::payment.eq_any(payments).and(dispute::state.eq("open")))
            .select(dispute::payment)
            .load(conn)?);
        open.extend(some);
    }
    Ok(open)
}

/// Offers by their digests.
pub(crate) fn offers(conn: &mut Conn, digests: &[Vec<u8>]) -> Result<Vec<OfferRow>, StorageError> {
    let mut rows = Vec::with_capacity(digests.len());
    for digests in digests.chunks(KEYS) {
        let some: Vec<OfferRow> = on_both!(conn, conn => offer::table
            .filter(offer::digest.eq_any(digests))
            .select((offer::digest, offer::offer_id, offer::sale))
            .load(conn)?);
        rows.extend(some);
    }
    Ok(rows)
}

/// Where a message's evidence stands.
pub(crate) fn position_of(conn: &mut Conn, message_id: &[u8]) -> Result<Option<i64>, StorageError> {
    Ok(message_key::table.find(message_id).select(message_key::position).first(conn).optional()?)
}

/// The number of a party.
pub(crate) fn party_named(conn: &mut Conn, name: &str) -> Result<Option<i64>, StorageError> {
    Ok(party::table.filter(party::name.eq(name)).select(party::id).first(conn).optional()?)
}

/// The names of parties.
pub(crate) fn names(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, String>, StorageError> {
    let mut names = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(KEYS) {
        let some: Vec<(i64, String)> = on_both!(conn, conn => party::table
            .filter(party::id.eq_any(ids))
            .select((party::id, party::name))
            .load(conn)?);
        names.extend(some);
    }
    Ok(names)
}
