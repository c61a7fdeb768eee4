//! What an operator allows: limits by terminal, method, amount and time. Data only; [`crate::decision`] applies it.

use thiserror::Error;

use crate::{Capability, Challenge, Currency, Label, Method};

/// Limits in force, all in micro-units of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, shown in every receipt, such as `eu-default`.
    pub name: Label,
    /// The currency that its limits are in. Other currencies are refused.
    pub currency: Currency,
    /// The most that may be aggregated in one payment; above it a payment is single.
    pub aggregated_max_micros: i64,
    /// The most that may be paid at all.
    pub single_max_micros: i64,
    /// What may be paid without strong authentication.
    pub low_value: LowValue,
    /// What may be put on a postpaid account.
    pub postpaid: PostpaidLimits,
    /// What a prepaid account may hold.
    pub prepaid: PrepaidLimits,
    /// How currencies are exchanged.
    pub exchange: ExchangeTerms,
    /// What may be done with coupons.
    pub coupon: CouponLimits,
    /// The external systems that are intermediary banks: they know the coupons that were paid for there, and authenticate
    /// each when it is spent (R4). Nobody else is charged for one.
    pub coupon_banks: Vec<String>,
    /// What each authentication method at each terminal entitles to.
    pub grants: Vec<Grant>,
}

/// Payments without strong customer authentication: RTS (EU) 2018/389 art. 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowValue {
    /// The most for one payment.
    pub each_micros: i64,
    /// The most since the last strong authentication.
    pub since_strong: SinceStrong,
}

/// The operator chooses amount or count, not both (EBA Q&A 2018_4225).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinceStrong {
    /// At most this much in total.
    Amount(i64),
    /// At most this many payments.
    Count(u32),
}

/// Digital content on an operator's bill: PSD2 art. 3(l).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostpaidLimits {
    /// The most for one payment.
    pub each_micros: i64,
    /// The most in one calendar month (UTC).
    pub month_micros: i64,
}

/// What a prepaid account may hold, and for whom: AMLD5 art. 12 for those whom nobody has identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrepaidLimits {
    /// The most that an account may hold, money on its way there included.
    pub stored_max_micros: i64,
    /// The same for a consumer without telephone number, e-mail address and bank account.
    pub anonymous_stored_max_micros: i64,
    /// Whether such a consumer may top up more than once.
    pub anonymous_reloadable: bool,
    /// The most that such a consumer may pay at once from a prepaid account.
    pub remote_max_micros: i64,
    /// After how many months what is in an account opened as a voucher expires; `None`: nobody can open one. E-money in
    /// any other account is redeemable at any time (EMD2 art. 11).
    pub expires_after_months: Option<u32>,
}

/// What may be done with coupons that were bought (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponLimits {
    /// The most that a coupon given away may be worth.
    pub gift_max_micros: i64,
    /// How many coupons one consumer may give away in a calendar month (UTC).
    pub gifts_per_month: u32,
    /// For how many days at least value that a merchant gave back can be spent, be the coupon expired or not.
    pub restored_days: u32,
}

/// How payments in another currency are quoted (R55).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeTerms {
    /// What is added to the declared rate, in millionths.
    pub margin_ppm: u32,
    /// For how long a quote holds.
    pub quote_valid_s: u32,
    /// How old declared rates may be.
    pub max_rate_age_days: u32,
}

/// What one authentication method at one kind of terminal entitles to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The terminal.
    pub capability: Capability,
    /// The method.
    pub method: Method,
    /// Whether it is strong customer authentication (PSD2 art. 4(30): two independent factors).
    pub strong: bool,
    /// The most to aggregate.
    pub aggregated_max_micros: i64,
    /// The most to pay singly; zero for never.
    pub single_max_micros: i64,
    /// What to ask of a consumer who has not used this method but would need it; `None` if the terminal cannot.
    pub challenge: Option<Challenge>,
}

/// Why a policy contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidPolicy {
    /// With the rule behind it, it would not fit into a receipt, or not be told from it.
    #[error("the name of a policy has at most {} characters, and no slash", Policy::NAME_CHARS)]
    Name,
    /// A limit is negative.
    #[error("the limit {0} is negative")]
    NegativeLimit(&'static str),
    /// One terminal and method have two grants.
    #[error("{capability} with {method} is granted twice")]
    GrantedTwice {
        /// The terminal.
        capability: Capability,
        /// The method.
        method: Method,
    },
    /// A consumer would pay half as much again.
    #[error("exchange.margin_ppm is above {}", ExchangeTerms::MOST_MARGIN_PPM)]
    MarginTooLarge,
    /// A number alone was granted something.
    #[error("a telephone number alone is not authentication and cannot be granted anything")]
    NumberAlone,
}

impl PrepaidLimits {
    /// What `eu-default` allows, in euros: a policy file without the section means this.
    pub const EU_DEFAULT: Self = Self {
        stored_max_micros: 1_000_000_000,
        anonymous_stored_max_micros: 150_000_000,
        anonymous_reloadable: false,
        remote_max_micros: 50_000_000,
        expires_after_months: None,
    };
}

impl CouponLimits {
    /// What `eu-default` allows, in euros: a policy file without the section means this.
    pub const EU_DEFAULT: Self = Self { gift_max_micros: 50_000_000, gifts_per_month: 5, restored_days: 30 };
}

impl ExchangeTerms {
    /// What a policy file without the section means.
    pub const DEFAULT: Self = Self { margin_ppm: 10_000, quote_valid_s: 300, max_rate_age_days: 5 };
    /// A margin above it is a mistake.
    pub const MOST_MARGIN_PPM: u32 = 500_000;
}

impl Policy {
    /// A receipt says `NAME/RULE`, in one label.
    pub const NAME_CHARS: usize = 64;

    /// Checks what no single limit shows.
    ///
    /// # Errors
    /// [`InvalidPolicy`].
    pub fn checked(self) -> Result<Self, InvalidPolicy> {
        let name = self.name.as_str();
        if name.chars().count() > Self::NAME_CHARS || name.contains('/') {
            return Err(InvalidPolicy::Name);
        }
        let since_strong = match self.low_value.since_strong {
            SinceStrong::Amount(micros) => micros,
            SinceStrong::Count(_) => 0,
        };
        let limits = [
            ("aggregated_max", self.aggregated_max_micros),
            ("single_max", self.single_max_micros),
            ("low_value.each", self.low_value.each_micros),
            ("low_value.since_strong_amount", since_strong),
            ("postpaid.each", self.postpaid.each_micros),
            ("postpaid.month", self.postpaid.month_micros),
            ("prepaid.stored_max", self.prepaid.stored_max_micros),
            ("prepaid.anonymous_stored_max", self.prepaid.anonymous_stored_max_micros),
            ("prepaid.remote_max", self.prepaid.remote_max_micros),
            ("coupon.gift_max", self.coupon.gift_max_micros),
        ];
        if let Some((name, _)) = limits.into_iter().find(|(_, micros)| *micros < 0) {
            return Err(InvalidPolicy::NegativeLimit(name));
        }
        if self.exchange.margin_ppm > ExchangeTerms::MOST_MARGIN_PPM {
            return Err(InvalidPolicy::MarginTooLarge);
        }
        for (index, grant) in self.grants.iter().enumerate() {
            if grant.aggregated_max_micros < 0 || grant.single_max_micros < 0 {
                return Err(InvalidPolicy::NegativeLimit("grant"));
            }
            if grant.method == Method::Msisdn {
                return Err(InvalidPolicy::NumberAlone);
            }
            let same = |other: &&Grant| other.capability == grant.capability && other.method == grant.method;
            if self.grants.iter().skip(index.saturating_add(1)).any(|other| same(&other)) {
                return Err(InvalidPolicy::GrantedTwice {
                    capability: grant.capability,
                    method: grant.method,
                });
            }
        }
        Ok(self)
    }

    /// What this method entitles to at this terminal.
    #[must_use]
    pub fn grant(&self, capability: Capability, method: Method) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.capability == capability && grant.method == method)
    }
}
