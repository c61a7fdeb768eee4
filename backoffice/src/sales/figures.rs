//! Figures for tiles and charts: by the hour in which sales were ordered, whatever became of them since.

use payment_domain::{Currency, Money, PartyId, Timestamp};
use payment_message::Code;

use super::{Sales, SalesError, currency};
use crate::storage::sales::hours::{self, HourRow, Hours};

/// The longest time that is asked about at once.
pub const MOST_DAYS: i64 = 400;

const HOUR_MS: i64 = 60 * 60 * 1000;
const MOST_HOURS: i64 = MOST_DAYS * 24;

/// What was ordered in one hour. Hours without anything are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// When it begins.
    pub from: Timestamp,
    /// Sales that were paid, of these hours' orders, and what they came to.
    pub sales: u64,
    /// What they came to.
    pub gross: Money,
    /// What of them was given back since.
    pub refunded: Money,
    /// Orders that an external system declined.
    pub declined: u64,
    /// Orders that were refused when they came in.
    pub refused: u64,
}

/// Sums in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Sales that were paid.
    pub sales: u64,
    /// What they came to.
    pub gross: Money,
    /// What of them was given back since.
    pub refunded: Money,
    /// Orders that an external system declined.
    pub declined: u64,
    /// Orders that were refused when they came in, by reason, the most frequent first.
    pub refused: Vec<(Code, u64)>,
}

impl Totals {
    /// Orders that were refused when they came in, for whatever reason.
    #[must_use]
    pub fn refused_orders(&self) -> u64 {
        self.refused.iter().map(|(_, orders)| *orders).fold(0, u64::saturating_add)
    }

    const fn nothing(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { sales: 0, gross: zero, refunded: zero, declined: 0, refused: Vec::new() }
    }
}

impl Sales {
    /// A merchant's figures in one currency, hour by hour. Both times are taken down to the hour.
    ///
    /// # Errors
    /// [`SalesError::TooLong`] above [`MOST_DAYS`].
    pub fn by_hour(
        &self,
        merchant: &PartyId,
        currency: Currency,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hour>, SalesError> {
        let hours = between(from, to)?;
        let (mut conn, merchant) = self.open(merchant)?;
        let rows = hours::by_hour(&mut conn, merchant, currency.as_str(), hours)?;
        let refused = hours::refused_by_hour(&mut conn, merchant, currency.as_str(), hours)?;
        let mut all: std::collections::BTreeMap<i64, Hour> = std::collections::BTreeMap::new();
        for row in rows {
            all.insert(row.hour, Hour::read(&row, currency));
        }
        for (hour, orders) in refused {
            let nothing = HourRow { hour, sales: 0, gross_micros: 0, refunded_micros: 0, declined: 0 };
            all.entry(hour).or_insert_with(|| Hour::read(&nothing, currency)).refused = orders.unsigned_abs();
        }
        Ok(all.into_values().collect())
    }

    /// A merchant's sums, one for each currency. Both times are taken down to the hour.
    ///
    /// # Errors
    /// [`SalesError::TooLong`] above [`MOST_DAYS`].
    pub fn totals(
        &self,
        merchant: &PartyId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Totals>, SalesError> {
        let hours = between(from, to)?;
        let (mut conn, merchant) = self.open(merchant)?;
        let mut all: std::collections::BTreeMap<String, Totals> = std::collections::BTreeMap::new();
        for row in hours::totals(&mut conn, merchant, hours)? {
            let unit = currency(&row.currency)?;
            let totals = Totals {
                sales: row.sales.unsigned_abs(),
                gross: Money::from_micros(row.gross_micros, unit),
                refunded: Money::from_micros(row.refunded_micros, unit),
                declined: row.declined.unsigned_abs(),
                refused: Vec::new(),
            };
            all.insert(row.currency, totals);
        }
        for (name, code, orders) in hours::refusals(&mut conn, merchant, hours)? {
            let unit = currency(&name)?;
            let code = Code::parse(&code).map_err(|_| SalesError::Corrupt("code"))?;
            let totals = all.entry(name).or_insert_with(|| Totals::nothing(unit));
            totals.refused.push((code, orders.unsigned_abs()));
        }
        let mut all: Vec<Totals> = all.into_values().collect();
        for totals in &mut all {
            totals.refused.sort_by_key(|(code, orders)| (std::cmp::Reverse(*orders), *code));
        }
        Ok(all)
    }
}

impl Hour {
    fn read(row: &HourRow, currency: Currency) -> Self {
        let from = row.hour.saturating_mul(HOUR_MS);
        Self {
            from: Timestamp::from_millis(from).unwrap_or(Timestamp::EPOCH),
            sales: row.sales.unsigned_abs(),
            gross: Money::from_micros(row.gross_micros, currency),
            refunded: Money::from_micros(row.refunded_micros, currency),
            declined: row.declined.unsigned_abs(),
            refused: 0,
        }
    }
}

/// The hour that a time is in, since 1970.
pub(super) const fn hour_of(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(HOUR_MS)
}

fn between(from: Timestamp, to: Timestamp) -> Result<Hours, SalesError> {
    let hours = Hours { from: hour_of(from), until: hour_of(to) };
    if hours.until.saturating_sub(hours.from) > MOST_HOURS {
        return Err(SalesError::TooLong);
    }
    Ok(hours)
}
