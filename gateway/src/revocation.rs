//! Keeps the revocation list in force: the newest of what the database publishes, renewed in time where the issuing key
//! is.
//!
//! Anything that is not a verified, newer list is refused and logged, and the one in force stays: an unreadable list
//! taken for an empty one would switch revocation off in silence. A list that grows stale makes every sender
//! unavailable, which is why half of its life is the time to renew it.

use std::sync::Arc;
use std::time::Duration;

use core_payment::{AdminError, Core, ReadError};
use payment_domain::Timestamp;
use payment_trust::{
    CrlError, Directory, DirectoryError, Revocation, RevocationList, RevocationReason, SenderCache, Serial,
};
use thiserror::Error;

/// Watches the published revocation list.
#[derive(Clone)]
pub struct CrlWatch {
    core: Core,
    senders: Arc<SenderCache>,
    directory: Directory,
    /// For how long a list that is made here holds. `None` where the issuing key is not.
    renews_for: Option<Duration>,
}

/// Why the list in force is not the newest.
#[derive(Debug, Error)]
pub enum WatchError {
    /// The database cannot be asked.
    #[error("the published revocation list cannot be read: {0}")]
    Read(#[from] ReadError),
    /// What is published is no list to go by.
    #[error("the published revocation list is refused: {0}")]
    Refused(#[from] CrlError),
    /// No newer list could be made.
    #[error("the revocation list cannot be renewed: {0}")]
    Renew(#[from] DirectoryError),
    /// The list that was made could not be published.
    #[error("the revocation list cannot be published: {0}")]
    Publish(#[from] AdminError),
    /// The number is not one that the database can hold.
    #[error("the revocation list has an impossible number")]
    Number,
    /// Only where the issuing key is, something can be revoked.
    #[error("the issuing key is not on this server")]
    NoKey,
    /// The work was cut short.
    #[error("the revocation was cut short")]
    Interrupted,
}

impl CrlWatch {
    /// Watches for these senders. Lists are renewed, for `renews_for`, only where the issuing key is.
    #[must_use]
    pub fn new(
        core: Core,
        senders: Arc<SenderCache>,
        directory: Directory,
        renews_for: Option<Duration>,
    ) -> Self {
        Self { core, senders, directory, renews_for }
    }

    /// Looks once: takes over what is newer, renews what is half used up, and tells the metrics.
    ///
    /// # Errors
    /// [`WatchError`]; then the list in force stays.
    pub async fn look(&self, now: Timestamp) -> Result<(), WatchError> {
        let taken = self.take_over().await;
        let renewed = match taken {
            Ok(()) => self.renew(now).await,
            Err(error) => Err(error),
        };
        self.report(now);
        if renewed.is_err() {
            metrics::counter!("meteore_crl_refused_total").increment(1);
        }
        renewed
    }

    /// Publishes the list of the folder, if the database has none or an older one.
    ///
    /// # Errors
    /// [`WatchError`].
    pub async fn publish_own(&self) -> Result<(), WatchError> {
        let list = self.directory.revocation_list()?;
        let number = number(&list)?;
        let published = self.core.latest_crl()?.map(|(number, _)| number);
        if published.is_none_or(|published| published < number) {
            self.core.publish_crl(number, list.to_pem().as_bytes()).await?;
        }
        Ok(())
    }

    /// Whether a certificate is on the list in force.
    #[must_use]
    pub fn revocation(&self, serial: Serial) -> Option<Revocation> {
        self.senders.revocations().status(serial)
    }

    /// Revokes a certificate for good: for whoever asks this server at once, for others as soon as they look. Repeating it
    /// changes nothing, and publishes what was not published the first time.
    ///
    /// # Errors
    /// [`WatchError`]; after [`WatchError::Publish`] it is revoked in the folder only: repeat it.
    pub async fn revoke(
        &self,
        serial: Serial,
        reason: RevocationReason,
        now: Timestamp,
    ) -> Result<(), WatchError> {
        let lifetime = self.renews_for.ok_or(WatchError::NoKey)?;
        let directory = self.directory.clone();
        let made =
            tokio::task::spawn_blocking(move || match directory.revoke(serial, reason, lifetime, now) {
                Err(DirectoryError::AlreadyRevoked(_)) => directory.revocation_list(),
                made => made,
            });
        let list = made.await.map_err(|_| WatchError::Interrupted)??;
        self.core.publish_crl(number(&list)?, list.to_pem().as_bytes()).await?;
        tracing::info!(target: "security", %serial, %reason, number = list.number(), "a certificate was revoked");
        match self.senders.put_in_force(list) {
            // Somebody has revoked something else meanwhile: that list has this one in it, too.
            Ok(()) | Err(CrlError::Older { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn take_over(&self) -> Result<(), WatchError> {
        let core = self.core.clone();
        let latest = tokio::task::spawn_blocking(move || core.latest_crl()).await;
        let Ok(latest) = latest else { return Ok(()) };
        let Some((published, pem)) = latest? else { return Ok(()) };
        let in_force = self.senders.revocations();
        if published == number(&in_force)? {
            return Ok(());
        }
        let list = RevocationList::from_pem(&pem, self.directory.chain()?.issuing())?;
        let revoked = list.len();
        self.senders.put_in_force(list)?;
        tracing::info!(target: "security", number = published, revoked, "a newer revocation list is in force");
        Ok(())
    }

    async fn renew(&self, now: Timestamp) -> Result<(), WatchError> {
        let Some(lifetime) = self.renews_for else { return Ok(()) };
        if !is_half_used(&self.senders.revocations(), now) {
            return Ok(());
        }
        let directory = self.directory.clone();
        let made = tokio::task::spawn_blocking(move || directory.renew_crl(lifetime, now)).await;
        let Ok(made) = made else { return Ok(()) };
        let list = made?;
        self.core.publish_crl(number(&list)?, list.to_pem().as_bytes()).await?;
        tracing::info!(number = list.number(), next_update = %list.next_update(), "renewed the revocation list");
        self.senders.put_in_force(list)?;
        Ok(())
    }

    fn report(&self, now: Timestamp) {
        let list = self.senders.revocations();
        let seconds = |millis: i64| i32::try_from(millis.checked_div(1000).unwrap_or(0)).unwrap_or(i32::MAX);
        metrics::gauge!("meteore_crl_age_seconds").set(seconds(now.millis_since(list.this_update())));
        metrics::gauge!("meteore_crl_valid_seconds").set(seconds(list.next_update().millis_since(now)));
        metrics::gauge!("meteore_crl_revoked").set(u32::try_from(list.len()).unwrap_or(u32::MAX));
    }
}

fn is_half_used(list: &RevocationList, now: Timestamp) -> bool {
    let life = list.next_update().millis_since(list.this_update());
    let age = now.millis_since(list.this_update());
    age.saturating_mul(2) >= life
}

fn number(list: &RevocationList) -> Result<i64, WatchError> {
    i64::try_from(list.number()).map_err(|_| WatchError::Number)
}
