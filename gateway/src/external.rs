//! External payment systems, which own authorisation and the movement of money for single payments (R9, R13).
//!
//! A system is a pure mapping ([`ExternalSystem`]): what to send for an attempt, what an answer means. Sending is the
//! business of a [`Transport`], so that time-outs, limits and journals are ours and the same for every system. Every
//! system charges and gives back; what else one can do is a trait of its own ([`Authorises`], [`PaysOut`]), so that
//! nobody finds out at run time. Banks that are spoken to by files ([`ExternalSystems::by_files`]) are known by name
//! only: their attempts are written and finished elsewhere.
//!
//! What happens when no answer comes (the saga of the design, flow (c)):
//! - A time-out is never a failure. The attempt stays pending, and the [`Reconciler`] asks the system.
//! - Every request carries our attempt id as the system's idempotency key. It is sent again only if the system has been
//!   asked and has never heard of it, and the first request can no longer be under way.
//! - We never void on a guess: an attempt ends only with an answer of the system.
//! - Another system is tried only if not a byte of the request can have reached the first, and that is recorded before.
//!
//! What this must not do: touch the database, or know orders, merchants and items (R47: the bank never sees the item).
//! Start at [`Executor::execute`].

mod connection;
mod execute;
mod hint;
mod https;
pub mod iso20022;
mod reconcile;
pub mod simulator;
pub mod stripe;

use core_payment::{Attempt, Outcome};
use futures_util::future::BoxFuture;
use payment_domain::{AttemptId, Timestamp};
use thiserror::Error;

pub use connection::{Connection, ExternalSystems};
pub use execute::{Execution, Executor};
pub use hint::{HintWorker, Hints};
pub use https::{BaseUrl, HttpTransport, HttpTransportError, InvalidBaseUrl, InvalidSecret, Secret};
pub use reconcile::{Backoff, Reconciler};

/// One external payment system as a mapping between our attempts and its messages. Pure.
///
/// An attempt given to a method is one of an operation that the system is known to be able to do.
pub trait ExternalSystem: Send + Sync {
    /// The name that instruments and routes refer to, such as `simulator`.
    fn id(&self) -> &'static str;

    /// The request that takes money from the instrument at once.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn charge(&self, attempt: &Attempt) -> Result<Request, Unsendable>;

    /// The request that gives back what the original took, or a part of it.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn refund(&self, attempt: &Attempt) -> Result<Request, Unsendable>;

    /// What the answer to the attempt's request says. Whatever is not clearly yes or no is [`Outcome::Unknown`].
    fn parse(&self, attempt: &Attempt, response: &Response) -> Outcome;

    /// The request that asks what became of an attempt, whether or not it ever arrived. It moves nothing that the attempt's
    /// own request did not.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, for nothing of it can have been sent.
    fn status_request(&self, attempt: &Attempt, now: Timestamp) -> Result<Request, Unsendable>;

    /// What the answer to [`status_request`](Self::status_request) says.
    fn parse_status(&self, attempt: &Attempt, response: &Response, now: Timestamp) -> Standing;
}

/// A system that can set money aside and take it, or a part of it, later.
pub trait Authorises: ExternalSystem {
    /// The request that sets money aside.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn authorise(&self, attempt: &Attempt) -> Result<Request, Unsendable>;

    /// The request that takes what the original set aside, or a part of it. The rest is set free.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn capture(&self, attempt: &Attempt) -> Result<Request, Unsendable>;

    /// The request that sets free what the original set aside.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn void(&self, attempt: &Attempt) -> Result<Request, Unsendable>;
}

/// A system that can pay money out.
pub trait PaysOut: ExternalSystem {
    /// The request that pays out.
    ///
    /// # Errors
    /// [`Unsendable`]: the attempt is declined, with nothing sent.
    fn pay_out(&self, attempt: &Attempt) -> Result<Request, Unsendable>;
}

/// Carries one request to a system and its answer back.
pub trait Transport: Send + Sync {
    /// Sends. The caller decides how long to wait.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// Why an attempt cannot be put into the system's words. Nothing was sent, and nothing ever will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unsendable {
    /// There is no token of the party at this system, or not one that the system gives out.
    #[error("no-instrument")]
    NoInstrument,
    /// The amount is finer than the currency's smallest unit at the system, or too large for it.
    #[error("inexact-amount")]
    InexactAmount,
    /// The system's name for what it should go back to is not known.
    #[error("no-original")]
    NoOriginal,
}

/// What a system says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has the attempt, and this became of it so far.
    Known(Outcome),
    /// It has never seen the attempt: the request did not arrive, and may be sent again under the same id.
    NeverArrived,
    /// It says where to look next.
    AskOn(Request),
    /// The answer says neither.
    Unclear,
}

/// A request to a system, as HTTP would carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub verb: Verb,
    /// The path at the system, with its query.
    pub path: String,
    /// The body, empty for [`Verb::Read`].
    pub body: Vec<u8>,
    /// How the body is written.
    pub format: Format,
    /// The idempotency key, where something is done.
    pub key: Option<AttemptId>,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// HTTP `POST`.
    Submit,
    /// HTTP `GET`.
    Read,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// A system's answer, as HTTP would carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why no answer came. Only [`NotSent`](Self::NotSent) says anything about what the system did.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportError {
    /// There was no connection: the system has not seen a byte of the request.
    #[error("the external system cannot be reached, and nothing was sent: {0}")]
    NotSent(String),
    /// Nothing came back in time.
    #[error("the external system did not answer")]
    NoAnswer,
    /// The connection, the answer or the system's storage failed.
    #[error("the exchange with the external system failed: {0}")]
    Failed(String),
}

impl Request {
    /// Asks for something at a path.
    #[must_use]
    pub const fn read(path: String) -> Self {
        Self { verb: Verb::Read, path, body: Vec::new(), format: Format::Form, key: None }
    }
}
