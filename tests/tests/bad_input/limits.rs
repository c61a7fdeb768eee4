//! Too much of what would be good: rates, queues, sizes (R44).

use anyhow::{Result, ensure};
use payment_message::Code;
use tests::app::Setup;
use tests::database::Database;
use tests::load::{self, Orders};
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::BOB;

on_each_database!(
    a_sender_above_the_rate_is_told_to_come_back,
    a_full_queue_is_said_and_nothing_is_lost,
    a_body_without_end_is_not_read_to_its_end,
);

async fn a_sender_above_the_rate_is_told_to_come_back(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &Setup { sender_per_second: 2, ..Setup::default() }).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let mut connection = scene.door().connect().await?;
    let mut paid = 0;
    let refused = loop {
        let reply = connection.post(&scene.town.order(&offer).sign()?.document).await?;
        if reply.status != 200 {
            break reply;
        }
        paid += 1;
        ensure!(paid < 1_000, "there is no limit");
    };
    refused.refused(429, Code::TooManyRequests)?;
    assert!(refused.headers.contains_key("retry-after"));
    // Somebody else is not punished for it.
    let other = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    connection.post(&other.document).await?.receipt()?;
    scene.close(paid + 1)
}

async fn a_full_queue_is_said_and_nothing_is_lost(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &Setup { queue: 1, ..Setup::default() }).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let signed: Result<Vec<_>> = (0..600).map(|_| scene.town.order(&offer).sign()).collect();
    let orders = Orders::new(signed?);
    let outcome = load::run(scene.door(), &orders, 48).await?;
    ensure!(outcome.unanswered.is_empty(), "{} orders got no answer", outcome.unanswered.len());
    ensure!(outcome.refused.iter().all(|(status, _)| *status == 503), "{:?}", outcome.refused.first());
    ensure!(!outcome.refused.is_empty(), "the queue was never full");
    ensure!(!outcome.acknowledged.is_empty(), "nothing was taken");
    // Whoever was turned away comes back with the same order.
    let (mut connection, mut paid) = (scene.door().connect().await?, 0);
    for order in orders.all() {
        let reply = connection.post(&order.document).await?;
        reply.receipt()?;
        paid += 1;
    }
    assert_eq!(scene.balance("news")?, 600 * 2_000);
    scene.close(paid)
}

async fn a_body_without_end_is_not_read_to_its_end(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let endless = vec![b' '; 8 * 1024 * 1024];
    // Refused, or cut off while it is still being sent.
    if let Ok(reply) = scene.door().post(&endless).await {
        reply.refused(413, Code::TooLarge)?;
    }
    scene.pay(&scene.town.order(&offer).sign()?).await?;
    scene.close(1)
}
