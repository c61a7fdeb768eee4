//! Runs attempts, with no database transaction open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use core_payment::{Attempt, Core, Outcome, Reply, SubmitError};
use tokio::sync::{Semaphore, oneshot};

use super::ExternalSystems;
use super::connection::{Sent, millis};

/// How an attempt went, as far as the caller could wait.
#[derive(Debug)]
pub enum Execution {
    /// The system answered, and the core has booked the answer.
    Finished(Result<Reply, SubmitError>),
    /// No answer yet: it stays pending. What was begun goes on in the background.
    Waiting,
}

/// Runs the attempts that the core hands out.
#[derive(Clone)]
pub struct Executor {
    core: Core,
    systems: ExternalSystems,
    wait: Duration,
    time_limit: Duration,
    running: Arc<Semaphore>,
}

impl Executor {
    /// Answers are waited for up to `wait`; a request is given up, and left to the reconciler, after `time_limit`.
    /// At most `parallel` run at a time; what is above that is left to the reconciler too.
    #[must_use]
    pub fn new(
        core: Core,
        systems: ExternalSystems,
        wait: Duration,
        time_limit: Duration,
        parallel: usize,
    ) -> Self {
        Self { core, systems, wait, time_limit, running: Arc::new(Semaphore::new(parallel)) }
    }

    /// Runs one attempt, and those that follow from its end. It goes on when the caller stops waiting, or goes away: an
    /// order that was begun is finished.
    pub async fn execute(&self, attempt: Attempt) -> Execution {
        let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() else { return Execution::Waiting };
        let (answer, answered) = oneshot::channel();
        let this = self.clone();
        tokio::spawn(async move {
            let execution = this.run(attempt).await;
            drop(permit);
            // Nobody waits any more: the reply is stored, and given to whoever asks.
            drop(answer.send(execution));
        });
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(execution)) => execution,
            Ok(Err(_)) | Err(_) => Execution::Waiting,
        }
    }

    async fn run(&self, mut attempt: Attempt) -> Execution {
        loop {
            let outcome = self.ask(&mut attempt).await;
            count_outcome(&outcome);
            if outcome == Outcome::Unknown {
                return Execution::Waiting;
            }
            match self.core.finish_attempt(attempt.id, outcome).await {
                Ok(Reply::Pending { attempt: Some(next), .. }) => attempt = *next,
                booked => return Execution::Finished(booked),
            }
        }
    }

    /// Asks the attempt's system; if that has not seen a byte, the next one of the route. All of it within the limit.
    async fn ask(&self, attempt: &mut Attempt) -> Outcome {
        let begun = Instant::now();
        loop {
            let Some(connection) = self.systems.connection(&attempt.system) else {
                if !self.systems.is_by_files(&attempt.system) {
                    tracing::error!(attempt = %attempt.id, system = %attempt.system, "no such external system");
                }
                return Outcome::Unknown;
            };
            let time_left = self.time_limit.saturating_sub(begun.elapsed());
            match connection.send(attempt, time_left).await {
                Sent::Perhaps(outcome) => return outcome,
                Sent::Not => match self.next_system(attempt).await {
                    Some(next) => attempt.system = next,
                    None => return Outcome::Unknown,
                },
            }
        }
    }

    /// The next system of the attempt's route, once it is on record that the attempt goes there. An attempt handed out
    /// by the core has never been sent before: only here is it certain that no other system has it.
    async fn next_system(&self, attempt: &Attempt) -> Option<String> {
        let routed = self.core.next_system(attempt)?.to_owned();
        if !self.systems.can(&routed, attempt.operation) {
            return None;
        }
        // Later the reconciler may be asking the first system, and find that the attempt never arrived.
        let before = attempt.started_at.saturating_add_millis(millis(self.time_limit));
        match self.core.reroute_attempt(attempt.id, &attempt.system, &routed, before).await {
            Ok(true) => {
                tracing::warn!(attempt = %attempt.id, from = %attempt.system, to = %routed, "attempt goes elsewhere");
                metrics::counter!("meteore_attempts_rerouted_total").increment(1);
                Some(routed)
            }
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, %error, "the other route cannot be recorded now");
                None
            }
        }
    }
}

/// Counts what external systems said, for `/metrics`.
pub(super) fn count_outcome(outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Approved { .. } => "approved",
        Outcome::Declined { .. } => "declined",
        Outcome::ActionRequired { .. } => "action-required",
        Outcome::Unknown => "unknown",
    };
    metrics::counter!("meteore_attempts_total", "outcome" => outcome).increment(1);
}
