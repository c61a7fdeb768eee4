//! Child processes that never outlive their owner, and what the kernel says about them.

use std::ffi::OsStr;
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A child that is killed when it is dropped, and by the kernel when the thread that started it dies.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

/// Processor time and memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// User and system time.
    pub cpu: Duration,
    /// The largest resident set so far, in bytes.
    pub peak_rss_bytes: u64,
}

/// A command that the kernel sends `signal` when the calling thread dies.
#[must_use]
pub fn tied(signal: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal, "--"]).arg(program);
    command
}

impl Running {
    /// Starts a command, best made by [`tied`].
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { child })
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it writes, if the command piped that. Once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it has ended, and how.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends a signal by name, such as `TERM`.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn signal(&self, name: &str) -> Result<()> {
        signal(self.pid(), name)
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// If it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                bail!("process {} still runs after {limit:?}", self.pid());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Sends a signal by name to one process.
///
/// # Errors
/// If the process is gone.
pub fn signal(pid: u32, name: &str) -> Result<()> {
    let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {pid}")).status()?;
    if status.success() { Ok(()) } else { bail!("cannot send {name} to process {pid}") }
}

/// What one process has used so far.
///
/// # Errors
/// If the process is gone.
pub fn usage(pid: u32) -> Result<Usage> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    Ok(Usage { cpu: cpu(pid, false)?, peak_rss_bytes: peak_kib * 1024 })
}

/// What a process, the children that it has buried, and its living children have used so far.
///
/// # Errors
/// If the process is gone.
pub fn family_cpu(pid: u32) -> Result<Duration> {
    let mut total = cpu(pid, true)?;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A child may end while we look; its time then counts with the parent's buried ones at the next look.
        if stat(child).is_ok_and(|fields| fields.get(1) == Some(&u64::from(pid))) {
            total += cpu(child, true).unwrap_or_default();
        }
    }
    Ok(total)
}

fn cpu(pid: u32, with_buried_children: bool) -> Result<Duration> {
    // utime, stime, cutime, cstime are fields 14 to 17 of proc_pid_stat(5), in ticks of 1/100 s on Linux.
    let fields = stat(pid)?;
    let fields = fields.get(11..15).context("a short stat line")?;
    let ticks: u64 = fields.iter().take(if with_buried_children { 4 } else { 2 }).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The fields of `/proc/PID/stat` from the third on, with the state letter as 0.
fn stat(pid: u32) -> Result<Vec<u64>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("a stat line without a name")?;
    Ok(fields.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}
