//! `meteore account`: money paid in, and what is left.

use std::io::Write;

use anyhow::Context as _;
use clap::Subcommand;
use core_payment::{Clock as _, Core};
use payment_domain::{ConsumerId, Currency, Money, PartyId, RequestId};

use crate::clock::{SystemClock, new_id};
use crate::config::Config;
use crate::installation;

/// What `meteore account` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Credit a consumer's prepaid account with money that the bank has received
    TopUp {
        /// The consumer's name
        name: String,
        /// How much, such as 20.00
        amount: String,
        #[arg(long, default_value = "EUR")]
        currency: String,
        /// The id of this act, a UUID: repeated with the same id, nothing is credited twice
        #[arg(long)]
        id: Option<String>,
    },
    /// Print a party's balance
    Show {
        /// The party's name
        name: String,
        #[arg(long, default_value = "EUR")]
        currency: String,
    },
}

/// Runs one of them.
pub(crate) async fn run(command: Account, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let done = match command {
        Account::TopUp { name, amount, currency, id } => {
            let amount = Currency::parse(&currency)
                .context("--currency")
                .and_then(|currency| Money::parse(&amount, currency).context("the amount"));
            match amount {
                Ok(amount) => top_up(&core, &name, amount, id.as_deref(), out).await,
                Err(error) => Err(error),
            }
        }
        Account::Show { name, currency } => show(&core, &name, &currency, out),
    };
    core.shut_down();
    done
}

async fn top_up(
    core: &Core,
    name: &str,
    amount: Money,
    id: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let consumer = ConsumerId::parse(name)?;
    let id = match id {
        Some(id) => RequestId::parse(id)?,
        None => RequestId::new(new_id(SystemClock.now())?),
    };
    let position =
        core.top_up(id, &consumer, amount).await.with_context(|| format!("{consumer} was not topped up"))?;
    writeln!(out, "credited  {amount} to {consumer}")?;
    writeln!(out, "id        {id}")?;
    writeln!(out, "position  {position}")?;
    Ok(())
}

fn show(core: &Core, name: &str, currency: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let party = PartyId::parse(name)?;
    let currency = Currency::parse(currency)?;
    let balance = core.balance(&party, currency)?;
    let balance = balance.with_context(|| format!("{party} has no account in {currency}"))?;
    writeln!(out, "{party}  {balance}")?;
    Ok(())
}
