//! A town with portals, what flows have to know about it, and what they may wish for.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use payment_domain::Offer;
use serde_json::{Value, json};
use tests::app::{App, Setup, binary};
use tests::browser::{Browser, Visit};
use tests::database::Database;
use tests::postgres::free_port;
use tests::scene::Scene;
use tests::town::{Newcomer, Signed, Town};
use tokio::net::TcpStream;

use crate::checked;

/// A server with portals on free ports, and a browser to use them.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    browser: Browser,
    portals: Vec<(&'static str, String)>,
}

/// The portals, by the variables that flows find them by, and their keys in the configuration.
const PORTALS: [(&str, &str); 3] =
    [("METEORE_CONSUMER", "consumer"), ("METEORE_MERCHANT", "merchant"), ("METEORE_OPERATOR", "operator")];

/// What a flow cannot do in front of a browser, by the file that it makes when it wishes for it.
const WISHES: [(&str, &str); 4] = [
    ("wish-an-hour-passes", "UPDATE portal_session SET proved_at = proved_at - 3600000"),
    ("wish-pages-grow-old", "UPDATE instruction SET expires_at = 0 WHERE state = 'open'"),
    ("wish-a-table-is-lost", "ALTER TABLE interest RENAME TO lost"),
    ("wish-a-table-is-found", "ALTER TABLE lost RENAME TO interest"),
];

impl Stage {
    /// A fresh town, or `None` where no browser is installed.
    pub(crate) async fn open(database: Database) -> Result<Option<Self>> {
        Self::open_with(database, "", Vec::new()).await
    }

    /// The same with more tables of the configuration, and more people.
    pub(crate) async fn open_with(
        database: Database,
        tables: &str,
        newcomers: Vec<Newcomer>,
    ) -> Result<Option<Self>> {
        // Codes are asked for as fast as a browser types; what limits them is tested by itself.
        Self::open_as(database, Setup { more: tables.to_owned(), ..Setup::default() }, 0, newcomers).await
    }

    /// The same with other settings, and so many codes a minute; with none for any number.
    pub(crate) async fn open_as(
        database: Database,
        setup: Setup,
        codes_per_minute: u32,
        newcomers: Vec<Newcomer>,
    ) -> Result<Option<Self>> {
        let Some(browser) = Browser::find() else { return Ok(None) };
        let mut more = format!(
            "[portals]\nenabled = true\ncodes_folder = \"codes\"\ncodes_per_minute = {codes_per_minute}\n\
             address_per_second = 0\nperson_per_second = 0\n",
        );
        let (mut portals, mut ports) = (Vec::new(), Vec::new());
        for (variable, name) in PORTALS {
            let port = free_port()?;
            let origin = format!("https://localhost:{port}");
            more += &format!("{name}_listen = \"127.0.0.1:{port}\"\n{name}_origin = \"{origin}\"\n");
            portals.push((variable, origin));
            ports.push(port);
        }
        let town = Town::found_with(&database, newcomers).await?;
        let setup = Setup { more: more + &setup.more, ..setup };
        let app = App::start_with(&town, &database, &setup).await?;
        let scene = Scene { app, database, town };
        // The door is ready before they are.
        for port in ports {
            until_open(port).await.with_context(|| scene.app.log())?;
        }
        Ok(Some(Self { scene, browser, portals }))
    }

    /// Where browsers find the consumers' portal.
    pub(crate) fn consumer(&self) -> &str {
        &self.portals[0].1
    }

    /// Says where another server is.
    pub(crate) fn beside(&mut self, variable: &'static str, origin: String) {
        self.portals.push((variable, origin));
    }

    /// Deposits an offer of a merchant, and returns what a flow needs to pay it.
    pub(crate) async fn offer(&self, merchant: &str, price: &str) -> Result<Value> {
        let offer: Signed<Offer> = self.scene.deposit(self.scene.town.offer(merchant, price)).await?;
        Ok(json!({ "digest": offer.digest.to_string(), "title": offer.message.title.as_str() }))
    }

    /// Runs the flows of a file.
    pub(crate) async fn play(&self, flows: &'static str, prepared: Value) -> Result<()> {
        let town = self.scene.town.folder();
        let seen = town.join(format!("checked-{flows}"));
        let mut environment = self.portals.clone();
        environment.push(("METEORE_BIN", binary()?.display().to_string()));
        environment.push(("METEORE_CONFIG", self.scene.app.config().display().to_string()));
        environment.push((checked::VARIABLE, seen.display().to_string()));
        let visit = Visit { town, environment, prepared };
        let browser = self.browser.clone();
        let playing = tokio::task::spawn_blocking(move || browser.run(flows, &visit));
        let played = tokio::select! {
            played = playing => played?,
            granted = self.grant() => match granted? {},
        };
        played.with_context(|| format!("the server said:\n{}", self.scene.app.log()))?;
        checked::note(flows, &std::fs::read_to_string(seen).unwrap_or_default())
    }

    /// Does what flows wish for, until they are over.
    async fn grant(&self) -> Result<Infallible> {
        let folder = self.scene.town.folder();
        loop {
            for (wish, statements) in WISHES {
                let wish = folder.join(wish);
                if wish.exists() {
                    self.scene.database.sql()?.execute(statements)?;
                    std::fs::remove_file(wish)?;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn until_open(port: u16) -> Result<()> {
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        ensure!(start.elapsed() < Duration::from_secs(30), "nobody listens at port {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
