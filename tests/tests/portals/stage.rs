//! A portal with nothing but the room of people in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use backoffice::Store;
use backoffice::people::{self, Code, Courier, Invited, NotSent, Note, Passkeys, People, Reach, Sending};
use backoffice::web::{
    Audience, NoRandomness, Origin, Parts, Portal, PortalSettings, Randomness, Rate, Rates, open,
};
use backoffice::words::Words;
use core_payment::{Clock, Core, DatabaseUrl};
use payment_domain::{Currency, Timestamp};
use payment_trust::{ServerIdentity, client_config, server_config};
use tests::clock;
use tests::database::Database;
use tests::passkey::{ORIGIN, RP_ID};
use tests::random;
use tests::town::Town;

use crate::browser::Browser;

/// A portal, and everything around it.
pub(crate) struct Stage {
    pub(crate) core: Core,
    pub(crate) clock: Arc<Stopped>,
    pub(crate) post: Arc<Post>,
    pub(crate) town: Town,
    pub(crate) database: Database,
    address: SocketAddr,
}

/// A clock that stands still.
pub(crate) struct Stopped(AtomicI64);

/// Keeps what was sent.
#[derive(Default)]
pub(crate) struct Post {
    codes: Mutex<BTreeMap<String, Vec<String>>>,
    /// Who was told that they are reached elsewhere now, and where.
    pub(crate) told: Mutex<Vec<(String, String)>>,
    broken: Mutex<bool>,
}

struct Random;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;

/// No limits but those of the room itself.
pub(crate) const UNLIMITED: Rates =
    Rates { address: Rate::UNLIMITED, person: Rate::UNLIMITED, code: Rate::UNLIMITED };

impl Stage {
    pub(crate) async fn open(database: Database, audience: Audience) -> Result<Self> {
        Self::open_with(database, audience, UNLIMITED).await
    }

    pub(crate) async fn open_with(database: Database, audience: Audience, rates: Rates) -> Result<Self> {
        let town = Town::found(&database).await?;
        let core = town.core(&database)?;
        let clock = Arc::new(Stopped(AtomicI64::new(clock::now().as_millis())));
        let post = Arc::new(Post::default());
        let origin = Origin::parse(ORIGIN)?;
        let passkeys = Passkeys::new(RP_ID, &origin, "Town")?;
        let people = People::new(post.clone(), Some(passkeys), Currency::parse("EUR")?);
        let parts = Parts {
            core: core.clone(),
            store: Store::open(&DatabaseUrl::parse(database.url())?, town.sealer()?),
            clock: clock.clone(),
            randomness: Arc::new(Random),
        };
        let people = Arc::new(people);
        let portal = Portal::new(audience, origin, rates, parts).with(move |config| {
            people::install(config, Arc::clone(&people));
        });
        let settings = PortalSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            workers: 1,
            max_connections: 100,
            header_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(5),
            shutdown_timeout: Duration::from_secs(1),
        };
        let identity = ServerIdentity::new(&town.chain()?, &town.directory().tls()?)?;
        let (server, addresses) = open(portal, &settings, server_config(identity)?)?;
        tokio::spawn(server);
        let address = *addresses.first().context("no address")?;
        Ok(Self { core, clock, post, town, database, address })
    }

    /// Somebody with a browser of their own.
    pub(crate) fn browser(&self) -> Result<Browser> {
        let mut tls = client_config(self.town.chain()?.root())?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Browser::new(self.address, tls)
    }

    /// Somebody who is signed in, after opening an account if there is none.
    pub(crate) async fn signed_in(&self, address: &str) -> Result<Browser> {
        let mut browser = self.browser()?;
        let entered = self.enter(&mut browser, address).await?;
        if entered.location() == Some("/welcome") {
            browser.get("/welcome").await?;
            browser.post("/welcome", &sheet()).await?.leads_to("/")?;
        }
        Ok(browser)
    }

    /// Asks for a code, and enters it.
    pub(crate) async fn enter(&self, browser: &mut Browser, address: &str) -> Result<crate::browser::Answer> {
        browser.get("/sign-in").await?;
        browser.post("/sign-in", &[("reach", address)]).await?.leads_to("/code")?;
        browser.get("/code").await?;
        browser.post("/code", &[("code", &self.post.code(address)?)]).await
    }
}

/// All that any portal asks of somebody new.
pub(crate) fn sheet() -> Vec<(&'static str, &'static str)> {
    vec![
        ("name", "Ada"),
        ("business", "Kiosk Ada"),
        ("email", "kiosk@example.org"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("bic", ""),
        ("terms", "yes"),
    ]
}

impl Stopped {
    /// Later.
    pub(crate) fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH.saturating_add_millis(self.0.load(Ordering::SeqCst))
    }
}

impl Randomness for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in bytes.chunks_mut(32) {
            chunk.copy_from_slice(&random::bytes::<32>()[..chunk.len()]);
        }
        Ok(())
    }
}

impl Post {
    /// The newest code that was sent there.
    pub(crate) fn code(&self, address: &str) -> Result<String> {
        let codes = self.codes.lock().unwrap();
        codes.get(address).and_then(|codes| codes.last()).cloned().context("no code was sent there")
    }

    /// How many.
    pub(crate) fn count(&self, address: &str) -> usize {
        self.codes.lock().unwrap().get(address).map_or(0, Vec::len)
    }

    /// From now on nothing is delivered.
    pub(crate) fn break_down(&self) {
        *self.broken.lock().unwrap() = true;
    }
}

impl Courier for Post {
    fn send_code<'a>(&'a self, to: &'a Reach, code: &'a Code, _: Words) -> Sending<'a> {
        Box::pin(async move {
            if *self.broken.lock().unwrap() {
                return Err(NotSent);
            }
            let mut codes = self.codes.lock().unwrap();
            codes.entry(to.reveal().to_owned()).or_default().push(code.reveal().to_owned());
            Ok(())
        })
    }

    fn send_invitation<'a>(&'a self, _: &'a Reach, _: &'a Invited, _: Words) -> Sending<'a> {
        Box::pin(async { Ok(()) })
    }

    fn send_moved<'a>(&'a self, to: &'a Reach, hint: &'a str, _: Words) -> Sending<'a> {
        Box::pin(async move {
            self.told.lock().unwrap().push((to.reveal().to_owned(), hint.to_owned()));
            Ok(())
        })
    }

    fn send_note<'a>(&'a self, _: &'a Reach, _: &'a Note, _: Words) -> Sending<'a> {
        Box::pin(async { Ok(()) })
    }

    fn reaches_phones(&self) -> bool {
        true
    }
}
