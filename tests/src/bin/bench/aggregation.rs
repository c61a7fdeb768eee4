//! Very many micropayments closed into bills, statements and payouts: how fast, in how much memory, what payments notice
//! of it, and how few external payments are left.
//!
//! The payments are made by the real core ([`backlog`]); they are closed in a process of its own ([`closing`]), on one copy
//! of the database; on two others by the server's worker and by its command while payments go on ([`during`]). What is
//! counted at external systems is in [`calls`]. Each database is audited afterwards.

mod backlog;
mod calls;
mod closing;
mod during;

use aggregation::terms::Terms;
use anyhow::{Context as _, Result, ensure};
use payment_domain::Currency;
use serde_json::{Value, json};
use tests::audit;
use tests::database::{Database, Engine};
use tests::postgres::{Durability, Postgres};

use crate::arguments::Arguments;
use crate::{block_on, machine, write};

use backlog::{Backlog, Plan};
use calls::External;
use closing::Closing;
use during::{Closer, During, balances};

pub(crate) use closing::{COMMAND as CHILD, child};

/// What the issue asks for.
const LEAST_PER_SECOND: f64 = 200_000.0;
const MOST_P99_RATIO: f64 = 2.0;
/// "Independent of the number of transfers": ten times as many may not take more than this.
const MOST_RSS_RATIO: f64 = 1.25;

/// All of it on one database.
struct Measured {
    engine: Engine,
    made_per_second: f64,
    tenth: Closing,
    whole: Closing,
    external: External,
    during: Vec<During>,
}

/// A figure beside what was set out for.
struct Target {
    what: String,
    wanted: String,
    reached: f64,
    met: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { payments, consumers, merchants, .. } = *arguments;
    let plan = Plan { payments, consumers, merchants };
    println!("Aggregation on {}", machine::line());
    println!(
        "{payments} micropayments of {consumers} consumers at {merchants} merchants, EUR 0.001 to 2.00\n"
    );
    let mut all = Vec::new();
    for engine in &arguments.engines {
        let measured = measure(*engine, plan, arguments).with_context(|| format!("{engine:?}"))?;
        all.push(measured);
    }
    let targets: Vec<_> = all.iter().flat_map(Measured::targets).collect();
    println!("Asked, and reached:");
    for target in &targets {
        let verdict = if target.met { "met" } else { "FALLS SHORT" };
        println!("  {:<58}{:>14}{:>14.2}  {verdict}", target.what, target.wanted, target.reached);
    }
    let databases: Vec<_> = all.iter().map(Measured::json).collect();
    let targets: Vec<_> = targets.iter().map(Target::json).collect();
    write(
        "aggregation",
        json!({
            "payments": payments,
            "consumers": consumers,
            "merchants": merchants,
            "connections": arguments.connections,
            "seed": backlog::SEED,
            "databases": databases,
            "targets": targets,
        }),
    )
}

fn measure(engine: Engine, plan: Plan, arguments: &Arguments) -> Result<Measured> {
    let server = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Postgres::start(Durability::Full)?),
    };
    let empty = || match &server {
        None => Database::sqlite(),
        Some(server) => Database::on_server(&server.url("postgres")),
    };
    println!("{}", name(engine));
    head();
    let tenth = {
        let backlog = Backlog::make(empty()?, plan.tenth())?;
        let closing = Closing::measure(&backlog)?;
        closing.print();
        balances(&backlog.database)?;
        closing
    };
    let backlog = Backlog::make(empty()?, plan)?;
    let copies = (backlog.database.copy()?, backlog.database.copy()?);
    let whole = Closing::measure(&backlog)?;
    whole.print();
    let rate = plan.payments as f64 / backlog.making.as_secs_f64();
    println!(
        "\n  The payments were made at {rate:.0} a second: each signed, verified, decided, posted, receipted."
    );
    all_balances(&backlog, &whole, arguments)?;
    let external = External::count(&backlog.database)?;
    external.print();
    println!();

    During::head();
    let mut during = Vec::new();
    for (closer, database) in Closer::ALL.into_iter().zip([copies.0, copies.1]) {
        let measured = block_on(During::measure(&backlog, &database, closer, arguments));
        let measured = measured.with_context(|| closer.name())?;
        measured.print();
        during.push(measured);
    }
    println!();
    Ok(Measured { engine, made_per_second: rate, tenth, whole, external, during })
}

/// Everything that was closed adds up, to the last micro-unit.
fn all_balances(backlog: &Backlog, closing: &Closing, arguments: &Arguments) -> Result<()> {
    let report = balances(&backlog.database)?;
    ensure!(
        report.transfers == closing.transfers && report.documents == closing.documents(),
        "the audit counts {} transfers and {} documents, {} and {} were said",
        report.transfers,
        report.documents,
        closing.transfers,
        closing.documents()
    );
    let flow = report.flows.get(&Currency::EUR).context("nothing was sold in euros")?;
    ensure!(flow.balances(), "something is lost: {flow:?}");
    println!("  The audit of periods and documents passes. Merchants, {}.", flow.merchants(Currency::EUR));
    println!("  Consumers on credit, {}.", flow.consumers(Currency::EUR));
    if arguments.audit {
        audit::passes(&backlog.town, &backlog.database, backlog.plan.payments)?;
        println!("  The audit of the journal, the balances and every signature passes.");
    }
    Ok(())
}

fn head() {
    println!(
        "  {:>9}{:>8}{:>8}{:>8}{:>14}{:>8}{:>12}{:>9}{:>9}{:>10}{:>10}",
        "transfers",
        "fold s",
        "close s",
        "both s",
        "transfers/s",
        "CPU s",
        "documents",
        "bills",
        "payouts",
        "idle MB",
        "peak MB"
    );
}

impl Closing {
    fn print(&self) {
        println!(
            "  {:>9}{:>8.2}{:>8.2}{:>8.2}{:>14.0}{:>8.2}{:>12}{:>9}{:>9}{:>10.1}{:>10.1}",
            self.transfers,
            self.fold_seconds,
            self.close_seconds,
            self.seconds(),
            self.per_second(),
            self.cpu_seconds,
            self.documents(),
            self.bills,
            self.advices,
            self.rss_before_bytes as f64 / 1e6,
            self.rss_peak_bytes as f64 / 1e6,
        );
    }
}

impl Measured {
    /// `None` if a tenth does not fill the steps that bound the memory.
    fn rss_ratio(&self) -> Option<f64> {
        let full = self.tenth.transfers >= 2 * u64::from(Terms::default().step_transfers);
        full.then(|| self.whole.rss_peak_bytes as f64 / self.tenth.rss_peak_bytes as f64)
    }

    fn targets(&self) -> Vec<Target> {
        let database = name(self.engine);
        let least = |what: &str, reached: f64, wanted: f64| Target {
            what: format!("{database}: {what}"),
            wanted: format!("≥ {wanted:.0}"),
            reached,
            met: reached >= wanted,
        };
        let most = |what: &str, reached: f64, wanted: f64| Target {
            what: format!("{database}: {what}"),
            wanted: format!("≤ {wanted}"),
            reached,
            met: reached <= wanted,
        };
        let mut targets = vec![least("transfers closed a second", self.whole.per_second(), LEAST_PER_SECOND)];
        targets.extend(
            self.rss_ratio()
                .map(|ratio| most("peak RSS over that of a tenth of them", ratio, MOST_RSS_RATIO)),
        );
        targets.extend(self.during.iter().filter_map(|during| {
            Some(most(&format!("× p99, closed by {}", during.name()), during.ratio()?, MOST_P99_RATIO))
        }));
        targets
    }

    fn json(&self) -> Value {
        json!({
            "database": name(self.engine),
            "payments_made_per_second": self.made_per_second,
            "closing": self.whole.json(),
            "closing_of_a_tenth": self.tenth.json(),
            "rss_ratio": self.rss_ratio(),
            "external": self.external.json(),
            "during": self.during.iter().map(During::json).collect::<Vec<_>>(),
        })
    }
}

impl Target {
    fn json(&self) -> Value {
        json!({ "what": self.what, "wanted": self.wanted, "reached": self.reached, "met": self.met })
    }
}

const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}
