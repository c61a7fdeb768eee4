//! How a town comes to be: a PKI, a migrated database, and everybody registered with their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use core_payment::{
    Clock, Core, DatabaseUrl, Details, ExternalInstrument, NewAccount, NewParty, Notary, Settings, Settlement,
};
use payment_domain::{Channel, ConsumerId, Currency, Money, Msisdn, PartyId, RequestId, Role, Timestamp};
use payment_message::{Message, SignError};
use payment_trust::{Credential, Directory, Host, Lifetimes, Plan, Sealer};

use super::{Party, Town, adapter, certify, euros, people};
use crate::clock::{self, MachineClock};
use crate::database::Database;
use crate::random;
use crate::scratch::Scratch;

/// Somebody to be registered.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub name: String,
    pub role: Role,
    pub accounts: Vec<NewAccount>,
    pub msisdn: Option<&'static str>,
    /// Such as `simulator:approve`.
    pub external: Option<String>,
    /// How to reach and pay them.
    pub details: Details,
    /// Paid in beforehand.
    pub top_up: Option<Money>,
    /// When the certificate was issued, and for how long.
    pub certified: (Timestamp, Duration),
}

struct Seal(Credential);

impl Notary for Seal {
    fn sign(&self, message: &Message) -> Result<Vec<u8>, SignError> {
        message.sign(&self.0)
    }
}

impl Newcomer {
    /// A merchant with an account in euros.
    #[must_use]
    pub fn merchant(name: &str) -> Self {
        Self {
            accounts: vec![NewAccount::Merchant { currency: Currency::EUR }],
            ..Self::new(name, Role::Merchant)
        }
    }

    /// A consumer with an app and no account.
    #[must_use]
    pub fn consumer(name: &str) -> Self {
        Self::new(name, Role::Terminal)
    }

    /// A consumer with money in a prepaid account.
    #[must_use]
    pub fn prepaid(name: &str, amount: &str) -> Self {
        let amount = euros(amount);
        let accounts = vec![NewAccount::Prepaid { currency: Currency::EUR }];
        let top_up = (amount.micros() > 0).then_some(amount);
        Self { accounts, top_up, ..Self::consumer(name) }
    }

    /// A consumer with credit.
    #[must_use]
    pub fn postpaid(name: &str, credit: &str) -> Self {
        let accounts = vec![NewAccount::Postpaid { credit_limit: euros(credit) }];
        Self { accounts, ..Self::consumer(name) }
    }

    /// Who pays from outside, too.
    #[must_use]
    pub fn with_external(mut self, instrument: impl Into<String>) -> Self {
        self.external = Some(instrument.into());
        self
    }

    /// Who can be reached and paid, too.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// Who is known by a telephone number, too.
    #[must_use]
    pub fn with_msisdn(mut self, number: &'static str) -> Self {
        self.msisdn = Some(number);
        self
    }

    fn new(name: &str, role: Role) -> Self {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        Self {
            name: name.to_owned(),
            role,
            accounts: Vec::new(),
            msisdn: None,
            external: None,
            details: Details::default(),
            top_up: None,
            certified: (clock::now(), year),
        }
    }
}

impl Town {
    /// A town with its usual people.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub async fn found(database: &Database) -> Result<Self> {
        Self::found_with(database, Vec::new()).await
    }

    /// A town with its usual people and some more.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub async fn found_with(database: &Database, newcomers: Vec<Newcomer>) -> Result<Self> {
        let folder = Scratch::new("town")?;
        let hosts = vec![Host::Dns("localhost".to_owned()), Host::Ip(std::net::Ipv4Addr::LOCALHOST.into())];
        // A little in the past, so that nothing depends on the millisecond.
        let now = clock::now().saturating_add_millis(-60_000);
        let plan = Plan { party: PartyId::parse("meteore")?, hosts, lifetimes: Lifetimes::default() };
        let directory = Directory::init(&folder.path().join("pki"), &plan, now)?;
        Sealer::create(&folder.path().join("sealing.key"))?;
        let mut town = Self { folder, directory, parties: BTreeMap::new() };
        core_payment::migrate(&DatabaseUrl::parse(database.url())?)?;
        town.settle(database, usual().into_iter().chain(newcomers)).await?;
        Ok(town)
    }

    /// Registers people, also while a server runs.
    ///
    /// # Errors
    /// If the core refuses.
    pub async fn settle(
        &mut self,
        database: &Database,
        newcomers: impl IntoIterator<Item = Newcomer>,
    ) -> Result<()> {
        let core = self.core(database)?;
        self.settle_by(&core, newcomers).await?;
        core.shut_down();
        Ok(())
    }

    /// Registers people with a core that is open already.
    ///
    /// # Errors
    /// If the core refuses.
    pub async fn settle_by(
        &mut self,
        core: &Core,
        newcomers: impl IntoIterator<Item = Newcomer>,
    ) -> Result<()> {
        for newcomer in newcomers {
            let party = register(core, &self.directory, &newcomer).await;
            let party = party.with_context(|| format!("cannot register {}", newcomer.name))?;
            self.parties.insert(newcomer.name, Arc::new(party));
        }
        Ok(())
    }

    /// The core on the town's database, in this process. The caller shuts it down.
    ///
    /// # Errors
    /// If it does not open.
    pub fn core(&self, database: &Database) -> Result<Core> {
        self.core_with(database, 1)
    }

    /// The same with several writers.
    ///
    /// # Errors
    /// If it does not open.
    pub fn core_with(&self, database: &Database, writers: usize) -> Result<Core> {
        let settings = Settings {
            writers: Some(writers),
            ..Settings::new(DatabaseUrl::parse(database.url())?, core_payment::policy::eu_default()?)
        };
        self.core_of(settings, Arc::new(MachineClock))
    }

    /// The core with settings and a clock of the caller's.
    ///
    /// # Errors
    /// If it does not open.
    pub fn core_of(&self, settings: Settings, clock: Arc<dyn Clock>) -> Result<Core> {
        self.core_settling(settings, clock, Vec::new())
    }

    /// The same, with what ends the attempts of other rooms.
    ///
    /// # Errors
    /// If it does not open.
    pub fn core_settling(
        &self,
        settings: Settings,
        clock: Arc<dyn Clock>,
        settlements: Vec<Arc<dyn Settlement>>,
    ) -> Result<Core> {
        let notary = Arc::new(Seal(self.directory.cps()?));
        Ok(Core::open_with(settings, notary, self.sealer()?, clock, settlements)?)
    }

    /// What opens personal data.
    ///
    /// # Errors
    /// If the key cannot be read.
    pub fn sealer(&self) -> Result<Arc<Sealer>> {
        Ok(Arc::new(Sealer::load(&self.folder.path().join("sealing.key"))?))
    }
}

async fn register(core: &Core, directory: &Directory, newcomer: &Newcomer) -> Result<Party> {
    let name = PartyId::parse(&newcomer.name)?;
    core.register_party(NewParty {
        name: name.clone(),
        role: newcomer.role.clone(),
        accounts: newcomer.accounts.clone(),
        msisdn: newcomer.msisdn.map(Msisdn::parse).transpose()?,
        external: newcomer.external.as_deref().map(ExternalInstrument::parse).transpose()?,
        details: newcomer.details.clone(),
    })
    .await?;
    let party = certify(directory, &newcomer.name, newcomer.role.clone(), newcomer.certified)?;
    core.register_certificate(party.credential.certificate()).await?;
    if let Some(amount) = newcomer.top_up {
        core.top_up(RequestId::new(random::uuid()), &ConsumerId::new(name), amount).await?;
    }
    Ok(party)
}

fn usual() -> Vec<Newcomer> {
    let mut people: Vec<_> = people::MERCHANTS.into_iter().map(Newcomer::merchant).collect();
    for channel in [Channel::Sms, Channel::Wap, Channel::Web] {
        people.push(Newcomer::new(adapter(channel), Role::Adapter(channel)));
    }
    people.extend([
        Newcomer::prepaid(people::ALICE, "100.00")
            .with_external("simulator:approve")
            .with_msisdn(people::ALICE_NUMBER),
        Newcomer::postpaid(people::BOB, "100.00")
            .with_external("simulator:decline")
            .with_msisdn(people::BOB_NUMBER),
        Newcomer::consumer(people::CAROL).with_external("simulator:slow"),
        Newcomer::consumer(people::DAVE).with_external("simulator:unknown"),
        Newcomer::prepaid(people::ERIN, "0.00"),
    ]);
    people
}
