//! A merchant's period becomes a payout: what was sold, less refunds, disputes and our fee, in whole minor units. Pure.
//!
//! What is below the minimum, in dispute, or not there yet (a refund may have been posted since) is carried.

use payment_domain::{InvalidStatement, Label, MerchantId, Money, PayoutAdvice};

use crate::bill::{Frame, from};
use crate::class::Class;
use crate::fee::{FeeRest, FeeSchedule, whole_minor_units};
use crate::period::Period;
use crate::tally::Overflow;

/// What stands in the way of paying everything out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// What is on the account now, in micro-units.
    pub available: i64,
    /// What open disputes ask of it.
    pub disputed: i64,
    /// Whether the merchant can be paid: active, with somewhere to pay to.
    pub payable: bool,
}

/// What is taken, paid and carried, in micro-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Our fee.
    pub fee: i64,
    /// What of it is carried.
    pub fee_rest: FeeRest,
    /// What open disputes kept back.
    pub withheld: i64,
    /// What is paid out.
    pub payout: i64,
    /// What stays on the account.
    pub carried: i64,
}

/// What a merchant is paid for a period.
///
/// # Errors
/// [`Overflow`].
pub fn settle(period: &Period, schedule: &FeeSchedule, limits: Limits) -> Result<Settled, Overflow> {
    let standing = period.standing()?;
    let most = standing.min(limits.available).max(0);
    let (sales, count) = (period.tally.sums.micros(Class::Payments), period.tally.peaks.count());
    let fee = schedule.fee(sales, count, period.fee_rest, most).ok_or(Overflow)?;
    let after_fee = most.saturating_sub(fee.micros);
    let withheld = limits.disputed.clamp(0, after_fee);
    let (whole, _) = whole_minor_units(after_fee.saturating_sub(withheld), period.currency);
    let payout = if limits.payable && whole >= schedule.minimum_micros { whole } else { 0 };
    let carried =
        standing.checked_sub(fee.micros).and_then(|rest| rest.checked_sub(payout)).ok_or(Overflow)?;
    Ok(Settled { fee: fee.micros, fee_rest: fee.rest, withheld, payout, carried })
}

/// The advice over a period.
///
/// # Errors
/// [`InvalidStatement`] if it does not add up.
pub fn advice(
    period: &Period,
    merchant: MerchantId,
    frame: &Frame,
    settled: &Settled,
    reference: Label,
) -> Result<PayoutAdvice, InvalidStatement> {
    let money = |micros| Money::from_micros(micros, period.currency);
    let sums = &period.tally.sums;
    let named = [Class::Payments, Class::Refunds, Class::Disputes];
    let other = sums.total(|class| period.book.counts(class) && !named.contains(&class));
    PayoutAdvice {
        position: frame.position,
        merchant,
        from: from(period),
        to: frame.to,
        opening: money(period.carried),
        sales: money(sums.micros(Class::Payments)),
        count: period.tally.peaks.count(),
        refunds: money(sums.micros(Class::Refunds).saturating_neg()),
        disputes: money(sums.micros(Class::Disputes).saturating_neg()),
        fees: money(settled.fee),
        other: money(other.unwrap_or(i64::MIN)),
        payout: money(settled.payout),
        carried: money(settled.carried),
        root: period.tally.peaks.root(),
        reference,
        issued_at: frame.issued_at,
    }
    .checked()
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use payment_domain::{Currency, Digest, LedgerPosition, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::Cadence;
    use crate::period::Book;
    use crate::tally::Sum;

    const TWO_PER_CENT: FeeSchedule = FeeSchedule {
        share_ppm: 20_000,
        fixed_micros: 0,
        minimum_micros: 10_000_000,
        cadence: Cadence::Weekly,
    };

    fn period(carried: i64, sums: &[(Class, i64)]) -> Period {
        let mut period = Period::first(1, Book::Merchant, 1, Currency::EUR, 1_000);
        period.carried = carried;
        for (class, micros) in sums {
            period.tally.sums.add(*class, Sum { count: 1, micros: *micros }).unwrap();
            if *class == Class::Payments {
                period.tally.peaks.push(Digest::new([1; 32]));
            }
        }
        period
    }

    fn limits(available: i64) -> Limits {
        Limits { available, disputed: 0, payable: true }
    }

    #[test]
    fn a_merchant_gets_sales_less_refunds_and_fee_in_whole_cents() {
        let period = period(3, &[(Class::Payments, 20_123_456), (Class::Refunds, -1_000_000)]);
        let settled = settle(&period, &TWO_PER_CENT, limits(19_123_459)).unwrap();
        // 2 % of 20.123456 = 0.40246912: fees are not given back with the refund.
        assert_eq!(settled.fee, 402_469);
        assert_eq!(settled.fee_rest, FeeRest { micros: 0, picos: 120_000 });
        assert_eq!((settled.payout, settled.carried), (18_720_000, 990));
    }

    #[test]
    fn below_the_minimum_nothing_is_paid_and_everything_carried() {
        let period = period(0, &[(Class::Payments, 10_000_000)]);
        let settled = settle(&period, &TWO_PER_CENT, limits(10_000_000)).unwrap();
        assert_eq!((settled.fee, settled.payout, settled.carried), (200_000, 0, 9_800_000));
    }

    #[test]
    fn what_is_in_dispute_or_gone_meanwhile_is_not_paid_out() {
        let period = period(0, &[(Class::Payments, 50_000_000)]);
        let disputed = Limits { disputed: 5_000_000, ..limits(50_000_000) };
        let settled = settle(&period, &TWO_PER_CENT, disputed).unwrap();
        assert_eq!((settled.withheld, settled.payout, settled.carried), (5_000_000, 44_000_000, 5_000_000));
        let settled = settle(&period, &TWO_PER_CENT, limits(20_000_000)).unwrap();
        assert_eq!((settled.payout, settled.carried), (19_000_000, 30_000_000));
        let suspended = Limits { payable: false, ..limits(50_000_000) };
        assert_eq!(settle(&period, &TWO_PER_CENT, suspended).unwrap().payout, 0);
    }

    proptest! {
        #[test]
        fn every_advice_adds_up_and_never_pays_what_is_not_there(
            carried in 0_i64..100_000_000,
            sales in 0_i64..1_000_000_000,
            refunds in 0_i64..1_000_000_000,
            returns in 0_i64..100_000_000,
            disputes in 0_i64..100_000_000,
            earlier in 0_i64..100_000_000,
            available in 0_i64..2_000_000_000,
            disputed in 0_i64..100_000_000,
            share_ppm in 0_u32..=1_000_000,
            payable: bool,
        ) {
            let period = period(carried, &[
                (Class::Payments, sales),
                (Class::Refunds, -refunds),
                (Class::Returns, returns),
                (Class::Disputes, -disputes),
                (Class::Fees, -earlier),
                (Class::Payouts, -earlier),
            ]);
            let schedule = FeeSchedule { share_ppm, ..TWO_PER_CENT };
            let settled = settle(&period, &schedule, Limits { available, disputed, payable }).unwrap();
            prop_assert!(settled.fee + settled.payout + settled.withheld <= available);
            prop_assert!(settled.payout >= 0 && settled.fee >= 0);
            let at = Timestamp::from_millis(2_000).unwrap();
            let frame = Frame { position: LedgerPosition::new(7).unwrap(), to: at, issued_at: at };
            let kiosk = MerchantId::parse("kiosk").unwrap();
            let advice = advice(&period, kiosk, &frame, &settled, Label::parse("x").unwrap());
            prop_assert!(advice.is_ok(), "{advice:?}");
        }
    }
}
