//! Authorised first: captured in part, set free, never beyond.

use anyhow::Result;
use payment_domain::{CaptureId, CaptureOrder, MerchantId, PaymentOrder, VoidOrder};
use payment_message::{Code, State};
use serde_json::json;
use tests::clock;
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::town::{Signed, euros};

use crate::stage::{FRED, GINA, HUGO, Stage};

on_each_database!(
    a_part_is_captured_the_rest_is_set_free_and_the_part_can_be_given_back,
    a_capture_above_the_authorisation_never_reaches_the_service,
    what_was_set_free_is_not_captured,
    a_declined_card_authorises_nothing,
    an_authorisation_is_confirmed_by_the_consumer_too,
    a_capture_whose_answer_was_lost_is_made_once,
);

async fn authorise(stage: &Stage, who: &str) -> Result<Signed<PaymentOrder>> {
    let offer = stage.scene.town.offer("parking", "20.00").deferred();
    stage.order_for(who, offer).await
}

pub(crate) async fn authorised(stage: &Stage) -> Result<Signed<PaymentOrder>> {
    let order = authorise(stage, FRED).await?;
    let report = stage.scene.order(&order).await?.report()?;
    assert_eq!((report.state, report.amount), (State::Authorised, Some(euros("20.00"))));
    assert_eq!(stage.stripe.only("payment_intents").await?["status"], "requires_capture");
    Ok(order)
}

pub(crate) fn capture(stage: &Stage, order: &PaymentOrder, amount: &str) -> Result<Signed<CaptureOrder>> {
    let parking = stage.scene.town.party("parking");
    let (merchant, amount) = (MerchantId::new(parking.id.clone()), euros(amount));
    let (capture_id, created_at) = (CaptureId::new(random::uuid()), clock::now());
    Signed::by(&parking, CaptureOrder { capture_id, order_id: order.order_id, merchant, amount, created_at })
}

fn void(stage: &Stage, order: &PaymentOrder) -> Result<Signed<VoidOrder>> {
    let parking = stage.scene.town.party("parking");
    let merchant = MerchantId::new(parking.id.clone());
    let (void_id, created_at) = (CaptureId::new(random::uuid()), clock::now());
    Signed::by(&parking, VoidOrder { void_id, order_id: order.order_id, merchant, created_at })
}

async fn a_part_is_captured_the_rest_is_set_free_and_the_part_can_be_given_back(
    database: Database,
) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorised(&stage).await?;
    let asked = capture(&stage, &order.message, "7.50")?;
    let receipt = stage.scene.door().post(&asked.document).await?.receipt()?;
    assert_eq!(receipt.amount, euros("7.50"));
    let intent = stage.stripe.only("payment_intents").await?;
    assert_eq!(intent["status"], "succeeded");
    // This is how the service sets the rest free.
    assert_eq!(intent["latest_charge"]["amount_refunded"], json!(1250));
    assert_eq!(stage.scene.balance("parking")?, 7_500_000);
    let too_much = stage.scene.town.refund(&order.message, "7.51").sign()?;
    stage.scene.door().post(&too_much.document).await?.refused(422, Code::RefundExceedsPayment)?;
    let back = stage.scene.town.refund(&order.message, "7.50").sign()?;
    assert_eq!(stage.scene.door().post(&back.document).await?.refund()?.amount, euros("7.50"));
    assert_eq!(stage.scene.balance("parking")?, 0);
    stage.scene.close(1)
}

async fn a_capture_above_the_authorisation_never_reaches_the_service(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorised(&stage).await?;
    let asked = capture(&stage, &order.message, "20.01")?;
    stage.scene.door().post(&asked.document).await?.refused(422, Code::CaptureExceedsAuthorisation)?;
    assert_eq!(stage.stripe.only("payment_intents").await?["status"], "requires_capture");
    assert_eq!(stage.scene.balance("parking")?, 0);
    stage.scene.close(1)
}

async fn what_was_set_free_is_not_captured(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorised(&stage).await?;
    let report = stage.scene.door().post(&void(&stage, &order.message)?.document).await?.report()?;
    assert_eq!(report.state, State::Voided);
    assert_eq!(stage.stripe.only("payment_intents").await?["status"], "canceled");
    let late = capture(&stage, &order.message, "5.00")?;
    stage.scene.door().post(&late.document).await?.refused(409, Code::NotAuthorised)?;
    assert_eq!(stage.scene.balance("parking")?, 0);
    stage.scene.close(1)
}

async fn a_declined_card_authorises_nothing(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorise(&stage, GINA).await?;
    stage.scene.order(&order).await?.refused(402, Code::Declined)?;
    let late = capture(&stage, &order.message, "5.00")?;
    stage.scene.door().post(&late.document).await?.refused(409, Code::NotAuthorised)?;
    stage.scene.close(1)
}

async fn an_authorisation_is_confirmed_by_the_consumer_too(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorise(&stage, HUGO).await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    stage.stripe.confirm(&intent, true).await?;
    stage.until(HUGO, order.message.order_id, State::Authorised).await?;
    let asked = capture(&stage, &order.message, "20.00")?;
    stage.scene.door().post(&asked.document).await?.receipt()?;
    assert_eq!(stage.scene.balance("parking")?, 20_000_000);
    stage.scene.close(1)
}

async fn a_capture_whose_answer_was_lost_is_made_once(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = authorised(&stage).await?;
    let asked = capture(&stage, &order.message, "7.50")?;
    stage.line.cut();
    assert_eq!(stage.scene.door().post(&asked.document).await?.status, 202);
    stage.until(FRED, order.message.order_id, State::Accepted).await?;
    assert_eq!(stage.scene.door().post(&asked.document).await?.receipt()?.amount, euros("7.50"));
    let intent = stage.stripe.only("payment_intents").await?;
    assert_eq!(intent["latest_charge"]["amount_refunded"], json!(1250));
    assert_eq!(stage.scene.balance("parking")?, 7_500_000);
    stage.scene.close(1)
}
