//! The systems that this gateway is connected to, what each can do, and one exchange with one of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use core_payment::{Attempt, Outcome};
use payment_domain::{Operation, Timestamp};

use super::{
    Authorises, ExternalSystem, PaysOut, Request, Response, Standing, Transport, TransportError, Unsendable,
};

/// The systems that this gateway talks to, by name.
#[derive(Clone, Default)]
pub struct ExternalSystems {
    connections: Vec<Connection>,
    files: Vec<&'static str>,
}

/// A system, what it can do, and the way to it.
#[derive(Clone)]
pub struct Connection {
    system: Arc<dyn ExternalSystem>,
    authorises: Option<Arc<dyn Authorises>>,
    pays_out: Option<Arc<dyn PaysOut>>,
    transport: Arc<dyn Transport>,
}

/// What came of sending an attempt's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The system may have acted: this is what is known.
    Perhaps(Outcome),
    /// The system has not seen a byte.
    Not,
}

/// Questions that one look at an attempt may take: lists are read page by page.
const MOST_QUESTIONS: usize = 100;

impl ExternalSystems {
    /// Adds a system. A later one of the same name takes the place of an earlier one.
    #[must_use]
    pub fn with(mut self, connection: Connection) -> Self {
        self.connections.retain(|other| other.id() != connection.id());
        self.connections.push(connection);
        self
    }

    /// Adds a system that is spoken to by files: nobody here sends it requests, or asks it what became of them.
    #[must_use]
    pub fn by_files(mut self, id: &'static str) -> Self {
        self.files.push(id);
        self
    }

    /// Whether the system is spoken to by files.
    #[must_use]
    pub fn is_by_files(&self, id: &str) -> bool {
        self.files.contains(&id)
    }

    /// Whether there is such a system, and it can do this. What a system of files can do is for its files to say.
    #[must_use]
    pub fn can(&self, id: &str, operation: Operation) -> bool {
        self.is_by_files(id) || self.connection(id).is_some_and(|connection| connection.can(operation))
    }

    pub(super) fn connection(&self, id: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id() == id)
    }

    pub(super) fn connections(&self) -> &[Connection] {
        &self.connections
    }
}

impl Connection {
    /// A system that charges and gives back, reached through a transport.
    #[must_use]
    pub fn new(system: Arc<dyn ExternalSystem>, transport: Arc<dyn Transport>) -> Self {
        Self { system, authorises: None, pays_out: None, transport }
    }

    /// It can set money aside too.
    #[must_use]
    pub fn authorising(self, system: Arc<dyn Authorises>) -> Self {
        Self { authorises: Some(system), ..self }
    }

    /// It can pay out too.
    #[must_use]
    pub fn paying_out(self, system: Arc<dyn PaysOut>) -> Self {
        Self { pays_out: Some(system), ..self }
    }

    pub(super) fn id(&self) -> &'static str {
        self.system.id()
    }

    /// Whether the system can do this.
    #[must_use]
    pub fn can(&self, operation: Operation) -> bool {
        match operation {
            Operation::Charge | Operation::Refund => true,
            Operation::Authorise | Operation::Capture | Operation::Void => self.authorises.is_some(),
            Operation::Payout => self.pays_out.is_some(),
        }
    }

    /// The request for an attempt; `None` if the system lacks the ability.
    fn request(&self, attempt: &Attempt) -> Option<Result<Request, Unsendable>> {
        let authorises = self.authorises.as_ref();
        match attempt.operation {
            Operation::Charge => Some(self.system.charge(attempt)),
            Operation::Refund => Some(self.system.refund(attempt)),
            Operation::Authorise => authorises.map(|system| system.authorise(attempt)),
            Operation::Capture => authorises.map(|system| system.capture(attempt)),
            Operation::Void => authorises.map(|system| system.void(attempt)),
            Operation::Payout => self.pays_out.as_ref().map(|system| system.pay_out(attempt)),
        }
    }

    /// Asks for the money. No answer in time is [`Outcome::Unknown`].
    pub(super) async fn send(&self, attempt: &Attempt, time_limit: Duration) -> Sent {
        let request = match self.request(attempt) {
            Some(Ok(request)) => request,
            // Nothing was sent and nothing ever will be: a decline that is ours to give.
            Some(Err(unsendable)) => {
                return Sent::Perhaps(Outcome::Declined { reason: unsendable.to_string() });
            }
            None => {
                let (system, operation) = (self.id(), attempt.operation);
                tracing::error!(attempt = %attempt.id, system, %operation, "the system cannot do this");
                return Sent::Perhaps(Outcome::Unknown);
            }
        };
        match self.exchange(request, time_limit).await {
            Ok(response) => Sent::Perhaps(self.system.parse(attempt, &response)),
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, system = self.id(), %error, "attempt unanswered");
                match error {
                    TransportError::NotSent(_) => Sent::Not,
                    TransportError::NoAnswer | TransportError::Failed(_) => Sent::Perhaps(Outcome::Unknown),
                }
            }
        }
    }

    /// Asks what became of an attempt, and sends it again if it never arrived and can no longer be on its way.
    pub(super) async fn settle(&self, attempt: &Attempt, time_limit: Duration, now: Timestamp) -> Outcome {
        let mut question = match self.system.status_request(attempt, now) {
            Ok(question) => question,
            Err(unsendable) => return Outcome::Declined { reason: unsendable.to_string() },
        };
        for _ in 0..MOST_QUESTIONS {
            let standing = match self.exchange(question, time_limit).await {
                Ok(response) => self.system.parse_status(attempt, &response, now),
                Err(_) => Standing::Unclear,
            };
            match standing {
                Standing::Known(outcome) => return outcome,
                Standing::AskOn(next) => question = next,
                // The first request may still be under way, here or in another process: it must not meet a second.
                Standing::NeverArrived if is_under_way(attempt, time_limit, now) => return Outcome::Unknown,
                Standing::NeverArrived => {
                    return match self.send(attempt, time_limit).await {
                        Sent::Perhaps(outcome) => outcome,
                        Sent::Not => Outcome::Unknown,
                    };
                }
                Standing::Unclear => return Outcome::Unknown,
            }
        }
        tracing::error!(attempt = %attempt.id, system = self.id(), "there is no end of the system's list");
        Outcome::Unknown
    }

    async fn exchange(&self, request: Request, time_limit: Duration) -> Result<Response, TransportError> {
        metrics::counter!("meteore_external_requests_total", "system" => self.id()).increment(1);
        let answer = tokio::time::timeout(time_limit, self.transport.send(request)).await;
        answer.unwrap_or(Err(TransportError::NoAnswer))
    }
}

/// Whether the executor's request may not have been given up yet. It began a little later than the attempt.
fn is_under_way(attempt: &Attempt, time_limit: Duration, now: Timestamp) -> bool {
    now < attempt.started_at.saturating_add_millis(millis(time_limit).saturating_mul(2))
}

/// A duration in the ledger's unit of time.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for ExternalSystems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connected = self.connections.iter().map(Connection::id);
        f.debug_list().entries(connected.chain(self.files.iter().copied())).finish()
    }
}
