//! What the limits of a policy are called, what they are counted in, and how they are written in a form and in words. What
//! is not here (which method is granted at which terminal, which systems know coupons) is no single figure: it is text.

use std::sync::LazyLock;

use core_payment::policy::settings;
use payment_domain::policy::{ExchangeTerms, Policy};
use payment_domain::{Capability, Currency, Method, Money};

use crate::say;
use crate::words::{Value, Words};

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Money of the policy's currency.
    Amount,
    /// So many of something, from the first number to the second.
    Count(u32, u32),
    /// Yes or no.
    Answer,
}

/// A limit that a form can hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// The section of the policy that it stands in.
    pub(super) section: String,
    /// Its key there.
    pub(super) key: &'static str,
    /// The name of its field in the form.
    pub(super) field: String,
    pub(super) unit: Unit,
    /// Whether a policy may do without.
    pub(super) optional: bool,
    /// What entitles to it, if it is not everybody's.
    grant: Option<(Capability, Method)>,
    /// What people call it.
    label: &'static str,
    /// Under which words it stands with others.
    group: &'static str,
}

/// All of them, in the order of a policy.
static LIMITS: LazyLock<Vec<Limit>> = LazyLock::new(|| {
    let ours = OWN.iter().map(|(section, key, unit, label, group)| Limit {
        section: (*section).to_owned(),
        key,
        field: if section.is_empty() { (*key).to_owned() } else { format!("{section}.{key}") },
        unit: *unit,
        optional: OPTIONAL.contains(key),
        grant: None,
        label,
        group,
    });
    let methods = |capability| Method::ALL.iter().map(move |method| (capability, *method));
    let granted = Capability::ALL.iter().copied().flat_map(methods).flat_map(|(capability, method)| {
        GRANTED.iter().map(move |(key, label)| Limit {
            section: format!("grant {capability} {method}"),
            key,
            field: format!("grant.{capability}.{method}.{key}"),
            unit: Unit::Amount,
            optional: false,
            grant: Some((capability, method)),
            label,
            group: "operator-group-grant",
        })
    });
    ours.chain(granted).collect()
});

const ANY: Unit = Unit::Count(0, u32::MAX);
const SOME: Unit = Unit::Count(1, u32::MAX);

/// Section, key, unit, label and group of what is everybody's.
const OWN: &[(&str, &str, Unit, &str, &str)] = &[
    ("", "aggregated_max", Unit::Amount, "operator-aggregated-max", "operator-group-payments"),
    ("", "single_max", Unit::Amount, "operator-single-max", "operator-group-payments"),
    ("low_value", "each", Unit::Amount, "operator-low-each", "operator-group-low"),
    ("low_value", SINCE_AMOUNT, Unit::Amount, "operator-low-since", "operator-group-low"),
    ("low_value", SINCE_COUNT, ANY, "operator-low-count", "operator-group-low"),
    ("postpaid", "each", Unit::Amount, "operator-postpaid-each", "operator-group-postpaid"),
    ("postpaid", "month", Unit::Amount, "operator-postpaid-month", "operator-group-postpaid"),
    ("prepaid", "stored_max", Unit::Amount, "operator-stored-max", "operator-group-prepaid"),
    ("prepaid", "anonymous_stored_max", Unit::Amount, "operator-stored-anonymous", "operator-group-prepaid"),
    (
        "prepaid",
        "anonymous_reloadable",
        Unit::Answer,
        "operator-reloadable-anonymous",
        "operator-group-prepaid",
    ),
    ("prepaid", "remote_max", Unit::Amount, "operator-remote-anonymous", "operator-group-prepaid"),
    ("prepaid", EXPIRES, SOME, "operator-expires", "operator-group-prepaid"),
    ("exchange", "margin_ppm", MARGIN, "operator-margin", "operator-group-exchange"),
    ("exchange", "quote_valid_s", SOME, "operator-quote-valid", "operator-group-exchange"),
    ("exchange", "max_rate_age_days", ANY, "operator-rate-age", "operator-group-exchange"),
    ("coupon", "gift_max", Unit::Amount, "operator-gift-max", "operator-group-coupon"),
    ("coupon", "gifts_per_month", ANY, "operator-gifts", "operator-group-coupon"),
    ("coupon", "restored_days", ANY, "operator-restored", "operator-group-coupon"),
];
const MARGIN: Unit = Unit::Count(0, ExchangeTerms::MOST_MARGIN_PPM);
/// Key and label of what a method at a terminal entitles to.
const GRANTED: &[(&str, &str)] =
    &[("aggregated_max", "operator-aggregated-max"), ("single_max", "operator-single-max")];
/// One of these two is chosen (EBA Q&A 2018_4225).
pub(super) const SINCE_AMOUNT: &str = "since_strong_amount";
pub(super) const SINCE_COUNT: &str = "since_strong_count";
const EXPIRES: &str = "expires_after_months";
const OPTIONAL: [&str; 3] = [SINCE_AMOUNT, SINCE_COUNT, EXPIRES];

/// What is sent for yes.
pub(super) const YES: &str = "yes";

/// The limits that a policy has, or could have with the same grants.
pub(super) fn of(policy: &Policy) -> impl Iterator<Item = &'static Limit> {
    let granted: Vec<_> = policy.grants.iter().map(|grant| (grant.capability, grant.method)).collect();
    LIMITS.iter().filter(move |limit| limit.grant.is_none_or(|grant| granted.contains(&grant)))
}

/// The limit of a setting, by its name.
pub(super) fn named(setting: &str) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.name() == setting)
}

impl Limit {
    /// As its setting is called.
    pub(super) fn name(&self) -> String {
        if self.section.is_empty() { self.key.to_owned() } else { format!("{}.{}", self.section, self.key) }
    }

    /// What it is called where nothing else says which group it is of.
    pub(super) fn title(&self, words: Words) -> String {
        let label = words.say(self.label);
        if self.grant.is_some() { format!("{}: {label}", self.group(words)) } else { label }
    }

    /// What its field is called: with the unit.
    pub(super) fn label(&self, words: Words, currency: Currency) -> String {
        let label = words.say(self.label);
        if self.unit == Unit::Amount { format!("{label} ({})", currency.as_str()) } else { label }
    }

    /// The words that it stands under.
    pub(super) fn group(&self, words: Words) -> String {
        match self.grant {
            Some((capability, method)) => words.say_with(
                self.group,
                &[("terminal", Value::from(capability.as_str())), ("method", Value::from(method.as_str()))],
            ),
            None => words.say(self.group),
        }
    }

    /// What is filled in where a policy is in force; empty where it has no such limit.
    pub(super) fn filled(&self, policy: &Policy) -> String {
        let name = self.name();
        let found = settings(policy).into_iter().find(|setting| setting.name() == name);
        let value = found.map(|setting| setting.value).unwrap_or_default();
        match self.unit {
            Unit::Answer if value == "true" => YES.to_owned(),
            Unit::Answer => String::new(),
            Unit::Amount | Unit::Count(..) => value.trim_matches('"').to_owned(),
        }
    }

    /// What was filled in, as a policy has it; else what is wrong with it.
    pub(super) fn read(&self, words: Words, currency: Currency, text: &str) -> Result<String, String> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).take(30).collect();
        match self.unit {
            Unit::Amount => say::read_money(text, currency)
                .filter(|amount| amount.micros() >= 0)
                .map(|amount| format!("\"{}\"", amount.decimal()))
                .ok_or_else(|| words.say("operator-policy-amount-wrong")),
            Unit::Count(least, most) => {
                let count = plain.parse::<u32>().ok().filter(|count| (least..=most).contains(count));
                let range =
                    [("least", Value::from(u64::from(least))), ("most", Value::from(u64::from(most)))];
                count
                    .map(|count| count.to_string())
                    .ok_or_else(|| words.say_with("operator-policy-count-wrong", &range))
            }
            Unit::Answer => Ok((plain == YES).to_string()),
        }
    }

    /// A value of its setting, in words.
    pub(super) fn shown(&self, words: Words, currency: Currency, value: &str) -> String {
        let plain = value.trim_matches('"');
        let shown = match self.unit {
            Unit::Amount => Money::parse(plain, currency).ok().map(|amount| words.money(amount)),
            Unit::Count(..) => plain.parse().ok().map(|count| words.number(count)),
            Unit::Answer if plain == "true" => Some(words.say("operator-yes")),
            Unit::Answer => Some(words.say("operator-no")),
        };
        shown.unwrap_or_else(|| value.to_owned())
    }
}
