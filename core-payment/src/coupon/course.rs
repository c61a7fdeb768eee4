//! The course of one payment with coupons at their banks (R4): everything is reserved first, then settled; if any bank
//! says no, everything is reversed. Pure: one step is asked for at a time, and its answer decides the next.

use payment_domain::Operation;

use crate::storage::coupon::UseRow;

/// How far the bank is with one coupon of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Set aside here; the bank knows nothing yet.
    Reserved,
    /// The bank has set it aside, too.
    Authorised,
    /// The bank has settled it.
    Captured,
    /// The bank does not set it aside.
    Declined,
    /// The bank has set it aside and does not settle it.
    Uncaptured,
    /// The bank was told to forget it.
    Reversed,
    /// The payment is made.
    Spent,
    /// The payment is not made.
    Released,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask the bank of the coupon at this place.
    Ask(usize, Operation),
    /// Everything is settled: post the payment.
    Pay,
    /// Everything is reversed: refuse it.
    Refuse,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Reserved,
        Self::Authorised,
        Self::Captured,
        Self::Declined,
        Self::Uncaptured,
        Self::Reversed,
        Self::Spent,
        Self::Released,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Uncaptured => "uncaptured",
            Self::Reversed => "reversed",
            Self::Spent => "spent",
            Self::Released => "released",
        }
    }

    /// Where the answer to an operation leads. A reversal that is declined changes nothing for us: the bank has not
    /// settled it or keeps its own record, the holder has the value either way, and the evidence names the attempt.
    pub(crate) const fn after(operation: Operation, approved: bool) -> Option<Self> {
        match (operation, approved) {
            (Operation::Authorise, true) => Some(Self::Authorised),
            (Operation::Authorise, false) => Some(Self::Declined),
            (Operation::Capture, true) => Some(Self::Captured),
            (Operation::Capture, false) => Some(Self::Uncaptured),
            (Operation::Void | Operation::Refund, _) => Some(Self::Reversed),
            (Operation::Charge | Operation::Payout, _) => None,
        }
    }
}

impl UseRow {
    /// How far the bank is; `None` if that cannot be read.
    pub(crate) fn stage(&self) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == self.state)
    }

    /// Notes it.
    pub(crate) fn reach(&mut self, stage: Stage) {
        stage.as_str().clone_into(&mut self.state);
    }
}

/// The next step of a payment that has not ended, from how far the banks are with each of its coupons.
pub(crate) fn next(stages: &[Stage]) -> Step {
    let first = |wanted: &[Stage]| stages.iter().position(|stage| wanted.contains(stage));
    if first(&[Stage::Declined, Stage::Uncaptured, Stage::Reversed]).is_some() {
        // What was settled is given back, what was only set aside is set free.
        return match (first(&[Stage::Captured]), first(&[Stage::Authorised, Stage::Uncaptured])) {
            (Some(place), _) => Step::Ask(place, Operation::Refund),
            (None, Some(place)) => Step::Ask(place, Operation::Void),
            (None, None) => Step::Refuse,
        };
    }
    match (first(&[Stage::Reserved]), first(&[Stage::Authorised])) {
        (Some(place), _) => Step::Ask(place, Operation::Authorise),
        (None, Some(place)) => Step::Ask(place, Operation::Capture),
        (None, None) => Step::Pay,
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    /// Plays a payment with so many coupons; the answers at the given questions, counted from 1, are no.
    fn play(coupons: usize, declined: &[usize]) -> (Vec<Stage>, String) {
        let mut stages = vec![Stage::Reserved; coupons];
        let mut said = String::new();
        for question in 1..100 {
            match next(&stages) {
                Step::Ask(place, operation) => {
                    let approved = !declined.contains(&question);
                    let answer = if approved { "" } else { " no" };
                    said.push_str(&format!("{operation} {}{answer}, ", place + 1));
                    stages[place] = Stage::after(operation, approved).unwrap();
                }
                end => {
                    said.push_str(&format!("{end:?}"));
                    return (stages, said);
                }
            }
        }
        panic!("it never ends: {said}");
    }

    fn check(coupons: usize, declined: &[usize], expected: &Expect) {
        expected.assert_eq(&play(coupons, declined).1);
    }

    #[test]
    fn everything_is_reserved_before_anything_is_settled_and_a_no_reverses_all_of_it() {
        check(1, &[], &expect!["authorise 1, capture 1, Pay"]);
        check(1, &[1], &expect!["authorise 1 no, Refuse"]);
        check(1, &[2], &expect!["authorise 1, capture 1 no, void 1, Refuse"]);
        check(1, &[2, 3], &expect!["authorise 1, capture 1 no, void 1 no, Refuse"]);
        check(2, &[], &expect!["authorise 1, authorise 2, capture 1, capture 2, Pay"]);
        check(2, &[2], &expect!["authorise 1, authorise 2 no, void 1, Refuse"]);
        check(2, &[3], &expect!["authorise 1, authorise 2, capture 1 no, void 1, void 2, Refuse"]);
        check(
            2,
            &[4],
            &expect!["authorise 1, authorise 2, capture 1, capture 2 no, refund 1, void 2, Refuse"],
        );
        check(
            3,
            &[5],
            &expect![
                "authorise 1, authorise 2, authorise 3, capture 1, capture 2 no, refund 1, void 2, void 3, Refuse"
            ],
        );
    }

    #[test]
    fn every_stage_reads_back_what_it_writes() {
        for stage in Stage::ALL {
            let mut row = UseRow {
                payment: 1,
                place: 0,
                coupon: Vec::new(),
                micros: 1,
                restored_micros: 0,
                state: String::new(),
                authorise: None,
                capture: None,
                reversal: None,
            };
            assert_eq!(row.stage(), None);
            row.reach(stage);
            assert_eq!(row.stage(), Some(stage));
        }
    }

    proptest! {
        #[test]
        fn a_payment_is_made_only_if_every_bank_settled(
            coupons in 1..8_usize,
            declined in proptest::collection::vec(1..40_usize, 0..4),
        ) {
            let (stages, said) = play(coupons, &declined);
            let settled = stages.iter().all(|stage| *stage == Stage::Captured);
            prop_assert_eq!(said.ends_with("Pay"), settled);
            // Whatever was refused leaves nothing behind at any bank.
            let open = stages.iter().any(|stage| matches!(stage, Stage::Authorised | Stage::Captured | Stage::Uncaptured));
            prop_assert!(settled || !open);
            prop_assert!(said.matches(", ").count() <= coupons * 3);
        }
    }
}
