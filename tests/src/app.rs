//! The real server: `meteore serve` as a child process on free loopback ports.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::database::Database;
use crate::door::Door;
use crate::passkey::{ORIGIN, RP_ID};
use crate::postgres::free_port;
use crate::process::{Running, Usage, tied, usage};
use crate::scratch;
use crate::town::Town;

/// Names the binary to start, where it was built beforehand.
pub const VARIABLE: &str = "METEORE_BIN";

/// What differs from the defaults of the configuration file. Rates are off unless a test is about them.
#[derive(Debug, Clone)]
pub struct Setup {
    pub workers: Option<usize>,
    pub queue: usize,
    pub sender_per_second: u32,
    pub external_wait_ms: u64,
    pub ask_again_ms: u64,
    pub slow_ms: u64,
    pub shadow_one_in: u32,
    pub log: &'static str,
    /// When a request to an external system is given up.
    pub time_limit_ms: u64,
    /// Whether the simulator is on, beside what else there is: then no money is real.
    pub simulator: bool,
    /// Where passkeys are used; without a page none is accepted.
    pub passkey_origins: &'static [&'static str],
    /// More of the configuration file: whole tables.
    pub more: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            workers: None,
            queue: 4096,
            sender_per_second: 0,
            external_wait_ms: 2_000,
            ask_again_ms: 100,
            slow_ms: 500,
            shadow_one_in: 4,
            log: "info",
            time_limit_ms: 30_000,
            simulator: true,
            passkey_origins: &[ORIGIN],
            more: String::new(),
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct App {
    process: Running,
    config: PathBuf,
    log: PathBuf,
    door: Door,
    metrics: SocketAddr,
}

impl App {
    /// Starts a server for the town on a database, and waits until it is ready.
    ///
    /// # Errors
    /// If it does not become ready; with the end of its log.
    pub async fn start(town: &Town, database: &Database) -> Result<Self> {
        Self::start_with(town, database, &Setup::default()).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// If it does not become ready; with the end of its log.
    pub async fn start_with(town: &Town, database: &Database, setup: &Setup) -> Result<Self> {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (listen, metrics) = (loopback(free_port()?), loopback(free_port()?));
        let folder = town.folder();
        let (config, log) = (folder.join("meteore.toml"), folder.join("server.log"));
        std::fs::write(&config, setup.render(listen, metrics, database.url()))?;
        let door = Door::new(listen, town)?;
        let mut app = Self { process: launch(&config, &log)?, config, log, door, metrics };
        app.until_ready(Duration::from_secs(60)).await?;
        Ok(app)
    }

    /// Starts it again, on the same ports, after it was killed or stopped.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = launch(&self.config, &self.log)?;
        self.until_ready(Duration::from_secs(60)).await
    }

    /// Where to knock.
    #[must_use]
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The configuration file, for commands beside the server.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Asks it to stop: no new connections, everything accepted is answered.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn terminate(&self) -> Result<()> {
        self.process.signal("TERM")
    }

    /// Asks it to read certificates and revocation lists again.
    ///
    /// # Errors
    /// If it is gone.
    pub fn reload(&self) -> Result<()> {
        self.process.signal("HUP")
    }

    /// Stops it in good order.
    ///
    /// # Errors
    /// If it does not stop, or complains.
    pub fn stop(&mut self) -> Result<()> {
        self.terminate()?;
        self.stopped()
    }

    /// Waits until it has stopped.
    ///
    /// # Errors
    /// If it does not stop, or complains.
    pub fn stopped(&mut self) -> Result<()> {
        let status = self.process.wait(Duration::from_secs(60))?;
        ensure!(status.success(), "the server ended with {status}:\n{}", self.log_end());
        Ok(())
    }

    /// Its pid.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// If it is gone.
    pub fn usage(&self) -> Result<Usage> {
        usage(self.pid())
    }

    /// What Prometheus would read.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn metrics(&self) -> Result<String> {
        let mut stream = TcpStream::connect(self.metrics)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }

    /// The whole log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Runs another command of the same binary on the same configuration, and returns what it printed.
    ///
    /// # Errors
    /// If it fails.
    pub fn command(&self, arguments: &[&str]) -> Result<String> {
        let said = self.say(arguments)?;
        ensure!(said.code == Some(0), "{arguments:?}: {said:?}");
        Ok(said.out)
    }

    /// The same, whatever comes of it.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn say(&self, arguments: &[&str]) -> Result<Said> {
        let config = self.config.to_str().context("a path that is no text")?;
        say(&[arguments, &["--config", config]].concat())
    }

    /// Waits until `/readyz` answers 200.
    ///
    /// # Errors
    /// If it does not.
    pub async fn until_ready(&mut self, limit: Duration) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if self.door.fetch("/readyz").await.is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.process.ended()? {
                bail!("the server ended with {status}:\n{}", self.log_end());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server is not ready after {limit:?}:\n{}", self.log_end())
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// What a command printed, and its exit code; none if a signal ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// Runs the binary as somebody would type it.
///
/// # Errors
/// If it cannot be run.
pub fn say(arguments: &[&str]) -> Result<Said> {
    let output = Command::new(binary()?).args(arguments).stdin(Stdio::null()).output()?;
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Said { out, err, code: output.status.code() })
}

impl Setup {
    fn render(&self, listen: SocketAddr, metrics: SocketAddr, database: &str) -> String {
        let Self {
            queue,
            sender_per_second,
            external_wait_ms,
            ask_again_ms,
            slow_ms,
            shadow_one_in,
            log,
            time_limit_ms,
            simulator,
            passkey_origins,
            more,
            ..
        } = self;
        let workers = self.workers.map(|workers| format!("workers = {workers}")).unwrap_or_default();
        format!(
            r#"
[door]
listen = "{listen}"
{workers}
[metrics]
listen = "{metrics}"
[database]
url = "{database}"
queue = {queue}
[limits]
peer_per_second = 0
sender_per_second = {sender_per_second}
adapter_per_second = 0
[external]
wait_ms = {external_wait_ms}
time_limit_ms = {time_limit_ms}
ask_again_ms = {ask_again_ms}
[external.simulator]
enabled = {simulator}
with_sandboxes = true
slow_ms = {slow_ms}
[passkeys]
rp_id = "{RP_ID}"
origins = {passkey_origins:?}
[shadow]
one_in = {shadow_one_in}
[log]
filter = "{log}"
{more}
"#
        )
    }
}

fn launch(config: &Path, log: &Path) -> Result<Running> {
    let log = File::options().create(true).append(true).open(log)?;
    // Files that may not grow are then an error, as a full disk is, and not the end of the process.
    let mut command = tied("KILL", "sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(binary()?)
        .args(["serve", "--config"])
        .arg(config);
    Running::start(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log))
}

/// The server's binary: the one that [`VARIABLE`] names, or what cargo builds now.
///
/// # Errors
/// If it does not build.
pub fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    if let Some(path) = std::env::var_os(VARIABLE) {
        return std::path::absolute(scratch::repository().join(path)).context("no path");
    }
    let built = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = Command::new(cargo)
            .args(["build", "--locked", "--quiet", "--package", "meteore"])
            .current_dir(scratch::repository())
            .status();
        build.is_ok_and(|status| status.success())
    });
    ensure!(*built, "the server does not build");
    Ok(scratch::target_folder().join("debug/meteore"))
}
