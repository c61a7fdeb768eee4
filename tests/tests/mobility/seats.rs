//! Seats: set aside while somebody pays, free again if they do not; paid too late is paid back (R22, R56).

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;

use crate::services::concert_day;
use crate::stage::Stage;

on_each_database!(seats_that_are_gone_when_the_money_comes_are_paid_back);

async fn seats_that_are_gone_when_the_money_comes_are_paid_back(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let day = concert_day(&stage).await?;
    let seats = |count| [("seat", "balcony"), ("count", count), ("day", day.as_str())];
    // 60 seats: one for alice, the rest for others who are choosing how to pay.
    let slow = stage.choose("/concert", &seats("1")).await?;
    let mut others = Vec::new();
    for _ in 0..14 {
        others.push(stage.choose("/concert", &seats("4")).await?);
    }
    others.push(stage.choose("/concert", &seats("3")).await?);
    let full = stage.portal.post("/concert", &seats("1")).await?;
    ensure!(full.status == 409 && full.text.contains("Sold out"), "{full:?}");

    // Alice gives up, somebody takes her seat, and her payment comes all the same.
    ensure!(stage.portal.get(slow.cancelled().as_str()).await?.status == 303);
    let quick = stage.choose("/concert", &seats("1")).await?;
    let ticket = stage.buy(&quick).await?.code()?;
    let page = stage.buy(&slow).await?;
    ensure!(page.text.contains("came too late") && page.code().is_err(), "{}", page.text);
    stage.portal.until(&slow.purchase(), "Refunded at").await?;
    // Seats cost more than goes on a bill: one was charged outside and stays, one was charged and went back.
    assert_eq!(stage.scene.balance("theatre")?, 28_000_000);
    assert_eq!(
        (stage.journal("paid")?, stage.journal("paid-too-late")?, stage.journal("refunded")?),
        (1, 1, 1)
    );

    // The ticket that was delivered is one.
    ensure!(stage.portal.post("/validate", &[("code", &ticket)]).await?.status == 200);
    // Somebody else gives up: seats are there again.
    ensure!(stage.portal.get(others[0].cancelled().as_str()).await?.status == 303);
    stage.choose("/concert", &seats("4")).await?;
    stage.scene.close(2)
}
