//! Runs a command with a private PostgreSQL: `with-postgres cargo test`. The command finds the superuser's URL in
//! `METEORE_TEST_POSTGRES`. Without PostgreSQL on the machine the command runs without the variable.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use tests::postgres::{Durability, Postgres, VARIABLE, programs};

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().context("with-postgres COMMAND [ARGUMENTS]")?;
    let mut command = Command::new(program);
    command.args(arguments);
    let server = match programs() {
        Some(_) if std::env::var_os(VARIABLE).is_none() => Some(Postgres::start(Durability::ProcessOnly)?),
        _ => None,
    };
    if let Some(server) = &server {
        command.env(VARIABLE, server.url("postgres"));
    }
    let status = command.status()?;
    drop(server);
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
