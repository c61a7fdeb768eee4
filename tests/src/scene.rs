//! One test's world: a town, a database and a running server; and what is asked of them over and over.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use core_payment::bank::{About, Afterwards, KeepEvent, Kept};
use payment_domain::{AttemptId, Offer, PaymentOrder, PaymentReceipt};
use payment_message::State;

use crate::app::{App, Setup};
use crate::audit;
use crate::database::Database;
use crate::door::{Door, Reply};
use crate::passkey::Authenticator;
use crate::town::{OfferDraft, Signed, Town};

/// What a system says when a charge is disputed there.
#[must_use]
pub fn disputed(system: &str, attempt: AttemptId) -> KeepEvent {
    KeepEvent {
        system: system.to_owned(),
        name: format!("evt-{attempt}"),
        kind: "charge.dispute.created".to_owned(),
        object: "dp_1".to_owned(),
        about: About::Attempt(attempt),
        says: Afterwards::ChargedBack,
    }
}

/// A town with a server.
#[derive(Debug)]
pub struct Scene {
    // Dropped in this order: the server before its database, the database before the folder.
    pub app: App,
    pub database: Database,
    pub town: Town,
}

impl Scene {
    /// A fresh town and its server, on an empty database.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(database: Database) -> Result<Self> {
        Self::open_with(database, &Setup::default()).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_with(database: Database, setup: &Setup) -> Result<Self> {
        let town = Town::found(&database).await?;
        let app = App::start_with(&town, &database, setup).await?;
        Ok(Self { app, database, town })
    }

    /// The server's door.
    #[must_use]
    pub fn door(&self) -> &Door {
        self.app.door()
    }

    /// A new passkey of somebody's, registered while the server runs.
    ///
    /// # Errors
    /// If it is not registered.
    pub async fn passkey(&self, name: &str) -> Result<Authenticator> {
        let core = self.town.core(&self.database)?;
        let passkey = Authenticator::register(&core, name).await;
        core.shut_down();
        passkey
    }

    /// A single payment of EUR 45.00 to the concert, disputed where it was charged. Returns the break that it is kept as.
    ///
    /// # Errors
    /// If it is not charged, or not kept.
    pub async fn charged_back(&self) -> Result<String> {
        let offer = self.deposit(self.town.offer("concert", "45.00")).await?;
        self.pay(&self.town.order(&offer).sign()?).await?;
        let newest = "SELECT CAST(MAX(id) AS TEXT) AS value FROM attempt WHERE state = 'approved'";
        let attempt = self.database.sql()?.words(newest)?.into_iter().next().context("no attempt")?;
        let event = disputed("simulator", AttemptId::parse(&attempt)?);
        let core = self.town.core_with(&self.database, 1)?;
        let kept = core.perform(Arc::new(event)).await;
        core.shut_down();
        match kept? {
            Kept::Now(at) => Ok(format!("{at}/1")),
            other => bail!("{other:?}"),
        }
    }

    /// Signs and deposits an offer.
    ///
    /// # Errors
    /// If it is not taken.
    pub async fn deposit(&self, draft: OfferDraft) -> Result<Signed<Offer>> {
        let offer = draft.sign()?;
        let report = self.door().post(&offer.document).await?.report()?;
        ensure!(report.state == State::Deposited, "deposited: {report:?}");
        Ok(offer)
    }

    /// Posts an order.
    ///
    /// # Errors
    /// If there is no reply.
    pub async fn order(&self, order: &Signed<PaymentOrder>) -> Result<Reply> {
        self.door().post(&order.document).await
    }

    /// Posts an order that has to be paid, and checks that the receipt is for it.
    ///
    /// # Errors
    /// If it is not paid.
    pub async fn pay(&self, order: &Signed<PaymentOrder>) -> Result<PaymentReceipt> {
        let reply = self.order(order).await?;
        let receipt = reply.receipt()?;
        ensure!(reply.status == 200, "a receipt came with {}", reply.status);
        let ordered = &order.message;
        ensure!(
            receipt.order_id == ordered.order_id && receipt.order_digest == order.digest,
            "of another order"
        );
        ensure!(receipt.amount == ordered.amount && receipt.merchant == ordered.merchant, "of other terms");
        ensure!(receipt.offer_digest == ordered.offer_digest, "of another offer");
        ensure!(
            receipt.capability == ordered.capability && receipt.method == ordered.method,
            "of another terminal"
        );
        Ok(receipt)
    }

    /// The balance of somebody's account, in micro-units.
    ///
    /// # Errors
    /// If there is not exactly one account.
    pub fn balance(&self, name: &str) -> Result<i64> {
        self.database.sql()?.number(&format!(
            "SELECT a.balance FROM account a JOIN party p ON p.id = a.owner WHERE p.name = '{name}'"
        ))
    }

    /// Stops the server and runs the audit, which has to count this many payments and find nothing wrong.
    ///
    /// # Errors
    /// With the findings.
    pub fn close(&mut self, payments: u64) -> Result<()> {
        self.app.stop()?;
        audit::passes(&self.town, &self.database, payments)
    }
}
