//! Money: a checked count of micro-units with its currency. There is no float and no unchecked operator.

use std::fmt;

use thiserror::Error;

/// Micro-units in one unit of any currency: R58 asks for 1/10,000 of a unit or finer.
pub const MICROS_PER_UNIT: i64 = 1_000_000;

/// An ISO 4217 alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Text that is no currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a currency is a three-letter ISO 4217 code in upper case")]
pub struct CurrencyError;

/// Why an amount is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not of the form `[-]digits[.digits]`.
    #[error("not a decimal amount")]
    Malformed,
    /// More than six decimals.
    #[error("an amount has at most six decimals")]
    TooPrecise,
    /// Outside the range of 64-bit micro-units.
    #[error("the amount is out of range")]
    Overflow,
    /// Zero or below where something must be paid.
    #[error("the amount must be above zero")]
    NotPositive,
    /// Two currencies in one sum.
    #[error("cannot combine {left} with {right}")]
    CurrencyMismatch {
        /// The first operand's currency.
        left: Currency,
        /// The second operand's currency.
        right: Currency,
    },
}

/// An amount of one currency in micro-units (10⁻⁶ of the unit). May be negative: balances are money too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    micros: i64,
    currency: Currency,
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads a code such as `EUR`.
    ///
    /// # Errors
    /// [`CurrencyError`] unless it is three upper-case ASCII letters.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(CurrencyError) }
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl Money {
    /// An amount of micro-units.
    #[must_use]
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Nothing, in this currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { micros: 0, currency }
    }

    /// Reads `1.80`, `-3` or `0.002`: no sign but a minus, no exponent, no grouping, at most six decimals.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`], [`MoneyError::TooPrecise`] or [`MoneyError::Overflow`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(MoneyError::Malformed);
        }
        if fraction.len() > 6 {
            return Err(MoneyError::TooPrecise);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| MoneyError::Overflow);
        let scale = (fraction.len()..6).try_fold(1_i64, |scale, _| scale.checked_mul(10));
        let micros = number(whole)?
            .checked_mul(MICROS_PER_UNIT)
            .zip(number(fraction)?.checked_mul(scale.ok_or(MoneyError::Overflow)?))
            .and_then(|(whole, fraction)| whole.checked_add(fraction))
            .ok_or(MoneyError::Overflow)?;
        let micros = if negative { micros.checked_neg().ok_or(MoneyError::Overflow)? } else { micros };
        Ok(Self { micros, currency })
    }

    /// Keeps only an amount above zero: what a price, an order or a refund must be.
    ///
    /// # Errors
    /// [`MoneyError::NotPositive`].
    pub const fn positive(self) -> Result<Self, MoneyError> {
        if self.micros > 0 { Ok(self) } else { Err(MoneyError::NotPositive) }
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        let micros = op(self.micros, other.micros).ok_or(MoneyError::Overflow)?;
        Ok(Self { micros, currency: self.currency })
    }

    /// The count of micro-units.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The decimal number alone, at least two decimals and no more than needed: `1.80`, `0.002`.
    #[must_use]
    pub fn decimal(self) -> String {
        let magnitude = self.micros.unsigned_abs();
        // The divisor is a constant above zero.
        let unit = std::num::NonZeroU64::MIN.saturating_add(MICROS_PER_UNIT.unsigned_abs().saturating_sub(1));
        let (whole, fraction) = (magnitude / unit, magnitude % unit);
        let mut fraction = format!("{fraction:06}");
        while fraction.len() > 2 && fraction.ends_with('0') {
            fraction.pop();
        }
        let sign = if self.micros < 0 { "-" } else { "" };
        format!("{sign}{whole}.{fraction}")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.currency, self.decimal()))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_refused_with_the_reason() {
        for (text, expected) in [
            ("1.80", Ok(1_800_000)),
            ("0.002", Ok(2_000)),
            ("0.000001", Ok(1)),
            ("-3", Ok(-3_000_000)),
            ("007", Ok(7_000_000)),
            ("9223372036854.775807", Ok(i64::MAX)),
            ("9223372036854.775808", Err(MoneyError::Overflow)),
            ("99999999999999999999", Err(MoneyError::Overflow)),
            ("0.0000001", Err(MoneyError::TooPrecise)),
            ("1.8000000", Err(MoneyError::TooPrecise)),
            ("", Err(MoneyError::Malformed)),
            (".5", Err(MoneyError::Malformed)),
            ("5.", Err(MoneyError::Malformed)),
            ("+5", Err(MoneyError::Malformed)),
            ("--5", Err(MoneyError::Malformed)),
            ("1e3", Err(MoneyError::Malformed)),
            ("1,000", Err(MoneyError::Malformed)),
            (" 1", Err(MoneyError::Malformed)),
            ("1.2.3", Err(MoneyError::Malformed)),
            ("٣", Err(MoneyError::Malformed)),
        ] {
            assert_eq!(Money::parse(text, Currency::EUR).map(Money::micros), expected, "{text}");
        }
    }

    #[test]
    fn currencies_never_mix() {
        let usd = Currency::parse("USD").unwrap();
        let sum = Money::from_micros(1, Currency::EUR).checked_add(Money::from_micros(1, usd));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch { left: Currency::EUR, right: usd }));
        for text in ["eur", "EU", "EURO", "E1R", "ÉU"] {
            assert_eq!(Currency::parse(text), Err(CurrencyError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_reads_back_what_it_writes(micros in -i64::MAX..=i64::MAX) {
            let money = Money::from_micros(micros, Currency::EUR);
            prop_assert_eq!(Money::parse(&money.decimal(), Currency::EUR), Ok(money));
        }

        #[test]
        fn a_sum_is_exact_or_refused(a: i64, b: i64) {
            let sum = Money::from_micros(a, Currency::EUR).checked_add(Money::from_micros(b, Currency::EUR));
            prop_assert_eq!(sum.map(|m| i128::from(m.micros())).ok(),
                i64::try_from(i128::from(a).saturating_add(i128::from(b))).ok().map(i128::from));
        }
    }
}
