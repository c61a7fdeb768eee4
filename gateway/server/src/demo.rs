//! `meteore demo`: a small mobility portal, bought from with every kind of terminal through the real door (R14).
//!
//! Everything goes the way that a partner's messages go: parties enrol with PKCS#10 requests, merchants deposit signed
//! offers, terminals and adapters send signed orders over HTTPS. Nothing reaches into the core but the registration of
//! parties and their passkeys and the money paid in, which are an operator's business.
//!
//! Start at [`run`]; who takes part is in [`town`], what is bought in [`script`].

mod bank;
mod client;
mod ground;
mod mobility;
mod month_end;
mod passkey;
mod people;
mod report;
mod script;
mod stage;
mod town;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::config::{Log, LogFormat};
use crate::serve::{Service, until_told};
use crate::{audit, log, periods};
use client::Client;
use ground::Ground;
use report::Report;
use stage::Stage;

/// `meteore demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// End after the purchases; exit 0 only if all went as they should, every receipt verifies and the audit passes
    #[arg(long)]
    once: bool,
    /// Write every message to this folder, which must be empty or new, with ca.pem and issuing.pem
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Use this empty database instead of a new SQLite file: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Where the demo's files go; each run makes its own folder there
    #[arg(long, value_name = "DIR", default_value = ".meteore")]
    dir: PathBuf,
}

/// Sets up, buys, prints, and serves until told to stop.
pub(crate) async fn run(demo: &Demo) -> anyhow::Result<ExitCode> {
    // What goes wrong is part of the show: the orders that are refused would fill the screen.
    log::start(&Log { format: LogFormat::Text, filter: "error".to_owned() })?;
    let mut out = io::stdout();
    let ground = Ground::prepare(demo, &mut out)?;
    let service = Service::start(&ground.config).await?;
    writeln!(out, "  door       https://{}", service.door)?;
    let client = Client::new(&service, demo.save.as_deref())?;
    let mut stage = Stage::new(client);
    let site = mobility::Plan::new(ground::free_address(8447)?.to_string())?;
    let consumers = ground.config.portals.consumer_origin.as_str();
    town::settle(&mut stage, &service.core, (&site, consumers), &mut out).await?;
    people::let_in(&ground.config, &mut out).await?;
    people::certify_operators(&ground.config, &service.core, &ground.path("people"), &mut out).await?;
    let mobility = site.open(&ground.path("mobility"), &stage, &service, consumers).await?;

    writeln!(out, "\nBuying, under the policy eu-default:\n")?;
    let mut report = Report::new(service.chain.clone());
    report.head(&mut out)?;
    script::play(&mut stage, &mut report, &mut out).await?;
    let good = report.verify(&mut out)?;
    let aggregation = periods::aggregation(&ground.config, &service.core)?;
    let closed = month_end::close(&aggregation, &mut out).await?;
    let documents = [closed.bills, closed.statements, closed.advices, closed.credit_notes];
    month_end::letters(&ground.path("letters"), documents.iter().sum(), &mut out).await?;
    month_end::inclusion(&aggregation, &service.core, &service.chain, report.receipts(), &mut out)?;
    month_end::bank(&ground.config, &service.core, &aggregation, &mut out).await?;

    if demo.once {
        drop(mobility);
        service.stop().await;
        writeln!(out, "\nAuditing the ledger:\n")?;
        let audited = audit::run(&ground.config, &mut out).context("the audit did not run")?;
        return Ok(if good { audited } else { ExitCode::FAILURE });
    }
    ground.addresses(&service, mobility.as_ref(), &mut out)?;
    tokio::select! {
        told = until_told(&service) => told?,
        () = people::show_codes(ground.path("codes")) => {}
    }
    writeln!(out, "\nStopping.")?;
    drop(mobility);
    service.stop().await;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
