//! The mobility portal as it is run: its own process beside the gateway, and the town's merchants who sell through it.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core_payment::{Callback, ChangeParty, Details, Site};
use payment_domain::PartyId;

use crate::database::Database;
use crate::process::{Running, tied};
use crate::scene::Scene;
use crate::scratch;
use crate::town::{Newcomer, Town};

/// The merchants of the portal; the town has the first one anyhow.
pub const MERCHANTS: [&str; 4] = ["parking", "tram", "theatre", "gazette"];

/// What the gateway's configuration needs, so that callbacks reach a portal on this machine.
pub const CALLBACKS: &str = "[callbacks]\nplain_http = true\nallow = ['127.0.0.1']\n[outbox]\npoll_ms = 50\n";

/// Where a portal is, and what is around it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The portal as browsers see it, such as `http://127.0.0.1:4711`. With https it has the certificate of the door.
    pub origin: String,
    /// The consumers' portal.
    pub consumer: String,
    /// Whether the gateway posts receipts to it.
    pub callbacks: bool,
}

/// A running portal.
#[derive(Debug)]
pub struct Mobility {
    process: Running,
    config: PathBuf,
    address: String,
}

impl Plan {
    /// Registers the merchants, where they sell, and where they are called back.
    ///
    /// # Errors
    /// If the core refuses.
    pub async fn settle(&self, town: &mut Town, database: &Database) -> Result<()> {
        let merchants = MERCHANTS.into_iter().filter(|name| *name != "parking").map(Newcomer::merchant);
        town.settle(database, merchants).await?;
        let core = town.core(database)?;
        for name in MERCHANTS {
            let callback = Callback::parse(&format!("{}/receipts", self.origin), secret(name))?;
            let details = Details {
                callback: self.callbacks.then_some(callback),
                sites: vec![Site::parse(&self.origin)?],
                ..Details::default()
            };
            let name = PartyId::parse(name)?;
            core.change_party(ChangeParty { name, active: None, external: None, details: Some(details) })
                .await?;
        }
        core.shut_down();
        Ok(())
    }

    fn write(&self, scene: &Scene) -> Result<PathBuf> {
        let (root, folder) = (scene.town.folder(), scene.town.folder().join("mobility"));
        std::fs::create_dir_all(folder.join("keys"))?;
        let (origin, consumer, door) = (&self.origin, &self.consumer, scene.door().url());
        let mut text = format!(
            "listen = \"{}\"\norigin = \"{origin}\"\ndoor = \"{door}\"\nconsumer = \"{consumer}\"\n\
             root = \"../pki/root.pem\"\nissuing = \"../pki/issuing.pem\"\nkeys = \"keys\"\nstate = \"state\"\n",
            address(origin)?
        );
        for name in MERCHANTS {
            let credential = &scene.town.party(name).credential;
            credential.key().save(&folder.join(format!("keys/{name}.key")))?;
            std::fs::write(folder.join(format!("keys/{name}.pem")), credential.certificate().to_pem())?;
            text += &format!("[merchants.{name}]\nid = \"{name}\"\n");
            if self.callbacks {
                text += &format!("callback = \"whsec_{}\"\n", STANDARD.encode(secret(name)));
            }
        }
        if origin.starts_with("https:") {
            let pem = |name| std::fs::read_to_string(root.join("pki").join(name));
            std::fs::write(folder.join("tls.pem"), pem("tls.pem")? + &pem("issuing.pem")?)?;
            text += "[tls]\ncertificate = \"tls.pem\"\nkey = \"../pki/tls.key\"\n";
        }
        let config = folder.join("mobility.toml");
        std::fs::write(&config, text)?;
        Ok(config)
    }
}

impl Mobility {
    /// Starts the portal for merchants that are settled, and waits until it is open.
    ///
    /// # Errors
    /// If it does not open; with its log.
    pub async fn open(scene: &Scene, plan: &Plan) -> Result<Self> {
        let config = plan.write(scene)?;
        let mut portal = Self { process: launch(&config)?, config, address: address(&plan.origin)? };
        portal.until_open().await?;
        Ok(portal)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// If it does not open.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = launch(&self.config)?;
        self.until_open().await
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.config.with_extension("log")).unwrap_or_default()
    }

    /// How often something of this kind is in its journal.
    ///
    /// # Errors
    /// If there is no journal.
    pub fn journal(&self, event: &str) -> Result<usize> {
        let journal = std::fs::read_to_string(self.config.with_file_name("state").join("journal.jsonl"))?;
        let wanted = format!("\"event\":\"{event}\"");
        Ok(journal.lines().filter(|line| line.contains(&wanted)).count())
    }

    async fn until_open(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if TcpStream::connect(&self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.ended()? {
                bail!("the mobility portal ended with {status}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the mobility portal is not open:\n{}", self.log())
    }
}

/// A merchant's callback key.
///
/// # Panics
/// If the portal has no such merchant.
#[must_use]
pub fn secret(name: &str) -> [u8; 32] {
    let number = MERCHANTS.iter().position(|merchant| *merchant == name).expect("a merchant of the portal");
    [u8::try_from(number + 1).expect("few merchants"); 32]
}

fn address(origin: &str) -> Result<String> {
    let (_, address) = origin.split_once("://").context("an origin has a scheme")?;
    Ok(address.to_owned())
}

fn launch(config: &Path) -> Result<Running> {
    let log = File::options().create(true).append(true).open(config.with_extension("log"))?;
    let mut command = tied("KILL", binary()?);
    Running::start(command.arg(config).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log))
}

fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--locked", "--quiet", "--package", "mobility"])
            .current_dir(scratch::repository());
        build.status().is_ok_and(|status| status.success())
    });
    ensure!(*built, "the mobility portal does not build");
    Ok(scratch::target_folder().join("debug/mobility"))
}
