//! What never left our books goes back to where it came from: one place for a merchant's refund and a lost dispute.
//!
//! Into the coupons that paid, as value that can be spent again and never as money; at the rate of the payment if it was in
//! another currency; else onto the account. What an external system was charged goes back there, see [`super::refund`].

use payment_domain::{Funding, TransferKind};

use crate::batch::{Batch, BatchError, Posting};
use crate::storage::Tx;
use crate::storage::journal::PaymentRow;
use crate::{coupon, exchange};

/// Why money goes back: the kinds of its transfers say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its merchant ordered it (R13).
    Refund,
    /// A dispute was decided for the consumer (R49).
    Dispute,
}

/// How much of a payment goes back, in micro-units of its price.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Back {
    pub(crate) cause: Cause,
    /// Now.
    pub(crate) micros: i64,
    /// Now and before.
    pub(crate) total_micros: i64,
}

/// Moves it, from the merchant's account. It is counted already, and both accounts are locked.
pub(crate) fn give_back(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    paid: &PaymentRow,
    back: Back,
) -> Result<(), BatchError> {
    if paid.funding == Funding::Coupon.as_str() {
        return coupon::restore(batch, tx, paid, back);
    }
    if !exchange::give_back(batch, tx, paid, back)? {
        batch.post(Posting {
            subject: paid.id,
            debit: paid.merchant_account,
            credit: paid.consumer_account,
            micros: back.micros,
            kind: back.cause.to_account(),
        })?;
    }
    Ok(())
}

impl Back {
    /// What had gone back before.
    pub(crate) const fn before_micros(&self) -> Option<i64> {
        self.total_micros.checked_sub(self.micros)
    }
}

impl Cause {
    /// To the account that paid.
    const fn to_account(self) -> TransferKind {
        match self {
            Self::Refund => TransferKind::Refund,
            Self::Dispute => TransferKind::Dispute,
        }
    }

    /// To a coupon that paid.
    pub(crate) const fn to_coupon(self) -> TransferKind {
        match self {
            Self::Refund => TransferKind::CouponRestored,
            Self::Dispute => TransferKind::CouponDisputed,
        }
    }

    /// To our position in the merchant's currency, and from our position in the consumer's.
    pub(crate) const fn through_position(self) -> (TransferKind, TransferKind) {
        match self {
            Self::Refund => (TransferKind::ExchangeReturned, TransferKind::ExchangeRestored),
            Self::Dispute => (TransferKind::ExchangeDisputed, TransferKind::ExchangeAwarded),
        }
    }
}
