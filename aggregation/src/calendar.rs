//! Days, weeks and months at a fixed distance from UTC: when periods close by the calendar. Pure.

use std::fmt;

use payment_domain::Timestamp;
use thiserror::Error;
use time::{Date, OffsetDateTime, Weekday};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Where the operator's day begins: minutes east of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Zone(i64);

/// Text that is no distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a zone is written +01:00, at most 14 hours from UTC")]
pub struct InvalidZone;

/// How often something closes by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// At the end of every day.
    Daily,
    /// At the end of every Sunday.
    Weekly,
    /// At the end of every month.
    Monthly,
}

/// Text that is no cadence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a cadence is daily, weekly or monthly")]
pub struct InvalidCadence;

impl Zone {
    /// Reads `+01:00`.
    ///
    /// # Errors
    /// [`InvalidZone`].
    pub fn parse(text: &str) -> Result<Self, InvalidZone> {
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(InvalidZone),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(InvalidZone)?;
        let number = |part: &str| {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain { part.parse::<i64>().map_err(|_| InvalidZone) } else { Err(InvalidZone) }
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let east = hours.saturating_mul(60).saturating_add(minutes);
        if minutes > 59 || east > 14 * 60 {
            return Err(InvalidZone);
        }
        Ok(Self(east.saturating_mul(sign)))
    }

    /// Minutes east of UTC: what a clock there shows more than one at UTC.
    #[must_use]
    pub const fn minutes_east(self) -> i64 {
        self.0
    }

    /// The midnight at or before a time.
    #[must_use]
    pub fn midnight(self, at: Timestamp) -> Timestamp {
        let local = at.as_millis().saturating_add(self.shift());
        at.saturating_add_millis(local.rem_euclid(DAY_MS).saturating_neg())
    }

    /// The midnight after a time.
    #[must_use]
    pub fn next_midnight(self, at: Timestamp) -> Timestamp {
        self.midnight(at).saturating_add_millis(DAY_MS)
    }

    const fn shift(self) -> i64 {
        self.0.saturating_mul(MINUTE_MS)
    }

    /// The day that begins at a midnight.
    fn day(self, midnight: Timestamp) -> Date {
        let local = midnight.as_millis().saturating_add(self.shift());
        OffsetDateTime::from_unix_timestamp(local.div_euclid(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .date()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minutes) = (if self.0 < 0 { '-' } else { '+' }, self.0.unsigned_abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Cadence {
    /// Reads `daily`, `weekly` or `monthly`.
    ///
    /// # Errors
    /// [`InvalidCadence`].
    pub fn parse(text: &str) -> Result<Self, InvalidCadence> {
        let all = [Self::Daily, Self::Weekly, Self::Monthly];
        all.into_iter().find(|cadence| cadence.as_str() == text).ok_or(InvalidCadence)
    }

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// Whether a day, week or month ends at this midnight.
    #[must_use]
    pub fn ends_at(self, midnight: Timestamp, zone: Zone) -> bool {
        let begins = zone.day(midnight);
        match self {
            Self::Daily => true,
            Self::Weekly => begins.weekday() == Weekday::Monday,
            Self::Monthly => begins.day() == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_day_begins_where_the_operator_is() {
        for (zone, now, midnight) in [
            ("+00:00", "2026-11-21T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
            ("+00:00", "2026-11-21T23:59:59.999Z", "2026-11-21T00:00:00.000Z"),
            ("+01:00", "2026-11-20T22:59:59.999Z", "2026-11-19T23:00:00.000Z"),
            ("+01:00", "2026-11-20T23:00:00.000Z", "2026-11-20T23:00:00.000Z"),
            ("-05:30", "2026-11-21T05:29:59.999Z", "2026-11-20T05:30:00.000Z"),
            ("+14:00", "2026-11-21T12:00:00.000Z", "2026-11-21T10:00:00.000Z"),
        ] {
            let zone = Zone::parse(zone).unwrap();
            assert_eq!(zone.midnight(at(now)), at(midnight), "{zone} {now}");
        }
        for text in ["", "01:00", "+1:00", "+01:60", "+14:01", "+01", "+-1:00", "é1:00"] {
            assert_eq!(Zone::parse(text), Err(InvalidZone), "{text}");
        }
    }

    #[test]
    fn weeks_end_on_sunday_and_months_with_their_last_day() {
        let zone = Zone::parse("+01:00").unwrap();
        for (midnight, week, month) in [
            ("2026-11-22T23:00:00.000Z", true, false),
            ("2026-11-23T23:00:00.000Z", false, false),
            ("2026-11-30T23:00:00.000Z", false, true),
            ("2028-02-28T23:00:00.000Z", false, false),
            ("2028-02-29T23:00:00.000Z", false, true),
        ] {
            assert_eq!(Cadence::Weekly.ends_at(at(midnight), zone), week, "{midnight}");
            assert_eq!(Cadence::Monthly.ends_at(at(midnight), zone), month, "{midnight}");
            assert!(Cadence::Daily.ends_at(at(midnight), zone));
        }
    }

    proptest! {
        #[test]
        fn midnights_follow_one_another(millis in 1_000_000_000_i64..4_000_000_000_000, east in -840_i64..=840) {
            let (zone, now) = (Zone(east), Timestamp::from_millis(millis).unwrap());
            let (before, after) = (zone.midnight(now), zone.next_midnight(now));
            prop_assert!(before <= now && now < after);
            prop_assert_eq!(after.millis_since(before), DAY_MS);
            prop_assert_eq!(zone.midnight(before), before);
            prop_assert_eq!(Zone::parse(&zone.to_string()), Ok(zone));
        }
    }
}
