//! The two decisions about coupons: buying one, and paying with one (R1, R3). The same limits, other means.

use super::{AccountKind, Decision, Means, Question, Rule, Ruling, decide, decide_outside};
use crate::Policy;

/// Decides an order for something that only an external system may be paid for, however little it is: a coupon, whose
/// money stays at its bank (R4).
#[must_use]
pub fn decide_single(question: &Question, means: &Means, policy: &Policy) -> Ruling {
    let ruling = decide_outside(question, means, policy);
    match ruling.decision {
        Decision::Single => Ruling { rule: Rule::CouponGoesSingle, ..ruling },
        _ => ruling,
    }
}

/// Decides an order whose money is set aside first and taken later: only an external system can do that.
#[must_use]
pub fn decide_deferred(question: &Question, means: &Means, policy: &Policy) -> Ruling {
    let ruling = decide_single(question, means, policy);
    match ruling.decision {
        Decision::Single => Ruling { rule: Rule::DeferredGoesSingle, ..ruling },
        _ => ruling,
    }
}

/// Decides an order that coupons pay. They are value paid in before and cover the amount, so that what a terminal may
/// pay at all it may pay with them; its own limits and those over time hold as for any payment. Giving a coupon away is
/// decided in the same way.
#[must_use]
pub fn decide_with_coupon(question: &Question, means: &Means, policy: &Policy) -> Ruling {
    let covered = Means {
        account: Some((AccountKind::Prepaid, question.amount)),
        external: true,
        // Whoever bought the coupon was identified by the bank that was charged for it.
        anonymous: false,
        spent: means.spent,
    };
    let ruling = decide(question, &covered, policy);
    match ruling.decision {
        Decision::Aggregated(_) | Decision::Single => {
            Ruling { decision: Decision::Single, rule: Rule::Coupon }
        }
        Decision::StepUp(_) | Decision::Refused(_) => ruling,
    }
}
