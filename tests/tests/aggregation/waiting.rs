//! The fold waits for a period that is closed under its hands. PostgreSQL only: on SQLite nobody else can write then.

use std::time::Duration;

use aggregation::fold::Step;
use anyhow::{Result, ensure};
use tests::database::{Database, Engine};
use tests::storage::Sql;

use crate::stage::{Stage, terms};

#[test]
fn a_step_that_waited_for_a_close_finds_the_period_after_it() {
    tests::database::run(Engine::Postgres, found_after);
}

const OPEN: &str = "closed_fold IS NULL AND owner = (SELECT id FROM party WHERE name = 'frida')";

async fn found_after(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    // Where the machine is busy the step may come before the close after all: then once more.
    for _ in 0..5 {
        stage.pay("frida", &cake).await?;
        stage.aggregation.fold_all()?;
        stage.pay("frida", &cake).await?;
        if is_found_after(&stage)? {
            stage.core.shut_down();
            return Ok(());
        }
    }
    anyhow::bail!("the close never came between the two")
}

/// `false` if the step did not have to wait for the close.
fn is_found_after(stage: &Stage) -> Result<bool> {
    let (mut first, mut second) = (stage.database.sql()?, stage.database.sql()?);
    let mut watch = stage.database.sql()?;
    first.execute(&format!("BEGIN; UPDATE period SET version = version + 1 WHERE {OPEN}"))?;
    let step = std::thread::scope(|scope| -> Result<Option<Step>> {
        // Adds to what it read before the first has changed it, and waits to write it.
        let fold = scope.spawn(|| stage.aggregation.fold_step());
        until_waiting(&mut watch, 1)?;
        // Closes the period right after the first, before the fold can take it by its lock.
        let close = scope.spawn(move || -> Result<Sql> {
            second.execute(&format!(
                "BEGIN; UPDATE period SET closed_fold = opened_fold, closed_at = 1, position = 1 WHERE {OPEN}"
            ))?;
            Ok(second)
        });
        until_waiting(&mut watch, 2)?;
        first.execute("COMMIT")?;
        let mut second = close.join().expect("the close does not panic")?;
        if !until_waiting_or(&mut watch, 1, || fold.is_finished())? {
            second.execute("ROLLBACK")?;
            fold.join().expect("the fold does not panic")?;
            return Ok(None);
        }
        second.execute(
            "INSERT INTO period (account, seq, version, book, owner, currency, opened_fold, opened_at, carried, standing, tally) \
             SELECT account, seq + 1, 1, book, owner, currency, opened_fold, opened_at, carried, standing, tally \
             FROM period WHERE position = 1; COMMIT",
        )?;
        Ok(Some(fold.join().expect("the fold does not panic")?))
    })?;
    let Some(step) = step else { return Ok(false) };
    ensure!(matches!(step, Step::Folded { transfers: 1, .. }), "{step:?}");
    let added = format!("SELECT seq FROM period WHERE {OPEN} AND first_transfer IS NOT NULL");
    ensure!(stage.number(&added)? == 2, "it is added to the period that is open now");
    Ok(true)
}

/// Waits until so many sessions wait for a row that somebody else holds.
fn until_waiting(sql: &mut Sql, count: i64) -> Result<()> {
    until_waiting_or(sql, count, || false).map(|_| ())
}

/// `false` if something else came first.
fn until_waiting_or(sql: &mut Sql, count: i64, other: impl Fn() -> bool) -> Result<bool> {
    for _ in 0..450 {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        if sql.number(waiting)? == count {
            return Ok(true);
        }
        if other() {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    anyhow::bail!("never {count} sessions waiting")
}
