//! Who lives in the demo's town, and what is sold there.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context as _, bail};
use core_payment::{
    AdminError, BankDetails, Clock as _, Core, Details, ExternalInstrument, Mandate, NewAccount, NewParty,
};
use payment_domain::{
    BankAccount, Channel, ConsumerId, Currency, EmailAddress, Iban, Label, MandateId, Msisdn, PartyId,
    RequestId, Role,
};

use super::mobility::Plan;
use super::passkey::Authenticator;
use super::stage::{Good, Stage, adapter, eur};
use crate::clock::{SystemClock, new_id};
use crate::party;

/// A consumer of the town.
struct Resident {
    name: &'static str,
    account: Purse,
    msisdn: Option<&'static str>,
    external: Option<&'static str>,
    /// What signs for them, beside their adapters.
    key: Key,
}

/// A consumer's own key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// In the app, on a phone.
    App,
    /// A passkey, on a laptop.
    Passkey,
    None,
}

/// What a consumer pays from.
enum Purse {
    Prepaid(&'static str),
    Postpaid(&'static str),
    None,
}

/// Merchant and bank account.
const MERCHANTS: &[(&str, &str)] = &[
    ("parking", "DE89370400440532013000"),
    ("tram", "FR1420041010050500013M02606"),
    ("news", "NL91ABNA0417164300"),
    ("concert", "BE68539007547034"),
];

const RESIDENTS: &[Resident] = &[
    Resident {
        name: "alice",
        account: Purse::Prepaid("20.00"),
        msisdn: None,
        external: Some("simulator:approve"),
        key: Key::App,
    },
    Resident {
        name: "bruno",
        account: Purse::Postpaid("100.00"),
        msisdn: Some("+33612345678"),
        external: Some("simulator:approve"),
        key: Key::Passkey,
    },
    Resident {
        name: "chloe",
        account: Purse::None,
        msisdn: None,
        external: Some("simulator:approve"),
        key: Key::Passkey,
    },
    Resident { name: "dora", account: Purse::Prepaid("1.00"), msisdn: None, external: None, key: Key::None },
    Resident {
        name: "emil",
        account: Purse::None,
        msisdn: None,
        external: Some("simulator:slow"),
        key: Key::App,
    },
    Resident {
        name: "fay",
        account: Purse::None,
        msisdn: None,
        external: Some("simulator:decline"),
        key: Key::App,
    },
];

/// Merchant, item, title, price, and how it is paid.
const OFFERS: &[(&str, &str, &str, &str, Good)] = &[
    ("news", "news-page", "One page of news", "0.002", Good::Item),
    ("tram", "tram-1h", "Tram, one hour", "1.80", Good::Item),
    ("tram", "tram-carnet", "Tram, a carnet", "9.00", Good::Coupon),
    ("parking", "park-1h", "Parking, one hour", "2.50", Good::Item),
    ("parking", "park-evening", "Parking, evening", "6.00", Good::Item),
    ("parking", "park-day", "Parking, one day", "12.00", Good::Item),
    ("parking", "park-until", "Parking, until later", "20.00", Good::Deferred),
    ("concert", "concert", "Concert, one seat", "45.00", Good::Item),
];

/// Where somebody of the town is reached.
pub(crate) fn email(name: &str) -> String {
    format!("{name}@demo.example")
}

/// Registers everybody, lets them enrol through the door, and has the merchants deposit their offers. The merchants share a
/// web server, the consumers a portal.
pub(crate) async fn settle(
    stage: &mut Stage,
    core: &Core,
    (site, portal): (&Plan, &str),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for (merchant, iban) in MERCHANTS {
        let accounts = vec![NewAccount::Merchant { currency: Currency::EUR }];
        let mut details = details(merchant, Some(iban), None)?;
        details.sites = vec![site.site()?];
        details.callback = site.callback()?;
        admit(stage, core, NewParty { details, ..plain(merchant, Role::Merchant, accounts)? }, true).await?;
    }
    let names: Vec<_> = MERCHANTS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "  merchants  {}, enrolled", names.join(", "))?;
    for channel in [Channel::Web, Channel::Wap, Channel::Sms] {
        admit(stage, core, plain(adapter(channel), Role::Adapter(channel), Vec::new())?, true).await?;
    }
    writeln!(out, "  adapters   portal (web), wap-gate, sms-gate, enrolled")?;
    for resident in RESIDENTS {
        settle_resident(stage, core, resident, portal).await?;
        writeln!(out, "  consumer   {:<6} {}", resident.name, resident.describe())?;
    }
    for (merchant, item, title, price, good) in OFFERS {
        stage.deposit(merchant, item, (title, price), *good).await?;
        writeln!(out, "  offer      {title}, EUR {price}, signed by {merchant}")?;
    }
    Ok(())
}

async fn settle_resident(
    stage: &mut Stage,
    core: &Core,
    resident: &Resident,
    portal: &str,
) -> anyhow::Result<()> {
    let accounts = match resident.account {
        Purse::Prepaid(_) => vec![NewAccount::Prepaid { currency: Currency::EUR }],
        Purse::Postpaid(limit) => vec![NewAccount::Postpaid { credit_limit: eur(limit)? }],
        Purse::None => Vec::new(),
    };
    let msisdn = resident.msisdn.map(Msisdn::parse).transpose()?;
    let external = resident.external.map(ExternalInstrument::parse).transpose()?;
    // Whoever is billed later has a bank account, and has signed that it may be debited.
    let (iban, mandate) = match resident.account {
        Purse::Postpaid(_) => (Some("DE02120300000000202051"), Some("METEORE-1")),
        Purse::Prepaid(_) | Purse::None => (None, None),
    };
    let details = details(resident.name, iban, mandate)?;
    let new = NewParty {
        msisdn: msisdn.clone(),
        external,
        details,
        ..plain(resident.name, Role::Terminal, accounts)?
    };
    let name = new.name.clone();
    admit(stage, core, new, resident.key == Key::App).await?;
    if resident.key == Key::Passkey {
        let (authenticator, passkey) = Authenticator::make(name.clone(), portal)?;
        core.register_passkey(passkey).await?;
        stage.equip(&name, authenticator);
    }
    if let Some(number) = msisdn {
        stage.reach(&name, number);
    }
    if let Purse::Prepaid(amount) = resident.account {
        let id = RequestId::new(new_id(SystemClock.now())?);
        core.top_up(id, &ConsumerId::new(name), eur(amount)?).await?;
    }
    Ok(())
}

/// Registers a party and, if it signs for itself, lets it enrol.
async fn admit(stage: &mut Stage, core: &Core, new: NewParty, signs: bool) -> anyhow::Result<()> {
    let (name, role) = (new.name.clone(), new.role.clone());
    match core.register_party(new).await {
        Err(AdminError::Exists) => bail!("{name} exists already: the demo needs an empty database"),
        registered => registered.with_context(|| name.to_string())?,
    }
    if signs {
        let invitation = party::invite(core, &name, &role, Duration::from_secs(600)).await?;
        stage.enrol(&name, &role, invitation).await?;
    }
    Ok(())
}

fn plain(name: &str, role: Role, accounts: Vec<NewAccount>) -> anyhow::Result<NewParty> {
    Ok(NewParty {
        name: PartyId::parse(name)?,
        role,
        accounts,
        msisdn: None,
        external: None,
        details: Details::default(),
    })
}

/// How somebody of the town is reached and paid.
fn details(name: &str, iban: Option<&str>, mandate: Option<&str>) -> anyhow::Result<Details> {
    let signed_at = SystemClock.now();
    let mandate = match mandate {
        Some(id) => Some(Mandate { id: MandateId::parse(id)?, signed_at }),
        None => None,
    };
    let bank = match iban {
        Some(iban) => Some(BankDetails {
            account: BankAccount { holder: Label::parse(name)?, iban: Iban::parse(iban)?, bic: None },
            mandate,
        }),
        None => None,
    };
    let email = EmailAddress::parse(&email(name))?;
    Ok(Details { email: Some(email), bank, ..Details::default() })
}

impl Resident {
    fn describe(&self) -> String {
        let account = match self.account {
            Purse::Prepaid(amount) => format!("prepaid, EUR {amount}"),
            Purse::Postpaid(limit) => format!("postpaid, up to EUR {limit}"),
            Purse::None => "no account".to_owned(),
        };
        let external =
            self.external.map(|external| format!(", pays singly by {external}")).unwrap_or_default();
        let key = match self.key {
            Key::App => ", has the app",
            Key::Passkey => ", has a passkey",
            Key::None => "",
        };
        format!("{account}{external}{key}")
    }
}
