//! What merchants offer to everybody: deposited offers, campaigns.

use diesel::prelude::*;

use super::tables::{campaign, campaign_claim, message_key, offer, party};
use crate::storage::{Conn, StorageError};

/// Where the evidence of a deposited offer stands, and whether it was sold if it can be sold once only.
pub(crate) fn offer(conn: &mut Conn, digest: &[u8]) -> Result<Option<(i64, bool)>, StorageError> {
    let found: Option<(Vec<u8>, Option<i64>)> =
        offer::table.find(digest).select((offer::offer_id, offer::sold_to)).first(conn).optional()?;
    let Some((offer_id, sold_to)) = found else { return Ok(None) };
    let position: Option<i64> =
        message_key::table.find(offer_id).select(message_key::position).first(conn).optional()?;
    Ok(position.map(|position| (position, sold_to.is_some())))
}

/// A campaign as consumers see it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct CampaignRow {
    pub(crate) id: Vec<u8>,
    pub(crate) merchant: String,
    pub(crate) title: String,
    pub(crate) discount_micros: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) discount_ppm: Option<i64>,
    pub(crate) coupons: i64,
    pub(crate) claimed: i64,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: i64,
}

/// A campaign, and whether this consumer has had its coupon.
pub(crate) type Campaign = (CampaignRow, bool);

/// Campaigns at most that are looked at: those that end first.
const MOST: i64 = 200;

/// Campaigns whose coupons can be had now, those that end first before the others.
pub(crate) fn campaigns(conn: &mut Conn, consumer: i64, now_ms: i64) -> Result<Vec<Campaign>, StorageError> {
    let ids: Vec<Vec<u8>> = campaign::table
        .filter(campaign::valid_until.gt(now_ms))
        .order(campaign::valid_until)
        .limit(MOST)
        .select(campaign::id)
        .load(conn)?;
    let mut found = Vec::new();
    for id in ids {
        let some = of_campaign(conn, consumer, &id)?;
        found.extend(some.filter(|(row, had)| !had && row.valid_from <= now_ms && row.claimed < row.coupons));
    }
    Ok(found)
}

/// One campaign.
pub(crate) fn of_campaign(
    conn: &mut Conn,
    consumer: i64,
    id: &[u8],
) -> Result<Option<Campaign>, StorageError> {
    let row: Option<CampaignRow> = campaign::table
        .inner_join(party::table.on(party::id.eq(campaign::merchant)))
        .filter(campaign::id.eq(id))
        .select((
            campaign::id,
            party::name,
            campaign::title,
            campaign::discount_micros,
            campaign::currency,
            campaign::discount_ppm,
            campaign::coupons,
            campaign::claimed,
            campaign::valid_from,
            campaign::valid_until,
        ))
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let had: Option<Vec<u8>> = campaign_claim::table
        .filter(campaign_claim::campaign.eq(id).and(campaign_claim::consumer.eq(consumer)))
        .select(campaign_claim::id)
        .first(conn)
        .optional()?;
    Ok(Some((row, had.is_some())))
}
