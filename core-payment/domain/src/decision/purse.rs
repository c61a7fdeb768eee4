//! The decision about money into or out of a prepaid account: it moves at an external system, or not at all.

use super::{Means, Question, Ruling, Spent, decide_outside};
use crate::Policy;

/// Decides a top-up or redemption as a single payment of the amount: is the consumer authenticated well enough for it?
/// Whether there is an account or instrument for it, and money in it, is another question.
#[must_use]
pub fn decide_transfer(question: &Question, spent: Spent, policy: &Policy) -> Ruling {
    let means = Means { account: None, external: true, anonymous: false, spent };
    decide_outside(question, &means, policy)
}
