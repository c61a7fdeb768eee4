//! The audit, as an operator runs it after the server is stopped: every test of money ends with it.

use anyhow::{Result, ensure};
use core_payment::{AuditReport, AuditTrust, DatabaseUrl};
use payment_message::{SignatureEngine, StrictEngine};
use payment_trust::XmlsecEngine;

use crate::database::Database;
use crate::town::Town;

/// Replays the whole database, which nobody else may be writing to.
///
/// # Errors
/// If it cannot be read; findings are in the report.
pub fn audit(town: &Town, database: &Database) -> Result<AuditReport> {
    let chain = town.chain()?;
    // As the server does it: what is outside the strict profile is for the other engine.
    let engines: Vec<Box<dyn SignatureEngine>> =
        vec![Box::new(StrictEngine), Box::new(XmlsecEngine::start()?)];
    let trust = AuditTrust { chains: vec![chain], engines, sealer: Some(town.sealer()?) };
    Ok(core_payment::audit(&DatabaseUrl::parse(database.url())?, trust, |_| {})?)
}

/// Replays the whole database and expects nothing wrong, and this many payments.
///
/// # Errors
/// With the findings.
pub fn passes(town: &Town, database: &Database, payments: u64) -> Result<()> {
    let report = audit(town, database)?;
    ensure!(report.findings.is_empty(), "the audit finds {:#?}", report.findings);
    // Whatever was folded, billed and paid out is recomputed, too.
    let aggregated = aggregation::audit::audit(&DatabaseUrl::parse(database.url())?)?;
    ensure!(aggregated.passes(), "the audit of periods finds {:#?}", aggregated.findings);
    ensure!(report.payments == payments, "{} payments instead of {payments}", report.payments);
    Ok(())
}
