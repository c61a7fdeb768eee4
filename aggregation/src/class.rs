//! What a transfer is to the accounts that it touches: one column in a bill, statement or advice. Pure.

use payment_domain::TransferKind;

/// A column of the books of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A consumer paid, a merchant sold. The leaves of the Merkle tree.
    Payments,
    /// Given back by a merchant, or on the way.
    Refunds,
    /// What parties pay us.
    Fees,
    /// Paid into a prepaid account.
    TopUps,
    /// Changed back to money.
    Redemptions,
    /// Bills that were paid, by money or by credit, less what the bank took back. They settle bills and are no part of the
    /// next one.
    Collections,
    /// Paid out to a merchant. What an advice announced is no part of the next one.
    Payouts,
    /// Payouts that did not arrive or came back: payable again.
    Returns,
    /// Decided for the consumer.
    Disputes,
    /// Debts given up. They settle bills and are no part of the next one.
    WriteOffs,
    /// Everything else.
    Other,
}

impl Class {
    /// Every class, in the order in which they are stored: only ever added to at the end.
    pub const ALL: [Self; 11] = [
        Self::Payments,
        Self::Refunds,
        Self::Fees,
        Self::TopUps,
        Self::Redemptions,
        Self::Collections,
        Self::Payouts,
        Self::Returns,
        Self::Disputes,
        Self::WriteOffs,
        Self::Other,
    ];

    /// The class of a transfer.
    #[must_use]
    pub const fn of(kind: TransferKind) -> Self {
        match kind {
            TransferKind::Payment
            | TransferKind::CouponSpent
            | TransferKind::ExchangeSold
            | TransferKind::ExchangeBought => Self::Payments,
            TransferKind::Refund
            | TransferKind::RefundHold
            | TransferKind::RefundPaid
            | TransferKind::PaymentReturned
            | TransferKind::CouponRestored
            | TransferKind::ExchangeReturned
            | TransferKind::ExchangeRestored => Self::Refunds,
            TransferKind::Fee | TransferKind::ReminderFee => Self::Fees,
            TransferKind::TopUp => Self::TopUps,
            TransferKind::RedemptionHold | TransferKind::RedemptionPaid => Self::Redemptions,
            TransferKind::Collection | TransferKind::CollectionReturned | TransferKind::SetOff => {
                Self::Collections
            }
            TransferKind::PayoutHold | TransferKind::PayoutPaid => Self::Payouts,
            TransferKind::PayoutVoid | TransferKind::PayoutReturned => Self::Returns,
            TransferKind::Dispute
            | TransferKind::CouponDisputed
            | TransferKind::ExchangeDisputed
            | TransferKind::ExchangeAwarded => Self::Disputes,
            TransferKind::WriteOff => Self::WriteOffs,
            // What went out in an earlier period may come back in this one, and the other way round: refunds, redemptions and
            // top-ups of a document are never below zero.
            TransferKind::RefundVoid
            | TransferKind::RefundReturned
            | TransferKind::PaymentLost
            | TransferKind::TopUpReturned
            | TransferKind::TopUpLost
            | TransferKind::RedemptionVoid
            | TransferKind::RedemptionReturned
            | TransferKind::Expiry
            | TransferKind::CouponBought
            | TransferKind::CouponRefundHold
            | TransferKind::CouponRefundPaid
            | TransferKind::CouponRefundVoid
            | TransferKind::CouponExpired
            | TransferKind::CreditUsed
            | TransferKind::BankFee => Self::Other,
        }
    }

    /// Whether such a transfer settles what a document has announced, and so is no part of the next document.
    #[must_use]
    pub const fn settles(self) -> bool {
        matches!(self, Self::Collections | Self::Payouts | Self::WriteOffs)
    }
}
