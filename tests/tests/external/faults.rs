//! The service has acted, and the answer is lost; or it never heard of it.

use std::time::Duration;

use anyhow::Result;
use payment_message::{Code, State};
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{FRED, GINA, Play, Stage};

on_each_database!(
    a_charge_whose_answer_was_lost_is_found_and_charged_once,
    a_decline_whose_answer_was_lost_is_found,
    a_refund_whose_answer_was_lost_is_given_once,
    a_charge_that_was_pending_in_a_crash_is_found_after_it,
    what_never_arrived_is_sent_again_once_the_first_request_is_given_up,
);

async fn a_charge_whose_answer_was_lost_is_found_and_charged_once(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    // Others' payments stand in the list before it.
    for _ in 0..3 {
        stage.scene.pay(&stage.order(FRED, "45.00").await?).await?;
    }
    let order = stage.order(FRED, "46.00").await?;
    stage.line.cut();
    let reply = stage.scene.order(&order).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    // The line stays cut: whatever is sent again would be charged again.
    stage.until(FRED, order.message.order_id, State::Accepted).await?;
    stage.scene.pay(&order).await?;
    let intents = stage.stripe.list("payment_intents").await?;
    let ours: Vec<_> = intents.iter().filter(|intent| intent["amount"] == json!(4600)).collect();
    assert_eq!((intents.len(), ours.len()), (4, 1), "charged once: {ours:#?}");
    assert_eq!(stage.scene.balance("concert")?, 181_000_000);
    stage.scene.close(4)
}

async fn a_decline_whose_answer_was_lost_is_found(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(GINA, "45.00").await?;
    stage.line.cut();
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    stage.until(GINA, order.message.order_id, State::Refused).await?;
    stage.scene.order(&order).await?.refused(402, Code::Declined)?;
    stage.stripe.only("payment_intents").await?;
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

async fn a_refund_whose_answer_was_lost_is_given_once(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    stage.scene.pay(&order).await?;
    let refund = stage.scene.town.refund(&order.message, "15.00").sign()?;
    stage.line.cut();
    let reply = stage.scene.door().post(&refund.document).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    assert_eq!(stage.scene.balance("concert")?, 30_000_000, "held until it is known");
    let receipt = stage.until_answered(&refund.document).await?.refund()?;
    assert_eq!(receipt.refunded_total, euros("15.00"));
    assert_eq!(stage.stripe.only("refunds").await?["amount"], json!(1500));
    assert_eq!(stage.scene.balance("concert")?, 30_000_000);
    stage.scene.close(1)
}

async fn a_charge_that_was_pending_in_a_crash_is_found_after_it(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    stage.line.cut();
    let asked = stage.scene.order(&order);
    // It has been sent, and nobody has asked about it yet.
    drop(tokio::time::timeout(Duration::from_millis(100), asked).await);
    stage.scene.app.kill()?;
    stage.line.mend();
    stage.scene.app.restart().await?;
    stage.scene.order(&order).await?;
    stage.until(FRED, order.message.order_id, State::Accepted).await?;
    stage.stripe.only("payment_intents").await?;
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.scene.close(1)
}

async fn what_never_arrived_is_sent_again_once_the_first_request_is_given_up(
    database: Database,
) -> Result<()> {
    let play = Play { time_limit_ms: 500, ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    stage.line.hold();
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    stage.line.mend();
    stage.until(FRED, order.message.order_id, State::Accepted).await?;
    stage.stripe.only("payment_intents").await?;
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.scene.close(1)
}
