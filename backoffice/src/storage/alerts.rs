//! Letters that consumers asked for: what the read model leaves here, and what the worker takes away. Payments are found by
//! their position, everything else by its consumer.

use diesel::prelude::*;

use super::schema::{account, alert, alert_mark, interest, party, payment};
use super::{Conn, StorageError, Tx};

/// Keys in one query, as many as SQLite takes without asking.
const KEYS: usize = 500;

/// A letter that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert)]
pub(crate) struct AlertRow {
    /// The payment.
    pub(crate) id: i64,
    pub(crate) consumer: i64,
    pub(crate) little: i64,
    pub(crate) tries: i64,
    pub(crate) due_at: i64,
}

/// What a payment was paid from.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct PaidFromRow {
    pub(crate) kind: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
    pub(crate) month: i32,
    pub(crate) month_micros: i64,
}

/// What a letter is decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AboutRow {
    /// What is switched on, sealed.
    pub(crate) interests: Vec<u8>,
    /// What the consumer is called.
    pub(crate) party: String,
    pub(crate) paid_from: Option<PaidFromRow>,
}

/// Which of these consumers asked for letters, and from when on.
pub(crate) fn listeners(conn: &mut Conn, consumers: &[i64]) -> Result<Vec<(i64, i64)>, StorageError> {
    let mut listeners = Vec::new();
    for consumers in consumers.chunks(KEYS) {
        let asked = interest::party.eq_any(consumers).and(interest::alerts_since.is_not_null());
        let some: Vec<(i64, i64)> = on_both!(conn, conn => interest::table
            .filter(asked)
            .select((interest::party, interest::alerts_since.assume_not_null()))
            .load(conn)?);
        listeners.extend(some);
    }
    Ok(listeners)
}

/// Through which batch of each node payments were looked at.
pub(crate) fn marks(conn: &mut Conn) -> Result<Vec<(i16, i64)>, StorageError> {
    Ok(alert_mark::table.order(alert_mark::node).select((alert_mark::node, alert_mark::batch)).load(conn)?)
}

/// Moves the mark of a node.
pub(crate) fn move_mark(tx: &mut Tx<'_>, node: i16, batch: i64) -> Result<(), StorageError> {
    let conn = tx.conn();
    let moved =
        diesel::update(alert_mark::table.find(node)).set(alert_mark::batch.eq(batch)).execute(conn)?;
    if moved == 0 {
        let mark = (alert_mark::node.eq(node), alert_mark::batch.eq(batch));
        diesel::insert_into(alert_mark::table).values(mark).execute(conn)?;
    }
    Ok(())
}

/// Adds letters. There are few. What is there already stays as it is: the read model must not stand still for a letter.
pub(crate) fn insert(tx: &mut Tx<'_>, rows: &[AlertRow]) -> Result<(), StorageError> {
    for row in rows {
        on_both!(tx.conn(), conn => diesel::insert_into(alert::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)?);
    }
    Ok(())
}

/// Takes letters that are due, the oldest first. Until `lease_until` they are nobody else's.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    now_ms: i64,
    lease_until: i64,
    most: i64,
) -> Result<Vec<AlertRow>, StorageError> {
    let due: Vec<AlertRow> = alert::table
        .filter(alert::due_at.le(now_ms))
        .order((alert::due_at, alert::id))
        .limit(most)
        .select(AlertRow::as_select())
        .load(tx.conn())?;
    let mut taken = Vec::with_capacity(due.len());
    for row in due {
        let tries = row.tries.saturating_add(1);
        // Another worker may have been first.
        let as_it_was = alert::id.eq(row.id).and(alert::due_at.eq(row.due_at));
        let mine = diesel::update(alert::table.filter(as_it_was))
            .set((alert::tries.eq(tries), alert::due_at.eq(lease_until)))
            .execute(tx.conn())?;
        if mine == 1 {
            taken.push(AlertRow { tries, due_at: lease_until, ..row });
        }
    }
    Ok(taken)
}

/// Tries a letter again later.
pub(crate) fn put_off(tx: &mut Tx<'_>, id: i64, due_at: i64) -> Result<(), StorageError> {
    diesel::update(alert::table.find(id)).set(alert::due_at.eq(due_at)).execute(tx.conn())?;
    Ok(())
}

/// Removes a letter: it was sent, or never will be.
pub(crate) fn remove(tx: &mut Tx<'_>, id: i64) -> Result<(), StorageError> {
    diesel::delete(alert::table.find(id)).execute(tx.conn())?;
    Ok(())
}

/// Makes a letter the one that says that little is left; `false` if another one has said so since.
pub(crate) fn claim_little(
    tx: &mut Tx<'_>,
    id: i64,
    consumer: i64,
    now_ms: i64,
    since: i64,
) -> Result<bool, StorageError> {
    let free = interest::little_at.is_null().or(interest::little_at.le(since));
    let claimed = diesel::update(interest::table.filter(interest::party.eq(consumer).and(free)))
        .set(interest::little_at.eq(now_ms))
        .execute(tx.conn())?;
    if claimed == 0 {
        return Ok(false);
    }
    diesel::update(alert::table.find(id)).set(alert::little.eq(1)).execute(tx.conn())?;
    Ok(true)
}

/// What a letter about this consumer's payment is decided by; `None` if nothing is switched on any more.
pub(crate) fn about(conn: &mut Conn, consumer: i64, id: i64) -> Result<Option<AboutRow>, StorageError> {
    let interests = interest::table.find(consumer).select(interest::sealed).first(conn).optional()?;
    let Some(interests) = interests else { return Ok(None) };
    let of_consumer = payment::id.eq(id).and(payment::consumer.eq(consumer));
    let from: Option<i64> =
        payment::table.filter(of_consumer).select(payment::consumer_account).first(conn).optional()?;
    let paid_from = match from {
        Some(from) => account::table
            .filter(account::id.eq(from).and(account::owner.eq(consumer)))
            .select(PaidFromRow::as_select())
            .first(conn)
            .optional()?,
        None => None,
    };
    let party = party::table.find(consumer).select(party::name).first(conn)?;
    Ok(Some(AboutRow { interests, party, paid_from }))
}
