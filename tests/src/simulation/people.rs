//! Who takes part: four merchants, sixteen consumers of every kind, the adapters. Founded once, opened again after every
//! crash: their keys lie in the folder of the simulation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use core_payment::{
    BankDetails, Clock, Core, DatabaseUrl, Details, ExternalInstrument, Mandate, NewAccount, NewParty,
    Notary, Settings,
};
use payment_domain::{
    BankAccount, Channel, Currency, Iban, Label, MandateId, Money, Msisdn, PartyId, Role, Timestamp,
};
use payment_message::{Message, Sender, SenderError, Senders, SignError, StrictEngine, Verified, open};
use payment_trust::{Certificate, Chain, Credential, Directory, Host, Lifetimes, Plan, PrivateKey, Sealer};

use super::office::terms;
use super::stage::Calendar;
use crate::town::Party;

/// They sell in euros; the last one in dollars.
pub const MERCHANTS: [&str; 4] = ["parking", "news", "concert", ABROAD];
/// Sells in dollars.
pub const ABROAD: &str = "abroad";

const ADAPTERS: [(&str, Channel); 3] =
    [("adapter-sms", Channel::Sms), ("adapter-wap", Channel::Wap), ("adapter-web", Channel::Web)];

/// The day that the simulation begins: 2027-01-01.
pub const FIRST_DAY_MS: i64 = 1_798_761_600_000;
/// A day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How a consumer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purse {
    Prepaid,
    Voucher,
    Postpaid,
    /// Only through external systems.
    None,
}

/// A consumer.
#[derive(Debug, Clone, Copy)]
pub struct Consumer {
    pub name: &'static str,
    pub purse: Purse,
    /// The scheme of the external instrument.
    pub external: Option<&'static str>,
    /// Whether there is a bank account, with a mandate.
    pub bank: bool,
    /// Whether anybody knows who it is.
    pub identified: bool,
}

const fn consumer(name: &'static str, purse: Purse, external: Option<&'static str>, bank: bool) -> Consumer {
    Consumer { name, purse, external, bank, identified: true }
}

/// Everybody who buys.
pub const CONSUMERS: [Consumer; 16] = [
    consumer("alice", Purse::Prepaid, Some("card"), true),
    consumer("erin", Purse::Prepaid, Some("card"), true),
    consumer("ines", Purse::Prepaid, Some("card"), false),
    consumer("jana", Purse::Prepaid, Some("wallet"), true),
    consumer("lena", Purse::Prepaid, Some("wallet"), false),
    consumer("marc", Purse::Prepaid, None, true),
    consumer("tara", Purse::Voucher, Some("wallet"), false),
    Consumer { identified: false, ..consumer("uwe", Purse::Prepaid, Some("card"), false) },
    consumer("bob", Purse::Postpaid, Some("card"), true),
    consumer("nora", Purse::Postpaid, Some("wallet"), true),
    consumer("omar", Purse::Postpaid, None, true),
    consumer("petra", Purse::Postpaid, Some("card"), false),
    consumer("quim", Purse::Postpaid, Some("card"), true),
    consumer("sven", Purse::Postpaid, None, false),
    consumer("carol", Purse::None, Some("card"), false),
    consumer("dave", Purse::None, Some("wallet"), false),
];

impl Consumer {
    /// The telephone number of somebody who is known by one.
    #[must_use]
    pub fn msisdn(&self) -> Option<Msisdn> {
        let place = CONSUMERS.iter().position(|other| other.name == self.name)?;
        let number = Msisdn::parse(&format!("+336123456{place:02}")).ok()?;
        self.identified.then_some(number)
    }

    fn details(&self) -> Result<Details> {
        let mandate = Mandate { id: MandateId::parse(&format!("M-{}", self.name))?, signed_at: day_start(0) };
        let bank = self.bank.then(|| bank_of(self.name, Some(mandate))).transpose()?;
        Ok(Details { bank, ..Details::default() })
    }

    fn accounts(&self) -> Vec<NewAccount> {
        let currency = Currency::EUR;
        match self.purse {
            Purse::Prepaid => vec![NewAccount::Prepaid { currency }],
            Purse::Voucher => vec![NewAccount::Voucher { currency }],
            Purse::Postpaid => {
                vec![NewAccount::Postpaid { credit_limit: Money::from_micros(120_000_000, currency) }]
            }
            Purse::None => Vec::new(),
        }
    }

    fn external(&self) -> Result<Option<ExternalInstrument>> {
        let instrument = self.external.map(|scheme| format!("{scheme}:{}", self.name));
        Ok(instrument.map(|text| ExternalInstrument::parse(&text)).transpose()?)
    }
}

fn bank_of(name: &str, mandate: Option<Mandate>) -> Result<BankDetails> {
    let iban = Iban::parse("DE89370400440532013000")?;
    Ok(BankDetails { account: BankAccount { holder: Label::parse(name)?, iban, bic: None }, mandate })
}

/// The beginning of a day, counted from zero.
///
/// # Panics
/// If the simulation goes on beyond the year 9999.
#[must_use]
pub fn day_start(day: u32) -> Timestamp {
    Timestamp::from_millis(FIRST_DAY_MS + i64::from(day) * DAY_MS).expect("before the year 10000")
}

/// Dollars, for those who are paid abroad.
///
/// # Panics
/// Never.
#[must_use]
pub fn dollars() -> Currency {
    Currency::parse("USD").expect("a currency")
}

/// An installation, and everybody's keys.
pub struct People {
    directory: Directory,
    folder: PathBuf,
    parties: HashMap<String, Arc<Party>>,
    senders: HashMap<Vec<u8>, Arc<Sender>>,
}

struct Seal(Credential);

impl Notary for Seal {
    fn sign(&self, message: &Message) -> Result<Vec<u8>, SignError> {
        message.sign(&self.0)
    }
}

impl People {
    /// Makes the PKI and the keys, migrates the database, registers everybody. All of it holds for forty years.
    ///
    /// # Errors
    /// If something cannot be made.
    pub async fn found(folder: &Path, database: &str) -> Result<Self> {
        let (now, years) = (day_start(0).saturating_add_millis(-DAY_MS), |years: u64| {
            Duration::from_secs(years * 365 * 24 * 60 * 60)
        });
        let lifetimes =
            Lifetimes { root: years(45), issuing: years(44), cps: years(43), ..Lifetimes::default() };
        let hosts = vec![Host::Dns("localhost".to_owned())];
        let plan = Plan { party: PartyId::parse("meteore")?, hosts, lifetimes };
        let directory = Directory::init(&folder.join("pki"), &plan, now.saturating_add_millis(-DAY_MS))?;
        Sealer::create(&folder.join("sealing.key"))?;
        std::fs::create_dir_all(folder.join("people"))?;
        for newcomer in everybody()? {
            let key = PrivateKey::generate()?;
            let certificate =
                directory.issue(&newcomer.name, &newcomer.role, &key.public_key()?, years(42), now)?;
            key.save(&key_file(folder, newcomer.name.as_str()))?;
            std::fs::write(certificate_file(folder, newcomer.name.as_str()), certificate.to_pem())?;
        }
        core_payment::migrate(&DatabaseUrl::parse(database)?)?;
        let people = Self::open(folder)?;
        let core = people.core(people.settings(database)?, Arc::new(Calendar::at(now)))?;
        for newcomer in everybody()? {
            let party = people.party(newcomer.name.as_str());
            core.register_party(newcomer).await.with_context(|| format!("cannot register {}", party.id))?;
            core.register_certificate(party.credential.certificate()).await?;
        }
        core.shut_down();
        Ok(people)
    }

    /// Reads what was founded.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let directory = Directory::open(&folder.join("pki"))?;
        let (mut parties, mut senders) = (HashMap::new(), HashMap::new());
        for newcomer in everybody()? {
            let name = newcomer.name.as_str();
            let certificate = Certificate::from_pem(&std::fs::read(certificate_file(folder, name))?)?;
            senders.insert(certificate.der().to_vec(), Arc::new(certificate.to_sender()));
            let credential = Credential::new(PrivateKey::load(&key_file(folder, name))?, certificate)?;
            let party = Party { id: newcomer.name.clone(), role: newcomer.role.clone(), credential };
            parties.insert(name.to_owned(), Arc::new(party));
        }
        Ok(Self { directory, folder: folder.to_owned(), parties, senders })
    }

    /// Somebody by name.
    ///
    /// # Panics
    /// If nobody is called that.
    #[must_use]
    pub fn party(&self, name: &str) -> Arc<Party> {
        Arc::clone(self.parties.get(name).unwrap_or_else(|| panic!("nobody is called {name}")))
    }

    /// Opens a message of somebody.
    ///
    /// # Errors
    /// If it does not verify.
    pub fn verify(&self, document: &[u8]) -> Result<Verified<Message>> {
        Ok(open(&StrictEngine, document, self)?)
    }

    /// How the core is set up here: two writers, where the database takes two.
    ///
    /// # Errors
    /// If the policy or the database's URL cannot be read.
    pub fn settings(&self, database: &str) -> Result<Settings> {
        let mut policy = core_payment::policy::eu_default()?;
        // Somebody has a voucher.
        policy.prepaid.expires_after_months = Some(6);
        policy.coupon_banks = super::bank::COUPON_BANKS.map(str::to_owned).into();
        let url = DatabaseUrl::parse(database)?;
        let writers = if database.starts_with("sqlite:") { 1 } else { 2 };
        Ok(Settings { writers: Some(writers), routes: super::bank::routes()?, ..Settings::new(url, policy) })
    }

    /// The core, in this process.
    ///
    /// # Errors
    /// If it does not open.
    pub fn core(&self, settings: Settings, clock: Arc<dyn Clock>) -> Result<Core> {
        let notary = Arc::new(Seal(self.directory.cps()?));
        Ok(Core::open_with(settings, notary, self.sealer()?, clock, aggregation::rooms(&terms()?))?)
    }

    /// What opens personal data.
    ///
    /// # Errors
    /// If the key cannot be read.
    pub fn sealer(&self) -> Result<Arc<Sealer>> {
        Ok(Arc::new(Sealer::load(&self.folder.join("sealing.key"))?))
    }

    /// The root and the issuing authority.
    ///
    /// # Errors
    /// If the PKI cannot be read.
    pub fn chain(&self) -> Result<Chain> {
        Ok(self.directory.chain()?)
    }
}

impl Senders for People {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        self.senders.get(certificate_hint).cloned().ok_or(SenderError::Unknown)
    }
}

fn everybody() -> Result<Vec<NewParty>> {
    let mut everybody = Vec::new();
    let party = |name: &str, role| -> Result<NewParty> {
        let name = PartyId::parse(name)?;
        let details = Details::default();
        Ok(NewParty { name, role, accounts: Vec::new(), msisdn: None, external: None, details })
    };
    for name in MERCHANTS {
        let currency = if name == ABROAD { dollars() } else { Currency::EUR };
        let accounts = vec![NewAccount::Merchant { currency }];
        let merchant = NewParty { accounts, ..party(name, Role::Merchant)? };
        everybody.push(if name == ABROAD {
            // Bank accounts are paid in euros only.
            NewParty { external: Some(ExternalInstrument::parse("wallet:abroad")?), ..merchant }
        } else {
            NewParty {
                details: Details { bank: Some(bank_of(name, None)?), ..Details::default() },
                ..merchant
            }
        });
    }
    for (name, channel) in ADAPTERS {
        everybody.push(party(name, Role::Adapter(channel))?);
    }
    for consumer in CONSUMERS {
        everybody.push(NewParty {
            accounts: consumer.accounts(),
            msisdn: consumer.msisdn(),
            external: consumer.external()?,
            details: consumer.details()?,
            ..party(consumer.name, Role::Terminal)?
        });
    }
    Ok(everybody)
}

fn key_file(folder: &Path, name: &str) -> PathBuf {
    folder.join("people").join(format!("{name}.key"))
}

fn certificate_file(folder: &Path, name: &str) -> PathBuf {
    folder.join("people").join(format!("{name}.pem"))
}
