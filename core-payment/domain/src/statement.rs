//! What closing a period issues: bills and statements for consumers, payout advices for merchants, credit notes, and the
//! proof that one payment is inside (R8, R53).

use crate::{ConsumerId, Digest, Label, LedgerPosition, MerchantId, Money, Timestamp};

/// What was paid to one merchant within a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who was paid.
    pub merchant: MerchantId,
    /// In how many payments.
    pub count: u64,
    /// How much.
    pub amount: Money,
}

/// The amount due from a consumer with a postpaid account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Its number: where it stands in the ledger.
    pub position: LedgerPosition,
    /// Who owes it.
    pub consumer: ConsumerId,
    /// First moment of the period.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
    /// What was owed before; below zero if the consumer had something to their credit.
    pub opening: Money,
    /// What was paid in the period.
    pub payments: Money,
    /// In how many payments: the leaves under `root`.
    pub count: u64,
    /// What merchants gave back.
    pub refunds: Money,
    /// What else came in, less what went out: bills paid, disputes decided for the consumer, collections returned.
    pub credits: Money,
    /// What is due now, in whole minor units of the currency.
    pub amount_due: Money,
    /// What stays on the account for the next bill: less than a minor unit, or below zero what the consumer has to their
    /// credit.
    pub carried: Money,
    /// The Merkle root over the payments of the period.
    pub root: Digest,
    /// What went to whom.
    pub lines: Vec<Line>,
    /// When it is to be paid.
    pub due_at: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A list that asks for nothing: what went in and out of a prepaid account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its number: where it stands in the ledger.
    pub position: LedgerPosition,
    /// Whose account.
    pub consumer: ConsumerId,
    /// First moment of the period.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
    /// What was on the account before.
    pub opening: Money,
    /// What was paid in.
    pub top_ups: Money,
    /// What was paid in the period.
    pub payments: Money,
    /// In how many payments: the leaves under `root`.
    pub count: u64,
    /// What merchants gave back.
    pub refunds: Money,
    /// What was changed back to money.
    pub redemptions: Money,
    /// Everything else, in minus out.
    pub other: Money,
    /// What is on the account now.
    pub closing: Money,
    /// The Merkle root over the payments of the period.
    pub root: Digest,
    /// What went to whom.
    pub lines: Vec<Line>,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// What a merchant is paid, and why just this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAdvice {
    /// Its number: where it stands in the ledger.
    pub position: LedgerPosition,
    /// Who is paid.
    pub merchant: MerchantId,
    /// First moment of the period.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
    /// What was on the account before.
    pub opening: Money,
    /// What was sold.
    pub sales: Money,
    /// In how many payments: the leaves under `root`.
    pub count: u64,
    /// What the merchant gave back.
    pub refunds: Money,
    /// Disputes decided for consumers.
    pub disputes: Money,
    /// What we keep.
    pub fees: Money,
    /// Everything else, in minus out: earlier payouts, and those that came back.
    pub other: Money,
    /// What is paid out, in whole minor units; zero below the minimum.
    pub payout: Money,
    /// What stays on the account.
    pub carried: Money,
    /// The Merkle root over the sales of the period.
    pub root: Digest,
    /// What the bank transfer says.
    pub reference: Label,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A bill made smaller after it was issued: the credit is on the account, and the next bill shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// Its number: where it stands in the ledger.
    pub position: LedgerPosition,
    /// The bill.
    pub bill: LedgerPosition,
    /// Whose.
    pub consumer: ConsumerId,
    /// By how much, above zero.
    pub amount: Money,
    /// Why.
    pub reason: Label,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// The way from one payment to the root in a bill. Position and amount are those in the payment's receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The bill, statement or payout advice.
    pub bill: LedgerPosition,
    /// The payment.
    pub payment: LedgerPosition,
    /// How much was paid.
    pub amount: Money,
    /// Which leaf it is, from zero.
    pub index: u64,
    /// Of how many.
    pub count: u64,
    /// The neighbours on the way up, from the leaf (RFC 9162 §2.1.3).
    pub path: Vec<Digest>,
    /// The root that they lead to.
    pub root: Digest,
    /// When it was made.
    pub proved_at: Timestamp,
}

impl InclusionProof {
    /// The longest path: a tree of 2⁶⁴ leaves.
    pub const MAX_PATH: usize = 64;
}

impl Bill {
    /// The most lines in one document; what is beyond is in `payments` all the same.
    pub const MAX_LINES: usize = 1000;
}
