//! Told to stop under load, the server answers everything that it accepted.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::ledger;
use tests::load::{self, Orders};
use tests::on_each_database;
use tests::scene::Scene;

on_each_database!(everything_accepted_is_answered_before_the_end);

async fn everything_accepted_is_answered_before_the_end(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let signed: Result<Vec<_>> = (0..4_000).map(|_| scene.town.order(&offer).sign()).collect();
    let orders = Orders::new(signed?);
    let door = scene.door().clone();
    let load = tokio::spawn({
        let orders = orders.clone();
        async move { load::run(&door, &orders, 24).await }
    });
    while orders.taken() < 400 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.app.terminate()?;
    let outcome = load.await??;
    // Whoever comes during the end is told to come back, or finds the connection closed.
    ensure!(outcome.refused.iter().all(|(status, _)| *status == 503), "{:?}", outcome.refused.first());
    ensure!(outcome.acknowledged.len() < 4_000, "the server had nothing left to do when it was told to stop");
    scene.app.stopped()?;

    let acknowledged: HashSet<_> = outcome.acknowledged.iter().copied().collect();
    let durable = ledger::paid(&scene.database)?;
    for order in durable.iter().filter(|order| !acknowledged.contains(order)) {
        ensure!(false, "{order} was accepted and never answered");
    }
    assert_eq!(durable.len(), acknowledged.len());
    tests::audit::passes(&scene.town, &scene.database, u64::try_from(durable.len())?)
}
