//! The few options of the benchmark.

use anyhow::{Context as _, Result, bail};
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
    pub(crate) engines: Vec<Engine>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let engines = vec![Engine::Sqlite, Engine::Postgres];
        let mut parsed = Self { orders: 30_000, connections: 128, seconds: 15, rounds: 30, engines };
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} needs a value"))?;
            let number = || value.parse().with_context(|| format!("{word} {value}"));
            match word.as_str() {
                "--orders" => parsed.orders = number()?,
                "--connections" => parsed.connections = number()?,
                "--seconds" => parsed.seconds = u32::try_from(number()?)?,
                "--rounds" => parsed.rounds = number()?,
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
