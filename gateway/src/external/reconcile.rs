//! Resolves attempts whose outcome is unknown, by asking the system, through the same `finish_attempt`.

use std::collections::HashMap;
use std::time::Duration;

use core_payment::{Attempt, Core, Outcome, ReadError, Reply};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use payment_domain::{AttemptId, Timestamp};
use tokio::sync::watch;

use super::connection::{Connection, millis};
use super::execute::count_outcome;
use super::{Executor, ExternalSystems};

/// How often to ask about one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first question.
    pub first: Duration,
    /// The longest pause. Pauses double up to it.
    pub longest: Duration,
}

/// Asks about pending attempts until each has an answer: after a crash between begin and finish, after a time-out,
/// after an answer that the core could not take. A system that is silent holds up nobody but itself.
pub struct Reconciler {
    rounds: Vec<Rounds>,
}

/// Asks one system.
struct Rounds {
    resolver: Resolver,
    connection: Connection,
    backoff: Backoff,
    asked: HashMap<AttemptId, Asked>,
}

/// Resolves one attempt.
#[derive(Clone)]
pub(super) struct Resolver {
    pub(super) core: Core,
    pub(super) executor: Executor,
    pub(super) time_limit: Duration,
}

/// When to ask about one attempt again.
#[derive(Debug, Clone, Copy)]
struct Asked {
    pause_ms: i64,
    again_at: Timestamp,
}

/// Attempts that one round looks at.
const MOST: usize = 10_000;

/// Questions to one system that are under way at a time.
const PARALLEL: usize = 8;

impl Reconciler {
    /// A question is given up, and asked again later, after `time_limit`, which is the executor's too. What follows
    /// from an end goes to the executor.
    #[must_use]
    pub fn new(
        core: &Core,
        systems: &ExternalSystems,
        executor: &Executor,
        backoff: Backoff,
        time_limit: Duration,
    ) -> Self {
        let resolver = Resolver { core: core.clone(), executor: executor.clone(), time_limit };
        let rounds = systems.connections().iter().map(|connection| Rounds {
            resolver: resolver.clone(),
            connection: connection.clone(),
            backoff,
            asked: HashMap::new(),
        });
        Self { rounds: rounds.collect() }
    }

    /// Works until `stop` becomes true. The first round takes every pending attempt, for nothing of a past life is
    /// still under way; later ones leave alone what began less than `grace` ago, for the executor still waits.
    pub async fn run(self, now: impl Fn() -> Timestamp, grace: Duration, stop: watch::Receiver<bool>) {
        let now = &now;
        join_all(self.rounds.into_iter().map(|rounds| rounds.run(now, grace, stop.clone()))).await;
    }

    /// Asks once about every attempt that is due. Returns how many were resolved.
    pub async fn round(&mut self, now: Timestamp, grace: Duration) -> usize {
        let resolved = join_all(self.rounds.iter_mut().map(|rounds| rounds.round(now, grace))).await;
        resolved.into_iter().fold(0, usize::saturating_add)
    }
}

impl Rounds {
    async fn run(mut self, now: &impl Fn() -> Timestamp, grace: Duration, mut stop: watch::Receiver<bool>) {
        self.round(now(), Duration::ZERO).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.backoff.first) => drop(self.round(now(), grace).await),
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    async fn round(&mut self, now: Timestamp, grace: Duration) -> usize {
        let pending = match self.pending(now.saturating_add_millis(millis(grace).saturating_neg())).await {
            Ok(pending) => pending,
            Err(error) => {
                tracing::warn!(%error, "pending attempts cannot be read now");
                return 0;
            }
        };
        let count = u32::try_from(pending.len()).unwrap_or(u32::MAX);
        metrics::gauge!("meteore_attempts_pending", "system" => self.connection.id()).set(count);
        let mut asked = std::mem::take(&mut self.asked);
        self.asked = pending.iter().filter_map(|attempt| asked.remove_entry(&attempt.id)).collect();
        let due = pending.into_iter().filter(|attempt| self.is_due(attempt.id, now)).collect::<Vec<_>>();
        for attempt in &due {
            self.postpone(attempt.id, now);
        }
        let (resolver, connection) = (&self.resolver, &self.connection);
        stream::iter(due)
            .map(|attempt| async move { resolver.resolve(connection, &attempt, now).await })
            .buffer_unordered(PARALLEL)
            .filter(|resolved| std::future::ready(*resolved))
            .count()
            .await
    }

    /// Every attempt that is pending at this system, page by page, up to [`MOST`].
    async fn pending(&self, before: Timestamp) -> Result<Vec<Attempt>, ReadError> {
        let (core, system) = (self.resolver.core.clone(), self.connection.id());
        let all = move || {
            let mut attempts = Vec::new();
            loop {
                let after = attempts.last().map(|last: &Attempt| last.id);
                let page = core.pending_attempts_at(system, before, after)?;
                let done = page.is_empty();
                attempts.extend(page);
                if done || attempts.len() >= MOST {
                    return Ok(attempts);
                }
            }
        };
        tokio::task::spawn_blocking(all).await.unwrap_or_else(|_| Ok(Vec::new()))
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

impl Resolver {
    /// Asks about one attempt. `now` was taken before the attempt was read. Returns whether it has ended.
    pub(super) async fn resolve(&self, connection: &Connection, attempt: &Attempt, now: Timestamp) -> bool {
        let outcome = connection.settle(attempt, self.time_limit, now).await;
        count_outcome(&outcome);
        let ends = matches!(outcome, Outcome::Approved { .. } | Outcome::Declined { .. });
        if outcome == Outcome::Unknown {
            return false;
        }
        match self.core.finish_attempt(attempt.id, outcome).await {
            Ok(reply) => {
                if ends {
                    tracing::info!(attempt = %attempt.id, system = %attempt.system, "attempt resolved");
                }
                if let Reply::Pending { attempt: Some(next), .. } = reply {
                    drop(self.executor.execute(*next).await);
                }
                ends
            }
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, %error, "an answer could not be booked yet");
                false
            }
        }
    }
}
