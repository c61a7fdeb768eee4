//! What a discount coupon makes of a price. Pure, and the one place where a campaign is calculated.

use payment_domain::{Discount, Money};

/// A price after a discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reduced {
    /// What is to be paid: at least one micro-unit, for nothing is sold for nothing.
    pub(crate) amount: Money,
    /// What rounding gave away beyond the discount, in millionths of a micro-unit: below one micro-unit, always in the
    /// consumer's favour, and the merchant's to bear, who signed the campaign. No transfer holds it.
    pub(crate) remainder: i64,
}

/// Millionths in one.
const ONE: i128 = 1_000_000;

/// Takes a discount off a price. `None` if it is in another currency.
///
/// A fixed discount that reaches the price leaves one micro-unit. A discount of so many millionths takes
/// `price × ppm ÷ 1,000,000` off, rounded up to the next micro-unit; of 1,000,000 millionths one micro-unit is left, too.
pub(crate) fn reduce(price: Money, discount: Discount) -> Option<Reduced> {
    let (off, remainder) = match discount {
        Discount::Amount(off) if off.currency() == price.currency() => (off.micros(), 0),
        Discount::Amount(_) => return None,
        Discount::Ppm(ppm) => {
            let exact = i128::from(price.micros()).checked_mul(i128::from(ppm))?;
            let rest = exact.checked_rem(ONE)?;
            let up = if rest == 0 { 0 } else { ONE.checked_sub(rest)? };
            let off = exact.checked_add(up)?.checked_div(ONE)?;
            (i64::try_from(off).ok()?, i64::try_from(up).ok()?)
        }
    };
    let amount = price.micros().checked_sub(off)?;
    if amount < 1 {
        return Some(Reduced { amount: Money::from_micros(1, price.currency()), remainder: 0 });
    }
    Some(Reduced { amount: Money::from_micros(amount, price.currency()), remainder })
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests {
    use payment_domain::Currency;
    use proptest::prelude::*;

    use super::*;

    fn eur(micros: i64) -> Money {
        Money::from_micros(micros, Currency::EUR)
    }

    #[test]
    fn a_discount_is_rounded_for_the_consumer_and_leaves_at_least_a_micro_unit() {
        for (price, discount, amount, remainder) in [
            (1_800_000, Discount::Amount(eur(500_000)), 1_300_000, 0),
            (1_800_000, Discount::Amount(eur(1_800_000)), 1, 0),
            (1_800_000, Discount::Amount(eur(9_000_000)), 1, 0),
            (1_800_000, Discount::Ppm(100_000), 1_620_000, 0),
            (1_800_000, Discount::Ppm(1_000_000), 1, 0),
            (7, Discount::Ppm(500_000), 3, 500_000),
            (10, Discount::Ppm(1), 9, 999_990),
            (1, Discount::Ppm(1), 1, 0),
            (i64::MAX, Discount::Ppm(1_000_000), 1, 0),
            (i64::MAX, Discount::Ppm(500_000), i64::MAX / 2, 500_000),
        ] {
            assert_eq!(
                reduce(eur(price), discount),
                Some(Reduced { amount: eur(amount), remainder }),
                "{price} {discount:?}"
            );
        }
    }

    #[test]
    fn a_discount_in_another_currency_is_none() {
        let dollars = Money::from_micros(1, Currency::parse("USD").unwrap());
        assert_eq!(reduce(eur(10), Discount::Amount(dollars)), None);
    }

    proptest! {
        #[test]
        fn the_amount_the_discount_and_the_remainder_make_up_the_price(price in 2..i64::MAX, ppm in 1..1_000_000_u32) {
            let reduced = reduce(eur(price), Discount::Ppm(ppm)).unwrap();
            prop_assert!(reduced.amount.micros() >= 1 && reduced.amount.micros() < price);
            prop_assert!((0..1_000_000).contains(&reduced.remainder));
            if reduced.amount.micros() > 1 {
                let off = i128::from(price - reduced.amount.micros()) * ONE;
                prop_assert_eq!(off - i128::from(reduced.remainder), i128::from(price) * i128::from(ppm));
            }
        }
    }
}
