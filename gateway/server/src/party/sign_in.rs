//! `meteore party sign-in`: who signs in at a portal for a party that was registered here.

use std::io::Write;

use anyhow::Context as _;
use backoffice::Store;
use backoffice::people::{Admission, Reach, admit as let_in};
use backoffice::web::{Audience, MemberRole};
use backoffice::words::Locale;
use clap::Args;
use core_payment::Clock as _;
use payment_domain::{Label, PartyId};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::installation;
use crate::portals::SystemRandomness;

/// `meteore party sign-in`.
#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// The party's name
    name: String,
    /// The e-mail address or telephone number that their codes are sent to; kept sealed
    #[arg(long, value_name = "ADDRESS")]
    reach: String,
    /// What they may do for a merchant: owner, manager or viewer
    #[arg(long, default_value = "owner")]
    role: String,
    /// What they are called; kept sealed
    #[arg(long, value_name = "NAME")]
    called: Option<String>,
    /// The language that they are written to in: en or fr
    #[arg(long, default_value = "en")]
    language: String,
}

/// Lets them in.
pub(super) async fn admit(sign_in: &SignIn, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let store = Store::open(&config.database_url()?, installation::sealer(config)?);
    let admission = Admission {
        party: PartyId::parse(&sign_in.name)?,
        role: MemberRole::parse(&sign_in.role).context("--role: owner, manager or viewer")?,
        reach: Reach::parse(&sign_in.reach).context("--reach: an e-mail address, or a number with +")?,
        name: sign_in.called.as_deref().map(Label::parse).transpose().context("--called")?,
        locale: Locale::parse(&sign_in.language).context("--language: en or fr")?,
    };
    let audience = let_in(&store, &SystemRandomness, SystemClock.now(), admission).await;
    let origin = match audience.with_context(|| sign_in.name.clone())? {
        Audience::Merchants => &config.portals.merchant_origin,
        Audience::Consumers | Audience::Operators => &config.portals.consumer_origin,
    };
    writeln!(out, "They sign in at {origin}/sign-in with a code that is sent to them.")?;
    Ok(())
}
