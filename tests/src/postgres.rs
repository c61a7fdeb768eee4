//! Private PostgreSQL servers: started in a scratch folder on a loopback port, stopped by their own pid.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::process::{self, Running};
use crate::random;
use crate::scratch::Scratch;
use crate::storage::Sql;

/// Where the URL of a running server is found, for a superuser.
pub const VARIABLE: &str = "METEORE_TEST_POSTGRES";

/// Whether commits wait for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As an operator runs it. Measurements need it.
    Full,
    /// Survives everything but a crash of the machine, which tests of our own process do not simulate.
    ProcessOnly,
}

/// How to stop a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Ends sessions and writes everything back.
    Fast,
    /// Drops everything at once, as a crash would.
    Immediate,
}

/// A server of our own.
#[derive(Debug)]
pub struct Postgres {
    folder: Scratch,
    port: u16,
    password: String,
    server: Option<Server>,
}

/// The thread that owns the process: the kernel ends the one with the other.
#[derive(Debug)]
struct Server {
    pid: u32,
    orders: mpsc::Sender<Stop>,
    keeper: JoinHandle<()>,
}

/// The superuser's URL of a server that all tests of this program share: the one in [`VARIABLE`], or one of our own
/// that ends with the program. `None` if PostgreSQL is not installed.
///
/// # Panics
/// If it is installed and does not start.
#[must_use]
pub fn shared() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    static OWN: OnceLock<Postgres> = OnceLock::new();
    let url = URL.get_or_init(|| {
        if let Ok(url) = std::env::var(VARIABLE) {
            return Some(url);
        }
        programs()?;
        let own = OWN.get_or_init(|| Postgres::start(Durability::ProcessOnly).expect("PostgreSQL starts"));
        Some(own.url("postgres"))
    });
    url.as_deref()
}

/// The folder with `initdb`, `postgres` and `pgbench`: the newest version of Debian's, or the one on the path.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let debian =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = debian.filter(|folder| folder.join("bin/initdb").exists()).max_by_key(version);
    if let Some(folder) = newest {
        return Some(folder.join("bin"));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub fn start(durability: Durability) -> Result<Self> {
        let folder = reachable_folder()?;
        let password = random::hex::<16>();
        let mut postgres = Self { folder, port: 0, password, server: None };
        postgres.initialise(durability)?;
        postgres.resume()?;
        Ok(postgres)
    }

    /// The superuser's URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The pid of the postmaster, parent of all its processes.
    ///
    /// # Errors
    /// If it is stopped.
    pub fn pid(&self) -> Result<u32> {
        self.server.as_ref().map(|server| server.pid).context("PostgreSQL is stopped")
    }

    /// Stops it and waits until it is gone.
    ///
    /// # Errors
    /// If it does not stop.
    pub fn stop(&mut self, how: Stop) -> Result<()> {
        let Some(server) = self.server.take() else { return Ok(()) };
        server.orders.send(how).context("the keeper of PostgreSQL is gone")?;
        server.keeper.join().map_err(|_| anyhow!("the keeper of PostgreSQL panicked"))
    }

    /// Starts it (again, on the same port) and waits until it answers.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn resume(&mut self) -> Result<()> {
        for _ in 0..5 {
            if self.port == 0 || self.server.is_none() && !port_is_free(self.port) {
                self.port = free_port()?;
            }
            self.server = Some(self.launch()?);
            if self.answers()? {
                return Ok(());
            }
            self.server = None;
        }
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        bail!("PostgreSQL does not start:\n{log}")
    }

    /// Where it writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn initialise(&self, durability: Durability) -> Result<()> {
        let (data, secret) = (self.folder.path().join("data"), self.folder.path().join("password"));
        std::fs::write(&secret, &self.password)?;
        give_away(&secret)?;
        let output = unprivileged(&programs().context("PostgreSQL is not installed")?.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg(format!("--pwfile={}", secret.display()))
            .arg(format!("--pgdata={}", data.display()))
            .output()?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let durable = match durability {
            Durability::Full => "max_wal_size = 4GB\nshared_buffers = 256MB\n",
            Durability::ProcessOnly => "fsync = off\nfull_page_writes = off\nshared_buffers = 64MB\n",
        };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n{durable}"
        );
        let file = data.join("postgresql.auto.conf");
        std::fs::write(&file, settings)?;
        give_away(&file)
    }

    fn launch(&self) -> Result<Server> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut command = unprivileged(&programs().context("PostgreSQL is not installed")?.join("postgres"));
        command
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let (orders, inbox) = mpsc::channel();
        let (started, pid) = mpsc::channel();
        let keeper = std::thread::Builder::new().name("postgres".to_owned()).spawn(move || {
            let mut child = match Running::start(&mut command) {
                Ok(child) => child,
                Err(error) => return started.send(Err(error)).unwrap_or_default(),
            };
            let _ = started.send(Ok(child.pid()));
            // A dropped sender means stop, too.
            let how = inbox.recv().unwrap_or(Stop::Immediate);
            let _ = child.signal(if how == Stop::Fast { "INT" } else { "QUIT" });
            let _ = child.wait(Duration::from_secs(30));
        })?;
        let pid = pid.recv().context("PostgreSQL was not started")??;
        Ok(Server { pid, orders, keeper })
    }

    /// Whether it accepts a session soon; not if it ended, for instance because the port was taken meanwhile.
    fn answers(&self) -> Result<bool> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if Sql::open(&self.url("postgres")).is_ok() {
                return Ok(true);
            }
            if process::usage(self.pid()?).is_err() {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(false)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.stop(Stop::Immediate);
    }
}

/// A loopback port that nobody listens on, and that this process gives to nobody else. It is none of those that the kernel
/// takes for connections of its own: one of them might have it before the server that it is meant for.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let next = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + next % COUNT)?;
        if port_is_free(port) {
            return Ok(port);
        }
    }
    anyhow::bail!("no port is free")
}

fn port_is_free(port: u16) -> bool {
    std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// PostgreSQL refuses to run as root. The death signal is set last, since a change of user clears it.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return process::tied("INT", program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
        .args(["setpriv", "--pdeathsig", "INT", "--"])
        .arg(program)
        .current_dir("/");
    command
}

fn give_away(path: &Path) -> Result<()> {
    if is_root() {
        let done = Command::new("chown").arg("postgres:").arg(path).status()?;
        ensure!(done.success(), "cannot give {} to user postgres", path.display());
    }
    Ok(())
}

/// A folder that PostgreSQL's user can enter; a checkout under root's home is closed to it.
fn reachable_folder() -> Result<Scratch> {
    let own = Scratch::new("postgres")?;
    give_away(own.path())?;
    let enters = unprivileged(Path::new("test")).arg("-x").arg(own.path()).status()?;
    if enters.success() {
        return Ok(own);
    }
    let other = Scratch::reachable("postgres")?;
    give_away(other.path())?;
    Ok(other)
}
