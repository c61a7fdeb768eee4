use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use payment_domain::PartyId;
use tokio::sync::{Notify, Semaphore};

use super::*;
use crate::notify::delivery::Reason;

/// An outbox in memory: due times, tries, and every verdict in the order it was written.
#[derive(Default)]
struct Memory {
    due: Mutex<BTreeMap<i64, Stored>>,
    verdicts: Mutex<Vec<(i64, Verdict)>>,
    broken_writes: AtomicUsize,
    clock: Arc<AtomicI64>,
}

#[derive(Clone)]
struct Stored {
    content: &'static str,
    due_at: Timestamp,
    tries: u32,
}

/// Delivers `host outcome`: what the outcome says.
struct Courier {
    gate: Semaphore,
    began: Notify,
    calls: AtomicUsize,
}

impl Outbox<&'static str> for Memory {
    fn claim(
        &self,
        _channel: Channel,
        limit: usize,
        lease_until: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Item<&'static str>>, OutboxError>> {
        let now = Timestamp::from_millis(self.clock.load(Ordering::SeqCst)).unwrap();
        let mut due = self.due.lock().unwrap();
        let ready = due.iter_mut().filter(|(_, stored)| stored.due_at <= now).take(limit);
        let items = ready.map(|(id, stored)| {
            stored.due_at = lease_until;
            let tries_before = stored.tries;
            stored.tries = tries_before.saturating_add(1);
            let party = PartyId::parse("somebody").unwrap();
            Item { id: ItemId::new(*id), party, tries_before, content: stored.content }
        });
        let items = items.collect();
        Box::pin(async move { Ok(items) })
    }

    fn conclude<'a>(
        &'a self,
        item: &'a Item<&'static str>,
        verdict: Verdict,
    ) -> BoxFuture<'a, Result<(), OutboxError>> {
        let id = item.id;
        Box::pin(async move {
            if self.broken_writes.load(Ordering::SeqCst) > 0 {
                self.broken_writes.fetch_sub(1, Ordering::SeqCst);
                return Err(OutboxError("down".to_owned()));
            }
            self.verdicts.lock().unwrap().push((id.value(), verdict));
            let mut due = self.due.lock().unwrap();
            match verdict {
                Verdict::Again { at, .. } => due.get_mut(&id.value()).unwrap().due_at = at,
                Verdict::NotNow { at } => {
                    let stored = due.get_mut(&id.value()).unwrap();
                    (stored.due_at, stored.tries) = (at, stored.tries.saturating_sub(1));
                }
                Verdict::Sent | Verdict::Dead { .. } | Verdict::Gone => drop(due.remove(&id.value())),
            }
            Ok(())
        })
    }
}

impl Deliver for Arc<Courier> {
    type Content = &'static str;

    fn destination(&self, content: &&'static str) -> String {
        content.split(' ').next().unwrap().to_owned()
    }

    fn deliver<'a>(&'a self, content: &'a &'static str, _now: Timestamp) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            self.began.notify_one();
            match content.split(' ').nth(1).unwrap() {
                "sent" => Delivery::Sent,
                "gone" => Delivery::Gone,
                "refused" => Delivery::Refused(Reason::Status(400)),
                "later" => Delivery::retry(Reason::Status(404), Fault::Message),
                "down" => Delivery::retry(Reason::Unreachable, Fault::Way),
                "panics" => panic!("a courier stumbles"),
                "hangs" => {
                    let _held = self.gate.acquire().await.unwrap();
                    Delivery::retry(Reason::TimedOut, Fault::Way)
                }
                other => unreachable!("{other}"),
            }
        })
    }
}

struct Stage {
    outbox: Arc<Memory>,
    courier: Arc<Courier>,
    dispatcher: Dispatcher<Arc<Courier>>,
}

impl Stage {
    fn new(items: &[&'static str]) -> Self {
        let outbox = Arc::new(Memory::default());
        for (id, content) in (1..).zip(items) {
            let stored = Stored { content, due_at: Timestamp::EPOCH, tries: 0 };
            outbox.due.lock().unwrap().insert(id, stored);
        }
        let courier =
            Arc::new(Courier { gate: Semaphore::new(0), began: Notify::new(), calls: AtomicUsize::new(0) });
        let settings = DispatchSettings {
            parallel: 8,
            per_destination: 2,
            lease: Duration::from_secs(60),
            poll: Duration::from_millis(1),
        };
        let clock = Arc::clone(&outbox.clock);
        let clock = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst)).unwrap());
        let taken: Arc<dyn Outbox<&'static str>> = Arc::<Memory>::clone(&outbox);
        let dispatcher = Dispatcher::new(Channel::Callback, taken, Arc::clone(&courier), settings, clock);
        Self { outbox, courier, dispatcher }
    }

    /// Everything that is due now, to its end.
    async fn round(&mut self) {
        while self.dispatcher.begin().await {
            tokio::task::yield_now().await;
        }
        self.dispatcher.finish().await;
    }

    fn advance(&self, millis: i64) {
        self.outbox.clock.fetch_add(millis, Ordering::SeqCst);
    }

    fn verdicts(&self) -> Vec<(i64, Verdict)> {
        std::mem::take(&mut *self.outbox.verdicts.lock().unwrap())
    }

    fn calls(&self) -> usize {
        self.courier.calls.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn every_outcome_becomes_its_verdict() {
    let mut stage = Stage::new(&["a sent", "b gone", "c refused", "d later"]);
    stage.round().await;
    let mut verdicts = stage.verdicts();
    verdicts.sort_by_key(|(id, _)| *id);
    let at = match verdicts[3].1 {
        Verdict::Again { at, .. } => at,
        other => panic!("{other:?}"),
    };
    assert!((4_375..5_625).contains(&at.as_millis()), "{at}");
    assert_eq!(
        verdicts,
        [
            (1, Verdict::Sent),
            (2, Verdict::Gone),
            (3, Verdict::Dead { reason: Reason::Status(400) }),
            (4, Verdict::Again { at, reason: Reason::Status(404) }),
        ]
    );
}

#[tokio::test]
async fn an_item_that_never_arrives_is_dead_after_its_last_try_and_not_before() {
    let mut stage = Stage::new(&["a later"]);
    let mut tries = 0;
    loop {
        stage.round().await;
        let verdicts = stage.verdicts();
        tries += verdicts.len();
        match verdicts.last() {
            Some((_, Verdict::Dead { reason })) => {
                assert_eq!(*reason, Reason::Status(404));
                break;
            }
            _ => stage.advance(60_000),
        }
    }
    assert_eq!(tries, 12);
    let hours = stage.outbox.clock.load(Ordering::SeqCst) / 3_600_000;
    assert!((21..=27).contains(&hours), "{hours} h");
}

#[tokio::test]
async fn one_destination_that_is_down_costs_the_others_nothing_and_its_items_no_tries() {
    let mut items = vec!["down.example down"; 200];
    items.push("well.example sent");
    let mut stage = Stage::new(&items);
    stage.round().await;
    let verdicts = stage.verdicts();
    assert!(verdicts.contains(&(201, Verdict::Sent)));
    let tried = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Again { .. })).count();
    let held = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::NotNow { .. })).count();
    assert!(tried <= 2 && tried + held == 200, "{tried} tried, {held} held back");
    assert_eq!(stage.calls(), tried + 1);
    let untried = stage.outbox.due.lock().unwrap().values().filter(|stored| stored.tries == 0).count();
    assert_eq!(untried, held);
    // A second later one of them looks whether it is back.
    stage.advance(1_000);
    stage.round().await;
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn while_one_destination_hangs_others_are_delivered() {
    let mut items = vec!["hangs.example hangs"; 50];
    items.extend(["well.example sent"; 20]);
    let Stage { outbox, courier, dispatcher } = Stage::new(&items);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(dispatcher.run(stopped));
    let delivered = || outbox.verdicts.lock().unwrap().iter().filter(|(_, v)| *v == Verdict::Sent).count();
    let all = async {
        while delivered() < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            // The well one is busy at times too; its items come back when the clock goes on.
            outbox.clock.fetch_add(100, Ordering::SeqCst);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("the others are delivered");
    courier.gate.add_permits(1_000);
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), running).await.expect("it stops").unwrap();
}

#[tokio::test]
async fn an_item_whose_lease_runs_out_while_it_is_delivered_is_not_begun_again() {
    let mut stage = Stage::new(&["a hangs"]);
    stage.dispatcher.begin().await;
    stage.courier.began.notified().await;
    stage.advance(120_000);
    stage.dispatcher.begin().await;
    stage.courier.gate.add_permits(1);
    stage.dispatcher.finish().await;
    assert_eq!(stage.calls(), 1);
    assert_eq!(stage.verdicts().len(), 1);
}

#[tokio::test]
async fn a_verdict_is_written_again_when_the_outbox_fails_for_a_moment() {
    let mut stage = Stage::new(&["a sent"]);
    stage.outbox.broken_writes.store(2, Ordering::SeqCst);
    stage.round().await;
    assert_eq!(stage.verdicts(), [(1, Verdict::Sent)]);
}

#[tokio::test]
async fn a_courier_that_panics_loses_nothing_but_the_try() {
    let mut stage = Stage::new(&["a panics", "b sent"]);
    stage.round().await;
    assert_eq!(stage.verdicts(), [(2, Verdict::Sent)]);
    // The lease runs out, and it is tried again.
    stage.calls();
    stage.advance(60_000);
    stage.round().await;
    assert_eq!(stage.calls(), 1);
}
