//! Money into an account by a card that has to be confirmed, and out of a merchant's account over a line that loses answers.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use payment_domain::OrderId;
use payment_message::{Code, Message, State};
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;
use tests::stripe::id;
use tests::town::{Signed, euros};

use crate::afterwards::{about, listed_break, tell};
use crate::stage::{JULE, KIOSK, NORA, Play, Stage};

on_each_database!(
    a_top_up_is_credited_once_the_consumer_has_confirmed_it,
    a_top_up_that_was_not_confirmed_is_not_credited,
    a_payout_to_a_merchant_whose_answer_was_lost_is_asked_about_and_sent_once,
);

async fn a_top_up_is_credited_once_the_consumer_has_confirmed_it(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(NORA), stage.scene.town.top_up(NORA, "25.00"))?;
    let reply = stage.scene.door().post(&order.document).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    let intent =
        stage.until_to_be_confirmed(NORA, OrderId::from_bytes(*order.message.top_up_id.as_bytes())).await?;
    assert_eq!((&intent["amount"], &intent["status"]), (&json!(2500), &json!("requires_action")));
    assert_eq!(stage.scene.door().post(&order.document).await?.status, 202, "asked again, and charged again");
    assert_eq!(stage.scene.balance(NORA)?, 10_000_000, "credited before it was confirmed");
    stage.stripe.confirm(&intent, true).await?;
    let first = stage.until_answered(&order.document).await?;
    match first.message()? {
        Message::TopUpReceipt(receipt) => assert_eq!(receipt.balance, euros("35.00")),
        other => bail!("answered with {:?}", other.kind()),
    }
    assert_eq!(stage.scene.door().post(&order.document).await?.body, first.body);
    assert_eq!(stage.scene.balance(NORA)?, 35_000_000);
    assert_eq!(id(&stage.stripe.only("payment_intents").await?)?, id(&intent)?);
    stage.scene.close(0)
}

async fn a_top_up_that_was_not_confirmed_is_not_credited(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(NORA), stage.scene.town.top_up(NORA, "25.00"))?;
    assert_eq!(stage.scene.door().post(&order.document).await?.status, 202);
    let intent =
        stage.until_to_be_confirmed(NORA, OrderId::from_bytes(*order.message.top_up_id.as_bytes())).await?;
    stage.stripe.confirm(&intent, false).await?;
    stage.until_answered(&order.document).await?.refused(402, Code::Declined)?;
    assert_eq!(stage.scene.balance(NORA)?, 10_000_000);
    stage.stripe.only("payment_intents").await?;
    stage.scene.close(0)
}

async fn a_payout_to_a_merchant_whose_answer_was_lost_is_asked_about_and_sent_once(
    database: Database,
) -> Result<()> {
    let play =
        Play { time_limit_ms: 500, routes: "[aggregation.fees]\nminimum = '0.01'\n", ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    let order = stage.order_for(JULE, stage.scene.town.offer(KIOSK, "5.00")).await?;
    stage.scene.pay(&order).await?;
    // From now on the service pays out, and nobody hears of it.
    stage.line.cut();
    let closed = stage.scene.app.say(&["close-period", "--all", "--of", "merchants"])?;
    ensure!(
        closed.code == Some(0) && closed.out.contains("EUR 4.90 to merchants"),
        "{}{}",
        closed.out,
        closed.err
    );
    let mut payouts = Vec::new();
    for _ in 0..300 {
        payouts = stage.stripe.list("payouts").await?;
        if !payouts.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let [payout] = &payouts[..] else { bail!("never sent:\n{}", stage.scene.app.log()) };
    assert_eq!((&payout["amount"], &payout["status"]), (&json!(490), &json!("pending")));
    // It is asked about all the time, and nothing is sent again, nor booked before it has arrived.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(id(&stage.stripe.only("payouts").await?)?, id(payout)?);
    assert_eq!(state(&stage)?, "pending");
    stage.stripe.settle_payout(payout, "paid").await?;
    for _ in 0..300 {
        if state(&stage)? == "paid" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(state(&stage)?, "paid", "{}", stage.scene.app.log());
    assert_eq!(id(&stage.stripe.only("payouts").await?)?, id(payout)?);
    assert_eq!((stage.scene.balance(KIOSK)?, stage.attempts_at("stripe")?), (0, 1));
    // It failed after all: a person has it booked, and it is payable again.
    ensure!(tell(&stage, &about("evt_11", "payout.failed", payout)).await? == 200);
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &listed_break(&stage)?])?;
    assert!(booked.contains(" of EUR 4.90: taken back"), "{booked}");
    assert_eq!((stage.scene.balance(KIOSK)?, state(&stage)?.as_str()), (4_900_000, "returned"));
    stage.scene.app.command(&["audit"])?;
    stage.scene.close(1)
}

/// What became of the only payout.
fn state(stage: &Stage) -> Result<String> {
    let states = stage.scene.database.sql()?.words("SELECT state AS value FROM payout")?;
    match &states[..] {
        [state] => Ok(state.clone()),
        other => bail!("{} payouts instead of one", other.len()),
    }
}
