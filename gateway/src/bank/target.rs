//! The days on which euros move between banks: every day but week-ends and the six closing days of T2 (once TARGET2), which
//! are the same in all of the euro area. A country's own holidays are not among them.

use time::{Date, Duration, Month, Weekday};

/// Whether payments settle on a day. From 2100 on Easter is not known here: then only the days that have a date count.
pub(super) fn settles(day: Date) -> bool {
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let has_a_date =
        matches!((day.month(), day.day()), (Month::January | Month::May, 1) | (Month::December, 25 | 26));
    !(is_weekend || has_a_date || is_of_easter(day))
}

/// Good Friday or Easter Monday.
fn is_of_easter(day: Date) -> bool {
    let Some(sunday) = easter(day.year()) else { return false };
    [-2, 1].into_iter().any(|days| sunday.checked_add(Duration::days(days)) == Some(day))
}

/// Easter Sunday, by the rule for the years whose century does not shift the moon (S. Carter).
fn easter(year: i32) -> Option<Date> {
    if !(1900..2100).contains(&year) {
        return None;
    }
    // The full moon of spring as a day after the end of February, of which 49 and 50 are one day too late.
    let moon =
        204_i32.saturating_sub(year.rem_euclid(19).saturating_mul(11)).rem_euclid(30).saturating_add(21);
    let moon = if moon > 48 { moon.saturating_sub(1) } else { moon };
    let weekday =
        year.saturating_add(year.div_euclid(4)).saturating_add(moon).saturating_add(1).rem_euclid(7);
    let days = moon.saturating_add(6).saturating_sub(weekday);
    Date::from_calendar_date(year, Month::March, 1).ok()?.checked_add(Duration::days(days.into()))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    /// As computed by another rule (J. Meeus), and the earliest and the latest of the two centuries.
    #[test]
    fn easter_is_when_it_is() {
        for sunday in [
            date!(2024 - 03 - 31),
            date!(2026 - 04 - 05),
            date!(2027 - 03 - 28),
            date!(2028 - 04 - 16),
            date!(2035 - 03 - 25),
            date!(2038 - 04 - 25),
            date!(2049 - 04 - 18),
            date!(2076 - 04 - 19),
            date!(2099 - 04 - 12),
        ] {
            assert_eq!(easter(sunday.year()), Some(sunday));
        }
        assert_eq!((easter(1899), easter(2100)), (None, None));
        // A Sunday, and never out of its five weeks.
        for sunday in (1900..2100).filter_map(easter) {
            let is_late_enough = sunday.ordinal() >= date!(2023 - 03 - 22).ordinal();
            let is_early_enough = sunday.ordinal() <= date!(2024 - 04 - 25).ordinal();
            assert!(sunday.weekday() == Weekday::Sunday && is_late_enough && is_early_enough, "{sunday}");
        }
    }

    /// As the ECB announced them for 2026.
    #[test]
    fn six_days_a_year_and_week_ends_settle_nothing() {
        let closing = [
            date!(2026 - 01 - 01),
            date!(2026 - 04 - 03),
            date!(2026 - 04 - 06),
            date!(2026 - 05 - 01),
            date!(2026 - 12 - 25),
            date!(2026 - 12 - 26),
        ];
        let mut day = date!(2026 - 01 - 01);
        while day.year() == 2026 {
            let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            assert_eq!(settles(day), !is_weekend && !closing.contains(&day), "{day}");
            day = day.next_day().unwrap();
        }
        assert!(settles(date!(2026 - 05 - 14)) && settles(date!(2026 - 05 - 25)), "no holidays of countries");
    }
}
