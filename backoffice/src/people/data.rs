//! What is kept of a person, for themselves to take along, and to be forgotten (GDPR art. 15, 17, 20).

use core_payment::{ChangeParty, Details};
use payment_domain::Label;

use super::{Device, Key, Known, devices, keys};
use crate::storage::{StorageError, people as storage};
use crate::web::{Audience, Fault, MemberRole, Visitor};

/// Everything that the portals keep of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalData {
    /// Name, e-mail address, telephone number.
    pub known: Known,
    /// Where they are signed in.
    pub devices: Vec<Device>,
    /// The passkeys that they sign in with.
    pub keys: Vec<Key>,
}

/// What became of a wish to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// Nothing is left that says who it was.
    Done,
    /// A merchant's last owner: somebody has to be left who can close its account.
    LastOwner,
}

/// What is kept of the visitor.
///
/// # Errors
/// [`Fault`].
pub async fn personal_data(visitor: &Visitor) -> Result<PersonalData, Fault> {
    let known = known(visitor).await?;
    Ok(PersonalData { known, devices: devices(visitor).await?, keys: keys(visitor).await? })
}

/// What the visitor is called and where they are reached.
///
/// # Errors
/// [`Fault`].
pub async fn known(visitor: &Visitor) -> Result<Known, Fault> {
    let (id, store) = (visitor.need_person()?.id, visitor.store().clone());
    let known = visitor.read(move |conn| {
        let row = storage::person_by_id(conn, id)?;
        let known = row.map(|row| Known::open(store.sealer(), &row)).transpose();
        known.map_err(|_| StorageError::Corrupt("person"))
    });
    known.await?.ok_or(Fault::SignIn)
}

/// Calls the visitor otherwise from now on.
///
/// # Errors
/// [`Fault`].
pub async fn rename(visitor: &Visitor, name: Option<Label>) -> Result<(), Fault> {
    let id = visitor.need_person()?.id;
    let known = Known { name, ..known(visitor).await? };
    let sealed = known.seal(visitor.store().sealer(), id).map_err(Fault::internal)?;
    let language = visitor.locale().as_str();
    visitor.write(move |tx| storage::set_sealed(tx, id, &sealed, language)).await
}

/// Forgets the visitor: name, addresses, sessions and passkeys; a consumer's account is closed. Whether anything is left in
/// it, or still owed, is for the caller to see first. What was signed stays as long as the law asks for it.
///
/// # Errors
/// [`Fault`].
pub async fn forget(visitor: &Visitor) -> Result<Forgotten, Fault> {
    let person = visitor.need_fresh()?.clone();
    let portal = visitor.portal();
    let consumer = portal.audience == Audience::Consumers;
    let (id, party) = (person.id, person.party_number);
    let owns = !consumer && person.role == MemberRole::Owner;
    if consumer {
        let core = portal.core.clone();
        let name = person.party.clone();
        let passkeys = tokio::task::spawn_blocking(move || core.passkeys(&name)).await;
        for passkey in passkeys.map_err(Fault::internal)?? {
            portal
                .core
                .revoke_passkey(&person.party, &passkey.credential)
                .await
                .map_err(Fault::unavailable)?;
        }
        let details = Some(Details::default());
        let change = ChangeParty { name: person.party.clone(), active: Some(false), external: None, details };
        portal.core.change_party(change).await?;
    }
    let nothing = Known::default().seal(portal.store.sealer(), id).map_err(Fault::internal)?;
    let forgotten = visitor.write(move |tx| {
        if owns && storage::owners(tx, party)? <= 1 {
            return Ok(Forgotten::LastOwner);
        }
        storage::delete_everything_of(tx, party, id, &nothing)?;
        Ok(Forgotten::Done)
    });
    if forgotten.await? == Forgotten::LastOwner {
        return Ok(Forgotten::LastOwner);
    }
    visitor.sign_out().await?;
    tracing::info!(target: "security", person = id, "forgotten");
    Ok(Forgotten::Done)
}
