//! Every filter and every cursor against a computation over all there is, and never another merchant's.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use backoffice::sales::query::{Query, SaleState};
use backoffice::sales::{Sale, SaleKey};
use core_payment::time_of;
use payment_domain::{LedgerPosition, OrderId, Timestamp};
use tests::database::{Database, Engine};
use tests::on_each_database;

use crate::market::{Known, MERCHANTS, Market, TITLES, day, label, party};

on_each_database!(
    whatever_is_asked_for_is_what_a_look_at_everything_finds,
    a_search_for_many_items_walks_on_and_leaves_nothing_out,
    another_merchants_sale_is_found_by_nothing,
    csv_has_every_sale_once_and_no_formula,
);

/// A sale as the market knows it.
#[derive(Debug, Clone)]
struct Row {
    known: Known,
    position: i64,
    receipt: Option<i64>,
    pseudonym: String,
}

/// Everything at a merchant, the newest first.
fn everything(market: &Market, merchant: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut sql = market.database.sql()?;
    for known in market.known.iter().filter(|known| known.order.merchant.as_str() == merchant) {
        let position = market.position(known.order.order_id)?;
        let settled = sql.number(&format!(
            "SELECT COALESCE(CASE WHEN state = 'accepted' THEN settled_at END, 0) FROM payment WHERE id = {position}"
        ))?;
        let sale = market.sales.one(&party(merchant), SaleKey::Order(known.order.order_id))?;
        let pseudonym = sale.context("a sale")?.consumer.to_string();
        rows.push(Row {
            known: known.clone(),
            position,
            receipt: (settled > 0).then_some(settled),
            pseudonym,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.position));
    Ok(rows)
}

fn fits(row: &Row, query: &Query) -> bool {
    let at = time_of(row.position);
    let text = query.text.as_deref().map(|text| text.trim().to_lowercase());
    let said = |text: &String| {
        let title = row.known.title.to_lowercase();
        row.known.order.order_id.to_string() == *text
            || row.position.to_string() == *text
            || row.receipt.is_some_and(|receipt| receipt.to_string() == *text)
            || (text.len() >= 8 && row.pseudonym.starts_with(text))
            || row.known.code.to_lowercase() == *text
            || (!text.is_empty() && title.starts_with(text.as_str()))
    };
    query.state.is_none_or(|state| row.known.state == state)
        && query.from.is_none_or(|from| at >= from)
        && query.to.is_none_or(|to| at < to)
        && text.as_ref().is_none_or(said)
}

/// All pages of a list.
pub(crate) fn all(market: &Market, merchant: &str, query: &Query) -> Result<Vec<Sale>> {
    let (mut rows, mut query) = (Vec::new(), query.clone());
    loop {
        let page = market.sales.list(&party(merchant), &query)?;
        let most = if query.limit == 0 { 50 } else { query.limit.min(100) };
        ensure!(page.rows.len() <= usize::try_from(most)?, "{} rows on a page of {most}", page.rows.len());
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(rows),
        }
    }
}

/// A query as somebody might type it.
fn drawn(market: &mut Market, rows: &[Row]) -> Query {
    let dice = &mut market.dice;
    let row = &rows[usize::try_from(dice.below(u32::try_from(rows.len()).expect("few"))).expect("an index")];
    let state = dice.happens(400).then(|| dice.pick(&SaleState::ALL));
    let mut time = |per_mille| -> Option<Timestamp> {
        let at =
            time_of(rows[usize::try_from(dice.number() % rows.len() as u64).expect("an index")].position);
        let shift = dice.between(-1, 1);
        dice.happens(per_mille).then(|| at.saturating_add_millis(shift))
    };
    let (from, to) = (time(250), time(250));
    let title = dice.pick(&TITLES);
    let prefix: String =
        title.chars().take(usize::try_from(dice.between(1, 12)).expect("a length")).collect();
    let pseudonym: String =
        row.pseudonym.chars().take(usize::try_from(dice.between(6, 32)).expect("a length")).collect();
    let text = match dice.below(14) {
        0 => Some(row.known.order.order_id.to_string()),
        1 => Some(row.known.order.order_id.to_string().to_uppercase()),
        2 => Some(row.position.to_string()),
        3 => row.receipt.map(|receipt| receipt.to_string()),
        4 => Some(pseudonym),
        5 => Some(format!(" {} ", row.known.code)),
        6 => Some(row.known.code.to_lowercase()),
        7 => Some(prefix.to_uppercase()),
        8 => Some(prefix),
        9 => Some(
            dice.pick(&["%", "_", "c%", "100 % ", "'", "\"; DROP TABLE sale", "\0", "cr\u{e9}", "ü", "SKU-"])
                .to_owned(),
        ),
        _ => None,
    };
    let limit = dice.below(12);
    Query { state, from, to, text, after: None, limit }
}

async fn whatever_is_asked_for_is_what_a_look_at_everything_finds(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    for _ in 0..150 {
        market.act().await?;
    }
    market.fold()?;
    let mut found = BTreeMap::new();
    for merchant in MERCHANTS {
        let rows = everything(&market, merchant)?;
        ensure!(rows.len() > 30, "only {} sales", rows.len());
        for _ in 0..250 {
            let query = drawn(&mut market, &rows);
            let expected: Vec<OrderId> =
                rows.iter().filter(|row| fits(row, &query)).map(|row| row.known.order.order_id).collect();
            let listed = all(&market, merchant, &query)?;
            let listed: Vec<OrderId> = listed.iter().map(|sale| sale.order).collect();
            assert_eq!(listed, expected, "{query:?}");
            *found.entry((query.text.is_some(), query.state.is_some(), listed.len().min(2))).or_insert(0) +=
                1;
        }
    }
    // With and without a text, with and without a state: none, one and several were found.
    assert_eq!(found.len(), 12, "{found:?}");
    market.close()
}

/// Copies the first sale often enough that a walk takes several pages: straight into the tables, as no test would buy so much.
fn multiply(market: &Market, times: i64) -> Result<()> {
    // An hour away, a millisecond apart.
    let (later, step) = (3_600_000_i64 << 22, 1_i64 << 22);
    let copies = format!(
        "WITH RECURSIVE copies (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM copies WHERE n < {})",
        times - 1
    );
    let id = match market.database.engine() {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(md5(random()::text), 'hex')",
    };
    let mut sql = market.database.sql()?;
    sql.execute(&format!(
        "{copies} INSERT INTO payment SELECT p.id + {later} + n * {step}, {id}, p.consumer, p.merchant, \
         p.consumer_account, p.merchant_account, p.offer_digest, p.micros, p.currency, p.mode, p.funding, p.rule, \
         p.state, p.id + {later} + n * {step}, 0, NULL FROM copies, payment p WHERE p.id = (SELECT MIN(id) FROM sale)"
    ))?;
    sql.execute(&format!(
        "{copies} INSERT INTO sale SELECT s.merchant, s.id + {later} + n * {step}, s.acquaintance, \
         (SELECT i.id FROM item i WHERE i.merchant = s.merchant AND i.code = 'S-' || (n % 40)), s.currency, s.micros, \
         s.paid_micros, 0, s.mode, CASE WHEN n % 500 = 7 THEN 'declined' ELSE 'paid' END, s.id + {later} + n * {step} \
         FROM copies, sale s WHERE s.id = (SELECT MIN(id) FROM sale)"
    ))
}

async fn a_search_for_many_items_walks_on_and_leaves_nothing_out(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    for seat in 0..40 {
        let name = |offer: &mut payment_domain::Offer| {
            offer.title =
                label(&if seat % 10 == 9 { format!("Stand {seat}") } else { format!("Seat {seat}") });
            offer.item = label(&format!("S-{seat}"));
        };
        let offer = market.offer("cinema", "0.10", name).await?;
        market.order("frida", &offer, |_| {}).await?;
    }
    market.fold()?;
    multiply(&market, 4_500)?;
    let everything = all(&market, "cinema", &Query { limit: 100, ..Query::default() })?;
    assert_eq!(everything.len(), 4_540);
    for (text, state) in [
        ("seat", None),
        ("seat", Some(SaleState::Declined)),
        ("s", None),
        ("stand", None),
        ("seat 3", None),
        ("S-3", None),
        ("seat 39", None),
    ] {
        let query = Query { state, text: Some(text.to_owned()), limit: 100, ..Query::default() };
        let naive = everything.iter().filter(|sale| {
            let (title, code) = (sale.title.as_str().to_lowercase(), sale.item.as_str().to_lowercase());
            let text = text.to_lowercase();
            state.is_none_or(|state| sale.state == state) && (title.starts_with(&text) || code == text)
        });
        let naive: Vec<LedgerPosition> = naive.map(|sale| sale.position).collect();
        let found: Vec<LedgerPosition> =
            all(&market, "cinema", &query)?.iter().map(|sale| sale.position).collect();
        assert_eq!(found, naive, "{text} {state:?}");
    }
    // The audit does not know what was multiplied.
    market.core.shut_down();
    Ok(())
}

async fn another_merchants_sale_is_found_by_nothing(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let offer = market.offer("bakery", "1.00", |offer| offer.title = label("Secret cake")).await?;
    let (number, _) = market.order("frida", &offer, |_| {}).await?;
    market.refund(number, "0.25", true).await?;
    market.fold()?;
    let order = market.known[number].order.order_id;
    let (mine, theirs) = (party("bakery"), party("cinema"));
    let sale = market.sales.one(&mine, SaleKey::Order(order))?.context("my sale")?;
    let receipt = sale.receipt.context("a receipt")?;
    assert_eq!(market.sales.one(&mine, SaleKey::Receipt(receipt))?, Some(sale.clone()));
    for key in [SaleKey::Order(order), SaleKey::Receipt(receipt), SaleKey::Receipt(sale.position)] {
        assert_eq!(market.sales.one(&theirs, key)?, None);
    }
    let names = [
        order.to_string(),
        receipt.to_string(),
        sale.consumer.to_string(),
        sale.item.as_str().to_owned(),
        "Secret".to_owned(),
    ];
    for text in names {
        let query = Query { text: Some(text.clone()), ..Query::default() };
        assert_eq!(market.sales.list(&mine, &query)?.rows, std::slice::from_ref(&sale), "{text}");
        assert_eq!(market.sales.list(&theirs, &query)?.rows, [], "{text}");
    }
    assert_eq!(market.sales.list(&theirs, &Query::default())?.rows, []);
    assert_eq!(market.sales.time_line(&theirs, sale.position)?, []);
    assert_eq!(market.sales.totals(&theirs, day(-1), day(1))?, []);
    assert_eq!(market.sales.by_hour(&theirs, sale.price.currency(), day(-1), day(1))?, []);
    // Nor is it the consumer's neighbour's, and a consumer is no merchant of anything.
    assert_eq!(market.sales.history(&party("gustav"), &Query::default())?.rows, []);
    assert_eq!(market.sales.bought(&party("gustav"), order)?, None);
    assert_eq!(market.sales.list(&party("frida"), &Query::default())?.rows, []);
    assert!(market.sales.list(&party("nobody"), &Query::default()).is_err());
    market.close()
}

async fn csv_has_every_sale_once_and_no_formula(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let evil = market.offer("bakery", "0.01", |offer| offer.title = label("=1+1, \"x\"")).await?;
    for _ in 0..103 {
        market.order("gustav", &evil, |_| {}).await?;
    }
    market.fold()?;
    let mut pages = market.sales.csv(&party("bakery"), &Query::default());
    let pages: Vec<String> = pages.by_ref().collect::<Result<_, _>>()?;
    assert_eq!(pages.len(), 2);
    let text = pages.concat();
    assert_eq!(text.lines().count(), 104);
    assert_eq!(text.matches("ordered_at").count(), 1);
    for known in &market.known {
        assert_eq!(text.matches(&known.order.order_id.to_string()).count(), 1);
    }
    assert!(text.contains(",\"'=1+1, \"\"x\"\"\","), "{text}");
    assert!(!text.contains("gustav"));
    market.close()
}
