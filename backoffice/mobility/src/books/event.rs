//! What happened, as it stands in the journal: one line each. Lines are never changed, so neither is their form.

use payment_domain::{RefundId, Timestamp};
use serde::{Deserialize, Serialize};

use super::purchase::{Payment, Purchase};
use super::state::CampaignRecord;
use crate::id::{Code, Token, text};

/// One fact.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// A purchase is about to be offered.
    Opened(Box<Purchase>),
    /// It is not wanted any more.
    Cancelled { purchase: Token },
    /// It was paid, and is delivered by being written here.
    Paid {
        purchase: Token,
        payment: Payment,
        #[serde(with = "text")]
        code: Code,
    },
    /// It was paid when there was nothing left to deliver: the money is owed.
    PaidTooLate {
        purchase: Token,
        payment: Payment,
        #[serde(with = "text")]
        refund: RefundId,
    },
    /// The ticket was used.
    Used {
        purchase: Token,
        #[serde(with = "text")]
        at: Timestamp,
    },
    /// The ticket was given back: the money is owed.
    Voided {
        purchase: Token,
        #[serde(with = "text")]
        refund: RefundId,
        #[serde(with = "text")]
        at: Timestamp,
    },
    /// The refund is ordered again, under another id.
    RefundRenewed {
        purchase: Token,
        #[serde(with = "text")]
        refund: RefundId,
        #[serde(with = "text")]
        at: Timestamp,
    },
    /// The money is back.
    Refunded {
        purchase: Token,
        #[serde(with = "text")]
        at: Timestamp,
    },
    /// A campaign is about to be promised.
    Promised(CampaignRecord),
}

/// What a delivery takes: made by the caller, because the books know no randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lent {
    pub(crate) code: Code,
    pub(crate) refund: RefundId,
}
