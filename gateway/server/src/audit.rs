//! `meteore audit`: replays the whole ledger from zero and compares (R37, R42, R43). May run beside a server.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use aggregation::audit::AuditReport as Periods;
use anyhow::Context as _;
use core_payment::{AuditProgress, AuditReport, AuditTrust, audit};
use payment_message::StrictEngine;
use payment_trust::XmlsecEngine;

use crate::config::Config;
use crate::installation;

/// Audits, prints what was counted and what was found; exit 1 on any finding.
pub(crate) fn run(config: &Config, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let partners = XmlsecEngine::start().context("the engine for documents outside the strict profile")?;
    let trust = AuditTrust {
        chains: vec![installation::directory(config)?.chain()?],
        engines: vec![Box::new(StrictEngine), Box::new(partners)],
        sealer: Some(installation::sealer(config)?),
    };
    let database = config.database_url()?;
    let report = audit(&database, trust, progress())?;
    let periods = aggregation::audit::audit(&database)?;
    print(&report, &periods, out)?;
    Ok(if report.passes() && periods.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line that is written over, for people; nothing for logs.
fn progress() -> impl FnMut(AuditProgress) {
    let shown = io::stderr().is_terminal();
    move |AuditProgress { batches, of }| {
        if shown {
            let end = if batches >= of { "\r\x1b[K" } else { "" };
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(io::stderr(), "\rbatch {batches} of {of}{end}");
        }
    }
}

fn print(report: &AuditReport, periods: &Periods, out: &mut impl Write) -> anyhow::Result<()> {
    for (name, count) in [
        ("batches, linked", report.batches),
        ("payments", report.payments),
        ("refunds", report.refunds),
        ("transfers", report.transfers),
        ("signatures, verified", report.signatures),
        ("accounts, recomputed", report.accounts),
        ("currencies, summing to zero", report.currencies),
        ("transfers, in one fold each", periods.transfers),
        ("transfers, not folded yet", periods.waiting),
        ("periods, recomputed", periods.periods),
        ("bills, statements, advices", periods.documents),
    ] {
        writeln!(out, "  {name:<28} {count:>10}")?;
    }
    for (currency, flow) in &periods.flows {
        writeln!(out, "  {}", flow.merchants(*currency))?;
        writeln!(out, "  {}", flow.consumers(*currency))?;
    }
    if report.open_breaks > 0 {
        let open = report.open_breaks;
        writeln!(out, "  {open} open breaks with the bank (`meteore reconcile --breaks`)")?;
    }
    for finding in report.findings.iter().chain(&periods.findings) {
        writeln!(out, "  FOUND {}: {}", finding.place, finding.fault)?;
    }
    let more = report.more_findings.saturating_add(periods.more_findings);
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    let verdict = if report.passes() && periods.passes() { "The audit passes." } else { "The audit FAILS." };
    writeln!(out, "{verdict}")?;
    Ok(())
}
