//! Points in time as milliseconds since 1970, UTC. Reading the clock is the server's business.

use std::fmt;

use thiserror::Error;
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// A point in time, to the millisecond, UTC, between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Text or a number that is no point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a time is written 2026-11-21T07:29:25.123Z, in UTC to the millisecond")]
pub struct InvalidTimestamp;

const FORM: &[FormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
/// 9999-12-31T23:59:59.999Z.
const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The first of January 1970.
    pub const EPOCH: Self = Self(0);

    /// Takes milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] before 1970 and after 9999.
    pub const fn from_millis(millis: i64) -> Result<Self, InvalidTimestamp> {
        if millis >= 0 && millis <= LAST_MS { Ok(Self(millis)) } else { Err(InvalidTimestamp) }
    }

    /// Reads the one accepted form, `2026-11-21T07:29:25.123Z`.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] for any other form, zone or precision.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        // The format accepts signed and longer years; the length pins them to four digits.
        if text.len() != 24 {
            return Err(InvalidTimestamp);
        }
        let time = PrimitiveDateTime::parse(text, FORM).map_err(|_| InvalidTimestamp)?.assume_utc();
        let millis = time.unix_timestamp_nanos().checked_div(1_000_000).ok_or(InvalidTimestamp)?;
        i64::try_from(millis).map_err(|_| InvalidTimestamp).and_then(Self::from_millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved by milliseconds, held within the range that can be written.
    #[must_use]
    pub fn saturating_add_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(0, LAST_MS))
    }

    /// Milliseconds from `earlier` to this time; negative if it lies after.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar month as `202611`: what monthly limits count in.
    #[must_use]
    pub fn month(self) -> i32 {
        let date = self.to_date_time().date();
        date.year().saturating_mul(100).saturating_add(i32::from(u8::from(date.month())))
    }

    /// This time of day so many calendar months later, on the month's last day if it is shorter.
    #[must_use]
    pub fn saturating_add_months(self, months: u32) -> Self {
        let from = self.to_date_time();
        let shifted = || {
            let since_january = u32::from(u8::from(from.month())).saturating_sub(1).checked_add(months)?;
            let year = from.year().checked_add(i32::try_from(since_january / 12).ok()?)?;
            let month = u8::try_from(since_january % 12).ok()?.saturating_add(1);
            let month = time::Month::try_from(month).ok()?;
            let date =
                time::Date::from_calendar_date(year, month, from.day().min(month.length(year))).ok()?;
            i64::try_from(from.replace_date(date).unix_timestamp_nanos().checked_div(1_000_000)?).ok()
        };
        Self(shifted().unwrap_or(LAST_MS).clamp(0, LAST_MS))
    }

    fn to_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0).saturating_mul(1_000_000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.to_date_time();
        let (date, clock) = (at.date(), at.time());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second(),
            clock.millisecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_one_form_is_read() {
        let text = "2026-11-21T07:29:25.123Z";
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        assert_eq!(Timestamp::parse(text).unwrap().month(), 202_611);
        for other in [
            "2026-11-21T07:29:25Z",
            "2026-11-21T07:29:25.123",
            "2026-11-21T07:29:25.123+00",
            "2026-11-21 07:29:25.123Z",
            "2026-02-30T07:29:25.123Z",
            "2026-11-21T24:00:00.000Z",
            "2026-11-21T07:29:60.000Z",
            "+026-11-21T07:29:25.123Z",
            "-026-11-21T07:29:25.123Z",
            "1969-12-31T23:59:59.999Z",
        ] {
            assert_eq!(Timestamp::parse(other), Err(InvalidTimestamp), "{other}");
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        for (from, months, to) in [
            ("2026-11-21T07:29:25.123Z", 0, "2026-11-21T07:29:25.123Z"),
            ("2026-11-21T07:29:25.123Z", 24, "2028-11-21T07:29:25.123Z"),
            ("2026-12-31T23:59:59.999Z", 2, "2027-02-28T23:59:59.999Z"),
            ("2027-12-31T00:00:00.000Z", 2, "2028-02-29T00:00:00.000Z"),
            ("2026-01-31T00:00:00.000Z", 11, "2026-12-31T00:00:00.000Z"),
            ("2026-01-31T00:00:00.000Z", u32::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            let later = Timestamp::parse(from).unwrap().saturating_add_months(months);
            assert_eq!(later.to_string(), to, "{from} + {months}");
        }
    }

    proptest! {
        #[test]
        fn every_time_reads_back_what_it_writes(millis in 0..=LAST_MS) {
            let at = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }
    }
}
