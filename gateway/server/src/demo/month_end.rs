//! The end of the month, in a moment: periods close, bills and advices are mailed, a payment is shown to be in a bill, and
//! the bank collects and pays.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use aggregation::Aggregation;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use anyhow::{Context as _, ensure};
use core_payment::{Clock as _, Core};
use payment_domain::{Mode, PaymentReceipt};
use payment_message::inclusion::{Rooted, proves};
use payment_message::{Message, canonical};
use payment_trust::Chain;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::{document, payouts, periods, reconcile};

/// How long letters may take: they are written into a folder.
const PATIENCE: Duration = Duration::from_secs(20);

/// Closes every period and says what came of it.
pub(crate) async fn close(
    aggregation: &Aggregation,
    out: &mut impl Write,
) -> anyhow::Result<aggregation::Report> {
    writeln!(out, "\nClosing the period:\n")?;
    let report = aggregation.close_all(&[Book::Postpaid, Book::Prepaid, Book::Merchant]).await?;
    let mut lines = Vec::new();
    periods::print(&report, &mut lines)?;
    for line in String::from_utf8(lines)?.lines() {
        writeln!(out, "  {line}")?;
    }
    ensure!(report.stuck.is_empty(), "some periods could not be closed");
    Ok(report)
}

/// Waits until as many letters are in the folder as documents were issued.
pub(crate) async fn letters(folder: &Path, wanted: u64, out: &mut impl Write) -> anyhow::Result<()> {
    let began = std::time::Instant::now();
    let found = loop {
        let found = count(folder)?;
        if found >= wanted || began.elapsed() > PATIENCE {
            break found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ensure!(found == wanted, "{found} letters were written, not {wanted}");
    writeln!(out, "  letters        {found}, each with the signed document, in {}", folder.display())?;
    Ok(())
}

fn count(folder: &Path) -> anyhow::Result<u64> {
    let mut found = 0_u64;
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let whole = entry?.path().extension().is_some_and(|extension| extension == "eml");
        found = found.saturating_add(u64::from(whole));
    }
    Ok(found)
}

/// Shows, from the signed documents alone, that an aggregated payment is in a bill or statement.
pub(crate) fn inclusion(
    aggregation: &Aggregation,
    core: &Core,
    chain: &Chain,
    receipts: &[Vec<u8>],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut proofs = Vec::new();
    for receipt in receipts.iter().filter_map(|receipt| aggregated(receipt)) {
        let proof = aggregation.inclusion_proof(receipt.position, Side::Consumer, SystemClock.now())?;
        proofs.push((receipt, proof));
    }
    // The bill with the most payments shows most.
    let largest = proofs.into_iter().max_by_key(|(_, proof)| proof.count);
    let (receipt, proof) = largest.context("no aggregated payment")?;
    let signed = core.issued(proof.bill)?.context("the bill is not kept")?;
    let checked = document::check(&signed, chain, None, None)?;
    let (name, root) = match checked.into_message() {
        Message::Bill(bill) => ("bill", Rooted::from(&bill)),
        Message::Statement(statement) => ("statement", Rooted::from(&statement)),
        other => anyhow::bail!("a {} is no bill", other.kind().as_str()),
    };
    ensure!(proves(&proof, root), "the path does not lead to the root in the {name}");
    writeln!(
        out,
        "  inclusion      payment {} is number {} of {} in {name} {}: shown by {} hashes, off-line",
        receipt.position,
        proof.index.saturating_add(1),
        proof.count,
        proof.bill,
        proof.path.len()
    )?;
    Ok(())
}

/// Collects the bills and pays the merchants through the bank's files, and reads what the bank answers.
pub(crate) async fn bank(
    config: &Config,
    core: &Core,
    aggregation: &Aggregation,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "\nPaying and collecting through the bank (ISO 20022 files):\n")?;
    aggregation.advance_dunning(SystemClock.now()).await?;
    let counter = payouts::counter(config, core)?;
    let mut lines = Vec::new();
    payouts::write(&counter, &mut lines).await?;
    let folder = config.path(Path::new("bank"));
    let (answer, booked) = super::bank::answer(&folder.join("out"), &folder, super::ground::IBAN)?;
    let reconciled = counter.reconcile(std::fs::read(&answer)?).await?;
    writeln!(lines, "the bank books {booked} orders and answers:")?;
    reconcile::print(&reconciled, &mut lines)?;
    for line in String::from_utf8(lines)?.lines() {
        writeln!(out, "  {line}")?;
    }
    ensure!(reconciled.breaks.is_empty(), "what the bank says is not what was sent");
    Ok(())
}

fn aggregated(document: &[u8]) -> Option<PaymentReceipt> {
    match Message::parse(canonical::scan(document).ok()?.body()).ok()? {
        Message::PaymentReceipt(receipt) if receipt.mode == Mode::Aggregated => Some(receipt),
        _ => None,
    }
}
