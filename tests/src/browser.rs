//! A real browser: runs flows of `tests/browser` against servers that a test has started.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_trust::Credential;
use serde_json::Value;

use crate::app::App;
use crate::officer;
use crate::peer;
use crate::process::{Running, tied};
use crate::scratch::{Scratch, repository, target_folder};

/// Node, Chromium, and the packages that drive it.
#[derive(Debug, Clone)]
pub struct Browser {
    packages: PathBuf,
}

/// Where a flow goes, and what it has to know beforehand.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The folder of the installation: its PKI, its folder `people` with the certificates of those who show one.
    pub town: PathBuf,
    /// What else is in the environment of the flow: see the README of `tests/browser`.
    pub environment: Vec<(&'static str, String)>,
    /// What the test has prepared: names, numbers, offers.
    pub prepared: Value,
}

impl Browser {
    /// All that a flow needs, or `None` if a part of it is missing.
    #[must_use]
    pub fn find() -> Option<Self> {
        static PACKAGES: OnceLock<Option<PathBuf>> = OnceLock::new();
        for program in ["chromium", "node", "npm", "certutil"] {
            if !peer::is_there(program, peer::on_path(program)) {
                return None;
            }
        }
        let packages = PACKAGES.get_or_init(|| peer::made_by_script("browser"));
        peer::is_there("what tests/browser is made of", packages.is_some())
            .then(|| packages.clone())
            .flatten()
            .map(|packages| Self { packages })
    }

    /// Runs the flows of one file.
    ///
    /// # Errors
    /// If one fails, with all that was printed; or if they take too long.
    pub fn run(&self, flows: &str, visit: &Visit) -> Result<()> {
        /// Each flow has a shorter limit of its own, and says more when it passes it.
        const LIMIT: Duration = Duration::from_secs(15 * 60);
        // A browser keeps two cores busy.
        static ONE: Mutex<()> = Mutex::new(());
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = Scratch::new("browser")?;
        let output = scratch.path().join("output");
        let mut node =
            Running::start(&mut self.command(flows, visit, scratch.path(), &File::create(&output)?)?)?;
        let ended = node.wait(LIMIT);
        let said = std::fs::read_to_string(&output).unwrap_or_default();
        let status = ended.with_context(|| format!("the flows `{flows}` hang:\n{said}"))?;
        ensure!(status.success(), "the flows `{flows}` ended with {status}:\n{said}");
        // Nothing but the report tells that there were flows at all.
        ensure!(!said.contains("tests 0\n") && said.contains("fail 0\n"), "no flows in `{flows}`:\n{said}");
        Ok(())
    }

    fn command(&self, flows: &str, visit: &Visit, scratch: &Path, output: &File) -> Result<Command> {
        let program = repository().join("tests/browser/run.mjs").canonicalize()?;
        let mut command = tied("KILL", "node");
        command
            .args(["--test-reporter=spec"])
            .arg(program)
            .arg(flows)
            .env("NODE_EXTRA_CA_CERTS", visit.town.join("pki/root.pem"))
            .env("METEORE_TOWN", &visit.town)
            .env("METEORE_PREPARED", visit.prepared.to_string())
            .env("METEORE_BROWSER_PACKAGES", &self.packages)
            .env("METEORE_BROWSER_REMAINS", target_folder().join("browser"))
            // Chromium makes sockets in it, whose names have little room.
            .env("METEORE_BROWSER_SCRATCH", scratch)
            .envs(visit.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?);
        Ok(command)
    }
}

/// Gives somebody's key and certificate to the flows, which show it as theirs.
///
/// # Errors
/// If the files cannot be written.
pub fn hand_over(town: &Path, name: &str, credential: &Credential) -> Result<()> {
    let people = town.join("people");
    std::fs::create_dir_all(&people)?;
    let issuing = std::fs::read_to_string(town.join("pki/issuing.pem"))?;
    std::fs::write(people.join(format!("{name}.pem")), credential.certificate().to_pem() + &issuing)?;
    std::fs::write(people.join(format!("{name}.key")), credential.key().to_pem()?.as_bytes())?;
    Ok(())
}

/// The same for an operator, who is certified for it; returns the serial number.
///
/// # Errors
/// If nothing was issued.
pub fn hand_over_to_operator(app: &App, town: &Path, name: &str, role: &str, file: &str) -> Result<String> {
    let people = town.join("people");
    std::fs::create_dir_all(&people)?;
    let serial = officer::certify(app, &people, name, role, file)?;
    let issuing = std::fs::read_to_string(town.join("pki/issuing.pem"))?;
    let certificate = people.join(format!("{file}.pem"));
    let own = std::fs::read_to_string(&certificate)?;
    std::fs::write(certificate, own + &issuing)?;
    Ok(serial)
}
