//! `meteore serve`: everything put together, and taken down in the right order.
//!
//! Down: accept nothing new, answer what was accepted, let the core finish its queue, exit 0. A request is answered
//! only after its commit, so nothing that was acknowledged is lost whenever this is cut short.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use core_payment::{Clock as _, Core};
use gateway::external::{Backoff, Executor, ExternalSystems, HintWorker, Reconciler};
use gateway::http::{self, Door, Publications};
use gateway::intake::{Intake, Parts, Registrar, Shadow};
use gateway::{CrlWatch, Limits, SigningDesk};
use payment_trust::{
    Chain, Directory, Lifetimes, RegistryUnavailable, SenderCache, ServerIdentity, XmlsecEngine,
    server_config,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::config::{Config, External};
use crate::portals::{self, Portals, Shared};
use crate::{external, installation, log, metrics, outbox, payouts, periods};

/// For how long whoever enrols is certified.
const CERTIFICATE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Senders that are kept ready.
const SENDERS: usize = 50_000;
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    log::start(&config.log)?;
    let signals = Signals::listen()?;
    let service = Service::start(&config).await?;
    tracing::info!(door = %service.door, metrics = %service.metrics, "serving");
    if let Some(Portals { consumer, merchant, operator, .. }) = &service.portals {
        tracing::info!(%consumer, %merchant, %operator, "serving people");
    }
    signals.wait(&service).await;
    tracing::info!("stopping");
    service.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// A server that is running.
pub(crate) struct Service {
    /// The address of the door.
    pub(crate) door: SocketAddr,
    /// The address of `/metrics`.
    pub(crate) metrics: SocketAddr,
    /// The portals, where they are open.
    pub(crate) portals: Option<Portals>,
    /// The core, for administration in the same process.
    pub(crate) core: Core,
    /// Root and issuing authority.
    pub(crate) chain: Chain,
    reload: Reload,
    limits: Arc<Limits>,
    door_handle: ServerHandle,
    shutdown: Duration,
    stopping: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

/// What SIGHUP reads again.
struct Reload {
    directory: Directory,
    desk: Arc<SigningDesk>,
    identity: Arc<ServerIdentity>,
    crl: CrlWatch,
}

impl Service {
    /// Starts everything that a configuration names. Logging is the caller's.
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Self> {
        let directory = installation::directory(config)?;
        let chain = directory.chain()?;
        let desk = Arc::new(SigningDesk::new(directory.cps()?));
        let core = open_core(config, &desk)?;
        let senders = Arc::new(sender_cache(&core, &chain, &directory)?);
        // Without the issuing key this server neither enrols anybody nor renews the revocation list.
        let issues = directory.folder().join("issuing.key").exists();
        let renews_for = issues.then_some(Lifetimes::default().crl);
        let crl = CrlWatch::new(core.clone(), Arc::clone(&senders), directory.clone(), renews_for);
        crl.publish_own().await?;
        crl.look(SystemClock.now()).await?;

        let settings = config.door_settings();
        let limits = Arc::new(Limits::new(settings.rates, settings.max_in_flight));
        let systems = external::systems(config)?;
        let executor = executor(config, &core, systems.clone());
        let intake = Arc::new(Intake::new(Parts {
            core: core.clone(),
            clock: Arc::new(SystemClock),
            notary: desk.clone(),
            senders: Arc::clone(&senders),
            partners: Arc::new(XmlsecEngine::start()?),
            shadow: shadow(config, &senders)?,
            registrar: issues.then(|| Registrar::new(directory.clone(), desk.clone(), CERTIFICATE_LIFETIME)),
            aggregation: periods::aggregation(config, &core)?,
            executor: executor.clone(),
            limits: Arc::clone(&limits),
            freshness: config.freshness(),
            passkeys: Arc::new(config.relying_party()?),
        }));
        let identity = ServerIdentity::new(&chain, &directory.tls()?)?;
        let (stopping, stop) = watch::channel(false);
        let shared = Shared {
            core: &core,
            intake: &intake,
            directory: &directory,
            chain: &chain,
            identity: &identity,
            senders: &senders,
            crl: &crl,
        };
        // Before the door, whose `/readyz` says that all of this is open.
        let (portals, more) = portals::start(config, shared, &stop).await?.unzip();
        let publications = Publications::new(&chain, Arc::clone(&senders));
        let (hint_worker, hints) = HintWorker::new(&core, &systems, &executor, time_limit(config));
        let door = Door::new(Arc::clone(&intake), Arc::clone(&limits), publications, settings.timeouts);
        let door = Arc::new(external::with_events(door, config, &core, hints)?);
        let handle = metrics::start()?;
        let (door_server, addresses) = http::open(door, &settings, server_config(Arc::clone(&identity))?)
            .with_context(|| format!("door.listen: {}", settings.listen))?;
        let (metrics_server, metrics_addresses) = metrics::open(config.metrics.listen, handle)?;

        let door_handle = door_server.handle();
        let dispatching = stop.clone();
        let mut workers = vec![
            actix_web::rt::spawn(async move { drop(door_server.await) }),
            actix_web::rt::spawn(async move { drop(metrics_server.await) }),
            actix_web::rt::spawn(look_every_second(
                crl.clone(),
                core.clone(),
                Arc::clone(&limits),
                stop.clone(),
            )),
            actix_web::rt::spawn(hint_worker.run(|| SystemClock.now(), stop.clone())),
            actix_web::rt::spawn(reconcile(config, &core, &systems, &executor, stop)),
        ];
        workers.extend(dispatchers(config, &core, &dispatching)?);
        workers.extend(more.into_iter().flatten());
        Ok(Self {
            door: addresses.first().copied().context("the door has no address")?,
            metrics: metrics_addresses.first().copied().context("the metrics port has no address")?,
            portals,
            core,
            chain,
            reload: Reload { directory, desk, identity, crl },
            limits,
            door_handle,
            shutdown: settings.timeouts.shutdown,
            stopping,
            workers,
        })
    }

    /// Takes over new certificates and a new revocation list. What cannot be read stays as it is.
    pub(crate) async fn reload(&self) {
        match self.reload.run(&self.chain).await {
            Ok(()) => tracing::info!(target: "security", "reloaded certificates and revocation list"),
            Err(error) => tracing::error!(target: "security", error = format!("{error:#}"), "not reloaded"),
        }
    }

    /// Accepts nothing new, answers everything accepted, and closes the ledger.
    pub(crate) async fn stop(self) {
        let _ = self.stopping.send(true);
        self.limits.close();
        let closed = actix_web::rt::spawn(self.door_handle.stop(true));
        let answered = until_idle(&self.limits);
        let portals = async {
            if let Some(portals) = self.portals {
                portals.stop().await;
            }
        };
        let door = async {
            tokio::select! {
                _ = closed => {}
                () = answered => {}
            }
        };
        tokio::select! {
            _ = async { tokio::join!(door, portals) } => {}
            () = tokio::time::sleep(self.shutdown) => tracing::warn!("some requests were cut off"),
        }
        let core = self.core;
        if tokio::task::spawn_blocking(move || core.shut_down()).await.is_err() {
            tracing::error!("the core did not shut down cleanly");
        }
        for worker in self.workers {
            worker.abort();
        }
    }
}

impl Reload {
    async fn run(&self, chain: &Chain) -> anyhow::Result<()> {
        let directory = Directory::open(self.directory.folder())?;
        self.desk.replace(directory.cps()?);
        self.identity.replace(chain, &directory.tls()?)?;
        self.crl.publish_own().await?;
        self.crl.look(SystemClock.now()).await?;
        Ok(())
    }
}

/// Nothing under way for a while: answers are written, and connections that are kept open need not be waited for.
async fn until_idle(limits: &Limits) {
    let mut idle = 0_u32;
    while idle < 10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        idle = if limits.in_flight() == 0 { idle.saturating_add(1) } else { 0 };
    }
}

/// The signals that a server answers to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(mut self, service: &Service) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => service.reload().await,
            }
        }
    }
}

/// Waits for SIGTERM or SIGINT, and answers SIGHUP until then.
pub(crate) async fn until_told(service: &Service) -> anyhow::Result<()> {
    Signals::listen()?.wait(service).await;
    Ok(())
}

fn sender_cache(core: &Core, chain: &Chain, directory: &Directory) -> anyhow::Result<SenderCache> {
    let registry = core.clone();
    Ok(SenderCache::new(chain.clone(), directory.revocation_list()?, SENDERS, move |fingerprint| {
        registry.registered_certificate(&fingerprint).map_err(|_| RegistryUnavailable)
    }))
}

fn shadow(config: &Config, senders: &Arc<SenderCache>) -> anyhow::Result<Option<Shadow>> {
    match config.shadow.one_in {
        0 => Ok(None),
        one_in => Ok(Some(Shadow::start(XmlsecEngine::start()?, Arc::clone(senders), one_in)?)),
    }
}

/// What works by itself on what the ledger says is due.
fn dispatchers(
    config: &Config,
    core: &Core,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut workers = vec![crate::coupons::start(core, stop), crate::vouchers::start(core, stop)];
    workers.extend(outbox::start(config, core, stop)?);
    workers.extend(periods::start(config, core, stop)?);
    workers.extend(payouts::start(config, core, stop)?);
    Ok(workers)
}

/// The core, which now knows what this server's configuration allows.
fn open_core(config: &Config, desk: &Arc<SigningDesk>) -> anyhow::Result<Core> {
    let core = installation::open_core(config, Arc::clone(desk))?;
    if !core.declare_policy()? {
        tracing::info!(
            "two operators have put a policy into force; that of the configuration does not count"
        );
    }
    Ok(core)
}

fn executor(config: &Config, core: &Core, systems: ExternalSystems) -> Executor {
    let External { wait_ms, parallel, .. } = &config.external;
    Executor::new(core.clone(), systems, Duration::from_millis(*wait_ms), time_limit(config), parallel.get())
}

const fn time_limit(config: &Config) -> Duration {
    Duration::from_millis(config.external.time_limit_ms)
}

async fn look_every_second(crl: CrlWatch, core: Core, limits: Arc<Limits>, mut stop: watch::Receiver<bool>) {
    let mut last_error = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
        let error = crl.look(SystemClock.now()).await.err().map(|error| error.to_string());
        // Said once, not every second.
        if error != last_error {
            match &error {
                Some(error) => {
                    tracing::error!(target: "security", error, "the revocation list in force stays")
                }
                None => tracing::info!(target: "security", "the revocation list can be read again"),
            }
            last_error = error;
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        ::metrics::gauge!("meteore_queue_depth").set(count(core.queued()));
        ::metrics::gauge!("meteore_in_flight").set(count(limits.in_flight()));
    }
}

fn reconcile(
    config: &Config,
    core: &Core,
    systems: &ExternalSystems,
    executor: &Executor,
    stop: watch::Receiver<bool>,
) -> impl Future<Output = ()> + use<> {
    let external = &config.external;
    let backoff = Backoff { first: Duration::from_millis(external.ask_again_ms), longest: LONGEST_PAUSE };
    let grace = Duration::from_millis(external.wait_ms);
    let reconciler = Reconciler::new(core, systems, executor, backoff, time_limit(config));
    reconciler.run(|| SystemClock.now(), grace, stop)
}
