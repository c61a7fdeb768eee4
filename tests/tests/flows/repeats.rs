//! An order is sent again because an answer was lost; it is paid once.

use anyhow::Result;
use payment_message::Code;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::Signed;
use tests::town::people::{ALICE, BOB};

on_each_database!(
    a_repeated_order_returns_the_first_receipt,
    the_same_order_signed_anew_is_the_same_order,
    the_same_id_with_other_content_is_refused,
    orders_sent_at_the_same_time_are_paid_once,
    a_repeated_order_returns_the_first_receipt_after_a_crash,
);

async fn a_repeated_order_returns_the_first_receipt(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let first = scene.order(&order).await?;
    first.receipt()?;
    for _ in 0..3 {
        let again = scene.order(&order).await?;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
    assert_eq!(scene.balance(ALICE)?, 98_200_000);
    scene.close(1)
}

async fn the_same_order_signed_anew_is_the_same_order(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let first = scene.order(&order).await?;
    first.receipt()?;
    let anew = Signed::by(&scene.town.party(ALICE), order.message.clone())?;
    assert_ne!(anew.document, order.document, "every ECDSA signature is another one");
    assert_eq!(scene.order(&anew).await?.body, first.body);
    assert_eq!(scene.balance(ALICE)?, 98_200_000);
    scene.close(1)
}

async fn the_same_id_with_other_content_is_refused(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let id = order.message.order_id;
    let later = order.message.created_at.saturating_add_millis(1);
    let altered = scene.town.order(&offer).id(id).made(later).sign()?;
    scene.order(&altered).await?.refused(409, Code::IdReused)?;
    // Nor may somebody else take the id over.
    let stolen = scene.town.order(&offer).id(id).by(&scene.town.party(BOB)).sign()?;
    scene.order(&stolen).await?.refused(409, Code::IdReused)?;
    // The first receipt is still to be had.
    scene.pay(&order).await?;
    assert_eq!((scene.balance(ALICE)?, scene.balance(BOB)?), (98_200_000, 0));
    scene.close(1)
}

async fn orders_sent_at_the_same_time_are_paid_once(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let mut connections = Vec::new();
    for _ in 0..16 {
        connections.push(scene.door().connect().await?);
    }
    let replies = connections.into_iter().map(|mut connection| {
        let document = order.document.clone();
        tokio::spawn(async move { connection.post(&document).await })
    });
    let mut bodies = Vec::new();
    for reply in replies.collect::<Vec<_>>() {
        let reply = reply.await??;
        reply.receipt()?;
        bodies.push(reply.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "all the same receipt");
    assert_eq!(scene.balance(ALICE)?, 98_200_000);
    scene.close(1)
}

async fn a_repeated_order_returns_the_first_receipt_after_a_crash(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let first = scene.order(&order).await?;
    first.receipt()?;
    scene.app.kill()?;
    scene.app.restart().await?;
    assert_eq!(scene.order(&order).await?.body, first.body);
    assert_eq!(scene.balance(ALICE)?, 98_200_000);
    scene.close(1)
}
