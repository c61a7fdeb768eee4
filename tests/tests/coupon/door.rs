//! The same through the real HTTPS door, with the simulator as the intermediary bank: it knows what is left of each coupon,
//! and answers at once, late, or only when it is asked again.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use payment_domain::{
    Campaign, CampaignId, ConsumerId, CouponAct, CouponOrder, CouponReceipt, CouponState, CouponTerms,
    Discount, Funding, Label, MerchantId, Offer, Payer, PaymentReceipt, RequestId, Sale,
};
use payment_message::{Code, Message, State};
use tests::app::Setup;
use tests::clock;
use tests::database::Database;
use tests::door::Reply;
use tests::on_each_database;
use tests::random;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB, CAROL, DAVE};
use tests::town::{Signed, by_app, euros};

use crate::stage::DAY_MS;

on_each_database!(
    a_coupon_is_lived_through_the_door,
    a_bank_that_never_answers_is_asked_until_each_step_is_known,
    a_server_that_dies_between_two_steps_finishes_them_after_it,
    what_came_back_is_known_to_the_bank_and_can_be_spent_again,
);

fn patient() -> Setup {
    Setup { external_wait_ms: 100, ask_again_ms: 100, slow_ms: 600, time_limit_ms: 300, ..Setup::default() }
}

async fn a_coupon_is_lived_through_the_door(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let (ten, seat) = goods(&scene).await?;
    let bought = scene.town.order(&ten).sign()?;
    let coupon = coupon(&scene.order(&bought).await?, 200)?;
    assert_eq!((coupon.state, coupon.remaining), (CouponState::Held, euros("10.00")));
    assert_eq!(coupon_of(&scene.order(&bought).await?)?, coupon, "the same again");
    assert_eq!((scene.balance(ALICE)?, scene.balance("concert")?), (100_000_000, 0));

    let order = scene.town.order(&seat).with(|order| order.coupons = vec![coupon.coupon]).sign()?;
    let receipt = scene.pay(&order).await?;
    assert_eq!((receipt.funding, receipt.coupons), (Funding::Coupon, vec![coupon.coupon]));
    assert_eq!((scene.balance(ALICE)?, scene.balance("concert")?), (100_000_000, 3_000_000));
    let theirs = scene.town.order(&seat).by(&scene.town.party(BOB));
    let theirs = theirs.with(|order| order.coupons = vec![coupon.coupon]).sign()?;
    scene.order(&theirs).await?.refused(422, Code::UnknownCoupon)?;

    // Another one goes to bob, who spends it: the bank that was charged authenticates it, though bob's own declines.
    let second = coupon_of(&scene.order(&scene.town.order(&ten).sign()?).await?)?.coupon;
    let gift = CouponAct::Gift { coupon: second, to: Payer::Consumer(ConsumerId::parse(BOB)?) };
    let given = coupon_of(&instruct(&scene, ALICE, gift).await?)?;
    assert_eq!((given.state, given.holder.as_str()), (CouponState::Given, ALICE));
    let theirs = scene.town.order(&seat).by(&scene.town.party(BOB));
    let theirs = theirs.with(|order| order.coupons = vec![second]).sign()?;
    scene.pay(&theirs).await?;

    // What is left of the first goes back; a merchant's discount comes.
    let refunded = coupon_of(&instruct(&scene, ALICE, CouponAct::Refund(coupon.coupon)).await?)?;
    assert_eq!((refunded.state, refunded.remaining), (CouponState::Refunded, euros("0")));
    let campaign = campaign(&scene).await?;
    let discount = coupon_of(&instruct(&scene, ALICE, CouponAct::Claim(campaign)).await?)?.coupon;
    let cheaper =
        scene.town.order(&seat).amount("2.50").with(|order| order.coupons = vec![discount]).sign()?;
    let receipt = scene.pay(&cheaper).await?;
    assert_eq!((receipt.funding, receipt.coupons), (Funding::Prepaid, vec![discount]));
    assert_eq!((scene.balance(ALICE)?, scene.balance("concert")?), (97_500_000, 8_500_000));
    scene.close(5)
}

async fn a_bank_that_never_answers_is_asked_until_each_step_is_known(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &patient()).await?;
    let (ten, seat) = goods(&scene).await?;
    let dave = scene.town.party(DAVE);
    let bought = scene.town.order(&ten).by(&dave).sign()?;
    pending(&scene.order(&bought).await?)?;
    let coupon = until(&scene, &bought.document).await?;
    let coupon = coupon_of(&coupon)?.coupon;
    let order = scene.town.order(&seat).by(&dave).with(|order| order.coupons = vec![coupon]).sign()?;
    pending(&scene.order(&order).await?)?;
    let again = scene.town.order(&seat).by(&dave).with(|order| order.coupons = vec![coupon]).sign()?;
    scene.order(&again).await?.refused(409, Code::CouponUsed)?;
    let receipt = until(&scene, &order.document).await?.receipt()?;
    assert_eq!((receipt.funding, receipt.amount), (Funding::Coupon, euros("3.00")));
    assert_eq!(scene.balance("concert")?, 3_000_000, "spent once");
    scene.close(2)
}

async fn a_server_that_dies_between_two_steps_finishes_them_after_it(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &patient()).await?;
    let (ten, seat) = goods(&scene).await?;
    let carol = scene.town.party(CAROL);
    let bought = scene.town.order(&ten).by(&carol).sign()?;
    scene.order(&bought).await?;
    let coupon = coupon_of(&until(&scene, &bought.document).await?)?.coupon;
    let order = scene.town.order(&seat).by(&carol).with(|order| order.coupons = vec![coupon]).sign()?;
    pending(&scene.order(&order).await?)?;
    // The bank has not answered the first question yet; the second one dies with its server, too.
    for _ in 0..2 {
        scene.app.kill()?;
        scene.app.restart().await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let receipt: PaymentReceipt = until(&scene, &order.document).await?.receipt()?;
    assert_eq!(receipt.coupons, [coupon]);
    assert_eq!(scene.balance("concert")?, 3_000_000, "spent once");
    scene.close(2)
}

/// The bank counts what it has captured of a coupon: without being told of the refund it would refuse the second time.
async fn what_came_back_is_known_to_the_bank_and_can_be_spent_again(database: Database) -> Result<()> {
    // Whoever is not answered in time is asked again only after it: long enough for a busy machine, and no longer.
    let setup = Setup { external_wait_ms: 1_500, time_limit_ms: 1_500, ..patient() };
    let mut scene = Scene::open_with(database, &setup).await?;
    let (ten, _) = goods(&scene).await?;
    let whole = scene.deposit(scene.town.offer("concert", "10.00")).await?;
    let coupon = coupon_of(&scene.order(&scene.town.order(&ten).sign()?).await?)?.coupon;
    let spend = || scene.town.order(&whole).with(|order| order.coupons = vec![coupon]).sign();
    let first = spend()?;
    scene.pay(&first).await?;
    let refund = scene.town.refund(&first.message, "10.00").sign()?;
    scene.door().post(&refund.document).await?.refund()?;
    let mut tries = 0;
    let receipt = loop {
        let order = spend()?;
        let reply = scene.order(&order).await?;
        if reply.status == 200 {
            break reply.receipt()?;
        }
        // Until the bank has heard of it, it does not know that there is anything left.
        reply.refused(402, Code::Declined)?;
        tries += 1;
        ensure!(tries < 300, "the bank never heard of it:\n{}", scene.app.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(receipt.amount, euros("10.00"));
    assert_eq!(scene.balance("concert")?, 10_000_000);
    let payments = scene.database.sql()?.number("SELECT COUNT(*) FROM payment")?;
    scene.close(u64::try_from(payments)?)
}

async fn goods(scene: &Scene) -> Result<(Signed<Offer>, Signed<Offer>)> {
    let expires_at = clock::now().saturating_add_millis(30 * DAY_MS);
    let ten = scene.town.offer("concert", "10.00").with(|offer| {
        offer.sale = Sale::Coupon;
        offer.coupon = Some(CouponTerms { expires_at, transferable: true });
    });
    Ok((scene.deposit(ten).await?, scene.deposit(scene.town.offer("concert", "3.00")).await?))
}

async fn instruct(scene: &Scene, who: &str, act: CouponAct) -> Result<Reply> {
    let authentication = by_app();
    let order = CouponOrder {
        request_id: RequestId::new(random::uuid()),
        consumer: ConsumerId::parse(who)?,
        act,
        created_at: authentication.authenticated_at,
        authentication,
    };
    scene.door().post(&scene.town.sign(who, order)?.document).await
}

async fn campaign(scene: &Scene) -> Result<CampaignId> {
    let campaign_id = CampaignId::new(random::uuid());
    let now = clock::now();
    let campaign = Campaign {
        campaign_id,
        merchant: MerchantId::parse("concert")?,
        title: Label::parse("Autumn")?,
        item: None,
        discount: Discount::Amount(euros("0.50")),
        coupons: 10,
        valid_from: now.saturating_add_millis(-60_000),
        valid_until: now.saturating_add_millis(DAY_MS),
    };
    let report = scene.door().post(&scene.town.sign("concert", campaign)?.document).await?.report()?;
    ensure!(report.state == State::Deposited, "deposited: {report:?}");
    Ok(campaign_id)
}

fn coupon(reply: &Reply, status: u16) -> Result<CouponReceipt> {
    ensure!(reply.status == status, "answered with {}", reply.status);
    coupon_of(reply)
}

fn coupon_of(reply: &Reply) -> Result<CouponReceipt> {
    match reply.message()? {
        Message::CouponReceipt(receipt) => Ok(receipt),
        other => bail!("no coupon: {other:?}"),
    }
}

fn pending(reply: &Reply) -> Result<()> {
    ensure!(reply.status == 202 && reply.report()?.state == State::Pending, "answered with {}", reply.status);
    Ok(())
}

/// Sends the same again until it is no longer pending.
async fn until(scene: &Scene, document: &[u8]) -> Result<Reply> {
    for _ in 0..300 {
        let reply = scene.door().post(document).await?;
        if reply.status != 202 {
            return Ok(reply);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("it stays pending:\n{}", scene.app.log())
}
