//! `meteore dispute`: consumers' complaints, decided by an operator.

use std::io::Write;

use aggregation::dispute::{Disputed, Verdict};
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use payment_domain::DisputeId;

use crate::config::Config;
use crate::{installation, periods};

/// The most that one list shows.
const MOST: u32 = 1000;

/// What `meteore dispute` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Dispute {
    /// List the disputes that wait for a decision, oldest first
    List,
    /// Decide one
    Decide {
        /// Its id
        id: String,
        /// For whom: the consumer gets the money back, or the payment stands
        #[arg(long = "for", value_enum)]
        winner: Winner,
    },
}

/// For whom a dispute is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Winner {
    /// The money goes back
    Consumer,
    /// The payment stands
    Merchant,
}

/// Runs one of them.
pub(crate) async fn run(command: Dispute, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let aggregation = periods::aggregation(config, &core)?;
    let done = match command {
        Dispute::List => list(&aggregation, out),
        Dispute::Decide { id, winner } => decide(&aggregation, &id, winner, out).await,
    };
    core.shut_down();
    done
}

fn list(aggregation: &aggregation::Aggregation, out: &mut impl Write) -> anyhow::Result<()> {
    let open = aggregation.open_disputes(MOST)?;
    for dispute in &open {
        let Disputed { id, payment, amount, consumer, merchant, opened_at } = dispute;
        writeln!(out, "{id}  {amount}  {consumer} about {merchant}  payment {payment}  since {opened_at}")?;
    }
    if open.is_empty() {
        writeln!(out, "no dispute waits for a decision")?;
    }
    Ok(())
}

async fn decide(
    aggregation: &aggregation::Aggregation,
    id: &str,
    winner: Winner,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let id = DisputeId::parse(id).context("a dispute has the id that `meteore dispute list` shows")?;
    let (verdict, outcome) = match winner {
        Winner::Consumer => (Verdict::Consumer, "the money went back to the consumer"),
        Winner::Merchant => (Verdict::Merchant, "the payment stands"),
    };
    aggregation.resolve_dispute(id, verdict).await.with_context(|| format!("dispute {id}"))?;
    writeln!(out, "dispute {id} is decided: {outcome}")?;
    Ok(())
}
