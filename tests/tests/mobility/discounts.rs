//! Campaigns of the portal's merchants: promised at the gateway, claimed by the consumer, taken off the price (R24).

use anyhow::{Context as _, Result, bail, ensure};
use payment_domain::{CampaignId, ConsumerId, CouponAct, CouponOrder, RequestId};
use payment_message::Message;
use tests::database::Database;
use tests::town::by_app;
use tests::town::people::ALICE;
use tests::{clock, on_each_database, random};

use crate::stage::Stage;

on_each_database!(a_discount_that_the_portal_promised_is_taken_off_a_ticket);

/// The campaign behind the first offer that the page shows to this interest.
async fn campaign(stage: &Stage, interest: &str) -> Result<CampaignId> {
    let start = std::time::Instant::now();
    loop {
        let page = stage.portal.get_with("/advantages", &format!("interests={interest}")).await?;
        if let Some((_, rest)) = page.text.split_once("https://pay.example/campaigns/") {
            return Ok(CampaignId::parse(rest.get(..36).context("a short id")?)?);
        }
        ensure!(start.elapsed().as_secs() < 30, "no offer: {}", page.text);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn a_discount_that_the_portal_promised_is_taken_off_a_ticket(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    ensure!(!stage.portal.get("/advantages").await?.text.contains("/campaigns/"), "nobody asked for offers");
    let campaign = campaign(&stage, "transport").await?;
    let claim = CouponOrder {
        request_id: RequestId::new(random::uuid()),
        consumer: ConsumerId::new(stage.scene.town.party(ALICE).id.clone()),
        act: CouponAct::Claim(campaign),
        authentication: by_app(),
        created_at: clock::now(),
    };
    let claim = stage.scene.town.sign(ALICE, claim)?;
    let coupon = match stage.scene.door().post(&claim.document).await?.message()? {
        Message::CouponReceipt(receipt) => receipt.coupon,
        other => bail!("not claimed: {other:?}"),
    };
    let offered = stage.choose("/tram", &[]).await?;
    let order = stage.order(&offered)?.amount("1.50").with(|order| order.coupons = vec![coupon]).sign()?;
    let reply = stage.scene.order(&order).await?;
    ensure!(reply.receipt()?.amount == tests::town::euros("1.50"));
    ensure!(stage.portal.get(offered.paid(&order).as_str()).await?.status == 303);
    let page = stage.portal.get(&offered.purchase()).await?;
    ensure!(page.text.contains("€1.50"), "{}", page.text);
    page.code()?;
    stage.scene.close(1)
}
