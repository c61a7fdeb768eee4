//! What does not pay: receipts that nobody signed, of other purchases, merchants and amounts; callbacks of strangers.

use anyhow::{Result, ensure};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_message::Message;
use tests::clock;
use tests::database::Database;
use tests::mobility::secret;
use tests::on_each_database;

use crate::stage::{Offered, Stage};

on_each_database!(
    the_receipt_of_another_purchase_pays_for_nothing,
    only_the_gateway_calls_back_and_only_for_us
);

async fn unpaid(stage: &Stage, offered: &Offered) -> Result<()> {
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("Waiting for payment"), "{}", page.text);
    Ok(())
}

async fn the_receipt_of_another_purchase_pays_for_nothing(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let ticket = stage.choose("/tram", &[]).await?;
    // A cheaper thing of the same merchant, the same thing once more, and a thing of another merchant.
    let cheap = stage.choose("/nearby", &[("position", "46.2,6.0")]).await?;
    let twin = stage.choose("/tram", &[]).await?;
    let page = stage.choose("/news", &[("article", "silk")]).await?;
    for other in [&cheap, &twin, &page] {
        let (order, _) = stage.pay(other).await?;
        let answer = stage.portal.get(ticket.paid(&order).as_str()).await?;
        ensure!(answer.status == 409 && answer.text.contains("could not be confirmed"), "{answer:?}");
        unpaid(&stage, &ticket).await?;
        // It still pays for what it is for.
        ensure!(stage.portal.get(other.paid(&order).as_str()).await?.status == 303);
    }
    // An order that was signed and not sent.
    let order = stage.order(&ticket)?.sign()?;
    ensure!(stage.portal.get(ticket.paid(&order).as_str()).await?.status == 409);
    unpaid(&stage, &ticket).await?;
    assert_eq!(stage.journal("paid")?, 3);
    stage.scene.close(3)
}

/// Signs as the gateway does it, with some key.
fn head(key: &[u8], body: &[u8]) -> (String, String) {
    let timestamp = (clock::now().as_millis() / 1_000).to_string();
    let signed = [b"event-1.", timestamp.as_bytes(), b".", body].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &signed);
    (timestamp, format!("v1,{}", STANDARD.encode(tag)))
}

async fn only_the_gateway_calls_back_and_only_for_us(database: Database) -> Result<()> {
    // The portal knows the keys; the gateway is told of no address, so that only the test calls.
    let mut stage = Stage::open_with_callbacks(database).await?;
    let offered = stage.choose("/tram", &[]).await?;
    stage.portal.kill()?;
    let (order, receipt) = stage.pay(&offered).await?;
    let genuine = stage.scene.order(&order).await?.body;
    stage.portal.restart().await?;

    let town = &stage.scene.town;
    let by_merchant = Message::from(receipt.clone()).sign(&town.party("tram").credential)?;
    let mut cheaper = receipt.clone();
    cheaper.amount = tests::town::euros("0.01");
    let altered = Message::from(cheaper).sign(&town.party("tram").credential)?;
    for (key, body, expected, why) in [
        ([9; 32], &genuine, 401, "with a stranger's key"),
        (secret("tram"), &by_merchant, 422, "a receipt that a merchant signed"),
        (secret("tram"), &altered, 422, "of another amount"),
        (secret("theatre"), &genuine, 422, "a receipt for another merchant than the key's"),
    ] {
        let (timestamp, signature) = head(&key, body);
        let head = [
            ("webhook-id", "event-1"),
            ("webhook-timestamp", timestamp.as_str()),
            ("webhook-signature", &signature),
        ];
        assert_eq!(stage.portal.call_back(head, body).await?, expected, "{why}");
    }
    // What was sold elsewhere is taken and changes nothing; what is ours is delivered once.
    let elsewhere = stage.scene.deposit(stage.scene.town.offer("tram", "3.00")).await?;
    let other = stage.scene.order(&stage.scene.town.order(&elsewhere).sign()?).await?.body;
    for body in [&other, &genuine, &genuine] {
        let (timestamp, signature) = head(&secret("tram"), body);
        let head = [
            ("webhook-id", "event-1"),
            ("webhook-timestamp", timestamp.as_str()),
            ("webhook-signature", &signature),
        ];
        assert_eq!(stage.portal.call_back(head, body).await?, 204);
    }
    stage.portal.get(&offered.purchase()).await?.code()?;
    assert_eq!(stage.journal("paid")?, 1);
    stage.scene.close(2)
}
