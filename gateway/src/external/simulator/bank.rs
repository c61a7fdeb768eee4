//! The simulated system itself: it charges, remembers, and misbehaves as it is told.
//!
//! It lives on the other side of the network in spirit: nothing of ours reaches into it but through [`Transport`].
//! Its journal is a file of its own, one JSON line a fact, on disk before it answers; so it remembers across our
//! restarts and crashes, and honours the attempt id as idempotency key: repeated, the same answer and one charge.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use core_payment::Clock;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use payment_domain::{AttemptId, Currency, Money, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Behaviour, Direction, Order, TRANSFERS, TransferState, to_json};
use crate::external::{Request, Response, Transport, TransportError, Verb};

/// The simulated payment system.
#[derive(Clone)]
pub struct Bank {
    clock: Arc<dyn Clock>,
    delay: Duration,
    books: Arc<Mutex<Books>>,
}

/// Why the simulator cannot be started.
#[derive(Debug, Error)]
pub enum OpenBankError {
    /// The journal cannot be read or written.
    #[error("the simulator's journal")]
    File(#[from] io::Error),
    /// A whole line of the journal says nothing that the simulator ever wrote.
    #[error("line {0} of the simulator's journal is not the simulator's")]
    Journal(usize),
}

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
enum Fact {
    /// A request did not arrive. (The simulator plays the network too.)
    Lost { attempt: i64 },
    /// A request was decided.
    Decided {
        attempt: i64,
        direction: Direction,
        behaviour: Behaviour,
        micros: i64,
        currency: String,
        settles_at_ms: i64,
    },
}

struct Books {
    journal: File,
    lost: Vec<AttemptId>,
    decided: HashMap<AttemptId, Transfer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Transfer {
    order: Order,
    settles_at: Timestamp,
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
    /// what was charged less what was given back.
    #[must_use]
    pub fn moved(&self) -> (usize, i64) {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = books.decided.values().filter(|transfer| transfer.order.behaviour != Behaviour::Decline);
        moved.fold((0, 0), |(count, micros), Transfer { order, .. }| {
            let change = match order.direction {
                Direction::Charge => order.amount.micros(),
                Direction::Refund => order.amount.micros().saturating_neg(),
            };
            (count.saturating_add(1), i64::saturating_add(micros, change))
        })
    }

    fn answer(&self, request: &Request) -> io::Result<Reply> {
        let now = self.clock.now();
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let id = request.path.strip_prefix(TRANSFERS);
        match (request.verb, id) {
            (Verb::Submit, Some("")) => match Order::read(&request.body) {
                Some(order) => books.decide(order, self.delay, now),
                None => Ok(Reply::Now(empty(400))),
            },
            (Verb::Read, Some(id)) => {
                let attempt = id.strip_prefix('/').and_then(|id| AttemptId::parse(id).ok());
                let transfer = attempt.and_then(|attempt| books.decided.get(&attempt));
                Ok(Reply::Now(transfer.map_or_else(|| empty(404), |transfer| transfer.state(now))))
            }
            _ => Ok(Reply::Now(empty(404))),
        }
    }
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

impl Books {
    fn open(path: &Path) -> Result<Self, OpenBankError> {
        let mut journal =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = Vec::new();
        journal.read_to_end(&mut text)?;
        // A last line without its end was cut off by a crash, before anything was answered.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        text.truncate(whole);
        journal.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        journal.seek(SeekFrom::End(0))?;
        let mut books = Self { journal, lost: Vec::new(), decided: HashMap::new() };
        for (index, line) in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let fact = serde_json::from_slice::<Fact>(line).ok();
            let known = fact.and_then(|fact| books.remember(&fact));
            known.ok_or(OpenBankError::Journal(index.saturating_add(1)))?;
        }
        Ok(books)
    }

    fn decide(&mut self, order: Order, delay: Duration, now: Timestamp) -> io::Result<Reply> {
        if let Some(transfer) = self.decided.get(&order.attempt) {
            let same = transfer.order == order;
            return Ok(Reply::Now(if same { transfer.state(now) } else { empty(409) }));
        }
        let attempt = order.attempt.value();
        if order.behaviour == Behaviour::Lost && !self.lost.contains(&order.attempt) {
            self.record(&Fact::Lost { attempt })?;
            return Ok(Reply::Never);
        }
        let settles_at = match order.behaviour {
            Behaviour::Slow => {
                now.saturating_add_millis(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
            }
            _ => now,
        };
        self.record(&Fact::Decided {
            attempt,
            direction: order.direction,
            behaviour: order.behaviour,
            micros: order.amount.micros(),
            currency: order.amount.currency().as_str().to_owned(),
            settles_at_ms: settles_at.as_millis(),
        })?;
        let answer = Transfer { order, settles_at }.state(settles_at);
        Ok(match order.behaviour {
            Behaviour::Unknown => Reply::Never,
            Behaviour::Slow => Reply::After(delay, answer),
            Behaviour::Approve | Behaviour::Decline | Behaviour::Lost => Reply::Now(answer),
        })
    }

    /// Writes a fact down, and only then goes by it.
    fn record(&mut self, fact: &Fact) -> io::Result<()> {
        let mut line = to_json(fact);
        line.push(b'\n');
        let end = self.journal.stream_position()?;
        if let Err(error) = self.journal.write_all(&line).and_then(|()| self.journal.sync_data()) {
            // Nothing was answered: take the half-written line back, so that the next one starts clean.
            self.journal.set_len(end)?;
            self.journal.seek(SeekFrom::Start(end))?;
            return Err(error);
        }
        self.remember(fact).ok_or_else(|| io::Error::other("the simulator wrote what it cannot read"))
    }

    fn remember(&mut self, fact: &Fact) -> Option<()> {
        match fact {
            Fact::Lost { attempt } => self.lost.push(AttemptId::new(*attempt).ok()?),
            Fact::Decided { attempt, direction, behaviour, micros, currency, settles_at_ms } => {
                let attempt = AttemptId::new(*attempt).ok()?;
                let amount = Money::from_micros(*micros, Currency::parse(currency).ok()?);
                let order = Order { attempt, direction: *direction, behaviour: *behaviour, amount };
                let settles_at = Timestamp::from_millis(*settles_at_ms).ok()?;
                self.decided.insert(attempt, Transfer { order, settles_at });
            }
        }
        Some(())
    }
}

impl Transfer {
    fn state(&self, now: Timestamp) -> Response {
        let state = match self.order.behaviour {
            Behaviour::Decline => TransferState::Declined { reason: "card-declined".to_owned() },
            _ if now < self.settles_at => TransferState::Processing,
            _ => TransferState::Approved { reference: format!("SIM-{}", self.order.attempt) },
        };
        Response { status: 200, body: to_json(&state) }
    }
}

const fn empty(status: u16) -> Response {
    Response { status, body: Vec::new() }
}
