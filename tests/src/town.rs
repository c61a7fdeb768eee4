//! A town: a PKI, a payment system, and parties with keys who buy and sell.
//!
//! [`Town::found`] makes the installation and registers everybody, in this process. After that the town only writes
//! messages; they go through the [`Door`](crate::door::Door) of a real server.

mod check;
mod founding;
mod message;
mod purse;
mod verified;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use payment_domain::{Channel, PartyId, Role, Timestamp};
use payment_trust::{Certificate, Chain, Credential, Directory, PrivateKey};

pub use check::System;
pub use founding::Newcomer;
pub use message::{OfferDraft, OrderDraft, RefundDraft, Signed, euros};
pub use purse::by_app;

use crate::clock;
use crate::scratch::Scratch;

/// Who lives in every town.
pub mod people {
    /// Sell what they are called after.
    pub const MERCHANTS: [&str; 3] = ["parking", "news", "concert"];
    /// Prepaid with EUR 100.00; the external system approves.
    pub const ALICE: &str = "alice";
    /// Postpaid with EUR 100.00 of credit; the external system declines.
    pub const BOB: &str = "bob";
    /// Alice's telephone.
    pub const ALICE_NUMBER: &str = "+33612345601";
    /// Bob's telephone.
    pub const BOB_NUMBER: &str = "+33612345602";
    /// No account; the external system answers late, and approves.
    pub const CAROL: &str = "carol";
    /// No account; the external system does not answer, and approved when asked again.
    pub const DAVE: &str = "dave";
    /// Prepaid with nothing; no external system.
    pub const ERIN: &str = "erin";
}

/// An installation and its inhabitants.
#[derive(Debug)]
pub struct Town {
    folder: Scratch,
    directory: Directory,
    parties: BTreeMap<String, Arc<Party>>,
}

/// Somebody with a key and a certificate.
#[derive(Debug)]
pub struct Party {
    pub id: PartyId,
    pub role: Role,
    pub credential: Credential,
}

impl Town {
    /// The folder of the installation.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The PKI.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The root and the issuing authority.
    ///
    /// # Errors
    /// If the PKI cannot be read.
    pub fn chain(&self) -> Result<Chain> {
        Ok(self.directory.chain()?)
    }

    /// Somebody by name.
    ///
    /// # Panics
    /// If nobody is called that.
    #[must_use]
    pub fn party(&self, name: &str) -> Arc<Party> {
        Arc::clone(self.parties.get(name).unwrap_or_else(|| panic!("nobody in town is called {name}")))
    }

    /// A key and a certificate for somebody, issued by the town's authority but not registered with the system.
    ///
    /// # Errors
    /// If nothing was issued.
    pub fn certify(&self, name: &str, role: Role) -> Result<Party> {
        certify(&self.directory, name, role, (clock::now(), YEAR))
    }

    /// What verifies the system's replies.
    ///
    /// # Errors
    /// If the PKI cannot be read.
    pub fn system(&self) -> Result<System> {
        Ok(System::new(self.chain()?))
    }
}

/// `certified` says from when and for how long.
fn certify(directory: &Directory, name: &str, role: Role, certified: (Timestamp, Duration)) -> Result<Party> {
    let id = PartyId::parse(name)?;
    let key = PrivateKey::generate()?;
    let certificate: Certificate =
        directory.issue(&id, &role, &key.public_key()?, certified.1, certified.0)?;
    Ok(Party { id, role, credential: Credential::new(key, certificate)? })
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The name of the adapter for a channel.
#[must_use]
pub fn adapter(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "adapter-sms",
        Channel::Wap => "adapter-wap",
        Channel::Web => "adapter-web",
    }
}
