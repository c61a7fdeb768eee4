//! Each service, from the form to what was bought.

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::town::people::ALICE;

use crate::stage::{Page, Stage};

on_each_database!(
    every_service_is_offered_paid_and_delivered,
    what_is_not_paid_is_not_shown,
    callback_and_return_lead_to_one_delivery,
);

async fn bought(stage: &Stage, path: &str, form: &[(&str, &str)], shows: &[&str]) -> Result<Page> {
    let offered = stage.choose(path, form).await?;
    let page = stage.buy(&offered).await?;
    ensure!(page.status == 200);
    for text in shows {
        ensure!(page.text.contains(text), "{path}: no {text} in {}", page.text);
    }
    Ok(page)
}

async fn every_service_is_offered_paid_and_delivered(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    // By position: the town hall lies in the zone Centre.
    let parking = [("zone", ""), ("position", "46.2019,6.0061"), ("plate", "fd 318 kx"), ("minutes", "30")];
    let offered = stage.choose("/parking", &parking).await?;
    let page = stage.buy(&offered).await?;
    ensure!(page.text.contains("Centre · FD 318 KX") && page.text.contains("€0.60"), "{}", page.text);
    let more = stage.choose(&format!("{}/more", offered.purchase()), &[("minutes", "120")]).await?;
    let page = stage.buy(&more).await?;
    ensure!(page.text.contains("€2.40") && page.text.contains(&offered.purchase()), "{}", page.text);

    let tram = bought(&stage, "/tram", &[], &["€1.80"]).await?;
    ensure!(tram.code()?.len() == 11);
    let route = [("from", "hopital"), ("position", ""), ("to", "musee")];
    let page = bought(&stage, "/route", &route, &["€0.01", "Hôpital", "Musée de la Soie"]).await?;
    // At night no tram goes, and walking is faster than waiting.
    let how = ["La Filature", "Walk to your destination"];
    ensure!(how.iter().any(|way| page.text.contains(way)), "{}", page.text);
    bought(
        &stage,
        "/nearby",
        &[("position", "46.2040,6.0047")],
        &["€0.01", "Place du Théâtre", "Hôtel de Ville"],
    )
    .await?;
    let day = concert_day(&stage).await?;
    bought(&stage, "/concert", &[("seat", "balcony"), ("count", "1"), ("day", &day)], &["€28.00", "Balcony"])
        .await?;
    bought(&stage, "/news", &[("article", "ferry")], &["€0.002", "six minutes for the crossing"]).await?;

    let spent: i64 = ["parking", "tram", "theatre", "gazette"]
        .iter()
        .map(|name| stage.scene.balance(name))
        .sum::<Result<_>>()?;
    assert_eq!(spent, 600_000 + 2_400_000 + 1_800_000 + 10_000 + 10_000 + 28_000_000 + 2_000);
    assert_eq!(stage.journal("paid")?, 7);
    stage.scene.close(7)
}

/// The day that the page sells seats for.
pub(crate) async fn concert_day(stage: &Stage) -> Result<String> {
    let page = stage.portal.get("/concert").await?.text;
    let (_, rest) =
        page.split_once("name=\"day\" value=\"").ok_or_else(|| anyhow::anyhow!("no day: {page}"))?;
    Ok(rest[..10].to_owned())
}

async fn what_is_not_paid_is_not_shown(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let offered = stage.choose("/news", &[("article", "ferry")]).await?;
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("Waiting for payment") && !page.text.contains("six minutes"), "{}", page.text);
    ensure!(
        page.text.contains(&format!("https://pay.example/pay/{}", offered.digest)),
        "the way to pay is still there"
    );
    let back = stage.portal.get(offered.cancelled().as_str()).await?;
    ensure!(back.status == 303);
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("Not bought") && !page.text.contains("six minutes"), "{}", page.text);
    assert_eq!(stage.scene.balance(ALICE)?, 100_000_000);
    stage.scene.close(0)
}

async fn callback_and_return_lead_to_one_delivery(database: Database) -> Result<()> {
    let mut stage = Stage::open_with_callbacks(database).await?;
    // Nobody comes back; the receipt finds its way.
    let offered = stage.choose("/tram", &[]).await?;
    let (order, _) = stage.pay(&offered).await?;
    let code = stage.portal.until(&offered.purchase(), "class=\"code\"").await?.code()?;
    // Then they do, twice.
    for _ in 0..2 {
        ensure!(stage.portal.get(offered.paid(&order).as_str()).await?.status == 303);
        assert_eq!(stage.portal.get(&offered.purchase()).await?.code()?, code);
    }
    // And the other way round.
    let second = stage.choose("/tram", &[]).await?;
    let other = stage.buy(&second).await?.code()?;
    ensure!(other != code);
    let told =
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM outbox WHERE kind = 'callback' AND state = 'sent'";
    let start = std::time::Instant::now();
    while stage.scene.database.sql()?.words(told)? != ["2"] {
        ensure!(start.elapsed().as_secs() < 30, "the gateway never told both");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(stage.portal.get(&second.purchase()).await?.code()?, other);
    assert_eq!(stage.journal("paid")?, 2);
    stage.scene.close(2)
}
