//! Offers, payments, attempts and their evidence: everything about one order that is not the hot path.

use diesel::dsl::{count_star, exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::{Conn, StorageError, Tx};
use super::journal::{EvidenceRow, PaymentRow};
use super::schema::{attempt, evidence, message_key, offer, payment};

/// An offer as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = offer)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct OfferRow {
    pub(crate) digest: Vec<u8>,
    pub(crate) offer_id: Vec<u8>,
    pub(crate) merchant: i64,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) sale: String,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: i64,
    pub(crate) sold_to: Option<i64>,
    pub(crate) deposited_at: i64,
    pub(crate) capture: String,
}

/// An attempt at an external payment system.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempt)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) kind: String,
    pub(crate) purpose: String,
    pub(crate) party: Option<i64>,
    pub(crate) original: Option<i64>,
    pub(crate) system: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) state: String,
    pub(crate) reference: Option<String>,
    pub(crate) action_url: Option<String>,
    pub(crate) started_at: i64,
    pub(crate) finished_at: Option<i64>,
    pub(crate) settled_at: Option<i64>,
    pub(crate) returned_at: Option<i64>,
}

/// Keeps an offer.
pub(crate) fn insert_offer(tx: &mut Tx<'_>, row: &OfferRow) -> Result<(), StorageError> {
    diesel::insert_into(offer::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The offer with this digest.
pub(crate) fn offer_by_digest(conn: &mut Conn, digest: &[u8]) -> Result<Option<OfferRow>, StorageError> {
    Ok(offer::table.find(digest).select(OfferRow::as_select()).first(conn).optional()?)
}

/// Whether an offer with this id was ever deposited, whatever its terms.
pub(crate) fn offer_id_known(conn: &mut Conn, offer_id: &[u8]) -> Result<bool, StorageError> {
    let known: Option<i64> =
        offer::table.filter(offer::offer_id.eq(offer_id)).select(offer::merchant).first(conn).optional()?;
    Ok(known.is_some())
}

/// Sells a single-use offer. `false` if it is sold already. The row stays locked until the transaction ends.
pub(crate) fn sell_offer(tx: &mut Tx<'_>, digest: &[u8], position: i64) -> Result<bool, StorageError> {
    let unsold = offer::digest.eq(digest).and(offer::sold_to.is_null());
    let sold =
        diesel::update(offer::table.filter(unsold)).set(offer::sold_to.eq(position)).execute(tx.conn())?;
    Ok(sold == 1)
}

/// Puts a single-use offer back on sale after its payment was declined.
pub(crate) fn release_offer(tx: &mut Tx<'_>, digest: &[u8], position: i64) -> Result<(), StorageError> {
    let sold = offer::digest.eq(digest).and(offer::sold_to.eq(position));
    diesel::update(offer::table.filter(sold)).set(offer::sold_to.eq(None::<i64>)).execute(tx.conn())?;
    Ok(())
}

/// The evidence kept under a message id.
pub(crate) fn evidence_of(conn: &mut Conn, message_id: &[u8]) -> Result<Option<EvidenceRow>, StorageError> {
    Ok(message_key::table
        .inner_join(evidence::table)
        .filter(message_key::id.eq(message_id))
        .select(EvidenceRow::as_select())
        .first(conn)
        .optional()?)
}

/// The evidence at a position.
pub(crate) fn evidence_at(conn: &mut Conn, position: i64) -> Result<Option<EvidenceRow>, StorageError> {
    Ok(evidence::table.find(position).select(EvidenceRow::as_select()).first(conn).optional()?)
}

/// A payment by its position.
pub(crate) fn payment_at(conn: &mut Conn, position: i64) -> Result<Option<PaymentRow>, StorageError> {
    Ok(payment::table.find(position).select(PaymentRow::as_select()).first(conn).optional()?)
}

/// A payment, locked until the transaction ends.
pub(crate) fn lock_payment(tx: &mut Tx<'_>, position: i64) -> Result<Option<PaymentRow>, StorageError> {
    // A no-op update locks the row on both engines; MultiConnection has no FOR UPDATE.
    diesel::update(payment::table.find(position)).set(payment::id.eq(position)).execute(tx.conn())?;
    payment_at(tx.conn(), position)
}

/// Moves a pending payment to its end.
pub(crate) fn settle_payment(
    tx: &mut Tx<'_>,
    position: i64,
    state: &str,
    settled_at: i64,
) -> Result<bool, StorageError> {
    let pending = payment::id.eq(position).and(payment::state.eq("pending"));
    let moved = diesel::update(payment::table.filter(pending))
        .set((payment::state.eq(state), payment::settled_at.eq(settled_at)))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// Moves a payment from one state to another; its newest answer moves along if there is one. `false` if it is in none of
/// it.
pub(crate) fn move_payment(
    tx: &mut Tx<'_>,
    position: i64,
    from: &str,
    to: &str,
    settled_at: Option<i64>,
) -> Result<bool, StorageError> {
    let there = payment::table.filter(payment::id.eq(position).and(payment::state.eq(from)));
    let moved = match settled_at {
        Some(at) => diesel::update(there)
            .set((payment::state.eq(to), payment::settled_at.eq(at)))
            .execute(tx.conn())?,
        None => diesel::update(there).set(payment::state.eq(to)).execute(tx.conn())?,
    };
    Ok(moved == 1)
}

/// Ends a payment that was authorised first: so much of it was taken.
pub(crate) fn capture_payment(
    tx: &mut Tx<'_>,
    position: i64,
    micros: i64,
    settled_at: i64,
) -> Result<bool, StorageError> {
    let pending = payment::id.eq(position).and(payment::state.eq("pending"));
    let moved = diesel::update(payment::table.filter(pending))
        .set((
            payment::state.eq("accepted"),
            payment::captured_micros.eq(micros),
            payment::settled_at.eq(settled_at),
        ))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// The approved attempt that took a payment's money, or has set it aside.
pub(crate) fn paid_by(conn: &mut Conn, position: i64) -> Result<Option<AttemptRow>, StorageError> {
    Ok(attempt::table
        .filter(attempt::payment.eq(position).and(attempt::state.eq("approved")))
        .filter(attempt::kind.eq_any(["charge", "authorise", "capture"]))
        .order(attempt::id.desc())
        .select(AttemptRow::as_select())
        .first(conn)
        .optional()?)
}

/// Changes how much of a payment has been given back; the table refuses more than was paid.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn add_refund(tx: &mut Tx<'_>, position: i64, micros: i64) -> Result<(), StorageError> {
    diesel::update(payment::table.find(position))
        .set(payment::refunded_micros.eq(payment::refunded_micros + micros))
        .execute(tx.conn())?;
    Ok(())
}

/// Records that an external system is about to be asked.
pub(crate) fn insert_attempt(tx: &mut Tx<'_>, row: &AttemptRow) -> Result<(), StorageError> {
    diesel::insert_into(attempt::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// An attempt.
pub(crate) fn attempt_by_id(conn: &mut Conn, id: i64) -> Result<Option<AttemptRow>, StorageError> {
    Ok(attempt::table.find(id).select(AttemptRow::as_select()).first(conn).optional()?)
}

/// The same, locked until the transaction ends.
pub(crate) fn lock_attempt(tx: &mut Tx<'_>, id: i64) -> Result<Option<AttemptRow>, StorageError> {
    // A no-op update locks the row on both engines; MultiConnection has no FOR UPDATE.
    diesel::update(attempt::table.find(id)).set(attempt::id.eq(id)).execute(tx.conn())?;
    attempt_by_id(tx.conn(), id)
}

/// Notes where it stands that what an attempt moved came back.
pub(crate) fn attempt_returned(tx: &mut Tx<'_>, id: i64, at: i64) -> Result<(), StorageError> {
    diesel::update(attempt::table.find(id)).set(attempt::returned_at.eq(at)).execute(tx.conn())?;
    Ok(())
}

/// Whether money of a payment is on its way back.
pub(crate) fn is_refund_pending(conn: &mut Conn, payment: i64) -> Result<bool, StorageError> {
    let pending = attempt::payment.eq(payment).and(attempt::state.eq("pending"));
    let found = attempt::table.filter(pending.and(attempt::kind.eq("refund")));
    Ok(diesel::select(exists(found)).get_result(conn)?)
}

/// How many attempts came back.
pub(crate) fn returned_count(conn: &mut Conn) -> Result<i64, StorageError> {
    Ok(attempt::table.filter(attempt::returned_at.is_not_null()).select(count_star()).get_result(conn)?)
}

/// Attempts by their ids: what each was asked to do, and for what.
pub(crate) fn attempts_at(conn: &mut Conn, ids: Vec<i64>) -> Result<Vec<AttemptRow>, StorageError> {
    Ok(attempt::table.filter(attempt::id.eq_any(ids)).select(AttemptRow::as_select()).load(conn)?)
}

/// Attempts that systems know by this name, oldest first. What was set aside at one is captured under the same name.
pub(crate) fn attempts_called(conn: &mut Conn, reference: &str) -> Result<Vec<AttemptRow>, StorageError> {
    Ok(attempt::table
        .filter(attempt::reference.eq(reference))
        .order(attempt::id)
        .limit(100)
        .select(AttemptRow::as_select())
        .load(conn)?)
}

/// Where the consumer has to confirm the pending attempt of a payment.
pub(crate) fn action_url(conn: &mut Conn, payment: i64) -> Result<Option<String>, StorageError> {
    let pending = attempt::payment.eq(payment).and(attempt::state.eq("pending"));
    let url: Option<Option<String>> = attempt::table
        .filter(pending.and(attempt::action_url.is_not_null()))
        .order(attempt::id.desc())
        .select(attempt::action_url)
        .first(conn)
        .optional()?;
    Ok(url.flatten())
}

/// Notes where the consumer has to confirm a pending attempt.
pub(crate) fn note_action(tx: &mut Tx<'_>, id: i64, url: &str, reference: &str) -> Result<(), StorageError> {
    diesel::update(attempt::table.filter(attempt::id.eq(id).and(attempt::state.eq("pending"))))
        .set((attempt::action_url.eq(url), attempt::reference.eq(reference)))
        .execute(tx.conn())?;
    Ok(())
}

/// The attempt that ended at a position.
pub(crate) fn attempt_settled_at(conn: &mut Conn, position: i64) -> Result<Option<AttemptRow>, StorageError> {
    Ok(attempt::table
        .filter(attempt::settled_at.eq(position))
        .select(AttemptRow::as_select())
        .first(conn)
        .optional()?)
}

/// Moves a pending attempt to its end. `false` if it has ended before.
pub(crate) fn finish_attempt(
    tx: &mut Tx<'_>,
    id: i64,
    state: &str,
    reference: Option<&str>,
    now: i64,
    settled_at: i64,
) -> Result<bool, StorageError> {
    let pending = attempt::id.eq(id).and(attempt::state.eq("pending"));
    let moved = diesel::update(attempt::table.filter(pending))
        .set((
            attempt::state.eq(state),
            attempt::reference.eq(reference),
            attempt::finished_at.eq(now),
            attempt::settled_at.eq(settled_at),
        ))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// Sends an attempt elsewhere, if it is at this system and nothing is known of it. `false` if not.
pub(crate) fn reroute_attempt(tx: &mut Tx<'_>, id: i64, from: &str, to: &str) -> Result<bool, StorageError> {
    let untouched = attempt::id
        .eq(id)
        .and(attempt::state.eq("pending"))
        .and(attempt::system.eq(from))
        .and(attempt::original.is_null())
        .and(attempt::reference.is_null());
    let moved =
        diesel::update(attempt::table.filter(untouched)).set(attempt::system.eq(to)).execute(tx.conn())?;
    Ok(moved == 1)
}

/// Attempts without an outcome, at one system or all, oldest first, from one after the given id.
pub(crate) fn pending_attempts(
    conn: &mut Conn,
    system: Option<&str>,
    after: i64,
    started_before: i64,
    limit: i64,
) -> Result<Vec<AttemptRow>, StorageError> {
    // Written out, so that it is seen that the index of pending attempts fits.
    let pending = attempt::state
        .eq(sql::<Text>("'pending'"))
        .and(attempt::id.gt(after))
        .and(attempt::started_at.lt(started_before));
    let page = attempt::table.order(attempt::id).limit(limit).select(AttemptRow::as_select());
    Ok(match system {
        Some(system) => page.filter(pending.and(attempt::system.eq(system))).load(conn)?,
        None => page.filter(pending).load(conn)?,
    })
}
