//! A merchant that asked for it is told of each payment by the very receipt that the consumer got.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tests::app::Setup;
use tests::callback::{Answer, Call, Receiver};
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::CAROL;

use crate::outbox::reach;

const LIMIT: Duration = Duration::from_secs(20);

on_each_database!(
    each_receipt_is_posted_once_to_the_merchant_it_is_for,
    a_merchant_that_is_down_neither_stops_payments_nor_misses_one,
);

fn setup() -> Setup {
    let more =
        "[callbacks]\nplain_http = true\nallow = ['127.0.0.1']\ntime_limit_ms = 1000\n[outbox]\npoll_ms = 50";
    Setup { external_wait_ms: 50, ask_again_ms: 50, slow_ms: 300, more: more.to_owned(), ..Setup::default() }
}

async fn calls(receiver: &Receiver, wanted: usize) -> Result<Vec<Call>> {
    let start = Instant::now();
    while receiver.calls().len() < wanted {
        ensure!(start.elapsed() < LIMIT, "{} of {wanted} callbacks", receiver.calls().len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // One too many would follow at once.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(receiver.calls())
}

async fn listen(scene: &Scene, merchant: &str, receiver: &Receiver) -> Result<()> {
    let core = scene.town.core(&scene.database)?;
    reach(&core, merchant, None, Some(&receiver.url("127.0.0.1"))).await;
    core.shut_down();
    Ok(())
}

async fn each_receipt_is_posted_once_to_the_merchant_it_is_for(database: Database) -> Result<()> {
    let (parking, concert) = (Receiver::plain(&[]).await?, Receiver::plain(&[]).await?);
    let mut scene = Scene::open_with(database, &setup()).await?;
    listen(&scene, "parking", &parking).await?;
    listen(&scene, "concert", &concert).await?;
    scene.app.restart().await?;

    let small = scene.deposit(scene.town.offer("parking", "2.40")).await?;
    let order = scene.town.order(&small).sign()?;
    let receipt = scene.order(&order).await?;
    // The same order again is the same receipt, not another callback.
    ensure!(scene.order(&order).await?.body == receipt.body);
    // This one is pending at the bank first.
    let large = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let late = scene.town.order(&large).by(&scene.town.party(CAROL)).sign()?;
    ensure!(scene.order(&late).await?.status.as_u16() == 202);

    let told = calls(&parking, 1).await?;
    ensure!(told.len() == 1 && told[0].body == receipt.body, "the signed receipt, byte by byte");
    ensure!(told[0].headers["content-type"].starts_with("application/xml"), "{:?}", told[0].headers);
    let told = calls(&concert, 1).await?;
    let settled = scene.order(&late).await?;
    ensure!(told.len() == 1 && settled.status.is_success() && told[0].body == settled.body);
    scene.close(2)
}

async fn a_merchant_that_is_down_neither_stops_payments_nor_misses_one(database: Database) -> Result<()> {
    let receiver = Receiver::plain(&[Answer::Hang, Answer::Close, Answer::Status(503)]).await?;
    let mut scene = Scene::open_with(database, &setup()).await?;
    listen(&scene, "parking", &receiver).await?;
    scene.app.restart().await?;
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let offer = scene.deposit(scene.town.offer("parking", "0.50")).await?;
        receipts.push(scene.order(&scene.town.order(&offer).sign()?).await?.body);
    }
    let start = Instant::now();
    let missing =
        || receipts.iter().filter(|one| !receiver.calls().iter().any(|call| call.body == **one)).count();
    while receiver.calls().len() < 6 || missing() > 0 {
        ensure!(start.elapsed() < 2 * LIMIT, "{} calls, {} missing", receiver.calls().len(), missing());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    scene.close(3)
}
