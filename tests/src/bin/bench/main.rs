//! `./x bench`: what a payment costs on this machine, beside two yardsticks measured in the same run.
//!
//! `payments` goes through the real door into both databases and compares with PostgreSQL's own `pgbench` and with the
//! bare cryptography; `signatures` measures the engines; `faults` kills the server as often as one likes; `aggregation`
//! closes very many micropayments into bills and payouts; `sales` looks things up among as many, `portals` asks the portals
//! for their pages. Each prints a table for people and writes `target/bench/*.json`.

mod aggregation;
mod arguments;
mod faults;
mod floor;
mod machine;
mod payments;
mod pgbench;
mod population;
mod portals;
mod sales;
mod signatures;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use arguments::Arguments;

const USAGE: &str =
    "./x bench payments [--orders N] [--connections N] [--seconds N] [--database sqlite|postgres]
./x bench signatures
./x bench faults [--rounds N]
./x bench aggregation [--payments N] [--consumers N] [--merchants N] [--orders N] [--database sqlite|postgres] [--audit]
./x bench portals [--payments N] [--consumers N] [--merchants N] [--database sqlite|postgres]
./x bench sales [--payments N] [--consumers N] [--merchants N] [--database sqlite|postgres]";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().context(USAGE)?;
    if std::env::args().any(|word| word == "-h" || word == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    if command == aggregation::CHILD {
        return aggregation::child(arguments);
    }
    let arguments = Arguments::parse(arguments)?;
    match command.as_str() {
        "payments" => payments::run(&arguments),
        "signatures" => signatures::run(),
        "faults" => faults::run(&arguments),
        "aggregation" => aggregation::run(&arguments),
        "portals" => portals::run(&arguments),
        "sales" => sales::run(&arguments),
        _ => bail!("{USAGE}"),
    }
}

/// Writes the figures to `target/bench/NAME.json`, with the machine that they were measured on.
fn write(name: &str, figures: Value) -> Result<()> {
    let folder: PathBuf = tests::scratch::target_folder().join("bench");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.json"));
    let report =
        serde_json::json!({ "benchmark": name, "machine": machine::description(), "figures": figures });
    std::fs::write(&path, serde_json::to_string_pretty(&report)? + "\n")?;
    println!("\nFigures: {}", path.display());
    Ok(())
}

fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
