//! The portal is killed, the gateway is away: nothing is delivered twice and nothing is lost.

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::town::people::ALICE;

use crate::stage::Stage;

on_each_database!(
    what_was_paid_survives_a_kill_of_the_portal,
    while_the_gateway_is_away_nothing_is_sold_and_refunds_wait,
);

async fn what_was_paid_survives_a_kill_of_the_portal(database: Database) -> Result<()> {
    let mut stage = Stage::open_with_callbacks(database).await?;
    let [first, second] = [stage.choose("/tram", &[]).await?, stage.choose("/tram", &[]).await?];
    let code = stage.buy(&first).await?.code()?;
    stage.portal.kill()?;
    // Paid while nobody listens: the gateway tries again until somebody does.
    stage.pay(&second).await?;
    stage.portal.restart().await?;
    assert_eq!(stage.portal.get(&first.purchase()).await?.code()?, code);
    let other = stage.portal.until(&second.purchase(), "class=\"code\"").await?.code()?;
    ensure!(stage.portal.post("/validate", &[("code", &code)]).await?.status == 200);
    stage.portal.kill()?;
    stage.portal.restart().await?;
    ensure!(stage.portal.post("/validate", &[("code", &code)]).await?.status == 409, "used before the kill");
    ensure!(stage.portal.post("/validate", &[("code", &other)]).await?.status == 200);
    assert_eq!((stage.journal("paid")?, stage.journal("used")?), (2, 2));
    stage.scene.close(2)
}

async fn while_the_gateway_is_away_nothing_is_sold_and_refunds_wait(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let offered = stage.choose("/tram", &[]).await?;
    stage.buy(&offered).await?;
    let paid_unseen = stage.choose("/tram", &[]).await?;
    let (order, _) = stage.pay(&paid_unseen).await?;
    stage.scene.app.kill()?;

    ensure!(stage.portal.post("/tram", &[]).await?.status == 502);
    ensure!(stage.portal.get(paid_unseen.paid(&order).as_str()).await?.status == 502);
    ensure!(stage.portal.post(&format!("{}/void", offered.purchase()), &[]).await?.status == 303);
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("on its way"), "{}", page.text);
    // The portal forgets nothing, either.
    stage.portal.kill()?;
    stage.portal.restart().await?;

    stage.scene.app.restart().await?;
    stage.portal.until(&offered.purchase(), "Refunded at").await?;
    ensure!(stage.portal.get(paid_unseen.paid(&order).as_str()).await?.status == 303);
    stage.portal.get(&paid_unseen.purchase()).await?.code()?;
    assert_eq!(stage.scene.balance(ALICE)?, 98_200_000);
    stage.scene.close(2)
}
