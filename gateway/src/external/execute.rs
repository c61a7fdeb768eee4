//! Runs attempts, with no database transaction open.

use std::sync::Arc;
use std::time::Duration;

use core_payment::{Attempt, Core, Outcome, Reply, SubmitError};
use tokio::sync::{Semaphore, oneshot};

use super::ExternalSystems;

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

    /// Runs one attempt. It goes on when the caller stops waiting, or goes away: an order that was begun is finished.
    pub async fn execute(&self, attempt: Attempt) -> Execution {
        let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() else { return Execution::Waiting };
        let (answer, answered) = oneshot::channel();
        let this = self.clone();
        tokio::spawn(async move {
            let execution = this.run(&attempt).await;
            drop(permit);
            // Nobody waits any more: the reply is stored, and given to whoever asks.
            drop(answer.send(execution));
        });
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(execution)) => execution,
            Ok(Err(_)) | Err(_) => Execution::Waiting,
        }
    }

    async fn run(&self, attempt: &Attempt) -> Execution {
        let Some(connection) = self.systems.connection(&attempt.system) else {
            tracing::error!(attempt = %attempt.id, system = %attempt.system, "no such external system");
            return Execution::Waiting;
        };
        match connection.charge(attempt, self.time_limit).await {
            Outcome::Unknown => {
                count_outcome(&Outcome::Unknown);
                Execution::Waiting
            }
            outcome => {
                count_outcome(&outcome);
                Execution::Finished(self.core.finish_attempt(attempt.id, outcome).await)
            }
        }
    }
}

/// Counts what external systems said, for `/metrics`.
pub(super) fn count_outcome(outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Approved { .. } => "approved",
        Outcome::Declined { .. } => "declined",
        Outcome::Unknown => "unknown",
    };
    metrics::counter!("meteore_attempts_total", "outcome" => outcome).increment(1);
}
