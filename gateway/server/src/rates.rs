//! `meteore rates`: declare a day's rates from the file of the European Central Bank, or show what counts now (R55).

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use core_payment::Core;
use core_payment::exchange::{DeclareRates, RatesDeclared};
use gateway::rates::{MOST_BYTES, read_ecb};

use crate::config::Config;
use crate::installation;

/// `meteore rates`.
#[derive(Debug, Args)]
pub(crate) struct Rates {
    /// The bank's daily file, eurofxref-daily.xml; without it, print the rates that quotes are made from
    file: Option<PathBuf>,
}

/// Declares, or shows.
pub(crate) async fn run(command: Rates, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let done = match &command.file {
        Some(file) => declare(&core, file, out).await,
        None => show(&core, out),
    };
    core.shut_down();
    done
}

async fn declare(core: &Core, path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let file = read(path).with_context(|| path.display().to_string())?;
    let rates = read_ecb(&file)
        .with_context(|| format!("{}: not the daily file of the ECB's rates", path.display()))?;
    let (source, day, count) = (rates.source().to_owned(), rates.day(), rates.rates().count());
    let act = DeclareRates { rates, file: payment_message::sha256(&file) };
    let (word, position) = match core.perform(Arc::new(act)).await?? {
        RatesDeclared::New(position) => ("declared", position),
        RatesDeclared::Known(position) => ("known", position),
    };
    writeln!(out, "{word:<9} {count} currencies, {source} {day}")?;
    writeln!(out, "position  {position}")?;
    match core.rates()? {
        Some(newest) if newest.day() > day => {
            writeln!(out, "The rates of {} are newer and count.", newest.day())?
        }
        _ => {}
    }
    Ok(())
}

/// Reads no more than such a file may have.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut file)?;
    Ok(file)
}

fn show(core: &Core, out: &mut impl Write) -> anyhow::Result<()> {
    /// Days that are listed.
    const DAYS: u16 = 10;
    let Some(rates) = core.rates()? else {
        writeln!(out, "No rates were declared. `meteore rates FILE` declares them.")?;
        return Ok(());
    };
    writeln!(out, "{} {}, for one {}:", rates.source(), rates.day(), rates.base())?;
    for (currency, rate) in rates.rates() {
        writeln!(out, "{currency}  {rate:>14}")?;
    }
    for earlier in core.rate_days(DAYS)?.iter().skip(1) {
        writeln!(out, "before     {} {}", earlier.source, earlier.day)?;
    }
    Ok(())
}
