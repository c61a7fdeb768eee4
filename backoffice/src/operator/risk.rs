//! The risk log (R49): which merchants are unusual and why, and what exactly happened at one of them. Consumers stand here by the
//! pseudonym that the merchant knows; who it is, two people ask at `reveals`.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use core_payment::time_of;
use payment_domain::Pseudonym;
use serde::Deserialize;

use super::officer::Officer;
use super::parties::{MERCHANT, find};
use super::{Duty, say};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Row, Section, Table, Tone};
use crate::storage::operator::{self as storage, RefusedRow, RiskRow, SoldRow, UnusualRow};
use crate::web::Fault;
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;
/// What is unusual is looked for in so many hours.
const HOURS: i64 = 24;
/// Hours of merchants that are read for it, at most.
const READ: i64 = 10_000;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// States of a sale that did not stand.
const STATES: [&str; 4] = ["disputed", "declined", "refunded", "partly-refunded"];

/// A share in per cent from which on something is unusual, and of how many orders at least.
const REFUSED_PERCENT: i64 = 20;
const GIVEN_BACK_PERCENT: i64 = 10;
const DISPUTED_PERCENT: i64 = 1;
const ORDERS: i64 = 10;

/// How a merchant does, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) sold: SoldRow,
    pub(super) refused: i64,
    pub(super) disputed: i64,
}

/// What is unusual about a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Many orders are refused or declined.
    Refused,
    /// Much is given back.
    GivenBack,
    /// Many payments are disputed.
    Disputed,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

impl Standing {
    /// What is unusual.
    pub(super) fn signs(&self) -> Vec<Sign> {
        let of = |part: i64, whole: i64, percent: i64| {
            let (part, whole) = (i128::from(part), i128::from(whole));
            whole > 0 && part.saturating_mul(100) >= whole.saturating_mul(percent.into())
        };
        let failed = self.refused.saturating_add(self.sold.declined);
        let orders = self.sold.sales.saturating_add(failed);
        let mut signs = Vec::new();
        if orders >= ORDERS && of(failed, orders, REFUSED_PERCENT) {
            signs.push(Sign::Refused);
        }
        if of(self.sold.refunded_micros, self.sold.gross_micros, GIVEN_BACK_PERCENT) {
            signs.push(Sign::GivenBack);
        }
        if self.disputed > 0 && of(self.disputed, self.sold.sales.max(self.disputed), DISPUTED_PERCENT) {
            signs.push(Sign::Disputed);
        }
        signs
    }
}

impl Sign {
    fn chip(self, words: Words) -> Chip {
        match self {
            Self::Refused => Chip::new(Tone::Waiting, words.say("operator-sign-refused")),
            Self::GivenBack => Chip::new(Tone::Waiting, words.say("operator-sign-given-back")),
            Self::Disputed => Chip::new(Tone::Bad, words.say("operator-sign-disputed")),
        }
    }
}

/// Merchants, those with something unusual first; and the reasons of refusals.
pub(super) async fn overview(officer: Officer) -> Result<HttpResponse, Fault> {
    let now = officer.visitor.now();
    let since = now.saturating_add_millis(HOURS.saturating_mul(-HOUR_MS));
    let hours = (since.as_millis() / HOUR_MS, now.as_millis() / HOUR_MS);
    let found = officer.visitor.read(move |conn| {
        let refusals = storage::refusals_in(conn, hours, READ)?;
        let sold = storage::sold_in(conn, hours, READ)?;
        Ok((refusals, sold, storage::disputes_since(conn, since, READ)?))
    });
    let (refusals, sold, disputes) = found.await?;
    let standings = standings(sold, &refusals, &disputes);
    officer.visitor.show(overview_page(officer.words(), &standings, &most_first(refusals)))
}

/// What is known of each merchant, those with the most signs first.
pub(super) fn standings(
    sold: Vec<SoldRow>,
    refusals: &[RiskRow],
    disputes: &[(String, i64)],
) -> Vec<Standing> {
    let mut refused = BTreeMap::new();
    for row in refusals {
        let sum = refused.entry(row.merchant.clone()).or_insert(0_i64);
        *sum = sum.saturating_add(row.orders);
    }
    let mut disputed: BTreeMap<_, _> = disputes.iter().cloned().collect();
    let mut all = Vec::new();
    for sold in sold {
        // Refusals and disputes are counted once, with the first currency.
        let refused = refused.remove(&sold.merchant).unwrap_or_default();
        let disputed = disputed.remove(&sold.merchant).unwrap_or_default();
        all.push(Standing { sold, refused, disputed });
    }
    for merchant in refused.keys().chain(disputed.keys()).cloned().collect::<std::collections::BTreeSet<_>>()
    {
        let (refused, disputed) =
            (refused.remove(&merchant).unwrap_or_default(), disputed.remove(&merchant).unwrap_or_default());
        let sold = SoldRow {
            merchant,
            currency: String::new(),
            sales: 0,
            gross_micros: 0,
            refunded_micros: 0,
            declined: 0,
        };
        all.push(Standing { sold, refused, disputed });
    }
    all.sort_by_key(|one| std::cmp::Reverse((one.signs().len(), one.disputed, one.refused, one.sold.sales)));
    all.truncate(usize::try_from(ROWS).unwrap_or_default());
    all
}

/// The reasons that were given most.
fn most_first(mut rows: Vec<RiskRow>) -> Vec<RiskRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.orders));
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    rows
}

/// The page of all merchants.
pub(super) fn overview_page(words: Words, standings: &[Standing], refusals: &[RiskRow]) -> Page {
    let number = |number: i64| Inline::Text(words.number(u64::try_from(number).unwrap_or_default()));
    let merchant = |name: &str| say::link(format!("/risk/{name}"), name);
    let standing = |one: &Standing| -> Row {
        let mut signs = Vec::new();
        for sign in one.signs() {
            signs.extend([Inline::Chip(sign.chip(words)), Inline::Text(" ".to_owned())]);
        }
        vec![
            vec![merchant(&one.sold.merchant)],
            if signs.is_empty() { vec![Inline::Muted(words.say("operator-sign-none"))] } else { signs },
            vec![number(one.sold.sales)],
            vec![number(one.refused.saturating_add(one.sold.declined))],
            vec![number(one.disputed)],
            vec![Inline::Text(say::stored(words, one.sold.refunded_micros, &one.sold.currency))],
        ]
    };
    let refusal = |row: &RiskRow| -> Row {
        vec![vec![merchant(&row.merchant)], vec![Inline::Code(row.code.clone())], vec![number(row.orders)]]
    };
    Page::new(words.say("operator-menu-risk"), "/risk")
        .with(Block::Paragraph(vec![words.say("operator-risk-why").into()]))
        .with(Table {
            caption: words.say("operator-menu-merchants"),
            columns: vec![
                Column::words(words.say("operator-merchant")),
                Column::words(words.say("operator-signs")),
                Column::numbers(words.say("operator-sold")),
                Column::numbers(words.say("operator-failed")),
                Column::numbers(words.say("operator-disputed")),
                Column::numbers(words.say("operator-given-back")).minor(),
            ],
            rows: standings.iter().map(standing).collect(),
            empty: words.say("operator-no-orders"),
            ..Table::default()
        })
        .with(Section::new(words.say("operator-refusals")).with(Table {
            caption: words.say("operator-refusals"),
            columns: vec![
                Column::words(words.say("operator-merchant")),
                Column::words(words.say("operator-reason")),
                Column::numbers(words.say("operator-orders")),
            ],
            rows: refusals.iter().map(refusal).collect(),
            empty: words.say("operator-no-risk"),
            ..Table::default()
        }))
}

/// What happened at one merchant, one by one.
pub(super) async fn merchant(
    officer: Officer,
    path: Path<String>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let (party, _) = find(&officer, &path).await?;
    if party.role != MERCHANT {
        return Err(Fault::NotFound);
    }
    let (id, before) = (party.id, wanted.before.unwrap_or(i64::MAX));
    let found = officer.visitor.read(move |conn| {
        let mut sales = Vec::new();
        for state in STATES {
            sales.extend(storage::unusual_sales(conn, id, state, ROWS)?);
        }
        Ok((storage::refused_orders(conn, id, before, ROWS.saturating_add(1))?, sales))
    });
    let (refused, mut sales) = found.await?;
    sales.sort_by_key(|row| std::cmp::Reverse(row.id));
    sales.truncate(usize::try_from(ROWS).unwrap_or_default());
    let books = officer.may(Duty::Books);
    let page = merchant_page(officer.words(), &party.name, refused, &sales, books);
    officer.visitor.show(if officer.may(Duty::People) {
        let link = Link::new(format!("/parties/{}", party.name), officer.words().say("operator-merchant"));
        page.with(Block::Actions(vec![link]))
    } else {
        page
    })
}

/// The page of one merchant.
pub(super) fn merchant_page(
    words: Words,
    name: &str,
    mut refused: Vec<RefusedRow>,
    sales: &[UnusualRow],
    books: bool,
) -> Page {
    let older = say::older(&mut refused, ROWS, |row| row.id);
    let pseudonym = |bytes: &[u8]| -> String {
        bytes.first_chunk().map(|bytes| Pseudonym::new(*bytes).to_string()).unwrap_or_default()
    };
    let sale = |row: &UnusualRow| -> Row {
        let when = say::time(words, time_of(row.id));
        let payment = row.id.to_string();
        vec![
            vec![when],
            vec![if books {
                say::link(format!("/ledger/payments/{payment}"), payment)
            } else {
                Inline::Code(payment)
            }],
            vec![Inline::Code(pseudonym(&row.pseudonym))],
            vec![Inline::Text(row.title.clone())],
            vec![Inline::Code(row.state.clone())],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    let order = |row: &RefusedRow| -> Row {
        vec![
            vec![say::time(words, time_of(row.id))],
            vec![Inline::Text(row.title.clone())],
            vec![Inline::Code(row.code.clone())],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    let title = words.say_with("operator-risk-of", &[("name", Value::from(name))]);
    Page::new(title, "/risk")
        .with(Section::new(words.say("operator-unusual-sales")).with(Table {
            caption: words.say("operator-unusual-sales"),
            columns: vec![
                Column::words(words.say("operator-when")),
                Column::words(words.say("operator-payment")),
                Column::words(words.say("operator-pseudonym")).minor(),
                Column::words(words.say("operator-what")).minor(),
                Column::words(words.say("operator-state")),
                Column::numbers(words.say("operator-amount")),
            ],
            rows: sales.iter().map(sale).collect(),
            empty: words.say("operator-no-unusual-sales"),
            ..Table::default()
        }))
        .with(Section::new(words.say("operator-refusals")).with(
            Table {
                caption: words.say("operator-refusals"),
                columns: vec![
                    Column::words(words.say("operator-when")),
                    Column::words(words.say("operator-what")),
                    Column::words(words.say("operator-reason")),
                    Column::numbers(words.say("operator-amount")),
                ],
                rows: refused.iter().map(order).collect(),
                empty: words.say("operator-no-risk"),
                older: older.map(|last| {
                    Link::new(format!("/risk/{name}?before={last}"), words.say("operator-older"))
                }),
                ..Table::default()
            },
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sold(merchant: &str, sales: i64, gross: i64, refunded: i64, declined: i64) -> SoldRow {
        SoldRow {
            merchant: merchant.to_owned(),
            currency: "EUR".to_owned(),
            sales,
            gross_micros: gross,
            refunded_micros: refunded,
            declined,
        }
    }

    #[test]
    fn what_is_unusual_begins_where_it_is_said_to() {
        let signs = |sold, refused, disputed| Standing { sold, refused, disputed }.signs();
        assert_eq!(signs(sold("a", 1000, 1000, 0, 0), 0, 0), []);
        assert_eq!(signs(sold("a", 80, 1000, 0, 10), 10, 0), [Sign::Refused]);
        assert_eq!(signs(sold("a", 81, 1000, 0, 9), 10, 0), []);
        assert_eq!(signs(sold("a", 0, 0, 0, 0), 9, 0), [], "nine orders say nothing");
        assert_eq!(signs(sold("a", 100, 1000, 100, 0), 0, 0), [Sign::GivenBack]);
        assert_eq!(signs(sold("a", 100, 1000, 99, 0), 0, 0), []);
        assert_eq!(signs(sold("a", 100, 1000, 0, 0), 0, 1), [Sign::Disputed]);
        assert_eq!(signs(sold("a", 101, 1000, 0, 0), 0, 1), []);
        assert_eq!(signs(sold("a", 0, 0, 0, 0), 0, 1), [Sign::Disputed]);
        assert_eq!(signs(sold("a", i64::MAX, i64::MAX, i64::MAX, 0), 0, 0), [Sign::GivenBack]);
    }

    #[test]
    fn whoever_is_unusual_stands_first_and_who_sold_nothing_is_there_too() {
        let refusal = |merchant: &str, orders| RiskRow {
            merchant: merchant.to_owned(),
            code: "over-limit".to_owned(),
            orders,
        };
        let all = standings(
            vec![sold("calm", 500, 1000, 0, 0), sold("odd", 5, 1000, 900, 0)],
            &[refusal("shut", 6), refusal("shut", 6), refusal("calm", 1)],
            &[("odd".to_owned(), 1), ("gone".to_owned(), 1)],
        );
        let told: Vec<_> = all
            .iter()
            .map(|one| (one.sold.merchant.as_str(), one.signs().len(), one.refused, one.disputed))
            .collect();
        assert_eq!(told, [("odd", 2, 0, 1), ("gone", 1, 0, 1), ("shut", 1, 12, 0), ("calm", 0, 1, 0)]);
    }
}
