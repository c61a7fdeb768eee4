//! A town with portals, and what flows have to know about it.

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

/// A server with portals on free ports, and a browser to use them.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    browser: Browser,
    portals: Vec<(&'static str, String)>,
}

/// The portals, by the variables that flows find them by, and their keys in the configuration.
const PORTALS: [(&str, &str); 3] =
    [("METEORE_CONSUMER", "consumer"), ("METEORE_MERCHANT", "merchant"), ("METEORE_OPERATOR", "operator")];

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
        let Some(browser) = Browser::find() else { return Ok(None) };
        // Codes are asked for as fast as a browser types; what limits them is tested by itself.
        let mut more = String::from(
            "[portals]\nenabled = true\ncodes_folder = \"codes\"\ncodes_per_minute = 0\naddress_per_second = 0\nperson_per_second = 0\n",
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
        let setup = Setup { more: more + tables, ..Setup::default() };
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
        let mut environment = self.portals.clone();
        environment.push(("METEORE_BIN", binary()?.display().to_string()));
        environment.push(("METEORE_CONFIG", self.scene.app.config().display().to_string()));
        let visit = Visit { town: self.scene.town.folder(), environment, prepared };
        let browser = self.browser.clone();
        let played = tokio::task::spawn_blocking(move || browser.run(flows, &visit)).await?;
        played.with_context(|| format!("the server said:\n{}", self.scene.app.log()))
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
