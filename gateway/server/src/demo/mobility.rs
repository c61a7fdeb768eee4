//! The mobility portal beside the server: an ordinary web server of the town's merchants, in a process of its own.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core_payment::{Callback, Site};
use tokio::net::TcpStream;

use super::stage::Stage;
use crate::clock::random;
use crate::serve::Service;

/// What the portal calls its merchants, and what they are called here.
const MERCHANTS: [(&str, &str); 4] =
    [("parking", "parking"), ("tram", "tram"), ("theatre", "concert"), ("gazette", "news")];
/// How long the portal may take to open.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the merchants' web server is to be, and how it recognises the gateway.
pub(crate) struct Plan {
    address: String,
    secret: [u8; 32],
}

/// The portal, running until this is dropped.
pub(crate) struct Mobility {
    /// Where browsers find it.
    pub(crate) origin: String,
    process: Child,
}

impl Plan {
    pub(crate) fn new(address: String) -> anyhow::Result<Self> {
        Ok(Self { address, secret: random()? })
    }

    /// Where browsers find it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The site that browsers may return to.
    pub(crate) fn site(&self) -> anyhow::Result<Site> {
        Ok(Site::parse(&self.origin())?)
    }

    /// Where receipts are posted to, if somebody will be there.
    pub(crate) fn callback(&self) -> anyhow::Result<Option<Callback>> {
        if !program()?.exists() {
            return Ok(None);
        }
        Ok(Some(Callback::parse(&format!("{}/receipts", self.origin()), self.secret)?))
    }

    /// Starts the portal; `None` if its program is not beside this one.
    pub(crate) async fn open(
        &self,
        folder: &Path,
        stage: &Stage,
        service: &Service,
        consumers: &str,
    ) -> anyhow::Result<Option<Mobility>> {
        let program = program()?;
        if !program.exists() {
            return Ok(None);
        }
        let config = self.write(folder, stage, service, consumers)?;
        let log = File::create(folder.join("mobility.log"))?;
        let process = Command::new(&program)
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let mut mobility = Mobility { origin: self.origin(), process };
        let start = Instant::now();
        while TcpStream::connect(&self.address).await.is_err() {
            if let Some(status) = mobility.process.try_wait()? {
                bail!("the mobility portal ended with {status}: see {}", folder.display());
            }
            ensure!(start.elapsed() < PATIENCE, "the mobility portal does not open");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Some(mobility))
    }

    fn write(
        &self,
        folder: &Path,
        stage: &Stage,
        service: &Service,
        consumers: &str,
    ) -> anyhow::Result<PathBuf> {
        let keys = folder.join("keys");
        std::fs::create_dir_all(&keys).with_context(|| keys.display().to_string())?;
        let mut text = format!(
            "listen = \"{}\"\norigin = \"{}\"\ndoor = \"https://{}\"\nconsumer = \"{consumers}\"\n\
             root = \"../pki/root.pem\"\nissuing = \"../pki/issuing.pem\"\nkeys = \"keys\"\nstate = \"state\"\n",
            self.address,
            self.origin(),
            service.door
        );
        let secret = STANDARD.encode(self.secret);
        for (trade, merchant) in MERCHANTS {
            let credential = stage.credential(merchant)?;
            credential.key().save(&keys.join(format!("{merchant}.key")))?;
            std::fs::write(keys.join(format!("{merchant}.pem")), credential.certificate().to_pem())?;
            write!(text, "\n[merchants.{trade}]\nid = \"{merchant}\"\ncallback = \"whsec_{secret}\"\n")?;
        }
        let config = folder.join("mobility.toml");
        std::fs::write(&config, text).with_context(|| config.display().to_string())?;
        Ok(config)
    }
}

impl Drop for Mobility {
    /// It keeps a journal, and begins again from it after whatever ended it.
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The portal's program, which is built beside this one.
fn program() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("mobility"))
}
