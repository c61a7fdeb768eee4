//! `meteore`: the Core Payment System as one program. Here: the command line. One file a command beside this one.
//!
//! Only here are the clock read, the environment asked and errors printed; everything below gets them as arguments.

mod account;
mod audit;
mod bill;
mod ca;
mod clock;
mod config;
mod coupons;
mod demo;
mod dispute;
mod document;
mod external;
mod inclusion;
mod installation;
mod log;
mod metrics;
mod migrate;
mod outbox;
mod party;
mod payouts;
mod periods;
mod portals;
mod rates;
mod reconcile;
mod serve;
mod vouchers;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use config::Config;

/// Messages are allocated by one thread and freed by another, which the system's allocator is slow at: 5 % of a payment.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A payment system for small amounts: signed orders in, signed receipts out.
///
/// A merchant signs an offer, a consumer's terminal signs an order for it, and this program decides, posts it to its
/// ledger and answers with a signed receipt. All of it is XML over HTTPS.
///
/// To see it work:           meteore demo
/// To set up an installation: meteore ca init, meteore migrate, meteore party add …, meteore serve
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Cli {
    /// The configuration file; by default ./meteore.toml if there is one, else built-in defaults
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set up a small town of merchants and consumers, buy from every kind of terminal, and serve until Ctrl-C
    Demo(demo::Demo),
    /// Take payments until SIGTERM or Ctrl-C; SIGHUP reloads certificates and the revocation list
    Serve,
    /// Create or update the tables of the database
    Migrate,
    /// Replay the whole ledger and check every balance, link, signature and receipt
    Audit,
    /// The certificate authority: make it, issue, revoke, list, rotate
    #[command(subcommand)]
    Ca(ca::Ca),
    /// Register merchants, consumers and adapters, change them, agree on fees
    #[command(subcommand)]
    Party(Box<party::Party>),
    /// Consumers' and merchants' accounts
    #[command(subcommand)]
    Account(account::Account),
    /// What has to be sent: list it, send it again
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Declare a day's exchange rates from the ECB's file, or print those that count
    Rates(rates::Rates),
    // These two say more about themselves.
    Payouts(payouts::Payouts),
    Reconcile(reconcile::Reconcile),
    /// Sign a message in a file
    Sign(document::Sign),
    /// Verify a signed message in a file, with nothing but the authority's certificates
    Verify(document::Verify),
    /// Close what is due: bills and statements for consumers, payouts for merchants
    ClosePeriod(periods::ClosePeriod),
    /// Consumers' complaints: list and decide
    #[command(subcommand)]
    Dispute(dispute::Dispute),
    /// What consumers owe: list it, book what they send for it, give it up
    #[command(subcommand)]
    Bill(bill::Bill),
    /// Show a bill, statement, payout advice, credit note or reminder
    ShowBill(periods::ShowBill),
    /// Find the path from a payment to the bill, statement or payout advice that it is in
    InclusionProof(periods::Prove),
    /// Verify that a payment is in a bill, from its receipt, the bill and the path between them
    VerifyInclusion(inclusion::VerifyInclusion),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = actix_web::rt::System::new().block_on(run(cli));
    match done {
        Ok(code) => code,
        Err(error) => {
            // Nothing can be done if even this cannot be written.
            let _ = writeln!(io::stderr(), "meteore: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = || Config::load(cli.config.as_deref());
    let out = &mut io::stdout();
    match cli.command {
        Command::Demo(demo) => return demo::run(&demo).await,
        Command::Serve => serve::run(config()?).await?,
        Command::Migrate => migrate::run(&config()?, out)?,
        Command::Audit => return audit::run(&config()?, out),
        Command::Ca(ca) => ca::run(ca, &config()?, out).await?,
        Command::Party(party) => party::run(*party, &config()?, out).await?,
        Command::Account(account) => account::run(account, &config()?, out).await?,
        Command::Outbox(outbox) => outbox::run(&outbox, &config()?, out)?,
        Command::Rates(rates) => rates::run(rates, &config()?, out).await?,
        Command::Payouts(payouts) => payouts::run(&payouts, &config()?, out).await?,
        Command::Reconcile(reconcile) => return reconcile::run(&reconcile, &config()?, out).await,
        Command::Sign(sign) => document::sign(&sign, out)?,
        Command::Verify(verify) => return document::verify(&verify, out),
        Command::ClosePeriod(close) => periods::close(&close, &config()?, out).await?,
        Command::Dispute(dispute) => dispute::run(dispute, &config()?, out).await?,
        Command::Bill(bill) => bill::run(bill, &config()?, out).await?,
        Command::ShowBill(show) => periods::show(&show, &config()?, out)?,
        Command::InclusionProof(prove) => periods::prove(&prove, &config()?, out)?,
        Command::VerifyInclusion(verify) => return inclusion::run(&verify, out),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
