//! The worker: everything exactly once, whoever dies, however many there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, ensure};
use backoffice::sales::fold::Step;
use backoffice::sales::query::Query;
use tests::database::Database;
use tests::on_each_database;

use crate::market::{MERCHANTS, Market, party};

on_each_database!(
    what_happens_at_a_market_is_what_its_merchants_see,
    a_sale_is_copied_again_whenever_something_happens_to_it,
    a_worker_that_dies_between_steps_loses_nothing_and_takes_nothing_twice,
    two_workers_share_the_work_while_two_servers_pay,
    a_batch_that_becomes_visible_late_is_not_lost,
    everything_can_be_thrown_away_and_folded_again_also_by_another_worker,
    a_difference_is_found,
);

/// Every sale of the market as it should be, and nothing else.
fn as_known(market: &Market) -> Result<()> {
    let mut seen = 0;
    for merchant in MERCHANTS {
        let mut query = Query { limit: 7, ..Query::default() };
        loop {
            let page = market.sales.list(&party(merchant), &query)?;
            for sale in &page.rows {
                let known = market.known.iter().find(|known| known.order.order_id == sale.order);
                let known = known.expect("nobody else sells here");
                ensure!(known.order.merchant.as_str() == merchant, "{sale:?} is another merchant's");
                let said = (sale.state, sale.paid.micros(), sale.refunded.micros(), sale.price);
                let expected = (known.state, known.paid, known.refunded, known.order.amount);
                ensure!(said == expected, "{sale:?}\n  should be {expected:?}");
                ensure!((sale.item.as_str(), sale.title.as_str()) == (&known.code, &known.title), "{sale:?}");
                seen += 1;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    ensure!(seen == market.known.len(), "{seen} of {} sales", market.known.len());
    Ok(())
}

async fn what_happens_at_a_market_is_what_its_merchants_see(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let worker = market.worker(5)?;
    for act in 0..120 {
        market.act().await?;
        // Sometimes the worker is beside, sometimes far behind.
        if act % 3 == 0 {
            worker.step()?;
        }
        if act % 40 == 39 {
            worker.fold_all()?;
            as_known(&market)?;
            market.compare()?;
        }
    }
    market.close()
}

async fn a_sale_is_copied_again_whenever_something_happens_to_it(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let number = market.buy().await?;
    market.fold()?;
    as_known(&market)?;
    for part in ["0.05", "0.01"] {
        market.refund(number, part, true).await?;
        market.fold()?;
        as_known(&market)?;
    }
    let left = market.known[number].paid - market.known[number].refunded;
    let left = payment_domain::Money::from_micros(left, market.known[number].order.amount.currency());
    let id = market.dispute(number, left).await?;
    market.fold()?;
    as_known(&market)?;
    market.decide(number, id, aggregation::dispute::Verdict::Merchant, 0).await?;
    market.fold()?;
    as_known(&market)?;
    market.close()
}

async fn a_worker_that_dies_between_steps_loses_nothing_and_takes_nothing_twice(
    database: Database,
) -> Result<()> {
    let mut market = Market::open(database).await?;
    for _ in 0..40 {
        market.act().await?;
    }
    let mut steps = 0;
    // Every step is somebody else's: whoever took the one before has died.
    while market.worker(3)?.step()? != Step::Done {
        steps += 1;
    }
    ensure!(steps > 8, "only {steps} steps");
    as_known(&market)?;
    market.compare()?;
    market.close()
}

async fn two_workers_share_the_work_while_two_servers_pay(database: Database) -> Result<()> {
    let market = Market::open_with(database, 2).await?;
    let other = market.town.core(&market.database)?;
    let offers =
        [market.offer("bakery", "0.01", |_| {}).await?, market.offer("cinema", "0.02", |_| {}).await?];
    let paying = Arc::new(AtomicBool::new(true));
    let workers = [market.worker(4)?, market.worker(4)?].map(Arc::new);
    let folding: Vec<_> = workers
        .iter()
        .map(|worker| {
            let (worker, paying) = (Arc::clone(worker), Arc::clone(&paying));
            std::thread::spawn(move || -> Result<(u64, u64)> {
                let (mut added, mut lost) = (0, 0);
                while paying.load(Ordering::Relaxed) {
                    match worker.step()? {
                        Step::Folded { added: more, .. } => added += more,
                        Step::Lost => lost += 1,
                        _ => std::thread::yield_now(),
                    }
                }
                Ok((added, lost))
            })
        })
        .collect();
    let mut payments = 0;
    for round in 0..60 {
        let core = if round % 2 == 0 { &market.core } else { &other };
        for consumer in ["frida", "gustav"] {
            let order = market.town.order(&offers[round % 2]).by(&market.town.party(consumer)).sign()?;
            core.accept_order(market.town.verify(&order.document)?).await?;
            payments += 1;
        }
    }
    paying.store(false, Ordering::Relaxed);
    let mut added = 0;
    for worker in folding {
        added += worker.join().expect("a worker does not panic")?.0;
    }
    added += market.worker(4)?.fold_all()?.added;
    ensure!(added == payments, "{added} sales of {payments} payments");
    market.compare()?;
    other.shut_down();
    market.close()
}

/// A writer that stalls between taking its positions and committing them: its rows appear below ids that were folded.
async fn a_batch_that_becomes_visible_late_is_not_lost(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let offer = market.offer("bakery", "1.00", |_| {}).await?;
    let other = market.town.core(&market.database)?;
    let order = market.town.order(&offer).by(&market.town.party("gustav")).sign()?;
    other.accept_order(market.town.verify(&order.document)?).await?;
    other.shut_down();
    market.fold()?;
    let third = market.town.core(&market.database)?;
    let order = market.town.order(&offer).by(&market.town.party("gustav")).sign()?;
    third.accept_order(market.town.verify(&order.document)?).await?;
    third.shut_down();
    let mut sql = market.database.sql()?;
    let last = sql.number("SELECT MAX(id) FROM batch")?;
    let (node, seq) = (
        sql.number(&format!("SELECT node FROM batch WHERE id = {last}"))?,
        sql.number(&format!("SELECT seq FROM batch WHERE id = {last}"))?,
    );
    sql.execute(&format!(
        "CREATE TABLE hidden AS SELECT * FROM batch WHERE id = {last}; DELETE FROM batch WHERE id = {last}"
    ))?;
    market.buy().await?;
    market.worker(64)?.fold_all()?;
    let cursor = "SELECT MAX(batch) FROM sale_cursor";
    ensure!(sql.number(cursor)? > last, "the worker has passed the hidden batch");
    let sales = "SELECT COUNT(*) FROM sale";
    let before = sql.number(sales)?;
    sql.execute("INSERT INTO batch SELECT * FROM hidden; DROP TABLE hidden")?;
    market.fold()?;
    ensure!(sql.number(sales)? == before + 1, "batch {seq} of node {node} is lost");
    market.close()
}

async fn everything_can_be_thrown_away_and_folded_again_also_by_another_worker(
    database: Database,
) -> Result<()> {
    let mut market = Market::open(database).await?;
    // It remembers items and consumers that will be gone.
    let witness = market.worker(8)?;
    for _ in 0..30 {
        market.act().await?;
    }
    witness.fold_all()?;
    as_known(&market)?;
    market.worker(8)?.rebuild()?;
    as_known(&market)?;
    market.compare()?;
    for _ in 0..10 {
        market.act().await?;
    }
    witness.fold_all()?;
    as_known(&market)?;
    market.compare()?;
    market.close()
}

/// What is compared can fail.
async fn a_difference_is_found(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let number = market.buy().await?;
    market.refund(number, "0.05", true).await?;
    market.be_refused().await?;
    market.fold()?;
    market.core.shut_down();
    for statement in [
        "UPDATE sale SET paid_micros = paid_micros + 1",
        "UPDATE sale SET state = 'voided'",
        "UPDATE sale_hour SET gross_micros = gross_micros - 1",
        "UPDATE sale_hour SET sales = sales + 1",
        "UPDATE sale_return SET micros = micros + 1",
        "DELETE FROM sale",
        "DELETE FROM refusal",
        "UPDATE refusal_hour SET orders = 2",
    ] {
        let mut sql = market.database.sql()?;
        let (begin, end) = ("CREATE TABLE kept AS SELECT * FROM", "DROP TABLE kept");
        let table =
            statement.split_whitespace().find(|word| word.starts_with("sale") || word.starts_with("refusal"));
        let table = table.expect("a table");
        sql.execute(&format!("{begin} {table}"))?;
        ensure!(sql.touch(statement)? > 0, "{statement}");
        ensure!(market.compare().is_err(), "{statement} is not found");
        sql.execute(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; {end}"))?;
        market.compare()?;
    }
    market.close()
}
