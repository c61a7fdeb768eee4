//! The external payment systems of the configuration, connected.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use core_payment::{Core, Route};
use gateway::external::simulator::Simulator;
use gateway::external::simulator::bank::Bank;
use gateway::external::stripe::{self, Stripe, StripeEvents, StripeSettings, WebhookSecrets};
use gateway::external::{BaseUrl, Connection, ExternalSystems, Hints, HttpTransport, Secret};
use gateway::http::Door;
use gateway::notify::Roots;
use payment_domain::Operation;
use zeroize::Zeroizing;

use crate::clock::SystemClock;
use crate::config::Config;

/// The bank that is spoken to by files (ISO 20022).
const BY_FILES: &str = core_payment::bank::SYSTEM;

/// Every system that is enabled. A route that leads to another is refused.
pub(crate) fn systems(config: &Config) -> anyhow::Result<ExternalSystems> {
    let mut systems = ExternalSystems::default().by_files(BY_FILES);
    if config.simulates() {
        systems = systems.with(simulator(config)?);
    }
    if config.external.stripe.enabled {
        systems = systems.with(stripe(config).context("external.stripe")?);
    }
    for (index, route) in config.core_settings()?.routes.rules().iter().enumerate() {
        check(&systems, route).with_context(|| format!("external.route {}", index.saturating_add(1)))?;
    }
    Ok(systems)
}

/// The door, taking events where there is a secret that they are signed with.
pub(crate) fn with_events(door: Door, config: &Config, core: &Core, hints: Hints) -> anyhow::Result<Door> {
    let stripe = &config.external.stripe;
    let Some(file) = stripe.webhook_secret_file.as_ref().filter(|_| stripe.enabled) else { return Ok(door) };
    let secrets =
        WebhookSecrets::parse(&read(&config.path(file))?).context("external.stripe.webhook_secret_file")?;
    Ok(door.taking(StripeEvents::new(secrets, Arc::new(SystemClock), core.clone(), hints)))
}

fn check(systems: &ExternalSystems, route: &Route) -> anyhow::Result<()> {
    for system in &route.systems {
        let operation = route.operation.unwrap_or(Operation::Charge);
        ensure!(systems.can(system, operation), "there is no system `{system}` that can {operation}");
    }
    Ok(())
}

fn simulator(config: &Config) -> anyhow::Result<Connection> {
    let settings = &config.external.simulator;
    let journal = config.path(&settings.journal);
    let delay = Duration::from_millis(settings.slow_ms);
    let bank = Bank::open(&journal, delay, Arc::new(SystemClock))
        .with_context(|| format!("external.simulator.journal: {}", journal.display()))?;
    let connection = Connection::new(Arc::new(Simulator), Arc::new(bank));
    Ok(connection.authorising(Arc::new(Simulator)).paying_out(Arc::new(Simulator)))
}

fn stripe(config: &Config) -> anyhow::Result<Connection> {
    let settings = &config.external.stripe;
    let base = BaseUrl::parse(&settings.base_url)?;
    let key = Secret::parse(&read(&config.path(&settings.key_file))?).context("key_file")?;
    let roots = if base.is_plain() { None } else { Some(Roots::machine_and(None)?) };
    let transport = HttpTransport::new(base, &key, stripe::HEADERS, roots.as_ref())?;
    let system = Arc::new(Stripe::new(StripeSettings {
        return_url: settings.return_url.clone(),
        action_page: settings.action_page.clone(),
        honours_keys: settings.honours_keys,
        action_limit: Some(Duration::from_millis(settings.action_limit_ms)),
    }));
    let connection = Connection::new(Arc::<Stripe>::clone(&system), Arc::new(transport));
    Ok(connection.authorising(Arc::<Stripe>::clone(&system)).paying_out(system))
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    std::fs::read_to_string(file).map(Zeroizing::new).with_context(|| file.display().to_string())
}
