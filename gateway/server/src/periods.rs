//! Aggregation as the server runs it: the worker of `serve`, and the commands that close periods and show what came of it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use aggregation::{Aggregation, Report, Totals};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use core_payment::{Clock as _, Core};
use gateway::notify::document::Document;
use payment_domain::{Label, LedgerPosition, PaymentReceipt};
use payment_message::Message;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ca::read;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::installation;

/// `meteore close-period`.
#[derive(Debug, Args)]
pub(crate) struct ClosePeriod {
    /// Close every period in which something happened, due or not; else only what is due
    #[arg(long)]
    all: bool,
    /// With --all: only these
    #[arg(long, requires = "all", value_enum)]
    of: Option<Whose>,
}

/// Whose periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whose {
    /// Bills and statements
    Consumers,
    /// Payouts
    Merchants,
}

/// `meteore inclusion-proof`.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The signed receipt of the payment
    receipt: PathBuf,
    /// In whose document
    #[arg(long, value_enum, default_value_t = For::Consumer)]
    r#for: For,
    /// Where the proof goes; by default standard output
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Where the signed bill, statement or payout advice goes, too
    #[arg(long)]
    bill: Option<PathBuf>,
}

/// For whom a proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    /// In the bill or statement
    Consumer,
    /// In the payout advice
    Merchant,
}

/// `meteore show-bill`.
#[derive(Debug, Args)]
pub(crate) struct ShowBill {
    /// The number of the bill, statement, payout advice, credit note or reminder
    number: String,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where it goes; by default standard output
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For terminals
    Text,
    /// The signed document
    Xml,
    /// For browsers
    Html,
    /// For printers
    Pdf,
}

/// Aggregation on the configured database, on this core.
pub(crate) fn aggregation(config: &Config, core: &Core) -> anyhow::Result<Aggregation> {
    let terms = Arc::new(config.terms()?);
    Ok(Aggregation::new(core.clone(), config.database_url()?, terms, Arc::new(SystemClock)))
}

/// Starts the worker of a server.
pub(crate) fn start(
    config: &Config,
    core: &Core,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    if !config.aggregation.enabled {
        return Ok(None);
    }
    let every = Duration::from_millis(u64::from(config.aggregation.every_ms.get()));
    Ok(Some(rt::spawn(work(aggregation(config, core)?, every, stop.clone()))))
}

async fn work(aggregation: Aggregation, every: Duration, mut stop: watch::Receiver<bool>) {
    let mut failed = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stop.changed() => return,
        }
        match look(&aggregation).await {
            Ok(()) => failed = false,
            // Said once, not at every look.
            Err(error) if !failed => {
                failed = true;
                tracing::error!(error = format!("{error:#}"), "periods are not closed now");
            }
            Err(_) => {}
        }
    }
}

async fn look(aggregation: &Aggregation) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let report = aggregation.close_due(now).await?;
    metrics::counter!("meteore_folded_transfers_total").increment(report.transfers);
    let documents = [
        ("bill", report.bills),
        ("statement", report.statements),
        ("payout-advice", report.advices),
        ("credit-note", report.credit_notes),
    ];
    for (document, count) in documents {
        metrics::counter!("meteore_documents_total", "document" => document).increment(count);
    }
    if !report.stuck.is_empty() {
        tracing::error!(accounts = ?report.stuck, "periods could not be closed");
    }
    let advanced = aggregation.advance_dunning(now).await?;
    if advanced != aggregation::Advanced::default() {
        tracing::info!(?advanced, "bills moved on");
    }
    Ok(())
}

/// Closes periods and says what came of it.
pub(crate) async fn close(
    command: &ClosePeriod,
    config: &Config,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let closed = close_on(command, &aggregation(config, &core)?, out).await;
    core.shut_down();
    closed
}

async fn close_on(
    command: &ClosePeriod,
    aggregation: &Aggregation,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let books: &[Book] = match command.of {
        None => &[Book::Postpaid, Book::Prepaid, Book::Merchant],
        Some(Whose::Consumers) => &[Book::Postpaid, Book::Prepaid],
        Some(Whose::Merchants) => &[Book::Merchant],
    };
    let report = if command.all {
        aggregation.close_all(books).await?
    } else {
        aggregation.close_due(SystemClock.now()).await?
    };
    print(&report, out)
}

/// What closing came to, for people.
pub(crate) fn print(report: &Report, out: &mut impl Write) -> anyhow::Result<()> {
    let sums = |totals: &Totals| {
        let sums: Vec<String> = totals.iter().map(|sum| sum.to_string()).collect();
        if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") }
    };
    writeln!(out, "transfers      {}", report.transfers)?;
    writeln!(out, "bills          {}, {} due", report.bills, sums(&report.due))?;
    writeln!(out, "statements     {}", report.statements)?;
    writeln!(
        out,
        "payouts        {}, {} to merchants, {} in fees",
        report.advices,
        sums(&report.payouts),
        sums(&report.fees)
    )?;
    writeln!(out, "credit notes   {}", report.credit_notes)?;
    for account in &report.stuck {
        writeln!(out, "not closed     account {account}: tried again with the next")?;
    }
    Ok(())
}

/// Finds the way from a payment to the root in its bill.
pub(crate) fn prove(command: &Prove, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let document = read(&command.receipt)?;
    let receipt = receipt(&document).with_context(|| command.receipt.display().to_string())?;
    let core = installation::core(config)?;
    let side = match command.r#for {
        For::Consumer => Side::Consumer,
        For::Merchant => Side::Merchant,
    };
    let proof = aggregation(config, &core).and_then(|aggregation| {
        Ok(aggregation.inclusion_proof(receipt.position, side, SystemClock.now())?)
    });
    let bill = proof.as_ref().ok().map(|proof| core.issued(proof.bill)).transpose();
    core.shut_down();
    let (proof, bill) = (proof.context("no proof")?, bill?.flatten());
    if let Some(path) = &command.bill {
        let bill = bill.with_context(|| format!("document {} is not kept", proof.bill))?;
        std::fs::write(path, bill).with_context(|| path.display().to_string())?;
    }
    write(command.output.as_ref(), &Message::from(proof).to_canonical(), out)
}

fn receipt(document: &[u8]) -> anyhow::Result<PaymentReceipt> {
    match Message::parse(payment_message::canonical::scan(document)?.body())? {
        Message::PaymentReceipt(receipt) => Ok(receipt),
        other => anyhow::bail!("is a {}, not a PaymentReceipt", other.kind().as_str()),
    }
}

/// Shows a document that was issued.
pub(crate) fn show(command: &ShowBill, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let number =
        LedgerPosition::parse(&command.number).context("the number of a document is a whole number")?;
    let core = installation::core(config)?;
    let issued = core.issued(number);
    core.shut_down();
    let xml = issued?.with_context(|| format!("no document was issued under the number {number}"))?;
    let issuer = Label::parse(&config.mail.sender_name).context("mail.sender_name")?;
    let bytes = match command.format {
        Format::Xml => xml,
        Format::Text => Document::of_xml(&xml, &issuer)?.text.into_bytes(),
        Format::Html => Document::of_xml(&xml, &issuer)?.html.into_bytes(),
        Format::Pdf => Document::of_xml(&xml, &issuer)?.pdf,
    };
    write(command.output.as_ref(), &bytes, out)
}

fn write(path: Option<&PathBuf>, bytes: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
    match path {
        Some(path) => std::fs::write(path, bytes).with_context(|| path.display().to_string())?,
        None => out.write_all(bytes)?,
    }
    Ok(())
}
