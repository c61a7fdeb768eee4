//! How a party is reached and paid, from the command line. What is personal is sealed; a callback's key is shown once.

use std::io::Write;

use anyhow::{Context as _, anyhow, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use core_payment::{BankDetails, Callback, Clock as _, Core, Details, Mandate, Site};
use payment_domain::{BankAccount, Bic, EmailAddress, Iban, Label, MandateId, PartyId, Timestamp};

use crate::clock::{SystemClock, random};

/// Options that say how a party is reached and paid.
#[derive(Debug, Default, Args)]
pub(crate) struct DetailArgs {
    /// Where bills, statements and payout advices are mailed; kept sealed
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The bank account that payouts go to, or that bills are collected from; kept sealed
    #[arg(long, requires = "holder")]
    iban: Option<String>,
    /// The name of its holder
    #[arg(long, value_name = "NAME", requires = "iban")]
    holder: Option<String>,
    /// Its bank, where the IBAN alone is not enough
    #[arg(long, requires = "iban")]
    bic: Option<String>,
    /// The consumer's standing consent to debit that account
    #[arg(long, value_name = "ID", requires = "iban")]
    mandate: Option<String>,
    /// When the mandate was signed, such as 2026-11-21; today by default
    #[arg(long, value_name = "DATE", requires = "mandate")]
    mandate_signed: Option<String>,
    /// Where a merchant's receipts are posted; the key that signs the posts is printed once
    #[arg(long, value_name = "URL")]
    callback: Option<String>,
    /// A new key for the address that is known; the last one signs too for 24 hours
    #[arg(long, conflicts_with = "callback")]
    callback_key: bool,
    /// A merchant's shop, such as https://shop.example: consumers are sent back there after paying. Given several times,
    /// several; replaces those from before
    #[arg(long = "site", value_name = "ORIGIN")]
    sites: Vec<String>,
    /// What a merchant calls itself before its customers
    #[arg(long, value_name = "NAME")]
    trade_name: Option<String>,
}

impl DetailArgs {
    /// Whether nothing was given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.email.is_none()
            && self.iban.is_none()
            && self.callback.is_none()
            && !self.callback_key
            && self.sites.is_empty()
            && self.trade_name.is_none()
    }

    /// What was given, over what is known.
    pub(crate) fn over(&self, known: Details) -> anyhow::Result<Details> {
        let email = self.email.as_deref().map(EmailAddress::parse).transpose().context("--email")?;
        let trade_name = self.trade_name.as_deref().map(Label::parse).transpose().context("--trade-name")?;
        let before = known.callback.as_ref();
        let callback = match &self.callback {
            Some(url) => {
                let callback = Callback::parse(url, random::<32>()?).context("--callback")?;
                Some(callback.in_place_of(before, SystemClock.now()))
            }
            None if self.callback_key => {
                let before = before.context("--callback-key: there is no callback address")?;
                Some(before.with_new_key(random::<32>()?, SystemClock.now()))
            }
            None => None,
        };
        Ok(Details {
            email: email.or(known.email),
            bank: self.bank()?.or(known.bank),
            callback: callback.or(known.callback),
            sites: self.sites(known.sites)?,
            trade_name: trade_name.or(known.trade_name),
        })
    }

    fn sites(&self, known: Vec<Site>) -> anyhow::Result<Vec<Site>> {
        ensure!(self.sites.len() <= Site::MOST, "--site: a merchant has at most {} of them", Site::MOST);
        if self.sites.is_empty() {
            return Ok(known);
        }
        self.sites.iter().map(|site| Site::parse(site).context("--site")).collect()
    }

    fn bank(&self) -> anyhow::Result<Option<BankDetails>> {
        let (Some(iban), Some(holder)) = (&self.iban, &self.holder) else { return Ok(None) };
        let mandate = match &self.mandate {
            Some(id) => Some(Mandate {
                id: MandateId::parse(id).context("--mandate")?,
                signed_at: match &self.mandate_signed {
                    Some(day) => day_at(day, "00:00:00.000").context("--mandate-signed")?,
                    None => SystemClock.now(),
                },
            }),
            None => None,
        };
        let account = BankAccount {
            holder: Label::parse(holder).context("--holder")?,
            iban: Iban::parse(iban).context("--iban")?,
            bic: self.bic.as_deref().map(Bic::parse).transpose().context("--bic")?,
        };
        Ok(Some(BankDetails { account, mandate }))
    }

    /// Prints the key of a callback that was given, or given a new one.
    pub(crate) fn show_key(&self, details: &Details, out: &mut impl Write) -> anyhow::Result<()> {
        if let Some(callback) =
            details.callback.as_ref().filter(|_| self.callback.is_some() || self.callback_key)
        {
            let key = STANDARD.encode(callback.secret());
            writeln!(out, "callback    whsec_{key}")?;
            writeln!(out, "That key signs what is posted to the callback address. It is shown only here.")?;
            if let Some((_, until)) = callback.last() {
                writeln!(out, "The last key signs too until {until}.")?;
            }
        }
        Ok(())
    }
}

/// A time of a day that was given, UTC.
pub(super) fn day_at(day: &str, time: &str) -> anyhow::Result<Timestamp> {
    Timestamp::parse(&format!("{day}T{time}Z"))
        .map_err(|_| anyhow!("a day is written 2026-12-01, and this is none"))
}

/// What is known of a registered party.
pub(crate) fn known(core: &Core, name: &PartyId) -> anyhow::Result<Details> {
    core.details(name)?.with_context(|| format!("{name} is not registered"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays() {
        let given = DetailArgs { email: Some("alice@example.org".to_owned()), ..DetailArgs::default() };
        let first = given.over(Details::default()).unwrap();
        let bank = DetailArgs {
            iban: Some("DE89370400440532013000".to_owned()),
            holder: Some("Alice".to_owned()),
            mandate: Some("M-1".to_owned()),
            mandate_signed: Some("2026-01-02".to_owned()),
            ..DetailArgs::default()
        };
        let both = bank.over(first.clone()).unwrap();
        assert_eq!(both.email, first.email);
        assert!(both.bank.is_some_and(|bank| bank.mandate.is_some()));
        let rekey = DetailArgs { callback_key: true, ..DetailArgs::default() };
        assert!(!rekey.is_empty() && rekey.over(Details::default()).is_err(), "there is no address");
        let to = |url: &str| DetailArgs { callback: Some(url.to_owned()), ..DetailArgs::default() };
        let told = to("https://shop.example/told").over(Details::default()).unwrap();
        let again = rekey.over(told.clone()).unwrap();
        let (first, second) = (told.callback.unwrap(), again.callback.clone().unwrap());
        assert_eq!(second.last().map(|(secret, _)| secret), Some(first.secret()));
        assert!(second.url() == first.url() && second.secret() != first.secret());
        let moved = to("https://shop.example/elsewhere").over(again).unwrap().callback.unwrap();
        assert_eq!(moved.last().map(|(secret, _)| secret), Some(second.secret()));
        let wrong = DetailArgs { email: Some("alice".to_owned()), ..DetailArgs::default() };
        assert!(wrong.over(Details::default()).is_err());
    }
}
