//! Payouts: what was paid out for which time, after which fee, and how the banks call it (pain.001, camt.05x).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query as InAddress};
use aggregation::fee::FeeSchedule;
use payment_domain::Timestamp;
use serde::Deserialize;

use super::{Shop, say};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Section, Table, Tile, Tone};
use crate::storage::merchant::{self as storage, FeeRow, PayoutRow, StandingRow};
use crate::web::{Fault, Visitor};
use crate::words::{Value, Words};

/// Payouts on one page, and one more to know whether there is a next.
const ROWS: i64 = 25;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// Lists them, with what is owed now and what the merchant pays for it.
pub(super) async fn list(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let before = wanted.before.unwrap_or(i64::MAX);
    let (mut rows, standings, fees) = visitor
        .read(move |conn| {
            let rows = storage::payouts(conn, merchant, before, ROWS.saturating_add(1))?;
            Ok((rows, storage::standings(conn, merchant)?, storage::fee_schedules(conn, merchant)?))
        })
        .await?;
    let words = visitor.words();
    let older = say::older(&mut rows, ROWS, |row| row.position)
        .map(|last| Link::new(format!("/payouts?before={last}"), words.say("merchant-older")));
    let mut table = table(words, &rows);
    table.newer = wanted.before.map(|_| Link::new("/payouts", words.say("merchant-newest")));
    table.older = older;
    let page = Page::new(words.say("merchant-menu-payouts"), "/payouts")
        .with(Block::Tiles(tiles(words, &standings)))
        .with(table)
        .with(Section::new(words.say("merchant-fees")).with(fee_table(
            words,
            &fees,
            &usual_in(&standings, &fees, visitor.now()),
            &shop.fees,
        )));
    visitor.show(page)
}

/// Shows one.
pub(super) async fn show(visitor: Visitor, path: Path<i64>) -> Result<HttpResponse, Fault> {
    let (merchant, position) = (visitor.need_person()?.party_number, *path);
    let row =
        visitor.read(move |conn| storage::payout(conn, merchant, position)).await?.ok_or(Fault::NotFound)?;
    visitor.show(page(visitor.words(), &row))
}

fn tiles(words: Words, standings: &[StandingRow]) -> Vec<Tile> {
    let tile = |row: &StandingRow| {
        let amount = |micros| [("amount", Value::from(say::stored(words, micros, &row.currency)))];
        let mut detail = vec![Inline::Muted(words.say_with("merchant-on-account", &amount(row.balance)))];
        if row.disputed > 0 {
            let kept = words.say_with("merchant-kept-for-disputes", &amount(row.disputed));
            detail.extend([Inline::Break, say::link("/disputes", kept)]);
        }
        Tile {
            label: words.say("merchant-next-payout"),
            value: say::stored(words, row.next_payout(), &row.currency),
            detail,
            meter: None,
        }
    };
    standings.iter().map(tile).collect()
}

fn state(words: Words, state: &str) -> Chip {
    match state {
        "paid" => Chip::new(Tone::Good, words.say("merchant-payout-paid")),
        "pending" => Chip::new(Tone::Waiting, words.say("merchant-payout-pending")),
        "declined" => Chip::new(Tone::Bad, words.say("merchant-payout-declined")),
        "returned" => Chip::new(Tone::Bad, words.say("merchant-payout-returned")),
        _ => Chip::new(Tone::Plain, words.say("merchant-payout-none")),
    }
}

fn table(words: Words, rows: &[PayoutRow]) -> Table {
    let row = |row: &PayoutRow| {
        vec![
            vec![say::link(format!("/payouts/{}", row.position), words.day(say::at(row.issued_at)))],
            vec![Inline::Chip(state(words, &row.state))],
            vec![Inline::Muted(row.file.clone().unwrap_or_default())],
            vec![Inline::Text(say::stored(words, row.fee, &row.currency))],
            vec![Inline::Text(say::stored(words, row.amount, &row.currency))],
        ]
    };
    Table {
        caption: words.say("merchant-menu-payouts"),
        columns: vec![
            Column::words(words.say("merchant-when")),
            Column::words(words.say("merchant-column-state")),
            Column::words(words.say("merchant-bank-file")).minor(),
            Column::numbers(words.say("merchant-column-fee")).minor(),
            Column::numbers(words.say("merchant-column-amount")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("merchant-no-payouts"),
        newer: None,
        older: None,
    }
}

/// The currencies of a merchant's accounts in which nothing else is agreed now: there the usual fees are paid.
fn usual_in(standings: &[StandingRow], agreed: &[FeeRow], now: Timestamp) -> Vec<String> {
    let holds = |currency: &str| {
        agreed.iter().any(|row| row.currency == currency && row.valid_from <= now.as_millis())
    };
    let currencies = standings.iter().map(|row| row.currency.as_str());
    currencies.filter(|currency| !holds(currency)).map(str::to_owned).collect()
}

fn fee_table(words: Words, rows: &[FeeRow], usual_in: &[String], usual: &FeeSchedule) -> Table {
    let agreed = rows.iter().map(|row| {
        vec![
            vec![Inline::Text(row.currency.clone())],
            vec![Inline::Text(words.day(say::at(row.valid_from)))],
            vec![Inline::Text(say::share(words, row.share_ppm))],
            vec![Inline::Text(say::stored(words, row.fixed_micros, &row.currency))],
            vec![Inline::Text(say::stored(words, row.minimum_micros, &row.currency))],
        ]
    });
    let standard = usual_in.iter().map(|currency| {
        vec![
            vec![Inline::Text(currency.clone())],
            vec![Inline::Muted(words.say("merchant-fee-usual"))],
            vec![Inline::Text(say::share(words, usual.share_ppm.into()))],
            vec![Inline::Text(say::stored(words, usual.fixed_micros, currency))],
            vec![Inline::Text(say::stored(words, usual.minimum_micros, currency))],
        ]
    });
    Table {
        caption: words.say("merchant-fees"),
        columns: vec![
            Column::words(words.say("merchant-fee-currency")),
            Column::words(words.say("merchant-fee-since")),
            Column::numbers(words.say("merchant-fee-share")),
            Column::numbers(words.say("merchant-fee-fixed")),
            Column::numbers(words.say("merchant-fee-least")).minor(),
        ],
        rows: agreed.chain(standard).collect(),
        ..Table::default()
    }
}

fn page(words: Words, row: &PayoutRow) -> Page {
    let money = |micros| say::stored(words, micros, &row.currency);
    let mut page = Page::new(words.say("merchant-payout"), "/payouts").with(Block::Amount(money(row.amount)));
    page.state = Some(state(words, &row.state));
    let mut facts = vec![
        say::fact(words.say("merchant-when"), say::time(words, say::at(row.issued_at))),
        say::fact(words.say("merchant-column-fee"), money(row.fee)),
        say::fact(words.say("merchant-fee-share"), say::share(words, row.share_ppm)),
        say::fact(words.say("merchant-fee-fixed"), money(row.fixed_micros)),
        say::fact(words.say("merchant-carried"), money(row.carried)),
    ];
    if row.withheld > 0 {
        facts.push(say::fact(words.say("merchant-withheld"), money(row.withheld)));
    }
    for (label, text) in [
        (words.say("merchant-bank-system"), &row.system),
        (words.say("merchant-bank-file"), &row.file),
        (words.say("merchant-bank-batch"), &row.batch),
        (words.say("merchant-bank-reference"), &row.reference),
        (words.say("merchant-bank-booking"), &row.booked_as),
        (words.say("merchant-bank-return"), &row.returned_as),
    ] {
        if let Some(text) = text {
            facts.push(say::fact(label, Inline::Code(text.clone())));
        }
    }
    facts.push(say::fact(words.say("merchant-position"), Inline::Code(row.position.to_string())));
    page.with(Block::Facts(facts))
}

#[cfg(test)]
mod tests {
    use aggregation::calendar::Cadence;

    use super::*;
    use crate::words::Locale;

    #[test]
    fn usual_fees_are_said_in_each_currency_of_the_merchant_unless_something_else_is_agreed_there() {
        let standing = |currency: &str| StandingRow { currency: currency.into(), ..StandingRow::default() };
        let agreed = |valid_from| FeeRow {
            currency: "CHF".into(),
            valid_from,
            share_ppm: 5_000,
            fixed_micros: 0,
            minimum_micros: 0,
            cadence: "daily".into(),
        };
        let standings = [standing("CHF"), standing("EUR"), standing("GBP")];
        let now = Timestamp::from_millis(1_000).unwrap();
        assert_eq!(usual_in(&standings, &[agreed(1_000)], now), ["EUR", "GBP"]);
        // Agreed for later: until then the usual fees are paid.
        assert_eq!(usual_in(&standings, &[agreed(1_001)], now), ["CHF", "EUR", "GBP"]);
        let usual = FeeSchedule {
            share_ppm: 20_000,
            fixed_micros: 250_000,
            minimum_micros: 10_000_000,
            cadence: Cadence::Weekly,
        };
        let words = Words::of(Locale::English);
        let table = fee_table(words, &[], &["EUR".into(), "GBP".into()], &usual);
        let text = format!("{:?}", table.rows);
        for said in ["€0.25", "€10.00", "£0.25", "£10.00"] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
}
