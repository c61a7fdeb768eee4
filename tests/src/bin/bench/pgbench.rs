//! PostgreSQL's own benchmark on the same server: `tpcb-like`, three updates, a select and an insert a transaction.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::database::Database;
use tests::postgres::{Postgres, programs};
use tests::process::family_cpu;

/// Twice the most clients, so that they do not only wait for each other's branch.
const SCALE: u32 = 32;

/// The better of the runs.
#[derive(Debug, Clone)]
pub(crate) struct Pgbench {
    pub(crate) tps: f64,
    clients: u32,
    cpu_us: f64,
}

impl Pgbench {
    /// Runs with 8 and with 16 clients and keeps the better.
    pub(crate) fn measure(server: &Postgres, seconds: u32) -> Result<Self> {
        let database = Database::on_server(&server.url("postgres"))?;
        let initialise = ["-i", "-q", "-s", &SCALE.to_string(), database.url()].map(str::to_owned);
        pgbench(&initialise)?;
        database.sql()?.execute("CHECKPOINT")?;
        let mut best: Option<Self> = None;
        for clients in [8, 16] {
            let run = Self::once(server, &database, clients, seconds)?;
            if best.as_ref().is_none_or(|best| run.tps > best.tps) {
                best = Some(run);
            }
        }
        best.context("no run of pgbench")
    }

    fn once(server: &Postgres, database: &Database, clients: u32, seconds: u32) -> Result<Self> {
        let words = format!("-n -M prepared -c {clients} -j 2 -T {seconds}");
        let mut arguments: Vec<_> = words.split(' ').map(str::to_owned).collect();
        arguments.push(database.url().to_owned());
        let before = family_cpu(server.pid()?)?;
        let said = pgbench(&arguments)?;
        let cpu = family_cpu(server.pid()?)?.saturating_sub(before);
        let number = |label: &str| -> Option<f64> {
            let line = said.lines().find_map(|line| line.strip_prefix(label))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let tps = number("tps = ").with_context(|| format!("pgbench said: {said}"))?;
        let transactions =
            number("number of transactions actually processed: ").context("no transactions")?;
        Ok(Self { tps, clients, cpu_us: cpu.as_secs_f64() * 1e6 / transactions })
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "tps": self.tps, "clients": self.clients, "database_cpu_us": self.cpu_us, "scale": SCALE })
    }
}

impl std::fmt::Display for Pgbench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} transactions/s, {} clients, scale {SCALE}, {:.0} µs of the database's CPU each",
            self.tps, self.clients, self.cpu_us
        )
    }
}

fn pgbench(arguments: &[String]) -> Result<String> {
    let folder = programs().context("PostgreSQL is not installed")?;
    let output = Command::new(folder.join("pgbench")).args(arguments).output()?;
    ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
