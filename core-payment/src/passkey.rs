//! Consumers' passkeys: the register of the keys that sign from a browser (R14, R38).
//!
//! The public key lies here and not in a portal, so that a portal can hand an assertion on but not make one up. Each
//! registration and revocation is kept as evidence, under the hash chain; nothing else about a passkey ever changes.
//!
//! What this must not do: verify assertions. The gateway does that before a message comes in (R7), with
//! [`Core::passkey_of`], and the audit does it again. Start at [`RegisterPasskey`].

use std::fmt;

use payment_domain::{PartyId, Role, Timestamp};
use payment_message::passkey::{Assertion, Claimed};
use payment_trust::passkey::PasskeyKey;
use thiserror::Error;

use crate::act::{Accounts, Act, ActError, Books};
use crate::core::{Core, ReadError, read_error};
use crate::ledger::time_of;
use crate::parties::msisdn_index;
use crate::reply::SubmitError;
use crate::storage::passkey::{self, Holder, PasskeyRow};
use crate::storage::{StorageError, party};

/// Passkeys in force that one consumer may have: a few devices, not a register of somebody else's.
pub const MOST_PASSKEYS: u16 = 32;

/// The id that an authenticator gave a passkey.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CredentialId(Vec<u8>);

/// Bytes that are no credential id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a credential id has 1 to {max} bytes", max = Assertion::MAX_CREDENTIAL_ID_BYTES)]
pub struct InvalidCredentialId;

impl CredentialId {
    /// Takes the bytes.
    ///
    /// # Errors
    /// [`InvalidCredentialId`].
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidCredentialId> {
        let fits = (1..=Assertion::MAX_CREDENTIAL_ID_BYTES).contains(&bytes.len());
        if fits { Ok(Self(bytes.to_vec())) } else { Err(InvalidCredentialId) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// In hexadecimal, as in the evidence.
impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// It follows its holder from one order to the next: not for logs.
impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialId({} bytes)", self.0.len())
    }
}

/// A passkey to register. Whoever does so has seen the registration's challenge come back, and knows the consumer by other
/// means than this passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// Whose.
    pub party: PartyId,
    /// Its id.
    pub credential: CredentialId,
    /// Its public key.
    pub key: PasskeyKey,
}

/// A passkey that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub credential: CredentialId,
    /// Its public key.
    pub key: PasskeyKey,
    /// Since when.
    pub registered_at: Timestamp,
}

/// Why a passkey is not registered or revoked. Nothing was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasskeyError {
    /// No such consumer: only consumers have passkeys here.
    #[error("no such consumer")]
    UnknownConsumer,
    /// The id belongs to another passkey, or to this one and it was revoked.
    #[error(
        "this passkey was registered before, for somebody else, with another key, or until it was revoked"
    )]
    Taken,
    /// As many as one consumer may have.
    #[error("the consumer has {MOST_PASSKEYS} passkeys already")]
    TooMany,
    /// The consumer never had it.
    #[error("the consumer has no such passkey")]
    UnknownPasskey,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// Registers a passkey. Registering the same one again changes nothing.
#[derive(Debug, Clone)]
pub struct RegisterPasskey(pub NewPasskey);

/// Revokes a consumer's passkey for good. Revoking it again changes nothing.
#[derive(Debug, Clone)]
pub struct RevokePasskey {
    /// Whose.
    pub party: PartyId,
    /// Which.
    pub credential: CredentialId,
}

impl Act for RegisterPasskey {
    type Done = Result<(), PasskeyError>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Self(new) = self;
        let holder = books.party_named(&new.party)?.filter(|party| party.role == Role::Terminal);
        let Some(holder) = holder else { return Ok(Err(PasskeyError::UnknownConsumer)) };
        if let Some(known) = passkey::by_credential(books.tx().conn(), new.credential.as_bytes())? {
            let same =
                known.party == holder.id && known.public_key == new.key.point() && known.revoked_at.is_none();
            return Ok(if same { Ok(()) } else { Err(PasskeyError::Taken) });
        }
        let most = i64::from(MOST_PASSKEYS);
        let held = passkey::of_party(books.tx().conn(), holder.id, most)?.len();
        if held >= usize::from(MOST_PASSKEYS) {
            return Ok(Err(PasskeyError::TooMany));
        }
        let at = books.position()?;
        let row = PasskeyRow {
            credential: new.credential.as_bytes().to_vec(),
            party: holder.id,
            public_key: new.key.point().to_vec(),
            registered_at: at.value(),
            revoked_at: None,
        };
        passkey::insert(books.tx(), &row)?;
        books.declare(at, &registered_words(new.party.as_str(), &row))?;
        Ok(Ok(()))
    }
}

impl Act for RevokePasskey {
    type Done = Result<(), PasskeyError>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(holder) = books.party_named(&self.party)? else {
            return Ok(Err(PasskeyError::UnknownConsumer));
        };
        let known = passkey::by_credential(books.tx().conn(), self.credential.as_bytes())?;
        let Some(known) = known.filter(|known| known.party == holder.id) else {
            return Ok(Err(PasskeyError::UnknownPasskey));
        };
        let at = books.position()?;
        if passkey::revoke(books.tx(), &known.credential, at.value())? {
            books.declare(at, &revoked_words(self.party.as_str(), &known))?;
        }
        Ok(Ok(()))
    }
}

/// What is kept of a registration: all of it, so that the audit can compare.
pub(crate) fn registered_words(party: &str, row: &PasskeyRow) -> String {
    format!("passkey {party} {} {}", hex(&row.credential), hex(&row.public_key))
}

/// What is kept of a revocation.
pub(crate) fn revoked_words(party: &str, row: &PasskeyRow) -> String {
    format!("passkey-revoked {party} {}", hex(&row.credential))
}

fn hex(bytes: &[u8]) -> String {
    CredentialId(bytes.to_vec()).to_string()
}

impl Core {
    /// Registers a consumer's passkey. From then on it authenticates what it signs.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn register_passkey(&self, new: NewPasskey) -> Result<(), PasskeyError> {
        self.perform(std::sync::Arc::new(RegisterPasskey(new))).await?
    }

    /// Revokes a consumer's passkey for good: no message that comes in afterwards is authenticated by it.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn revoke_passkey(
        &self,
        party: &PartyId,
        credential: &CredentialId,
    ) -> Result<(), PasskeyError> {
        let (party, credential) = (party.clone(), credential.clone());
        self.perform(std::sync::Arc::new(RevokePasskey { party, credential })).await?
    }

    /// A consumer's passkeys that are in force, oldest first. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn passkeys(&self, party: &PartyId) -> Result<Vec<Passkey>, ReadError> {
        let mut conn = self.conn()?;
        let Some(holder) = party::by_name(&mut conn, party.as_str()).map_err(read_error)? else {
            return Ok(Vec::new());
        };
        let rows = passkey::of_party(&mut conn, holder.id, i64::from(MOST_PASSKEYS)).map_err(read_error)?;
        rows.iter().map(|row| read(row).ok_or_else(corrupt)).collect()
    }

    /// The key of this passkey if it is in force and the consumer's; `None` for any other. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn passkey_of(
        &self,
        consumer: Claimed<'_>,
        credential: &CredentialId,
    ) -> Result<Option<PasskeyKey>, ReadError> {
        let index;
        let holder = match consumer {
            Claimed::Consumer(consumer) => Holder::Name(consumer.as_str()),
            Claimed::Msisdn(msisdn) => {
                index = msisdn_index(self.sealer(), msisdn);
                Holder::MsisdnIndex(&index)
            }
        };
        let key = passkey::key_of(&mut *self.conn()?, holder, credential.as_bytes()).map_err(read_error)?;
        key.map(|key| PasskeyKey::from_sec1(&key).map_err(|_| corrupt())).transpose()
    }
}

fn read(row: &PasskeyRow) -> Option<Passkey> {
    Some(Passkey {
        credential: CredentialId::parse(&row.credential).ok()?,
        key: PasskeyKey::from_sec1(&row.public_key).ok()?,
        registered_at: time_of(row.registered_at),
    })
}

fn corrupt() -> ReadError {
    read_error(StorageError::Corrupt("passkey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_id_is_bounded_and_not_shown_in_logs() {
        for (length, fits) in [(0, false), (1, true), (1023, true), (1024, false)] {
            assert_eq!(CredentialId::parse(&vec![7; length]).is_ok(), fits, "{length}");
        }
        let id = CredentialId::parse(&[0x0a, 0xff]).unwrap();
        assert_eq!((id.to_string().as_str(), format!("{id:?}").as_str()), ("0aff", "CredentialId(2 bytes)"));
    }
}
