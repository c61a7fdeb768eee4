//! What the journal is written in: the kinds of transfers, of evidence, of our own accounts, and what is asked of
//! external systems, for what. The audit refuses whatever is not in these lists.

use std::fmt;

use crate::InvalidTerm;
use crate::terminal::terms;

terms! {
    /// Why money moved, from the account named first to the other.
    TransferKind, "kind of transfer" {
        /// Consumer (or the external system that charged them) → merchant.
        Payment = "payment",
        /// Merchant → consumer: an aggregated payment given back.
        Refund = "refund",
        /// Merchant → hold: a single payment on its way back.
        RefundHold = "refund-hold",
        /// Hold → external: it went back.
        RefundPaid = "refund-paid",
        /// Hold → merchant: it did not.
        RefundVoid = "refund-void",
        /// Merchant → external: a single payment that came back from there, as far as its merchant bears it.
        PaymentReturned = "payment-returned",
        /// Loss account → external: the rest of it.
        PaymentLost = "payment-lost",
        /// External → merchant: a refund that had gone back did not arrive.
        RefundReturned = "refund-returned",
        /// External → prepaid account (R5).
        TopUp = "top-up",
        /// Prepaid account → external: the bank took a top-up back, and so much of it was still there.
        TopUpReturned = "top-up-returned",
        /// Loss account → external: the rest of it, which was spent.
        TopUpLost = "top-up-lost",
        /// Prepaid account → hold: value changed back to money (R55).
        RedemptionHold = "redemption-hold",
        /// Hold → external: it was paid out.
        RedemptionPaid = "redemption-paid",
        /// Hold → prepaid account: it was not.
        RedemptionVoid = "redemption-void",
        /// External → prepaid account: it was paid out, and the bank sent it back.
        RedemptionReturned = "redemption-returned",
        /// Prepaid account → breakage: value that expired under the account's rules.
        Expiry = "expiry",
        /// External → postpaid account: a bill was paid.
        Collection = "collection",
        /// Postpaid account → external: the bank took a collection back.
        CollectionReturned = "collection-returned",
        /// Hold → postpaid account: credit on the account settles a bill. Comes with `credit-used`.
        SetOff = "set-off",
        /// Postpaid account → hold: the credit that settled a bill is no part of the next one.
        CreditUsed = "credit-used",
        /// Merchant → fee account (R53).
        Fee = "fee",
        /// Merchant → hold: a payout on its way.
        PayoutHold = "payout-hold",
        /// Hold → external: it was paid out.
        PayoutPaid = "payout-paid",
        /// Hold → merchant: it was not.
        PayoutVoid = "payout-void",
        /// External → merchant: the bank sent a payout back.
        PayoutReturned = "payout-returned",
        /// Merchant → consumer: a dispute decided for the consumer (R49), about a payment from an account.
        Dispute = "dispute",
        /// Loss account → postpaid account: a debt given up.
        WriteOff = "write-off",
        /// Postpaid account → fee account: the price of a reminder.
        ReminderFee = "reminder-fee",
        /// External → coupon account: a coupon was bought (R1).
        CouponBought = "coupon-bought",
        /// Coupon account → merchant: it was spent (R3). Takes the place of `payment`.
        CouponSpent = "coupon-spent",
        /// Merchant → coupon account: a payment with coupons was refunded.
        CouponRestored = "coupon-restored",
        /// Merchant → coupon account: a dispute about a payment with coupons, decided for the consumer.
        CouponDisputed = "coupon-disputed",
        /// Coupon account → hold: what is left of it goes back to its holder.
        CouponRefundHold = "coupon-refund-hold",
        /// Hold → external: it went back.
        CouponRefundPaid = "coupon-refund-paid",
        /// Hold → coupon account: it did not.
        CouponRefundVoid = "coupon-refund-void",
        /// Coupon account → breakage: it expired.
        CouponExpired = "coupon-expired",
        /// Consumer → position, in the consumer's currency: what a payment in another currency costs (R55).
        ExchangeSold = "exchange-sold",
        /// Position → merchant, in the merchant's currency. Takes the place of `payment` there.
        ExchangeBought = "exchange-bought",
        /// Merchant → position: such a payment given back.
        ExchangeReturned = "exchange-returned",
        /// Position → consumer: at the rate of the payment.
        ExchangeRestored = "exchange-restored",
        /// Merchant → position: a dispute about such a payment, decided for the consumer.
        ExchangeDisputed = "exchange-disputed",
        /// Position → consumer: the same, at the rate of the payment.
        ExchangeAwarded = "exchange-awarded",
        /// Loss account → external: what a bank took for sending money back.
        BankFee = "bank-fee",
    }
}

terms! {
    /// What a row of evidence stands for.
    EvidenceKind, "kind of evidence" {
        /// An aggregated order, answered by its receipt.
        Order = "order",
        /// A single order, answered "pending".
        OrderPending = "order-pending",
        /// The external system has set a single order's money aside.
        OrderAuthorised = "order-authorised",
        /// An order, answered by a rejection.
        OrderRefused = "order-refused",
        /// A merchant's offer, answered by a report.
        Offer = "offer",
        /// A certificate, given out.
        Enrolment = "enrolment",
        /// A refund, answered by its receipt.
        Refund = "refund",
        /// A refund, answered "pending".
        RefundPending = "refund-pending",
        /// The receipt of a single order.
        ChargeApproved = "charge-approved",
        /// The rejection of a single order.
        ChargeDeclined = "charge-declined",
        /// The receipt of a refund.
        RefundApproved = "refund-approved",
        /// The rejection of a refund.
        RefundDeclined = "refund-declined",
        /// An operator's words: money paid in.
        TopUp = "top-up",
        /// A consumer's message that an attempt was begun for, answered "pending". The attempt has its position.
        RequestPending = "request-pending",
        /// What such a message came to: a receipt. The attempt is settled here.
        RequestApproved = "request-approved",
        /// What such a message came to: a rejection. The attempt is settled here.
        RequestDeclined = "request-declined",
        /// A message that was dealt with at once: its request and its answer.
        Request = "request",
        /// Our words: an attempt that no message asked for was begun. The attempt has this position.
        Attempt = "attempt",
        /// Our words: it was approved. The attempt is settled here.
        AttemptApproved = "attempt-approved",
        /// Our words: it was declined. The attempt is settled here.
        AttemptDeclined = "attempt-declined",
        /// A document that nobody asked for: a bill, a statement, a payout advice, a credit note.
        Issued = "issued",
        /// An operator's or our own act in words: rates declared, a debt written off, an entry of a bank.
        Declared = "declared",
    }
}

impl EvidenceKind {
    /// Whether the request is words and not a signed message.
    #[must_use]
    pub const fn is_words(self) -> bool {
        matches!(
            self,
            Self::TopUp | Self::Attempt | Self::AttemptApproved | Self::AttemptDeclined | Self::Declared
        )
    }
}

terms! {
    /// Our own accounts, told apart by label and currency.
    SystemAccount, "kind of account" {
        /// Money at an external system; the label names it.
        External = "external",
        /// Money on its way out; the label says what for.
        Hold = "hold",
        /// What merchants have paid us.
        Fee = "fee",
        /// What was given up.
        Loss = "loss",
        /// What expired.
        Breakage = "breakage",
        /// Coupons that were bought and not spent yet.
        Coupon = "coupon",
        /// What we hold of one currency against the others (R55).
        Position = "position",
    }
}

impl SystemAccount {
    /// Whether it may stand below zero: what others owe us, what we lost, what we sold of a currency.
    #[must_use]
    pub const fn may_be_negative(self) -> bool {
        matches!(self, Self::External | Self::Loss | Self::Position)
    }
}

terms! {
    /// What an external system is asked to do.
    Operation, "operation" {
        /// Take money from an instrument at once.
        Charge = "charge",
        /// Give back what a charge or capture took.
        Refund = "refund",
        /// Set money aside on an instrument.
        Authorise = "authorise",
        /// Take what was set aside, or a part of it.
        Capture = "capture",
        /// Set free what was set aside.
        Void = "void",
        /// Pay money out.
        Payout = "payout",
    }
}

terms! {
    /// What an attempt is for: who finishes it.
    Purpose, "purpose" {
        /// A payment order or its refund.
        Order = "order",
        /// Money for a prepaid account.
        TopUp = "top-up",
        /// Money back from a prepaid account.
        Redemption = "redemption",
        /// The collection of a bill.
        Bill = "bill",
        /// A payout to a merchant.
        Payout = "payout",
        /// A coupon at its intermediary bank.
        Coupon = "coupon",
        /// An order that is authorised first and captured later.
        Capture = "capture",
    }
}
