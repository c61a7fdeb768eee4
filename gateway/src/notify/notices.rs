//! The core's outbox as the dispatcher needs it: items become letters and callbacks as they are taken, addressed by what
//! the party has given and sealed.
//!
//! An item that cannot be addressed or built is a dead letter at once, with the reason, and holds up nobody else.

use core_payment::{ChangeParty, Core, Details, Dispatched, Notice, NoticeKind};
use futures_util::future::BoxFuture;
use payment_domain::{Label, Timestamp};

use super::callback::{Callback, Endpoint, EventId, KeyInUse, SigningKey};
use super::delivery::Reason;
use super::dispatch::{Channel, Item, ItemId, Outbox, OutboxError, Verdict};
use super::document::Document;
use super::mail::Letter;

/// The letters that are due.
#[derive(Clone)]
pub struct Letters {
    core: Core,
    issuer: Label,
}

/// The callbacks that are due.
#[derive(Clone)]
pub struct Callbacks {
    core: Core,
}

impl Letters {
    /// Letters in the name of this issuer.
    #[must_use]
    pub const fn new(core: Core, issuer: Label) -> Self {
        Self { core, issuer }
    }
}

impl Callbacks {
    /// Callbacks of this core.
    #[must_use]
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

impl Outbox<Letter> for Letters {
    fn claim(
        &self,
        channel: Channel,
        limit: usize,
        lease_until: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Item<Letter>>, OutboxError>> {
        let issuer = self.issuer.clone();
        let build = move |notice| letter(notice, &issuer);
        Box::pin(take(self.core.clone(), channel, limit, lease_until, build))
    }

    fn conclude<'a>(
        &'a self,
        item: &'a Item<Letter>,
        verdict: Verdict,
    ) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(note(self.core.clone(), item.id, verdict))
    }
}

impl Outbox<Callback> for Callbacks {
    fn claim(
        &self,
        channel: Channel,
        limit: usize,
        lease_until: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Item<Callback>>, OutboxError>> {
        Box::pin(take(self.core.clone(), channel, limit, lease_until, callback))
    }

    fn conclude<'a>(
        &'a self,
        item: &'a Item<Callback>,
        verdict: Verdict,
    ) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            if verdict == Verdict::Gone {
                self.forget(item).await?;
            }
            note(self.core.clone(), item.id, verdict).await
        })
    }
}

impl Callbacks {
    /// Takes a merchant's address away that wants no more, unless the merchant has given another one since.
    async fn forget(&self, item: &Item<Callback>) -> Result<(), OutboxError> {
        let (core, party) = (self.core.clone(), item.party.clone());
        let Some(details) = blocking(move || core.details(&party)).await? else { return Ok(()) };
        let given = details.callback.as_ref().and_then(|callback| Endpoint::parse(callback.url()).ok());
        if given.as_ref() != Some(&item.content.endpoint) {
            return Ok(());
        }
        let details = Details { callback: None, ..details };
        let change =
            ChangeParty { name: item.party.clone(), active: None, external: None, details: Some(details) };
        self.core.change_party(change).await.map_err(|error| OutboxError(error.to_string()))
    }
}

async fn take<C: Send + 'static>(
    core: Core,
    channel: Channel,
    limit: usize,
    lease_until: Timestamp,
    build: impl Fn(Notice) -> Result<Item<C>, Unsendable> + Send + 'static,
) -> Result<Vec<Item<C>>, OutboxError> {
    let kind = match channel {
        Channel::Email => NoticeKind::Email,
        Channel::Callback => NoticeKind::Callback,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // Building a PDF takes a while too.
    blocking(move || {
        let mut items = Vec::new();
        for notice in core.take_notices(kind, lease_until, limit)? {
            match build(notice) {
                Ok(item) => items.push(item),
                Err(Unsendable { id, reason }) => {
                    tracing::warn!(item = id, channel = channel.as_str(), %reason, "dead letter");
                    core.dispatched(id, &Dispatched::Dead { fault: reason.to_string() })?;
                }
            }
        }
        Ok(items)
    })
    .await
}

async fn note(core: Core, id: ItemId, verdict: Verdict) -> Result<(), OutboxError> {
    let dispatched = match verdict {
        Verdict::Sent => Dispatched::Sent,
        Verdict::Again { at, reason } => Dispatched::Again { at, fault: reason.to_string() },
        Verdict::NotNow { at } => Dispatched::NotNow { at },
        Verdict::Dead { reason } => Dispatched::Dead { fault: reason.to_string() },
        Verdict::Gone => Dispatched::Dead { fault: Reason::Status(410).to_string() },
    };
    blocking(move || core.dispatched(id.value(), &dispatched)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, core_payment::ReadError> + Send + 'static,
) -> Result<T, OutboxError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| OutboxError(error.to_string())),
        Err(_) => Err(OutboxError("the work was given up".to_owned())),
    }
}

/// An item that no try can help.
struct Unsendable {
    id: i64,
    reason: Reason,
}

fn letter(notice: Notice, issuer: &Label) -> Result<Item<Letter>, Unsendable> {
    let unsendable = |reason| Unsendable { id: notice.id, reason };
    let to = notice.details.email.clone().ok_or(unsendable(Reason::NoAddress))?;
    let event = event(notice.id).ok_or(unsendable(Reason::Unbuildable))?;
    let letter = Document::of_xml(&notice.document, issuer)
        .and_then(|document| document.into_letter(event, to, notice.document.into()))
        .map_err(|_| unsendable(Reason::Unbuildable))?;
    Ok(Item { id: ItemId::new(notice.id), party: notice.party, tries_before: notice.tries, content: letter })
}

fn callback(notice: Notice) -> Result<Item<Callback>, Unsendable> {
    let unsendable = |reason| Unsendable { id: notice.id, reason };
    let given = notice.details.callback.as_ref().ok_or(unsendable(Reason::NoAddress))?;
    let endpoint = Endpoint::parse(given.url()).map_err(|_| unsendable(Reason::Unbuildable))?;
    let in_use = |secret: &[u8; 32], until| -> Result<KeyInUse, Unsendable> {
        let key = SigningKey::new(secret.to_vec()).map_err(|_| unsendable(Reason::Unbuildable))?;
        Ok(KeyInUse { key, until })
    };
    let mut keys = vec![in_use(given.secret(), None)?];
    if let Some((secret, until)) = given.last() {
        keys.push(in_use(secret, Some(until))?);
    }
    let event = event(notice.id).ok_or(unsendable(Reason::Unbuildable))?;
    let content = Callback { event, endpoint, keys, body: notice.document.into() };
    Ok(Item { id: ItemId::new(notice.id), party: notice.party, tries_before: notice.tries, content })
}

/// An item keeps its number for as long as it is sent, by hand too.
fn event(id: i64) -> Option<EventId> {
    EventId::parse(&format!("meteore-{id}")).ok()
}
