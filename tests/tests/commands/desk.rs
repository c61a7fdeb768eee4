//! An operator's desk: a server in a town, and a shell.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use payment_domain::{Offer, PaymentOrder, PaymentReceipt};
use tests::app::{App, Said, Setup};
use tests::database::Database;
use tests::scene::Scene;
use tests::town::{Newcomer, Signed, Town};

/// Pays later.
pub(crate) const FRIDA: &str = "frida";
/// Sells in euros.
pub(crate) const PARKING: &str = "parking";

pub(crate) struct Desk {
    pub(crate) scene: Scene,
}

/// A payment: the order, its signed receipt, and what that says.
pub(crate) struct Paid {
    pub(crate) order: PaymentOrder,
    pub(crate) document: Vec<u8>,
    pub(crate) receipt: PaymentReceipt,
}

impl Desk {
    /// With frida and these.
    pub(crate) async fn open(
        database: Database,
        newcomers: impl IntoIterator<Item = Newcomer>,
    ) -> Result<Self> {
        Self::open_with(database, newcomers, "").await
    }

    /// With more of the configuration file.
    pub(crate) async fn open_with(
        database: Database,
        newcomers: impl IntoIterator<Item = Newcomer>,
        more: &str,
    ) -> Result<Self> {
        let newcomers = [Newcomer::postpaid(FRIDA, "100.00")].into_iter().chain(newcomers).collect();
        let town = Town::found_with(&database, newcomers).await?;
        let app =
            App::start_with(&town, &database, &Setup { more: more.to_owned(), ..Setup::default() }).await?;
        Ok(Self { scene: Scene { app, database, town } })
    }

    pub(crate) async fn offer(&self, price: &str) -> Result<Signed<Offer>> {
        self.scene.deposit(self.scene.town.offer(PARKING, price)).await
    }

    pub(crate) async fn pay(&self, consumer: &str, offer: &Signed<Offer>) -> Result<Paid> {
        let town = &self.scene.town;
        self.hand_in(&town.order(offer).by(&town.party(consumer)).sign()?).await
    }

    pub(crate) async fn hand_in(&self, order: &Signed<PaymentOrder>) -> Result<Paid> {
        let reply = self.scene.order(order).await?;
        let receipt = reply.receipt()?;
        Ok(Paid { order: order.message.clone(), document: reply.body, receipt })
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> Result<Said> {
        self.scene.app.say(arguments)
    }

    /// A command that has to work, and to complain of nothing.
    pub(crate) fn works(&self, arguments: &[&str]) -> Result<String> {
        let said = self.say(arguments)?;
        ensure!((said.code, said.err.as_str()) == (Some(0), ""), "{arguments:?}: {said:?}");
        Ok(said.out)
    }

    /// A command that cannot be done: exit code 2, nothing on standard output, and the reason in these words.
    pub(crate) fn fails(&self, arguments: &[&str], words: &str) -> Result<()> {
        let said = self.say(arguments)?;
        ensure!(said.code == Some(2) && said.out.is_empty(), "{arguments:?}: {said:?}");
        ensure!(said.err.contains(words), "{arguments:?}: not `{words}` but {}", said.err);
        ensure!(!said.err.contains("panicked"), "{arguments:?}: {}", said.err);
        Ok(())
    }

    /// A command that looked and found something bad: exit code 1, and the reason in these words.
    pub(crate) fn finds(&self, arguments: &[&str], words: &str) -> Result<()> {
        let said = self.say(arguments)?;
        ensure!((said.code, said.err.as_str()) == (Some(1), ""), "{arguments:?}: {said:?}");
        ensure!(said.out.contains(words), "{arguments:?}: not `{words}` but {}", said.out);
        Ok(())
    }

    /// Keeps a file, as an operator would who was sent it. Returns its path.
    pub(crate) fn keep(&self, name: &str, content: &[u8]) -> Result<String> {
        let path = self.path(name)?;
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// Where a file of this name is kept.
    pub(crate) fn path(&self, name: &str) -> Result<String> {
        let path: PathBuf = self.scene.town.folder().join(name);
        Ok(path.to_str().context("a path that is no text")?.to_owned())
    }

    /// The certificate that everything is verified with.
    pub(crate) fn root(&self) -> Result<String> {
        self.path("pki/root.pem")
    }

    /// The one value of a query.
    pub(crate) fn word(&self, query: &str) -> Result<String> {
        let words = self.scene.database.sql()?.words(query)?;
        ensure!(words.len() == 1, "{query}: {words:?}");
        words.into_iter().next().context("no row")
    }

    pub(crate) fn close(mut self, payments: u64) -> Result<()> {
        self.works(&["audit"])?;
        self.scene.close(payments)
    }
}
