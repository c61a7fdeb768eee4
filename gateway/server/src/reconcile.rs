//! `meteore reconcile`: what the bank answered, held against what was sent; and what of it waits for a person.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use core_payment::Core;
use core_payment::bank::{Back, Bearer, OpenBreak, TakeBack, TakenBack};
use gateway::bank::Reconciled;
use payment_domain::{LedgerPosition, Money};

use crate::config::Config;
use crate::{installation, payouts};

/// Breaks that are listed.
const BREAKS: i64 = 10_000;

/// Read a file of the bank: what became of payouts and collections
///
/// The file is a pain.002 (what became of our files), a camt.054 or a camt.053 (what was booked). What agrees with what was sent is booked: settled, rejected or returned. What does not is a break: nothing is
/// posted for it, it is kept for a person, and the exit code is 1. The same file given again changes nothing.
///
/// A break can be about money that came back after all was done: a single payment that its payer returned or disputed, a
/// payout or refund that failed. `--take-back` books it. Somebody has to bear a payment: the merchant, as far as their
/// account holds it, or the house.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    what: What,
    /// Who bears a single payment that came back
    #[arg(long, value_enum, value_name = "WHO", conflicts_with_all = ["file", "breaks", "resolve"])]
    borne_by: Option<BorneBy>,
}

/// What `meteore reconcile` can do.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The file
    file: Option<PathBuf>,
    /// List the breaks that nobody has resolved; exit code 1 if there are any
    #[arg(long)]
    breaks: bool,
    /// Note that a break was dealt with
    #[arg(long, value_name = "BREAK")]
    resolve: Option<String>,
    /// Book what a break says came back; the break is dealt with by that
    #[arg(long, value_name = "BREAK")]
    take_back: Option<String>,
}

/// Who can bear a payment that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BorneBy {
    /// Whoever was paid, as far as the account holds it; the rest is the house's
    Merchant,
    /// The house
    House,
}

/// Runs `meteore reconcile`.
pub(crate) async fn run(
    reconcile: &Reconcile,
    config: &Config,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let core = installation::core(config)?;
    let done = obey(reconcile, config, &core, out).await;
    core.shut_down();
    done
}

async fn obey(
    reconcile: &Reconcile,
    config: &Config,
    core: &Core,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let Reconcile { what, borne_by } = reconcile;
    if let Some(name) = &what.take_back {
        let (answer, number) = parse(name).context("--take-back takes a break as it is listed")?;
        let bearer = borne_by.map(|bearer| match bearer {
            BorneBy::Merchant => Bearer::Merchant,
            BorneBy::House => Bearer::House,
        });
        match core.perform(Arc::new(TakeBack { answer, number, bearer })).await? {
            TakenBack::Now(words) => writeln!(out, "{name} booked: {words}")?,
            TakenBack::Unknown => bail!("there is no open break {name}"),
            TakenBack::Refused(why) => bail!("{name} cannot be booked: {why}"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = &what.resolve {
        let (answer, number) = parse(name).context("--resolve takes a break as it is listed")?;
        ensure!(core.resolve_bank_break(answer, number)?, "there is no open break {name}");
        writeln!(out, "{name} resolved")?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(path) = &what.file else { return list(&core.bank_breaks(None, BREAKS)?, out) };
    let content = std::fs::read(path).with_context(|| path.display().to_string())?;
    let reconciled = payouts::counter(config, core)?.reconcile(content).await;
    let reconciled = reconciled.with_context(|| path.display().to_string())?;
    print(&reconciled, out)?;
    list(&reconciled.breaks, out)
}

/// What a file of the bank came to, for people.
pub(crate) fn print(reconciled: &Reconciled, out: &mut impl Write) -> anyhow::Result<()> {
    let Reconciled { message, name, before, sums, .. } = reconciled;
    writeln!(out, "{message} {name}")?;
    if let Some(answer) = before {
        writeln!(out, "  was read at {}: nothing is changed", answer.read_at)?;
        return Ok(());
    }
    if sums.is_empty() {
        writeln!(out, "  says nothing of what was sent")?;
    }
    for sum in sums {
        let amount = sum.amount.map(|amount: Money| amount.to_string()).unwrap_or_default();
        writeln!(out, "  {:<14} {:>7}  {amount:>18}", sum.verdict, sum.count)?;
    }
    Ok(())
}

fn list(breaks: &[OpenBreak], out: &mut impl Write) -> anyhow::Result<ExitCode> {
    for OpenBreak { answer, number, line, words, back } in breaks {
        writeln!(out, "  break {answer}/{number}, line {line}: {words}")?;
        match back {
            Some(Back::Payment) => {
                writeln!(out, "    to book it: --take-back {answer}/{number} --borne-by merchant|house")?;
            }
            Some(Back::Other) => writeln!(out, "    to book it: --take-back {answer}/{number}")?,
            None => {}
        }
    }
    Ok(if breaks.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a break's name as it is listed.
fn parse(text: &str) -> anyhow::Result<(LedgerPosition, u64)> {
    let (answer, number) = text.split_once('/').context("no `/`")?;
    Ok((LedgerPosition::parse(answer)?, number.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_break_reads_back() {
        let (answer, number) = parse("42/7").unwrap();
        assert_eq!((answer.value(), number), (42, 7));
        for wrong in ["", "42", "42/", "/7", "x/7", "42/-1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
