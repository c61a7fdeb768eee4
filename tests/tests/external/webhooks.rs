//! Events of the service: they make us ask at once, and are believed in nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use payment_message::State;
use serde_json::{Value, json};
use tests::database::Database;
use tests::door::Reply;
use tests::on_each_database;
use tests::scene::Scene;
use tests::stripe::{EVENT_SECRET, sign_event};

use crate::stage::{FRED, HUGO, Play, Stage, text};

on_each_database!(
    an_event_of_the_service_makes_us_ask_at_once,
    an_event_that_is_early_or_lies_books_nothing,
    an_event_that_is_repeated_or_out_of_order_books_nothing_more,
    a_forged_event_is_refused,
    without_a_secret_there_is_nothing_to_post_to,
);

/// Nobody asks by himself within any test.
pub(crate) const SILENT: Play = Play {
    base_url: None,
    routes: "",
    ask_again_ms: 600_000,
    time_limit_ms: 5_000,
    action_limit_ms: 600_000,
};

async fn an_event_of_the_service_makes_us_ask_at_once(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let url = format!("{}/webhooks/stripe", stage.scene.door().url());
    stage.stripe.post_events_to(&url).await?;
    let order = stage.order(HUGO, "45.00").await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    let start = Instant::now();
    stage.stripe.confirm(&intent, true).await?;
    stage.until(HUGO, order.message.order_id, State::Accepted).await?;
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.scene.close(1)
}

async fn an_event_that_is_early_or_lies_books_nothing(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = stage.order(HUGO, "45.00").await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    // Genuinely signed, and not true yet.
    let event = event("payment_intent.succeeded", &intent, "succeeded")?;
    assert_eq!(post(&stage.scene, &event, &sign_event(EVENT_SECRET, &event)).await?.status, 200);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stage.status(HUGO, order.message.order_id).await?.state, State::Pending);
    assert_eq!(stage.scene.balance("concert")?, 0);
    // It is the truth now, and the other secret signs as well.
    stage.stripe.confirm(&intent, true).await?;
    assert_eq!(post(&stage.scene, &event, &sign_event("whsec_next_one", &event)).await?.status, 200);
    stage.until(HUGO, order.message.order_id, State::Accepted).await?;
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.scene.close(1)
}

async fn an_event_that_is_repeated_or_out_of_order_books_nothing_more(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = stage.order(FRED, "45.00").await?;
    let receipt = stage.scene.order(&order).await?;
    receipt.receipt()?;
    let intent = stage.stripe.only("payment_intents").await?;
    for (kind, status) in [
        ("payment_intent.succeeded", "succeeded"),
        ("payment_intent.succeeded", "succeeded"),
        ("payment_intent.payment_failed", "requires_payment_method"),
        ("payment_intent.created", "requires_confirmation"),
    ] {
        let event = event(kind, &intent, status)?;
        let header = sign_event(EVENT_SECRET, &event);
        for _ in 0..5 {
            assert_eq!(post(&stage.scene, &event, &header).await?.status, 200);
        }
    }
    let nothing_of_ours = r#"{"type":"customer.created","data":{"object":{"object":"customer"}}}"#;
    let header = sign_event(EVENT_SECRET, nothing_of_ours);
    assert_eq!(post(&stage.scene, nothing_of_ours, &header).await?.status, 200);
    let unknown = nothing_of_ours.replace("\"customer\"}", r#""customer","metadata":{"attempt":"12345"}}"#);
    assert_eq!(post(&stage.scene, &unknown, &sign_event(EVENT_SECRET, &unknown)).await?.status, 200);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.scene.order(&order).await?.body, receipt.body);
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.stripe.only("payment_intents").await?;
    stage.scene.close(1)
}

async fn a_forged_event_is_refused(database: Database) -> Result<()> {
    let Some(mut stage) = Stage::open_with(database, SILENT).await? else { return Ok(()) };
    let order = stage.order(HUGO, "45.00").await?;
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    let intent = stage.until_to_be_confirmed(HUGO, order.message.order_id).await?;
    let event = event("payment_intent.succeeded", &intent, "succeeded")?;
    let genuine = sign_event(EVENT_SECRET, &event);
    let altered = event.replace("4500", "1");
    let old = genuine.replacen("t=1", "t=0", 1);
    let large = format!("{event}{}", " ".repeat(300 * 1024));
    for (body, header, status) in [
        (&event, sign_event("whsec_stranger", &event), 400),
        (&altered, genuine.clone(), 400),
        (&event, old, 400),
        (&event, String::new(), 400),
        (&large, sign_event(EVENT_SECRET, &large), 413),
    ] {
        assert_eq!(post(&stage.scene, body, &header).await?.status, status, "{header}");
    }
    let got = stage.scene.door().fetch("/webhooks/stripe").await?;
    assert_eq!((got.status.as_u16(), got.headers["allow"].to_str()?), (405, "POST"));
    assert_eq!(stage.status(HUGO, order.message.order_id).await?.state, State::Pending);
    assert_eq!(stage.scene.balance("concert")?, 0);
    let log = stage.scene.app.log();
    assert!(log.contains("webhook refused") && !log.contains(text(&intent["id"])?), "{log}");
    stage.scene.close(1)
}

async fn without_a_secret_there_is_nothing_to_post_to(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    assert_eq!(post(&scene, "{}", &sign_event(EVENT_SECRET, "{}")).await?.status, 404);
    scene.close(0)
}

/// An event as the service would write it, about this intent in this state.
fn event(kind: &str, intent: &Value, status: &str) -> Result<String> {
    let mut object = intent.clone();
    *object.get_mut("status").context("status")? = json!(status);
    Ok(json!({ "id": "evt_1", "object": "event", "type": kind, "data": { "object": object } }).to_string())
}

pub(crate) async fn post(scene: &Scene, body: &str, signature: &str) -> Result<Reply> {
    let request = Request::post("/webhooks/stripe")
        .header("host", "localhost")
        .header("stripe-signature", signature)
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
    scene.door().connect().await?.send(request).await
}
