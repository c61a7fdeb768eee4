//! Coupons (R1–R4): bought at a merchant's, kept here, spent once their bank agrees, given away, refunded, expired. And the
//! merchants' campaigns, whose coupons make an offer cheaper (R24).
//!
//! **A coupon of value** is bought by an ordinary order for an offer that sells coupons. That order is always single: the
//! money stays with the external system that was charged, which is the intermediary bank, and our `coupon` account owes it.
//! No merchant is paid, so that the order is answered by a `CouponReceipt`, for its holder alone, and never by a
//! `PaymentReceipt`; the merchant gets that one, and its callback, when the coupon is spent. An order that names coupons
//! sets their value aside here, has the bank authorise and then capture it, attempt by attempt ([`course`]), and only then
//! pays the merchant. What is unknown stays set aside: it is asked for, never sent twice, never spent twice.
//!
//! **A discount coupon** is claimed of a campaign and changes the amount of one ordinary payment.
//!
//! Who may change a coupon holds the lock of its holder's account: orders, gifts, refunds, expiry and the answers of banks
//! all take that lock, and read the coupon after it. The balance of the coupon account is what is left of all coupons and
//! what is set aside of them; `audit/coupon.rs` replays each coupon's life from transfers and receipts.
//!
//! What this must not do: call out, or pay a merchant before the bank has settled. Start at [`accept`] for orders,
//! [`settlement`] for what banks say, [`instruction`] for what holders want.

mod accept;
mod campaign;
mod claim;
pub(crate) mod course;
pub(crate) mod discount;
mod expire;
mod gift;
mod instruction;
pub(crate) mod life;
mod purchase;
mod receipt;
mod refund;
mod restore;
mod settlement;
mod spend;
pub(crate) mod split;
mod view;

use std::sync::Arc;

use payment_domain::{AttemptId, CouponId, Currency, LedgerPosition, SystemAccount};
use payment_message::{MessageId, sha256};

pub(crate) use accept::{accept, concerns};
pub use campaign::CampaignDeposit;
pub(crate) use claim::ended as discount_ended;
pub use expire::{CouponsExpired, ExpireCoupons};
pub use instruction::CouponInstruction;
pub(crate) use purchase::{Bought, is_purchase, issue};
pub(crate) use restore::restore;
pub use view::{HeldCoupon, Worth};

use crate::act::{ActError, Books, Settlement};
use crate::batch::BatchError;
use crate::storage::coupon::CouponRow;

/// The label of the coupon account.
const LABEL: &str = "value";

/// What ends the attempts that coupons are about.
pub(crate) fn settlement() -> Arc<dyn Settlement> {
    Arc::new(settlement::Coupons)
}

/// The id of the coupon that a message has made: no randomness, and nobody else's choice.
fn id_after(message: MessageId, position: LedgerPosition) -> CouponId {
    let mut text = b"METEORE/v1/coupon\0".to_vec();
    text.extend_from_slice(message.as_bytes());
    text.extend_from_slice(&position.value().to_be_bytes());
    let hash = sha256(&text);
    let mut id = [0; 16];
    for (byte, from) in id.iter_mut().zip(hash.as_bytes()) {
        *byte = *from;
    }
    // RFC 9562 §5.8: version 8, made in a way of our own.
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut id;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    CouponId::from_bytes(id)
}

/// The id of a stored coupon.
fn id_of(stored: &[u8]) -> Result<CouponId, ActError> {
    stored.try_into().map(CouponId::from_bytes).map_err(|_| ActError::corrupt("coupon"))
}

/// The currency of a stored coupon.
fn currency_of(coupon: &CouponRow) -> Result<Currency, ActError> {
    Currency::parse(&coupon.currency).map_err(|_| ActError::corrupt("coupon"))
}

/// What is owed for coupons.
fn coupon_account(books: &mut Books<'_, '_, '_>, currency: Currency) -> Result<i64, ActError> {
    books.system_account(SystemAccount::Coupon, LABEL, currency)
}

fn attempt_id(stored: Option<i64>) -> Result<AttemptId, ActError> {
    stored.and_then(|id| AttemptId::new(id).ok()).ok_or(ActError::corrupt("attempt of a coupon"))
}

impl From<life::Misstep> for ActError {
    fn from(misstep: life::Misstep) -> Self {
        Self(BatchError::from(misstep))
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::OrderId;

    use super::*;

    #[test]
    fn an_id_depends_on_the_message_and_its_place_and_is_a_uuid() {
        let order = OrderId::parse("0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6").unwrap();
        let at = |position| LedgerPosition::new(position).unwrap();
        let id = id_after(order.into(), at(7));
        assert_eq!(id, id_after(order.into(), at(7)));
        assert_ne!(id, id_after(order.into(), at(8)));
        assert_eq!(CouponId::parse(&id.to_string()), Ok(id));
        let text = id.to_string();
        assert_eq!(&text[14..15], "8");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
    }
}
