//! What is in expired vouchers is taken while serving, where the policy lets anything expire at all.

use std::sync::Arc;
use std::time::Duration;

use core_payment::Core;
use core_payment::purse::ExpirePurses;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;

/// How often is looked; a voucher is good to the day, not to the minute.
const PAUSE: Duration = Duration::from_secs(600);
/// How many are taken in one batch.
const BATCH: u16 = 200;

/// Starts the worker, if it would ever have anything to do.
pub(crate) fn start(
    config: &Config,
    core: &Core,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let expires = config.policy()?.prepaid.expires_after_months.is_some();
    let (core, stop) = (core.clone(), stop.clone());
    Ok(expires.then(|| actix_web::rt::spawn(run(core, stop))))
}

async fn run(core: Core, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match core.perform(Arc::new(ExpirePurses { limit: BATCH })).await {
            Ok(done) if done.taken.is_empty() => PAUSE,
            Ok(done) => {
                tracing::info!(vouchers = done.taken.len(), "vouchers expired");
                Duration::ZERO
            }
            Err(error) => {
                tracing::warn!(%error, "vouchers were not looked at");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}
