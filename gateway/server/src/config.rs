//! The configuration file: TOML, every key with a default, an unknown key refused.
//!
//! Paths in it are relative to its own folder, so that an installation can be moved as a whole. Without a file the
//! defaults hold, relative to the current folder.

mod bank;
mod external;
mod notify;
mod passkeys;
mod periods;
mod portals;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use core_payment::DatabaseUrl;
use gateway::http::{DoorSettings, Rate, Rates, Timeouts};
use payment_domain::{PartyId, Policy};
use payment_trust::{Host, Lifetimes, Plan};
use serde::Deserialize;

use bank::Bank;
use notify::{Callbacks, Mail, Outbox};
use passkeys::Passkeys;
use periods::Aggregation;
use portals::Portals;

pub(crate) use external::External;

/// Where the configuration is looked for.
pub(crate) const DEFAULT_FILE: &str = "meteore.toml";

/// A configuration, checked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) door: Door,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) database: Database,
    pub(crate) pki: Pki,
    pub(crate) policy: PolicyFile,
    pub(crate) freshness: Freshness,
    pub(crate) passkeys: Passkeys,
    pub(crate) portals: Portals,
    pub(crate) external: External,
    pub(crate) mail: Mail,
    pub(crate) callbacks: Callbacks,
    pub(crate) outbox: Outbox,
    pub(crate) aggregation: Aggregation,
    pub(crate) bank: Bank,
    pub(crate) shadow: Shadow,
    pub(crate) log: Log,
    /// The folder that relative paths start from.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// `[door]`: the HTTPS port.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Door {
    /// The address; port 0 takes any free one.
    pub(crate) listen: SocketAddr,
    /// The names and addresses in the door's certificate, for `ca init` and `ca rotate`.
    pub(crate) hosts: Vec<String>,
    /// Threads that serve requests; by default one for each core.
    pub(crate) workers: Option<NonZeroUsize>,
    /// Requests that are worked on at a time; above it, 503.
    pub(crate) max_in_flight: NonZeroUsize,
    /// Open connections of one worker; above it, connections wait.
    pub(crate) max_connections: NonZeroUsize,
    /// For the whole head of a request.
    pub(crate) header_timeout_ms: u64,
    /// For the whole body of a request.
    pub(crate) body_timeout_ms: u64,
    /// For the next request on an open connection.
    pub(crate) keep_alive_ms: u64,
    /// For requests that are under way when the server is told to stop.
    pub(crate) shutdown_timeout_ms: u64,
}

/// `[limits]`: requests a second; 0 is without limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// From one network address.
    pub(crate) peer_per_second: u32,
    /// From one merchant or terminal.
    pub(crate) sender_per_second: u32,
    /// From one adapter.
    pub(crate) adapter_per_second: u32,
}

/// `[metrics]`: what Prometheus reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metrics {
    /// A loopback address; port 0 takes any free one.
    pub(crate) listen: SocketAddr,
}

/// `[database]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) url: String,
    /// Verified messages that may wait to be written; above it, 503.
    pub(crate) queue: NonZeroUsize,
    /// The most that is written in one transaction.
    pub(crate) batch: NonZeroUsize,
    /// Writing threads; by default 2 for PostgreSQL on more than two cores, else 1.
    pub(crate) writers: Option<NonZeroUsize>,
}

/// `[pki]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pki {
    /// The folder that `ca init` makes.
    pub(crate) folder: PathBuf,
    /// The name of this payment system in its own certificates.
    pub(crate) name: String,
    /// The key that personal data is sealed with; `ca init` makes it.
    pub(crate) sealing_key: PathBuf,
}

/// `[policy]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PolicyFile {
    /// A policy in TOML; without it the built-in `eu-default` holds.
    pub(crate) file: Option<PathBuf>,
}

/// `[freshness]`: how old, and how far in the future, a message may be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Freshness {
    pub(crate) clock_skew_ms: u32,
    pub(crate) message_max_age_ms: u32,
}

/// `[shadow]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Shadow {
    /// One document in so many is verified a second time by the other engine; 0 for none.
    pub(crate) one_in: u32,
}

/// `[log]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    /// Levels, such as `info` or `info,gateway=debug`.
    pub(crate) filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads the file, or [`DEFAULT_FILE`] if there is one, or takes the defaults.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let path = match file {
            Some(path) => path,
            None if Path::new(DEFAULT_FILE).exists() => Path::new(DEFAULT_FILE),
            None => return Self::default().checked(),
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the configuration file {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, folder).with_context(|| format!("in the configuration file {}", path.display()))
    }

    /// Reads the text of a file that lies in this folder.
    pub(crate) fn parse(text: &str, folder: PathBuf) -> anyhow::Result<Self> {
        let config: Self = toml::from_str(text)?;
        Self { folder, ..config }.checked()
    }

    fn checked(self) -> anyhow::Result<Self> {
        let metrics = self.metrics.listen.ip();
        ensure!(metrics.is_loopback(), "metrics.listen: {metrics} is not a loopback address");
        ensure!(!self.door.hosts.is_empty(), "door.hosts: at least one name is needed");
        for (key, limit_ms) in [
            ("door.header_timeout_ms", self.door.header_timeout_ms),
            ("door.body_timeout_ms", self.door.body_timeout_ms),
            ("door.keep_alive_ms", self.door.keep_alive_ms),
            ("external.wait_ms", self.external.wait_ms),
            ("external.time_limit_ms", self.external.time_limit_ms),
            ("external.ask_again_ms", self.external.ask_again_ms),
        ] {
            ensure!(limit_ms > 0, "{key}: must be above 0");
        }
        self.external.check(self.bank.is_known())?;
        self.mail.check()?;
        self.callbacks.check()?;
        self.outbox.check()?;
        self.bank.check()?;
        self.portals.check()?;
        self.relying_party()?;
        self.hosts()?;
        self.party()?;
        self.database_url()?;
        Ok(self)
    }

    /// Whether the simulator stands in for external systems: then no money is real.
    pub(crate) fn simulates(&self) -> bool {
        self.external.simulates(self.bank.is_known())
    }

    /// The names of the external systems that are set up.
    pub(crate) fn external_systems(&self) -> Vec<&'static str> {
        let systems = [
            (self.simulates(), "simulator"),
            (self.external.stripe.enabled, "stripe"),
            (self.bank.is_known(), core_payment::bank::SYSTEM),
        ];
        systems.into_iter().filter(|(set_up, _)| *set_up).map(|(_, name)| name).collect()
    }

    /// A path of the file, from its folder.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    pub(crate) fn pki_folder(&self) -> PathBuf {
        self.path(&self.pki.folder)
    }

    pub(crate) fn party(&self) -> anyhow::Result<PartyId> {
        PartyId::parse(&self.pki.name).context("pki.name")
    }

    /// The database; an SQLite file is relative to the configuration's folder.
    pub(crate) fn database_url(&self) -> anyhow::Result<DatabaseUrl> {
        DatabaseUrl::parse(&self.database_text()).context("database.url")
    }

    fn database_text(&self) -> String {
        match self.database.url.strip_prefix("sqlite:") {
            // `sqlite:///srv/m.db` is `sqlite:/srv/m.db`.
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                format!("sqlite:{}", self.path(Path::new(path)).display())
            }
            None => self.database.url.clone(),
        }
    }

    /// The terms of bills and payouts; those who are reminded pay to the account in `[bank]`.
    pub(crate) fn terms(&self) -> anyhow::Result<aggregation::terms::Terms> {
        Ok(aggregation::terms::Terms { pay_to: self.bank.pay_to()?, ..self.aggregation.terms()? })
    }

    pub(crate) fn policy(&self) -> anyhow::Result<Policy> {
        let Some(file) = &self.policy.file else { return Ok(core_payment::policy::eu_default()?) };
        let path = self.path(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("policy.file: the policy {}", path.display()))?;
        core_payment::policy::parse_toml(&text).with_context(|| format!("in the policy {}", path.display()))
    }

    pub(crate) fn core_settings(&self) -> anyhow::Result<core_payment::Settings> {
        Ok(core_payment::Settings {
            database: self.database_url()?,
            policy: self.policy()?,
            routes: self.external.routes()?,
            queue: self.database.queue.get(),
            batch: self.database.batch.get(),
            writers: self.database.writers.map(NonZeroUsize::get),
        })
    }

    pub(crate) fn door_settings(&self) -> DoorSettings {
        let Door { listen, workers, max_in_flight, max_connections, .. } = &self.door;
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        DoorSettings {
            listen: *listen,
            workers: workers.unwrap_or_else(cores).get(),
            max_in_flight: max_in_flight.get(),
            max_connections: max_connections.get(),
            timeouts: Timeouts {
                header: Duration::from_millis(self.door.header_timeout_ms),
                body: Duration::from_millis(self.door.body_timeout_ms),
                keep_alive: Duration::from_millis(self.door.keep_alive_ms),
                shutdown: Duration::from_millis(self.door.shutdown_timeout_ms),
            },
            rates: Rates {
                peer: Rate::per_second(self.limits.peer_per_second),
                sender: Rate::per_second(self.limits.sender_per_second),
                adapter: Rate::per_second(self.limits.adapter_per_second),
            },
        }
    }

    pub(crate) fn freshness(&self) -> gateway::intake::Freshness {
        gateway::intake::Freshness {
            max_age_ms: i64::from(self.freshness.message_max_age_ms),
            max_skew_ms: i64::from(self.freshness.clock_skew_ms),
        }
    }

    pub(crate) fn hosts(&self) -> anyhow::Result<Vec<Host>> {
        self.door.hosts.iter().map(|host| parse_host(host).context("door.hosts")).collect()
    }

    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        Ok(Plan { party: self.party()?, hosts: self.hosts()?, lifetimes: Lifetimes::default() })
    }
}

fn parse_host(text: &str) -> anyhow::Result<Host> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Host::Ip(address));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '*');
    if text.is_empty() || !text.chars().all(plain) {
        bail!("`{text}` is neither a DNS name nor an address");
    }
    Ok(Host::Dns(text.to_owned()))
}

impl Default for Door {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            hosts: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into(),
            workers: None,
            max_in_flight: count(1024),
            max_connections: count(4096),
            header_timeout_ms: 5_000,
            body_timeout_ms: 10_000,
            keep_alive_ms: 60_000,
            shutdown_timeout_ms: 20_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { peer_per_second: 1_000, sender_per_second: 50, adapter_per_second: 5_000 }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:meteore.db".to_owned(), queue: count(4096), batch: count(256), writers: None }
    }
}

impl Default for Pki {
    fn default() -> Self {
        Self { folder: "pki".into(), name: "meteore".to_owned(), sealing_key: "sealing.key".into() }
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Self { clock_skew_ms: 60_000, message_max_age_ms: 300_000 }
    }
}

impl Default for Shadow {
    fn default() -> Self {
        Self { one_in: 256 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,actix_server=warn".to_owned() }
    }
}

const fn count(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Config> {
        Config::parse(text, "/srv/meteore".into())
    }

    #[test]
    fn an_empty_file_is_a_working_configuration() {
        let config = parse("").unwrap();
        assert_eq!(config.door.listen.to_string(), "127.0.0.1:8443");
        assert_eq!(config.pki_folder(), Path::new("/srv/meteore/pki"));
        assert_eq!(config.shadow.one_in, 256);
        config.core_settings().unwrap();
        config.plan().unwrap();
    }

    #[test]
    fn what_is_set_up_is_named() {
        const IBAN: &str = "[bank]\niban = 'DE89370400440532013000'\n";
        const STRIPE: &str = "[external.stripe]\nenabled = true\n";
        for (text, expected) in [
            (String::new(), vec!["simulator"]),
            (IBAN.to_owned(), vec!["sepa"]),
            (format!("{IBAN}{STRIPE}"), vec!["stripe", "sepa"]),
            ("[external.simulator]\nenabled = false".to_owned(), vec![]),
        ] {
            assert_eq!(parse(&text).unwrap().external_systems(), expected, "{text}");
        }
        let both = format!("{IBAN}[external.simulator]\nenabled = true");
        assert!(format!("{:#}", parse(&both).unwrap_err()).contains("external.simulator.enabled"));
    }

    #[test]
    fn the_example_in_the_room_says_exactly_the_defaults() {
        let example = include_str!("../meteore.example.toml");
        let written = parse(example).unwrap();
        let config = Config { folder: "/srv/meteore".into(), ..Config::default() };
        assert_eq!(format!("{written:?}"), format!("{config:?}"));
    }

    #[test]
    fn paths_start_from_the_folder_of_the_file_unless_absolute() {
        let config = parse("[pki]\nfolder = '/etc/meteore/pki'").unwrap();
        assert_eq!(config.pki_folder(), Path::new("/etc/meteore/pki"));
        for (url, expected) in [
            ("sqlite:ledger/m.db", "sqlite:/srv/meteore/ledger/m.db"),
            ("sqlite:/var/m.db", "sqlite:/var/m.db"),
            ("sqlite:///var/m.db", "sqlite:/var/m.db"),
            ("postgres://user@host/name", "postgres://user@host/name"),
        ] {
            let config = parse(&format!("[database]\nurl = '{url}'")).unwrap();
            assert_eq!(config.database_text(), expected, "{url}");
        }
    }

    #[test]
    fn a_mistake_is_reported_with_the_key_it_is_in() {
        for (text, expected) in [
            ("[door]\nlitsen = '127.0.0.1:1'", "litsen"),
            ("[dor]\nlisten = '127.0.0.1:1'", "dor"),
            ("[door]\nlisten = 'localhost'", "listen"),
            ("[door]\nworkers = 0", "workers"),
            ("[door]\nhosts = ['a b']", "door.hosts"),
            ("[door]\nhosts = []", "door.hosts"),
            ("[door]\nkeep_alive_ms = 0", "door.keep_alive_ms"),
            ("[limits]\npeer_per_second = -1", "peer_per_second"),
            ("[metrics]\nlisten = '0.0.0.0:9464'", "metrics.listen"),
            ("[database]\nurl = 'mysql://x'", "database.url"),
            ("[pki]\nname = 'Not A Party'", "pki.name"),
            ("[log]\nformat = 'xml'", "format"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_that_was_asked_for_must_exist() {
        let error = Config::load(Some(Path::new("/nowhere/meteore.toml"))).unwrap_err();
        assert!(format!("{error:#}").contains("/nowhere/meteore.toml"));
    }
}
