//! Coupons, what payments take from them, and who gave them to whom. Campaigns and their discount coupons: [`campaign`].
//!
//! Rows are read, changed and written back while the holder's account is locked, which is what keeps two orders apart:
//! see [`crate::coupon`].

pub(crate) mod campaign;

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{account, coupon, coupon_gift, coupon_use};

/// A coupon of value.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = coupon)]
pub(crate) struct CouponRow {
    pub(crate) id: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) merchant: i64,
    pub(crate) buyer: i64,
    pub(crate) holder: i64,
    pub(crate) series: String,
    pub(crate) currency: String,
    pub(crate) face_micros: i64,
    pub(crate) remaining_micros: i64,
    pub(crate) reserved_micros: i64,
    pub(crate) state: String,
    pub(crate) transferable: bool,
    pub(crate) not_before: i64,
    pub(crate) expires_at: i64,
    pub(crate) usable_until: i64,
    pub(crate) charge: i64,
}

/// What one payment takes from one coupon.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = coupon_use)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct UseRow {
    pub(crate) payment: i64,
    pub(crate) place: i16,
    pub(crate) coupon: Vec<u8>,
    pub(crate) micros: i64,
    pub(crate) restored_micros: i64,
    pub(crate) state: String,
    pub(crate) authorise: Option<i64>,
    pub(crate) capture: Option<i64>,
    pub(crate) reversal: Option<i64>,
}

/// A coupon given away.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = coupon_gift)]
pub(crate) struct GiftRow {
    pub(crate) position: i64,
    pub(crate) coupon: Vec<u8>,
    pub(crate) giver: i64,
    pub(crate) receiver: i64,
    pub(crate) month: i32,
}

/// Adds a coupon.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &CouponRow) -> Result<(), StorageError> {
    diesel::insert_into(coupon::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Writes back what moves on about a coupon. Its holder's account is locked.
pub(crate) fn update(tx: &mut Tx<'_>, row: &CouponRow) -> Result<(), StorageError> {
    diesel::update(coupon::table.find(&row.id))
        .set((
            coupon::holder.eq(row.holder),
            coupon::remaining_micros.eq(row.remaining_micros),
            coupon::reserved_micros.eq(row.reserved_micros),
            coupon::state.eq(&row.state),
            coupon::usable_until.eq(row.usable_until),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A coupon.
pub(crate) fn by_id(conn: &mut Conn, id: &[u8]) -> Result<Option<CouponRow>, StorageError> {
    Ok(coupon::table.find(id).select(CouponRow::as_select()).first(conn).optional()?)
}

/// The coupon that the order at a position bought.
pub(crate) fn bought_at(conn: &mut Conn, position: i64) -> Result<Option<CouponRow>, StorageError> {
    Ok(coupon::table
        .filter(coupon::position.eq(position))
        .select(CouponRow::as_select())
        .first(conn)
        .optional()?)
}

/// What somebody holds, newest first, spent ones included.
pub(crate) fn held_by(conn: &mut Conn, holder: i64, limit: i64) -> Result<Vec<CouponRow>, StorageError> {
    Ok(coupon::table
        .filter(coupon::holder.eq(holder))
        .order(coupon::position.desc())
        .limit(limit)
        .select(CouponRow::as_select())
        .load(conn)?)
}

/// Coupons that can be spent no longer and that nothing is reserved of, the longest overdue first.
pub(crate) fn due(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<CouponRow>, StorageError> {
    Ok(coupon::table
        .filter(coupon::state.eq(sql::<Text>("'held'")).and(coupon::usable_until.le(now)))
        .order((coupon::usable_until, coupon::position))
        .limit(limit)
        .select(CouponRow::as_select())
        .load(conn)?)
}

/// Every coupon, page by page, for the audit.
pub(crate) fn after(conn: &mut Conn, id: &[u8], limit: i64) -> Result<Vec<CouponRow>, StorageError> {
    Ok(coupon::table
        .filter(coupon::id.gt(id))
        .order(coupon::id)
        .limit(limit)
        .select(CouponRow::as_select())
        .load(conn)?)
}

/// Adds what a payment takes.
pub(crate) fn insert_uses(tx: &mut Tx<'_>, rows: &[UseRow]) -> Result<(), StorageError> {
    for row in rows {
        diesel::insert_into(coupon_use::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Writes back how far a use is.
pub(crate) fn update_use(tx: &mut Tx<'_>, row: &UseRow) -> Result<(), StorageError> {
    diesel::update(coupon_use::table.find((row.payment, row.place)))
        .set((
            coupon_use::restored_micros.eq(row.restored_micros),
            coupon_use::state.eq(&row.state),
            coupon_use::authorise.eq(row.authorise),
            coupon_use::capture.eq(row.capture),
            coupon_use::reversal.eq(row.reversal),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// What a payment takes, in the order in which it named the coupons.
pub(crate) fn uses_of(conn: &mut Conn, payment: i64) -> Result<Vec<UseRow>, StorageError> {
    Ok(coupon_use::table
        .filter(coupon_use::payment.eq(payment))
        .order(coupon_use::place)
        .select(UseRow::as_select())
        .load(conn)?)
}

/// What all payments take from a coupon, for the audit.
pub(crate) fn uses_from(conn: &mut Conn, coupon: &[u8]) -> Result<Vec<UseRow>, StorageError> {
    Ok(coupon_use::table
        .filter(coupon_use::coupon.eq(coupon))
        .order((coupon_use::payment, coupon_use::place))
        .select(UseRow::as_select())
        .load(conn)?)
}

/// How many uses there are in all.
pub(crate) fn use_count(conn: &mut Conn) -> Result<i64, StorageError> {
    Ok(coupon_use::table.select(count_star()).first(conn)?)
}

/// What we owe for coupons, by currency.
pub(crate) fn owed(conn: &mut Conn) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(account::table
        .filter(account::owner.is_null().and(account::kind.eq("coupon")))
        .select((account::currency, account::balance))
        .load(conn)?)
}

/// Notes a gift.
pub(crate) fn insert_gift(tx: &mut Tx<'_>, row: &GiftRow) -> Result<(), StorageError> {
    diesel::insert_into(coupon_gift::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// How many coupons somebody gave away in a month.
pub(crate) fn gifts_in(conn: &mut Conn, giver: i64, month: i32) -> Result<i64, StorageError> {
    Ok(coupon_gift::table
        .filter(coupon_gift::giver.eq(giver).and(coupon_gift::month.eq(month)))
        .select(count_star())
        .first(conn)?)
}
