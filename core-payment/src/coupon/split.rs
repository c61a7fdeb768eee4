//! How an amount is taken from several coupons, and how a part of it goes back. Pure.

/// Takes an amount from coupons in the order named, each as far as it goes. What each gives; coupons that are not needed
/// give nothing and are left out. `None` if all of them together are too little.
pub(crate) fn take(remaining: &[i64], amount: i64) -> Option<Vec<i64>> {
    let mut left = amount;
    let mut taken = Vec::with_capacity(remaining.len());
    for rest in remaining {
        if left == 0 {
            break;
        }
        let part = left.min((*rest).max(0));
        left = left.checked_sub(part)?;
        taken.push(part);
    }
    (left == 0).then_some(taken)
}

/// What has gone back to each coupon of a payment once this much has: the last one first, so that what was begun first
/// stays spent. It depends on the total alone: two refunds, in whichever order, end in the same.
pub(crate) fn give_back(taken: &[i64], total: i64) -> Option<Vec<i64>> {
    let mut left = total;
    let mut back = vec![0; taken.len()];
    for (part, back) in taken.iter().zip(&mut back).rev() {
        *back = left.min(*part);
        left = left.checked_sub(*back)?;
    }
    (left == 0).then_some(back)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn coupons_are_taken_from_in_the_order_named() {
        assert_eq!(take(&[5, 5, 5], 7), Some(vec![5, 2]));
        assert_eq!(take(&[5], 5), Some(vec![5]));
        assert_eq!(take(&[5], 6), None);
        assert_eq!(take(&[], 1), None);
        assert_eq!(take(&[0, 5], 5), Some(vec![0, 5]));
    }

    #[test]
    fn what_goes_back_goes_to_the_last_first() {
        assert_eq!(give_back(&[5, 2], 1), Some(vec![0, 1]));
        assert_eq!(give_back(&[5, 2], 3), Some(vec![1, 2]));
        assert_eq!(give_back(&[5, 2], 7), Some(vec![5, 2]));
        assert_eq!(give_back(&[5, 2], 8), None);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_amount_and_go_back_in_any_order(
            remaining in proptest::collection::vec(1..1000_i64, 1..8),
            amount in 1..4000_i64,
            first in 0..4000_i64,
        ) {
            let total: i64 = remaining.iter().sum();
            let taken = take(&remaining, amount);
            prop_assert_eq!(taken.is_some(), amount <= total);
            if let Some(taken) = taken {
                prop_assert_eq!(taken.iter().sum::<i64>(), amount);
                prop_assert!(taken.iter().zip(&remaining).all(|(part, rest)| part <= rest && *part > 0));
                let first = first.min(amount);
                let before = give_back(&taken, first).unwrap();
                let after = give_back(&taken, amount).unwrap();
                prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after));
                prop_assert_eq!(after, taken);
            }
        }
    }
}
