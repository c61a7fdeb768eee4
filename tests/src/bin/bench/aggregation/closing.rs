//! Closing a backlog, in a process of its own so that what it takes is its own: the parent starts this program again.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use aggregation::period::Book;
use aggregation::terms::Terms;
use aggregation::{Aggregation, Totals, settlements};
use anyhow::{Context as _, Result, ensure};
use core_payment::{Clock as _, Core, DatabaseUrl, Settings};
use gateway::SigningDesk;
use payment_domain::Currency;
use payment_trust::{Directory, Sealer};
use serde_json::{Value, json};
use tests::clock::MachineClock;
use tests::process::{tied, usage};

use crate::block_on;

use super::backlog::{Backlog, policy};

/// The word on the command line that makes this program a closing process. Not for people.
pub(crate) const COMMAND: &str = "aggregation-close";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What closing took and came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closing {
    pub(crate) transfers: u64,
    pub(crate) fold_seconds: f64,
    pub(crate) close_seconds: f64,
    /// CPU of the closing process, fold and close.
    pub(crate) cpu_seconds: f64,
    pub(crate) bills: u64,
    pub(crate) statements: u64,
    pub(crate) advices: u64,
    pub(crate) due_micros: i64,
    pub(crate) payout_micros: i64,
    pub(crate) fee_micros: i64,
    /// Before the first transfer was read, and at the end.
    pub(crate) rss_before_bytes: u64,
    pub(crate) rss_peak_bytes: u64,
    /// Bills whose collection was begun when it was due, after everything above was measured.
    pub(crate) collections: u64,
}

impl Closing {
    /// Closes the backlog in a child.
    pub(crate) fn measure(backlog: &Backlog) -> Result<Self> {
        backlog.database.settle()?;
        let mut command = tied("KILL", std::env::current_exe()?);
        command.arg(COMMAND).arg(backlog.town.folder()).arg(backlog.database.url());
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "the closing process ended with {}", output.status);
        let said = serde_json::from_slice(&output.stdout)?;
        let closing = Self::read(&said).with_context(|| format!("the closing process said {said}"))?;
        ensure!(
            closing.transfers >= backlog.plan.payments,
            "{} transfers were folded of {} payments",
            closing.transfers,
            backlog.plan.payments
        );
        Ok(closing)
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.fold_seconds + self.close_seconds
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.transfers as f64 / self.seconds()
    }

    pub(crate) fn documents(&self) -> u64 {
        self.bills + self.statements + self.advices
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "transfers": self.transfers,
            "fold_seconds": self.fold_seconds,
            "close_seconds": self.close_seconds,
            "seconds": self.seconds(),
            "transfers_per_second": self.per_second(),
            "fold_transfers_per_second": self.transfers as f64 / self.fold_seconds,
            "cpu_seconds": self.cpu_seconds,
            "bills": self.bills,
            "statements": self.statements,
            "payout_advices": self.advices,
            "documents_signed": self.documents(),
            "due_micros": self.due_micros,
            "payout_micros": self.payout_micros,
            "fee_micros": self.fee_micros,
            "rss_before_bytes": self.rss_before_bytes,
            "rss_peak_bytes": self.rss_peak_bytes,
            "collections": self.collections,
        })
    }

    fn read(said: &Value) -> Option<Self> {
        let (number, micros, seconds) =
            (|key: &str| said[key].as_u64(), |key: &str| said[key].as_i64(), |key: &str| said[key].as_f64());
        Some(Self {
            transfers: number("transfers")?,
            fold_seconds: seconds("fold_seconds")?,
            close_seconds: seconds("close_seconds")?,
            cpu_seconds: seconds("cpu_seconds")?,
            bills: number("bills")?,
            statements: number("statements")?,
            advices: number("payout_advices")?,
            due_micros: micros("due_micros")?,
            payout_micros: micros("payout_micros")?,
            fee_micros: micros("fee_micros")?,
            rss_before_bytes: number("rss_before_bytes")?,
            rss_peak_bytes: number("rss_peak_bytes")?,
            collections: number("collections")?,
        })
    }
}

/// The closing process: the folder of a town, the URL of a database; figures on standard output.
pub(crate) fn child(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let (folder, url) = (arguments.next().context("no folder")?, arguments.next().context("no database")?);
    let (folder, url) = (Path::new(&folder), DatabaseUrl::parse(&url)?);
    let terms = Arc::new(Terms::default());
    let desk = Arc::new(SigningDesk::new(Directory::open(&folder.join("pki"))?.cps()?));
    let sealer = Arc::new(Sealer::load(&folder.join("sealing.key"))?);
    let settings = Settings::new(url.clone(), policy()?);
    let core = Core::open_with(settings, desk, sealer, Arc::new(MachineClock), settlements(&terms))?;
    let aggregation = Aggregation::new(core.clone(), url, terms, Arc::new(MachineClock));
    let closing = block_on(close(&aggregation));
    core.shut_down();
    println!("{}", closing?.json());
    Ok(())
}

async fn close(aggregation: &Aggregation) -> Result<Closing> {
    let me = std::process::id();
    let before = usage(me)?;
    let start = Instant::now();
    let folded = aggregation.fold_all()?;
    let fold = start.elapsed();
    let report = aggregation.close_all(&[Book::Postpaid, Book::Prepaid, Book::Merchant]).await?;
    let both = start.elapsed();
    let after = usage(me)?;
    ensure!(report.stuck.is_empty(), "{} periods could not be closed", report.stuck.len());
    let in_two_days = MachineClock.now().saturating_add_millis(2 * DAY_MS + 1);
    let collections = aggregation.advance_dunning(in_two_days).await?.collections;
    let euros = |totals: &Totals| totals.0.get(&Currency::EUR).copied().unwrap_or_default();
    Ok(Closing {
        transfers: folded.transfers + report.transfers,
        fold_seconds: fold.as_secs_f64(),
        close_seconds: both.saturating_sub(fold).as_secs_f64(),
        cpu_seconds: after.cpu.saturating_sub(before.cpu).as_secs_f64(),
        bills: report.bills,
        statements: report.statements,
        advices: report.advices,
        due_micros: euros(&report.due),
        payout_micros: euros(&report.payouts),
        fee_micros: euros(&report.fees),
        rss_before_bytes: before.peak_rss_bytes,
        rss_peak_bytes: after.peak_rss_bytes,
        collections,
    })
}
