//! What the holder of a coupon reads.

use payment_domain::{
    ConsumerId, CouponKind, CouponReceipt, Digest, Label, LedgerPosition, MerchantId, RequestId, Timestamp,
};
use payment_message::MessageId;

use super::accept::money;
use super::id_of;
use crate::act::{ActError, Books};
use crate::storage::coupon::CouponRow;

/// The message that a receipt answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) id: MessageId,
    pub(super) digest: Digest,
}

/// The receipt of a coupon of value, for whoever holds it now.
pub(super) fn of_value(
    books: &mut Books<'_, '_, '_>,
    coupon: &CouponRow,
    asked: Asked,
    at: LedgerPosition,
) -> Result<CouponReceipt, ActError> {
    let corrupt = || ActError::corrupt("coupon");
    let standing = coupon.standing().ok_or_else(corrupt)?;
    Ok(CouponReceipt {
        request_id: RequestId::from_bytes(*asked.id.as_bytes()),
        request_digest: asked.digest,
        coupon: id_of(&coupon.id)?,
        merchant: MerchantId::new(books.party(coupon.merchant)?.name),
        holder: ConsumerId::new(books.party(coupon.holder)?.name),
        series: Label::parse(&coupon.series).map_err(|_| corrupt())?,
        kind: CouponKind::Value,
        face: money(coupon.face_micros, &coupon.currency)?,
        remaining: money(coupon.remaining_micros, &coupon.currency)?,
        state: standing.said(),
        transferable: coupon.transferable,
        expires_at: Timestamp::from_millis(coupon.usable_until).map_err(|_| corrupt())?,
        position: at,
        issued_at: books.now(),
    })
}
