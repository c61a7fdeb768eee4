//! Opening an account: a party at the core, and the person whose it is. If this ends between the two, a party without
//! anybody is left, which nobody can ever use.

use core_payment::{AdminError, BankDetails, Details, NewAccount, NewParty};
use payment_domain::{BankAccount, Bic, Currency, EmailAddress, Iban, Label, PartyId, Role, Timestamp};
use payment_trust::Sealer;
use thiserror::Error;

use super::{Known, Reach};
use crate::storage::people::{self as storage, PersonRow};
use crate::storage::{StorageError, Store, StoreError, Tx};
use crate::web::{Audience, Fault, MemberRole, Randomness, Visitor, new_id};
use crate::words::Locale;

/// A merchant's name and where it is paid.
#[derive(Debug, Clone)]
pub(super) struct Business {
    /// Its name, which is also that of the account's holder.
    pub(super) name: Label,
    pub(super) iban: Iban,
    pub(super) bic: Option<Bic>,
    /// Where statements and advices go.
    pub(super) email: EmailAddress,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// The person.
    Person(i64),
    /// Somebody is reached there already, or was until the account was closed.
    Taken,
}

/// A member to be.
pub(super) struct NewMember {
    pub(super) party: PartyId,
    pub(super) role: MemberRole,
    pub(super) known: Known,
}

/// Somebody who is let in by whoever administers the system, for a party that exists.
#[derive(Debug, Clone)]
pub struct Admission {
    /// For whom they act.
    pub party: PartyId,
    /// What they may do.
    pub role: MemberRole,
    /// Where their codes are sent.
    pub reach: Reach,
    /// What they are called.
    pub name: Option<Label>,
    /// In which language they are written to.
    pub locale: Locale,
}

/// Why somebody is not let in.
#[derive(Debug, Error)]
pub enum AdmissionError {
    /// There is no such party.
    #[error("there is no such party")]
    NoSuchParty,
    /// Neither a merchant nor a consumer.
    #[error("only merchants and consumers have portals to sign in at")]
    NobodySignsIn,
    /// Somebody signs in with that address or number.
    #[error("somebody signs in with that address or number already")]
    Taken,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness, or nothing can be sealed.
    #[error("nothing can be sealed here")]
    Internal,
}

/// Opens an account for whoever is reached there.
pub(super) async fn open(
    visitor: &Visitor,
    currency: Currency,
    reach: &Reach,
    name: Option<Label>,
    business: Option<Business>,
) -> Result<Opened, Fault> {
    let core = &visitor.portal().core;
    let known = Known::reached_at(reach, name);
    let new = match business {
        Some(business) => merchant(&*visitor.portal().randomness, currency, business)?,
        None => consumer(&*visitor.portal().randomness, currency, reach)?,
    };
    let party = match core.register_party(new.clone()).await {
        Ok(()) => new.name,
        // This number pays by text message already: whoever has it, has that account.
        Err(AdminError::Exists) if new.msisdn.is_some() => match known_by_phone(visitor, reach).await? {
            Some(party) => party,
            None => return Ok(Opened::Taken),
        },
        Err(error) => return Err(error.into()),
    };
    insert(visitor, NewMember { party, role: MemberRole::Owner, known }).await
}

/// The consumer with this telephone number, unless somebody signs in for them already.
async fn known_by_phone(visitor: &Visitor, reach: &Reach) -> Result<Option<PartyId>, Fault> {
    let Reach::Phone(phone) = reach.clone() else { return Ok(None) };
    let core = visitor.portal().core.clone();
    let found = tokio::task::spawn_blocking(move || core.consumer_with(&phone)).await;
    let Some(party) = found.map_err(Fault::internal)?? else { return Ok(None) };
    let name = party.as_str().to_owned();
    let anybody = visitor
        .read(move |conn| match storage::party_number(conn, &name)? {
            Some(number) => Ok(!storage::team(conn, number)?.is_empty()),
            None => Ok(true),
        })
        .await?;
    Ok(if anybody { None } else { Some(party) })
}

/// Adds a person to a party.
pub(super) async fn insert(visitor: &Visitor, new: NewMember) -> Result<Opened, Fault> {
    let portal = visitor.portal();
    let id = new_id(visitor.now(), &*portal.randomness).map_err(Fault::internal)?;
    let row = row(portal.store.sealer(), portal.audience, visitor.locale(), (id, visitor.now()), &new)?;
    let inserted = portal.store.write(move |tx| add(tx, new.party.as_str(), row)).await?;
    if inserted {
        tracing::info!(target: "security", person = id, audience = portal.audience.as_str(), "an account was opened");
    }
    Ok(if inserted { Opened::Person(id) } else { Opened::Taken })
}

/// Lets somebody sign in for a merchant or consumer that is registered already. A team may change what they are later.
///
/// # Errors
/// [`AdmissionError`].
pub async fn admit(
    store: &Store,
    randomness: &dyn Randomness,
    now: Timestamp,
    admission: Admission,
) -> Result<Audience, AdmissionError> {
    let Admission { party, role, reach, name, locale } = admission;
    let known = party.as_str().to_owned();
    let found = store.read(move |conn| storage::party_role(conn, &known)).await?;
    let audience = match found.as_ref().map(|(_, role)| Role::parse(role)) {
        Some(Ok(Role::Merchant)) => Audience::Merchants,
        Some(Ok(Role::Terminal)) => Audience::Consumers,
        Some(_) => return Err(AdmissionError::NobodySignsIn),
        None => return Err(AdmissionError::NoSuchParty),
    };
    let id = new_id(now, randomness).map_err(|_| AdmissionError::Internal)?;
    let new = NewMember { party, role, known: Known::reached_at(&reach, name) };
    let row = row(store.sealer(), audience, locale, (id, now), &new).map_err(|_| AdmissionError::Internal)?;
    if !store.write(move |tx| add(tx, new.party.as_str(), row)).await? {
        return Err(AdmissionError::Taken);
    }
    tracing::info!(target: "security", person = id, audience = audience.as_str(), "somebody was let in");
    Ok(audience)
}

fn row(
    sealer: &Sealer,
    audience: Audience,
    locale: Locale,
    (id, now): (i64, Timestamp),
    new: &NewMember,
) -> Result<PersonRow, Fault> {
    let index = |reach: Option<Reach>| reach.map(|reach| reach.index(sealer).to_vec());
    Ok(PersonRow {
        id,
        audience: audience.as_str().to_owned(),
        party: 0,
        role: new.role.as_str().to_owned(),
        state: "active".to_owned(),
        sealed: new.known.seal(sealer, id).map_err(Fault::internal)?,
        email_index: index(new.known.email.clone().map(Reach::Email)),
        phone_index: index(new.known.phone.clone().map(Reach::Phone)),
        language: locale.as_str().to_owned(),
        created_at: now.as_millis(),
    })
}

fn add(tx: &mut Tx<'_>, party: &str, row: PersonRow) -> Result<bool, StorageError> {
    let number = storage::party_number(tx.conn(), party)?;
    storage::insert_person(tx, &PersonRow { party: number.ok_or(StorageError::Corrupt("party"))?, ..row })
}

fn consumer(randomness: &dyn Randomness, currency: Currency, reach: &Reach) -> Result<NewParty, Fault> {
    let (email, msisdn) = match reach.clone() {
        Reach::Email(email) => (Some(email), None),
        Reach::Phone(phone) => (None, Some(phone)),
    };
    Ok(NewParty {
        name: random_name(randomness, "c", 20)?,
        role: Role::Terminal,
        accounts: vec![NewAccount::Prepaid { currency }],
        msisdn,
        external: None,
        details: Details { email, ..Details::default() },
    })
}

fn merchant(randomness: &dyn Randomness, currency: Currency, business: Business) -> Result<NewParty, Fault> {
    let Business { name, iban, bic, email } = business;
    let word = slug(name.as_str());
    Ok(NewParty {
        // Consumers see it: it begins as the merchant is called.
        name: random_name(randomness, &word, 5)?,
        role: Role::Merchant,
        accounts: vec![NewAccount::Merchant { currency }],
        msisdn: None,
        external: None,
        details: Details {
            email: Some(email),
            trade_name: Some(name.clone()),
            bank: Some(BankDetails { account: BankAccount { holder: name, iban, bic }, mandate: None }),
            ..Details::default()
        },
    })
}

/// A name that says nothing about anybody but its first word.
fn random_name(randomness: &dyn Randomness, word: &str, letters: usize) -> Result<PartyId, Fault> {
    /// 32 of them, none like another: five bits each.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0_u8; 32];
    randomness.fill(&mut bytes).map_err(Fault::internal)?;
    let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).copied().map_or('0', char::from);
    let random: String = bytes.iter().take(letters).map(letter).collect();
    PartyId::parse(&format!("{word}-{random}")).map_err(Fault::internal)
}

/// A name in letters that a party may be called by.
fn slug(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
    }
    let word: String = word.chars().take(40).collect();
    let word = word.trim_end_matches('-');
    if word.is_empty() { "merchant".to_owned() } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::NoRandomness;

    struct Counting;

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.iter_mut().zip(0..).for_each(|(byte, number)| *byte = number);
            Ok(())
        }
    }

    #[test]
    fn a_party_name_says_nothing_about_a_consumer_and_begins_as_a_merchant_is_called() {
        assert_eq!(random_name(&Counting, "c", 20).unwrap().as_str(), "c-abcdefghjkmnpqrstuvw");
        assert_eq!(slug("Café  Müller & Söhne"), "caf-m-ller-s-hne");
        assert_eq!(slug("東京"), "merchant");
        assert_eq!(slug(&"a".repeat(120)).len(), 40);
        assert!(random_name(&Counting, &slug("-- Kiosk --"), 5).unwrap().as_str().starts_with("kiosk-"));
    }
}
