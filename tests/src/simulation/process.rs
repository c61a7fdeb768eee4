//! The day-runner as a process of its own, killed now and then; and what is checked between its days.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use core_payment::{AuditReport, AuditTrust, DatabaseUrl};
use payment_message::StrictEngine;

use super::bank::Bank;
use super::books::{Compared, compare};
use super::day::Runner;
use super::dice::Dice;
use super::people::People;
use super::report::Report;
use super::stage::Tally;
use crate::process::{Running, tied};

/// Nothing takes longer in a day.
const MOST: Duration = Duration::from_secs(120);
/// The day of the first audit.
const FIRST_AUDIT: u32 = 500;
/// Days of rest at the end, at most.
const REST: u32 = 60;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program that knows the command `day-runner`.
    pub program: PathBuf,
    /// An empty folder.
    pub folder: PathBuf,
    /// The URL of an empty database.
    pub database: String,
    pub seed: u64,
    pub days: u32,
    /// Crashes in a hundred days, on average.
    pub crashes: u32,
    /// Days between comparisons with the bank.
    pub compare_every: u32,
    /// Goes on after the last comparison in the folder.
    pub go_on: bool,
}

/// Lives all days, and checks.
///
/// # Errors
/// With the first thing that does not hold, and on which day.
pub fn run(settings: &Settings, mut progress: impl FnMut(&Report)) -> Result<Report> {
    let start = Instant::now();
    let compared = settings.folder.join("days");
    let mut next = 0;
    if settings.go_on {
        let days = std::fs::read_to_string(&compared).context("nothing to go on with")?;
        next = days.trim().parse().context("how far it came")?;
    } else {
        block_on(async { People::found(&settings.folder, &settings.database).await.map(drop) })?;
    }
    let mut report = Report::new(settings);
    let mut audit_at = FIRST_AUDIT.max(next * 2);
    while next < settings.days {
        let until = settings.days.min(boundary(next, settings.compare_every));
        live(settings, next..until, &mut report)?;
        next = until;
        report.compared(check(settings, false).with_context(|| format!("after day {}", next - 1))?);
        std::fs::write(&compared, next.to_string())?;
        // Each replays everything: twice as late as the one before.
        if next >= audit_at && next < settings.days {
            audit_at = next * 2;
            report.audited(audit(settings).with_context(|| format!("after day {}", next - 1))?);
        }
        report.elapsed = start.elapsed();
        progress(&report);
    }
    report.merge(rest(settings)?);
    report.compared(check(settings, true).context("at the end")?);
    report.audited(audit(settings).context("at the end")?);
    report.elapsed = start.elapsed();
    Ok(report)
}

fn boundary(day: u32, every: u32) -> u32 {
    (day / every + 1) * every
}

/// Whether the process is killed on a day, and when: as a share of what a day takes, in thousandths.
fn crash(settings: &Settings, day: u32) -> Option<u32> {
    let mut dice = Dice::of(settings.seed, &[0xc4a5, u64::from(day)]);
    (dice.below(100) < settings.crashes).then(|| dice.below(1100))
}

/// Lives some days, over and over until all of them are complete.
fn live(settings: &Settings, days: std::ops::Range<u32>, report: &mut Report) -> Result<()> {
    let mut next = days.start;
    // A day on which it was killed is not one on which it is killed again.
    let mut survived = None;
    while next < days.end {
        let mut child = DayRunner::start(settings, next..days.end, false)?;
        let mut killed = false;
        report.begins();
        while next < days.end {
            let doomed = crash(settings, next).filter(|_| survived != Some(next));
            if let Some(share) = doomed {
                survived = Some(next);
                std::thread::sleep(report.day().mul_f64(f64::from(share) / 1000.0));
                child.process.kill()?;
                (killed, report.crashes) = (true, report.crashes + 1);
                // It may have come further than we thought.
                while let Ok(line) = child.lines.recv()
                    // The last words may have been cut off.
                    && line.ends_with('}')
                {
                    report.lived(next, &line)?;
                    next += 1;
                }
                break;
            }
            let line = child.line().with_context(|| format!("on day {next}"))?;
            report.lived(next, &line)?;
            next += 1;
        }
        // The blow may have come after the last word of the last day.
        if next == days.end && !killed {
            child.end()?;
        }
    }
    Ok(())
}

/// Rests until nothing is pending.
fn rest(settings: &Settings) -> Result<Tally> {
    let mut child = DayRunner::start(settings, settings.days..settings.days + REST, true)?;
    let tally = read_day(settings.days, &child.line().context("while resting")?)?;
    child.end()?;
    Ok(tally)
}

/// The process that lives days.
struct DayRunner {
    process: Running,
    lines: Receiver<String>,
    errors: PathBuf,
}

impl DayRunner {
    fn start(settings: &Settings, days: std::ops::Range<u32>, rest: bool) -> Result<Self> {
        let errors = settings.folder.join("day-runner.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&errors)?;
        let mut command = tied("KILL", &settings.program);
        command
            .arg("day-runner")
            .args([settings.folder.as_os_str(), settings.database.as_ref()])
            .args([settings.seed.to_string(), days.start.to_string(), days.end.to_string()])
            .arg(if rest { "rest" } else { "live" })
            // What it says on giving up is to be read by people.
            .env("RUST_LIB_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut process = Running::start(&mut command)?;
        let output = process.output().context("the day-runner has no output")?;
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, lines, errors })
    }

    /// What it says of the next day.
    fn line(&mut self) -> Result<String> {
        match self.lines.recv_timeout(MOST) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("the day does not end"),
            Err(RecvTimeoutError::Disconnected) => {
                let said = std::fs::read_to_string(&self.errors).unwrap_or_default();
                let from = said.len().saturating_sub(8000);
                bail!("the day-runner gave up:\n{}", said.get(from..).unwrap_or(&said))
            }
        }
    }

    fn end(mut self) -> Result<()> {
        let status = self.process.wait(MOST)?;
        ensure!(status.success(), "the day-runner ended with {status}");
        Ok(())
    }
}

/// A line of the day-runner: which day, and what happened.
pub(super) fn read_day(day: u32, line: &str) -> Result<Tally> {
    let (number, counts) = line.split_once(' ').context("an empty line")?;
    ensure!(number == day.to_string(), "day {number} instead of day {day}");
    let counts: serde_json::Map<_, _> = serde_json::from_str(counts)?;
    let count = |(what, count): (String, serde_json::Value)| Some((what, count.as_u64()?));
    Ok(Tally(counts.into_iter().filter_map(count).collect()))
}

/// The other side: lives days and says so, a line each.
///
/// # Errors
/// With whatever must not happen.
pub fn day_runner(words: &[String]) -> Result<()> {
    let [folder, database, seed, from, until, how] = words else {
        bail!("day-runner FOLDER DATABASE SEED FROM UNTIL live|rest")
    };
    let (from, until): (u32, u32) = (from.parse()?, until.parse()?);
    block_on(async {
        let mut runner = Runner::open(Path::new(folder), database, seed.parse()?)?;
        if how == "rest" {
            say(from, &runner.rest(from..until).await?)?;
        } else {
            for day in from..until {
                say(day, &runner.live(day).await.with_context(|| format!("seed {seed}, day {day}"))?)?;
            }
        }
        runner.core.shut_down();
        Ok(())
    })
}

fn say(day: u32, tally: &Tally) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{day} {}", serde_json::to_string(&tally.0)?)?;
    Ok(out.flush()?)
}

/// Compares the bank's books with the ledger's.
///
/// # Errors
/// With what differs.
pub fn check(settings: &Settings, ended: bool) -> Result<Compared> {
    let bank = Bank::open(&journal(&settings.folder), settings.seed)?;
    let compared = compare(&bank, &settings.database, ended)?;
    ensure!(compared.faults.is_empty(), "the books do not agree: {:#?}", compared.faults);
    Ok(compared)
}

/// The bank's journal.
#[must_use]
pub fn journal(folder: &Path) -> PathBuf {
    folder.join("bank.journal")
}

/// The core's audit and the one of what was billed and paid out.
pub(super) type Audits = (AuditReport, aggregation::audit::AuditReport);

/// Replays the whole ledger, every signature included, and everything that was billed.
fn audit(settings: &Settings) -> Result<Audits> {
    let people = People::open(&settings.folder)?;
    let trust = AuditTrust {
        chains: vec![people.chain()?],
        engines: vec![Box::new(StrictEngine)],
        sealer: Some(people.sealer()?),
    };
    let report = core_payment::audit(&DatabaseUrl::parse(&settings.database)?, trust, |_| {})?;
    ensure!(report.passes(), "the audit finds {:#?}", report.findings);
    let closed = aggregation::audit::audit(&DatabaseUrl::parse(&settings.database)?)?;
    ensure!(closed.passes(), "the audit of what was billed finds {:#?}", closed.findings);
    Ok((report, closed))
}

fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
