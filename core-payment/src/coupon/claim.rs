//! Discount coupons: claimed once by each consumer while there are some, and spent once (R24).
//!
//! A discount coupon changes the amount of one payment, which is otherwise like any other. While that payment is pending
//! the coupon is reserved; if it is declined, it is as before. A refund gives back what was paid, not the coupon.

use payment_domain::{
    CampaignId, ConsumerId, CouponKind, CouponReceipt, CouponState, Discount, Label, LedgerPosition,
    MerchantId, Money, PaymentOrder, RequestId, Timestamp,
};
use payment_message::{Code, Message, Verified};

use super::accept::offer_of;
use super::discount::reduce;
use super::{id_after, id_of};
use crate::act::{ActError, Asked, Books};
use crate::batch::{BatchError, Seen};
use crate::order::accept::{Resolved, decide_and_post};
use crate::order::refusal::Refusal;
use crate::parties::Party;
use crate::reply::{Reply, ReplyKind};
use crate::storage::Tx;
use crate::storage::coupon::campaign::{self, CampaignRow, ClaimRow};

/// Gives a consumer the coupon of a campaign.
pub(super) fn claim(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    consumer: &Party,
    id: CampaignId,
) -> Result<Result<Reply, Refusal>, ActError> {
    let Some(row) = campaign::by_id(books.tx.conn(), id.as_bytes())? else {
        return Ok(Err(Refusal::of(Code::UnknownCampaign, "claim")));
    };
    let merchant = books.party(row.merchant)?;
    if !merchant.active {
        return Ok(Err(Refusal::of(Code::UnknownMerchant, "claim")));
    }
    if !is_valid_at(&row, books.now()) {
        return Ok(Err(Refusal::of(Code::CampaignEnded, "claim")));
    }
    if campaign::claim_of(books.tx.conn(), &row.id, consumer.id)?.is_some() {
        return Ok(Err(Refusal::of(Code::CampaignClaimed, "claim")));
    }
    if !campaign::take_one(books.tx, &row.id)? {
        return Ok(Err(Refusal::of(Code::CampaignEnded, "claim")));
    }
    let at = books.position()?;
    let claim = ClaimRow {
        id: id_after(asked.id, at).as_bytes().to_vec(),
        position: at.value(),
        campaign: row.id.clone(),
        consumer: consumer.id,
        state: "held".to_owned(),
        payment: None,
    };
    // Two servers at once: the table knows one coupon a consumer, and whoever is second runs again.
    campaign::insert_claim(books.tx, &claim)?;
    let receipt = receipt(books, asked, (&row, &claim), consumer, at)?;
    books.answer(at, asked, &Message::CouponReceipt(receipt)).map(Ok)
}

fn is_valid_at(row: &CampaignRow, now: Timestamp) -> bool {
    row.valid_from <= now.as_millis() && now.as_millis() < row.valid_until
}

fn receipt(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    (row, claim): (&CampaignRow, &ClaimRow),
    consumer: &Party,
    at: LedgerPosition,
) -> Result<CouponReceipt, ActError> {
    let corrupt = || ActError::corrupt("campaign");
    let face = match row.discount().ok_or_else(corrupt)? {
        Discount::Amount(off) => off,
        Discount::Ppm(_) => Money::zero(books.batch.policy.currency),
    };
    Ok(CouponReceipt {
        request_id: RequestId::from_bytes(*asked.id.as_bytes()),
        request_digest: asked.digest,
        coupon: id_of(&claim.id)?,
        merchant: MerchantId::new(books.party(row.merchant)?.name),
        holder: ConsumerId::new(consumer.name.clone()),
        series: Label::parse(&row.title).map_err(|_| corrupt())?,
        kind: CouponKind::Discount,
        face,
        remaining: face,
        state: CouponState::Held,
        transferable: false,
        expires_at: Timestamp::from_millis(row.valid_until).map_err(|_| corrupt())?,
        position: at,
        issued_at: books.now(),
    })
}

/// Pays the reduced amount like any other, and uses the coupon if it was paid.
pub(super) fn pay(
    books: &mut Books<'_, '_, '_>,
    order: &Verified<PaymentOrder>,
    resolved: &Resolved,
    mut claim: ClaimRow,
) -> Result<Result<Reply, Refusal>, ActError> {
    if let Some(refusal) = unusable(books, order.message(), resolved, &claim)? {
        return Ok(Err(refusal));
    }
    let reply = decide_and_post(books.batch, books.tx, order, resolved)?;
    let state = match &reply {
        Reply::Signed { kind: ReplyKind::Accepted, .. } => "spent",
        Reply::Pending { .. } => "reserved",
        // Refused: nothing was paid, and the coupon is as it was.
        Reply::Signed { .. } => return Ok(Ok(reply)),
    };
    let Some(Seen::Here { position, .. }) = books.batch.seen(order.message().order_id.as_bytes()) else {
        return Err(ActError::corrupt("payment"));
    };
    claim.payment = Some(position.value());
    state.clone_into(&mut claim.state);
    // Another server may have used it at the same moment, for a payment in another currency: run again.
    if !campaign::use_claim(books.tx, &claim)? {
        return Err(ActError::conflict());
    }
    Ok(Ok(reply))
}

fn unusable(
    books: &mut Books<'_, '_, '_>,
    order: &PaymentOrder,
    resolved: &Resolved,
    claim: &ClaimRow,
) -> Result<Option<Refusal>, ActError> {
    let corrupt = || ActError::corrupt("campaign");
    let row = campaign::by_id(books.tx.conn(), &claim.campaign)?.ok_or_else(corrupt)?;
    let theirs = claim.consumer == resolved.consumer.id && row.merchant == resolved.merchant.id;
    let fits = match &row.item {
        Some(item) if theirs => *item == offer_of(books, order.offer_id.as_bytes())?.item.as_str(),
        _ => theirs,
    };
    if !fits {
        return Ok(Some(Refusal::of(Code::UnknownCoupon, "coupon")));
    }
    if !is_valid_at(&row, books.now()) {
        return Ok(Some(Refusal::of(Code::CouponExpired, "coupon")));
    }
    if claim.state != "held" {
        return Ok(Some(Refusal::of(Code::CouponUsed, "coupon")));
    }
    Ok(match reduce(resolved.terms.price, row.discount().ok_or_else(corrupt)?) {
        None => Some(Refusal::of(Code::WrongCurrency, "coupon")),
        Some(reduced) if reduced.amount != order.amount => Some(Refusal::of(Code::AmountDiffers, "amount")),
        Some(_) => None,
    })
}

/// A single payment has ended: its discount coupon is spent, or can be used again.
pub(crate) fn ended(
    tx: &mut Tx<'_>,
    order: &PaymentOrder,
    payment: i64,
    paid: bool,
) -> Result<(), BatchError> {
    if order.coupons.is_empty() {
        return Ok(());
    }
    let claim = campaign::claim_used_by(tx.conn(), payment)?;
    let mut claim = claim.ok_or(BatchError::Corrupt("discount coupon"))?;
    if paid {
        "spent".clone_into(&mut claim.state);
    } else {
        "held".clone_into(&mut claim.state);
        claim.payment = None;
    }
    Ok(campaign::update_claim(tx, &claim)?)
}
