//! What is in expired vouchers is taken while serving, where the policy lets anything expire at all.

use std::sync::Arc;
use std::time::Duration;

use core_payment::Core;
use core_payment::purse::ExpirePurses;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often is looked; a voucher is good to the day, not to the minute.
const PAUSE: Duration = Duration::from_secs(600);
/// How many are taken in one batch.
const BATCH: u16 = 200;

/// Starts the worker. It always runs: two operators may put a policy into force by which vouchers expire.
pub(crate) fn start(core: &Core, stop: &watch::Receiver<bool>) -> JoinHandle<()> {
    actix_web::rt::spawn(run(core.clone(), stop.clone()))
}

async fn run(core: Core, mut stop: watch::Receiver<bool>) {
    loop {
        let pause =
            if core.policy().prepaid.expires_after_months.is_some() { expire(&core).await } else { PAUSE };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes what has expired, and says when to look again.
async fn expire(core: &Core) -> Duration {
    match core.perform(Arc::new(ExpirePurses { limit: BATCH })).await {
        Ok(done) if done.taken.is_empty() => PAUSE,
        Ok(done) => {
            tracing::info!(vouchers = done.taken.len(), "vouchers expired");
            Duration::ZERO
        }
        Err(error) => {
            tracing::warn!(%error, "vouchers were not looked at");
            PAUSE
        }
    }
}
