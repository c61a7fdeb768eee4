//! Tickets: used once, given back once (R22).

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::town::people::ALICE;

use crate::stage::Stage;

on_each_database!(a_ticket_is_used_once, a_ticket_is_given_back_once);

async fn a_ticket_is_used_once(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let offered = stage.choose("/tram", &[]).await?;
    let code = stage.buy(&offered).await?.code()?;
    let typed = code.to_lowercase().replace('-', " ");
    let first = stage.portal.post("/validate", &[("code", &typed)]).await?;
    ensure!(first.status == 200 && first.text.contains("It is used now"), "{first:?}");
    let second = stage.portal.post("/validate", &[("code", &code)]).await?;
    ensure!(second.status == 409 && second.text.contains("used before"), "{second:?}");
    let unknown = stage.portal.post("/validate", &[("code", "00000-00000")]).await?;
    ensure!(unknown.status == 404, "{unknown:?}");
    let void = stage.portal.post(&format!("{}/void", offered.purchase()), &[]).await?;
    ensure!(void.status == 409, "{void:?}");
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("Used at") && !page.text.contains("refund"), "{}", page.text);
    assert_eq!(stage.scene.balance("tram")?, 1_800_000);
    stage.scene.close(1)
}

async fn a_ticket_is_given_back_once(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let offered = stage.choose("/tram", &[]).await?;
    let code = stage.buy(&offered).await?.code()?;
    assert_eq!(stage.scene.balance(ALICE)?, 98_200_000);
    let void = format!("{}/void", offered.purchase());
    ensure!(stage.portal.post(&void, &[]).await?.status == 303);
    stage.portal.until(&offered.purchase(), "Refunded at").await?;
    ensure!(stage.portal.post(&void, &[]).await?.status == 409);
    let inspected = stage.portal.post("/validate", &[("code", &code)]).await?;
    ensure!(inspected.status == 409 && inspected.text.contains("given back"), "{inspected:?}");
    assert_eq!((stage.scene.balance(ALICE)?, stage.scene.balance("tram")?), (100_000_000, 0));
    assert_eq!((stage.journal("voided")?, stage.journal("refunded")?), (1, 1));
    stage.scene.close(1)
}
