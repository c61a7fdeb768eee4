//! The audit: everything from zero, compared with what stands (R37, R42, R43).
//!
//! It replays the hash chain over every row of the journal, verifies both parties' signatures in the evidence, checks
//! that each receipt says what was posted, that every order was posted exactly once, that balances are the sum of
//! their transfers and that each currency sums to zero. It reads one snapshot and may run beside the server.

mod bank;
mod books;
mod captures;
mod coupon;
mod documents;
mod exchange;
mod links;
mod passkey;
mod purse;
mod registers;
mod reroutes;

use std::sync::Arc;

use payment_domain::LedgerPosition;
use payment_message::SignatureEngine;
use payment_trust::{Chain, Sealer};
use thiserror::Error;

use crate::audit::bank::Banks;
use crate::audit::books::Books;
use crate::audit::coupon::Coupons;
use crate::audit::documents::Documents;
use crate::audit::exchange::Exchanges;
use crate::audit::links::Chains;
use crate::audit::passkey::Passkeys;
use crate::audit::purse::Purses;
use crate::audit::registers::Registers;
use crate::storage::replay::{self, Page};
use crate::storage::{Conn, DatabaseUrl, StorageError, chain, connect};

/// What signatures are checked against.
pub struct AuditTrust {
    /// Root and issuing authorities of this installation, past ones included.
    pub chains: Vec<Chain>,
    /// Engines in the order in which they are asked; the strict one first.
    pub engines: Vec<Box<dyn SignatureEngine>>,
    /// Opens the evidence that holds personal data. Without it that evidence cannot be verified: a finding each.
    pub sealer: Option<Arc<Sealer>>,
}

/// How far the audit is.
#[derive(Debug, Clone, Copy)]
pub struct AuditProgress {
    /// Batches replayed.
    pub batches: u64,
    /// Batches in all.
    pub of: u64,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: a table and a row.
    pub place: String,
    /// What is wrong.
    pub fault: String,
}

/// What was checked and what was found. The audit passes if there are no findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Links of all chains.
    pub batches: u64,
    /// Payments, pending and declined ones included.
    pub payments: u64,
    /// Refunds, pending ones included.
    pub refunds: u64,
    /// Rows of the journal.
    pub transfers: u64,
    /// Signatures that verified.
    pub signatures: u64,
    /// Accounts whose balance was recomputed.
    pub accounts: u64,
    /// Currencies that sum to zero.
    pub currencies: u64,
    /// What banks said that does not fit, and that waits for a person. No finding.
    pub open_breaks: u64,
    /// What is wrong, at most [`AuditReport::MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more_findings: u64,
}

/// Why the audit could not be finished.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The database cannot be read.
    #[error("the database cannot be read: {0}")]
    Database(String),
    /// No memory for decompression.
    #[error("evidence cannot be unpacked: {0}")]
    Evidence(#[from] std::io::Error),
}

impl From<StorageError> for AuditError {
    fn from(error: StorageError) -> Self {
        Self::Database(chain(&error))
    }
}

impl AuditReport {
    /// Findings that are listed; more are counted.
    pub const MOST_FINDINGS: usize = 200;

    /// Whether everything is as it should be.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, place: impl Into<String>, fault: impl Into<String>) {
        if self.findings.len() < Self::MOST_FINDINGS {
            self.findings.push(Finding { place: place.into(), fault: fault.into() });
        } else {
            self.more_findings = self.more_findings.saturating_add(1);
        }
    }
}

/// Replays the whole ledger.
///
/// # Errors
/// [`AuditError`] if it cannot be read; what is wrong with what was read is in the report.
pub fn audit(
    database: &DatabaseUrl,
    trust: AuditTrust,
    mut progress: impl FnMut(AuditProgress),
) -> Result<AuditReport, AuditError> {
    let mut documents = Documents::new(trust)?;
    let mut conn = connect(database)?;
    let mut report = AuditReport::default();
    replay::snapshot(&mut conn, |conn| replay_all(conn, &mut documents, &mut report, &mut progress))?;
    Ok(report)
}

fn replay_all(
    conn: &mut Conn,
    documents: &mut Documents,
    report: &mut AuditReport,
    progress: &mut impl FnMut(AuditProgress),
) -> Result<(), StorageError> {
    let of = u64::try_from(replay::batch_count(conn)?).unwrap_or_default();
    let mut chains = Chains::default();
    let mut books = Books::default();
    let mut registers = Registers::default();
    let (mut purses, mut exchanges) = (Purses::default(), Exchanges::default());
    let (mut coupons, mut banks) = (Coupons::default(), Banks::default());
    let mut passkeys = Passkeys::default();
    let mut from = i64::MIN;
    loop {
        let page = replay::page(conn, from)?;
        chains.replay(&page, report);
        documents.verify(conn, &page, report);
        books.replay(&page, documents, report);
        registers.replay(conn, &page, documents, report)?;
        purses.replay(conn, &page, documents, report)?;
        exchanges.replay(conn, &page, documents, report)?;
        coupons.replay(conn, &page, documents, report)?;
        banks.replay(conn, &page, documents, report)?;
        passkeys.replay(conn, &page, documents, report)?;
        count(&page, report);
        progress(AuditProgress { batches: report.batches, of });
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    books.close(conn, report)?;
    purses.close(conn, report)?;
    exchanges.close(conn, report)?;
    coupons.close(conn, report)?;
    banks.close(conn, report)?;
    passkeys.close(conn, report)?;
    registers.close(conn, report)
}

fn count(page: &Page, report: &mut AuditReport) {
    let add = |total: &mut u64, rows: usize| {
        *total = total.saturating_add(u64::try_from(rows).unwrap_or_default());
    };
    add(&mut report.batches, page.batches.len());
    add(&mut report.payments, page.payments.len());
    add(&mut report.transfers, page.transfers.len());
    let refunds = page.evidence.iter().filter(|row| row.kind == "refund" || row.kind == "refund-pending");
    add(&mut report.refunds, refunds.count());
}

/// How findings name a row.
fn place(table: &str, id: i64) -> String {
    match LedgerPosition::new(id) {
        Ok(position) => format!("{table} {position}"),
        Err(_) => format!("{table} {id}"),
    }
}
