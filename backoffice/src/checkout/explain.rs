//! How a payment will be made, and why, in one strong line and one quiet one (R14).

use core_payment::Standing;
use payment_domain::{AccountKind, Decision, Method, Money, Policy, Rule, Ruling, Timestamp};

use crate::consumer::say;
use crate::words::{Value, Words};

/// What is explained.
pub(super) struct Case<'c> {
    pub(super) ruling: Ruling,
    pub(super) method: Method,
    pub(super) standing: &'c Standing,
    pub(super) charged: Money,
    pub(super) policy: &'c Policy,
    pub(super) now: Timestamp,
}

impl Case<'_> {
    /// The strong line and the quiet one.
    pub(super) fn explain(&self, words: Words) -> (String, String) {
        match self.ruling.decision {
            Decision::Aggregated(AccountKind::Postpaid) => (self.on_the_bill(words), self.postpaid(words)),
            Decision::Aggregated(AccountKind::Prepaid) => {
                (words.say("checkout-from-balance"), self.prepaid(words))
            }
            Decision::Single => (self.single(words), say::rule(words, self.ruling.rule.as_str())),
            Decision::StepUp(challenge) => {
                (say::challenge(words, challenge), say::refusing_rule(words, self.ruling.rule))
            }
            Decision::Refused(_) => {
                (words.say("checkout-cannot-be-paid"), say::refusing_rule(words, self.ruling.rule))
            }
        }
    }

    fn on_the_bill(&self, words: Words) -> String {
        words.say_with("checkout-on-the-bill", &[("month", Value::from(words.month(self.now)))])
    }

    fn postpaid(&self, words: Words) -> String {
        let spent = self.standing.means.spent;
        let month = if spent.month == self.now.month() { spent.month_micros } else { 0 };
        let money = |micros| Money::from_micros(micros, self.policy.currency);
        let so_far = words.say_with(
            "checkout-spent-this-month",
            &[
                ("spent", say::money(words, money(month))),
                ("limit", say::money(words, money(self.policy.postpaid.month_micros))),
            ],
        );
        format!("{} {so_far}", self.because(words))
    }

    fn prepaid(&self, words: Words) -> String {
        let left = self.standing.balance.and_then(|balance| balance.checked_sub(self.charged).ok());
        let left =
            left.map(|left| words.say_with("checkout-left-afterwards", &[("left", say::money(words, left))]));
        format!("{} {}", self.because(words), left.unwrap_or_default()).trim_end().to_owned()
    }

    fn because(&self, words: Words) -> String {
        match self.method {
            Method::Passkey => words.say("checkout-small-and-passkey"),
            _ => words.say("checkout-small-and-code"),
        }
    }

    fn single(&self, words: Words) -> String {
        if self.ruling.rule == Rule::Coupon {
            return words.say("checkout-with-coupon");
        }
        match self.standing.charged_at.as_deref() {
            Some("sepa") => words.say("checkout-by-mandate"),
            _ => words.say("checkout-by-card"),
        }
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::{Currency, Means, Reason, Spent};

    use super::*;
    use crate::words::Locale;

    fn eur(micros: i64) -> Money {
        Money::from_micros(micros, Currency::EUR)
    }

    fn explained(decision: Decision, rule: Rule, kind: AccountKind) -> (String, String) {
        let now = Timestamp::parse("2026-11-21T09:00:00.000Z").unwrap();
        let policy = core_payment::policy::eu_default().unwrap();
        let standing = Standing {
            balance: Some(eur(12_085_000)),
            credit_limit: eur(0),
            means: Means {
                account: Some((kind, eur(12_085_000))),
                external: true,
                anonymous: false,
                spent: Spent { month: 202_611, month_micros: 18_300_000, ..Spent::default() },
            },
            charged_at: Some("simulator".to_owned()),
            active: true,
        };
        let ruling = Ruling { decision, rule };
        let case = Case {
            ruling,
            method: Method::Passkey,
            standing: &standing,
            charged: eur(2_400_000),
            policy: &policy,
            now,
        };
        case.explain(Words::of(Locale::English))
    }

    #[test]
    fn a_bill_a_balance_a_card_or_no() {
        let small = Rule::AggregateMicropayment;
        let (strong, quiet) =
            explained(Decision::Aggregated(AccountKind::Postpaid), small, AccountKind::Postpaid);
        assert!(strong.contains("November 2026"), "{strong}");
        assert!(quiet.contains("€18.30") && quiet.contains("€300"), "{quiet}");
        let (_, quiet) = explained(Decision::Aggregated(AccountKind::Prepaid), small, AccountKind::Prepaid);
        assert!(quiet.contains("€9.685"), "{quiet}");
        let by_card = explained(Decision::Single, Rule::LargeGoesSingle, AccountKind::Prepaid);
        let short =
            explained(Decision::Refused(Reason::InsufficientFunds), Rule::AccountShort, AccountKind::Prepaid);
        assert_ne!(by_card, short);
        assert!(!short.1.is_empty() && !by_card.1.is_empty());
    }
}
