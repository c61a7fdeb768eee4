//! The table of attacks on signatures, through the door.

use anyhow::{Context as _, Result, ensure};
use payment_domain::Role;
use payment_message::Message;
use tests::attacks::attacks;
use tests::database::Database;
use tests::ledger;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::ALICE;

on_each_database!(every_attack_on_a_signature_is_refused);

/// Up to here a body that is too large is read to its end, so that the connection can be used again.
const DRAINED_BYTES: usize = 1024 * 1024;

async fn every_attack_on_a_signature_is_refused(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let draft = scene.town.order(&offer);
    let body = Message::from(draft.order.clone()).to_canonical();
    let alice = scene.town.party(ALICE);
    let stranger = scene.town.certify("stranger", Role::Terminal)?;

    let mut connection = scene.door().connect().await?;
    let mut wrong = Vec::new();
    let table = attacks(&body, &alice.credential, &stranger.credential);
    ensure!(table.len() > 50, "only {} attacks", table.len());
    for attack in &table {
        let reply = connection.post(&attack.document).await.with_context(|| attack.name)?;
        match reply.rejection() {
            Ok(rejection) if attack.expected.contains(&rejection.code) && reply.status.is_client_error() => {}
            Ok(rejection) => wrong.push(format!("{}: {} {}", attack.name, reply.status, rejection.code)),
            Err(error) => wrong.push(format!("{}: {error:#}", attack.name)),
        }
        if !connection.is_open() {
            ensure!(attack.document.len() > DRAINED_BYTES, "{}: the connection was closed", attack.name);
            connection = scene.door().connect().await?;
        }
    }
    ensure!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), table.len(), wrong.join("\n"));
    assert!(ledger::paid(&scene.database)?.is_empty(), "an attack was paid");
    assert_eq!(scene.balance(ALICE)?, 100_000_000);

    // The document that all of them were made from is good.
    connection.post(&draft.sign()?.document).await?.receipt()?;
    scene.close(1)
}
