//! What is known of a person: sealed in the database, opened where it is shown to themselves (R40, R46).

use std::fmt;

use payment_domain::{EmailAddress, Label, Msisdn};
use payment_trust::{SealError, Sealer};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Reach;
use crate::storage::people::PersonRow;

/// What is known of a person.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What they are called.
    pub name: Option<Label>,
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
    /// Their telephone number.
    pub phone: Option<Msisdn>,
}

#[derive(Default, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Sealed {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
}

impl Known {
    /// Somebody who is reached there.
    #[must_use]
    pub fn reached_at(reach: &Reach, name: Option<Label>) -> Self {
        match reach.clone() {
            Reach::Email(email) => Self { name, email: Some(email), phone: None },
            Reach::Phone(phone) => Self { name, email: None, phone: Some(phone) },
        }
    }

    /// Where codes are sent to: by e-mail rather than by text message.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        let email = self.email.clone().map(Reach::Email);
        email.or_else(|| self.phone.clone().map(Reach::Phone))
    }

    /// How they are greeted: their name, else the address that they sign in with.
    #[must_use]
    pub fn greeting(&self) -> String {
        let name = self.name.as_ref().map(|name| name.as_str().to_owned());
        name.or_else(|| Some(self.reach()?.reveal().to_owned())).unwrap_or_default()
    }

    pub(crate) fn seal(&self, sealer: &Sealer, person: i64) -> Result<Vec<u8>, SealError> {
        let sealed = Sealed {
            name: self.name.as_ref().map(|name| name.as_str().to_owned()),
            email: self.email.as_ref().map(|email| email.reveal().to_owned()),
            phone: self.phone.as_ref().map(|phone| phone.reveal().to_owned()),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&sealed).map_err(|_| SealError::NotAuthentic)?);
        sealer.seal(&context(person), &plain)
    }

    pub(crate) fn open(sealer: &Sealer, row: &PersonRow) -> Result<Self, SealError> {
        let plain = sealer.open(&context(row.id), &row.sealed)?;
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| SealError::NotAuthentic)?;
        Ok(Self {
            name: sealed.name.as_deref().and_then(|name| Label::parse(name).ok()),
            email: sealed.email.as_deref().and_then(|email| EmailAddress::parse(email).ok()),
            phone: sealed.phone.as_deref().and_then(|phone| Msisdn::parse(phone).ok()),
        })
    }
}

fn context(person: i64) -> String {
    format!("person.sealed/{person}")
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(sealed)")
    }
}
