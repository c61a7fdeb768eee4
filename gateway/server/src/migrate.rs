//! `meteore migrate`: brings the tables of the database up to this program.

use std::io::Write;

use anyhow::Context as _;

use crate::config::Config;

/// Applies what is missing and says what it was.
pub(crate) fn run(config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let applied = core_payment::migrate(&config.database_url()?).context("the database was not migrated")?;
    if applied.is_empty() {
        writeln!(out, "The database is up to date.")?;
    }
    for name in applied {
        writeln!(out, "applied {name}")?;
    }
    Ok(())
}
