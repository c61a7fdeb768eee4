//! Days and times as they are written in a language, by the clock of a zone. Pure.

use aggregation::calendar::Zone;
use payment_domain::Timestamp;
use time::{Month, OffsetDateTime};

use super::Locale;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

pub(super) fn day(locale: Locale, zone: Zone, at: Timestamp) -> String {
    let date = local(zone, at).date();
    let (day, year) = (date.day(), date.year());
    match locale {
        Locale::English => format!("{day} {} {year}", english_short(date.month())),
        Locale::French => format!("{} {} {year}", french_day(day), french_short(date.month())),
    }
}

pub(super) fn month(locale: Locale, zone: Zone, at: Timestamp) -> String {
    let date = local(zone, at).date();
    match locale {
        Locale::English => format!("{} {}", date.month(), date.year()),
        Locale::French => format!("{} {}", french(date.month()), date.year()),
    }
}

pub(super) fn clock(zone: Zone, at: Timestamp) -> String {
    let time = local(zone, at).time();
    format!("{:02}:{:02}", time.hour(), time.minute())
}

pub(super) fn moment(locale: Locale, zone: Zone, at: Timestamp) -> String {
    let (day, clock) = (day(locale, zone, at), clock(zone, at));
    match locale {
        Locale::English => format!("{day}, {clock}"),
        Locale::French => format!("{day} à {clock}"),
    }
}

/// Midnights from one moment to another; negative if it lies after.
pub(super) fn days_between(zone: Zone, at: Timestamp, now: Timestamp) -> i64 {
    let day = |at| local_ms(zone, at).div_euclid(DAY_MS);
    day(now).saturating_sub(day(at))
}

fn local(zone: Zone, at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(local_ms(zone, at).div_euclid(1000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

const fn local_ms(zone: Zone, at: Timestamp) -> i64 {
    at.as_millis().saturating_add(zone.minutes_east().saturating_mul(MINUTE_MS))
}

/// The first of a month is counted, the others are not.
fn french_day(day: u8) -> String {
    if day == 1 { "1er".to_owned() } else { day.to_string() }
}

const fn english_short(month: Month) -> &'static str {
    match month {
        Month::January => "Jan",
        Month::February => "Feb",
        Month::March => "Mar",
        Month::April => "Apr",
        Month::May => "May",
        Month::June => "Jun",
        Month::July => "Jul",
        Month::August => "Aug",
        Month::September => "Sep",
        Month::October => "Oct",
        Month::November => "Nov",
        Month::December => "Dec",
    }
}

const fn french_short(month: Month) -> &'static str {
    match month {
        Month::January => "janv.",
        Month::February => "févr.",
        Month::March => "mars",
        Month::April => "avr.",
        Month::May => "mai",
        Month::June => "juin",
        Month::July => "juil.",
        Month::August => "août",
        Month::September => "sept.",
        Month::October => "oct.",
        Month::November => "nov.",
        Month::December => "déc.",
    }
}

const fn french(month: Month) -> &'static str {
    match month {
        Month::January => "janvier",
        Month::February => "février",
        Month::March => "mars",
        Month::April => "avril",
        Month::May => "mai",
        Month::June => "juin",
        Month::July => "juillet",
        Month::August => "août",
        Month::September => "septembre",
        Month::October => "octobre",
        Month::November => "novembre",
        Month::December => "décembre",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_moment_is_told_by_the_clock_of_the_zone() {
        for (zone, english, french) in [
            ("+00:00", "30 Nov 2026, 23:05", "30 nov. 2026 à 23:05"),
            ("+01:00", "1 Dec 2026, 00:05", "1er déc. 2026 à 00:05"),
            ("-05:30", "30 Nov 2026, 17:35", "30 nov. 2026 à 17:35"),
        ] {
            let (zone, at) = (Zone::parse(zone).unwrap(), at("2026-11-30T23:05:59.999Z"));
            assert_eq!(moment(Locale::English, zone, at), english);
            assert_eq!(moment(Locale::French, zone, at), french);
        }
    }

    #[test]
    fn every_month_has_its_name() {
        let of = |locale| -> Vec<String> {
            (1..=12)
                .map(|month| at(&format!("2026-{month:02}-02T00:00:00.000Z")))
                .map(|at| {
                    format!(
                        "{} | {}",
                        day(locale, Zone::default(), at),
                        super::month(locale, Zone::default(), at)
                    )
                })
                .collect()
        };
        expect_test::expect![[r#"
            2 Jan 2026 | January 2026
            2 Feb 2026 | February 2026
            2 Mar 2026 | March 2026
            2 Apr 2026 | April 2026
            2 May 2026 | May 2026
            2 Jun 2026 | June 2026
            2 Jul 2026 | July 2026
            2 Aug 2026 | August 2026
            2 Sep 2026 | September 2026
            2 Oct 2026 | October 2026
            2 Nov 2026 | November 2026
            2 Dec 2026 | December 2026
            2 janv. 2026 | janvier 2026
            2 févr. 2026 | février 2026
            2 mars 2026 | mars 2026
            2 avr. 2026 | avril 2026
            2 mai 2026 | mai 2026
            2 juin 2026 | juin 2026
            2 juil. 2026 | juillet 2026
            2 août 2026 | août 2026
            2 sept. 2026 | septembre 2026
            2 oct. 2026 | octobre 2026
            2 nov. 2026 | novembre 2026
            2 déc. 2026 | décembre 2026"#]]
        .assert_eq(&[of(Locale::English), of(Locale::French)].concat().join("\n"));
    }

    #[test]
    fn days_are_counted_by_midnights() {
        let zone = Zone::parse("+01:00").unwrap();
        for (earlier, now, days) in [
            ("2026-11-21T12:00:00.000Z", "2026-11-21T22:59:59.999Z", 0),
            ("2026-11-21T22:59:59.999Z", "2026-11-21T23:00:00.000Z", 1),
            ("2026-11-20T12:00:00.000Z", "2026-11-22T12:00:00.000Z", 2),
            ("2026-11-22T12:00:00.000Z", "2026-11-21T12:00:00.000Z", -1),
        ] {
            assert_eq!(days_between(zone, at(earlier), at(now)), days, "{earlier} {now}");
        }
    }
}
