//! Policies as TOML files, the built-in `eu-default`, and the versions that were in force.

mod text;
pub(crate) mod version;

use payment_domain::policy::{
    CouponLimits, ExchangeTerms, Grant, InvalidPolicy, LowValue, PostpaidLimits, PrepaidLimits, SinceStrong,
};
use payment_domain::{Capability, Challenge, Currency, Label, Method, Money, Policy};
use serde::Deserialize;
use thiserror::Error;

pub use text::{Change, Setting, changes, settings, to_toml, write};
pub use version::{InForce, PolicyRefused, PolicyVersion};

/// The text of the built-in profile: a starting point for an operator's own.
pub const EU_DEFAULT_TOML: &str = include_str!("policy/eu-default.toml");

/// Why a policy file is refused.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// Not TOML, or a key that is missing or unknown.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A value that is no amount, currency, terminal, method or challenge.
    #[error("{key}: {reason}")]
    Value {
        /// Where.
        key: &'static str,
        /// Why.
        reason: String,
    },
    /// Both or neither of the two limits between which the operator must choose.
    #[error("low_value: set exactly one of since_strong_amount and since_strong_count (EBA Q&A 2018_4225)")]
    AmountOrCount,
    /// The limits contradict each other.
    #[error(transparent)]
    Invalid(#[from] InvalidPolicy),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    currency: String,
    aggregated_max: String,
    single_max: String,
    low_value: LowValueTable,
    postpaid: PostpaidTable,
    #[serde(default)]
    prepaid: PrepaidTable,
    #[serde(default)]
    exchange: ExchangeTable,
    #[serde(default)]
    coupon: CouponTable,
    #[serde(default)]
    grant: Vec<GrantTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LowValueTable {
    each: String,
    since_strong_amount: Option<String>,
    since_strong_count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostpaidTable {
    each: String,
    month: String,
}

/// What is not written is as in `eu-default`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrepaidTable {
    stored_max: Option<String>,
    anonymous_stored_max: Option<String>,
    anonymous_reloadable: Option<bool>,
    remote_max: Option<String>,
    expires_after_months: Option<std::num::NonZeroU32>,
}

/// What is not written is as in `eu-default`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeTable {
    margin_ppm: Option<u32>,
    quote_valid_s: Option<std::num::NonZeroU32>,
    max_rate_age_days: Option<u32>,
}

/// What is not written is as in `eu-default`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CouponTable {
    banks: Option<Vec<String>>,
    gift_max: Option<String>,
    gifts_per_month: Option<u32>,
    restored_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantTable {
    terminal: String,
    method: String,
    strong: bool,
    aggregated_max: String,
    single_max: String,
    challenge: Option<String>,
}

/// Reads a policy file.
///
/// # Errors
/// [`PolicyError`] names the key.
pub fn parse_toml(text: &str) -> Result<Policy, PolicyError> {
    let file: File = toml::from_str(text)?;
    let currency = value("currency", Currency::parse(&file.currency))?;
    let amount = |key, text: &str| value(key, Money::parse(text, currency)).map(Money::micros);
    let since_strong = match (&file.low_value.since_strong_amount, file.low_value.since_strong_count) {
        (Some(text), None) => SinceStrong::Amount(amount("low_value.since_strong_amount", text)?),
        (None, Some(count)) => SinceStrong::Count(count),
        _ => return Err(PolicyError::AmountOrCount),
    };
    let grants = file.grant.iter().map(|grant| grant.read(currency)).collect::<Result<_, _>>()?;
    let policy = Policy {
        name: value("name", Label::parse(&file.name))?,
        currency,
        aggregated_max_micros: amount("aggregated_max", &file.aggregated_max)?,
        single_max_micros: amount("single_max", &file.single_max)?,
        low_value: LowValue { each_micros: amount("low_value.each", &file.low_value.each)?, since_strong },
        postpaid: PostpaidLimits {
            each_micros: amount("postpaid.each", &file.postpaid.each)?,
            month_micros: amount("postpaid.month", &file.postpaid.month)?,
        },
        prepaid: file.prepaid.read(currency)?,
        exchange: file.exchange.read(),
        coupon: file.coupon.read(currency)?,
        coupon_banks: file.coupon.banks.unwrap_or_else(|| vec!["simulator".to_owned()]),
        grants,
    };
    Ok(policy.checked()?)
}

impl PrepaidTable {
    fn read(&self, currency: Currency) -> Result<PrepaidLimits, PolicyError> {
        let amount = |key, text: &Option<String>, default: i64| match text {
            Some(text) => value(key, Money::parse(text, currency)).map(Money::micros),
            None => Ok(default),
        };
        let default = PrepaidLimits::EU_DEFAULT;
        Ok(PrepaidLimits {
            stored_max_micros: amount("prepaid.stored_max", &self.stored_max, default.stored_max_micros)?,
            anonymous_stored_max_micros: amount(
                "prepaid.anonymous_stored_max",
                &self.anonymous_stored_max,
                default.anonymous_stored_max_micros,
            )?,
            anonymous_reloadable: self.anonymous_reloadable.unwrap_or(default.anonymous_reloadable),
            remote_max_micros: amount("prepaid.remote_max", &self.remote_max, default.remote_max_micros)?,
            expires_after_months: self.expires_after_months.map(std::num::NonZeroU32::get),
        })
    }
}

impl ExchangeTable {
    fn read(&self) -> ExchangeTerms {
        let default = ExchangeTerms::DEFAULT;
        ExchangeTerms {
            margin_ppm: self.margin_ppm.unwrap_or(default.margin_ppm),
            quote_valid_s: self.quote_valid_s.map_or(default.quote_valid_s, std::num::NonZeroU32::get),
            max_rate_age_days: self.max_rate_age_days.unwrap_or(default.max_rate_age_days),
        }
    }
}

impl CouponTable {
    fn read(&self, currency: Currency) -> Result<CouponLimits, PolicyError> {
        let default = CouponLimits::EU_DEFAULT;
        let gift_max_micros = match &self.gift_max {
            Some(text) => value("coupon.gift_max", Money::parse(text, currency))?.micros(),
            None => default.gift_max_micros,
        };
        Ok(CouponLimits {
            gift_max_micros,
            gifts_per_month: self.gifts_per_month.unwrap_or(default.gifts_per_month),
            restored_days: self.restored_days.unwrap_or(default.restored_days),
        })
    }
}

impl GrantTable {
    fn read(&self, currency: Currency) -> Result<Grant, PolicyError> {
        let amount = |key, text: &str| value(key, Money::parse(text, currency)).map(Money::micros);
        let challenge = self.challenge.as_deref().map(Challenge::parse).transpose();
        Ok(Grant {
            capability: value("grant.terminal", Capability::parse(&self.terminal))?,
            method: value("grant.method", Method::parse(&self.method))?,
            strong: self.strong,
            aggregated_max_micros: amount("grant.aggregated_max", &self.aggregated_max)?,
            single_max_micros: amount("grant.single_max", &self.single_max)?,
            challenge: value("grant.challenge", challenge)?,
        })
    }
}

fn value<T, E: std::fmt::Display>(key: &'static str, parsed: Result<T, E>) -> Result<T, PolicyError> {
    parsed.map_err(|error| PolicyError::Value { key, reason: error.to_string() })
}

/// The built-in profile.
///
/// # Errors
/// Never in practice: a test reads it.
pub fn eu_default() -> Result<Policy, PolicyError> {
    parse_toml(EU_DEFAULT_TOML)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profile_reads() {
        let policy = eu_default().unwrap();
        assert_eq!(policy.name.as_str(), "eu-default");
        for capability in Capability::ALL {
            assert!(policy.grants.iter().any(|grant| grant.capability == *capability), "{capability}");
        }
    }

    #[test]
    fn a_policy_from_before_prepaid_limits_exchange_and_coupons_means_the_built_in_ones() {
        let section = |from: &str, to: &str| {
            let (head, rest) = EU_DEFAULT_TOML.split_once(from).unwrap();
            let (_, tail) = rest.split_once(to).unwrap();
            format!("{head}{to}{tail}")
        };
        let text = section("[prepaid]", "# What each authentication method");
        assert!(!["[prepaid]", "[exchange]", "[coupon]"].iter().any(|section| text.contains(section)));
        assert_eq!(parse_toml(&text).unwrap(), eu_default().unwrap());
    }

    #[test]
    fn a_wrong_policy_is_refused_by_name() {
        for (from, to, expected) in [
            ("single_max = \"1000.00\"", "single_max = \"1e3\"", "single_max: not a decimal amount"),
            ("since_strong_amount = \"100.00\"", "", "set exactly one"),
            ("name = ", "nom = ", "unknown field `nom`"),
            ("eu-default", "eu/default", "no slash"),
            ("eu-default", &"long".repeat(20), "at most 64 characters"),
            ("method = \"msisdn-code\"", "method = \"msisdn\"", "number alone"),
            ("method = \"msisdn-pin-code\"", "method = \"msisdn-pin\"", "granted twice"),
            ("each = \"30.00\"", "each = \"-1\"", "low_value.each is negative"),
            ("stored_max = \"1000.00\"", "stored_max = \"-1\"", "prepaid.stored_max is negative"),
            ("gift_max = \"50.00\"", "gift_max = \"-1\"", "coupon.gift_max is negative"),
            ("gifts_per_month = 5", "gifts_per_month = -5", "gifts_per_month"),
            ("margin_ppm = 10000", "margin_ppm = 500001", "margin_ppm is above"),
            ("quote_valid_s = 300", "quote_valid_s = 0", "nonzero"),
            ("quote_valid_s = 300", "expires = 1", "unknown field `expires`"),
        ] {
            let text = EU_DEFAULT_TOML.replacen(from, to, 1);
            let error = parse_toml(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{from} -> {to}: {error}");
        }
    }
}
