//! Charged, declined, confirmed by the consumer, given back, paid out.

use anyhow::Result;
use payment_domain::{Funding, Mode};
use payment_message::{Code, Message, State};
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;
use tests::stripe::id;
use tests::town::{Signed, euros};

use crate::stage::{FRED, GINA, HUGO, JULE, Play, Stage};

on_each_database!(
    a_saved_card_is_charged_once_and_the_service_learns_nothing_of_the_purchase,
    a_repeated_order_is_not_charged_again,
    a_declined_card_moves_nothing_and_stays_declined,
    a_card_that_must_be_confirmed_is_charged_after_the_consumer_has_confirmed,
    a_card_that_was_not_confirmed_is_not_charged,
    a_card_that_nobody_confirms_is_cancelled_and_declined,
    an_amount_finer_than_a_cent_is_refused_before_anything_is_sent,
    what_was_charged_is_given_back_in_parts_and_never_beyond,
    money_from_an_account_is_paid_out_when_the_payout_has_arrived,
    a_payout_that_comes_back_stays_on_the_account,
);

async fn a_saved_card_is_charged_once_and_the_service_learns_nothing_of_the_purchase(
    database: Database,
) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    let receipt = stage.scene.pay(&order).await?;
    assert_eq!((receipt.mode, receipt.funding), (Mode::Single, Funding::External));
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    let intent = stage.stripe.only("payment_intents").await?;
    assert_eq!(intent["status"], "succeeded");
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(4500), &json!("eur")));
    let metadata = intent["metadata"].as_object().expect("metadata");
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["attempt"]);
    let shown = intent.to_string();
    for secret in ["concert", "fred", &order.message.order_id.to_string()] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    stage.scene.close(1)
}

async fn a_repeated_order_is_not_charged_again(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    let first = stage.scene.order(&order).await?;
    first.receipt()?;
    assert_eq!(stage.scene.order(&order).await?.body, first.body);
    stage.stripe.only("payment_intents").await?;
    stage.scene.close(1)
}

async fn a_declined_card_moves_nothing_and_stays_declined(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(GINA, "45.00").await?;
    let first = stage.scene.order(&order).await?;
    first.refused(402, Code::Declined)?;
    assert_eq!(stage.scene.order(&order).await?.body, first.body, "the same refusal again");
    assert_eq!(stage.status(GINA, order.message.order_id).await?.state, State::Refused);
    assert_eq!(stage.stripe.only("payment_intents").await?["status"], "requires_payment_method");
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn a_card_that_must_be_confirmed_is_charged_after_the_consumer_has_confirmed(
    database: Database,
) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(HUGO, "45.00").await?;
    let reply = stage.scene.order(&order).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    assert_eq!(stage.scene.balance("concert")?, 0, "nothing is credited before it is confirmed");
    stage.stripe.confirm(&intent, true).await?;
    let report = stage.until(HUGO, order.message.order_id, State::Accepted).await?;
    assert_eq!(report.action_url, None, "there is nothing to confirm any more");
    stage.scene.pay(&order).await?;
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    assert_eq!(id(&stage.stripe.only("payment_intents").await?)?, id(&intent)?);
    stage.scene.close(1)
}

async fn a_card_that_was_not_confirmed_is_not_charged(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(HUGO, "45.00").await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    stage.stripe.confirm(&intent, false).await?;
    stage.until(HUGO, order.message.order_id, State::Refused).await?;
    stage.scene.order(&order).await?.refused(402, Code::Declined)?;
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn a_card_that_nobody_confirms_is_cancelled_and_declined(database: Database) -> Result<()> {
    let play = Play { action_limit_ms: 1_500, ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    let order = stage.order(HUGO, "45.00").await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    stage.until(HUGO, order.message.order_id, State::Refused).await?;
    let intent = stage.stripe.only("payment_intents").await?;
    assert_eq!(intent["status"], "canceled");
    assert!(stage.stripe.confirm(&intent, true).await.is_err(), "nobody can confirm it any more");
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn an_amount_finer_than_a_cent_is_refused_before_anything_is_sent(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.005").await?;
    stage.scene.order(&order).await?.refused(402, Code::Declined)?;
    assert_eq!(stage.stripe.list("payment_intents").await?.len(), 0);
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn what_was_charged_is_given_back_in_parts_and_never_beyond(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    stage.scene.pay(&order).await?;
    let refund = stage.scene.town.refund(&order.message, "15.00").sign()?;
    let first = stage.scene.door().post(&refund.document).await?;
    assert_eq!(first.refund()?.refunded_total, euros("15.00"));
    assert_eq!(stage.scene.door().post(&refund.document).await?.body, first.body);
    // The service would give back more than it took; we do not let it come to that.
    let too_much = stage.scene.town.refund(&order.message, "30.01").sign()?;
    stage.scene.door().post(&too_much.document).await?.refused(422, Code::RefundExceedsPayment)?;
    let given_back = stage.stripe.only("refunds").await?;
    assert_eq!((&given_back["amount"], &given_back["status"]), (&json!(1500), &json!("succeeded")));
    let the_rest = stage.scene.town.refund(&order.message, "30.00").sign()?;
    assert_eq!(stage.scene.door().post(&the_rest.document).await?.refund()?.refunded_total, euros("45.00"));
    assert_eq!(stage.stripe.list("refunds").await?.len(), 2);
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn money_from_an_account_is_paid_out_when_the_payout_has_arrived(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(JULE), stage.scene.town.redemption(JULE, "30.00"))?;
    let reply = stage.scene.door().post(&order.document).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    assert_eq!(stage.scene.balance(JULE)?, 50_000_000, "on its way");
    let payout = stage.stripe.only("payouts").await?;
    assert_eq!((&payout["amount"], &payout["status"]), (&json!(3000), &json!("pending")));
    stage.stripe.settle_payout(&payout, "paid").await?;
    let receipt = stage.until_answered(&order.document).await?.message()?;
    assert!(matches!(receipt, Message::RedemptionReceipt(_)), "{receipt:?}");
    assert_eq!(stage.scene.balance(JULE)?, 50_000_000);
    stage.stripe.only("payouts").await?;
    stage.scene.close(0)
}

async fn a_payout_that_comes_back_stays_on_the_account(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(JULE), stage.scene.town.redemption(JULE, "30.00"))?;
    assert_eq!(stage.scene.door().post(&order.document).await?.status, 202);
    let payout = stage.stripe.only("payouts").await?;
    stage.stripe.settle_payout(&payout, "failed").await?;
    stage.until_answered(&order.document).await?.refused(402, Code::Declined)?;
    assert_eq!(stage.scene.balance(JULE)?, 80_000_000);
    stage.scene.close(0)
}
