//! What is left of expired coupons is taken while serving.

use std::sync::Arc;
use std::time::Duration;

use core_payment::Core;
use core_payment::coupon::ExpireCoupons;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often is looked. A coupon that is overdue pays nothing, whether it was taken yet or not.
const PAUSE: Duration = Duration::from_secs(600);
/// How many are taken in one batch.
const BATCH: u16 = 200;

/// Starts the worker.
pub(crate) fn start(core: &Core, stop: &watch::Receiver<bool>) -> JoinHandle<()> {
    actix_web::rt::spawn(run(core.clone(), stop.clone()))
}

async fn run(core: Core, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match core.perform(Arc::new(ExpireCoupons { most: BATCH })).await {
            Ok(done) => {
                if done.count > 0 {
                    tracing::info!(coupons = done.count, "coupons expired");
                }
                // Those that could not be locked are left for the next look, not for the next instant.
                if done.more && done.count > 0 { Duration::ZERO } else { PAUSE }
            }
            Err(error) => {
                tracing::warn!(%error, "coupons were not looked at");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}
