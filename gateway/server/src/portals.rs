//! The portals of a server: HTTPS for people, beside the door for messages. What they do with money goes through the same
//! intake as everybody's messages, signed by a party of their own.
//!
//! What this must not do: show a page, or let a portal past the intake. Start at [`start`].

mod courier;
mod credential;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use anyhow::Context as _;
use backoffice::alerts::{AlertParts, AlertWorker};
use backoffice::certificates::{Authority, NotRevoked, Revoking};
use backoffice::consumer::{TestCard, Till};
use backoffice::desk::{Desk, Door, DoorClosed, Receiving};
use backoffice::merchant::Shop;
use backoffice::operator::{Office, Recognition};
use backoffice::people::{self, Passkeys, People};
use backoffice::sales::Sales;
use backoffice::sales::fold::SalesWorker;
use backoffice::web::{Audience, Busy, NoRandomness, Origin, Parts, Portal, Randomness};
use backoffice::{Store, api, checkout, consumer, merchant, operator};
use core_payment::{Clock as _, Core};
use gateway::CrlWatch;
use gateway::intake::Intake;
use payment_domain::Currency;
use payment_trust::{
    Chain, Directory, Revocation, RevocationReason, SenderCache, Serial, ServerIdentity, server_config,
    server_config_with_clients,
};
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::{installation, periods};

/// Between two looks for sessions and codes that are over.
const TIDY_EVERY: Duration = Duration::from_secs(300);
/// Between two looks for new sales.
const SALES_EVERY: Duration = Duration::from_millis(500);
/// Between two looks for letters that consumers asked for.
const ALERTS_EVERY: Duration = Duration::from_secs(1);
/// In which new accounts are opened.
const CURRENCY: &str = "EUR";

/// Portals that are open.
pub(crate) struct Portals {
    /// Where consumers are served.
    pub(crate) consumer: SocketAddr,
    /// Where merchants are served.
    pub(crate) merchant: SocketAddr,
    /// Where operators are served.
    pub(crate) operator: SocketAddr,
    handles: Vec<ServerHandle>,
    busy: Vec<Busy>,
}

/// What the portals share with the door.
pub(crate) struct Shared<'s> {
    pub(crate) core: &'s Core,
    pub(crate) intake: &'s Arc<Intake>,
    pub(crate) directory: &'s Directory,
    pub(crate) chain: &'s Chain,
    pub(crate) identity: &'s Arc<ServerIdentity>,
    pub(crate) senders: &'s Arc<SenderCache>,
    pub(crate) crl: &'s CrlWatch,
}

/// The system's source of randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| NoRandomness)
    }
}

/// The intake, as the portals know it.
struct IntakeDoor(Arc<Intake>);

impl Door for IntakeDoor {
    fn receive<'a>(&'a self, document: &'a [u8]) -> Receiving<'a> {
        Box::pin(async move {
            let answer = self.0.receive(document).await.map_err(|_| DoorClosed)?;
            Ok(answer.document)
        })
    }
}

/// The issuing authority of this server, as the portals know it.
struct Issuer(CrlWatch);

impl Authority for Issuer {
    fn revocation(&self, serial: Serial) -> Option<Revocation> {
        self.0.revocation(serial)
    }

    fn revoke(&self, serial: Serial, reason: RevocationReason) -> Revoking<'_> {
        Box::pin(async move {
            self.0.revoke(serial, reason, SystemClock.now()).await.map_err(|error| {
                tracing::error!(target: "security", %serial, %error, "a certificate was not revoked");
                NotRevoked
            })
        })
    }
}

/// Opens the portals, if the configuration wants them, with the workers that they need.
pub(crate) async fn start(
    config: &Config,
    shared: Shared<'_>,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Option<(Portals, Vec<JoinHandle<()>>)>> {
    if !config.portals.enabled {
        return Ok(None);
    }
    let sealer = installation::sealer(config)?;
    let store = Store::open(&config.database_url()?, sealer);
    let own = credential::of(config, &shared).await.context("the portals' own certificate")?;
    let desk = Desk::new(
        Arc::new(IntakeDoor(Arc::clone(shared.intake))),
        Arc::new(own),
        shared.chain.clone(),
        Arc::new(SystemClock),
    );
    let courier = Arc::new(courier::Post::new(config)?);
    let team = Staff { config, shared: &shared, store: &store, courier: &courier };
    let mut open = Opening { handles: Vec::new(), busy: Vec::new(), workers: Vec::new() };
    let (listen, tls) = (&config.portals, || server_config(Arc::clone(shared.identity)));
    let consumer = open.open(team.consumers(desk.clone())?, config, listen.consumer_listen, tls()?)?;
    let merchant = open.open(team.merchants(desk)?, config, listen.merchant_listen, tls()?)?;
    let tls = server_config_with_clients(Arc::clone(shared.identity), shared.chain)?;
    let operator = open.open(team.operators()?, config, listen.operator_listen, tls)?;
    open.workers.push(actix_web::rt::spawn(Arc::new(team.letters()?).run(ALERTS_EVERY, stop.clone())));
    open.workers.push(actix_web::rt::spawn(tidy_up(store, stop.clone())));
    let sales = SalesWorker::new(shared.core.clone(), config.database_url()?, Arc::new(SystemClock));
    open.workers.push(actix_web::rt::spawn(Arc::new(sales).run(SALES_EVERY, stop.clone())));
    let portals = Portals { consumer, merchant, operator, handles: open.handles, busy: open.busy };
    Ok(Some((portals, open.workers)))
}

impl Portals {
    /// Accepts nothing new, and answers what was accepted. Browsers keep connections open: nobody waits for those.
    pub(crate) async fn stop(self) {
        for handle in self.handles {
            drop(actix_web::rt::spawn(handle.stop(true)));
        }
        let mut idle = 0_u32;
        while idle < 10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let working = self.busy.iter().any(|busy| busy.count() > 0);
            idle = if working { 0 } else { idle.saturating_add(1) };
        }
    }
}

/// What portals are made of.
struct Staff<'s> {
    config: &'s Config,
    shared: &'s Shared<'s>,
    store: &'s Store,
    courier: &'s Arc<courier::Post>,
}

impl Staff<'_> {
    fn consumers(&self, desk: Desk) -> anyhow::Result<Portal> {
        let origin = self.config.portals.consumer_origin()?;
        let people = Data::new(self.people(&origin)?);
        let till = Data::new(Till {
            desk,
            sales: Sales::new(self.shared.core.clone(), &self.config.database_url()?),
            aggregation: periods::aggregation(self.config, self.shared.core)?,
            chain: self.shared.chain.clone(),
            authority: Arc::new(Issuer(self.shared.crl.clone())),
            relying_party: self.config.relying_party()?.id().to_owned(),
            message_max_age_ms: self.config.freshness().max_age_ms,
            test_cards: if self.is_test() { TEST_CARDS.to_vec() } else { Vec::new() },
        });
        Ok(self.portal(Audience::Consumers, origin)?.menu(consumer::menu).with(move |routes| {
            routes.app_data(people.clone()).app_data(till.clone());
            people::routes(routes);
            consumer::routes(routes);
            checkout::routes(routes);
            merchant::pay_link::routes(routes);
        }))
    }

    fn merchants(&self, desk: Desk) -> anyhow::Result<Portal> {
        let origin = self.config.portals.merchant_origin()?;
        let people = Data::new(self.people(&origin)?);
        let shop = Data::new(Shop {
            desk,
            sales: Sales::new(self.shared.core.clone(), &self.config.database_url()?),
            fees: self.config.aggregation.terms()?.fees,
            consumers: self.config.portals.consumer_origin()?,
            authority: Arc::new(Issuer(self.shared.crl.clone())),
        });
        Ok(self.portal(Audience::Merchants, origin)?.menu(merchant::menu).with(move |routes| {
            routes.app_data(people.clone()).app_data(shop.clone());
            people::routes(routes);
            merchant::routes(routes);
            api::routes(routes);
        }))
    }

    fn operators(&self) -> anyhow::Result<Portal> {
        let office = Data::new(Office {
            senders: Arc::clone(self.shared.senders),
            aggregation: periods::aggregation(self.config, self.shared.core)?,
            queue: u64::try_from(self.config.database.queue.get())?,
            systems: self.config.external_systems().iter().map(ToString::to_string).collect(),
            two_people: self.config.bank.two_people,
        });
        let portal = self.portal(Audience::Operators, self.config.portals.operator_origin()?)?;
        let mut portal = portal.menu(operator::menu).with(move |routes| {
            routes.app_data(office.clone());
            operator::routes(routes);
        });
        portal.recognises = Some(Arc::new(Recognition::new(Arc::clone(self.shared.senders))));
        Ok(portal)
    }

    fn letters(&self) -> anyhow::Result<AlertWorker> {
        let courier = Arc::clone(self.courier);
        Ok(AlertWorker::new(AlertParts {
            store: self.store.clone(),
            core: self.shared.core.clone(),
            sales: Arc::new(Sales::new(self.shared.core.clone(), &self.config.database_url()?)),
            courier,
            clock: Arc::new(SystemClock),
            consumers: self.config.portals.consumer_origin()?,
            zone: self.config.aggregation.terms()?.zone,
        }))
    }

    fn portal(&self, audience: Audience, origin: Origin) -> anyhow::Result<Portal> {
        let parts = Parts {
            core: self.shared.core.clone(),
            store: self.store.clone(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        };
        let mut portal = Portal::new(audience, origin, self.config.portals.rates(), parts);
        portal.test = self.is_test();
        portal.zone = self.config.aggregation.terms()?.zone;
        Ok(portal)
    }

    fn people(&self, origin: &Origin) -> anyhow::Result<People> {
        let courier = Arc::clone(self.courier);
        Ok(People::new(courier, self.passkeys(origin)?, Currency::parse(CURRENCY)?))
    }

    #[cfg(feature = "passkeys")]
    fn passkeys(&self, origin: &Origin) -> anyhow::Result<Option<Passkeys>> {
        let here = self.config.relying_party()?;
        let name = self.config.mail.sender_name()?;
        Passkeys::new(here.id(), origin, name.as_str()).map(Some).context("passkeys.rp_id")
    }

    #[cfg(not(feature = "passkeys"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with passkeys")]
    fn passkeys(&self, _: &Origin) -> anyhow::Result<Option<Passkeys>> {
        Ok(None)
    }

    /// Where a simulator stands in for the banks, no money is real.
    fn is_test(&self) -> bool {
        self.config.simulates()
    }
}

/// Cards of the simulator, for those who try it out.
const TEST_CARDS: [TestCard; 3] = [
    TestCard { name: "approved", instrument: "simulator:approve" },
    TestCard { name: "declined", instrument: "simulator:decline" },
    TestCard { name: "slow", instrument: "simulator:slow" },
];

struct Opening {
    handles: Vec<ServerHandle>,
    busy: Vec<Busy>,
    workers: Vec<JoinHandle<()>>,
}

impl Opening {
    fn open(
        &mut self,
        portal: Portal,
        config: &Config,
        listen: SocketAddr,
        tls: ServerConfig,
    ) -> anyhow::Result<SocketAddr> {
        let name = portal.audience.as_str();
        self.busy.push(portal.busy());
        let (server, addresses) = backoffice::web::open(portal, &config.portal_settings(listen), tls)
            .with_context(|| format!("portals.{name}_listen: {listen}"))?;
        self.handles.push(server.handle());
        self.workers.push(actix_web::rt::spawn(async move { drop(server.await) }));
        addresses.first().copied().with_context(|| format!("the portal {name} has no address"))
    }
}

async fn tidy_up(store: Store, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = people::tidy_up(&store, SystemClock.now()).await {
            tracing::warn!(%error, "old sessions and codes are still there");
        }
        tokio::select! {
            () = tokio::time::sleep(TIDY_EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}
