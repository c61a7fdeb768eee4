//! What an operator watches: metrics on the loopback port, and the second engine's opinion of live traffic (R32).

use std::time::Duration;

use anyhow::{Result, ensure};
use payment_message::Code;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;

on_each_database!(the_metrics_tell_what_was_answered_and_that_both_engines_agree);

async fn the_metrics_tell_what_was_answered_and_that_both_engines_agree(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    for _ in 0..12 {
        scene.pay(&scene.town.order(&offer).sign()?).await?;
    }
    let dear = scene.town.order(&offer).amount("0.003").sign()?;
    scene.order(&dear).await?.refused(422, Code::AmountDiffers)?;

    // One message in four is verified a second time, on a thread of its own.
    let mut agreed = 0;
    for _ in 0..100 {
        agreed = figure(&scene.app.metrics()?, "meteore_shadow_verifications_total", "agreed");
        if agreed >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(agreed >= 3, "{agreed} second opinions");
    let metrics = scene.app.metrics()?;
    assert_eq!(figure(&metrics, "meteore_shadow_verifications_total", "disagreed"), 0);
    assert_eq!(figure(&metrics, "meteore_messages_total", "accepted"), 12);
    assert_eq!(figure(&metrics, "meteore_messages_total", "amount-differs"), 1);
    for name in ["meteore_request_duration_seconds", "meteore_verify_duration_seconds", "meteore_batch_size"]
    {
        ensure!(metrics.contains(name), "no {name}");
    }
    ensure!(!scene.app.log().contains("signature-engines-disagree"), "an alarm");
    scene.close(12)
}

/// The sum of a counter over all its series with this result.
fn figure(metrics: &str, name: &str, result: &str) -> u64 {
    let result = format!("result=\"{result}\"");
    let series = metrics.lines().filter(|line| line.starts_with(name) && line.contains(&result));
    series.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}
