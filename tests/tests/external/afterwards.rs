//! Events about what has ended: a charge that is disputed, a payout or refund that failed after all. Nothing is booked for
//! them by themselves, and none is forgotten: each waits once for a person, who can have it booked.

use anyhow::{Context as _, Result, ensure};
use payment_domain::OrderId;
use payment_message::{Code, Message, State};
use serde_json::{Value, json};
use tests::database::Database;
use tests::on_each_database;
use tests::stripe::{EVENT_SECRET, sign_event};
use tests::town::Signed;

use crate::captures::{authorised, capture};
use crate::stage::{FRED, JULE, NORA, Stage, text};
use crate::webhooks::{SILENT, post};

on_each_database!(
    a_dispute_waits_for_a_person_once,
    a_captured_payment_that_is_disputed_is_taken_back_as_far_as_it_was_captured,
    a_top_up_that_is_disputed_goes_back_and_its_payer_is_suspended,
    a_payout_that_failed_after_it_had_arrived_waits_for_a_person,
    a_failure_before_the_end_is_asked_about_and_no_break,
    a_refund_that_failed_after_all_waits_for_a_person,
);

async fn a_dispute_waits_for_a_person_once(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    stage.scene.pay(&stage.order(FRED, "45.00").await?).await?;
    let intent = stage.stripe.only("payment_intents").await?;
    let event = dispute("evt_1", &intent["id"]);
    let strange = sign_event("whsec_stranger", &event);
    ensure!(post(&stage.scene, &event, &strange).await?.status == 400, "a forged event was taken");
    assert_eq!(breaks(&stage)?, [""; 0]);
    for _ in 0..3 {
        ensure!(tell(&stage, &event).await? == 200);
        let [words] = &breaks(&stage)?[..] else { panic!("{:?}", breaks(&stage)?) };
        assert!(words.starts_with("charge.dispute.created at stripe about dp_1: attempt "), "{words}");
        assert!(words.ends_with(", charge of EUR 45.00 (order), is approved"), "{words}");
    }
    // Who bears it is not decided here.
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    let listed = stage.scene.app.say(&["reconcile", "--breaks"])?;
    assert!(listed.out.contains("charge.dispute.created") && listed.code == Some(1), "{}", listed.out);
    let resolved = stage.scene.app.say(&["reconcile", "--resolve", &listed_break(&stage)?])?;
    assert_eq!(resolved.code, Some(0), "{}", resolved.err);
    ensure!(tell(&stage, &event).await? == 200);
    assert_eq!(breaks(&stage)?, [""; 0], "what somebody has looked at came again");
    // Another event is another matter; one about what others use the account for is none.
    ensure!(tell(&stage, &dispute("evt_2", &intent["id"])).await? == 200);
    ensure!(tell(&stage, &dispute("evt_3", &json!("pi_strange"))).await? == 200);
    ensure!(tell(&stage, &dispute("evt_4", &Value::Null)).await? == 200);
    assert_eq!(breaks(&stage)?.len(), 1);
    let log = stage.scene.app.log();
    assert!(log.contains("what had ended is kept as a break") && log.contains("evt_3"), "{log}");
    // It is lost: a person says who bears it.
    let name = listed_break(&stage)?;
    let bearerless = stage.scene.app.say(&["reconcile", "--take-back", &name])?;
    assert!(bearerless.code == Some(2) && bearerless.err.contains("has to bear it"), "{}", bearerless.err);
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &name, "--borne-by", "merchant"])?;
    assert!(booked.ends_with("EUR 45.00 from the merchant, EUR 0.00 lost\n"), "{booked}");
    assert_eq!((stage.scene.balance("concert")?, breaks(&stage)?.len()), (0, 0));
    // One event more about the same has nothing left to book.
    ensure!(tell(&stage, &dispute("evt_5", &intent["id"])).await? == 200);
    let name = listed_break(&stage)?;
    let again = stage.scene.app.say(&["reconcile", "--take-back", &name, "--borne-by", "house"])?;
    assert!(again.code == Some(2) && again.err.contains("that it came back is booked"), "{}", again.err);
    stage.scene.close(1)
}

async fn a_captured_payment_that_is_disputed_is_taken_back_as_far_as_it_was_captured(
    database: Database,
) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = authorised(&stage).await?;
    let asked = capture(&stage, &order.message, "7.50")?;
    stage.scene.door().post(&asked.document).await?.receipt()?;
    let intent = stage.stripe.only("payment_intents").await?;
    ensure!(tell(&stage, &dispute("evt_9", &intent["id"])).await? == 200);
    let [words] = &breaks(&stage)?[..] else { panic!("{:?}", breaks(&stage)?) };
    assert!(words.ends_with(", capture of EUR 7.50 (capture), is approved"), "{words}");
    let name = listed_break(&stage)?;
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &name, "--borne-by", "merchant"])?;
    assert!(booked.ends_with("EUR 7.50 from the merchant, EUR 0.00 lost\n"), "{booked}");
    assert_eq!(stage.scene.balance("parking")?, 0);
    let refund = stage.scene.town.refund(&order.message, "0.01").sign()?;
    stage.scene.door().post(&refund.document).await?.refused(422, Code::RefundExceedsPayment)?;
    stage.scene.close(1)
}

async fn a_top_up_that_is_disputed_goes_back_and_its_payer_is_suspended(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(NORA), stage.scene.town.top_up(NORA, "25.00"))?;
    ensure!(stage.scene.door().post(&order.document).await?.status == 202);
    let asked = OrderId::from_bytes(*order.message.top_up_id.as_bytes());
    let intent = stage.until_to_be_confirmed(NORA, asked).await?;
    stage.stripe.confirm(&intent, true).await?;
    stage.until_answered(&order.document).await?;
    ensure!(tell(&stage, &dispute("evt_10", &intent["id"])).await? == 200);
    let name = listed_break(&stage)?;
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &name])?;
    assert!(booked.contains(" of EUR 25.00: taken back"), "{booked}");
    assert_eq!(stage.scene.balance(NORA)?, 10_000_000);
    let [words] = &breaks(&stage)?[..] else { panic!("{:?}", breaks(&stage)?) };
    assert!(words.contains("EUR 0.00 lost") && words.contains("suspended"), "{words}");
    stage.scene.close(0)
}

async fn a_payout_that_failed_after_it_had_arrived_waits_for_a_person(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open(database).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(JULE), stage.scene.town.redemption(JULE, "30.00"))?;
    ensure!(stage.scene.door().post(&order.document).await?.status == 202);
    let payout = stage.stripe.only("payouts").await?;
    stage.stripe.settle_payout(&payout, "paid").await?;
    let receipt = stage.until_answered(&order.document).await?.message()?;
    ensure!(matches!(receipt, Message::RedemptionReceipt(_)), "{receipt:?}");
    let event = about("evt_5", "payout.failed", &payout);
    for _ in 0..2 {
        ensure!(tell(&stage, &event).await? == 200);
    }
    let [words] = &breaks(&stage)?[..] else { panic!("{:?}", breaks(&stage)?) };
    assert!(words.ends_with(", payout of EUR 30.00 (redemption), is approved"), "{words}");
    assert_eq!(stage.scene.balance(JULE)?, 50_000_000);
    // A person has looked: the money is not there, and so it is on the account again.
    let name = listed_break(&stage)?;
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &name])?;
    assert!(booked.contains(" of EUR 30.00: taken back"), "{booked}");
    assert_eq!((stage.scene.balance(JULE)?, breaks(&stage)?.len()), (80_000_000, 0));
    stage.scene.close(0)
}

async fn a_failure_before_the_end_is_asked_about_and_no_break(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = Signed::by(&stage.scene.town.party(JULE), stage.scene.town.redemption(JULE, "30.00"))?;
    ensure!(stage.scene.door().post(&order.document).await?.status == 202);
    let payout = stage.stripe.only("payouts").await?;
    stage.stripe.settle_payout(&payout, "failed").await?;
    let event = about("evt_6", "payout.failed", &payout);
    // It has to come again: what becomes of it is not known yet. But it is asked about at once.
    ensure!(tell(&stage, &event).await? == 503);
    stage.until_answered(&order.document).await?.refused(402, Code::Declined)?;
    ensure!(tell(&stage, &event).await? == 200);
    assert_eq!(breaks(&stage)?, [""; 0]);
    assert_eq!(stage.scene.balance(JULE)?, 80_000_000);
    stage.scene.close(0)
}

async fn a_refund_that_failed_after_all_waits_for_a_person(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    stage.scene.pay(&order).await?;
    let refund = stage.scene.town.refund(&order.message, "15.00").sign()?;
    stage.scene.door().post(&refund.document).await?.refund()?;
    let given_back = stage.stripe.only("refunds").await?;
    let mut nameless = given_back.clone();
    nameless["metadata"] = json!({});
    // Known by our id in it, or by the name that the service gave it.
    for (count, event) in
        [(1, about("evt_7", "refund.failed", &given_back)), (2, about("evt_8", "refund.failed", &nameless))]
    {
        ensure!(tell(&stage, &event).await? == 200);
        let waiting = breaks(&stage)?;
        assert_eq!(waiting.len(), count, "{waiting:?}");
        for words in waiting {
            assert!(words.contains(text(&given_back["id"])?), "{words}");
            assert!(words.ends_with(", refund of EUR 15.00 (order), is approved"), "{words}");
        }
    }
    ensure!(stage.status(FRED, order.message.order_id).await?.state == State::Accepted);
    assert_eq!(stage.scene.balance("concert")?, 30_000_000);
    // It is the merchant's again, who can order another.
    let name = listed_break(&stage)?;
    let booked = stage.scene.app.command(&["reconcile", "--take-back", &name])?;
    assert!(booked.ends_with("a refund that did not arrive: EUR 15.00 to the merchant\n"), "{booked}");
    assert_eq!((stage.scene.balance("concert")?, breaks(&stage)?.len()), (45_000_000, 1));
    let refund = stage.scene.town.refund(&order.message, "45.00").sign()?;
    stage.scene.door().post(&refund.document).await?.refund()?;
    assert_eq!(stage.scene.balance("concert")?, 0);
    stage.scene.close(1)
}

/// That a charge is disputed.
fn dispute(event: &str, intent: &Value) -> String {
    let object = json!({
        "id": "dp_1", "object": "dispute", "charge": "ch_1", "payment_intent": intent, "metadata": {},
        "amount": 4500, "currency": "eur", "reason": "fraudulent",
    });
    about(event, "charge.dispute.created", &object)
}

pub(crate) fn about(event: &str, kind: &str, object: &Value) -> String {
    json!({ "id": event, "object": "event", "type": kind, "data": { "object": object } }).to_string()
}

/// Posts an event, genuinely signed, and returns the status.
pub(crate) async fn tell(stage: &Stage, event: &str) -> Result<u16> {
    Ok(post(&stage.scene, event, &sign_event(EVENT_SECRET, event)).await?.status.as_u16())
}

/// The name of the first break that is listed.
pub(crate) fn listed_break(stage: &Stage) -> Result<String> {
    let listed = stage.scene.app.say(&["reconcile", "--breaks"])?.out;
    let name = listed.split_whitespace().nth(1).map(|name| name.trim_end_matches(',').to_owned());
    name.with_context(|| listed)
}

/// What waits for a person.
fn breaks(stage: &Stage) -> Result<Vec<String>> {
    stage.scene.database.sql()?.words("SELECT words AS value FROM bank_break WHERE resolved_at IS NULL")
}
