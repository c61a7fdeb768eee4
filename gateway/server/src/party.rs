//! `meteore party`: who banks here. A party enrols itself afterwards, with the invitation that is printed.

mod details;
mod fees;
mod sign_in;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use core_payment::{ChangeParty, Clock as _, Core, Details, ExternalInstrument, NewAccount, NewParty};
use payment_domain::{Currency, Money, Msisdn, PartyId, Role};
use payment_message::Invitation;

use crate::clock::{SystemClock, random};
use crate::config::Config;
use crate::installation;
use details::DetailArgs;

/// What `meteore party` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Party {
    /// Register a party with its accounts, and print an invitation to enrol with
    Add(Add),
    /// Change how a party is reached, pays and is paid, or suspend it and let it act again
    Change {
        /// The party's name
        name: String,
        /// How it pays, or is paid, through an external payment system, SYSTEM:TOKEN; kept sealed
        #[arg(long)]
        external: Option<String>,
        #[command(flatten)]
        details: DetailArgs,
        /// It may no longer act; what it is owed stays
        #[arg(long, conflicts_with = "reinstate")]
        suspend: bool,
        /// It may act again
        #[arg(long)]
        reinstate: bool,
    },
    /// Agree on other fees and payouts with a merchant, from a midnight to come
    Fees {
        /// The merchant's name
        name: String,
        /// The currency of its account
        #[arg(long, default_value = "EUR")]
        currency: String,
        /// Our share of what is sold, in millionths: 15000 is 1.5 %
        #[arg(long, value_name = "MILLIONTHS")]
        share_ppm: u32,
        /// For each payment
        #[arg(long, default_value = "0.00")]
        fixed: String,
        /// Less is not paid out but carried
        #[arg(long, default_value = "10.00")]
        minimum: String,
        /// How often is paid out: daily, weekly or monthly
        #[arg(long, default_value = "weekly")]
        cadence: String,
        /// The day that it begins, such as 2026-12-01; tomorrow by default
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
    },
    /// Let somebody sign in at a portal for a registered merchant or consumer, with codes sent to an address or number
    SignIn(sign_in::SignIn),
    /// Print a new invitation for a registered party
    Invite {
        /// The party's name
        name: String,
        /// consumer, merchant, adapter:sms, adapter:wap or adapter:web
        #[arg(long)]
        role: String,
        /// For how long the invitation holds
        #[arg(long, default_value_t = 72)]
        hours: u32,
    },
}

/// `meteore party add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its name, for good: lower-case letters, digits and hyphens
    name: String,
    /// consumer, merchant, adapter:sms, adapter:wap or adapter:web
    #[arg(long)]
    role: String,
    /// The currency of its accounts
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// A consumer's account from which they pay what was paid in (`account top-up`)
    #[arg(long, conflicts_with = "postpaid")]
    prepaid: bool,
    /// The same, but what is in it expires as long after the last top-up as the policy says
    #[arg(long, conflicts_with_all = ["postpaid", "prepaid"])]
    voucher: bool,
    /// A consumer's account that is billed later, up to this credit limit
    #[arg(long, value_name = "LIMIT")]
    postpaid: Option<String>,
    /// A consumer's telephone number, such as +33612345678; kept sealed
    #[arg(long)]
    msisdn: Option<String>,
    /// How it pays, or is paid, through an external payment system, SYSTEM:TOKEN, such as simulator:approve; kept sealed
    #[arg(long)]
    external: Option<String>,
    #[command(flatten)]
    details: DetailArgs,
    /// For how long the invitation holds
    #[arg(long, default_value_t = 72)]
    hours: u32,
}

/// Runs one of them.
pub(crate) async fn run(command: Party, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let (new, name, role, hours) = match command {
        Party::Add(add) => {
            let new = add.party()?;
            add.details.show_key(&new.details, out)?;
            let (name, role) = (new.name.clone(), new.role.clone());
            (Some(new), name, role, add.hours)
        }
        fees @ Party::Fees { .. } => return fees::agree(fees, config, out).await,
        Party::SignIn(sign_in) => return sign_in::admit(&sign_in, config, out).await,
        Party::Invite { name, role, hours } => (None, PartyId::parse(&name)?, parse_role(&role)?, hours),
        Party::Change { name, external, details, suspend, reinstate } => {
            ensure!(
                external.is_some() || !details.is_empty() || suspend || reinstate,
                "nothing to change: see `meteore party change --help`"
            );
            let name = PartyId::parse(&name)?;
            let external = external.as_deref().map(ExternalInstrument::parse).transpose()?;
            let active = (suspend || reinstate).then_some(reinstate);
            let core = installation::core(config)?;
            let changed = change(&core, &name, active, external, &details, out).await;
            core.shut_down();
            return changed;
        }
    };
    let core = installation::core(config)?;
    let invited = register_and_invite(&core, new, &name, &role, hours).await;
    core.shut_down();
    let invitation = invited.with_context(|| name.to_string())?;
    writeln!(out, "party       {name}")?;
    writeln!(out, "role        {role}")?;
    writeln!(out, "invitation  {}", invitation.reveal())?;
    writeln!(out, "It lets {name} enrol once, within {hours} hours. It is shown only here.")?;
    Ok(())
}

async fn change(
    core: &Core,
    name: &PartyId,
    active: Option<bool>,
    external: Option<ExternalInstrument>,
    args: &DetailArgs,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let details = if args.is_empty() { None } else { Some(args.over(details::known(core, name)?)?) };
    if let Some(details) = &details {
        args.show_key(details, out)?;
    }
    core.change_party(ChangeParty { name: name.clone(), active, external, details })
        .await
        .with_context(|| name.to_string())?;
    writeln!(out, "changed     {name}")?;
    Ok(())
}

async fn register_and_invite(
    core: &Core,
    new: Option<NewParty>,
    name: &PartyId,
    role: &Role,
    hours: u32,
) -> anyhow::Result<Invitation> {
    if let Some(new) = new {
        core.register_party(new).await?;
    }
    invite(core, name, role, Duration::from_secs(3600).saturating_mul(hours)).await
}

/// Makes an invitation for a registered party.
pub(crate) async fn invite(
    core: &Core,
    name: &PartyId,
    role: &Role,
    lifetime: Duration,
) -> anyhow::Result<Invitation> {
    let text: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let invitation = Invitation::parse(&text)?;
    let lifetime_ms = i64::try_from(lifetime.as_millis())?;
    core.invite(name, role, &invitation, SystemClock.now().saturating_add_millis(lifetime_ms)).await?;
    Ok(invitation)
}

impl Add {
    fn party(&self) -> anyhow::Result<NewParty> {
        let role = parse_role(&self.role)?;
        let currency = Currency::parse(&self.currency)?;
        let consumer = role == Role::Terminal;
        let consumers_only = self.prepaid || self.voucher || self.postpaid.is_some() || self.msisdn.is_some();
        ensure!(
            consumer || !consumers_only,
            "--prepaid, --voucher, --postpaid and --msisdn are for consumers"
        );
        let accounts = match (&role, &self.postpaid) {
            (Role::Merchant, _) => vec![NewAccount::Merchant { currency }],
            (Role::Terminal, Some(limit)) => {
                vec![NewAccount::Postpaid { credit_limit: Money::parse(limit, currency)?.positive()? }]
            }
            (Role::Terminal, None) if self.prepaid => vec![NewAccount::Prepaid { currency }],
            (Role::Terminal, None) if self.voucher => vec![NewAccount::Voucher { currency }],
            (Role::Terminal, None) => {
                ensure!(
                    self.external.is_some(),
                    "a consumer pays by --prepaid, --voucher, --postpaid or --external"
                );
                Vec::new()
            }
            _ => Vec::new(),
        };
        Ok(NewParty {
            name: PartyId::parse(&self.name)?,
            role,
            accounts,
            msisdn: self.msisdn.as_deref().map(Msisdn::parse).transpose()?,
            external: self.external.as_deref().map(ExternalInstrument::parse).transpose()?,
            details: self.details.over(Details::default())?,
        })
    }
}

/// A consumer's certificate is that of their terminal.
fn parse_role(text: &str) -> anyhow::Result<Role> {
    match text {
        "consumer" => Ok(Role::Terminal),
        _ => match Role::parse(text)? {
            role @ (Role::Merchant | Role::Terminal | Role::Adapter(_)) => Ok(role),
            role => bail!("{role} is not a role of a party"),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        add: Add,
    }

    fn party(line: &str) -> Result<String, String> {
        let line = Line::try_parse_from(line.split_whitespace()).map_err(|error| error.kind().to_string())?;
        let party = line.add.party().map_err(|error| error.to_string())?;
        Ok(format!("{} {:?}", party.role, party.accounts))
    }

    #[test]
    fn each_role_gets_the_accounts_that_it_needs() {
        for (line, expected) in [
            ("add tram --role merchant", "merchant [Merchant { currency: EUR }]"),
            ("add alice --role consumer --prepaid", "terminal [Prepaid { currency: EUR }]"),
            (
                "add bruno --role consumer --postpaid 100 --msisdn +33612345678",
                "terminal [Postpaid { credit_limit: Money(EUR 100.00) }]",
            ),
            ("add chloe --role consumer --external simulator:approve", "terminal []"),
            ("add portal --role adapter:web", "adapter:web []"),
        ] {
            assert_eq!(party(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_party_that_makes_no_sense_is_refused() {
        for line in [
            "add tram --role merchant --prepaid",
            "add alice --role consumer",
            "add alice --role consumer --prepaid --postpaid 5",
            "add alice --role consumer --prepaid --voucher",
            "add tram --role merchant --voucher",
            "add alice --role consumer --postpaid -5",
            "add Alice --role consumer --prepaid",
            "add us --role cps",
            "add us --role operator",
            "add alice --role consumer --prepaid --msisdn 0612345678",
            "add alice --role consumer --external card",
        ] {
            assert!(party(line).is_err(), "{line}");
        }
    }
}
