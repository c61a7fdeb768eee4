//! What the commands share: the PKI folder, the sealing key and the database that a configuration names.

use std::sync::Arc;

use anyhow::Context as _;
use core_payment::Core;
use gateway::SigningDesk;
use payment_trust::{Directory, Sealer};

use crate::clock::SystemClock;
use crate::config::Config;

/// The PKI folder.
pub(crate) fn directory(config: &Config) -> anyhow::Result<Directory> {
    let folder = config.pki_folder();
    Directory::open(&folder)
        .with_context(|| format!("the PKI in {} (`meteore ca init` makes one)", folder.display()))
}

/// The key for personal data.
pub(crate) fn sealer(config: &Config) -> anyhow::Result<Arc<Sealer>> {
    let path = config.path(&config.pki.sealing_key);
    let sealer = Sealer::load(&path);
    Ok(Arc::new(
        sealer
            .with_context(|| format!("pki.sealing_key: {} (`meteore ca init` makes one)", path.display()))?,
    ))
}

/// The core on the configured database, for one command.
pub(crate) fn core(config: &Config) -> anyhow::Result<Core> {
    open_core(config, Arc::new(SigningDesk::new(directory(config)?.cps()?)))
}

/// The core on the configured database, signing at this desk.
pub(crate) fn open_core(config: &Config, desk: Arc<SigningDesk>) -> anyhow::Result<Core> {
    let terms = Arc::new(config.terms()?);
    let rooms = aggregation::rooms(&terms);
    let core = Core::open_with(config.core_settings()?, desk, sealer(config)?, Arc::new(SystemClock), rooms);
    core.context("the database (`meteore migrate` prepares it)")
}
