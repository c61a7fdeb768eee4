//! Hints from outside that something may have become of an attempt: the system is asked now, not later.
//!
//! A hint is believed in nothing else. So one that is forged, repeated, out of order or early costs a question at most,
//! and never one more than every [`PAUSE`] for one attempt. If there are too many they are dropped: the
//! [`Reconciler`](super::Reconciler) asks anyway.

use std::collections::BTreeSet;
use std::time::Duration;

use core_payment::{Attempt, Core};
use futures_util::future::join_all;
use payment_domain::{AttemptId, Timestamp};
use tokio::sync::{mpsc, watch};

use super::reconcile::Resolver;
use super::{Executor, ExternalSystems};

/// Where hints are dropped.
#[derive(Clone)]
pub struct Hints(mpsc::Sender<AttemptId>);

/// Asks the systems about what was hinted at.
pub struct HintWorker {
    resolver: Resolver,
    systems: ExternalSystems,
    hinted: mpsc::Receiver<AttemptId>,
}

/// Hints that may wait.
const MOST_WAITING: usize = 1024;
/// Questions that are under way at a time.
const PARALLEL: usize = 8;
/// Hints of this long are taken together.
const PAUSE: Duration = Duration::from_millis(50);

impl Hints {
    /// Something may have become of this attempt.
    pub fn about(&self, attempt: AttemptId) {
        if self.0.try_send(attempt).is_err() {
            metrics::counter!("meteore_hints_dropped_total").increment(1);
        }
    }
}

impl HintWorker {
    /// A worker, and where its hints are dropped.
    #[must_use]
    pub fn new(
        core: &Core,
        systems: &ExternalSystems,
        executor: &Executor,
        time_limit: Duration,
    ) -> (Self, Hints) {
        let (hints, hinted) = mpsc::channel(MOST_WAITING);
        let resolver = Resolver { core: core.clone(), executor: executor.clone(), time_limit };
        (Self { resolver, systems: systems.clone(), hinted }, Hints(hints))
    }

    /// Works until `stop` becomes true.
    pub async fn run(mut self, now: impl Fn() -> Timestamp, mut stop: watch::Receiver<bool>) {
        loop {
            let mut some = Vec::new();
            tokio::select! {
                count = self.hinted.recv_many(&mut some, PARALLEL) => if count == 0 { return },
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
            let distinct: BTreeSet<AttemptId> = some.into_iter().collect();
            join_all(distinct.into_iter().map(|id| self.look(id, now()))).await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look(&self, id: AttemptId, now: Timestamp) {
        let Some(attempt) = self.pending(id).await else { return };
        if let Some(connection) = self.systems.connection(&attempt.system) {
            self.resolver.resolve(connection, &attempt, now).await;
        }
    }

    /// The attempt, if there is one of this id and it has not ended.
    async fn pending(&self, id: AttemptId) -> Option<Attempt> {
        let core = self.resolver.core.clone();
        match tokio::task::spawn_blocking(move || core.pending_attempt(id)).await {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a pending attempt cannot be read now");
                None
            }
            Err(_) => None,
        }
    }
}
