//! A policy as text: every setting by its name, and the whole as TOML. The same policy is always written the same, so that
//! two of them can be compared setting by setting.

use std::fmt::Write as _;

use payment_domain::policy::{Grant, SinceStrong};
use payment_domain::{Money, Policy};

/// One setting of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The section of the file: empty, `prepaid`, `grant app device-key`, …
    pub section: String,
    /// Its key there.
    pub key: &'static str,
    /// Its value as TOML.
    pub value: String,
}

/// A setting that is not the same in two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Section and key.
    pub name: String,
    /// What it was; `None` if there was none.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// How a section of grants begins in [`Setting::section`].
const GRANT: &str = "grant ";

impl Setting {
    /// As people call it: `prepaid.stored_max`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.section.is_empty() { self.key.to_owned() } else { format!("{}.{}", self.section, self.key) }
    }
}

/// Every setting of a policy, in the order of its file.
#[must_use]
pub fn settings(policy: &Policy) -> Vec<Setting> {
    let money = |micros| quoted(&Money::from_micros(micros, policy.currency).decimal());
    let mut all = Settings { section: String::new(), all: Vec::new() };
    all.add("name", quoted(policy.name.as_str()));
    all.add("currency", quoted(policy.currency.as_str()));
    all.add("aggregated_max", money(policy.aggregated_max_micros));
    all.add("single_max", money(policy.single_max_micros));
    all.section("low_value");
    all.add("each", money(policy.low_value.each_micros));
    match policy.low_value.since_strong {
        SinceStrong::Amount(micros) => all.add("since_strong_amount", money(micros)),
        SinceStrong::Count(count) => all.add("since_strong_count", count),
    }
    all.section("postpaid");
    all.add("each", money(policy.postpaid.each_micros));
    all.add("month", money(policy.postpaid.month_micros));
    let prepaid = policy.prepaid;
    all.section("prepaid");
    all.add("stored_max", money(prepaid.stored_max_micros));
    all.add("anonymous_stored_max", money(prepaid.anonymous_stored_max_micros));
    all.add("anonymous_reloadable", prepaid.anonymous_reloadable);
    all.add("remote_max", money(prepaid.remote_max_micros));
    if let Some(months) = prepaid.expires_after_months {
        all.add("expires_after_months", months);
    }
    all.section("exchange");
    all.add("margin_ppm", policy.exchange.margin_ppm);
    all.add("quote_valid_s", policy.exchange.quote_valid_s);
    all.add("max_rate_age_days", policy.exchange.max_rate_age_days);
    all.section("coupon");
    let banks: Vec<_> = policy.coupon_banks.iter().map(|bank| quoted(bank)).collect();
    all.add("banks", format!("[{}]", banks.join(", ")));
    all.add("gift_max", money(policy.coupon.gift_max_micros));
    all.add("gifts_per_month", policy.coupon.gifts_per_month);
    all.add("restored_days", policy.coupon.restored_days);
    for grant in &policy.grants {
        all.grant(grant, &money);
    }
    all.all
}

/// The policy as a file that [`parse_toml`](super::parse_toml) reads back.
#[must_use]
pub fn to_toml(policy: &Policy) -> String {
    write(&settings(policy))
}

/// Settings as a file, in the order in which they are given; those of one section stand together.
#[must_use]
pub fn write(settings: &[Setting]) -> String {
    let mut text = String::new();
    let mut section = String::new();
    for setting in settings {
        if setting.section != section {
            section.clone_from(&setting.section);
            let head =
                if section.starts_with(GRANT) { "[[grant]]".to_owned() } else { format!("[{section}]") };
            // Writing into a text does not fail.
            let _ = writeln!(text, "\n{head}");
        }
        let _ = writeln!(text, "{} = {}", setting.key, setting.value);
    }
    text
}

/// What is not the same, in the order of the later file; what is no more comes last.
#[must_use]
pub fn changes(before: &Policy, after: &Policy) -> Vec<Change> {
    let (before, after) = (settings(before), settings(after));
    let value = |all: &[Setting], name: &str| -> Option<String> {
        all.iter().find(|setting| setting.name() == name).map(|setting| setting.value.clone())
    };
    let gone = before.iter().filter(|setting| value(&after, &setting.name()).is_none());
    let names = after.iter().chain(gone).map(Setting::name);
    names
        .map(|name| Change { before: value(&before, &name), after: value(&after, &name), name })
        .filter(|change| change.before != change.after)
        .collect()
}

struct Settings {
    section: String,
    all: Vec<Setting>,
}

impl Settings {
    fn section(&mut self, name: &str) {
        name.clone_into(&mut self.section);
    }

    fn add(&mut self, key: &'static str, value: impl ToString) {
        self.all.push(Setting { section: self.section.clone(), key, value: value.to_string() });
    }

    fn grant(&mut self, grant: &Grant, money: &impl Fn(i64) -> String) {
        self.section(&format!("{GRANT}{} {}", grant.capability, grant.method));
        self.add("terminal", quoted(&grant.capability.to_string()));
        self.add("method", quoted(&grant.method.to_string()));
        self.add("strong", grant.strong);
        self.add("aggregated_max", money(grant.aggregated_max_micros));
        self.add("single_max", money(grant.single_max_micros));
        if let Some(challenge) = grant.challenge {
            self.add("challenge", quoted(&challenge.to_string()));
        }
    }
}

/// A basic string (TOML 1.0, "String"): what would end it, or is no printable character, is written by its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use payment_domain::Label;

    use super::super::{eu_default, parse_toml};
    use super::*;

    fn another() -> Policy {
        let mut policy = eu_default().unwrap();
        policy.name = Label::parse("one \"quoted\" \\ name").unwrap();
        policy.low_value.since_strong = SinceStrong::Count(5);
        policy.prepaid.expires_after_months = Some(24);
        policy.prepaid.anonymous_reloadable = true;
        policy.coupon_banks = vec!["simulator".to_owned(), "acquirer".to_owned()];
        policy.aggregated_max_micros = 1_234_567;
        policy.grants.truncate(2);
        policy
    }

    #[test]
    fn what_is_written_is_read_back_and_written_the_same() {
        let mut bare = eu_default().unwrap();
        bare.grants.clear();
        bare.coupon_banks.clear();
        for policy in [eu_default().unwrap(), another(), bare] {
            let text = to_toml(&policy);
            assert_eq!(parse_toml(&text).unwrap(), policy, "{text}");
            assert_eq!(to_toml(&parse_toml(&text).unwrap()), text);
        }
    }

    #[test]
    fn two_policies_differ_in_what_was_changed_added_and_left_out() {
        let default = eu_default().unwrap();
        assert_eq!(changes(&default, &default), []);
        let found = changes(&default, &another());
        let told = |name: &str| {
            let change = found.iter().find(|change| change.name == name).unwrap();
            (change.before.as_deref(), change.after.as_deref())
        };
        assert_eq!(told("aggregated_max"), (Some("\"10.00\""), Some("\"1.234567\"")));
        assert_eq!(told("prepaid.expires_after_months"), (None, Some("24")));
        assert_eq!(told("low_value.since_strong_amount"), (Some("\"100.00\""), None));
        assert!(found.iter().any(|change| change.name.starts_with("grant ") && change.after.is_none()));
        assert!(found.iter().all(|change| !change.name.starts_with("postpaid")));
    }
}
