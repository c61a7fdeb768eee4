//! Letters in which consumers ask merchants for money back. The consumer or the merchant is in every `WHERE`, except where
//! the read model tells that money came back.

use diesel::prelude::*;

use super::schema::{acquaintance, offer, payment, refund_request};
use super::{Conn, StorageError, Tx};

/// So often one payment may be asked about.
pub(crate) const MOST: i64 = 5;

/// A request as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refund_request)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct RequestRow {
    pub(crate) id: i64,
    pub(crate) payment: i64,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) micros: i64,
    pub(crate) refunded_before: i64,
    pub(crate) reason: Vec<u8>,
    pub(crate) state: String,
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) asked_at: i64,
    pub(crate) ended_at: Option<i64>,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asking {
    pub(crate) id: i64,
    pub(crate) consumer: i64,
    pub(crate) payment: i64,
    pub(crate) micros: i64,
    /// Sealed.
    pub(crate) reason: Vec<u8>,
    pub(crate) asked_at: i64,
}

/// A request, with the payment that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct ToldRow {
    pub(crate) request: RequestRow,
    pub(crate) order: Vec<u8>,
    pub(crate) currency: String,
    /// What has come back by now.
    pub(crate) refunded: i64,
}

/// A request, as its merchant is told: with the pseudonym of who asks.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct AskedRow {
    pub(crate) request: RequestRow,
    pub(crate) order: Vec<u8>,
    pub(crate) currency: String,
    pub(crate) refunded: i64,
    pub(crate) pseudonym: Vec<u8>,
}

impl AskedRow {
    /// The pseudonym, and the rest.
    pub(crate) fn told(self) -> (Vec<u8>, ToldRow) {
        let Self { request, order, currency, refunded, pseudonym } = self;
        (pseudonym, ToldRow { request, order, currency, refunded })
    }
}

/// Keeps a request. `false` if the payment is none of this consumer's, or one for a coupon, which its bank gives back; if a
/// request is open; or if there were enough of them.
pub(crate) fn keep(tx: &mut Tx<'_>, asking: Asking) -> Result<bool, StorageError> {
    let Asking { id, consumer, payment, micros, reason, asked_at } = asking;
    settle(tx, payment, asked_at)?;
    if !may_ask(tx.conn(), consumer, payment)? {
        return Ok(false);
    }
    let (merchant, refunded_before): (i64, i64) = payment::table
        .filter(payment::id.eq(payment).and(payment::consumer.eq(consumer)))
        .select((payment::merchant, payment::refunded_micros))
        .first(tx.conn())?;
    let row = RequestRow {
        id,
        payment,
        consumer,
        merchant,
        micros,
        refunded_before,
        reason,
        state: "open".to_owned(),
        answer: None,
        asked_at,
        ended_at: None,
    };
    let kept = on_both!(tx.conn(), conn => diesel::insert_into(refund_request::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(kept == 1)
}

/// Whether this consumer's payment may still be asked about: it is not one for a coupon, and was not asked about too often.
pub(crate) fn may_ask(conn: &mut Conn, consumer: i64, payment: i64) -> Result<bool, StorageError> {
    let sale: Option<String> = payment::table
        .inner_join(offer::table.on(offer::digest.eq(payment::offer_digest)))
        .filter(payment::id.eq(payment).and(payment::consumer.eq(consumer)))
        .select(offer::sale)
        .first(conn)
        .optional()?;
    let asked = refund_request::payment.eq(payment).and(refund_request::consumer.eq(consumer));
    let asked: i64 = refund_request::table.filter(asked).count().get_result(conn)?;
    Ok(sale.is_some_and(|sale| sale != "coupon") && asked < MOST)
}

/// What a consumer asked for about a payment, the newest first.
pub(crate) fn of_payment(conn: &mut Conn, consumer: i64, payment: i64) -> Result<Vec<ToldRow>, StorageError> {
    Ok(refund_request::table
        .inner_join(payment::table.on(payment::id.eq(refund_request::payment)))
        .filter(refund_request::payment.eq(payment).and(refund_request::consumer.eq(consumer)))
        .order(refund_request::id.desc())
        .limit(MOST)
        .select((RequestRow::as_select(), payment::order_id, payment::currency, payment::refunded_micros))
        .load(conn)?)
}

/// Everything that a consumer asked for, the newest first, at most so many.
pub(crate) fn of_consumer(conn: &mut Conn, consumer: i64, most: i64) -> Result<Vec<ToldRow>, StorageError> {
    Ok(refund_request::table
        .inner_join(payment::table.on(payment::id.eq(refund_request::payment)))
        .filter(refund_request::consumer.eq(consumer))
        .order(refund_request::id.desc())
        .limit(most)
        .select((RequestRow::as_select(), payment::order_id, payment::currency, payment::refunded_micros))
        .load(conn)?)
}

/// Takes a consumer's open request about a payment back; `false` if there is none.
pub(crate) fn withdraw(
    tx: &mut Tx<'_>,
    consumer: i64,
    payment: i64,
    now_ms: i64,
) -> Result<bool, StorageError> {
    settle(tx, payment, now_ms)?;
    let open = refund_request::payment.eq(payment).and(refund_request::state.eq("open"));
    let taken = diesel::update(refund_request::table.filter(open.and(refund_request::consumer.eq(consumer))))
        .set((refund_request::state.eq("withdrawn"), refund_request::ended_at.eq(now_ms)))
        .execute(tx.conn())?;
    Ok(taken == 1)
}

/// Forgets everything that a consumer asked for.
pub(crate) fn forget(tx: &mut Tx<'_>, consumer: i64) -> Result<(), StorageError> {
    diesel::delete(refund_request::table.filter(refund_request::consumer.eq(consumer))).execute(tx.conn())?;
    Ok(())
}

/// What a merchant is asked for about a payment, the newest first.
pub(crate) fn of_sale(conn: &mut Conn, merchant: i64, payment: i64) -> Result<Vec<ToldRow>, StorageError> {
    Ok(refund_request::table
        .inner_join(payment::table.on(payment::id.eq(refund_request::payment)))
        .filter(refund_request::payment.eq(payment).and(refund_request::merchant.eq(merchant)))
        .order(refund_request::id.desc())
        .limit(MOST)
        .select((RequestRow::as_select(), payment::order_id, payment::currency, payment::refunded_micros))
        .load(conn)?)
}

/// What a merchant is asked for, before one request, the newest first.
pub(crate) fn of_merchant(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<AskedRow>, StorageError> {
    let known = acquaintance::consumer
        .eq(refund_request::consumer)
        .and(acquaintance::merchant.eq(refund_request::merchant));
    Ok(refund_request::table
        .inner_join(payment::table.on(payment::id.eq(refund_request::payment)))
        // Whoever the read model has not met yet comes a moment later.
        .inner_join(acquaintance::table.on(known))
        .filter(refund_request::merchant.eq(merchant).and(refund_request::id.lt(before)))
        .order(refund_request::id.desc())
        .limit(most)
        .select((
            RequestRow::as_select(),
            payment::order_id,
            payment::currency,
            payment::refunded_micros,
            acquaintance::pseudonym,
        ))
        .load(conn)?)
}

/// How many requests wait for a merchant's answer.
pub(crate) fn waiting(conn: &mut Conn, merchant: i64) -> Result<i64, StorageError> {
    let open = refund_request::merchant.eq(merchant).and(refund_request::state.eq("open"));
    Ok(refund_request::table.filter(open).count().get_result(conn)?)
}

/// Declines one of a merchant's open requests; `false` if it is not open any more.
pub(crate) fn decline(
    tx: &mut Tx<'_>,
    merchant: i64,
    (payment, id): (i64, i64),
    answer: &[u8],
    now_ms: i64,
) -> Result<bool, StorageError> {
    settle(tx, payment, now_ms)?;
    let open = refund_request::id.eq(id).and(refund_request::state.eq("open"));
    let declined =
        diesel::update(refund_request::table.filter(open.and(refund_request::merchant.eq(merchant))))
            .set((
                refund_request::state.eq("declined"),
                refund_request::answer.eq(answer),
                refund_request::ended_at.eq(now_ms),
            ))
            .execute(tx.conn())?;
    Ok(declined == 1)
}

/// Ends the open request about a payment of which so much has come back, if that is more than before it was asked.
pub(crate) fn grant(tx: &mut Tx<'_>, payment: i64, refunded: i64, now_ms: i64) -> Result<(), StorageError> {
    let open = refund_request::payment.eq(payment).and(refund_request::state.eq("open"));
    diesel::update(refund_request::table.filter(open.and(refund_request::refunded_before.lt(refunded))))
        .set((refund_request::state.eq("granted"), refund_request::ended_at.eq(now_ms)))
        .execute(tx.conn())?;
    Ok(())
}

/// What came back a moment ago counts, even if the read model has not come to it.
fn settle(tx: &mut Tx<'_>, payment: i64, now_ms: i64) -> Result<(), StorageError> {
    let refunded: Option<i64> = payment::table
        .filter(payment::id.eq(payment))
        .select(payment::refunded_micros)
        .first(tx.conn())
        .optional()?;
    refunded.map_or(Ok(()), |refunded| grant(tx, payment, refunded, now_ms))
}
