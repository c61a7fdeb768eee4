//! What became of an order, and its receipt again: for those who may know.

use anyhow::Result;
use payment_domain::{Digest, OrderId};
use payment_message::{Code, State};
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB, ERIN};

on_each_database!(
    the_sender_and_the_merchant_learn_what_became_of_an_order,
    strangers_learn_nothing,
    a_receipt_is_fetched_again_by_who_knows_the_order,
);

async fn the_sender_and_the_merchant_learn_what_became_of_an_order(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let reply = scene.order(&order).await?;
    let receipt_digest = reply.message()?.digest();
    for who in [ALICE, "parking"] {
        let asked = scene.town.ask(who, order.message.order_id)?;
        let report = scene.door().post(&asked.document).await?.report()?;
        assert_eq!((report.state, report.amount), (State::Accepted, Some(order.message.amount)), "{who}");
        assert_eq!(report.receipt_digest, Some(receipt_digest), "{who}");
    }
    let refused = scene.town.order(&offer).by(&scene.town.party(ERIN)).sign()?;
    scene.order(&refused).await?.refused(402, Code::InsufficientFunds)?;
    let asked = scene.town.ask(ERIN, refused.message.order_id)?;
    assert_eq!(scene.door().post(&asked.document).await?.report()?.state, State::Refused);
    scene.close(1)
}

async fn strangers_learn_nothing(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    for who in [BOB, "news", "adapter-sms"] {
        let asked = scene.town.ask(who, order.message.order_id)?;
        let report = scene.door().post(&asked.document).await?.report()?;
        assert_eq!(
            (report.state, report.amount, report.receipt_digest),
            (State::Unknown, None, None),
            "{who}"
        );
    }
    let asked = scene.town.ask(ALICE, OrderId::new(random::uuid()))?;
    assert_eq!(scene.door().post(&asked.document).await?.report()?.state, State::Unknown);
    scene.close(1)
}

async fn a_receipt_is_fetched_again_by_who_knows_the_order(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let first = scene.order(&order).await?;
    let id = order.message.order_id;
    let mut connection = scene.door().connect().await?;
    let again = connection.fetch_receipt(id, &order.digest).await?;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    again.receipt()?;
    for (id, digest) in [(id, Digest::new([7; 32])), (OrderId::new(random::uuid()), order.digest)] {
        let unknown = connection.fetch_receipt(id, &digest).await?;
        assert_eq!(unknown.status, 404);
        assert_eq!(unknown.headers["content-type"], "application/problem+json");
    }
    assert_eq!(scene.door().fetch(&format!("/v1/orders/{id}/receipt")).await?.status, 404);
    scene.close(1)
}
