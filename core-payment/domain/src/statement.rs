//! What closing a period issues: bills and statements for consumers, payout advices for merchants, credit notes, and the
//! proof that one payment is inside (R8, R53). And what comes of a bill that is not paid: reminders.

use thiserror::Error;

use crate::{ConsumerId, Currency, Digest, Label, LedgerPosition, MerchantId, Money, MoneyError, Timestamp};

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
    /// What else came in, less what went out: disputes decided for the consumer, less fees of reminders. What settles an
    /// earlier bill is in none.
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
    /// Everything else, in minus out: payouts that came back. Those announced earlier are in none.
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

impl Bill {
    /// Whether the period holds nothing but what settled an earlier bill: true, but no news to anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0 && [self.refunds, self.credits, self.amount_due].iter().all(|sum| sum.micros() == 0)
    }
}

impl PayoutAdvice {
    /// Whether the period holds nothing but what an earlier advice announced: true, but no news to anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let sums = [self.refunds, self.disputes, self.fees, self.other, self.payout];
        self.count == 0 && sums.iter().all(|sum| sum.micros() == 0)
    }
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

/// A bill that is not paid, asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its number: where it stands in the ledger.
    pub position: LedgerPosition,
    /// The bill.
    pub bill: LedgerPosition,
    /// Who owes it.
    pub consumer: ConsumerId,
    /// How many reminders of the bill went out; one that itself is a reminder counts.
    pub number: u64,
    /// What the bill asked for.
    pub amount_due: Money,
    /// What of it nobody has paid, above zero.
    pub open: Money,
    /// What this reminder costs. The next bill asks for it.
    pub fee: Money,
    /// Whether the consumer can pay nobody before the bill is paid.
    pub suspended: bool,
    /// Until when it is to be paid; at once, if nothing stands here.
    pub pay_by: Option<Timestamp>,
    /// What the transfer has to say.
    pub reference: Label,
    /// The account that it goes to, if we are paid by transfers.
    pub pay_to: Option<Label>,
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

/// Why the figures of a bill, statement or payout advice do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidStatement {
    /// It ends before it begins.
    #[error("the period ends before it begins")]
    NeverOpen,
    /// Two currencies in one document, or a sum out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// What was there before and what came in is not what went out and what is left.
    #[error("the amounts do not add up")]
    DoesNotAddUp,
    /// The lines are about more than was paid.
    #[error("the lines come to more than the payments")]
    Lines,
}

impl Bill {
    /// The most lines in one document, which fit into what a reader takes however long they are. What is beyond is in
    /// `payments` all the same.
    pub const MAX_LINES: usize = 250;

    /// Checks that it adds up: opening + payments − refunds − credits = amount due + carried.
    ///
    /// # Errors
    /// [`InvalidStatement`].
    pub fn checked(self) -> Result<Self, InvalidStatement> {
        check_period(self.from, self.to)?;
        check_sums(
            &[self.opening, self.payments],
            &[self.refunds, self.credits, self.amount_due, self.carried],
        )?;
        check_lines(&self.lines, self.count, self.payments)?;
        Ok(self)
    }
}

impl Statement {
    /// Checks that it adds up: opening + top-ups + refunds + other − payments − redemptions = closing.
    ///
    /// # Errors
    /// [`InvalidStatement`].
    pub fn checked(self) -> Result<Self, InvalidStatement> {
        check_period(self.from, self.to)?;
        check_sums(
            &[self.opening, self.top_ups, self.refunds, self.other],
            &[self.payments, self.redemptions, self.closing],
        )?;
        check_lines(&self.lines, self.count, self.payments)?;
        Ok(self)
    }
}

impl PayoutAdvice {
    /// Checks that it adds up: opening + sales + other − refunds − disputes − fees = payout + carried.
    ///
    /// # Errors
    /// [`InvalidStatement`].
    pub fn checked(self) -> Result<Self, InvalidStatement> {
        check_period(self.from, self.to)?;
        check_sums(
            &[self.opening, self.sales, self.other],
            &[self.refunds, self.disputes, self.fees, self.payout, self.carried],
        )?;
        Ok(self)
    }
}

fn check_period(from: Timestamp, to: Timestamp) -> Result<(), InvalidStatement> {
    if from < to { Ok(()) } else { Err(InvalidStatement::NeverOpen) }
}

fn check_sums(one_side: &[Money], other_side: &[Money]) -> Result<(), InvalidStatement> {
    let sum = |side: &[Money]| {
        let currency = one_side.first().map_or(Currency::EUR, |money| money.currency());
        side.iter().try_fold(Money::zero(currency), |sum, money| sum.checked_add(*money))
    };
    if sum(one_side)? == sum(other_side)? { Ok(()) } else { Err(InvalidStatement::DoesNotAddUp) }
}

fn check_lines(lines: &[Line], count: u64, payments: Money) -> Result<(), InvalidStatement> {
    let mut left = (Some(count), payments);
    for line in lines {
        left = (left.0.and_then(|left| left.checked_sub(line.count)), left.1.checked_sub(line.amount)?);
    }
    let (count, amount) = left;
    if count.is_some() && amount.micros() >= 0 { Ok(()) } else { Err(InvalidStatement::Lines) }
}

impl InclusionProof {
    /// The longest path: a tree of 2⁶⁴ leaves.
    pub const MAX_PATH: usize = 64;
}

#[cfg(test)]
mod tests;
