//! Payments during a close: the same load through the door of a real server, without a close and while one works on the
//! whole backlog, in the server's own worker or in a command beside it.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::app::{App, Setup, binary};
use tests::database::Database;
use tests::load::{self, Orders, Outcome};
use tests::process::{Running, tied};
use tests::storage::Sql;

use crate::arguments::Arguments;

use super::backlog::{Backlog, POLICY_FILE};

const WARM_UP: usize = 3_000;
/// Fewer answers than these say nothing about the slowest hundredth.
const LEAST_ANSWERS: usize = 1_000;
/// The server's worker looks for the first time when the server is warm.
const EVERY_MS: u32 = 5_000;
const PATIENCE: Duration = Duration::from_secs(600);

/// Who closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closer {
    /// `[aggregation]` of the server.
    Worker,
    /// `meteore close-period --all` beside it.
    Command,
}

/// One load, as its senders saw it.
#[derive(Debug, Clone, Copy)]
struct Load {
    payments: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Without a close and with one.
#[derive(Debug, Clone)]
pub(crate) struct During {
    closer: Closer,
    without: Load,
    with: Load,
    /// From the first step of the close to its end, if the load lasted as long.
    closing_seconds: Option<f64>,
}

impl Closer {
    pub(crate) const ALL: [Self; 2] = [Self::Worker, Self::Command];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker in the server",
            Self::Command => "close-period --all",
        }
    }

    fn setup(self, closes: bool) -> Setup {
        let closes = closes && self == Self::Worker;
        // What is owed is billed at once: else the worker would only fold.
        let more = format!(
            "[policy]\nfile = \"{POLICY_FILE}\"\n[aggregation]\nenabled = {closes}\nevery_ms = {EVERY_MS}\n\
             [aggregation.postpaid]\namount = \"1.00\"\n"
        );
        Setup { shadow_one_in: 256, log: "warn", more, ..Setup::default() }
    }
}

impl Load {
    fn of(outcome: &Outcome) -> Result<Self> {
        ensure!(outcome.unanswered.is_empty(), "{} orders got no answer", outcome.unanswered.len());
        ensure!(outcome.refused.is_empty(), "refused: {:?}", outcome.refused.first());
        let ms = |per_mille| outcome.percentile_us(per_mille) as f64 / 1000.0;
        Ok(Self {
            payments: outcome.acknowledged.len(),
            per_second: outcome.per_second(),
            p50_ms: ms(500),
            p99_ms: ms(990),
            max_ms: ms(1000),
        })
    }

    fn json(&self) -> Value {
        json!({
            "payments": self.payments,
            "payments_per_second": self.per_second,
            "latency_ms": { "p50": self.p50_ms, "p99": self.p99_ms, "max": self.max_ms },
        })
    }
}

impl During {
    /// On a database of the caller's with the whole backlog in it.
    pub(crate) async fn measure(
        backlog: &Backlog,
        database: &Database,
        closer: Closer,
        arguments: &Arguments,
    ) -> Result<Self> {
        database.settle()?;
        let mut app = App::start_with(&backlog.town, database, &closer.setup(false)).await?;
        let send = async |app: &App, orders: &Arc<Orders>| {
            load::run(app.door(), orders, arguments.connections).await
        };
        Load::of(&send(&app, &Orders::new(backlog.orders(WARM_UP)?)).await?)?;
        let without = Load::of(&send(&app, &Orders::new(backlog.orders(arguments.orders)?)).await?)?;

        let (warm_up, orders) = (backlog.orders(WARM_UP)?, Orders::new(backlog.orders(arguments.orders)?));
        if closer == Closer::Worker {
            app.stop()?;
            app = App::start_with(&backlog.town, database, &closer.setup(true)).await?;
        }
        Load::of(&send(&app, &Orders::new(warm_up)).await?)?;
        let close = Close::begin(closer, app.config(), database)?;
        let watch = close.watch(Arc::clone(&orders), backlog.plan.payments);
        let outcome = send(&app, &orders).await;
        let closing_seconds = watch.join()?;
        app.stop()?;
        let with = Load::of(&outcome?)?;
        balances(database)?;
        Ok(Self { closer, without, with, closing_seconds })
    }

    /// How many times as long the slowest hundredth takes; `None` if the close was over before that could be seen.
    pub(crate) fn ratio(&self) -> Option<f64> {
        (self.with.payments >= LEAST_ANSWERS).then(|| self.with.p99_ms / self.without.p99_ms)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.closer.name()
    }

    pub(crate) fn head() {
        println!(
            "  {:<22}{:>9}{:>11}{:>9}{:>9}{:>9}{:>8}{:>10}",
            "payments during", "payments", "a second", "p50 ms", "p99 ms", "max ms", "× p99", "close s"
        );
    }

    pub(crate) fn print(&self) {
        let row = |name: &str, load: &Load, ratio: String, seconds: String| {
            println!(
                "  {name:<22}{:>9}{:>11.0}{:>9.1}{:>9.1}{:>9.1}{ratio:>8}{seconds:>10}",
                load.payments, load.per_second, load.p50_ms, load.p99_ms, load.max_ms
            );
        };
        row("no close", &self.without, String::new(), String::new());
        let seconds = self.closing_seconds.map_or("longer".to_owned(), |seconds| format!("{seconds:.1}"));
        let ratio = self.ratio().map_or("too few".to_owned(), |ratio| format!("{ratio:.2}"));
        row(self.closer.name(), &self.with, ratio, seconds);
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "closer": self.closer.name(),
            "without": self.without.json(),
            "with": self.with.json(),
            "p99_ratio": self.ratio(),
            "closing_seconds": self.closing_seconds,
        })
    }
}

/// Whatever happened at once: each transfer is in one period, and nothing is lost.
pub(crate) fn balances(database: &Database) -> Result<aggregation::audit::AuditReport> {
    let report = aggregation::audit::audit(&core_payment::DatabaseUrl::parse(database.url())?)?;
    ensure!(report.passes(), "the audit finds {:#?}", report.findings);
    Ok(report)
}

/// A close that goes on.
struct Close {
    command: Option<Running>,
    database: String,
    begun: Instant,
}

/// Looks for the end of a close in a thread of its own, and stops the load then.
struct Watch {
    thread: thread::JoinHandle<Result<Option<f64>>>,
    load_is_over: Arc<AtomicBool>,
}

impl Close {
    /// Returns when it has begun.
    fn begin(closer: Closer, config: &Path, database: &Database) -> Result<Self> {
        let command = match closer {
            Closer::Worker => None,
            Closer::Command => {
                let mut command = tied("KILL", binary()?);
                command.args(["close-period", "--all", "--config"]).arg(config);
                Some(Running::start(command.stdin(Stdio::null()).stdout(Stdio::null()))?)
            }
        };
        let start = Instant::now();
        let mut sql = database.sql()?;
        while sql.number("SELECT COUNT(*) FROM fold")? == 0 {
            ensure!(start.elapsed() < PATIENCE, "the close does not begin");
            thread::sleep(Duration::from_millis(5));
        }
        let begun = Instant::now();
        Ok(Self { command, database: database.url().to_owned(), begun })
    }

    fn watch(self, orders: Arc<Orders>, backlog: u64) -> Watch {
        let load_is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&load_is_over);
        let thread = thread::spawn(move || {
            let ended = self.end(&over, backlog);
            orders.stop();
            ended
        });
        Watch { thread, load_is_over }
    }

    /// Waits for the end. Returns how long it took; `None` if the load was over before.
    fn end(mut self, load_is_over: &AtomicBool, backlog: u64) -> Result<Option<f64>> {
        let mut sql = Sql::open(&self.database)?;
        loop {
            let over = load_is_over.load(Ordering::Relaxed);
            if self.has_ended(&mut sql, backlog)? {
                return Ok((!over).then(|| self.begun.elapsed().as_secs_f64()));
            }
            // The worker ends with its server; a command is left to finish.
            if over && self.command.is_none() {
                return Ok(None);
            }
            ensure!(self.begun.elapsed() < PATIENCE, "the close does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn has_ended(&mut self, sql: &mut Sql, backlog: u64) -> Result<bool> {
        if let Some(command) = &mut self.command {
            let Some(status) = command.ended()? else { return Ok(false) };
            ensure!(status.success(), "close-period ended with {status}");
            return Ok(true);
        }
        // All of the backlog is in periods, and nothing that is owed waits for a bill.
        let folded = sql.number("SELECT COALESCE(SUM(transfers), 0) FROM fold")?;
        let waiting = "SELECT COUNT(*) FROM period \
             WHERE closed_fold IS NULL AND book = 'postpaid' AND standing >= 1000000";
        Ok(u64::try_from(folded)? >= backlog && sql.number(waiting)? == 0)
    }
}

impl Watch {
    fn join(self) -> Result<Option<f64>> {
        self.load_is_over.store(true, Ordering::Relaxed);
        self.thread.join().ok().context("the thread that watched the close panicked")?
    }
}
