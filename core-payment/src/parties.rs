//! Who banks here: registering parties, their sealed data, and what a writer remembers of them.

mod details;
mod erase;
mod reach;
mod withdraw;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use payment_domain::{
    AccountKind, Currency, EmailAddress, MerchantId, Money, Msisdn, PartyId, Pseudonym, Role, Timestamp,
};
use payment_message::Invitation;
use payment_trust::{SealError, Sealer};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use details::SealedDetails;
pub use details::{BankDetails, Callback, Details, InvalidCallback, InvalidSite, Mandate, Site};
pub use erase::{Erase, EraseError};
pub use reach::{Move, ReachError, Reached};
pub use withdraw::{Means, Withdraw, WithdrawError};

use crate::act::PartyView;
use crate::storage::party::{AccountRef, PartyRow};
use crate::storage::{Conn, StorageError, party};

/// A party to register.
#[derive(Debug, Clone)]
pub struct NewParty {
    /// Its name, for good.
    pub name: PartyId,
    /// What it may become by enrolment.
    pub role: Role,
    /// Its accounts.
    pub accounts: Vec<NewAccount>,
    /// Its telephone number, sealed.
    pub msisdn: Option<Msisdn>,
    /// How it pays, or is paid, through an external system, sealed.
    pub external: Option<ExternalInstrument>,
    /// How to reach and pay it, sealed.
    pub details: Details,
}

/// What is to change about a party; what is `None` stays.
#[derive(Debug, Clone)]
pub struct ChangeParty {
    /// Which.
    pub name: PartyId,
    /// Suspended or active.
    pub active: Option<bool>,
    /// How it pays, or is paid, through an external system.
    pub external: Option<ExternalInstrument>,
    /// How to reach and pay it: replaces all of it.
    pub details: Option<Details>,
}

/// An account to open.
#[derive(Debug, Clone)]
pub enum NewAccount {
    /// Receives payments.
    Merchant {
        /// Its currency.
        currency: Currency,
    },
    /// Pays from what was paid in.
    Prepaid {
        /// Its currency.
        currency: Currency,
    },
    /// The same, but what is in it expires so long after the last top-up as the policy says.
    Voucher {
        /// Its currency.
        currency: Currency,
    },
    /// Pays now and is billed later, up to a limit.
    Postpaid {
        /// How far it may be overdrawn; its currency is the account's.
        credit_limit: Money,
    },
}

impl NewAccount {
    /// Its kind as stored, and how far it may be overdrawn.
    pub(crate) const fn terms(&self) -> (&'static str, Money) {
        match self {
            Self::Merchant { currency } => ("merchant", Money::zero(*currency)),
            Self::Prepaid { currency } | Self::Voucher { currency } => ("prepaid", Money::zero(*currency)),
            Self::Postpaid { credit_limit } => ("postpaid", *credit_limit),
        }
    }
}

/// What an external payment system needs to charge a consumer: `SYSTEM:TOKEN`. Bank data: sealed at rest, never shown
/// (R40, R47).
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalInstrument {
    system: String,
    token: String,
}

/// Text that is no instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an external instrument is written SYSTEM:TOKEN")]
pub struct InvalidInstrument;

impl ExternalInstrument {
    /// Reads `SYSTEM:TOKEN`.
    ///
    /// # Errors
    /// [`InvalidInstrument`].
    pub fn parse(text: &str) -> Result<Self, InvalidInstrument> {
        let (system, token) = text.split_once(':').ok_or(InvalidInstrument)?;
        let named = PartyId::parse(system).is_ok();
        let plain = (1..=200).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        if named && plain {
            Ok(Self { system: system.to_owned(), token: token.to_owned() })
        } else {
            Err(InvalidInstrument)
        }
    }

    /// The external system.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The token, for that system only.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    fn reveal(&self) -> String {
        format!("{}:{}", self.system, self.token)
    }
}

impl fmt::Debug for ExternalInstrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalInstrument({}, sealed)", self.system)
    }
}

/// What is kept of an invitation: enough to recognise it, not to use it.
pub(crate) fn invitation_hash(invitation: &Invitation) -> Vec<u8> {
    digest(&SHA256, format!("METEORE/v1/invitation\0{}", invitation.reveal()).as_bytes()).as_ref().to_vec()
}

/// The personal and secret columns of a party, as sealed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Sealed {
    pseudonym_secret: [u8; 32],
    msisdn: Option<String>,
    external: Option<String>,
    #[serde(default)]
    details: SealedDetails,
}

/// Seals what is personal about a new party.
pub(crate) fn seal(sealer: &Sealer, new: &NewParty) -> Result<Vec<u8>, SealError> {
    let secret = payment_trust::consumer_secret()?;
    let sealed = Sealed {
        pseudonym_secret: *secret,
        msisdn: new.msisdn.as_ref().map(|msisdn| msisdn.reveal().to_owned()),
        external: new.external.as_ref().map(ExternalInstrument::reveal),
        details: SealedDetails::of(&new.details),
    };
    seal_as(sealer, &new.name, &sealed)
}

fn seal_as(sealer: &Sealer, name: &PartyId, sealed: &Sealed) -> Result<Vec<u8>, SealError> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(sealed).map_err(|_| SealError::NotAuthentic)?);
    sealer.seal(&context(name.as_str()), &plain)
}

/// The look-up key of a telephone number.
pub(crate) fn msisdn_index(sealer: &Sealer, msisdn: &Msisdn) -> Vec<u8> {
    sealer.blind_index("party.msisdn", msisdn.reveal().as_bytes()).to_vec()
}

fn context(name: &str) -> String {
    format!("party.sealed/{name}")
}

/// A party as a writer knows it. Balances are not part of it: they are read under lock.
pub(crate) struct Party {
    pub(crate) id: i64,
    pub(crate) name: PartyId,
    pub(crate) role: Role,
    pub(crate) active: bool,
    /// Whether nobody has identified it (AMLD5 art. 12): neither telephone number, e-mail address nor bank account.
    pub(crate) anonymous: bool,
    pub(crate) external: Option<ExternalInstrument>,
    pub(crate) details: Details,
    pub(crate) accounts: Vec<AccountRef>,
    sealed: Sealed,
}

/// How a party is reached and paid, without its accounts.
pub(crate) fn details_of(sealer: &Sealer, row: &PartyRow) -> Result<Details, StorageError> {
    unseal(sealer, row)?.details.read().ok_or(StorageError::Corrupt("party"))
}

/// The telephone number that a party is enrolled with.
pub(crate) fn number_of(sealer: &Sealer, row: &PartyRow) -> Result<Option<Msisdn>, StorageError> {
    let number = unseal(sealer, row)?.msisdn.as_deref().map(Msisdn::parse).transpose();
    number.map_err(|_| StorageError::Corrupt("party"))
}

fn unseal(sealer: &Sealer, row: &PartyRow) -> Result<Sealed, StorageError> {
    let corrupt = || StorageError::Corrupt("party");
    let plain = sealer.open(&context(&row.name), &row.sealed).map_err(|_| corrupt())?;
    serde_json::from_slice(&plain).map_err(|_| corrupt())
}

impl Party {
    /// Loads a party's accounts and unseals it.
    pub(crate) fn load(conn: &mut Conn, sealer: &Sealer, row: PartyRow) -> Result<Self, StorageError> {
        let accounts = party::accounts_of(conn, row.id)?;
        Self::read(sealer, row, accounts)
    }

    fn read(sealer: &Sealer, row: PartyRow, accounts: Vec<AccountRef>) -> Result<Self, StorageError> {
        let sealed = unseal(sealer, &row)?;
        let external = sealed.external.as_deref().map(ExternalInstrument::parse).transpose();
        let details = sealed.details.read().ok_or(StorageError::Corrupt("party"))?;
        Ok(Self {
            id: row.id,
            name: PartyId::parse(&row.name).map_err(|_| StorageError::Corrupt("party"))?,
            role: Role::parse(&row.role).map_err(|_| StorageError::Corrupt("party"))?,
            active: row.state == "active",
            external: external.map_err(|_| StorageError::Corrupt("party"))?,
            anonymous: sealed.msisdn.is_none() && details.email.is_none() && details.bank.is_none(),
            details,
            accounts,
            sealed,
        })
    }

    /// Its account in a currency.
    pub(crate) fn account_in(&self, currency: Currency) -> Option<&AccountRef> {
        self.accounts.iter().find(|account| account.currency == currency.as_str())
    }

    /// Its bank account, where money goes or comes from.
    pub(crate) fn bank(&self) -> Option<BankDetails> {
        self.details.bank.clone()
    }

    /// The same party with other ways to pay and reach it, sealed anew.
    pub(crate) fn seal_with(
        &self,
        sealer: &Sealer,
        external: Option<&ExternalInstrument>,
        details: &Details,
    ) -> Result<Vec<u8>, SealError> {
        let sealed = Sealed {
            pseudonym_secret: self.sealed.pseudonym_secret,
            msisdn: self.sealed.msisdn.clone(),
            external: external.map(ExternalInstrument::reveal),
            details: SealedDetails::of(details),
        };
        seal_as(sealer, &self.name, &sealed)
    }

    /// The same party, reached elsewhere, sealed anew.
    fn seal_reached(
        &self,
        sealer: &Sealer,
        email: Move<EmailAddress>,
        msisdn: Move<Msisdn>,
    ) -> Result<Vec<u8>, SealError> {
        let email = email.from(self.details.email.clone());
        let sealed = Sealed {
            pseudonym_secret: self.sealed.pseudonym_secret,
            msisdn: msisdn.map(|msisdn| msisdn.reveal().to_owned()).from(self.sealed.msisdn.clone()),
            external: self.external.as_ref().map(ExternalInstrument::reveal),
            details: SealedDetails::of(&Details { email, ..self.details.clone() }),
        };
        seal_as(sealer, &self.name, &sealed)
    }

    /// The same party without anything personal but the secret behind its pseudonyms, sealed anew.
    pub(crate) fn seal_bare(&self, sealer: &Sealer) -> Result<Vec<u8>, SealError> {
        let sealed = Sealed {
            pseudonym_secret: self.sealed.pseudonym_secret,
            msisdn: None,
            external: None,
            details: SealedDetails::default(),
        };
        seal_as(sealer, &self.name, &sealed)
    }

    /// Whether nothing personal is on file.
    pub(crate) fn is_bare(&self) -> bool {
        self.anonymous && self.external.is_none() && self.details == Details::default()
    }

    /// What other rooms may know of it.
    pub(crate) fn view(&self) -> PartyView {
        let accounts = self.accounts.iter().filter_map(|account| {
            Some((account.id, account.kind.clone(), Currency::parse(&account.currency).ok()?))
        });
        PartyView {
            id: self.id,
            name: self.name.clone(),
            role: self.role.clone(),
            active: self.active,
            external: self.external.clone(),
            details: self.details.clone(),
            accounts: accounts.collect(),
        }
    }

    /// How a merchant sees this consumer.
    pub(crate) fn pseudonym_for(&self, merchant: &MerchantId) -> Pseudonym {
        payment_trust::pseudonym(&self.sealed.pseudonym_secret, merchant)
    }
}

/// The consumer account kinds that hold money.
pub(crate) fn account_kind(kind: &str) -> Option<AccountKind> {
    match kind {
        "prepaid" => Some(AccountKind::Prepaid),
        "postpaid" => Some(AccountKind::Postpaid),
        _ => None,
    }
}

/// Parties that one writer has met, for a while: a suspension is seen within [`Known::FRESH_MS`].
#[derive(Default)]
pub(crate) struct Known {
    by_name: HashMap<PartyId, (Arc<Party>, Timestamp)>,
    by_index: HashMap<Vec<u8>, PartyId>,
    by_id: HashMap<i64, PartyId>,
}

impl Known {
    /// How long a party is remembered.
    const FRESH_MS: i64 = 10_000;
    /// How many are remembered.
    const MOST: usize = 50_000;

    fn fresh(&self, name: &PartyId, now: Timestamp) -> Option<&Arc<Party>> {
        let (party, loaded_at) = self.by_name.get(name)?;
        (now.millis_since(*loaded_at) < Self::FRESH_MS).then_some(party)
    }

    /// Loads together those of these parties that are not known.
    pub(crate) fn meet(
        &mut self,
        conn: &mut Conn,
        sealer: &Sealer,
        ids: &[i64],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let is_known = |id: &i64| self.by_id.get(id).is_some_and(|name| self.fresh(name, now).is_some());
        let unknown: Vec<i64> = ids.iter().copied().filter(|id| !is_known(id)).collect();
        if !unknown.is_empty() {
            for (row, accounts) in party::by_ids(conn, &unknown)? {
                self.insert(Party::read(sealer, row, accounts)?, now);
            }
        }
        Ok(())
    }

    /// A party by name.
    pub(crate) fn named(
        &mut self,
        conn: &mut Conn,
        sealer: &Sealer,
        name: &PartyId,
        now: Timestamp,
    ) -> Result<Option<Arc<Party>>, StorageError> {
        if let Some(party) = self.fresh(name, now) {
            return Ok(Some(Arc::clone(party)));
        }
        let row = party::by_name(conn, name.as_str())?;
        self.remember(conn, sealer, row, now)
    }

    /// A party by number.
    pub(crate) fn numbered(
        &mut self,
        conn: &mut Conn,
        sealer: &Sealer,
        id: i64,
        now: Timestamp,
    ) -> Result<Option<Arc<Party>>, StorageError> {
        if let Some(name) = self.by_id.get(&id).cloned() {
            return self.named(conn, sealer, &name, now);
        }
        let row = party::by_id(conn, id)?;
        self.remember(conn, sealer, row, now)
    }

    /// Forgets a party that has changed.
    pub(crate) fn forget(&mut self, id: i64) {
        if let Some(name) = self.by_id.remove(&id) {
            self.by_name.remove(&name);
        }
    }

    /// A party by telephone number.
    pub(crate) fn reached_by(
        &mut self,
        conn: &mut Conn,
        sealer: &Sealer,
        msisdn: &Msisdn,
        now: Timestamp,
    ) -> Result<Option<Arc<Party>>, StorageError> {
        let index = msisdn_index(sealer, msisdn);
        if let Some(name) = self.by_index.get(&index).cloned() {
            // Whoever left, or changed their number, does not have it any more: then somebody else may.
            let theirs = self.named(conn, sealer, &name, now)?;
            let theirs = theirs.filter(|party| party.sealed.msisdn.as_deref() == Some(msisdn.reveal()));
            if theirs.is_some() {
                return Ok(theirs);
            }
            self.by_index.remove(&index);
        }
        let row = party::by_msisdn(conn, &index)?;
        let found = self.remember(conn, sealer, row, now)?;
        if let Some(party) = &found {
            self.by_index.insert(index, party.name.clone());
        }
        Ok(found)
    }

    fn remember(
        &mut self,
        conn: &mut Conn,
        sealer: &Sealer,
        row: Option<PartyRow>,
        now: Timestamp,
    ) -> Result<Option<Arc<Party>>, StorageError> {
        let Some(row) = row else { return Ok(None) };
        Ok(Some(self.insert(Party::load(conn, sealer, row)?, now)))
    }

    fn insert(&mut self, party: Party, now: Timestamp) -> Arc<Party> {
        if self.by_name.len() >= Self::MOST {
            *self = Self::default();
        }
        let party = Arc::new(party);
        self.by_id.insert(party.id, party.name.clone());
        self.by_name.insert(party.name.clone(), (Arc::clone(&party), now));
        party
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruments_are_never_shown() {
        let instrument = ExternalInstrument::parse("simulator:approve-4242").unwrap();
        assert!(!format!("{instrument:?}").contains("4242"));
        assert_eq!((instrument.system(), instrument.token()), ("simulator", "approve-4242"));
        assert!(ExternalInstrument::parse("simulator").is_err());
        assert!(ExternalInstrument::parse("simulator:").is_err());
    }
}
