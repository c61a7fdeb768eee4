//! Takes due items from the outbox and delivers them, many at a time, each destination apart from all others.
//!
//! A destination is a merchant's server or the mail relay. When one fails as a whole its items are put back untried,
//! and one at a time finds out whether it has come back ([`destination`]); so ten thousand receipts for a server that
//! hangs cost the others nothing. An item that is being delivered is never begun a second time by the same dispatcher,
//! even if its lease ran out.
//!
//! What this must not do: look into what it delivers, or promise an order. Start at [`Dispatcher::run`].

mod destination;
mod outbox;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use payment_domain::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use outbox::{Channel, Item, ItemId, Outbox, OutboxError, Verdict};

use super::delivery::{Delivery, Fault};
use super::schedule::{Jitter, Next, Schedule};
use destination::{Admission, Destinations};

/// Makes one try to deliver an item's content. [`Postman`](super::mail::Postman) and
/// [`Caller`](super::callback::Caller) do.
pub trait Deliver: Send + Sync {
    /// What an item carries.
    type Content: Send + Sync + 'static;

    /// What stands or falls together: a server, the relay.
    fn destination(&self, content: &Self::Content) -> String;

    /// One try, bounded in time.
    fn deliver<'a>(&'a self, content: &'a Self::Content, now: Timestamp) -> BoxFuture<'a, Delivery>;
}

/// How much is done at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispatchSettings {
    /// Items that are delivered at a time.
    pub parallel: usize,
    /// Items that are delivered to one destination at a time.
    pub per_destination: usize,
    /// How long an item is ours: longer than any try can take.
    pub lease: Duration,
    /// The pause when nothing is due.
    pub poll: Duration,
}

/// Delivers the items of one channel.
pub struct Dispatcher<D: Deliver> {
    shared: Arc<Shared<D>>,
    running: JoinSet<()>,
}

struct Shared<D: Deliver> {
    channel: Channel,
    schedule: Schedule,
    settings: DispatchSettings,
    outbox: Arc<dyn Outbox<D::Content>>,
    courier: D,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    table: Mutex<Table>,
}

/// What is under way.
struct Table {
    items: HashSet<ItemId>,
    destinations: Destinations,
}

/// Times that a verdict is written before it is left to the lease.
const WRITES: u32 = 3;

impl<D: Deliver + 'static> Dispatcher<D> {
    /// A dispatcher for a channel, by its usual schedule.
    #[must_use]
    pub fn new(
        channel: Channel,
        outbox: Arc<dyn Outbox<D::Content>>,
        courier: D,
        settings: DispatchSettings,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        let schedule = match channel {
            Channel::Email => Schedule::MAIL,
            Channel::Callback => Schedule::CALLBACK,
        };
        let destinations = Destinations::new(settings.per_destination.max(1));
        let table = Mutex::new(Table { items: HashSet::new(), destinations });
        let shared = Shared { channel, schedule, settings, outbox, courier, clock, table };
        Self { shared: Arc::new(shared), running: JoinSet::new() }
    }

    /// Works until `stop` becomes true, then lets what is under way come to its end.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = if self.begin().await { Duration::ZERO } else { self.shared.settings.poll };
            tokio::select! {
                () = tokio::time::sleep(pause), if self.has_room() => {}
                Some(_) = self.running.join_next(), if !self.has_room() => {}
                changed = stop.changed() => if changed.is_err() { break },
            }
        }
        self.finish().await;
    }

    /// Takes what is due and begins to deliver it. True if there may be more.
    pub async fn begin(&mut self) -> bool {
        while self.running.try_join_next().is_some() {}
        let shared = &self.shared;
        let room = shared.settings.parallel.saturating_sub(self.running.len());
        if room == 0 {
            return true;
        }
        let now = (shared.clock)();
        let lease_until = now.saturating_add_millis(millis(shared.settings.lease));
        let items = match shared.outbox.claim(shared.channel, room, lease_until).await {
            Ok(items) => items,
            Err(error) => {
                tracing::warn!(channel = shared.channel.as_str(), %error, "the outbox cannot be read now");
                return false;
            }
        };
        let full = items.len() >= room;
        for item in items {
            self.admit(item, now).await;
        }
        full
    }

    /// Waits for everything that was begun.
    pub async fn finish(&mut self) {
        while self.running.join_next().await.is_some() {}
    }

    fn has_room(&self) -> bool {
        self.running.len() < self.shared.settings.parallel
    }

    async fn admit(&mut self, item: Item<D::Content>, now: Timestamp) {
        let destination = self.shared.courier.destination(&item.content);
        let admission = {
            let mut table = self.shared.table();
            if !table.items.insert(item.id) {
                // Still under way from an earlier lease, and will say how it went.
                return;
            }
            let admission = table.destinations.admit(&destination, now);
            if let Admission::Later(_) = admission {
                table.items.remove(&item.id);
            }
            admission
        };
        match admission {
            Admission::Go => {
                let shared = Arc::clone(&self.shared);
                self.running.spawn(async move { shared.deliver(item, destination).await });
            }
            Admission::Later(at) => {
                let verdict = Verdict::NotNow { at };
                self.shared.count(verdict.as_str());
                self.shared.write(&item, verdict).await;
            }
        }
    }
}

impl<D: Deliver> Shared<D> {
    async fn deliver(&self, item: Item<D::Content>, destination: String) {
        let started = (self.clock)();
        // Given back on every way out of here, a panic of the courier's included.
        let _place = Place { table: &self.table, item: item.id };
        let delivery = {
            let mut turn = Turn { shared: self, destination: &destination, way_failed: true };
            let delivery = self.courier.deliver(&item.content, started).await;
            turn.way_failed = matches!(delivery, Delivery::Retry { fault: Fault::Way, .. });
            delivery
        };
        let now = (self.clock)();
        let taken = Duration::from_millis(now.millis_since(started).max(0).unsigned_abs());
        metrics::histogram!("meteore_outbox_try_seconds", "channel" => self.channel.as_str()).record(taken);
        let verdict = self.judge(&item, delivery, now);
        self.count(verdict.as_str());
        self.report(item.id, &verdict);
        self.write(&item, verdict).await;
    }

    fn judge(&self, item: &Item<D::Content>, delivery: Delivery, now: Timestamp) -> Verdict {
        let tries = item.tries_before.saturating_add(1);
        match delivery {
            Delivery::Sent => Verdict::Sent,
            Delivery::Gone => Verdict::Gone,
            Delivery::Refused(reason) => Verdict::Dead { reason },
            Delivery::Retry { reason, .. } => match self.schedule.next(tries, jitter(item.id, tries), now) {
                Next::At(at) => Verdict::Again { at, reason },
                Next::GiveUp => Verdict::Dead { reason },
            },
        }
    }

    /// A verdict that cannot be written costs a repetition, so it is worth a few tries.
    async fn write(&self, item: &Item<D::Content>, verdict: Verdict) {
        for tries in 1..=WRITES {
            match self.outbox.conclude(item, verdict).await {
                Ok(()) => return,
                Err(error) if tries == WRITES => {
                    tracing::error!(item = %item.id, %error, "the outbox cannot be written: it will be sent again");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200).saturating_mul(tries)).await,
            }
        }
    }

    fn report(&self, id: ItemId, verdict: &Verdict) {
        let channel = self.channel.as_str();
        match verdict {
            Verdict::NotNow { .. } => {}
            Verdict::Sent => tracing::debug!(item = %id, channel, "delivered"),
            Verdict::Again { at, reason } => {
                tracing::info!(item = %id, channel, %reason, again_at = %at, "not delivered yet");
            }
            Verdict::Dead { reason } => tracing::warn!(item = %id, channel, %reason, "dead letter"),
            Verdict::Gone => tracing::warn!(item = %id, channel, "the receiver wants no more of these"),
        }
    }

    fn count(&self, outcome: &'static str) {
        let channel = self.channel.as_str();
        metrics::counter!("meteore_outbox_items_total", "channel" => channel, "outcome" => outcome)
            .increment(1);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An item's place among those that are under way.
struct Place<'a> {
    table: &'a Mutex<Table>,
    item: ItemId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).items.remove(&self.item);
    }
}

/// A turn at a destination. It counts as failed until the courier has said otherwise.
struct Turn<'a, D: Deliver> {
    shared: &'a Shared<D>,
    destination: &'a str,
    way_failed: bool,
}

impl<D: Deliver> Drop for Turn<'_, D> {
    fn drop(&mut self) {
        let now = (self.shared.clock)();
        self.shared.table().destinations.finished(self.destination, self.way_failed, now);
    }
}

/// Differs from item to item and from try to try, and is the same when a day is replayed.
fn jitter(id: ItemId, tries: u32) -> Jitter {
    let [low, high, ..] =
        BuildHasherDefault::<DefaultHasher>::default().hash_one((id.value(), tries)).to_le_bytes();
    Jitter(u16::from_le_bytes([low, high]))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
