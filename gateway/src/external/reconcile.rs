//! Resolves attempts whose outcome is unknown, by asking the system, through the same `finish_attempt`.

use std::collections::HashMap;
use std::time::Duration;

use core_payment::{Attempt, Core, Outcome};
use futures_util::StreamExt as _;
use futures_util::stream;
use payment_domain::{AttemptId, Timestamp};
use tokio::sync::watch;

use super::ExternalSystems;
use super::execute::count_outcome;

/// How often to ask about one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first question.
    pub first: Duration,
    /// The longest pause. Pauses double up to it.
    pub longest: Duration,
}

/// Asks about pending attempts until each has an answer: after a crash between begin and finish, after a time-out,
/// after an answer that the core could not take.
pub struct Reconciler {
    core: Core,
    systems: ExternalSystems,
    backoff: Backoff,
    time_limit: Duration,
    asked: HashMap<AttemptId, Asked>,
}

/// When to ask about one attempt again.
#[derive(Debug, Clone, Copy)]
struct Asked {
    pause_ms: i64,
    again_at: Timestamp,
}

/// Attempts that one round looks at.
const MOST: usize = 10_000;

/// Questions that are under way at a time.
const PARALLEL: usize = 8;

impl Reconciler {
    /// A question is given up, and asked again later, after `time_limit`.
    #[must_use]
    pub fn new(core: Core, systems: ExternalSystems, backoff: Backoff, time_limit: Duration) -> Self {
        Self { core, systems, backoff, time_limit, asked: HashMap::new() }
    }

    /// Works until `stop` becomes true. The first round takes every pending attempt, for nothing of a past life is
    /// still under way; later ones leave alone what began less than `grace` ago, for the executor still waits.
    pub async fn run(
        mut self,
        now: impl Fn() -> Timestamp,
        grace: Duration,
        mut stop: watch::Receiver<bool>,
    ) {
        self.round(now(), Duration::ZERO).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.backoff.first) => drop(self.round(now(), grace).await),
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// Asks once about every attempt that is due. Returns how many were resolved.
    pub async fn round(&mut self, now: Timestamp, grace: Duration) -> usize {
        let pending = match self.pending(now.saturating_add_millis(millis(grace).saturating_neg())).await {
            Ok(pending) => pending,
            Err(error) => {
                tracing::warn!(%error, "pending attempts cannot be read now");
                return 0;
            }
        };
        metrics::gauge!("meteore_attempts_pending").set(u32::try_from(pending.len()).unwrap_or(u32::MAX));
        self.asked.retain(|id, _| pending.iter().any(|attempt| attempt.id == *id));
        let due = pending.into_iter().filter(|attempt| self.is_due(attempt.id, now)).collect::<Vec<_>>();
        for attempt in &due {
            self.postpone(attempt.id, now);
        }
        let this = &self;
        stream::iter(due)
            .map(|attempt| async move { this.resolve(&attempt).await })
            .buffer_unordered(PARALLEL)
            .filter(|resolved| std::future::ready(*resolved))
            .count()
            .await
    }

    /// Every pending attempt, page by page, up to [`MOST`].
    async fn pending(&self, before: Timestamp) -> Result<Vec<Attempt>, core_payment::ReadError> {
        let core = self.core.clone();
        let all = move || {
            let mut attempts = Vec::new();
            loop {
                let page = core.pending_attempts(before, attempts.last().map(|last: &Attempt| last.id))?;
                let done = page.is_empty();
                attempts.extend(page);
                if done || attempts.len() >= MOST {
                    return Ok(attempts);
                }
            }
        };
        tokio::task::spawn_blocking(all).await.unwrap_or_else(|_| Ok(Vec::new()))
    }

    async fn resolve(&self, attempt: &Attempt) -> bool {
        let Some(connection) = self.systems.connection(&attempt.system) else {
            tracing::error!(attempt = %attempt.id, system = %attempt.system, "no such external system");
            return false;
        };
        let outcome = connection.settle(attempt, self.time_limit).await;
        count_outcome(&outcome);
        if matches!(outcome, Outcome::Unknown) {
            return false;
        }
        match self.core.finish_attempt(attempt.id, outcome).await {
            Ok(_) => {
                tracing::info!(attempt = %attempt.id, system = %attempt.system, "attempt resolved");
                true
            }
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, %error, "an answer could not be booked yet");
                false
            }
        }
    }

    fn is_due(&self, id: AttemptId, now: Timestamp) -> bool {
        self.asked.get(&id).is_none_or(|asked| asked.again_at <= now)
    }

    fn postpone(&mut self, id: AttemptId, now: Timestamp) {
        let (first, longest) = (millis(self.backoff.first), millis(self.backoff.longest));
        let pause_ms =
            self.asked.get(&id).map_or(first, |asked| asked.pause_ms.saturating_mul(2)).min(longest);
        self.asked.insert(id, Asked { pause_ms, again_at: now.saturating_add_millis(pause_ms) });
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
