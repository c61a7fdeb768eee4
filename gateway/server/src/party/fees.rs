//! `meteore party fees`: what one merchant pays, and how often it is paid out.

use std::io::Write;

use aggregation::calendar::Cadence;
use aggregation::fee::FeeSchedule;
use anyhow::{Context as _, bail};
use core_payment::Clock as _;
use payment_domain::{Currency, Money, PartyId};

use super::Party;
use super::details::day_at;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::{installation, periods};

/// Agrees on it, from a midnight to come in the operator's zone.
pub(super) async fn agree(command: Party, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let Party::Fees { name, currency, share_ppm, fixed, minimum, cadence, from } = command else {
        bail!("not a command about fees");
    };
    let (name, currency) = (PartyId::parse(&name)?, Currency::parse(&currency)?);
    let schedule = FeeSchedule {
        share_ppm,
        fixed_micros: Money::parse(&fixed, currency).context("--fixed")?.micros(),
        minimum_micros: Money::parse(&minimum, currency).context("--minimum")?.micros(),
        cadence: Cadence::parse(&cadence).context("--cadence")?,
    };
    let core = installation::core(config)?;
    let aggregation = periods::aggregation(config, &core)?;
    let zone = aggregation.terms().zone;
    let begins = match from {
        // Noon is on that day in every zone.
        Some(day) => day_at(&day, "12:00:00.000").map(|noon| zone.midnight(noon)),
        None => Ok(zone.next_midnight(SystemClock.now())),
    };
    let agreed = match begins {
        Ok(begins) => {
            let agreed = aggregation.agree(&name, currency, schedule, begins).await;
            agreed.map(|()| begins).context(name.to_string())
        }
        Err(error) => Err(error).context("--from"),
    };
    core.shut_down();
    writeln!(out, "agreed with {name}, from {}", agreed?)?;
    Ok(())
}
