//! What one visitor cannot do to another.

use anyhow::Result;
use backoffice::web::Route;
use backoffice::{checkout, consumer, people};
use serde_json::{Value, json};
use tests::belongings::{Belongings, EVERYBODYS, PAYMENTS};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::Visitor;
use tests::town::people::{ALICE, ALICE_NUMBER};

use crate::stage::Stage;

on_each_database!(nobody_gets_at_what_is_another_ones);

async fn nobody_gets_at_what_is_another_ones(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let mut alice = Visitor::at_portal(&stage.scene.town, stage.consumer())?;
    alice.sign_in(ALICE_NUMBER).await?;
    let hers = Belongings::of(&stage.scene, &mut alice, ALICE).await?;
    let routes = [people::ROUTES, consumer::ROUTES, checkout::ROUTES].into_iter().flatten();
    let routes: Vec<Value> = routes.map(|route| said(route, &hers)).collect::<Result<_>>()?;
    stage.play("borders", json!({ "routes": routes })).await?;
    stage.scene.close(PAYMENTS)
}

/// A route, with what stands at its address that is somebody's, and that is nobody's.
fn said(route: &Route, things: &Belongings) -> Result<Value> {
    let mut said = json!({ "method": route.method, "path": route.path, "open": route.roles.is_empty() });
    if route.path.contains('{') && !EVERYBODYS.contains(&route.path) {
        said["theirs"] = things.address(route.path)?.into();
        said["nobodys"] = Belongings::of_nobody().address(route.path)?.into();
    }
    Ok(said)
}
