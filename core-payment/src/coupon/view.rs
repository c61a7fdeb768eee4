//! What a consumer holds, for portals and terminals. Reads only.

use payment_domain::{
    CouponId, CouponKind, CouponState, Currency, Discount, Label, MerchantId, Money, PartyId, Timestamp,
};

use super::discount::reduce;
use crate::core::{Core, ReadError, read_error};
use crate::storage::coupon::campaign::{self, CampaignRow, ClaimRow};
use crate::storage::coupon::{self, CouponRow};
use crate::storage::{Conn, StorageError, party};

/// A coupon as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCoupon {
    /// The coupon.
    pub id: CouponId,
    /// Where it can be spent.
    pub merchant: MerchantId,
    /// The item it was sold as, or the campaign's title.
    pub series: Label,
    /// The only item it is for, if not for all of the merchant's.
    pub item: Option<Label>,
    /// Money or a discount.
    pub worth: Worth,
    /// Where it stands.
    pub state: CouponState,
    /// Whether it can be given away.
    pub transferable: bool,
    /// First moment it can no longer be spent.
    pub usable_until: Timestamp,
}

/// What a coupon is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Money.
    Value {
        /// What was paid for it.
        face: Money,
        /// What is left.
        remaining: Money,
        /// What an order has set aside.
        reserved: Money,
    },
    /// A discount.
    Discount(Discount),
}

impl HeldCoupon {
    /// The most that are listed of each kind.
    pub const MOST: i64 = 500;

    /// Money or a discount.
    #[must_use]
    pub const fn kind(&self) -> CouponKind {
        match self.worth {
            Worth::Value { .. } => CouponKind::Value,
            Worth::Discount(_) => CouponKind::Discount,
        }
    }

    /// What an order for an item at this price has to say, if it names this coupon; `None` if it does not fit.
    #[must_use]
    pub fn amount_for(&self, price: Money) -> Option<Money> {
        match self.worth {
            Worth::Value { remaining, .. } => (remaining.currency() == price.currency()).then_some(price),
            Worth::Discount(discount) => reduce(price, discount).map(|reduced| reduced.amount),
        }
    }
}

impl Core {
    /// What a consumer holds or has held, the newest first; nothing for whoever is no party.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn coupons(&self, holder: &PartyId) -> Result<Vec<HeldCoupon>, ReadError> {
        let now = self.now();
        list(&mut *self.conn()?, holder, now).map_err(read_error)
    }
}

fn list(conn: &mut Conn, holder: &PartyId, now: Timestamp) -> Result<Vec<HeldCoupon>, StorageError> {
    let Some(holder) = party::by_name(conn, holder.as_str())? else { return Ok(Vec::new()) };
    let mut held = Vec::new();
    for row in coupon::held_by(conn, holder.id, HeldCoupon::MOST)? {
        held.push((row.position, of_value(conn, &row, now)?));
    }
    for row in campaign::claimed_by(conn, holder.id, HeldCoupon::MOST)? {
        held.push((row.position, of_discount(conn, &row, now)?));
    }
    held.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
    Ok(held.into_iter().map(|(_, coupon)| coupon).collect())
}

const CORRUPT: StorageError = StorageError::Corrupt("coupon");

fn merchant_of(conn: &mut Conn, id: i64) -> Result<MerchantId, StorageError> {
    let row = party::by_id(conn, id)?.ok_or(CORRUPT)?;
    MerchantId::parse(&row.name).map_err(|_| CORRUPT)
}

fn of_value(conn: &mut Conn, row: &CouponRow, now: Timestamp) -> Result<HeldCoupon, StorageError> {
    let currency = Currency::parse(&row.currency).map_err(|_| CORRUPT)?;
    let money = |micros| Money::from_micros(micros, currency);
    // Whoever expires coupons may not have come by yet.
    let standing = match row.standing().ok_or(CORRUPT)?.said() {
        CouponState::Held if !row.is_usable_at(now) => CouponState::Expired,
        standing => standing,
    };
    Ok(HeldCoupon {
        id: super::id_of(&row.id).map_err(|_| CORRUPT)?,
        merchant: merchant_of(conn, row.merchant)?,
        series: Label::parse(&row.series).map_err(|_| CORRUPT)?,
        item: None,
        worth: Worth::Value {
            face: money(row.face_micros),
            remaining: money(row.remaining_micros),
            reserved: money(row.reserved_micros),
        },
        state: standing,
        transferable: row.transferable,
        usable_until: Timestamp::from_millis(row.usable_until).map_err(|_| CORRUPT)?,
    })
}

fn of_discount(conn: &mut Conn, row: &ClaimRow, now: Timestamp) -> Result<HeldCoupon, StorageError> {
    let campaign: CampaignRow = campaign::by_id(conn, &row.campaign)?.ok_or(CORRUPT)?;
    let state = match row.state.as_str() {
        "spent" => CouponState::Spent,
        "reserved" => CouponState::Reserved,
        _ if now.as_millis() >= campaign.valid_until => CouponState::Expired,
        _ => CouponState::Held,
    };
    Ok(HeldCoupon {
        id: super::id_of(&row.id).map_err(|_| CORRUPT)?,
        merchant: merchant_of(conn, campaign.merchant)?,
        series: Label::parse(&campaign.title).map_err(|_| CORRUPT)?,
        item: campaign.item.as_deref().map(Label::parse).transpose().map_err(|_| CORRUPT)?,
        worth: Worth::Discount(campaign.discount().ok_or(CORRUPT)?),
        state,
        transferable: false,
        usable_until: Timestamp::from_millis(campaign.valid_until).map_err(|_| CORRUPT)?,
    })
}
