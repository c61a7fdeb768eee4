//! Payments across currencies: declared rates, quoted before they are accepted (R55).

use std::fmt;

use thiserror::Error;

use crate::{ConsumerId, Currency, Label, Money, MoneyError, QuoteId, RequestId, Timestamp};

/// How many units of one currency one unit of another costs: exact, to nine decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rate(i64);

/// Text or a number that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a rate is a decimal above zero with at most nine digits before and nine after the point")]
pub struct InvalidRate;

impl Rate {
    /// What one is counted in.
    pub const SCALE: i64 = 1_000_000_000;

    /// Takes a rate in units of 10⁻⁹.
    ///
    /// # Errors
    /// [`InvalidRate`] for zero and below.
    pub const fn from_nanos(nanos: i64) -> Result<Self, InvalidRate> {
        if nanos > 0 { Ok(Self(nanos)) } else { Err(InvalidRate) }
    }

    /// The rate in units of 10⁻⁹.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads a decimal such as `1.0432`.
    ///
    /// # Errors
    /// [`InvalidRate`].
    pub fn parse(text: &str) -> Result<Self, InvalidRate> {
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(InvalidRate),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || !digits(whole) || !digits(decimals) || leading_zero {
            return Err(InvalidRate);
        }
        format!("{whole}{decimals:0<9}").parse().map_err(|_| InvalidRate).and_then(Self::from_nanos)
    }

    /// What an amount costs in another currency at this rate, rounded up to a micro-unit, and by how many 10⁻⁹ of a
    /// micro-unit it was rounded.
    ///
    /// # Errors
    /// [`MoneyError`] if it leaves the range of amounts, or is not above zero.
    pub fn convert(self, amount: Money, currency: Currency) -> Result<(Money, i64), MoneyError> {
        let amount = amount.positive()?;
        let scale = i128::from(Self::SCALE);
        let exact =
            i128::from(amount.micros()).checked_mul(i128::from(self.0)).ok_or(MoneyError::Overflow)?;
        let (whole, rest) = (exact.checked_div(scale), exact.checked_rem(scale));
        let (whole, rest) = whole.zip(rest).ok_or(MoneyError::Overflow)?;
        let up = i128::from(rest != 0);
        let micros = whole.checked_add(up).and_then(|micros| i64::try_from(micros).ok());
        let rounded = if rest == 0 { 0 } else { scale.saturating_sub(rest) };
        let micros = micros.ok_or(MoneyError::Overflow)?;
        Ok((
            Money::from_micros(micros, currency).positive()?,
            i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?,
        ))
    }
}

impl fmt::Display for Rate {
    /// Without zeros at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:010}", self.0);
        let (whole, decimals) = text.split_at(text.len().saturating_sub(9));
        match decimals.trim_end_matches('0') {
            "" => f.pad(whole),
            decimals => f.pad(&format!("{whole}.{decimals}")),
        }
    }
}

/// A consumer's question what a price comes to in the currency of their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    /// Made by the sender.
    pub request_id: RequestId,
    /// Who asks.
    pub consumer: ConsumerId,
    /// The merchant's price.
    pub price: Money,
    /// What to charge in.
    pub currency: Currency,
    /// When it was asked.
    pub created_at: Timestamp,
}

/// What a price comes to, for a while, for one payment of this consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What was asked.
    pub request_id: RequestId,
    /// The name by which an order uses it.
    pub quote_id: QuoteId,
    /// The merchant's price.
    pub price: Money,
    /// What the consumer is charged.
    pub charged: Money,
    /// How much of the charged currency one unit of the price's costs, margin included.
    pub rate: Rate,
    /// Who declared the rate, and when.
    pub source: Label,
    /// First moment that it can no longer be used.
    pub valid_until: Timestamp,
    /// When it was made.
    pub quoted_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    #[test]
    fn a_rate_has_one_text() {
        for text in ["1", "1.0432", "0.000000001", "171.62", "999999999.999999999"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        for wrong in
            ["", "0", "0.0", "-1", "+1", "1.", ".5", "01.5", "1e3", "1,5", "1.0000000001", "1234567890"]
        {
            assert_eq!(Rate::parse(wrong), Err(InvalidRate), "{wrong}");
        }
        assert_eq!(Rate::parse("1.50").unwrap(), Rate::parse("1.5").unwrap());
    }

    #[test]
    fn a_conversion_is_rounded_up_and_says_by_how_much() {
        let usd = Currency::parse("USD").unwrap();
        let (exact, none) = Rate::parse("1.25").unwrap().convert(eur("2.00"), usd).unwrap();
        assert_eq!((exact.micros(), none), (2_500_000, 0));
        let (up, by) =
            Rate::parse("1.0432").unwrap().convert(Money::from_micros(1, Currency::EUR), usd).unwrap();
        assert_eq!((up.micros(), by), (2, 956_800_000));
        let most = Money::from_micros(i64::MAX, Currency::EUR);
        assert_eq!(Rate::parse("2").unwrap().convert(most, usd), Err(MoneyError::Overflow));
        assert!(Rate::parse("2").unwrap().convert(Money::zero(Currency::EUR), usd).is_err());
    }
}
