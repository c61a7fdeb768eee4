//! A postpaid period becomes a bill, a prepaid one a statement. Pure, but for names.
//!
//! A bill asks for what is owed in whole minor units, rounded down; the rest is carried into the next bill. It moves no
//! money: the debt is on the account and the credit limit counts it. Its collection does.

use std::collections::BTreeMap;

use payment_domain::{
    Bill, ConsumerId, Currency, InvalidStatement, LedgerPosition, Line, MerchantId, Money, Statement,
    Timestamp,
};

use crate::class::Class;
use crate::fee::whole_minor_units;
use crate::period::Period;
use crate::tally::{Overflow, Sum};

/// Lines in one document: as many as fit into evidence, the largest first.
pub const MOST_LINES: usize = 500;

/// What is asked for and what is carried, in micro-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Asked for.
    pub due: i64,
    /// Carried.
    pub carried: i64,
}

/// What a bill over this period asks for. Below the least amount it asks for nothing.
///
/// # Errors
/// [`Overflow`].
pub fn due(period: &Period, least_micros: Option<i64>) -> Result<Due, Overflow> {
    let owed = period.standing()?;
    let (whole, rest) = whole_minor_units(owed, period.currency);
    if whole < least_micros.unwrap_or_default() {
        return Ok(Due { due: 0, carried: owed });
    }
    Ok(Due { due: whole, carried: rest })
}

/// Where and when a document is issued.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
    /// First moment after the period.
    pub to: Timestamp,
    /// When it is issued.
    pub issued_at: Timestamp,
}

/// The bill over a period.
///
/// # Errors
/// [`InvalidStatement`] if it does not add up.
pub fn bill(
    period: &Period,
    consumer: ConsumerId,
    lines: Vec<Line>,
    frame: &Frame,
    due: Due,
    due_at: Timestamp,
) -> Result<Bill, InvalidStatement> {
    let money = |micros| Money::from_micros(micros, period.currency);
    let sums = &period.tally.sums;
    let rest =
        sums.total(|class| period.book.counts(class) && !matches!(class, Class::Payments | Class::Refunds));
    Bill {
        position: frame.position,
        consumer,
        from: from(period),
        to: frame.to,
        opening: money(period.carried),
        payments: money(sums.micros(Class::Payments).saturating_neg()),
        count: period.tally.peaks.count(),
        refunds: money(sums.micros(Class::Refunds)),
        credits: money(rest.unwrap_or(i64::MIN)),
        amount_due: money(due.due),
        carried: money(due.carried),
        root: period.tally.peaks.root(),
        lines,
        due_at,
        issued_at: frame.issued_at,
    }
    .checked()
}

/// The statement over a period.
///
/// # Errors
/// [`InvalidStatement`] if it does not add up.
pub fn statement(
    period: &Period,
    consumer: ConsumerId,
    lines: Vec<Line>,
    frame: &Frame,
) -> Result<Statement, InvalidStatement> {
    let money = |micros| Money::from_micros(micros, period.currency);
    let sums = &period.tally.sums;
    let named = [Class::Payments, Class::Refunds, Class::TopUps, Class::Redemptions];
    let other = sums.total(|class| !named.contains(&class));
    Statement {
        position: frame.position,
        consumer,
        from: from(period),
        to: frame.to,
        opening: money(period.carried),
        top_ups: money(sums.micros(Class::TopUps)),
        payments: money(sums.micros(Class::Payments).saturating_neg()),
        count: period.tally.peaks.count(),
        refunds: money(sums.micros(Class::Refunds)),
        redemptions: money(sums.micros(Class::Redemptions).saturating_neg()),
        other: money(other.unwrap_or(i64::MIN)),
        closing: money(period.standing().unwrap_or(i64::MIN)),
        root: period.tally.peaks.root(),
        lines,
        issued_at: frame.issued_at,
    }
    .checked()
}

/// When a period began.
pub(crate) fn from(period: &Period) -> Timestamp {
    Timestamp::from_millis(period.opened_at).unwrap_or(Timestamp::EPOCH)
}

/// The lines of a document: what went to merchants whose names are known, the largest first.
#[must_use]
pub fn lines(tally: &BTreeMap<i64, Sum>, names: &BTreeMap<i64, MerchantId>, currency: Currency) -> Vec<Line> {
    let mut lines: Vec<Line> = tally
        .iter()
        .filter_map(|(account, sum)| {
            let amount = Money::from_micros(sum.micros, currency);
            Some(Line { merchant: names.get(account)?.clone(), count: sum.count, amount })
        })
        .collect();
    lines.sort_by(|one, other| {
        let key = |line: &Line| (std::cmp::Reverse(line.amount.micros()), line.merchant.clone());
        key(one).cmp(&key(other))
    });
    lines.truncate(MOST_LINES);
    lines
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use payment_domain::Digest;
    use proptest::prelude::*;

    use super::*;
    use crate::period::Book;

    fn period(carried: i64, sums: &[(Class, i64)], currency: &str) -> Period {
        let mut period = Period::first(1, Book::Postpaid, 1, Currency::parse(currency).unwrap(), 1_000);
        period.carried = carried;
        for (class, micros) in sums {
            period.tally.sums.add(*class, Sum { count: 1, micros: *micros }).unwrap();
            if *class == Class::Payments {
                period.tally.peaks.push(Digest::new([1; 32]));
            }
        }
        period
    }

    #[test]
    fn a_bill_asks_for_whole_minor_units_of_its_currency() {
        for (currency, owed, due, carried) in [
            ("EUR", 1_239_999, 1_230_000, 9_999),
            ("JPY", 1_239_999, 1_000_000, 239_999),
            ("KWD", 1_239_999, 1_239_000, 999),
            ("EUR", 9_999, 0, 9_999),
            ("EUR", -5_000_000, 0, -5_000_000),
        ] {
            let period = period(0, &[(Class::Payments, -owed)], currency);
            assert_eq!(super::due(&period, None), Ok(Due { due, carried }), "{currency} {owed}");
        }
    }

    #[test]
    fn a_bill_below_the_least_amount_asks_for_nothing_and_carries_everything() {
        let period = period(0, &[(Class::Payments, -990_000)], "EUR");
        assert_eq!(due(&period, Some(1_000_000)), Ok(Due { due: 0, carried: 990_000 }));
        assert_eq!(due(&period, Some(990_000)), Ok(Due { due: 990_000, carried: 0 }));
    }

    proptest! {
        #[test]
        fn every_bill_and_statement_adds_up(
            carried in -100_000_000_i64..100_000_000,
            payments in 0_i64..1_000_000_000,
            refunds in 0_i64..1_000_000_000,
            disputes in 0_i64..1_000_000_000,
            fees in 0_i64..1_000_000,
            settled in 0_i64..1_000_000_000,
        ) {
            let period = period(carried, &[
                (Class::Payments, -payments),
                (Class::Refunds, refunds),
                (Class::Disputes, disputes),
                (Class::Fees, -fees),
                (Class::Collections, settled),
                (Class::WriteOffs, settled),
            ], "EUR");
            let at = Timestamp::from_millis(2_000).unwrap();
            let position = LedgerPosition::new(7).unwrap();
            let frame = Frame { position, to: at, issued_at: at };
            let alice = ConsumerId::parse("alice").unwrap();
            let due = due(&period, None).unwrap();
            let bill = bill(&period, alice.clone(), Vec::new(), &frame, due, at);
            prop_assert!(bill.is_ok(), "{bill:?}");
            prop_assert_eq!(due.due + due.carried, carried + payments - refunds - disputes + fees);
            let prepaid = Period { book: Book::Prepaid, ..period };
            let statement = statement(&prepaid, alice, Vec::new(), &frame);
            prop_assert!(statement.is_ok(), "{statement:?}");
        }
    }

    #[test]
    fn lines_are_sorted_by_amount_and_cut_where_evidence_ends() {
        let names: BTreeMap<i64, MerchantId> =
            (0..600).map(|n| (n, MerchantId::parse(&format!("m{n}")).unwrap())).collect();
        let tally: BTreeMap<i64, Sum> = (0..600).map(|n| (n, Sum { count: 1, micros: n })).collect();
        let lines = lines(&tally, &names, Currency::EUR);
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines[0].amount.micros(), 599);
        assert!(lines.windows(2).all(|pair| pair[0].amount.micros() >= pair[1].amount.micros()));
    }
}
