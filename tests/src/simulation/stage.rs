//! The core in the process of one day-runner: a clock that is set, messages handed in as the gateway would.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use aggregation::Aggregation;
use anyhow::{Context as _, Result, bail, ensure};
use core_payment::coupon::{CampaignDeposit, CouponInstruction};
use core_payment::exchange::QuoteFor;
use core_payment::purse::{Redemption, TopUp};
use core_payment::{Clock, Core, Reply, ReplyKind};
use payment_domain::Timestamp;
use payment_message::{Message, Verified, canonical};

use super::people::People;
use crate::storage::Sql;

/// A clock that is put forward, and between that goes on a millisecond whenever somebody looks: of two batches in one
/// millisecond the second would have to wait for the next. It never goes back, not even when a day begins again.
#[derive(Debug)]
pub struct Calendar(AtomicI64);

impl Calendar {
    /// It goes on where the ledger stands.
    ///
    /// # Errors
    /// If the ledger does not say.
    pub fn of(database: &str) -> Result<Self> {
        let newest = Sql::open(database)?.number("SELECT COALESCE(MAX(id), 0) FROM batch")?;
        Ok(Self::at(core_payment::time_of(newest).saturating_add_millis(1)))
    }

    /// It begins at a moment.
    #[must_use]
    pub const fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.as_millis()))
    }

    /// Puts it forward to a moment, if it is not there yet.
    pub fn advance(&self, to: Timestamp) {
        self.0.fetch_max(to.as_millis(), Ordering::Relaxed);
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed)).expect("before the year 10000")
    }
}

/// How often what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(pub BTreeMap<String, u64>);

impl Tally {
    /// Counts.
    pub fn add(&mut self, what: impl Into<String>, count: u64) {
        *self.0.entry(what.into()).or_default() += count;
    }

    /// Adds another one.
    pub fn merge(&mut self, other: Self) {
        for (what, count) in other.0 {
            self.add(what, count);
        }
    }
}

/// Hands in messages, in the order given: they are queued at once and share batches.
///
/// # Errors
/// If one is not answered.
pub async fn hand_in(
    office: &Aggregation,
    core: &Core,
    people: &People,
    documents: Vec<Vec<u8>>,
) -> Result<Vec<Reply>> {
    let messages: Vec<_> = documents.iter().map(|document| people.verify(document)).collect::<Result<_>>()?;
    // Spawned tasks of one thread run in their order, up to where they wait for the writer.
    let tasks: Vec<_> = messages
        .into_iter()
        .map(|message| {
            let (core, office) = (core.clone(), office.clone());
            tokio::spawn(async move { submit(&office, &core, message).await })
        })
        .collect();
    let mut replies = Vec::with_capacity(tasks.len());
    for task in tasks {
        replies.push(task.await??);
    }
    Ok(replies)
}

async fn submit(office: &Aggregation, core: &Core, message: Verified<Message>) -> Result<Reply> {
    let reply = match message.message() {
        Message::Offer(_) => core.deposit_offer(message.narrow()?).await,
        Message::PaymentOrder(_) => core.accept_order(message.narrow()?).await,
        Message::RefundOrder(_) => core.refund(message.narrow()?).await,
        Message::CaptureOrder(_) => core.capture(message.narrow()?).await,
        Message::VoidOrder(_) => core.void(message.narrow()?).await,
        Message::TopUpOrder(_) => core.request(TopUp::new(message.narrow()?)).await,
        Message::RedemptionOrder(_) => core.request(Redemption::new(message.narrow()?)).await,
        Message::QuoteRequest(_) => core.request(QuoteFor::new(message.narrow()?)).await,
        Message::CouponOrder(_) => core.request(CouponInstruction::new(message.narrow()?)).await,
        Message::DisputeOrder(_) => core.request(office.dispute(message.narrow()?)).await,
        Message::Campaign(_) => core.request(CampaignDeposit::new(message.narrow()?)).await,
        other => bail!("nobody hands in {:?}", other.kind()),
    };
    reply.context("a message was not answered")
}

/// What a reply comes to, in a word.
#[must_use]
pub fn word(reply: &Reply) -> String {
    match reply {
        Reply::Pending { .. } => "pending".to_owned(),
        Reply::Signed { kind: ReplyKind::Accepted, .. } => "accepted".to_owned(),
        Reply::Signed { kind: ReplyKind::Report, .. } => "noted".to_owned(),
        Reply::Signed { kind: ReplyKind::Rejected(code), .. } => format!("refused {code}"),
    }
}

/// What a signed document of the system says.
///
/// # Errors
/// If it is no message.
pub fn read(document: &[u8]) -> Result<Message> {
    ensure!(!document.is_empty(), "no document");
    let scanned = canonical::scan(document)?;
    Ok(Message::parse(scanned.body())?)
}
