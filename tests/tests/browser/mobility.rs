//! The mobility portal: guests who buy there and pay at the consumers' portal.

use anyhow::Result;
use serde_json::json;
use tests::database::Database;
use tests::mobility::{CALLBACKS, Mobility, Plan};
use tests::on_each_database;
use tests::postgres::free_port;

use crate::stage::Stage;

on_each_database!(guests_buy_and_come_back);

async fn guests_buy_and_come_back(database: Database) -> Result<()> {
    // The certificate of the portal is the town's.
    let tables = CALLBACKS.replace("plain_http = true", "authorities = 'pki/root.pem'");
    let Some(mut stage) = Stage::open_with(database, &tables, Vec::new()).await? else { return Ok(()) };
    // By its number, so that its cookies are not the other portals' as well.
    let origin = format!("https://127.0.0.1:{}", free_port()?);
    let plan = Plan { origin: origin.clone(), consumer: stage.consumer().to_owned(), callbacks: true };
    plan.settle(&mut stage.scene.town, &stage.scene.database).await?;
    let portal = Mobility::open(&stage.scene, &plan).await?;
    stage.beside("METEORE_MOBILITY", origin);
    stage.play("mobility", json!({})).await?;
    assert_eq!(portal.journal("paid")?, 11, "{}", portal.log());
    stage.scene.close(11)
}
