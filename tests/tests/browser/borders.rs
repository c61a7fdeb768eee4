//! What one visitor cannot do to another.

use anyhow::Result;
use backoffice::web::Route;
use backoffice::{checkout, consumer, people};
use serde_json::{Value, json};
use tests::database::Database;
use tests::on_each_database;

use crate::stage::Stage;

on_each_database!(nobody_gets_at_what_is_another_ones);

async fn nobody_gets_at_what_is_another_ones(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let routes: Vec<Value> =
        [people::ROUTES, consumer::ROUTES, checkout::ROUTES].into_iter().flatten().map(said).collect();
    let offer = stage.offer("parking", "1.80").await?;
    stage.play("borders", json!({ "routes": routes, "offer": offer })).await?;
    stage.scene.close(1)
}

fn said(route: &Route) -> Value {
    json!({ "method": route.method, "path": route.path, "open": route.roles.is_empty() })
}
