//! `[bank]`: our account at the bank that is spoken to by files, and the folders between us and it.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use gateway::bank::{Folders, Rhythm, Terms};
use gateway::external::iso20022::sending::{CreditorId, MAX_ENTRIES};
use payment_domain::{BankAccount, Bic, Iban, Label};
use serde::Deserialize;

use super::Config;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// `[bank]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bank {
    /// Whether this server writes and reads files by itself. The commands do so whenever they are called.
    pub(crate) enabled: bool,
    /// Whether files of payouts wait until two operators have let them go in their portal (R34).
    pub(crate) two_people: bool,
    /// Who holds our account, as the bank knows us.
    holder: String,
    /// Our account: money is collected to it and paid out of it.
    iban: Option<String>,
    /// Its bank, where the IBAN alone is not enough.
    bic: Option<String>,
    /// Our SEPA creditor identifier; without it nothing is collected.
    creditor_id: Option<String>,
    /// From the day of a file to the day of payment.
    pay_after_days: u8,
    /// From the day of a file to the day of collection.
    collect_after_days: u8,
    /// The most entries in one file.
    entries: NonZeroU16,
    /// From one file of a kind to the next one.
    write_every_h: NonZeroU32,
    /// Between two looks at what is due, and at what the bank has dropped.
    look_every_ms: NonZeroU32,
    /// Files for the bank.
    out: PathBuf,
    /// Files of the bank.
    #[serde(rename = "in")]
    incoming: PathBuf,
    /// Those that were read.
    done: PathBuf,
    /// Those that could not be read.
    bad: PathBuf,
}

impl Default for Bank {
    fn default() -> Self {
        Self {
            enabled: false,
            two_people: false,
            holder: "Meteore".to_owned(),
            iban: None,
            bic: None,
            creditor_id: None,
            pay_after_days: 0,
            collect_after_days: 2,
            entries: NonZeroU16::new(5_000).unwrap_or(NonZeroU16::MIN),
            write_every_h: NonZeroU32::new(24).unwrap_or(NonZeroU32::MIN),
            look_every_ms: NonZeroU32::new(10_000).unwrap_or(NonZeroU32::MIN),
            out: "bank/out".into(),
            incoming: "bank/in".into(),
            done: "bank/done".into(),
            bad: "bank/bad".into(),
        }
    }
}

impl Bank {
    /// Whether there is an account: then files of payments can be written, by this server or by command.
    pub(super) const fn is_known(&self) -> bool {
        self.enabled || self.iban.is_some()
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let most = usize::from(self.entries.get());
        ensure!(most <= MAX_ENTRIES, "bank.entries: {MAX_ENTRIES} at most");
        ensure!(self.collect_after_days > 0, "bank.collect_after_days: banks ask for one day at least");
        if self.is_known() {
            self.terms()?;
        }
        Ok(())
    }

    /// How files for the bank are made.
    pub(crate) fn terms(&self) -> anyhow::Result<Terms> {
        let iban = self.iban.as_deref().context("bank.iban: our account has to be known")?;
        let holder = Label::parse(&self.holder).context("bank.holder")?;
        Ok(Terms {
            initiator: holder.clone(),
            account: BankAccount {
                holder,
                iban: Iban::parse(iban).context("bank.iban")?,
                bic: self.bic.as_deref().map(Bic::parse).transpose().context("bank.bic")?,
            },
            creditor: self
                .creditor_id
                .as_deref()
                .map(CreditorId::parse)
                .transpose()
                .context("bank.creditor_id")?,
            pay_after_days: self.pay_after_days,
            collect_after_days: self.collect_after_days,
            entries: self.entries.get(),
        })
    }

    /// Our account as letters name it, if it is known.
    pub(crate) fn pay_to(&self) -> anyhow::Result<Option<Label>> {
        let Some(iban) = self.iban.as_deref() else { return Ok(None) };
        // The longest name of a holder leaves no room for more.
        let named = Label::parse(&format!("{iban} ({})", self.holder)).or_else(|_| Label::parse(iban));
        named.map(Some).context("bank.iban")
    }

    pub(crate) fn folders(&self, config: &Config) -> Folders {
        Folders {
            outgoing: config.path(&self.out),
            incoming: config.path(&self.incoming),
            done: config.path(&self.done),
            bad: config.path(&self.bad),
        }
    }

    pub(crate) fn rhythm(&self) -> Rhythm {
        Rhythm {
            look: Duration::from_millis(u64::from(self.look_every_ms.get())),
            write_every_ms: i64::from(self.write_every_h.get()).saturating_mul(HOUR_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parse(text: &str) -> anyhow::Result<Config> {
        Config::parse(text, "/srv/meteore".into())
    }

    #[test]
    fn a_mistake_is_reported_with_the_key_it_is_in() {
        const IBAN: &str = "iban = 'DE89370400440532013000'\n";
        for (text, expected) in [
            ("enabled = true".to_owned(), "bank.iban"),
            ("iban = 'DE00370400440532013000'".to_owned(), "bank.iban"),
            (format!("{IBAN}bic = 'x'"), "bank.bic"),
            (format!("{IBAN}creditor_id = 'DE00ZZZ09999999999'"), "bank.creditor_id"),
            (format!("{IBAN}holder = ''"), "bank.holder"),
            ("collect_after_days = 0".to_owned(), "bank.collect_after_days"),
            ("entries = 60000".to_owned(), "bank.entries"),
            ("write_every_h = 0".to_owned(), "write_every_h"),
        ] {
            let error = format!("{:#}", parse(&format!("[bank]\n{text}")).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn letters_name_our_account_and_its_holder() {
        let pay_to = |text: &str| parse(text).unwrap().terms().unwrap().pay_to.map(|to| to.to_string());
        assert_eq!(pay_to(""), None);
        let ours = "[bank]\nholder = 'City Transport'\niban = 'DE89370400440532013000'";
        assert_eq!(pay_to(ours).as_deref(), Some("DE89370400440532013000 (City Transport)"));
        let long = ours.replace("City", &"x".repeat(100));
        assert_eq!(pay_to(&long).as_deref(), Some("DE89370400440532013000"));
    }

    #[test]
    fn folders_start_from_the_folder_of_the_file() {
        let config = parse("[bank]\nin = '/var/bank/in'").unwrap();
        let folders = config.bank.folders(&config);
        assert_eq!(folders.incoming.to_str(), Some("/var/bank/in"));
        assert_eq!(folders.outgoing.to_str(), Some("/srv/meteore/bank/out"));
    }
}
