//! The consumer portal and the checkout.

use anyhow::{Result, ensure};
use payment_domain::{Campaign, CampaignId, CouponTerms, Discount, Label, MerchantId, Sale};
use payment_message::State;
use serde_json::{Value, json};
use tests::app::Setup;
use tests::database::Database;
use tests::scene::Scene;
use tests::town::people::{ALICE, ALICE_NUMBER, BOB, BOB_NUMBER};
use tests::{clock, on_each_database, random};

use crate::stage::Stage;

on_each_database!(
    a_newcomer_signs_up_and_pays,
    an_account_is_lived_with,
    a_checkout_comes_to_more_than_a_receipt,
    bills_are_opened_verified_and_proven,
);

async fn a_newcomer_signs_up_and_pays(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let prepared = json!({
        "small": stage.offer("parking", "1.80").await?,
    });
    stage.play("consumer", prepared).await?;
    stage.scene.close(2)
}

async fn an_account_is_lived_with(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let prepared = json!({
        "small": stage.offer("parking", "1.80").await?,
        "other": stage.offer("concert", "3.00").await?,
        "voucher": voucher(&stage.scene).await?,
        "campaign": campaign(&stage.scene).await?,
        "terminals": { "number": ALICE_NUMBER, "name": ALICE },
    });
    stage.play("account", prepared).await?;
    // Eight of money, or of coupons, and the three coupons that were bought.
    stage.scene.close(11)
}

async fn a_checkout_comes_to_more_than_a_receipt(database: Database) -> Result<()> {
    /// More than the flows need, until they ask for too many.
    const CODES: u32 = 60;
    // The slow bank answers long after the portal stops waiting for it.
    let slow = Setup { external_wait_ms: 300, slow_ms: 8_000, ..Setup::default() };
    let Some(mut stage) = Stage::open_as(database, slow, CODES, Vec::new()).await? else { return Ok(()) };
    let soon = clock::now().saturating_add_millis(3_000);
    let ending = stage.scene.town.offer("news", "0.50").with(|offer| offer.valid_until = soon);
    let prepared = json!({
        "small": stage.offer("parking", "1.80").await?,
        "other": stage.offer("concert", "3.00").await?,
        "ending": { "digest": stage.scene.deposit(ending).await?.digest.to_string() },
    });
    stage.play("checkout", prepared).await?;
    // By code, by code though there is a passkey, and by the slow bank; and what was declined.
    stage.scene.close(4)
}

/// EUR 2.00 to spend at the concert's.
async fn voucher(scene: &Scene) -> Result<Value> {
    let expires_at = clock::now().saturating_add_millis(30 * 24 * 60 * 60 * 1000);
    let draft = scene.town.offer("concert", "2.00").with(|offer| {
        offer.sale = Sale::Coupon;
        offer.coupon = Some(CouponTerms { expires_at, transferable: true });
    });
    let offer = scene.deposit(draft).await?;
    Ok(json!({ "digest": offer.digest.to_string() }))
}

/// Half off the parking, for whoever asks.
async fn campaign(scene: &Scene) -> Result<Value> {
    let now = clock::now();
    let title = "Half a parking";
    let campaign = Campaign {
        campaign_id: CampaignId::new(random::uuid()),
        merchant: MerchantId::parse("parking")?,
        title: Label::parse(title)?,
        item: None,
        discount: Discount::Ppm(500_000),
        coupons: 100,
        valid_from: now.saturating_add_millis(-60_000),
        valid_until: now.saturating_add_millis(24 * 60 * 60 * 1000),
    };
    let signed = scene.town.sign("parking", campaign)?;
    let report = scene.door().post(&signed.document).await?.report()?;
    ensure!(report.state == State::Deposited, "{report:?}");
    Ok(json!({ "title": title }))
}

async fn bills_are_opened_verified_and_proven(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let scene = &stage.scene;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let paper = scene.deposit(scene.town.offer("news", "0.30")).await?;
    let bob = scene.town.party(BOB);
    let first = scene.town.order(&offer).by(&bob).sign()?;
    scene.pay(&first).await?;
    scene.pay(&scene.town.order(&paper).by(&bob).sign()?).await?;
    let alices = scene.town.order(&offer).sign()?;
    scene.pay(&alices).await?;
    scene.app.command(&["close-period", "--all"])?;
    let prepared = json!({
        "billed": {
            "number": BOB_NUMBER, "order": first.message.order_id.to_string(), "due": "€2.10", "count": 2,
            "merchant": "parking",
        },
        "prepaid": {
            "number": ALICE_NUMBER, "order": alices.message.order_id.to_string(), "balance": "€98.20",
        },
    });
    stage.play("bills", prepared).await?;
    stage.scene.close(3)
}
