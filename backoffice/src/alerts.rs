//! Letters that consumers asked for: that something was paid, and that little is left.
//!
//! The read model leaves a row for each payment of whoever wants letters ([`crate::sales::fold`]). [`AlertWorker`] takes the
//! rows, looks once more at what is wanted, writes, and removes a row when its letter was sent. At least once: if this
//! ends between sending and removing, or nobody knows whether a letter went, it is sent again, under the same name. One
//! address that does not answer holds nobody up: it is tried again later, less and less often, and then given up.
//!
//! What this must not do: write down whom it writes to, or say more than merchant, amount, time, item and where to look.
//! Start at [`AlertWorker::run`].

mod rules;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aggregation::calendar::Zone;
use core_payment::{Clock, Core, ReadError, time_of};
use payment_domain::{LedgerPosition, PartyId};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::consumer::interests;
use crate::consumer::merchants::Names;
use crate::people::{Courier, Known, Note, Paid, Reach};
use crate::sales::history::Purchase;
use crate::sales::{Sales, SalesError};
use crate::storage::alerts::{self as storage, AlertRow};
use crate::storage::{Store, StoreError, Tx, people};
use crate::web::{Audience, Origin};
use crate::words::{Locale, Words};

pub use rules::LITTLE;

/// Letters that are written at once.
const BATCH: i64 = 16;
/// So long nobody else takes a letter that was taken: longer than writing and sending may take.
const LEASE_MS: i64 = 2 * 60 * 1000;
/// How long sending one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes the letters. One is enough for a gateway; several gateways may have one each.
pub struct AlertWorker {
    parts: AlertParts,
}

/// What the worker needs.
pub struct AlertParts {
    /// Where letters wait.
    pub store: Store,
    /// What merchants are called, and how much may be owed.
    pub core: Core,
    /// What was bought.
    pub sales: Arc<Sales>,
    /// Who carries them.
    pub courier: Arc<dyn Courier>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The consumers' portal.
    pub consumers: Origin,
    /// Whose clock is meant.
    pub zone: Zone,
}

/// Why a letter was not written. It is tried again.
#[derive(Debug, Error)]
pub enum AlertError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The payment could not be looked up.
    #[error(transparent)]
    Sales(#[from] SalesError),
    /// The merchant's name could not be looked up.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A row makes no sense.
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
    /// The thread that did it was stopped.
    #[error("the work was stopped")]
    Stopped,
}

/// A letter, and where it goes.
struct Ready {
    to: Reach,
    note: Note,
    words: Words,
}

impl AlertWorker {
    /// With everything that it needs.
    #[must_use]
    pub fn new(parts: AlertParts) -> Self {
        Self { parts }
    }

    /// Writes what is due until it is told to stop, looking so often.
    pub async fn run(self: Arc<Self>, every: Duration, mut stop: watch::Receiver<bool>) {
        let mut failed = false;
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.changed() => return,
            }
            match self.step().await {
                Ok(_) => failed = false,
                // Said once, not at every look.
                Err(error) if !failed => {
                    failed = true;
                    tracing::error!(%error, "letters that consumers asked for are not sent now");
                }
                Err(_) => {}
            }
        }
    }

    /// Takes some letters that are due, and returns how many, when all of them were tried.
    ///
    /// # Errors
    /// [`AlertError`], if none could be taken.
    pub async fn step(self: &Arc<Self>) -> Result<usize, AlertError> {
        let now_ms = self.parts.clock.now().as_millis();
        let until = now_ms.saturating_add(LEASE_MS);
        let taken = self.parts.store.write(move |tx| storage::take(tx, now_ms, until, BATCH)).await?;
        let count = taken.len();
        // Each by itself: whatever one of them waits for, the others do not.
        let mut letters = JoinSet::new();
        for row in taken {
            let this = Arc::clone(self);
            letters.spawn(async move { this.deal_with(row).await });
        }
        while let Some(ended) = letters.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a letter waits for its next try"),
                Err(_) => tracing::error!("a letter could not be written"),
            }
        }
        Ok(count)
    }

    /// Sends a letter, or decides what else becomes of it.
    async fn deal_with(&self, row: AlertRow) -> Result<(), AlertError> {
        let AlertParts { store, courier, clock, .. } = &self.parts;
        let now = clock.now();
        if !rules::may_be_tried(row.tries) {
            tracing::warn!(payment = row.id, "a letter was given up");
            return Ok(store.write(move |tx| storage::remove(tx, row.id)).await?);
        }
        let due_at = now.as_millis().saturating_add(rules::pause_ms(row.tries));
        let ready = match self.write(row).await {
            Ok(Some(ready)) => ready,
            // Nobody wants it any more, or nobody is there.
            Ok(None) => return Ok(store.write(move |tx| storage::remove(tx, row.id)).await?),
            Err(error) => {
                store.write(move |tx| storage::put_off(tx, row.id, due_at)).await?;
                return Err(error);
            }
        };
        let sending = courier.send_note(&ready.to, &ready.note, ready.words);
        let sent = tokio::time::timeout(PATIENCE, sending).await;
        if matches!(sent, Ok(Ok(()))) {
            return Ok(store.write(move |tx| storage::remove(tx, row.id)).await?);
        }
        tracing::warn!(payment = row.id, tries = row.tries, "a letter was not sent");
        Ok(store.write(move |tx| storage::put_off(tx, row.id, due_at)).await?)
    }

    /// Writes a letter, if somebody still wants it.
    async fn write(&self, row: AlertRow) -> Result<Option<Ready>, AlertError> {
        let AlertParts { store, core, clock, consumers, zone, .. } = &self.parts;
        let AlertRow { id, consumer, .. } = row;
        let Some((to, locale)) = self.reach(consumer).await? else { return Ok(None) };
        let Some(about) = store.read(move |conn| storage::about(conn, consumer, id)).await? else {
            return Ok(None);
        };
        let wanted = interests::wanted(store.sealer(), consumer, &about.interests, time_of(id))
            .map_err(|_| AlertError::Corrupt("interest"))?;
        let party = PartyId::parse(&about.party).map_err(|_| AlertError::Corrupt("party"))?;
        let left = about.paid_from.and_then(|from| rules::left(&from, &core.policy(), clock.now()));
        let low = wanted.low && left.is_some_and(rules::is_little) && self.claim_little(row).await?;
        let bought = if wanted.payment { self.purchase(party, id).await? } else { None };
        let words = Words::of(locale).in_zone(*zone);
        let address = match &bought {
            Some((purchase, _)) => consumers.at(&format!("/payments/{}", purchase.order)),
            None => consumers.at("/"),
        };
        let paid = bought.map(|(purchase, merchant)| Paid {
            merchant,
            item: purchase.title.as_str().to_owned(),
            amount: purchase.paid,
            at: purchase.ordered_at,
        });
        let little = low.then_some(LITTLE);
        if paid.is_none() && little.is_none() {
            return Ok(None);
        }
        let note = Note { name: format!("note_{id}"), paid, little, address };
        Ok(Some(Ready { to, note, words }))
    }

    /// Where the consumer is reached, and in which language.
    async fn reach(&self, consumer: i64) -> Result<Option<(Reach, Locale)>, AlertError> {
        let AlertParts { store, courier, .. } = &self.parts;
        let team = store.read(move |conn| people::team(conn, consumer)).await?;
        let theirs =
            |row: &&people::PersonRow| row.state == "active" && row.audience == Audience::Consumers.as_str();
        let Some(person) = team.iter().find(theirs) else { return Ok(None) };
        let known = Known::open(store.sealer(), person).map_err(|_| AlertError::Corrupt("person"))?;
        let reached = |reach: &Reach| matches!(reach, Reach::Email(_)) || courier.reaches_phones();
        let locale = Locale::parse(&person.language).unwrap_or_default();
        Ok(known.reach().filter(reached).map(|reach| (reach, locale)))
    }

    /// What was bought, and what its merchant is called.
    async fn purchase(&self, consumer: PartyId, id: i64) -> Result<Option<(Purchase, String)>, AlertError> {
        let id = LedgerPosition::new(id).map_err(|_| AlertError::Corrupt("payment"))?;
        let (sales, core) = (Arc::clone(&self.parts.sales), self.parts.core.clone());
        let read = tokio::task::spawn_blocking(move || {
            let Some(purchase) = sales.purchase(&consumer, id)? else { return Ok(None) };
            let name = Names::read(&core, [&purchase.merchant])?.short(&purchase.merchant);
            Ok(Some((purchase, name)))
        });
        read.await.map_err(|_| AlertError::Stopped)?
    }

    /// Whether this letter says that little is left: one a day does.
    async fn claim_little(&self, row: AlertRow) -> Result<bool, AlertError> {
        if row.little != 0 {
            return Ok(true);
        }
        let now_ms = self.parts.clock.now().as_millis();
        let since = now_ms.saturating_sub(rules::LITTLE_EVERY_MS);
        let claim = move |tx: &mut Tx<'_>| storage::claim_little(tx, row.id, row.consumer, now_ms, since);
        Ok(self.parts.store.write(claim).await?)
    }
}

impl fmt::Debug for AlertWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertWorker(..)")
    }
}

impl fmt::Debug for AlertParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertParts(..)")
    }
}
