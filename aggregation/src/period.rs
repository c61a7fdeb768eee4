//! A period of one account: what the fold adds to, and a close turns into a document. Pure.
//!
//! Documents form a chain of their own: each begins with what the one before carried. A transfer that settles what a
//! document announced (a bill's collection, a payout, a fee) falls into a later period and is no part of its document:
//! otherwise it would count twice whenever the next close comes before the fold has seen it.

use payment_domain::Currency;

use crate::class::Class;
use crate::fee::FeeRest;
use crate::tally::{Overflow, Tally};

/// What kind of account a period is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Book {
    /// A consumer's money. Closing issues a statement.
    Prepaid,
    /// A consumer's debt. Closing issues a bill.
    Postpaid,
    /// A merchant's income. Closing issues a payout advice.
    Merchant,
}

impl Book {
    /// As it is stored, which is the kind of the account.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::Postpaid => "postpaid",
            Self::Merchant => "merchant",
        }
    }

    /// Reads the kind of an account; `None` for accounts that have no periods.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Prepaid, Self::Postpaid, Self::Merchant].into_iter().find(|book| book.as_str() == text)
    }

    /// Whether a class is part of the account's documents.
    #[must_use]
    pub const fn counts(self, class: Class) -> bool {
        match self {
            Self::Prepaid => true,
            Self::Postpaid => !class.settles(),
            Self::Merchant => !class.settles() && !matches!(class, Class::Fees),
        }
    }
}

/// A period as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Of which account.
    pub account: i64,
    /// Which, from one.
    pub seq: i64,
    /// Moves with every change.
    pub version: i64,
    /// What kind of account.
    pub book: Book,
    /// Whose.
    pub owner: i64,
    /// In what.
    pub currency: Currency,
    /// The last fold before it.
    pub opened_fold: i64,
    /// When it began, in milliseconds.
    pub opened_at: i64,
    /// Ids of the first and the last transfer that its document is about; without one there is no news to anybody.
    pub span: Option<(i64, i64)>,
    /// What the document before left over: owed by a consumer, payable to a merchant, or on a prepaid account.
    pub carried: i64,
    /// What a merchant owes us from before.
    pub fee_rest: FeeRest,
    /// Everything since.
    pub tally: Tally,
}

impl Period {
    /// The first period of an account.
    #[must_use]
    pub const fn first(account: i64, book: Book, owner: i64, currency: Currency, opened_at: i64) -> Self {
        Self {
            account,
            seq: 1,
            version: 1,
            book,
            owner,
            currency,
            opened_fold: 0,
            opened_at,
            span: None,
            carried: 0,
            fee_rest: FeeRest { micros: 0, picos: 0 },
            tally: Tally::new(),
        }
    }

    /// What a document would be about now: carried and everything since, in the direction of the book.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn standing(&self) -> Result<i64, Overflow> {
        let moved = self.tally.sums.total(|class| self.book.counts(class))?;
        match self.book {
            Book::Prepaid | Book::Merchant => self.carried.checked_add(moved).ok_or(Overflow),
            Book::Postpaid => self.carried.checked_sub(moved).ok_or(Overflow),
        }
    }

    /// The period after this one.
    #[must_use]
    pub fn next(&self, closed_fold: i64, closed_at: i64, carried: i64, fee_rest: FeeRest) -> Self {
        Self {
            seq: self.seq.saturating_add(1),
            version: 1,
            opened_fold: closed_fold,
            opened_at: closed_at,
            span: None,
            carried,
            fee_rest,
            tally: Tally::default(),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Sum;

    fn period(book: Book, carried: i64, sums: &[(Class, i64)]) -> Period {
        let mut tally = Tally::default();
        for (class, micros) in sums {
            tally.sums.add(*class, Sum { count: 1, micros: *micros }).unwrap();
        }
        Period { carried, tally, ..Period::first(1, book, 1, Currency::EUR, 0) }
    }

    #[test]
    fn what_settles_an_earlier_document_is_no_part_of_the_next() {
        use Class::{Collections, Disputes, Fees, Payments, Payouts, Refunds, Returns, TopUps, WriteOffs};
        let consumer = [
            (Payments, -500),
            (Refunds, 30),
            (Disputes, 20),
            (Fees, -7),
            (Collections, 1_000),
            (WriteOffs, 5),
        ];
        assert_eq!(period(Book::Postpaid, 9, &consumer).standing(), Ok(9 + 500 - 30 - 20 + 7));
        let merchant =
            [(Payments, 500), (Refunds, -30), (Fees, -40), (Payouts, -300), (Returns, 300), (Disputes, -1)];
        assert_eq!(period(Book::Merchant, 9, &merchant).standing(), Ok(9 + 500 - 30 + 300 - 1));
        let prepaid = [(TopUps, 1_000), (Payments, -400)];
        assert_eq!(period(Book::Prepaid, 9, &prepaid).standing(), Ok(609));
    }

    #[test]
    fn books_are_the_kinds_of_accounts_that_have_periods() {
        for kind in ["prepaid", "postpaid", "merchant"] {
            assert_eq!(Book::parse(kind).unwrap().as_str(), kind);
        }
        for kind in ["external", "hold", "fee", "counter", ""] {
            assert_eq!(Book::parse(kind), None);
        }
    }
}
