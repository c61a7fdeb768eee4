//! Connections for reading: few, kept, and replaced when PostgreSQL was started again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aggregation::Aggregation;
use aggregation::inclusion::Side;
use anyhow::{Context as _, Result, ensure};
use payment_domain::LedgerPosition;
use tests::database::Database;
use tests::postgres::{self, Durability, Postgres, Stop};
use tests::storage::Sql;
use tests::{on_each_database, peer};

use crate::stage::{Stage, terms};

/// Beside them the fold has a connection of its own, and the core its writers' and as many readers.
const MOST_READERS: usize = 4;

on_each_database!(many_reads_at_once_are_all_answered);

async fn many_reads_at_once_are_all_answered(database: Database) -> Result<()> {
    let (stage, payment) = billed(database).await?;
    prove_at_once(&stage, payment)?;
    stage.close()
}

#[test]
fn reads_keep_a_few_connections_and_replace_them_when_postgres_was_restarted() {
    if !peer::is_there("PostgreSQL", postgres::programs().is_some()) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(error) = runtime.block_on(kept_and_replaced()) {
        panic!("{error:?}");
    }
}

async fn kept_and_replaced() -> Result<()> {
    let mut server = Postgres::start(Durability::ProcessOnly)?;
    let (stage, payment) = billed(Database::on_server(&server.url("postgres"))?).await?;
    let mut sql = stage.database.sql()?;
    let before = sessions(&mut sql)?;
    for _ in 0..10 {
        stage.aggregation.open_disputes(8)?;
        stage.aggregation.close_due(stage.now()).await?;
    }
    ensure!(sessions(&mut sql)? == before, "reads one after the other need no more connections");

    let done = AtomicBool::new(false);
    let most = std::thread::scope(|scope| -> Result<usize> {
        let watcher = scope.spawn(|| -> Result<usize> {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(sessions(&mut sql)?.len());
            }
            Ok(most)
        });
        let proved = prove_at_once(&stage, payment);
        done.store(true, Ordering::Relaxed);
        let most = watcher.join().expect("the watcher does not panic")?;
        proved.map(|()| most)
    })?;
    ensure!(
        most < before.len() + MOST_READERS,
        "{most} connections, {} of them before many read at once",
        before.len()
    );

    server.stop(Stop::Fast)?;
    let error = stage.aggregation.open_disputes(8).expect_err("nobody is there").to_string();
    ensure!(error.contains("cannot connect to the database"), "{error}");
    server.resume()?;
    stage.aggregation.open_disputes(8).context("a broken connection is replaced")?;
    until_closed(&stage.aggregation, &stage).await?;
    let after = sessions(&mut stage.database.sql()?)?;
    ensure!(after.len() <= most && after.is_disjoint(&before), "as few as before, and new ones: {after:?}");
    stage.close()
}

/// A town in which one payment is in a bill: where the payment stands.
async fn billed(database: Database) -> Result<(Stage, LedgerPosition)> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    let (receipt, _) = stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[aggregation::period::Book::Postpaid]).await?;
    Ok((stage, receipt.position))
}

fn prove_at_once(stage: &Stage, payment: LedgerPosition) -> Result<()> {
    let (aggregation, now) = (&stage.aggregation, stage.now());
    std::thread::scope(|scope| {
        let read = || -> Result<()> {
            for _ in 0..20 {
                aggregation.inclusion_proof(payment, Side::Consumer, now)?;
            }
            Ok(())
        };
        let readers: Vec<_> = (0..16).map(|_| scope.spawn(read)).collect();
        readers.into_iter().try_for_each(|reader| reader.join().expect("a reader does not panic"))
    })
}

/// The processes that serve this database, except for who asks.
fn sessions(sql: &mut Sql) -> Result<BTreeSet<String>> {
    let query = "SELECT CAST(pid AS TEXT) AS value FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    Ok(sql.words(query)?.into_iter().collect())
}

/// The writer and the fold notice that their connections are gone when they use them, and come back by themselves.
async fn until_closed(aggregation: &Aggregation, stage: &Stage) -> Result<()> {
    let start = Instant::now();
    loop {
        match aggregation.close_due(stage.now()).await {
            Ok(_) => return Ok(()),
            Err(error) if start.elapsed() > Duration::from_secs(30) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
