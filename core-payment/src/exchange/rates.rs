//! Declared rates: what one unit of a base currency costs in the others, on one day, and who says so.

use std::collections::BTreeMap;
use std::fmt;

use payment_domain::{Currency, Digest, LedgerPosition, Rate, Timestamp};
use thiserror::Error;

use crate::act::{Accounts, Act, ActError, Books};
use crate::core::{Core, ReadError, read_error};
use crate::storage::exchange::{self, RateRow};

/// A calendar day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Timestamp);

/// Text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a day is written 2026-11-20")]
pub struct InvalidDay;

impl Day {
    const MILLIS: i64 = 24 * 60 * 60 * 1000;

    /// Reads the one accepted form, `2026-11-20`.
    ///
    /// # Errors
    /// [`InvalidDay`].
    pub fn parse(text: &str) -> Result<Self, InvalidDay> {
        Timestamp::parse(&format!("{text}T00:00:00.000Z")).map(Self).map_err(|_| InvalidDay)
    }

    /// The day of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let within = at.as_millis().checked_rem(Self::MILLIS).unwrap_or_default();
        Self(at.saturating_add_millis(within.saturating_neg()))
    }

    /// Days from `earlier` to this one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.millis_since(earlier.0).checked_div(Self::MILLIS).unwrap_or_default()
    }

    pub(crate) const fn as_millis(self) -> i64 {
        self.0.as_millis()
    }

    pub(crate) fn from_millis(millis: i64) -> Option<Self> {
        Timestamp::from_millis(millis).ok().map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.pad(text.split('T').next().unwrap_or_default())
    }
}

/// The rates of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRates {
    source: String,
    day: Day,
    base: Currency,
    rates: BTreeMap<Currency, Rate>,
}

/// Why rates make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRates {
    /// Not one to twelve capital letters and digits.
    #[error("a source of rates is named by one to twelve capital letters and digits")]
    Source,
    /// A currency stands there twice, or the base does.
    #[error("{0} has two rates")]
    Twice(Currency),
    /// There is none.
    #[error("there are no rates")]
    None,
}

impl DeclaredRates {
    /// The rates of a day, as units of each currency for one of the base.
    ///
    /// # Errors
    /// [`InvalidRates`].
    pub fn new(
        source: &str,
        day: Day,
        base: Currency,
        rates: impl IntoIterator<Item = (Currency, Rate)>,
    ) -> Result<Self, InvalidRates> {
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if !(1..=12).contains(&source.len()) || !source.bytes().all(plain) {
            return Err(InvalidRates::Source);
        }
        let mut by_currency = BTreeMap::new();
        for (currency, rate) in rates {
            if currency == base || by_currency.insert(currency, rate).is_some() {
                return Err(InvalidRates::Twice(currency));
            }
        }
        if by_currency.is_empty() {
            return Err(InvalidRates::None);
        }
        Ok(Self { source: source.to_owned(), day, base, rates: by_currency })
    }

    /// Who says so.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Of which day.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// What the others are counted in.
    #[must_use]
    pub const fn base(&self) -> Currency {
        self.base
    }

    /// Units of each currency for one of the base.
    pub fn rates(&self) -> impl Iterator<Item = (Currency, Rate)> {
        self.rates.iter().map(|(currency, rate)| (*currency, *rate))
    }

    /// Units of a currency for one of the base; the base is worth one of itself.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Option<Rate> {
        if currency == self.base {
            Rate::from_nanos(Rate::SCALE).ok()
        } else {
            self.rates.get(&currency).copied()
        }
    }

    /// Reads rows of one day; `None` if there are none.
    pub(crate) fn read(rows: &[RateRow]) -> Result<Option<Self>, ActError> {
        let corrupt = || ActError::corrupt("rate");
        let Some(first) = rows.first() else { return Ok(None) };
        let mut rates = Vec::with_capacity(rows.len());
        for row in rows {
            let currency = Currency::parse(&row.currency).map_err(|_| corrupt())?;
            rates.push((currency, Rate::from_nanos(row.nanos).map_err(|_| corrupt())?));
        }
        let day = Day::from_millis(first.day).ok_or_else(corrupt)?;
        let base = Currency::parse(&first.base).map_err(|_| corrupt())?;
        Self::new(&first.source, day, base, rates).map(Some).map_err(|_| corrupt())
    }

    fn rows(&self, at: LedgerPosition) -> Vec<RateRow> {
        let row = |(currency, rate): (Currency, Rate)| RateRow {
            source: self.source.clone(),
            day: self.day.as_millis(),
            base: self.base.as_str().to_owned(),
            currency: currency.as_str().to_owned(),
            nanos: rate.nanos(),
            declared_at: at.value(),
        };
        self.rates().map(row).collect()
    }
}

/// What is kept of a declaration: all of it, so that the audit can compare; the digest of the file follows.
pub(crate) fn words(rates: &DeclaredRates) -> String {
    let mut words = format!("rates {} {} {}", rates.source, rates.day, rates.base);
    for (currency, rate) in rates.rates() {
        words.push_str(&format!(" {currency}={rate}"));
    }
    words
}

/// Declares the rates of a day.
#[derive(Debug, Clone)]
pub struct DeclareRates {
    /// The rates.
    pub rates: DeclaredRates,
    /// The digest of the file that they were read from.
    pub file: Digest,
}

/// What became of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RatesDeclared {
    /// It was kept, here.
    New(LedgerPosition),
    /// It had been kept before, here.
    Known(LedgerPosition),
}

/// Why a declaration was refused. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RatesRefused {
    /// The same source has declared something else for this day.
    #[error("{source_name} has declared other rates for {day}")]
    Contradiction {
        /// Who.
        source_name: String,
        /// When.
        day: Day,
    },
    /// It is of a day that has not begun.
    #[error("{0} has not begun")]
    Future(Day),
}

impl Act for DeclareRates {
    type Done = Result<RatesDeclared, RatesRefused>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let DeclaredRates { source, day, .. } = &self.rates;
        if *day > Day::of(books.now()) {
            return Ok(Err(RatesRefused::Future(*day)));
        }
        let known = exchange::rates_of(books.tx.conn(), source, day.as_millis())?;
        if let Some(first) = known.first() {
            let at = LedgerPosition::new(first.declared_at).map_err(|_| ActError::corrupt("rate"))?;
            let same = DeclaredRates::read(&known)?.as_ref() == Some(&self.rates);
            let refused = || RatesRefused::Contradiction { source_name: source.clone(), day: *day };
            return Ok(if same { Ok(RatesDeclared::Known(at)) } else { Err(refused()) });
        }
        let at = books.position()?;
        exchange::insert_rates(books.tx, &self.rates.rows(at))?;
        books.declare(at, &format!("{} file {}", words(&self.rates), self.file))?;
        Ok(Ok(RatesDeclared::New(at)))
    }
}

/// A day that was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDay {
    /// The day.
    pub day: Day,
    /// Who declared it.
    pub source: String,
}

impl Core {
    /// The rates that quotes are made from: those of the newest day; `None` if none were declared.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn rates(&self) -> Result<Option<DeclaredRates>, ReadError> {
        let rows = exchange::newest_rates(&mut *self.conn()?).map_err(read_error)?;
        DeclaredRates::read(&rows).map_err(|error| ReadError::new(error.to_string()))
    }

    /// The newest days that were declared, newest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn rate_days(&self, limit: u16) -> Result<Vec<DeclaredDay>, ReadError> {
        let days = exchange::rate_days(&mut *self.conn()?, i64::from(limit)).map_err(read_error)?;
        let read = |(day, source)| Day::from_millis(day).map(|day| DeclaredDay { day, source });
        Ok(days.into_iter().filter_map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(text: &str) -> Currency {
        Currency::parse(text).unwrap()
    }

    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    #[test]
    fn a_day_has_one_text_and_knows_its_distance() {
        let day = Day::parse("2026-11-20").unwrap();
        assert_eq!(day.to_string(), "2026-11-20");
        assert_eq!(Day::of(Timestamp::parse("2026-11-20T23:59:59.999Z").unwrap()), day);
        assert_eq!(Day::parse("2027-01-01").unwrap().days_since(day), 42);
        for wrong in ["", "2026-11-31", "2026-1-1", "20261120", "2026-11-20T", "2026-11-20 "] {
            assert_eq!(Day::parse(wrong), Err(InvalidDay), "{wrong}");
        }
    }

    #[test]
    fn one_currency_has_one_rate_and_the_base_none() {
        let day = Day::parse("2026-11-20").unwrap();
        let of = |rates: &[(&str, &str)]| {
            let rates = rates.iter().map(|(name, text)| (currency(name), rate(text)));
            DeclaredRates::new("ECB", day, Currency::EUR, rates)
        };
        let rates = of(&[("USD", "1.0432"), ("JPY", "161.5")]).unwrap();
        assert_eq!(rates.of(currency("USD")), Some(rate("1.0432")));
        assert_eq!(rates.of(Currency::EUR), Some(rate("1")));
        assert_eq!(rates.of(currency("CHF")), None);
        assert_eq!(words(&rates), "rates ECB 2026-11-20 EUR JPY=161.5 USD=1.0432");
        assert_eq!(of(&[("USD", "1"), ("USD", "1")]), Err(InvalidRates::Twice(currency("USD"))));
        assert_eq!(of(&[("EUR", "1")]), Err(InvalidRates::Twice(Currency::EUR)));
        assert_eq!(of(&[]), Err(InvalidRates::None));
        for source in ["", "ecb", "THIRTEENCHARS", "E B"] {
            let rates = [(currency("USD"), rate("1"))];
            assert_eq!(DeclaredRates::new(source, day, Currency::EUR, rates), Err(InvalidRates::Source));
        }
    }
}
