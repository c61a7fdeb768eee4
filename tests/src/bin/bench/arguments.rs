//! The few options of the benchmark.

use anyhow::{Context as _, Result, bail, ensure};
use tests::database::Engine;

/// What may be said on the command line, with defaults for two cores.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    /// Measured orders of each load.
    pub(crate) orders: usize,
    /// Keep-alive connections of the load generator.
    pub(crate) connections: usize,
    /// How long each `pgbench` runs.
    pub(crate) seconds: u32,
    /// Rounds of `faults`, on each database.
    pub(crate) rounds: usize,
    /// Micropayments of `aggregation`, and between how many.
    pub(crate) payments: u64,
    pub(crate) consumers: u64,
    pub(crate) merchants: u64,
    /// Whether `aggregation` also verifies every signature, which takes as long as making the payments.
    pub(crate) audit: bool,
    pub(crate) engines: Vec<Engine>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            orders: 30_000,
            connections: 128,
            seconds: 15,
            rounds: 30,
            payments: 1_000_000,
            consumers: 1_000,
            merchants: 50,
            audit: false,
            engines: vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut parsed = Self::default();
        while let Some(word) = words.next() {
            if word == "--audit" {
                parsed.audit = true;
                continue;
            }
            let value = words.next().with_context(|| format!("{word} needs a value"))?;
            let number = || value.parse().with_context(|| format!("{word} {value}"));
            let count = || {
                anyhow::Ok(u64::try_from(number()?)?).and_then(|count| {
                    ensure!(count > 0, "{word} needs at least one");
                    Ok(count)
                })
            };
            match word.as_str() {
                "--orders" => parsed.orders = number()?,
                "--connections" => parsed.connections = number()?,
                "--seconds" => parsed.seconds = u32::try_from(number()?)?,
                "--rounds" => parsed.rounds = number()?,
                "--payments" => parsed.payments = count()?,
                "--consumers" => parsed.consumers = count()?,
                "--merchants" => parsed.merchants = count()?,
                "--database" => {
                    parsed.engines = match value.as_str() {
                        "sqlite" => vec![Engine::Sqlite],
                        "postgres" => vec![Engine::Postgres],
                        _ => bail!("--database is sqlite or postgres"),
                    }
                }
                _ => bail!("{}", crate::USAGE),
            }
        }
        Ok(parsed)
    }
}
