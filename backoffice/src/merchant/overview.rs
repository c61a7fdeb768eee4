//! The overview: today in a few numbers, hour by hour, and the newest payments.

use actix_web::HttpResponse;
use actix_web::web::Data;
use payment_domain::{Currency, Money, Timestamp};

use super::{Shop, fees, payments, say};
use crate::page::{Bar, Block, Chart, Inline, Link, Page, Section, Tile};
use crate::sales::Sale;
use crate::sales::figures::{Hour, Totals};
use crate::sales::query::Query;
use crate::storage::merchant::{self as storage, StandingRow};
use crate::storage::request;
use crate::web::{Fault, MemberRole, Visitor};
use crate::words::{Value, Words};

const HOUR_MS: i64 = 60 * 60 * 1000;
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;
/// Payments that are shown.
const ROWS: u32 = 10;
/// A day has 25 hours when clocks are put back.
const MOST_HOURS: usize = 25;

/// The day so far, in one currency.
#[derive(Debug, Clone)]
struct Day {
    currency: Currency,
    totals: Option<Totals>,
    /// The same hours a week before.
    before: Option<Totals>,
    hours: Vec<Hour>,
    midnight: Timestamp,
    standings: Vec<StandingRow>,
    /// Requests for money back that wait for an answer.
    waiting: i64,
}

/// Shows it.
pub(super) async fn show(visitor: Visitor, shop: Data<Shop>) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?;
    let (party, number, now) = (person.party.clone(), person.party_number, visitor.now());
    let (currency, midnight) = (visitor.portal().core.policy().currency, visitor.portal().zone.midnight(now));
    // This hour counts: the end is taken down to the hour.
    let end = now.saturating_add_millis(HOUR_MS);
    let (today, before, hours, newest) = Shop::read(&shop, move |sales| {
        let ago = |at: Timestamp| at.saturating_add_millis(-WEEK_MS);
        Ok((
            sales.totals(&party, midnight, end)?,
            sales.totals(&party, ago(midnight), ago(end))?,
            sales.by_hour(&party, currency, midnight, end)?,
            sales.list(&party, &Query { limit: ROWS, ..Query::default() })?,
        ))
    })
    .await?;
    let (standings, schedules, waiting) = visitor
        .read(move |conn| {
            let standings = storage::standings(conn, number)?;
            Ok((standings, storage::fee_schedules(conn, number)?, request::waiting(conn, number)?))
        })
        .await?;
    let of = |all: Vec<Totals>| all.into_iter().find(|totals| totals.gross.currency() == currency);
    let day = Day { currency, totals: of(today), before: of(before), hours, midnight, standings, waiting };
    let words = visitor.words();
    let fee = |sale: &Sale| fees::of(&schedules, &shop.fees, sale);
    let mut section = Section::new(words.say("merchant-menu-payments"));
    if newest.rows.is_empty() {
        let first = person.may(MemberRole::Manager);
        let link = first.then(|| Link::new("/items/new", words.say("merchant-item-new")));
        section = section.with(Block::Empty { text: words.say("merchant-no-payments"), link });
    } else {
        section.more = Some(Link::new("/payments", words.say("merchant-all-payments")));
        section = section.with(payments::table(words, &newest.rows, now, Some(&fee)));
    }
    visitor.show(page(words, &day).with(section))
}

fn page(words: Words, day: &Day) -> Page {
    // The chart has a heading of its own.
    Page::new(words.say("merchant-today"), "/").with(Block::Tiles(tiles(words, day))).with(chart(words, day))
}

fn tiles(words: Words, day: &Day) -> Vec<Tile> {
    let zero = Money::zero(day.currency);
    let (sales, gross, refunded, failed) = day.totals.as_ref().map_or((0, zero, zero, 0), |totals| {
        let failed = totals.declined.saturating_add(totals.refused_orders());
        (totals.sales, totals.gross, totals.refunded, failed)
    });
    let tile = |label: &str, value: String, detail: Vec<Inline>| Tile {
        label: words.say(label),
        value,
        detail,
        meter: None,
    };
    let count = i64::try_from(sales).unwrap_or(i64::MAX);
    let average = gross.micros().checked_div(count).map(|micros| Money::from_micros(micros, day.currency));
    let average = average.map_or_else(Vec::new, |average| {
        vec![Inline::Muted(
            words.say_with("merchant-on-average", &[("amount", Value::from(words.money(average)))]),
        )]
    });
    let orders = sales.saturating_add(failed);
    let accepted = if orders == 0 { "–".to_owned() } else { words.percent(sales, orders) };
    let why = if failed == 0 {
        vec![Inline::Muted(words.say("merchant-none-refused"))]
    } else {
        vec![say::link("/refused", words.say_with("merchant-refused-why", &[("count", Value::from(failed))]))]
    };
    let waiting = u64::try_from(day.waiting).ok().filter(|count| *count > 0).map_or_else(Vec::new, |count| {
        vec![say::link(
            "/requests",
            words.say_with("merchant-requests-wait", &[("count", Value::from(count))]),
        )]
    });
    let next = day.standings.iter().find(|row| row.currency == day.currency.as_str());
    let standing = next.map_or(0, StandingRow::next_payout);
    vec![
        tile("merchant-sales", words.money(gross), vec![Inline::Muted(compared(words, day, gross))]),
        tile("merchant-payments", words.number(sales), average),
        tile("merchant-accepted", accepted, why),
        tile("merchant-refunded", words.money(refunded), waiting),
        tile(
            "merchant-next-payout",
            words.money(Money::from_micros(standing, day.currency)),
            vec![say::link("/payouts", words.say("merchant-menu-payouts"))],
        ),
    ]
}

/// How the day stands next to the same day of the week before.
fn compared(words: Words, day: &Day, gross: Money) -> String {
    let before = day.before.as_ref().map_or(0, |totals| totals.gross.micros()).unsigned_abs();
    let now = gross.micros().unsigned_abs();
    if before == 0 {
        return words.say("merchant-nothing-before");
    }
    let share = words.percent(now.abs_diff(before), before);
    if now >= before {
        words.say_with("merchant-over-last-week", &[("share", Value::from(share))])
    } else {
        words.say_with("merchant-under-last-week", &[("share", Value::from(share))])
    }
}

fn chart(words: Words, day: &Day) -> Chart {
    let midnight = day.midnight;
    let starts = (0..).map(|hour: i64| midnight.saturating_add_millis(hour.saturating_mul(HOUR_MS)));
    let tomorrow = midnight.saturating_add_millis(24 * HOUR_MS);
    let bars = starts.take(MOST_HOURS).take_while(|start| *start < tomorrow).map(|start| {
        let hour = day.hours.iter().find(|hour| hour.from == start);
        let gross = hour.map_or(Money::zero(day.currency), |hour| hour.gross);
        Bar {
            label: words.clock(start).chars().take(2).collect(),
            height: gross.micros().max(0).unsigned_abs(),
            value: words.money(gross),
        }
    });
    let best = day.hours.iter().max_by_key(|hour| hour.gross.micros()).filter(|hour| hour.gross.micros() > 0);
    let summary = match best {
        Some(hour) => words.say_with(
            "merchant-best-hour",
            &[
                ("hour", Value::from(words.clock(hour.from))),
                ("amount", Value::from(words.money(hour.gross))),
            ],
        ),
        None => words.say("merchant-no-sales-today"),
    };
    Chart {
        title: words.say("merchant-by-hour"),
        summary,
        headings: (words.say("merchant-hour"), words.say("merchant-sales")),
        bars: bars.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    fn totals(sales: u64, micros: i64, declined: u64) -> Totals {
        let money = |micros| Money::from_micros(micros, Currency::EUR);
        Totals { sales, gross: money(micros), refunded: money(0), declined, refused: Vec::new() }
    }

    fn day(today: Option<Totals>, before: Option<Totals>) -> Day {
        Day {
            currency: Currency::EUR,
            totals: today,
            before,
            hours: Vec::new(),
            midnight: Timestamp::EPOCH,
            standings: Vec::new(),
            waiting: 0,
        }
    }

    #[test]
    fn a_day_without_sales_divides_nothing() {
        let words = Words::of(Locale::English);
        let tiles = tiles(words, &day(None, None));
        assert_eq!(tiles[2].value, "–");
        assert!(tiles[1].detail.is_empty());
        assert_eq!(tiles[0].detail, [Inline::Muted(words.say("merchant-nothing-before"))]);
        assert_eq!(chart(words, &day(None, None)).bars.len(), 24);
    }

    #[test]
    fn who_waits_for_an_answer_is_counted_and_leads_there() {
        let words = Words::of(Locale::English);
        let detail = |waiting| tiles(words, &Day { waiting, ..day(None, None) })[3].detail.clone();
        assert!(detail(0).is_empty());
        assert!(matches!(&detail(2)[..], [Inline::Link(link)] if link.href == "/requests"));
    }

    #[test]
    fn what_was_declined_counts_against_what_was_accepted() {
        let words = Words::of(Locale::English);
        let tiles = tiles(words, &day(Some(totals(3, 6_000_000, 1)), Some(totals(1, 8_000_000, 0))));
        assert_eq!(tiles[2].value, words.percent(3, 4));
        assert!(matches!(&tiles[2].detail[..], [Inline::Link(link)] if link.href == "/refused"));
        assert!(matches!(&tiles[0].detail[..], [Inline::Muted(text)] if text.contains("25")));
    }
}
