//! External payment systems, which own authorisation and the movement of money for single payments (R9, R13).
//!
//! A system is a pure mapping ([`ExternalSystem`]): what to send for an attempt, what an answer means. Sending is the
//! business of a [`Transport`], so that time-outs, limits and journals are ours and the same for every system. The
//! only system so far is the [`simulator`].
//!
//! What happens when no answer comes (the saga of the design, flow (c)):
//! - A time-out is never a failure. The attempt stays pending, and the [`Reconciler`] asks the system.
//! - Every request carries our attempt id as the system's idempotency key, so sending it again can charge only once.
//! - If the system has never heard of an attempt, the request was lost on the way and is sent again with the same id.
//!   We never void on a guess: an attempt ends only with an answer of the system.
//!
//! What this must not do: touch the database, or know orders, merchants and items (R47: the bank never sees the item).
//! Start at [`Executor::execute`].

mod execute;
mod reconcile;
pub mod simulator;

use std::fmt;
use std::sync::Arc;

use core_payment::{Attempt, Outcome};
use futures_util::future::BoxFuture;
use payment_domain::AttemptId;
use thiserror::Error;

pub use execute::{Execution, Executor};
pub use reconcile::{Backoff, Reconciler};

/// One external payment system as a mapping between our attempts and its messages. Pure.
pub trait ExternalSystem: Send + Sync {
    /// The name that instruments refer to, such as `simulator`.
    fn id(&self) -> &'static str;

    /// The request that charges this attempt. The attempt's id is the idempotency key.
    fn request(&self, attempt: &Attempt) -> Request;

    /// What the answer to [`request`](Self::request) says. Whatever is not clearly yes or no is
    /// [`Outcome::Unknown`].
    fn parse(&self, response: &Response) -> Outcome;

    /// The request that asks what became of an attempt.
    fn status_request(&self, attempt: &AttemptRef) -> Request;

    /// What the answer to [`status_request`](Self::status_request) says.
    fn parse_status(&self, response: &Response) -> Standing;
}

/// Carries one request to a system and its answer back.
pub trait Transport: Send + Sync {
    /// Sends. The caller decides how long to wait.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// An attempt as the system knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptRef {
    /// Our id, the idempotency key.
    pub id: AttemptId,
}

/// What a system says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has the attempt, and this became of it so far.
    Known(Outcome),
    /// It has never seen the attempt: the request did not arrive, and may be sent again under the same id.
    NeverArrived,
    /// The answer says neither.
    Unclear,
}

/// A request to a system, as HTTP would carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub verb: Verb,
    /// The path at the system.
    pub path: String,
    /// The body, empty for [`Verb::Read`].
    pub body: Vec<u8>,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// HTTP `POST`.
    Submit,
    /// HTTP `GET`.
    Read,
}

/// A system's answer, as HTTP would carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why no answer came. None of these says whether the system acted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportError {
    /// Nothing came back in time.
    #[error("the external system did not answer")]
    NoAnswer,
    /// The connection or the system's storage failed.
    #[error("the external system could not be reached: {0}")]
    Failed(String),
}

/// The systems that this gateway talks to, by name.
#[derive(Clone, Default)]
pub struct ExternalSystems {
    connections: Vec<Connection>,
}

/// A system and the way to it.
#[derive(Clone)]
pub(crate) struct Connection {
    system: Arc<dyn ExternalSystem>,
    transport: Arc<dyn Transport>,
}

impl ExternalSystems {
    /// Adds a system, reached through a transport. A later one of the same name takes the place of an earlier one.
    #[must_use]
    pub fn with(mut self, system: Arc<dyn ExternalSystem>, transport: Arc<dyn Transport>) -> Self {
        self.connections.retain(|connection| connection.system.id() != system.id());
        self.connections.push(Connection { system, transport });
        self
    }

    pub(crate) fn connection(&self, id: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.system.id() == id)
    }
}

impl Connection {
    /// Asks for the money. No answer in time is [`Outcome::Unknown`].
    async fn charge(&self, attempt: &Attempt, time_limit: std::time::Duration) -> Outcome {
        let answer = self.transport.send(self.system.request(attempt));
        match tokio::time::timeout(time_limit, answer).await {
            Ok(Ok(response)) => self.system.parse(&response),
            Ok(Err(error)) => {
                tracing::warn!(attempt = %attempt.id, system = self.system.id(), %error, "attempt unanswered");
                Outcome::Unknown
            }
            Err(_) => Outcome::Unknown,
        }
    }

    /// Asks what became of an attempt, and sends it again if it never arrived.
    async fn settle(&self, attempt: &Attempt, time_limit: std::time::Duration) -> Outcome {
        let asked = self.transport.send(self.system.status_request(&AttemptRef { id: attempt.id }));
        let standing = match tokio::time::timeout(time_limit, asked).await {
            Ok(Ok(response)) => self.system.parse_status(&response),
            Ok(Err(_)) | Err(_) => Standing::Unclear,
        };
        match standing {
            Standing::Known(outcome) => outcome,
            Standing::NeverArrived => self.charge(attempt, time_limit).await,
            Standing::Unclear => Outcome::Unknown,
        }
    }
}

impl fmt::Debug for ExternalSystems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.connections.iter().map(|connection| connection.system.id())).finish()
    }
}
