//! Certificates come and go while the system runs: rotation, revocation, and lists that are no lists (R30, R34).

use std::time::Duration;

use anyhow::{Result, ensure};
use payment_message::Code;
use payment_trust::Certificate;
use tests::database::Database;
use tests::door::{Connection, Reply};
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::BOB;

on_each_database!(
    the_signing_certificate_is_replaced_and_old_receipts_still_verify,
    a_revocation_reaches_a_connection_that_is_open,
    an_empty_revocation_list_is_refused_and_the_old_one_stays,
);

async fn the_signing_certificate_is_replaced_and_old_receipts_still_verify(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let old = scene.order(&order).await?;
    let first_signer = signer(&scene, &old)?;

    scene.app.command(&["ca", "rotate", "cps"])?;
    scene.app.reload()?;
    let mut new_signer = first_signer;
    for _ in 0..100 {
        let new = scene.order(&scene.town.order(&offer).sign()?).await?;
        new.receipt()?;
        new_signer = signer(&scene, &new)?;
        if new_signer != first_signer {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ensure!(new_signer != first_signer, "still signed with the old certificate");

    // What was signed before is still said, and still verifies.
    assert_eq!(scene.order(&order).await?.body, old.body);
    old.receipt()?;
    scene.app.stop()?;
    let report = tests::audit::audit(&scene.town, &scene.database)?;
    ensure!(report.passes(), "{:#?}", report.findings);
    Ok(())
}

async fn a_revocation_reaches_a_connection_that_is_open(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let mut connection = scene.door().connect().await?;
    let bob = scene.town.party(BOB);
    connection.post(&scene.town.order(&offer).by(&bob).sign()?.document).await?.receipt()?;

    let serial = bob.credential.certificate().serial().to_string();
    scene.app.command(&["ca", "revoke", &serial])?;
    scene.app.reload()?;
    let refused = until_refused(&scene, &mut connection, &offer).await?;
    refused.refused(401, Code::CertificateRevoked)?;

    // The connection itself is nobody's: others still pay over it.
    connection.post(&scene.town.order(&offer).sign()?.document).await?.receipt()?;
    let paid = scene.balance(BOB)? / -1_800_000;
    scene.close(u64::try_from(paid)? + 1)
}

async fn an_empty_revocation_list_is_refused_and_the_old_one_stays(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let bob = scene.town.party(BOB);
    let serial = bob.credential.certificate().serial().to_string();
    scene.app.command(&["ca", "revoke", &serial])?;
    scene.app.reload()?;
    let mut connection = scene.door().connect().await?;
    until_refused(&scene, &mut connection, &offer).await?;

    let file = scene.town.folder().join("pki/crl.pem");
    for junk in ["", "-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n", "nonsense"] {
        std::fs::write(&file, junk)?;
        scene.app.reload()?;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let order = scene.town.order(&offer).by(&bob).sign()?;
        connection.post(&order.document).await?.refused(401, Code::CertificateRevoked)?;
        connection.post(&scene.town.order(&offer).sign()?.document).await?.receipt()?;
    }
    ensure!(scene.app.log().contains("not reloaded"), "the log says nothing of it");
    let paid = scene.balance(BOB)? / -1_800_000;
    scene.close(u64::try_from(paid)? + 3)
}

async fn until_refused(
    scene: &Scene,
    connection: &mut Connection,
    offer: &tests::town::Signed<payment_domain::Offer>,
) -> Result<Reply> {
    let bob = scene.town.party(BOB);
    for _ in 0..100 {
        let reply = connection.post(&scene.town.order(offer).by(&bob).sign()?.document).await?;
        if reply.status != 200 {
            return Ok(reply);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("a revoked certificate still pays")
}

/// The certificate that a reply is signed with.
fn signer(scene: &Scene, reply: &Reply) -> Result<payment_trust::Serial> {
    let opened = scene.town.system()?.open(&reply.body)?;
    Ok(Certificate::from_der(opened.sender().certificate())?.serial())
}
