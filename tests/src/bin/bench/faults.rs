//! `kill -9` under load, as often as one likes.

use std::io::Write as _;

use anyhow::Result;
use serde_json::json;
use tests::database::Database;
use tests::faults::kill_under_load;

use crate::arguments::Arguments;
use crate::{block_on, machine, write};

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    println!("kill -9 under load on {}\n", machine::line());
    let mut figures = Vec::new();
    for engine in &arguments.engines {
        let (_server, database) = Database::durable(*engine)?;
        let name = format!("{engine:?}").to_lowercase();
        let tally = block_on(kill_under_load(database, arguments.rounds, |tally| {
            print!("\r{name:<10}round {} of {}", tally.rounds, arguments.rounds);
            let _ = std::io::stdout().flush();
        }))?;
        println!(
            "\r{name:<10}{} rounds: {} acknowledged, all of them durable; {} in flight at a kill, {} of them durable \
             already; none twice; the audit passes",
            tally.rounds, tally.acknowledged, tally.in_flight, tally.durable_unanswered
        );
        figures.push(json!({
            "database": name,
            "rounds": tally.rounds,
            "acknowledged": tally.acknowledged,
            "in_flight": tally.in_flight,
            "durable_unanswered": tally.durable_unanswered,
        }));
    }
    write("faults", json!(figures))
}
