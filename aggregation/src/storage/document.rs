//! Bills, payouts, fee schedules and disputes as rows. Written inside the core's batches.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::journal::PaymentRow;
use super::schema::{account, attempt, bill, dispute, fee_schedule, payment, payout};
use super::{Conn, StorageError, Tx};

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bill)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct BillRow {
    pub(crate) position: i64,
    pub(crate) account: i64,
    pub(crate) consumer: i64,
    pub(crate) currency: String,
    pub(crate) due: i64,
    pub(crate) carried: i64,
    pub(crate) collected: i64,
    pub(crate) written_off: i64,
    pub(crate) state: String,
    pub(crate) failures: i32,
    pub(crate) reminders: i32,
    pub(crate) next_at: Option<i64>,
    pub(crate) raised: i64,
    pub(crate) attempt: Option<i64>,
    pub(crate) issued_at: i64,
    pub(crate) due_at: i64,
}

impl BillRow {
    /// What nobody has paid or given up, in micro-units.
    pub(crate) const fn open_micros(&self) -> i64 {
        self.due.saturating_sub(self.collected).saturating_sub(self.written_off)
    }
}

/// What moves on in a bill.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = bill)]
#[diesel(treat_none_as_null = true)]
pub(crate) struct BillChange {
    pub(crate) collected: i64,
    pub(crate) written_off: i64,
    pub(crate) state: String,
    pub(crate) failures: i32,
    pub(crate) reminders: i32,
    pub(crate) next_at: Option<i64>,
    pub(crate) raised: i64,
    pub(crate) attempt: Option<i64>,
}

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = payout)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PayoutRow {
    pub(crate) position: i64,
    pub(crate) account: i64,
    pub(crate) merchant: i64,
    pub(crate) currency: String,
    pub(crate) share_ppm: i64,
    pub(crate) fixed_micros: i64,
    pub(crate) minimum_micros: i64,
    pub(crate) fee: i64,
    pub(crate) amount: i64,
    pub(crate) carried: i64,
    pub(crate) withheld: i64,
    pub(crate) state: String,
    pub(crate) attempt: Option<i64>,
    pub(crate) issued_at: i64,
}

/// What a merchant pays from a midnight on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = fee_schedule)]
pub(crate) struct ScheduleRow {
    pub(crate) merchant: i64,
    pub(crate) currency: String,
    pub(crate) valid_from: i64,
    pub(crate) share_ppm: i64,
    pub(crate) fixed_micros: i64,
    pub(crate) minimum_micros: i64,
    pub(crate) cadence: String,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = dispute)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct DisputeRow {
    pub(crate) id: i64,
    pub(crate) dispute_id: Vec<u8>,
    pub(crate) payment: i64,
    pub(crate) consumer: i64,
    pub(crate) merchant: i64,
    pub(crate) consumer_account: i64,
    pub(crate) merchant_account: i64,
    pub(crate) micros: i64,
    pub(crate) state: String,
    pub(crate) opened_at: i64,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) position: Option<i64>,
}

/// Adds bills.
pub(crate) fn insert_bills(tx: &mut Tx<'_>, rows: &[BillRow]) -> Result<(), StorageError> {
    if !rows.is_empty() {
        on_both!(tx.conn(), conn => diesel::insert_into(bill::table).values(rows).execute(conn)?);
    }
    Ok(())
}

/// A bill.
pub(crate) fn bill_at(conn: &mut Conn, position: i64) -> Result<Option<BillRow>, StorageError> {
    Ok(bill::table.find(position).select(BillRow::as_select()).first(conn).optional()?)
}

/// A bill, locked until the transaction ends.
pub(crate) fn lock_bill(tx: &mut Tx<'_>, position: i64) -> Result<Option<BillRow>, StorageError> {
    // A no-op update locks the row on both engines.
    diesel::update(bill::table.find(position)).set(bill::position.eq(position)).execute(tx.conn())?;
    bill_at(tx.conn(), position)
}

/// Moves a locked bill on.
pub(crate) fn change_bill(tx: &mut Tx<'_>, position: i64, change: &BillChange) -> Result<(), StorageError> {
    let moved = diesel::update(bill::table.find(position)).set(change).execute(tx.conn())?;
    if moved == 1 { Ok(()) } else { Err(StorageError::Corrupt("bill")) }
}

/// Bills that time has something for, oldest first.
pub(crate) fn bills_due(conn: &mut Conn, now: i64, most: i64) -> Result<Vec<i64>, StorageError> {
    Ok(bill::table
        .filter(bill::next_at.is_not_null().and(bill::next_at.le(now)))
        .order((bill::next_at, bill::position))
        .limit(most)
        .select(bill::position)
        .load(conn)?)
}

/// Bills that ended while their account's limit is still raised for them.
pub(crate) fn bills_raised(conn: &mut Conn, most: i64) -> Result<Vec<i64>, StorageError> {
    let ended = bill::state.eq("paid").or(bill::state.eq("written-off"));
    Ok(bill::table
        .filter(bill::raised.gt(sql::<BigInt>("0")).and(ended))
        .order(bill::position)
        .limit(most)
        .select(bill::position)
        .load(conn)?)
}

/// Bills that keep their consumer suspended although there is credit on the account.
pub(crate) fn bills_with_credit(conn: &mut Conn, most: i64) -> Result<Vec<i64>, StorageError> {
    let credit = sql::<Bool>(
        "(SELECT a.balance FROM account a WHERE a.id = bill.account) \
         + (SELECT SUM(o.due - o.collected - o.written_off) FROM bill o \
            WHERE o.consumer = bill.consumer AND o.account = bill.account) > 0",
    );
    Ok(bill::table
        .filter(bill::state.eq(sql::<Text>("'suspended'")).and(credit))
        .order(bill::position)
        .limit(most)
        .select(bill::position)
        .load(conn)?)
}

/// What is open of all bills of a consumer's account, in micro-units.
pub(crate) fn open_of(conn: &mut Conn, consumer: i64, account: i64) -> Result<i64, StorageError> {
    Ok(bill::table
        .filter(bill::consumer.eq(consumer).and(bill::account.eq(account)))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(due - collected - written_off), 0) AS BIGINT)"))
        .first(conn)?)
}

/// Bills of which something is open after a position, of one consumer or all.
pub(crate) fn open_bills_after(
    conn: &mut Conn,
    consumer: Option<i64>,
    position: i64,
    most: i64,
) -> Result<Vec<BillRow>, StorageError> {
    let open = sql::<Bool>("due > collected + written_off");
    let page = bill::table.filter(bill::position.gt(position).and(open)).order(bill::position).limit(most);
    Ok(match consumer {
        Some(consumer) => page.filter(bill::consumer.eq(consumer)).select(BillRow::as_select()).load(conn)?,
        None => page.select(BillRow::as_select()).load(conn)?,
    })
}

/// Bills after a position, of one consumer or all.
pub(crate) fn bills_after(
    conn: &mut Conn,
    consumer: Option<i64>,
    position: i64,
    most: i64,
) -> Result<Vec<BillRow>, StorageError> {
    let page = bill::table.filter(bill::position.gt(position)).order(bill::position).limit(most);
    Ok(match consumer {
        Some(consumer) => page.filter(bill::consumer.eq(consumer)).select(BillRow::as_select()).load(conn)?,
        None => page.select(BillRow::as_select()).load(conn)?,
    })
}

/// How many bills of a consumer keep them suspended.
pub(crate) fn suspending_bills(conn: &mut Conn, consumer: i64) -> Result<i64, StorageError> {
    Ok(bill::table
        .filter(
            bill::consumer.eq(consumer).and(bill::state.eq("suspended").or(bill::state.eq("written-off"))),
        )
        .select(diesel::dsl::count_star())
        .first(conn)?)
}

/// Adds a payout.
pub(crate) fn insert_payout(tx: &mut Tx<'_>, row: &PayoutRow) -> Result<(), StorageError> {
    diesel::insert_into(payout::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A payout.
pub(crate) fn payout_at(conn: &mut Conn, position: i64) -> Result<Option<PayoutRow>, StorageError> {
    Ok(payout::table.find(position).select(PayoutRow::as_select()).first(conn).optional()?)
}

/// Moves a payout on. `false` if it is not where it was.
pub(crate) fn move_payout(
    tx: &mut Tx<'_>,
    position: i64,
    from: &str,
    to: &str,
) -> Result<bool, StorageError> {
    let this = payout::position.eq(position).and(payout::state.eq(from));
    Ok(diesel::update(payout::table.filter(this)).set(payout::state.eq(to)).execute(tx.conn())? == 1)
}

/// Payouts after a position, of one merchant or all.
pub(crate) fn payouts_after(
    conn: &mut Conn,
    merchant: Option<i64>,
    position: i64,
    most: i64,
) -> Result<Vec<PayoutRow>, StorageError> {
    let page = payout::table.filter(payout::position.gt(position)).order(payout::position).limit(most);
    Ok(match merchant {
        Some(merchant) => {
            page.filter(payout::merchant.eq(merchant)).select(PayoutRow::as_select()).load(conn)?
        }
        None => page.select(PayoutRow::as_select()).load(conn)?,
    })
}

/// What was agreed with a merchant at a time.
pub(crate) fn schedule(
    conn: &mut Conn,
    merchant: i64,
    currency: &str,
    at: i64,
) -> Result<Option<ScheduleRow>, StorageError> {
    Ok(fee_schedule::table
        .filter(fee_schedule::merchant.eq(merchant).and(fee_schedule::currency.eq(currency)))
        .filter(fee_schedule::valid_from.le(at))
        .order(fee_schedule::valid_from.desc())
        .select(ScheduleRow::as_select())
        .first(conn)
        .optional()?)
}

/// Merchants for whom other terms begin at a midnight.
pub(crate) fn schedules_from(conn: &mut Conn, midnight: i64) -> Result<Vec<ScheduleRow>, StorageError> {
    Ok(fee_schedule::table
        .filter(fee_schedule::valid_from.eq(midnight))
        .select(ScheduleRow::as_select())
        .load(conn)?)
}

/// Agrees on terms. `false` if others begin at the same time.
pub(crate) fn insert_schedule(tx: &mut Tx<'_>, row: &ScheduleRow) -> Result<bool, StorageError> {
    let key = fee_schedule::merchant.eq(row.merchant).and(fee_schedule::currency.eq(&row.currency));
    let taken: Option<i64> = fee_schedule::table
        .filter(key.and(fee_schedule::valid_from.eq(row.valid_from)))
        .select(fee_schedule::valid_from)
        .first(tx.conn())
        .optional()?;
    if taken.is_some() {
        return Ok(false);
    }
    diesel::insert_into(fee_schedule::table).values(row).execute(tx.conn())?;
    Ok(true)
}

/// Adds a dispute.
pub(crate) fn insert_dispute(tx: &mut Tx<'_>, row: &DisputeRow) -> Result<(), StorageError> {
    diesel::insert_into(dispute::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A dispute by the id that its sender gave it.
pub(crate) fn dispute_of(conn: &mut Conn, dispute_id: &[u8]) -> Result<Option<DisputeRow>, StorageError> {
    Ok(dispute::table
        .filter(dispute::dispute_id.eq(dispute_id))
        .select(DisputeRow::as_select())
        .first(conn)
        .optional()?)
}

/// Open disputes, oldest first.
pub(crate) fn open_disputes(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<DisputeRow>, StorageError> {
    Ok(dispute::table
        .filter(dispute::state.eq(sql::<Text>("'open'")).and(dispute::id.gt(after)))
        .order(dispute::id)
        .limit(most)
        .select(DisputeRow::as_select())
        .load(conn)?)
}

/// What open disputes ask of a merchant's account, in micro-units.
pub(crate) fn disputed(conn: &mut Conn, merchant_account: i64) -> Result<i64, StorageError> {
    let open = dispute::merchant_account.eq(merchant_account).and(dispute::state.eq(sql::<Text>("'open'")));
    Ok(dispute::table
        .filter(open)
        .select(sql::<BigInt>("CAST(COALESCE(SUM(micros), 0) AS BIGINT)"))
        .first(conn)?)
}

/// What open disputes ask back of a payment, in micro-units.
pub(crate) fn disputed_of_payment(conn: &mut Conn, payment: i64) -> Result<i64, StorageError> {
    let open = dispute::payment.eq(payment).and(dispute::state.eq("open"));
    Ok(dispute::table
        .filter(open)
        .select(sql::<BigInt>("CAST(COALESCE(SUM(micros), 0) AS BIGINT)"))
        .first(conn)?)
}

/// Ends an open dispute. `false` if it has ended.
pub(crate) fn end_dispute(
    tx: &mut Tx<'_>,
    id: i64,
    state: &str,
    resolved_at: i64,
    position: i64,
) -> Result<bool, StorageError> {
    let this = dispute::id.eq(id).and(dispute::state.eq("open"));
    let moved = diesel::update(dispute::table.filter(this))
        .set((dispute::state.eq(state), dispute::resolved_at.eq(resolved_at), dispute::position.eq(position)))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// A payment, locked until the transaction ends.
pub(crate) fn lock_payment(tx: &mut Tx<'_>, position: i64) -> Result<Option<PaymentRow>, StorageError> {
    diesel::update(payment::table.find(position)).set(payment::id.eq(position)).execute(tx.conn())?;
    super::journal::payment_at(tx.conn(), position)
}

/// Lets an account stand lower: what the bank took back, and fees of reminders, are owed whatever the limit.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn raise_limit(tx: &mut Tx<'_>, id: i64, micros: i64) -> Result<(), StorageError> {
    diesel::update(account::table.find(id))
        .set(account::credit_limit.eq(account::credit_limit + micros))
        .execute(tx.conn())?;
    Ok(())
}

/// Sets the limit back. `false` if the account still stands too low for it.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn lower_limit(tx: &mut Tx<'_>, id: i64, micros: i64) -> Result<bool, StorageError> {
    let high = (account::balance + account::credit_limit).ge(micros).and(account::credit_limit.ge(micros));
    let lowered = diesel::update(account::table.filter(account::id.eq(id).and(high)))
        .set(account::credit_limit.eq(account::credit_limit - micros))
        .execute(tx.conn())?;
    Ok(lowered == 1)
}

/// The system that an attempt was at.
pub(crate) fn system_of(conn: &mut Conn, id: i64) -> Result<Option<String>, StorageError> {
    Ok(attempt::table.find(id).select(attempt::system).first(conn).optional()?)
}
