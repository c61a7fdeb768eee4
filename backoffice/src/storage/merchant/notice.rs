//! What happens to a merchant: callbacks, disputes, campaigns.

use diesel::prelude::*;

use super::tables::{campaign, dispute as disputed, outbox, payment};
use crate::storage::{Conn, StorageError};

/// A callback.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct NoticeRow {
    pub(crate) id: i64,
    pub(crate) subject: i64,
    pub(crate) state: String,
    pub(crate) tries: i32,
    pub(crate) due_at: i64,
    pub(crate) fault: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// A dispute, with the order that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct DisputeRow {
    pub(crate) id: i64,
    pub(crate) order: Vec<u8>,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) state: String,
    pub(crate) opened_at: i64,
    pub(crate) resolved_at: Option<i64>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct CampaignRow {
    pub(crate) position: i64,
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

/// A merchant's callbacks before one of them, the newest first.
pub(crate) fn callbacks(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<NoticeRow>, StorageError> {
    Ok(outbox::table
        .filter(outbox::party.eq(merchant).and(outbox::kind.eq("callback")).and(outbox::id.lt(before)))
        .order(outbox::id.desc())
        .limit(most)
        .select((
            outbox::id,
            outbox::subject,
            outbox::state,
            outbox::tries,
            outbox::due_at,
            outbox::fault,
            outbox::created_at,
            outbox::finished_at,
        ))
        .load(conn)?)
}

/// Whether it is a callback of this merchant.
pub(crate) fn is_callback(conn: &mut Conn, merchant: i64, id: i64) -> Result<bool, StorageError> {
    let one = outbox::id.eq(id).and(outbox::party.eq(merchant)).and(outbox::kind.eq("callback"));
    let found: Option<i64> = outbox::table.filter(one).select(outbox::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Disputes about a merchant's payments before one of them, the newest first.
pub(crate) fn disputes(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<DisputeRow>, StorageError> {
    Ok(disputed::table
        .inner_join(payment::table.on(payment::id.eq(disputed::payment)))
        .filter(disputed::merchant.eq(merchant).and(disputed::id.lt(before)))
        .order(disputed::id.desc())
        .limit(most)
        .select((
            disputed::id,
            payment::order_id,
            disputed::micros,
            payment::currency,
            disputed::state,
            disputed::opened_at,
            disputed::resolved_at,
        ))
        .load(conn)?)
}

/// A merchant's campaigns before one of them, the newest first.
pub(crate) fn campaigns(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<CampaignRow>, StorageError> {
    Ok(campaign::table
        .filter(campaign::merchant.eq(merchant).and(campaign::position.lt(before)))
        .order(campaign::position.desc())
        .limit(most)
        .select((
            campaign::position,
            campaign::title,
            campaign::item,
            campaign::discount_micros,
            campaign::currency,
            campaign::discount_ppm,
            campaign::coupons,
            campaign::claimed,
            campaign::valid_from,
            campaign::valid_until,
        ))
        .load(conn)?)
}
