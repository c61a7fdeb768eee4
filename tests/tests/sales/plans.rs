//! No look-up reads a whole table: every statement that merchants' and consumers' pages run, as the databases plan it.

use anyhow::{Result, ensure};
use backoffice::sales::SaleKey;
use backoffice::sales::query::{Query, SaleState};
use payment_domain::{Currency, LedgerPosition};
use tests::database::{Database, Engine};
use tests::on_each_database;
use tests::storage::plans;

use crate::market::{Market, day, label, party};

on_each_database!(every_look_up_goes_by_an_index);

async fn every_look_up_goes_by_an_index(database: Database) -> Result<()> {
    plans::listen()?;
    let mut market = Market::open(database).await?;
    for seat in 0..30 {
        let offer =
            market.offer("bakery", "0.10", |offer| offer.title = label(&format!("Seat {seat}"))).await?;
        market.order("frida", &offer, |_| {}).await?;
    }
    market.refund(0, "0.05", true).await?;
    market.be_refused().await?;
    market.fold()?;

    let (merchant, sales) = (party("bakery"), &market.sales);
    let sale = sales.list(&merchant, &Query::default())?.rows.pop().expect("a sale");
    let texts = [
        sale.order.to_string(),
        sale.position.to_string(),
        sale.consumer.to_string(),
        "ITEM-1".to_owned(),
        "seat".to_owned(),
        "seat 12".to_owned(),
        "nothing".to_owned(),
    ];
    drop(plans::heard());
    for state in [None, Some(SaleState::Paid)] {
        for text in texts.iter().map(Some).chain([None]) {
            let query = Query {
                state,
                from: Some(day(-1)),
                to: Some(day(1)),
                text: text.cloned(),
                ..Query::default()
            };
            sales.list(&merchant, &query)?;
            sales.history(&party("frida"), &query)?;
            sales.csv(&merchant, &query).collect::<Result<Vec<_>, _>>()?;
        }
    }
    for code in [None, Some(payment_message::Code::InsufficientFunds)] {
        sales.refused(&merchant, code, &Query::default())?;
    }
    sales.one(&merchant, SaleKey::Order(sale.order))?;
    sales.one(&merchant, SaleKey::Receipt(LedgerPosition::new(1)?))?;
    sales.time_line(&merchant, market.sales.list(&merchant, &text("seat 0"))?.rows[0].position)?;
    sales.bought(&party("frida"), sale.order)?;
    sales.by_hour(&merchant, Currency::EUR, day(-1), day(1))?;
    sales.totals(&merchant, day(-1), day(1))?;
    // What the worker reads of the journal, too: it has something new to read.
    market.buy().await?;
    market.refund(1, "0.05", true).await?;
    market.be_refused().await?;
    market.worker(64)?.fold_all()?;

    let read: Vec<String> = plans::heard()
        .into_iter()
        .filter(|text| text.starts_with("SELECT") && text.as_str() != "SELECT 1")
        .collect();
    ensure!(read.len() > 25, "only {} statements were heard: {read:#?}", read.len());
    let mut sql = market.database.sql()?;
    let mut faults = Vec::new();
    for text in &read {
        let plan = sql.plan(text)?;
        if let Some(fault) = fault(market.database.engine(), text, &plan) {
            faults.push(format!("{fault}\n  {text}\n{plan}\n"));
        }
    }
    ensure!(faults.is_empty(), "{} of {}\n{}", faults.len(), read.len(), faults.join("\n"));
    market.close()
}

fn text(text: &str) -> Query {
    Query { text: Some(text.to_owned()), ..Query::default() }
}

/// Tables with a handful of rows, whatever is sold: one for each node, or one.
const SMALL: [&str; 4] = ["node", "sale_fold", "sale_cursor", "alert_mark"];

fn fault(engine: Engine, text: &str, plan: &str) -> Option<&'static str> {
    let lines: Vec<&str> = plan.lines().map(str::trim).collect();
    let is_small = |line: &str| line.split_whitespace().any(|word| SMALL.contains(&word));
    let whole = lines.iter().enumerate().any(|(at, line)| match engine {
        Engine::Sqlite => line.starts_with("SCAN") && !is_small(line),
        Engine::Postgres => {
            // An index that is walked from one end to the other has no condition of its own.
            let index = line.contains("Index Scan") || line.contains("Index Only Scan");
            let walked = index && !lines.get(at + 1).is_some_and(|next| next.starts_with("Index Cond"));
            (line.contains("Seq Scan") || walked) && !is_small(line)
        }
    });
    // What is rare among much has an index of its own.
    let rare = text.contains("order-refused") && !plan.contains("evidence_refused");
    if whole {
        Some("a table or an index is read as a whole")
    } else {
        rare.then_some("refusals are looked for among everything")
    }
}
