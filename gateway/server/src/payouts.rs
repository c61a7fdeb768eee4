//! `meteore payouts`: what is due at the bank that is spoken to by files, and the files for it; and the worker of `serve`.

use std::io::Write;

use actix_web::rt;
use anyhow::Context as _;
use clap::Args;
use core_payment::bank::{BankFile, Kind};
use core_payment::{Attempt, Clock as _, Core};
use gateway::bank::{Counter, Worker};
use payment_domain::Money;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::installation;

/// Attempts that are read at a time.
const PAGE: i64 = 500;
/// Files that are listed.
const FILES: i64 = 1000;

/// List what waits to be paid out or collected by the bank's files, with totals, or write the files
///
/// A file is kept in the database before it is put into the folder `bank.out`. If it did not get there, the next --write
/// puts the same bytes there. `meteore reconcile` reads what the bank answers.
#[derive(Debug, Args)]
pub(crate) struct Payouts {
    /// Write what is due: a pain.001 of payouts and a pain.008 of collections, where there is something
    #[arg(long)]
    write: bool,
    /// List the files that were written, newest first
    #[arg(long, conflicts_with = "write")]
    list_files: bool,
    /// Put this file into the folder once more: the same bytes, which a bank takes only once
    #[arg(long, value_name = "FILE-ID", conflicts_with_all = ["write", "list_files"])]
    again: Option<String>,
}

/// The counter of the configuration.
pub(crate) fn counter(config: &Config, core: &Core) -> anyhow::Result<Counter> {
    let counter = Counter::new(core.clone(), config.bank.terms()?, config.bank.folders(config));
    Ok(counter.asking_two_people(config.bank.two_people))
}

/// Runs `meteore payouts`.
pub(crate) async fn run(payouts: &Payouts, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let done = obey(payouts, config, &core, out).await;
    core.shut_down();
    done
}

async fn obey(payouts: &Payouts, config: &Config, core: &Core, out: &mut impl Write) -> anyhow::Result<()> {
    if payouts.write {
        return write(&counter(config, core)?, out).await;
    }
    if let Some(name) = &payouts.again {
        let file = core.bank_file(name)?.with_context(|| format!("there is no file {name}"))?;
        let file = counter(config, core)?.deliver(file).await?;
        return line(&file, "put out again", out);
    }
    if payouts.list_files {
        return core.bank_files(FILES)?.iter().try_for_each(|file| list(file, out));
    }
    Kind::ALL.into_iter().try_for_each(|kind| due(core, kind, out))
}

/// Writes what is due.
pub(crate) async fn write(counter: &Counter, out: &mut impl Write) -> anyhow::Result<()> {
    let now = SystemClock.now();
    for file in counter.deliver_late(now.saturating_add_millis(1)).await? {
        line(&file, "written before, put out now", out)?;
    }
    let (mut total, mut failed) = (0_u64, None);
    for kind in Kind::ALL {
        let written = match counter.write(kind).await {
            Ok(written) => written,
            // That nothing can be collected is no reason to pay nobody.
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        for refused in &written.refused {
            writeln!(out, "declined attempt {}: {}", refused.attempt, refused.reason)?;
        }
        for file in &written.files {
            line(file, "written", out)?;
            total = total.saturating_add(file.entries);
        }
    }
    writeln!(out, "{total} entries written")?;
    Ok(failed.map_or(Ok(()), Err)?)
}

fn line(file: &BankFile, what: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let BankFile { kind, name, entries, total, .. } = file;
    writeln!(out, "{name}  {}  {entries} entries  {total}  {what}", kind.as_str())?;
    Ok(())
}

fn list(file: &BankFile, out: &mut impl Write) -> anyhow::Result<()> {
    let delivered = match file.delivered_at {
        Some(at) => format!("put out {at}"),
        None => "not put out yet".to_owned(),
    };
    line(file, &format!("written {}  {delivered}", file.created_at), out)
}

/// Lists what the next file of a kind would hold. Amounts of different currencies are summed apart.
fn due(core: &Core, kind: Kind, out: &mut impl Write) -> anyhow::Result<()> {
    let mut totals: Vec<Money> = Vec::new();
    let (mut count, mut after) = (0_u64, None);
    loop {
        let page = core.bank_due(kind, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for attempt in &page {
            let Attempt { id, operation, purpose, amount, started_at, bank, .. } = attempt;
            let missing = match (bank, kind) {
                (None, _) => "  no bank account",
                (Some(bank), Kind::Collections) if bank.mandate.is_none() => "  no mandate",
                _ => "",
            };
            writeln!(out, "{id}  {operation}  {purpose}  {amount}  since {started_at}{missing}")?;
            match totals.iter_mut().find(|total| total.currency() == amount.currency()) {
                Some(total) => *total = total.checked_add(*amount)?,
                None => totals.push(*amount),
            }
            count = count.saturating_add(1);
        }
    }
    let totals: Vec<String> = totals.iter().map(ToString::to_string).collect();
    let totals = if totals.is_empty() { "nothing".to_owned() } else { totals.join(", ") };
    writeln!(out, "{:<12} {count} due, {totals}", kind.as_str())?;
    Ok(())
}

/// Starts the worker of a server, where the configuration asks for it.
pub(crate) fn start(
    config: &Config,
    core: &Core,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    if !config.bank.enabled {
        return Ok(None);
    }
    let worker = Worker::new(counter(config, core)?, config.bank.rhythm());
    Ok(Some(rt::spawn(worker.run(|| SystemClock.now(), stop.clone()))))
}
