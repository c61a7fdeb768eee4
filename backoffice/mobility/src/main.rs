//! `mobility`: a portal whose merchants sell parking, tram tickets, ways, concerts and news through the gateway.
//!
//! It is an example of an ordinary web server of a merchant (R28) and no part of the payment system: it knows the three
//! rooms that anybody may link (domain, message, trust), and speaks to the gateway by HTTPS alone. Start at `payment`,
//! which is all that it takes; `shop` uses it, `web` shows it.

mod books;
mod config;
mod id;
mod journal;
mod machine;
mod page;
mod payment;
mod place;
mod sales;
mod serve;
mod shop;
mod timetable;
mod town;
mod web;
mod words;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("mobility.toml"), PathBuf::from);
    match actix_web::rt::System::new().block_on(serve::run(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot serve");
            ExitCode::FAILURE
        }
    }
}
