//! Group commit: a writer takes whatever is queued, decides all of it in one transaction, commits, answers.
//!
//! There is no artificial delay: a lone order is committed alone, and the batch grows by itself while a commit waits for
//! the disk. One bad order never spoils the batch: what the database refuses is tried again one by one.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use payment_domain::{AttemptId, Timestamp};
use payment_message::MessageId;
use std::sync::Arc;

use crate::act::ending::{self, Ending};
use crate::act::{Accounts, Books};
use crate::admin;
use crate::batch::{Batch, BatchError, Context, Memory};
use crate::ledger::{MAX_NODE, batch_id};
use crate::order::refusal::Refusal;
use crate::order::{accept, deposit, refund, repeat};
use crate::reply::{Reply, ReplyKind, SubmitError};
use crate::storage::node::{self, ChainHead};
use crate::storage::{Conn, DatabaseUrl, Failure, StorageError, Tx, connect, journal, pki, transaction};
use crate::task::{AdminError, Answer, Job, Task};

/// How long a writer's number is its own without a sign of life.
const LEASE_MS: i64 = 60_000;
/// How often an idle or busy writer renews it.
const RENEW_MS: i64 = 15_000;
/// How often it is looked whether two people have put another policy into force.
const POLICY_MS: i64 = 1_000;
/// How often a batch is tried again when two transactions met.
const MOST_CONFLICTS: u32 = 20;
/// How often a batch is tried on a fresh connection before its senders are told to come back.
const MOST_RECONNECTS: u32 = 3;

/// One writer: a connection, a number, a chain.
pub(crate) struct Writer {
    pub(crate) database: DatabaseUrl,
    pub(crate) context: Arc<Context>,
    pub(crate) queue: Receiver<Job>,
    pub(crate) most: usize,
    pub(crate) holder: Vec<u8>,
    pub(crate) memory: Memory,
    pub(crate) session: Option<Session>,
}

/// What holds while the connection does.
pub(crate) struct Session {
    conn: Conn,
    node: i16,
    head: Option<ChainHead>,
    renew_at: Timestamp,
    policy_at: Timestamp,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        loop {
            match self.queue.recv_timeout(Duration::from_secs(5)) {
                Ok(job) => {
                    let mut jobs = vec![job];
                    while jobs.len() < self.most
                        && let Ok(job) = self.queue.try_recv()
                    {
                        jobs.push(job);
                    }
                    metrics::histogram!("meteore_batch_size")
                        .record(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
                    self.process(jobs);
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = self.keep_lease().and_then(|()| self.keep_policy()) {
                        self.lost(&error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.release_lease();
    }

    /// Runs one batch to its answers, whatever it takes.
    fn process(&mut self, jobs: Vec<Job>) {
        let mut conflicts = 0;
        let mut reconnects = 0;
        let error = loop {
            match self.try_batch(&jobs) {
                Ok(answers) => {
                    for (job, answer) in jobs.into_iter().zip(answers) {
                        // The sender may have hung up: what was posted stays, and the same id finds it.
                        let _ = job.answer.send(Ok(answer));
                    }
                    return;
                }
                Err(error) => match self.rolled_back(&error) {
                    Failure::Conflict if conflicts < MOST_CONFLICTS => {
                        conflicts = conflicts.saturating_add(1);
                        self.reload_head();
                        thread::sleep(Duration::from_millis(u64::from(conflicts)));
                    }
                    Failure::Unavailable if reconnects < MOST_RECONNECTS => {
                        reconnects = reconnects.saturating_add(1);
                        self.lost(&error);
                        thread::sleep(Duration::from_millis(100));
                    }
                    _ => break error,
                },
            }
        };
        self.lost(&error);
        if error.failure() != Failure::Unavailable && jobs.len() > 1 {
            for job in jobs {
                self.process(vec![job]);
            }
            return;
        }
        for job in jobs {
            let _ = job.answer.send(Err(SubmitError::Unavailable));
        }
    }

    fn rolled_back(&mut self, error: &BatchError) -> Failure {
        self.memory.forget();
        error.failure()
    }

    fn try_batch(&mut self, jobs: &[Job]) -> Result<Vec<Answer>, BatchError> {
        self.keep_lease()?;
        self.keep_policy()?;
        let in_force = self.context.policy.load_full();
        let now = self.context.clock.now();
        let Some(session) = self.session.as_mut() else { return Err(BatchError::Corrupt("session")) };
        let last = session.head.as_ref().map(|head| head.id);
        let id = batch_id(now, session.node, last).ok_or(BatchError::Overflow)?;
        let (head, number) = (session.head.clone(), session.node);
        let (context, memory) = (&self.context, &mut self.memory);
        let mut failed = None;
        let outcome = transaction(&mut session.conn, |tx| {
            let mut batch = Batch::new(id, now, context, &in_force.policy, memory);
            let done = run(&mut batch, tx, jobs)
                .and_then(|answers| Ok((answers, batch.write(tx, number, head.as_ref())?)));
            done.map_err(|error| keep_error(error, &mut failed))
        });
        match outcome {
            Ok((answers, written)) => {
                session.head = written.head.or(head);
                self.memory.committed(written.certificates);
                Ok(answers)
            }
            Err(error) => Err(failed.unwrap_or(BatchError::Storage(error))),
        }
    }

    /// Connects if need be, and holds or renews the writer's number.
    fn keep_lease(&mut self) -> Result<(), BatchError> {
        let now = self.context.clock.now();
        let until = now.saturating_add_millis(LEASE_MS);
        if let Some(session) = self.session.as_mut() {
            if now < session.renew_at {
                return Ok(());
            }
            let (holder, number) = (&self.holder, session.node);
            if transaction(&mut session.conn, |tx| node::renew(tx, number, holder, until.as_millis()))? {
                session.renew_at = now.saturating_add_millis(RENEW_MS);
                return Ok(());
            }
            self.session = None;
        }
        let mut conn = connect(&self.database)?;
        let holder = &self.holder;
        let leased = transaction(&mut conn, |tx| {
            node::lease(tx, holder, now.as_millis(), until.as_millis(), MAX_NODE)
        })?;
        let number = leased.ok_or(BatchError::Storage(StorageError::Corrupt("free node number")))?;
        let head = node::chain_head(&mut conn, number)?;
        let renew_at = now.saturating_add_millis(RENEW_MS);
        self.session = Some(Session { conn, node: number, head, renew_at, policy_at: now });
        Ok(())
    }

    /// Goes over to a newer policy, if there is one.
    fn keep_policy(&mut self) -> Result<(), BatchError> {
        let now = self.context.clock.now();
        if let Some(session) = self.session.as_mut().filter(|session| now >= session.policy_at) {
            session.policy_at = now.saturating_add_millis(POLICY_MS);
            self.context.follow_policy(&mut session.conn)?;
        }
        Ok(())
    }

    fn reload_head(&mut self) {
        if let Some(session) = self.session.as_mut() {
            match node::chain_head(&mut session.conn, session.node) {
                Ok(head) => session.head = head,
                Err(_) => self.session = None,
            }
        }
    }

    /// Drops the connection: whether a commit that failed took place is found by looking the ids up again.
    fn lost(&mut self, error: &BatchError) {
        tracing::error!(error = crate::storage::chain(error), failure = ?error.failure(), "a batch failed");
        metrics::counter!("meteore_batch_failures_total").increment(1);
        self.release_lease();
    }

    fn release_lease(&mut self) {
        if let Some(mut session) = self.session.take() {
            let holder = &self.holder;
            let _ = transaction(&mut session.conn, |tx| node::renew(tx, session.node, holder, 0));
        }
    }
}

/// diesel's transaction wants its own error; ours is carried around it.
fn keep_error(error: BatchError, failed: &mut Option<BatchError>) -> StorageError {
    *failed = Some(error);
    StorageError::Corrupt("batch")
}

/// What a job refers to, before its accounts are locked.
enum Found {
    Answered(Answer),
    Order(Box<accept::Resolved>),
    Refund(Box<refund::Resolved>),
    Finish(Box<Ending>),
    Other(Accounts),
    Simple,
}

fn run(batch: &mut Batch<'_>, tx: &mut Tx<'_>, jobs: &[Job]) -> Result<Vec<Answer>, BatchError> {
    let ids = jobs.iter().filter_map(|job| message_id(&job.task)).map(|id| id.as_bytes().to_vec());
    batch.look_up(tx, ids.collect())?;
    let mut found = Vec::with_capacity(jobs.len());
    let (mut consumers, mut merchants) = (BTreeSet::new(), BTreeSet::new());
    for job in jobs {
        let resolved = find(batch, tx, &job.task)?;
        match &resolved {
            Found::Order(resolved) => drop(consumers.insert(resolved.consumer_account)),
            Found::Finish(ending) => {
                let accounts = ending.accounts();
                consumers.extend(&accounts.consumers);
                merchants.extend(&accounts.merchants);
            }
            Found::Refund(resolved) => {
                consumers.insert(resolved.consumer_account());
                merchants.insert(resolved.merchant_account());
            }
            Found::Other(accounts) => {
                consumers.extend(&accounts.consumers);
                merchants.extend(&accounts.merchants);
            }
            Found::Answered(_) | Found::Simple => {}
        }
        found.push(resolved);
    }
    batch.lock(tx, &consumers)?;
    batch.lock(tx, &merchants)?;
    let mut answers = Vec::with_capacity(jobs.len());
    for (job, found) in jobs.iter().zip(found) {
        answers.push(act(batch, tx, &job.task, found)?);
    }
    recheck_refusals(batch, tx, jobs, &answers)?;
    Ok(answers)
}

/// A message may reach two writers at once. What the first used up (an offer for one, a quote, what was left to give back) is
/// no reason for the other to refuse the same message: it runs again, and finds the answer.
fn recheck_refusals(
    batch: &Batch<'_>,
    tx: &mut Tx<'_>,
    jobs: &[Job],
    answers: &[Answer],
) -> Result<(), BatchError> {
    let refused =
        |answer: &Answer| matches!(answer, Answer::Reply(Reply::Signed { kind: ReplyKind::Rejected(_), .. }));
    let refused = jobs.iter().zip(answers).filter(|(_, answer)| refused(answer));
    let unseen: Vec<_> = refused
        .filter_map(|(job, _)| message_id(&job.task))
        .filter(|id| batch.seen(id.as_bytes()).is_none())
        .map(|id| id.as_bytes().to_vec())
        .collect();
    if unseen.is_empty() || journal::find_messages(tx.conn(), unseen)?.is_empty() {
        return Ok(());
    }
    Err(BatchError::Full)
}

fn message_id(task: &Task) -> Option<MessageId> {
    match task {
        Task::Order(order) => Some(order.message().order_id.into()),
        Task::Offer(offer) => Some(offer.message().offer_id.into()),
        Task::Refund(refund) => Some(refund.message().refund_id.into()),
        Task::Enrol(enrolment) => Some(enrolment.request.request_id.into()),
        Task::TopUp { id, .. } => Some((*id).into()),
        Task::Request(request) => Some(request.asked().id),
        _ => None,
    }
}

/// The first step of each task.
fn find(batch: &mut Batch<'_>, tx: &mut Tx<'_>, task: &Task) -> Result<Found, BatchError> {
    let refused = |batch: &Batch<'_>, refusal: Refusal, id: MessageId, digest| {
        refusal.sign(batch, id, Some(digest)).map(|reply| Found::Answered(Answer::Reply(reply)))
    };
    match task {
        Task::Order(order) => match accept::resolve(batch, tx, order)? {
            Ok(resolved) => Ok(Found::Order(Box::new(resolved))),
            Err(refusal) => match repeated(batch, tx, task)? {
                Some(reply) => Ok(Found::Answered(Answer::Reply(reply))),
                None => refused(batch, refusal, order.message().order_id.into(), order.digest()),
            },
        },
        Task::Refund(order) => match refund::resolve(batch, tx, order)? {
            Ok(resolved) => Ok(Found::Refund(Box::new(resolved))),
            Err(refusal) => refused(batch, refusal, order.message().refund_id.into(), order.digest()),
        },
        Task::Finish(id, _) => find_attempt(batch, tx, *id),
        Task::Request(request) => {
            Ok(Found::Other(request.accounts(&mut Books { batch, tx }).map_err(|e| e.0)?))
        }
        Task::Act(act) => Ok(Found::Other(act.accounts(&mut Books { batch, tx }).map_err(|e| e.0)?)),
        _ => Ok(Found::Simple),
    }
}

fn find_attempt(batch: &mut Batch<'_>, tx: &mut Tx<'_>, id: AttemptId) -> Result<Found, BatchError> {
    Ok(match ending::resolve(batch, tx, id)? {
        Some(ending) => Found::Finish(Box::new(ending)),
        None => Found::Answered(Answer::Refused(AdminError::UnknownParty)),
    })
}

/// The second step of each task, in the order of arrival.
fn act(batch: &mut Batch<'_>, tx: &mut Tx<'_>, task: &Task, found: Found) -> Result<Answer, BatchError> {
    if let Found::Answered(answer) = found {
        return Ok(answer);
    }
    if let Some(reply) = repeated(batch, tx, task)? {
        return Ok(Answer::Reply(reply));
    }
    let reply = match (task, found) {
        (Task::Order(order), Found::Order(resolved)) => accept::accept(batch, tx, order, &resolved)?,
        (Task::Refund(order), Found::Refund(resolved)) => refund::refund(batch, tx, order, &resolved)?,
        (Task::Finish(_, outcome), Found::Finish(ending)) => ending::end(batch, tx, &ending, outcome)?,
        (Task::Request(request), _) => request.answer(&mut Books { batch, tx }).map_err(|error| error.0)?,
        (Task::Act(act), _) => {
            return act.run(&mut Books { batch, tx }).map(Answer::Did).map_err(|error| error.0);
        }
        (Task::Offer(offer), _) => deposit::deposit(batch, tx, offer)?,
        (Task::Enrol(enrolment), _) => admin::enrol(batch, tx, enrolment)?,
        (task, _) => return administer(batch, tx, task),
    };
    Ok(Answer::Reply(reply))
}

fn administer(batch: &mut Batch<'_>, tx: &mut Tx<'_>, task: &Task) -> Result<Answer, BatchError> {
    match task {
        Task::TopUp { id, consumer, amount } => admin::top_up(batch, tx, *id, consumer, *amount),
        Task::Register(party) => admin::register(batch, tx, party),
        Task::Change(change) => admin::change(batch, tx, change),
        Task::RegisterCertificate(certificate) => admin::register_certificate(batch, tx, certificate),
        Task::Invite { party, role, invitation, expires_at } => {
            admin::invite(tx, party, role, invitation, *expires_at)
        }
        Task::PublishCrl { number, pem } => {
            pki::publish_crl(tx, *number, pem, batch.now.as_millis())?;
            Ok(Answer::Done)
        }
        _ => Err(BatchError::Corrupt("task")),
    }
}

/// The answer to a message that was sent before. The sender is named by the party that signed.
fn repeated(batch: &mut Batch<'_>, tx: &mut Tx<'_>, task: &Task) -> Result<Option<Reply>, BatchError> {
    let (id, signer, digest) = match task {
        Task::Order(order) => (order.message().order_id.into(), Some(&**order.sender()), order.digest()),
        Task::Offer(offer) => (offer.message().offer_id.into(), Some(&**offer.sender()), offer.digest()),
        Task::Refund(order) => (order.message().refund_id.into(), Some(&**order.sender()), order.digest()),
        Task::Enrol(enrolment) => (enrolment.request.request_id.into(), None, enrolment.digest),
        Task::Request(request) => {
            let asked = request.asked();
            (asked.id, Some(asked.sender), asked.digest)
        }
        _ => return Ok(None),
    };
    let id: MessageId = id;
    if batch.seen(id.as_bytes()).is_none() {
        return Ok(None);
    }
    let sender = match signer {
        Some(signer) => {
            let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
            parties.named(tx.conn(), sealer, signer.party(), batch.now)?.map(|party| party.id)
        }
        None => None,
    };
    repeat::answer(batch, tx, id, sender, digest)
}
