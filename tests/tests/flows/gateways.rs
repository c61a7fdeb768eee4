//! Several gateways on one database: they share nothing but it, and an order is paid once whichever door it comes to.

use anyhow::Result;
use tests::app::{App, Setup};
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;

on_each_database!(two_gateways_pay_an_order_once);

async fn two_gateways_pay_an_order_once(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let mut other = App::start_with(&scene.town, &scene.database, &Setup::default()).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    for _ in 0..20 {
        let order = scene.town.order(&offer).sign()?;
        let (here, there) =
            tokio::join!(scene.door().post(&order.document), other.door().post(&order.document));
        let (here, there) = (here?, there?);
        assert_eq!(here.receipt()?.order_id, order.message.order_id);
        assert_eq!(here.body, there.body, "two receipts for one order");
    }
    assert_eq!(scene.balance("parking")?, 20 * 1_800_000);
    // What one gateway has acknowledged the other knows, also when the first is gone.
    let last = scene.town.order(&offer).sign()?;
    let first = other.door().post(&last.document).await?;
    other.kill()?;
    assert_eq!(scene.order(&last).await?.body, first.body);
    scene.close(21)
}
