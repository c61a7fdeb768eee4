//! Merchants' campaigns and the discount coupons that were claimed.

use diesel::prelude::*;

use super::super::connection::{Conn, StorageError, Tx};
use super::super::schema::{campaign, campaign_claim};

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = campaign)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct CampaignRow {
    pub(crate) id: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) merchant: i64,
    pub(crate) title: String,
    pub(crate) item: Option<String>,
    pub(crate) discount_micros: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) discount_ppm: Option<i64>,
    pub(crate) coupons: i64,
    pub(crate) claimed: i64,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: i64,
}

/// A discount coupon.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = campaign_claim)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct ClaimRow {
    pub(crate) id: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) campaign: Vec<u8>,
    pub(crate) consumer: i64,
    pub(crate) state: String,
    pub(crate) payment: Option<i64>,
}

/// Keeps a campaign.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &CampaignRow) -> Result<(), StorageError> {
    diesel::insert_into(campaign::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A campaign.
pub(crate) fn by_id(conn: &mut Conn, id: &[u8]) -> Result<Option<CampaignRow>, StorageError> {
    Ok(campaign::table.find(id).select(CampaignRow::as_select()).first(conn).optional()?)
}

/// Takes one of a campaign's coupons. `false` if none is left. The row stays locked until the transaction ends.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn take_one(tx: &mut Tx<'_>, id: &[u8]) -> Result<bool, StorageError> {
    let left = campaign::id.eq(id).and(campaign::claimed.lt(campaign::coupons));
    let taken = diesel::update(campaign::table.filter(left))
        .set(campaign::claimed.eq(campaign::claimed + 1))
        .execute(tx.conn())?;
    Ok(taken == 1)
}

/// Every campaign, page by page, for the audit.
pub(crate) fn after(conn: &mut Conn, id: &[u8], limit: i64) -> Result<Vec<CampaignRow>, StorageError> {
    Ok(campaign::table
        .filter(campaign::id.gt(id))
        .order(campaign::id)
        .limit(limit)
        .select(CampaignRow::as_select())
        .load(conn)?)
}

/// Adds a discount coupon.
pub(crate) fn insert_claim(tx: &mut Tx<'_>, row: &ClaimRow) -> Result<(), StorageError> {
    diesel::insert_into(campaign_claim::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A discount coupon.
pub(crate) fn claim_by_id(conn: &mut Conn, id: &[u8]) -> Result<Option<ClaimRow>, StorageError> {
    Ok(campaign_claim::table.find(id).select(ClaimRow::as_select()).first(conn).optional()?)
}

/// The discount coupon that a consumer has of a campaign.
pub(crate) fn claim_of(
    conn: &mut Conn,
    campaign: &[u8],
    consumer: i64,
) -> Result<Option<ClaimRow>, StorageError> {
    Ok(campaign_claim::table
        .filter(campaign_claim::campaign.eq(campaign).and(campaign_claim::consumer.eq(consumer)))
        .select(ClaimRow::as_select())
        .first(conn)
        .optional()?)
}

/// The discount coupon that a payment uses.
pub(crate) fn claim_used_by(conn: &mut Conn, payment: i64) -> Result<Option<ClaimRow>, StorageError> {
    Ok(campaign_claim::table
        .filter(campaign_claim::payment.eq(payment))
        .select(ClaimRow::as_select())
        .first(conn)
        .optional()?)
}

/// What somebody claimed, newest first.
pub(crate) fn claimed_by(conn: &mut Conn, consumer: i64, limit: i64) -> Result<Vec<ClaimRow>, StorageError> {
    Ok(campaign_claim::table
        .filter(campaign_claim::consumer.eq(consumer))
        .order(campaign_claim::position.desc())
        .limit(limit)
        .select(ClaimRow::as_select())
        .load(conn)?)
}

/// Uses a discount coupon for a payment. `false` if it is used already.
pub(crate) fn use_claim(tx: &mut Tx<'_>, row: &ClaimRow) -> Result<bool, StorageError> {
    let held = campaign_claim::id.eq(&row.id).and(campaign_claim::state.eq("held"));
    let used = diesel::update(campaign_claim::table.filter(held))
        .set((campaign_claim::state.eq(&row.state), campaign_claim::payment.eq(row.payment)))
        .execute(tx.conn())?;
    Ok(used == 1)
}

/// Writes back what became of a discount coupon whose payment has ended.
pub(crate) fn update_claim(tx: &mut Tx<'_>, row: &ClaimRow) -> Result<(), StorageError> {
    diesel::update(campaign_claim::table.find(&row.id))
        .set((campaign_claim::state.eq(&row.state), campaign_claim::payment.eq(row.payment)))
        .execute(tx.conn())?;
    Ok(())
}

/// Every discount coupon, page by page, for the audit.
pub(crate) fn claims_after(conn: &mut Conn, id: &[u8], limit: i64) -> Result<Vec<ClaimRow>, StorageError> {
    Ok(campaign_claim::table
        .filter(campaign_claim::id.gt(id))
        .order(campaign_claim::id)
        .limit(limit)
        .select(ClaimRow::as_select())
        .load(conn)?)
}
