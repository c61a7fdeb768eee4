//! The consumer portal and the checkout.

use anyhow::Result;
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;

use crate::stage::Stage;

on_each_database!(a_newcomer_signs_up_and_pays);

async fn a_newcomer_signs_up_and_pays(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let prepared = json!({
        "small": stage.offer("parking", "1.80").await?,
    });
    stage.play("consumer", prepared).await?;
    stage.scene.close(2)
}
