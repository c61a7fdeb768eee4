//! Through the real server: what leaves for the bank is counted (R6), and what is lost on the way comes out right.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use payment_domain::{OrderId, TopUpOrder, TopUpReceipt};
use payment_message::{Code, Message, State};
use tests::app::{App, Setup};
use tests::database::Database;
use tests::load::{self, Orders};
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::ALICE;
use tests::town::{Newcomer, Signed, Town};

on_each_database!(
    a_thousand_purchases_from_an_account_ask_no_bank,
    a_lost_answer_is_asked_for_and_charges_once,
    a_top_up_that_was_pending_in_a_crash_is_credited_after_it,
    a_redemption_is_paid_out_by_the_external_system,
);

const PURCHASES: usize = 1_000;

/// R5, R6: one call to the bank for the top-up, none for anything bought from it.
async fn a_thousand_purchases_from_an_account_ask_no_bank(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let asked = calls(&scene)?;
    assert_eq!((asked, journal(&scene)), (0, 0));
    let order = scene.town.sign(ALICE, scene.town.top_up(ALICE, "20.00"))?;
    let receipt = topped_up(&scene, &order).await?;
    assert_eq!(receipt.balance.decimal(), "120.00");
    let (asked, noted) = (calls(&scene)?, journal(&scene));
    assert_eq!((asked, noted), (1, 1), "one call for the top-up");

    let offer = scene.deposit(scene.town.offer("news", "0.05")).await?;
    let orders = (0..PURCHASES).map(|_| scene.town.order(&offer).sign()).collect::<Result<_>>()?;
    let outcome = load::run(scene.door(), &Orders::new(orders), 8).await?;
    ensure!(outcome.refused.is_empty() && outcome.unanswered.is_empty(), "{:?}", outcome.refused.first());
    assert_eq!(outcome.acknowledged.len(), PURCHASES);
    assert_eq!((calls(&scene)?, journal(&scene)), (asked, noted), "none for {PURCHASES} purchases");
    assert_eq!(scene.balance(ALICE)?, 70_000_000);
    assert_eq!(scene.balance("news")?, 50_000_000);
    scene.close(PURCHASES.try_into()?)
}

/// The system charges and never says so: a public peer charges a second time when the order is sent again.
async fn a_lost_answer_is_asked_for_and_charges_once(database: Database) -> Result<()> {
    let mut scene = open(database, "simulator:unknown").await?;
    let order = scene.town.sign("nora", scene.town.top_up("nora", "20.00"))?;
    for _ in 0..3 {
        let reply = scene.door().post(&order.document).await?;
        ensure!(matches!(reply.message()?, Message::StatusReport(_) | Message::TopUpReceipt(_)));
    }
    let receipt = until_topped_up(&scene, &order).await?;
    assert_eq!(receipt.balance.decimal(), "20.00");
    assert_eq!(scene.balance("nora")?, 20_000_000);
    assert_eq!(decided(&scene), 1, "charged once");
    // Who sent it may ask for its state by its id, as for an order.
    let id = OrderId::from_bytes(*order.message.top_up_id.as_bytes());
    let report = scene.door().post(&scene.town.ask("nora", id)?.document).await?.report()?;
    assert_eq!((report.state, report.amount), (State::Accepted, Some(order.message.amount)));
    let report = scene.door().post(&scene.town.ask(ALICE, id)?.document).await?.report()?;
    assert_eq!(report.state, State::Unknown, "nobody else may");
    let mut other = order.message.clone();
    other.amount = tests::town::euros("19.00");
    let altered = scene.door().post(&scene.town.sign("nora", other)?.document).await?;
    altered.refused(409, Code::IdReused)?;
    scene.close(0)
}

async fn a_top_up_that_was_pending_in_a_crash_is_credited_after_it(database: Database) -> Result<()> {
    let mut scene = open(database, "simulator:slow").await?;
    let order = scene.town.sign("nora", scene.town.top_up("nora", "20.00"))?;
    assert_eq!(scene.door().post(&order.document).await?.report()?.state, State::Pending);
    assert_eq!(scene.balance("nora")?, 0, "nothing is credited on a guess");
    scene.app.kill()?;
    scene.app.restart().await?;
    until_topped_up(&scene, &order).await?;
    assert_eq!((scene.balance("nora")?, decided(&scene)), (20_000_000, 1));
    scene.close(0)
}

async fn a_redemption_is_paid_out_by_the_external_system(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = scene.town.sign(ALICE, scene.town.redemption(ALICE, "99.99"))?;
    let reply = scene.door().post(&order.document).await?;
    let Message::RedemptionReceipt(receipt) = reply.message()? else { bail!("no receipt: {}", reply.status) };
    ensure!(
        receipt.redemption_id == order.message.redemption_id && receipt.redemption_digest == order.digest
    );
    assert_eq!((receipt.amount.decimal(), receipt.balance.decimal()), ("99.99".into(), "0.01".into()));
    let more = scene.town.sign(ALICE, scene.town.redemption(ALICE, "0.02"))?;
    scene.door().post(&more.document).await?.refused(402, Code::InsufficientFunds)?;
    let stranger = scene.town.sign("parking", scene.town.redemption(ALICE, "0.01"))?;
    scene.door().post(&stranger.document).await?.refused(403, Code::WrongRole)?;
    assert_eq!((scene.balance(ALICE)?, calls(&scene)?), (10_000, 1));
    scene.close(0)
}

async fn open(database: Database, instrument: &'static str) -> Result<Scene> {
    let nora = Newcomer::prepaid("nora", "0.00").with_external(instrument).with_msisdn("+33612345614");
    let town = Town::found_with(&database, vec![nora]).await?;
    let setup = Setup { external_wait_ms: 100, ..Setup::default() };
    let app = App::start_with(&town, &database, &setup).await?;
    Ok(Scene { app, database, town })
}

async fn topped_up(scene: &Scene, order: &Signed<TopUpOrder>) -> Result<TopUpReceipt> {
    let reply = scene.door().post(&order.document).await?;
    match reply.message()? {
        Message::TopUpReceipt(receipt) => {
            ensure!(receipt.top_up_id == order.message.top_up_id && receipt.top_up_digest == order.digest);
            ensure!(receipt.amount == order.message.amount && receipt.consumer == order.message.consumer);
            Ok(receipt)
        }
        other => bail!("{}: {other:?}", reply.status),
    }
}

async fn until_topped_up(scene: &Scene, order: &Signed<TopUpOrder>) -> Result<TopUpReceipt> {
    for _ in 0..200 {
        if let Ok(receipt) = topped_up(scene, order).await {
            return Ok(receipt);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    topped_up(scene, order).await.with_context(|| scene.app.log())
}

/// Requests that left for external systems, as the operator's metrics count them.
fn calls(scene: &Scene) -> Result<u64> {
    let metrics = scene.app.metrics()?;
    let counts = metrics.lines().filter(|line| line.starts_with("meteore_external_requests_total"));
    let counts = counts.map(|line| Ok(line.rsplit(' ').next().context("no number")?.parse::<u64>()?));
    counts.sum()
}

/// What the external system has noted in a journal of its own.
fn journal(scene: &Scene) -> usize {
    let journal = std::fs::read_to_string(scene.town.folder().join("simulator.jsonl"));
    journal.map_or(0, |journal| journal.lines().count())
}

fn decided(scene: &Scene) -> usize {
    let journal = std::fs::read_to_string(scene.town.folder().join("simulator.jsonl")).unwrap_or_default();
    journal.lines().filter(|line| line.contains("\"decided\"")).count()
}
