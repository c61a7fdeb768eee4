//! The core as its callers see it: put a verified message on the queue, wait for the signed answer.

mod attempts;
mod bank;
mod captures;
mod consumers;
mod notices;
mod policies;
mod standing;

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_channel::{Sender, TrySendError, bounded};
use payment_domain::{
    AttemptId, ConsumerId, Currency, Digest, LedgerPosition, Money, Offer, OrderId, PartyId, PaymentOrder,
    Policy, RefundOrder, RequestId, Role, Timestamp,
};
use payment_message::{EnrolmentRequest, Invitation, Message, StatusRequest, Verified};
use payment_trust::{Certificate, Sealer};
use thiserror::Error;
use tokio::sync::oneshot;

pub use standing::Standing;

use crate::act::{Act, Request, Rooms};
use crate::admin;
use crate::batch::{Context, Memory};
use crate::coupon;
use crate::order::{capture, repeat, status};
use crate::parties::{ChangeParty, Details, NewParty, Party};
use crate::policy::InForce;
use crate::ports::{Clock, Notary};
use crate::purse;
use crate::reply::{Enrolment, Outcome, Reply, ReplyKind, SubmitError};
use crate::routes::Routes;
use crate::storage::{self, DatabaseUrl, Reader, Readers, StorageError, party, payment, pki};
use crate::task::{AdminError, Answer, Job, Task};
use crate::writer::Writer;

/// How long a read waits for a connection: a thread that verifies messages may be waiting with it.
const PATIENCE: Duration = Duration::from_secs(1);

/// How the core is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the ledger is.
    pub database: DatabaseUrl,
    /// What is allowed, until two people put another policy into force.
    pub policy: Policy,
    /// Which external system is asked.
    pub routes: Routes,
    /// Messages that may wait; above it senders are told to come back.
    pub queue: usize,
    /// Messages that are committed together at most.
    pub batch: usize,
    /// Writers; by default what suits the engine.
    pub writers: Option<usize>,
}

impl Settings {
    /// The defaults of design.md for a database and a policy.
    #[must_use]
    pub fn new(database: DatabaseUrl, policy: Policy) -> Self {
        Self { database, policy, routes: Routes::default(), queue: 4096, batch: 256, writers: None }
    }
}

/// Why the core does not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database does not answer.
    #[error("cannot open the database: {0}")]
    Database(String),
    /// The tables are older than this program.
    #[error("the database lacks {} migration(s), first {first}: run `meteore migrate`", missing)]
    NotMigrated {
        /// How many.
        missing: usize,
        /// The first of them.
        first: String,
    },
    /// No thread, or no memory for compression.
    #[error("cannot start a writer: {0}")]
    Writer(#[from] std::io::Error),
    /// Without randomness nobody can be told apart.
    #[error("the system has no randomness")]
    NoRandomness,
}

/// Why something could not be read.
#[derive(Debug, Error)]
#[error("the ledger cannot be read: {0}")]
pub struct ReadError(String);

impl ReadError {
    pub(crate) const fn new(why: String) -> Self {
        Self(why)
    }
}

/// Why the core cannot take messages now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// The database does not answer.
    #[error("the database does not answer")]
    Database,
    /// A writer has stopped.
    #[error("a writer has stopped")]
    Writer,
    /// This server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// The Core Payment System: cheap to clone, shared by all doors.
#[derive(Clone)]
pub struct Core(Arc<Inner>);

struct Inner {
    queue: ArcSwapOption<Sender<Job>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    readers: Readers,
    context: Arc<Context>,
}

impl Core {
    /// Opens the ledger and starts its writers.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        settings: Settings,
        notary: Arc<dyn Notary>,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_with(settings, notary, sealer, clock, Rooms::default())
    }

    /// The same, with what the rooms above bring along for their attempts; what the core's own need is here already.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_with(
        settings: Settings,
        notary: Arc<dyn Notary>,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        rooms: impl Into<Rooms>,
    ) -> Result<Self, OpenError> {
        let database_error = |error: StorageError| OpenError::Database(storage::chain(&error));
        let mut conn = storage::connect(&settings.database).map_err(database_error)?;
        let missing = storage::unapplied(&mut conn).map_err(database_error)?;
        if let Some(first) = missing.first() {
            return Err(OpenError::NotMigrated { missing: missing.len(), first: first.clone() });
        }
        let configured = InForce::configured(settings.policy);
        let newer = configured.newer(&mut conn).map_err(database_error)?;
        let (policy, routes) = (ArcSwap::from_pointee(newer.unwrap_or(configured)), settings.routes);
        let own = purse::settlements().into_iter().chain([capture::settlement(), coupon::settlement()]);
        let rooms: Rooms = rooms.into();
        let settlements = own.chain(rooms.settlements).collect();
        let reversals = purse::reversals().into_iter().chain(rooms.reversals).collect();
        let context = Arc::new(Context { policy, routes, notary, sealer, clock, settlements, reversals });
        let (send, receive) = bounded(settings.queue);
        let count = settings.writers.unwrap_or_else(|| settings.database.default_writers());
        let mut writers = Vec::with_capacity(count);
        for number in 0..count.max(1) {
            let mut holder = vec![0_u8; 16];
            aws_lc_rs::rand::fill(&mut holder).map_err(|_| OpenError::NoRandomness)?;
            let writer = Writer {
                database: settings.database.clone(),
                context: Arc::clone(&context),
                queue: receive.clone(),
                most: settings.batch.max(1),
                holder,
                memory: Memory::new()?,
                session: None,
            };
            writers
                .push(thread::Builder::new().name(format!("writer-{number}")).spawn(move || writer.run())?);
        }
        Ok(Self(Arc::new(Inner {
            queue: ArcSwapOption::from_pointee(send),
            writers: Mutex::new(writers),
            readers: Readers::open(&settings.database, PATIENCE),
            context,
        })))
    }

    /// Keeps a merchant's offer so that it can be bought.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the message, and it may be sent again.
    pub async fn deposit_offer(&self, offer: Verified<Offer>) -> Result<Reply, SubmitError> {
        self.reply(Task::Offer(Box::new(offer))).await
    }

    /// Decides and posts a payment order. Repeating an order id returns the first answer.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the order, and it may be sent again.
    pub async fn accept_order(&self, order: Verified<PaymentOrder>) -> Result<Reply, SubmitError> {
        self.reply(Task::Order(Box::new(order))).await
    }

    /// Gives money back, never more than was paid.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the refund, and it may be sent again.
    pub async fn refund(&self, order: Verified<RefundOrder>) -> Result<Reply, SubmitError> {
        self.reply(Task::Refund(Box::new(order))).await
    }

    /// Registers a certificate if the invitation in the request holds.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<Reply, SubmitError> {
        self.reply(Task::Enrol(Box::new(enrolment))).await
    }

    /// Says what an external system said. The first answer and every reconciliation come through here.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn finish_attempt(&self, attempt: AttemptId, outcome: Outcome) -> Result<Reply, SubmitError> {
        self.reply(Task::Finish(attempt, outcome)).await
    }

    /// Reports what became of an order, to its sender or its merchant.
    ///
    /// # Errors
    /// [`SubmitError::Unavailable`].
    pub async fn status(&self, request: Verified<StatusRequest>) -> Result<Reply, SubmitError> {
        let core = self.clone();
        let report = tokio::task::spawn_blocking(move || {
            let now = core.0.context.clock.now();
            let mut conn = core.conn().map_err(|_| SubmitError::Unavailable)?;
            let report = status::report(&mut conn, &request, now).map_err(|_| SubmitError::Unavailable)?;
            let message = Message::StatusReport(report);
            core.0.context.notary.sign(&message).map_err(|_| SubmitError::Unavailable)
        });
        let document = report.await.map_err(|_| SubmitError::Unavailable)??;
        Ok(Reply::Signed { document: document.into(), kind: ReplyKind::Report })
    }

    /// The signed receipt of an order, for whoever knows the order's digest.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn receipt(&self, order: OrderId, order_digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let mut conn = self.conn()?;
        status::receipt(&mut conn, order.into(), order_digest).map_err(|error| ReadError(error.to_string()))
    }

    /// The DER of a registered certificate.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn registered_certificate(&self, fingerprint: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        pki::registered(&mut *self.conn()?, fingerprint.as_bytes()).map_err(read_error)
    }

    /// The newest published revocation list: its number and PEM.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn latest_crl(&self) -> Result<Option<(i64, Vec<u8>)>, ReadError> {
        pki::latest_crl(&mut *self.conn()?).map_err(read_error)
    }

    /// The newest answer to this very message, if it was answered before: what a repetition gets that is too old to be
    /// taken as new. `None` for any other message, also for one with the same id.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn answered(&self, message: &Verified<Message>) -> Result<Option<Reply>, ReadError> {
        repeat::find(&mut *self.conn()?, message).map_err(|error| ReadError(error.to_string()))
    }

    /// Whether a certificate should be issued for this request: the invitation in it holds, or the request is the
    /// repetition of one that was answered.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn may_enrol(&self, request: &EnrolmentRequest, digest: &Digest) -> Result<bool, ReadError> {
        let mut conn = self.conn()?;
        let answered = payment::evidence_of(&mut conn, request.request_id.as_bytes()).map_err(read_error)?;
        let repeated = answered.is_some_and(|row| row.digest.as_deref() == Some(&digest.as_bytes()[..]));
        let now = self.0.context.clock.now();
        Ok(repeated || admin::invited(&mut conn, request, now).map_err(read_error)?)
    }

    /// The balance of a party's account; `None` without one.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn balance(&self, party: &PartyId, currency: Currency) -> Result<Option<Money>, ReadError> {
        let micros =
            party::balance(&mut *self.conn()?, party.as_str(), currency.as_str()).map_err(read_error)?;
        Ok(micros.map(|micros| Money::from_micros(micros, currency)))
    }

    /// Registers a party and opens its accounts.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn register_party(&self, party: NewParty) -> Result<(), AdminError> {
        self.administer(Task::Register(Box::new(party))).await
    }

    /// Registers a certificate that was issued outside the door.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn register_certificate(&self, certificate: &Certificate) -> Result<(), AdminError> {
        self.administer(Task::RegisterCertificate(Box::new(certificate.clone()))).await
    }

    /// Lets a party enrol once. Only a hash of the invitation is kept.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn invite(
        &self,
        party: &PartyId,
        role: &Role,
        invitation: &Invitation,
        expires_at: Timestamp,
    ) -> Result<(), AdminError> {
        let (party, role, invitation) = (party.clone(), role.clone(), invitation.clone());
        self.administer(Task::Invite { party, role, invitation, expires_at }).await
    }

    /// Publishes a revocation list to every gateway on this database.
    ///
    /// # Errors
    /// [`AdminError::Submit`].
    pub async fn publish_crl(&self, number: i64, pem: &[u8]) -> Result<(), AdminError> {
        self.administer(Task::PublishCrl { number, pem: pem.to_vec() }).await
    }

    /// Credits a prepaid account with money that the bank has received. Repeating an id changes nothing.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn top_up(
        &self,
        id: RequestId,
        consumer: &ConsumerId,
        amount: Money,
    ) -> Result<LedgerPosition, AdminError> {
        match self.submit(Task::TopUp { id, consumer: consumer.clone(), amount }).await? {
            Answer::Posted(position) => Ok(position),
            Answer::Refused(error) => Err(error),
            _ => Err(SubmitError::Unavailable.into()),
        }
    }

    /// Changes how a party pays, is paid and reached, or whether it may act. Other servers see it within seconds.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn change_party(&self, change: ChangeParty) -> Result<(), AdminError> {
        self.administer(Task::Change(Box::new(change))).await
    }

    /// How to reach and pay a party; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn details(&self, party: &PartyId) -> Result<Option<Details>, ReadError> {
        let mut conn = self.conn()?;
        let row = party::by_name(&mut conn, party.as_str()).map_err(read_error)?;
        let loaded = row.map(|row| Party::load(&mut conn, &self.0.context.sealer, row)).transpose();
        Ok(loaded.map_err(read_error)?.map(|party| party.details))
    }

    /// Deals with a verified message of another room. A repetition gets the stored answer.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the message, and it may be sent again.
    pub async fn request(&self, request: impl Request) -> Result<Reply, SubmitError> {
        self.reply(Task::Request(Box::new(request))).await
    }

    /// Does something in one batch, under the hash chain.
    ///
    /// # Errors
    /// [`SubmitError`]; then it was not done, unless the commit itself was not answered.
    pub async fn perform<A: Act>(&self, act: Arc<A>) -> Result<A::Done, SubmitError> {
        match self.submit(Task::Act(Box::new(act))).await? {
            Answer::Did(done) => done.downcast().map(|done| *done).map_err(|_| SubmitError::Unavailable),
            _ => Err(SubmitError::Unavailable),
        }
    }

    /// Whether messages can be taken now.
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn ready(&self) -> Result<(), NotReady> {
        if self.0.queue.load().is_none() {
            return Err(NotReady::ShuttingDown);
        }
        let stopped = |writers: &Vec<JoinHandle<()>>| writers.iter().any(JoinHandle::is_finished);
        if self.0.writers.lock().map_or(true, |writers| stopped(&writers)) {
            return Err(NotReady::Writer);
        }
        let mut conn = self.conn().map_err(|_| NotReady::Database)?;
        pki::latest_crl(&mut conn).map(drop).map_err(|_| NotReady::Database)
    }

    /// How many messages wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.queue.load().as_ref().map_or(0, |queue| queue.len())
    }

    /// Refuses new messages, answers everything accepted, stops the writers. May be called again.
    pub fn shut_down(&self) {
        drop(self.0.queue.swap(None));
        let writers =
            self.0.writers.lock().map(|mut writers| std::mem::take(&mut *writers)).unwrap_or_default();
        for writer in writers {
            if writer.join().is_err() {
                tracing::error!("a writer panicked");
            }
        }
    }

    async fn reply(&self, task: Task) -> Result<Reply, SubmitError> {
        match self.submit(task).await? {
            Answer::Reply(reply) => Ok(reply),
            _ => Err(SubmitError::Unavailable),
        }
    }

    async fn administer(&self, task: Task) -> Result<(), AdminError> {
        match self.submit(task).await? {
            Answer::Done => Ok(()),
            Answer::Refused(error) => Err(error),
            _ => Err(SubmitError::Unavailable.into()),
        }
    }

    async fn submit(&self, task: Task) -> Result<Answer, SubmitError> {
        let (answer, answered) = oneshot::channel();
        {
            let queue = self.0.queue.load_full().ok_or(SubmitError::ShuttingDown)?;
            queue.try_send(Job { task, answer }).map_err(|error| match error {
                TrySendError::Full(_) => SubmitError::QueueFull,
                TrySendError::Disconnected(_) => SubmitError::Unavailable,
            })?;
        }
        answered.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.context.clock.now()
    }

    pub(crate) fn sealer(&self) -> &Arc<Sealer> {
        &self.0.context.sealer
    }

    pub(crate) fn conn(&self) -> Result<Reader, ReadError> {
        self.0.readers.conn().map_err(read_error)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
pub(crate) fn read_error(error: StorageError) -> ReadError {
    ReadError(storage::chain(&error))
}
