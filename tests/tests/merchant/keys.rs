//! What is revoked or taken back counts no more: at once, at the door, and for good.

use anyhow::{Context as _, Result, ensure};
use payment_domain::{MerchantId, RefundId, RefundOrder};
use payment_message::{Code, Message};
use payment_trust::{RevocationList, RevocationReason, Serial};
use tests::database::Database;
use tests::on_each_database;
use tests::shop::{Street, pay};
use tests::town::euros;
use tests::{clock, random};

use crate::stage::token;

on_each_database!(
    a_revoked_certificate_signs_nothing_any_more_and_its_key_is_gone,
    a_key_that_is_removed_from_the_portal_is_revoked_too,
    a_key_that_an_operator_revokes_signs_nothing_in_the_portal,
);

/// The list in force, as anybody may fetch it.
async fn revocations(street: &Street) -> Result<RevocationList> {
    let scene = &street.portals.scene;
    let reply = scene.door().fetch("/v1/crl.pem").await?;
    ensure!(reply.status == 200, "{}", reply.status);
    Ok(RevocationList::from_pem(&reply.body, scene.town.chain()?.issuing())?)
}

/// How long the sealed keys are that the portal keeps or has kept.
fn hosted(street: &Street) -> Result<Vec<String>> {
    let mut sql = street.portals.scene.database.sql()?;
    sql.words("SELECT CAST(LENGTH(sealed) AS TEXT) AS value FROM hosted_key ORDER BY id")
}

const SOME: [(&str, &str); 1] = [("amount", "0.10")];

async fn a_revoked_certificate_signs_nothing_any_more_and_its_key_is_gone(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut ada = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let order = street.buy(&mut ada).await?;
    ada.refund(&order, &SOME).await?.leads()?;

    let serial = ada.things.serial.clone();
    let action = format!("/certificates/{serial}/revoke");
    let page = ada.owner.get(&action).await?.shown()?;
    let wrong = ada.owner.submit(&page, &action, &[("reason", "superseded")]).await?;
    ensure!(wrong.status == 422, "{wrong:?}");
    ensure!(revocations(&street).await?.is_empty());
    let done = ada.owner.submit(&page, &action, &[("reason", "key-compromise")]).await?;
    ensure!(done.leads()? == "/certificates", "{done:?}");
    let revocation =
        revocations(&street).await?.status(Serial::parse(&serial)?).context("not on the list")?;
    ensure!(revocation.reason == RevocationReason::KeyCompromise, "{revocation:?}");
    ensure!(hosted(&street)? == ["0"], "the key is there still");
    let page = ada.owner.get("/certificates").await?.shown()?;
    ensure!(page.text.contains("revoked") && page.actions("/certificates/drop").is_empty(), "{page:?}");
    ensure!(ada.refund(&order, &SOME).await?.text.contains("keeps no signing key"));
    // Pressed again it changes nothing.
    let again = ada.owner.get(&action).await?;
    ensure!(again.leads()? == "/certificates", "{again:?}");
    let token = token(&mut ada.owner).await?;
    let fields = [token, vec![("reason".to_owned(), "key-compromise".to_owned())]].concat();
    ensure!(ada.owner.post(&action, &fields).await?.leads()? == "/certificates");
    ensure!(revocations(&street).await?.len() == 1);
    // A pay link without a key leads nowhere, and works again with another one.
    let closed = street.buyer.get(&ada.things.link_address).await?;
    let page = ada.owner.get("/certificates").await?.shown()?;
    ada.owner.submit(&page, "/certificates/host", &[]).await?.leads()?;
    let page = ada.owner.get("/certificates").await?.shown()?;
    // Pressed twice it is one key.
    let host = [("x".to_owned(), String::new())];
    ada.owner
        .post("/certificates/host", &[page.form("/certificates/drop")?, host.to_vec()].concat())
        .await?
        .leads()?;
    ensure!(hosted(&street)?.len() == 2 && hosted(&street)?[0] == "0", "{:?}", hosted(&street)?);
    ada.refund(&order, &SOME).await?.leads()?;
    ensure!([200, 410].contains(&closed.status.as_u16()), "{closed:?}");
    pay(&mut street.buyer, &ada.things.link_address).await?;
    street.portals.scene.close(2)
}

async fn a_key_that_is_removed_from_the_portal_is_revoked_too(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut ada = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let order = street.buy(&mut ada).await?;
    let page = ada.owner.get("/certificates").await?.shown()?;
    let done = ada.owner.submit(&page, "/certificates/drop", &[]).await?;
    ensure!(done.leads()? == "/certificates", "{done:?}");
    let revocation =
        revocations(&street).await?.status(Serial::parse(&ada.things.serial)?).context("in force")?;
    ensure!(revocation.reason == RevocationReason::CessationOfOperation, "{revocation:?}");
    ensure!(hosted(&street)? == ["0"]);
    ensure!(ada.owner.get("/certificates").await?.shown()?.text.contains("its certificate is revoked"));
    let own = token(&mut ada.owner).await?;
    let nothing = ada.owner.post("/certificates/drop", &own).await?;
    ensure!(nothing.status == 404, "{nothing:?}");

    // A revocation for one merchant takes nothing from another, whose own key signs on.
    let town = &street.portals.scene.town;
    let parking = town.party("parking");
    let message = Message::RefundOrder(RefundOrder {
        refund_id: RefundId::new(random::uuid()),
        order_id: payment_domain::OrderId::parse(&order)?,
        merchant: MerchantId::new(parking.id.clone()),
        amount: euros("0.10"),
        created_at: clock::now(),
    });
    let document = message.sign(&parking.credential)?;
    let reply = street.portals.scene.door().post(&document).await?;
    ensure!(reply.rejection()?.code == Code::UnknownOrder, "{:?}", reply.rejection()?);
    street.portals.scene.close(1)
}

async fn a_key_that_an_operator_revokes_signs_nothing_in_the_portal(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut ada = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let order = street.buy(&mut ada).await?;
    let app = &street.portals.scene.app;
    app.command(&["ca", "revoke", &ada.things.serial, "--reason", "privilege-withdrawn"])?;
    let started = std::time::Instant::now();
    let page = loop {
        let page = ada.owner.get("/certificates").await?.shown()?;
        if page.actions("/certificates/drop").is_empty() {
            break page;
        }
        ensure!(started.elapsed().as_secs() < 20, "the portal still believes in the key: {page:?}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    ensure!(ada.refund(&order, &SOME).await?.text.contains("keeps no signing key"));
    // Another one signs again.
    ada.owner.submit(&page, "/certificates/host", &[]).await?.leads()?;
    ada.refund(&order, &SOME).await?.leads()?;
    pay(&mut street.buyer, &ada.things.link_address).await?;
    street.portals.scene.close(2)
}
