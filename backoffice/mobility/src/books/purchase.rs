//! A purchase and where it stands.

use payment_domain::{Digest, Money, OfferId, OrderId, RefundId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{Code, Token, text};
use crate::sales::Item;

/// One item on offer to one visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Purchase {
    pub(crate) id: Token,
    /// Who looked for it, if their browser keeps cookies.
    pub(crate) visitor: Option<Token>,
    pub(crate) item: Item,
    /// What the consumer read, in their language.
    pub(crate) title: String,
    #[serde(with = "text")]
    pub(crate) price: Money,
    #[serde(with = "text")]
    pub(crate) offer_id: OfferId,
    /// The digest of the offer as signed.
    #[serde(with = "text")]
    pub(crate) offer: Digest,
    #[serde(with = "text")]
    pub(crate) made_at: Timestamp,
    /// First moment that the offer can no longer be bought.
    #[serde(with = "text")]
    pub(crate) pay_until: Timestamp,
    #[serde(skip, default = "Stage::default")]
    pub(crate) stage: Stage,
}

/// Where a purchase stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// Offered, not paid.
    #[default]
    Open,
    /// Not wanted any more. A payment that was under way counts all the same.
    Cancelled,
    /// Paid and delivered.
    Paid { payment: Payment, code: Code, used: Option<Timestamp> },
    /// Paid, and the money goes back or has gone.
    Returned { payment: Payment, refund: Refund },
}

/// What the receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    #[serde(with = "text")]
    pub(crate) order: OrderId,
    #[serde(with = "text")]
    pub(crate) amount: Money,
    #[serde(with = "text")]
    pub(crate) at: Timestamp,
    /// The signed receipt: the evidence (R37).
    pub(crate) receipt: String,
}

/// Money that goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refund {
    /// There was nothing left to deliver when it was paid.
    pub(crate) too_late: bool,
    pub(crate) id: RefundId,
    pub(crate) ordered_at: Timestamp,
    pub(crate) done_at: Option<Timestamp>,
}

/// For how long an order that was made in time may take to be settled.
const GRACE_MS: i64 = 10 * 60 * 1000;

impl Purchase {
    /// Whether it keeps others from buying the same seats.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        match self.stage {
            Stage::Open => now < self.pay_until.saturating_add_millis(GRACE_MS),
            Stage::Paid { .. } => true,
            Stage::Cancelled | Stage::Returned { .. } => false,
        }
    }
}

impl Stage {
    pub(crate) const fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Open | Self::Cancelled => None,
            Self::Paid { payment, .. } | Self::Returned { payment, .. } => Some(payment),
        }
    }
}
