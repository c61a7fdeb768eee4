//! The simulated system itself: it moves money, remembers, and misbehaves as it is told.
//!
//! It lives on the other side of the network in spirit: nothing of ours reaches into it but through [`Transport`].
//! What it did it writes down before it answers, so it remembers across our restarts and crashes, and honours the
//! attempt id as idempotency key: repeated, the same answer and one movement.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use core_payment::Clock;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use payment_domain::{AttemptId, Timestamp};

pub use super::books::OpenBankError;

use super::books::{Books, Transfer};
use super::{Behaviour, Order, TRANSFERS};
use crate::external::{Request, Response, Transport, TransportError, Verb};

/// The simulated payment system.
#[derive(Clone)]
pub struct Bank {
    clock: Arc<dyn Clock>,
    delay: Duration,
    books: Arc<Mutex<Books>>,
}

/// What to do with a request, decided under the lock, carried out without it.
enum Reply {
    Now(Response),
    After(Duration, Response),
    Never,
}

impl Bank {
    /// Opens the books, or begins new ones. `delay` is how long [`Behaviour::Slow`] takes.
    ///
    /// # Errors
    /// [`OpenBankError`].
    pub fn open(journal: &Path, delay: Duration, clock: Arc<dyn Clock>) -> Result<Self, OpenBankError> {
        let books = Books::open(journal)?;
        Ok(Self { clock, delay, books: Arc::new(Mutex::new(books)) })
    }

    /// How many attempts moved money, and how much in micro-units it holds of its customers' over all currencies:
    /// what was charged and captured less what was given back and paid out.
    #[must_use]
    pub fn moved(&self) -> (usize, i64) {
        self.books.lock().unwrap_or_else(PoisonError::into_inner).moved()
    }

    fn answer(&self, request: &Request) -> io::Result<Reply> {
        let now = self.clock.now();
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let id = request.path.strip_prefix(TRANSFERS);
        match (request.verb, id) {
            (Verb::Submit, Some("")) => match Order::read(&request.body) {
                Some(order) => decide(&mut books, order, self.delay, now),
                None => Ok(Reply::Now(empty(400))),
            },
            (Verb::Read, Some(id)) => {
                let attempt = id.strip_prefix('/').and_then(|id| AttemptId::parse(id).ok());
                let transfer = attempt.and_then(|attempt| books.transfer(attempt));
                Ok(Reply::Now(transfer.map_or_else(|| empty(404), |transfer| transfer.state(now))))
            }
            _ => Ok(Reply::Now(empty(404))),
        }
    }
}

fn decide(books: &mut Books, order: Order, delay: Duration, now: Timestamp) -> io::Result<Reply> {
    if let Some(transfer) = books.transfer(order.attempt) {
        let same = transfer.order == order;
        return Ok(Reply::Now(if same { transfer.state(now) } else { empty(409) }));
    }
    if order.behaviour == Behaviour::Lost && !books.has_lost(order.attempt) {
        books.lose(order.attempt)?;
        return Ok(Reply::Never);
    }
    let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    let settles_at =
        if order.behaviour == Behaviour::Slow { now.saturating_add_millis(delay_ms) } else { now };
    let refusal = books.refusal(&order, now);
    let transfer = Transfer { order, settles_at, refusal };
    books.decide(&transfer)?;
    let answer = transfer.state(settles_at);
    Ok(match order.behaviour {
        Behaviour::Unknown => Reply::Never,
        Behaviour::Slow => Reply::After(delay, answer),
        Behaviour::Approve | Behaviour::Decline | Behaviour::Lost => Reply::Now(answer),
    })
}

impl Transport for Bank {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let bank = self.clone();
        async move {
            // The journal waits for the disk: not on a thread that serves requests.
            let reply = tokio::task::spawn_blocking(move || bank.answer(&request)).await;
            match reply {
                Ok(Ok(Reply::Now(response))) => Ok(response),
                Ok(Ok(Reply::After(delay, response))) => {
                    tokio::time::sleep(delay).await;
                    Ok(response)
                }
                Ok(Ok(Reply::Never)) => std::future::pending().await,
                Ok(Err(error)) => Err(TransportError::Failed(error.to_string())),
                Err(_) => Err(TransportError::NoAnswer),
            }
        }
        .boxed()
    }
}

const fn empty(status: u16) -> Response {
    Response { status, body: Vec::new() }
}
