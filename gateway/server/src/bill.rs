//! `meteore bill`: what consumers owe, and what an operator books on it: money that came by a transfer, money that a bank
//! took back, debts that are given up.

use std::io::Write;

use aggregation::dunning::Dunning;
use aggregation::{Aggregation, BillFilter, BillView, Booked};
use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use core_payment::{Clock as _, Core};
use payment_domain::{LedgerPosition, Money, PartyId, RequestId};

use crate::clock::{SystemClock, new_id};
use crate::config::Config;
use crate::{installation, periods};

/// Where transfers of consumers arrive, unless something else is said: the same account as of `account top-up`.
const BANK: &str = "bank";

/// What `meteore bill` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Bill {
    /// List bills of which something is open, oldest first
    List {
        /// Only bills of this consumer
        #[arg(long, value_name = "NAME")]
        consumer: Option<String>,
        /// Bills that are settled, too
        #[arg(long)]
        settled: bool,
        /// Only bills after this number
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Show where a bill stands, and what was booked on it by hand (the document itself: `show-bill`)
    Show {
        /// The number of the bill
        number: String,
    },
    /// Book money that a consumer has sent for a bill; once all of it is paid, nothing more is asked for
    ///
    /// Whoever was suspended for the bill can pay again within seconds while a server runs. Whom an operator has suspended
    /// (`party change --suspend`) stays so.
    Pay(Entry),
    /// Give up what is open of a bill: it is a loss, and its consumer stays suspended if they are
    WriteOff {
        /// The number of the bill
        number: String,
    },
    /// Book that a bank took back what was paid or collected: it is owed again, and asked for again
    ///
    /// What a file of the bank says is booked by `reconcile`.
    Return(Entry),
}

/// Money for a bill, or back from it.
#[derive(Debug, Args)]
pub(crate) struct Entry {
    /// The number of the bill
    number: String,
    /// How much, such as 20.00, in the currency of the bill
    amount: String,
    /// The id of this act, a UUID: repeated with the same id, nothing is booked twice
    #[arg(long)]
    id: Option<String>,
    /// Where the money is: `bank`, or the external system that the bill was collected through
    #[arg(long, default_value = BANK)]
    system: String,
}

/// Runs one of them.
pub(crate) async fn run(command: Bill, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let aggregation = periods::aggregation(config, &core)?;
    let done = match command {
        Bill::List { consumer, settled, after, limit } => {
            filter(&core, consumer.as_deref(), settled, after, limit)
                .and_then(|filter| list(&aggregation, &filter, out))
        }
        Bill::Show { number } => show(&aggregation, &number, out),
        Bill::Pay(entry) => pay(&aggregation, &entry, out).await,
        Bill::WriteOff { number } => write_off(&aggregation, &number, out).await,
        Bill::Return(entry) => take_back(&aggregation, &entry, out).await,
    };
    core.shut_down();
    done
}

fn filter(
    core: &Core,
    consumer: Option<&str>,
    settled: bool,
    after: i64,
    limit: i64,
) -> anyhow::Result<BillFilter> {
    let consumer = consumer.map(PartyId::parse).transpose().context("--consumer")?;
    if let Some(name) = &consumer {
        ensure!(core.details(name)?.is_some(), "--consumer: {name} is not registered");
    }
    Ok(BillFilter { settled, consumer, after, limit })
}

fn list(aggregation: &Aggregation, filter: &BillFilter, out: &mut impl Write) -> anyhow::Result<()> {
    let bills = aggregation.bills(filter)?;
    for bill in &bills {
        let BillView { position, consumer, due, open, .. } = bill;
        writeln!(out, "{position}  {consumer}  {due} due  {open} open  {}", state(bill))?;
    }
    if bills.is_empty() {
        writeln!(out, "{}", if filter.settled { "no bill" } else { "nothing is open" })?;
    }
    Ok(())
}

fn show(aggregation: &Aggregation, number: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let (bill, entries) = find(aggregation, number)?;
    writeln!(out, "bill         {} of {}", bill.position, bill.consumer)?;
    writeln!(out, "issued       {}, to be paid by {}", bill.issued_at, bill.due_at)?;
    writeln!(out, "due          {}", bill.due)?;
    writeln!(out, "paid         {}, {} of it by credit on the account", bill.collected, bill.set_off)?;
    writeln!(out, "given up     {}", bill.written_off)?;
    writeln!(out, "open         {}", bill.open)?;
    writeln!(out, "state        {}", state(&bill))?;
    for entry in &entries {
        let aggregation::Entry { id, kind, amount, system, booked_at, .. } = entry;
        writeln!(out, "{kind:<12} {amount} at {system}, {booked_at}, id {id}")?;
    }
    Ok(())
}

async fn pay(aggregation: &Aggregation, entry: &Entry, out: &mut impl Write) -> anyhow::Result<()> {
    let (bill, amount, id) = read(aggregation, entry)?;
    let booked = aggregation.pay_bill(id, bill.position, &entry.system, amount).await;
    let booked = booked.with_context(|| format!("nothing is booked on bill {}", bill.position))?;
    say(aggregation, &bill, (id, amount, booked), "paid", out)
}

async fn take_back(aggregation: &Aggregation, entry: &Entry, out: &mut impl Write) -> anyhow::Result<()> {
    let (bill, amount, id) = read(aggregation, entry)?;
    let booked = aggregation.return_collection(id, bill.position, &entry.system, amount).await;
    let booked = booked.with_context(|| format!("nothing is booked on bill {}", bill.position))?;
    say(aggregation, &bill, (id, amount, booked), "returned", out)
}

async fn write_off(aggregation: &Aggregation, number: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let (bill, _) = find(aggregation, number)?;
    let given_up = aggregation.write_off(bill.position).await;
    let given_up = given_up.with_context(|| format!("bill {} is not given up", bill.position))?;
    writeln!(out, "given up  {given_up} of bill {} of {}", bill.position, bill.consumer)?;
    Ok(())
}

fn read(aggregation: &Aggregation, entry: &Entry) -> anyhow::Result<(BillView, Money, RequestId)> {
    let (bill, _) = find(aggregation, &entry.number)?;
    let amount = Money::parse(&entry.amount, bill.due.currency()).context("the amount")?;
    let id = match &entry.id {
        Some(id) => RequestId::parse(id).context("--id")?,
        None => RequestId::new(new_id(SystemClock.now())?),
    };
    // A name that was mistyped would be an account at a system that there is not.
    let collected = bill.system.as_deref();
    ensure!(
        entry.system == BANK || collected == Some(entry.system.as_str()),
        "--system: {BANK}{}",
        collected
            .map(|system| format!(", or {system}, which the bill was collected through"))
            .unwrap_or_default()
    );
    Ok((bill, amount, id))
}

fn say(
    aggregation: &Aggregation,
    bill: &BillView,
    (id, amount, booked): (RequestId, Money, Booked),
    what: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let BillView { position, consumer, .. } = bill;
    writeln!(out, "{what:<9} {amount} on bill {position} of {consumer}")?;
    if booked.before {
        writeln!(out, "before    at {}, under this id: nothing is booked now", booked.booked_at)?;
    }
    writeln!(out, "id        {id}")?;
    writeln!(out, "position  {}", booked.position)?;
    let (now, _) = find(aggregation, &position.to_string())?;
    writeln!(out, "open      {}, {}", now.open, state(&now))?;
    Ok(())
}

fn find(aggregation: &Aggregation, number: &str) -> anyhow::Result<(BillView, Vec<aggregation::Entry>)> {
    let position = LedgerPosition::parse(number).context("the number of a bill is a whole number")?;
    aggregation.bill(position)?.with_context(|| format!("there is no bill {number}"))
}

/// Where a bill stands, and what comes next.
fn state(bill: &BillView) -> String {
    let state = bill.dunning.as_str();
    match bill.dunning {
        Dunning::Issued { collect_at } => format!("{state}, collected from {collect_at}"),
        Dunning::Retrying { failures, retry_at } => {
            format!("{state}, {failures} failed, collected again from {retry_at}")
        }
        Dunning::Reminding { sent, next_at, .. } => format!("{state}, {sent} sent, goes on from {next_at}"),
        Dunning::Suspended { write_off_at: Some(at), .. } => format!("{state}, given up from {at}"),
        Dunning::Paid { suspended: true, .. } => "paid, to be reinstated by a server".to_owned(),
        Dunning::Collecting { .. }
        | Dunning::Suspended { .. }
        | Dunning::Paid { .. }
        | Dunning::WrittenOff => state.to_owned(),
    }
}
