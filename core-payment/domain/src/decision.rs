//! Aggregated, single, a further question, or no: one pure function and the rule that fired (R13, R14).
//!
//! Read [`decide`] top to bottom: the first rule that applies wins. Every path ends in a [`Ruling`].

mod coupon;
mod purse;

use std::fmt;

pub use coupon::{decide_deferred, decide_single, decide_with_coupon};
pub use purse::decide_transfer;

use crate::policy::{Grant, SinceStrong};
use crate::terminal::terms;
use crate::{Capability, Funding, InvalidTerm, Method, Money, Policy, Timestamp};

terms! {
    /// The two payment modes (R13).
    Mode, "payment mode" {
        /// Posted to the ledger, billed and paid out with many others.
        Aggregated = "aggregated",
        /// Through an external payment system, by itself.
        Single = "single",
    }
}

terms! {
    /// What to ask of the consumer before the order can be accepted.
    Challenge, "challenge" {
        /// Send a one-time code to the registered phone and ask for it.
        OneTimeCode = "one-time-code",
        /// Ask for the passkey.
        Passkey = "passkey",
        /// Ask for the PIN.
        Pin = "pin",
    }
}

terms! {
    /// Why an order is refused.
    Reason, "reason" {
        /// Neither the consumer's account nor the policy is in this currency.
        WrongCurrency = "wrong-currency",
        /// This method is not enough at this terminal, and nothing better can be asked for.
        MethodRefused = "method-refused",
        /// Above what this terminal may pay.
        OverLimit = "over-limit",
        /// Too little money, and no external payment system on file.
        InsufficientFunds = "insufficient-funds",
        /// The amount is not above zero.
        AmountNotPositive = "amount-not-positive",
    }
}

terms! {
    /// The rules, in the order in which they are tried. The names stand in receipts: they are stable.
    Rule, "rule" {
        /// Nothing is paid, or less.
        AmountNotPositive = "amount-not-positive",
        /// The policy speaks of another currency.
        CurrencyNotServed = "currency-not-served",
        /// The method is not granted here, but another can be asked for.
        MethodNeedsStepUp = "method-needs-step-up",
        /// The method is not granted here.
        MethodNotGranted = "method-not-granted",
        /// Too much without strong authentication, which can be asked for (RTS art. 16).
        LowValueNeedsStepUp = "low-value-needs-step-up",
        /// Too much without strong authentication, of which the terminal is not capable.
        LowValueExhausted = "low-value-exhausted",
        /// Small enough, and the account can pay it.
        AggregateMicropayment = "aggregate-micropayment",
        /// The account cannot pay it, but an external system can.
        AccountShortGoesSingle = "account-short-goes-single",
        /// The postpaid limit is reached, but an external system can pay.
        PostpaidLimitGoesSingle = "postpaid-limit-goes-single",
        /// Too large to aggregate.
        LargeGoesSingle = "large-goes-single",
        /// Too large for what can be paid by this method, but another can be asked for.
        LimitNeedsStepUp = "limit-needs-step-up",
        /// Too large for this terminal.
        TerminalLimit = "terminal-limit",
        /// The postpaid limit is reached (PSD2 art. 3(l)).
        PostpaidLimit = "postpaid-limit",
        /// Too much to pay at once from the account of somebody unidentified (AMLD5 art. 12).
        AnonymousLimit = "anonymous-limit",
        /// Too little in the account.
        AccountShort = "account-short",
        /// It would have to be single, and no external system is on file.
        NoExternalSystem = "no-external-system",
        /// Only an external system may be paid for it: a coupon is bought (R1).
        CouponGoesSingle = "coupon-goes-single",
        /// Only an external system can set its money aside: it is captured later.
        DeferredGoesSingle = "deferred-goes-single",
        /// Coupons pay it, once their bank agrees (R4).
        Coupon = "coupon",
    }
}

/// What the decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// What is to be paid.
    pub amount: Money,
    /// What the terminal can do.
    pub capability: Capability,
    /// How the consumer was authenticated.
    pub method: Method,
    /// When the decision is made: monthly limits count by it.
    pub now: Timestamp,
}

/// What the consumer can pay with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// The account's kind and what it can still pay: balance plus credit. `None` without an account.
    pub account: Option<(AccountKind, Money)>,
    /// Whether an external payment system is on file.
    pub external: bool,
    /// Whether nobody has identified the consumer.
    pub anonymous: bool,
    /// What was spent before.
    pub spent: Spent,
}

/// The two kinds of consumer account (R52).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Money was paid in before.
    Prepaid,
    /// It will be billed.
    Postpaid,
}

/// What limits over time are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Without strong authentication, since the last strong one, in micro-units.
    pub since_strong_micros: i64,
    /// Number of those payments.
    pub since_strong_count: u32,
    /// The month that `month_micros` belongs to, as `202611`.
    pub month: i32,
    /// Put on the postpaid account in that month, in micro-units.
    pub month_micros: i64,
}

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Post it to the ledger.
    Aggregated(AccountKind),
    /// Hand it to an external payment system.
    Single,
    /// Ask the consumer for this first; the answer comes as a new order.
    StepUp(Challenge),
    /// Do nothing.
    Refused(Reason),
}

/// A decision and the rule that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// What becomes of the order.
    pub decision: Decision,
    /// Why.
    pub rule: Rule,
}

impl AccountKind {
    /// The funding that a payment from this account has.
    #[must_use]
    pub const fn funding(self) -> Funding {
        match self {
            Self::Prepaid => Funding::Prepaid,
            Self::Postpaid => Funding::Postpaid,
        }
    }
}

impl Spent {
    /// The counters after a payment was accepted; `strong` as granted by the policy.
    #[must_use]
    pub fn after(self, question: &Question, strong: bool, decision: Decision) -> Self {
        let micros = question.amount.micros();
        let month = question.now.month();
        let carried = if self.month == month { self.month_micros } else { 0 };
        let postpaid = decision == Decision::Aggregated(AccountKind::Postpaid);
        Self {
            since_strong_micros: if strong { 0 } else { self.since_strong_micros.saturating_add(micros) },
            since_strong_count: if strong { 0 } else { self.since_strong_count.saturating_add(1) },
            month,
            month_micros: if postpaid { carried.saturating_add(micros) } else { carried },
        }
    }
}

/// Decides one order. Total: every input ends in exactly one ruling, and never in a payment above a limit.
#[must_use]
pub fn decide(question: &Question, means: &Means, policy: &Policy) -> Ruling {
    if question.amount.positive().is_err() {
        return refuse(Reason::AmountNotPositive, Rule::AmountNotPositive);
    }
    if question.amount.currency() != policy.currency {
        return refuse(Reason::WrongCurrency, Rule::CurrencyNotServed);
    }
    let Some(grant) = policy.grant(question.capability, question.method) else {
        return match better_grant(question, means, policy, |_| true) {
            Some(challenge) => step_up(challenge, Rule::MethodNeedsStepUp),
            None => refuse(Reason::MethodRefused, Rule::MethodNotGranted),
        };
    };
    if !grant.strong && !within_low_value(question, means, policy) {
        return match better_grant(question, means, policy, |better| better.strong) {
            Some(challenge) => step_up(challenge, Rule::LowValueNeedsStepUp),
            None => refuse(Reason::OverLimit, Rule::LowValueExhausted),
        };
    }
    let ruling = choose_mode(question, means, policy, grant);
    // Whatever it is that the amount does not fit into, another method may have a wider one: a limit of the terminal, or
    // a way past an account that is short.
    if matches!(ruling.decision, Decision::Refused(_))
        && let Some(challenge) = better_grant(question, means, policy, |_| true)
    {
        return step_up(challenge, Rule::LimitNeedsStepUp);
    }
    ruling
}

/// Decides what only an external system can pay: nothing is small enough to be aggregated, so that the limits of single
/// payments say what is refused and what to ask for.
fn decide_outside(question: &Question, means: &Means, policy: &Policy) -> Ruling {
    let means = Means { account: None, ..*means };
    decide(question, &means, &Policy { aggregated_max_micros: 0, ..policy.clone() })
}

/// Aggregated if it is small and the account can pay it, else single if that is possible, else the reason.
fn choose_mode(question: &Question, means: &Means, policy: &Policy, grant: &Grant) -> Ruling {
    let micros = question.amount.micros();
    let single_max = grant.single_max_micros.min(policy.single_max_micros);
    let small = micros <= grant.aggregated_max_micros.min(policy.aggregated_max_micros);
    let blocked = if small {
        match account_pays(question, means, policy) {
            Ok(kind) => {
                return Ruling { decision: Decision::Aggregated(kind), rule: Rule::AggregateMicropayment };
            }
            Err(blocked) => Some(blocked),
        }
    } else {
        None
    };
    let by_single = match blocked {
        None => Rule::LargeGoesSingle,
        Some(Rule::PostpaidLimit) => Rule::PostpaidLimitGoesSingle,
        Some(_) => Rule::AccountShortGoesSingle,
    };
    if micros <= single_max && means.external {
        return Ruling { decision: Decision::Single, rule: by_single };
    }
    match blocked {
        Some(rule @ (Rule::PostpaidLimit | Rule::AnonymousLimit)) => refuse(Reason::OverLimit, rule),
        Some(rule) => refuse(Reason::InsufficientFunds, rule),
        None if micros <= single_max => refuse(Reason::InsufficientFunds, Rule::NoExternalSystem),
        None => refuse(Reason::OverLimit, Rule::TerminalLimit),
    }
}

/// Whether the account can pay, or the rule that says why it cannot.
fn account_pays(question: &Question, means: &Means, policy: &Policy) -> Result<AccountKind, Rule> {
    let (kind, available) = means.account.ok_or(Rule::AccountShort)?;
    let micros = question.amount.micros();
    if kind == AccountKind::Postpaid {
        let month = question.now.month();
        let carried = if means.spent.month == month { means.spent.month_micros } else { 0 };
        let total = carried.checked_add(micros).ok_or(Rule::PostpaidLimit)?;
        if micros > policy.postpaid.each_micros || total > policy.postpaid.month_micros {
            return Err(Rule::PostpaidLimit);
        }
    }
    if kind == AccountKind::Prepaid && means.anonymous && micros > policy.prepaid.remote_max_micros {
        return Err(Rule::AnonymousLimit);
    }
    if available.currency() == question.amount.currency() && micros <= available.micros() {
        Ok(kind)
    } else {
        Err(Rule::AccountShort)
    }
}

/// RTS art. 16: each payment, and all since the last strong authentication.
fn within_low_value(question: &Question, means: &Means, policy: &Policy) -> bool {
    let micros = question.amount.micros();
    let since = means.spent;
    micros <= policy.low_value.each_micros
        && match policy.low_value.since_strong {
            SinceStrong::Amount(max) => {
                since.since_strong_micros.checked_add(micros).is_some_and(|total| total <= max)
            }
            SinceStrong::Count(max) => since.since_strong_count < max,
        }
}

/// A method that the same terminal can be asked for, that suits, and with which the order would be accepted.
fn better_grant(
    question: &Question,
    means: &Means,
    policy: &Policy,
    suits: impl Fn(&Grant) -> bool,
) -> Option<Challenge> {
    policy
        .grants
        .iter()
        .filter(|grant| grant.capability == question.capability && grant.method != question.method)
        .filter(|grant| grant.strong || within_low_value(question, means, policy))
        .filter(|grant| suits(grant))
        .filter(|grant| !matches!(choose_mode(question, means, policy, grant).decision, Decision::Refused(_)))
        .find_map(|grant| grant.challenge)
}

const fn refuse(reason: Reason, rule: Rule) -> Ruling {
    Ruling { decision: Decision::Refused(reason), rule }
}

const fn step_up(challenge: Challenge, rule: Rule) -> Ruling {
    Ruling { decision: Decision::StepUp(challenge), rule }
}

#[cfg(test)]
mod tests;
