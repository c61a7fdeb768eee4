//! A small world to test in: two authorities, some parties, a fixed clock.

use std::sync::Arc;
use std::time::Duration;

use payment_domain::{PartyId, Role, Timestamp};
use payment_message::envelope::sign;
use payment_message::{Sender, SenderError, Senders};
use payment_trust::{Authority, Certificate, Chain, Credential, PrivateKey, Validity, VerifyingKey};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is signed. Fields in an attribute and in text, a prefix, an escape, white space.
pub(crate) const BODY: &str = concat!(
    r#"<Order xmlns="urn:example:order" Id="order-1">"#,
    r#"<Item>Zone 1 &amp; 2</Item> <a:Amount xmlns:a="urn:example:money" currency="EUR">125.40</a:Amount></Order>"#
);

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T07:29:25.123Z")
}

pub(crate) fn later(by: Duration) -> Timestamp {
    now().saturating_add_millis(i64::try_from(by.as_millis()).unwrap())
}

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::parse(name).unwrap()
}

pub(crate) fn role(name: &str) -> Role {
    Role::parse(name).unwrap()
}

pub(crate) struct Authorities {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
}

impl Authorities {
    pub(crate) fn new() -> Self {
        Self::lasting(now(), 100 * DAY)
    }

    /// The issuing authority lasts half as long as the root.
    pub(crate) fn lasting(from: Timestamp, lifetime: Duration) -> Self {
        let (root_key, issuing_key) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let root = Authority::root("Root", &root_key, Validity::starting(from, lifetime).unwrap()).unwrap();
        let validity = Validity::starting(from, lifetime / 2).unwrap();
        let issuing =
            root.certify_authority("Issuing", &issuing_key.public_key().unwrap(), validity).unwrap();
        Self { root, issuing: Authority::new(issuing, &issuing_key).unwrap() }
    }

    pub(crate) fn chain(&self) -> Chain {
        Chain::new(self.root.certificate().clone(), self.issuing.certificate().clone()).unwrap()
    }

    pub(crate) fn certify(&self, role_name: &str, name: &str) -> Certificate {
        self.certify_key(role_name, name, &PrivateKey::generate().unwrap().public_key().unwrap())
    }

    pub(crate) fn certify_key(&self, role_name: &str, name: &str, key: &VerifyingKey) -> Certificate {
        let validity = Validity::starting(now(), DAY).unwrap();
        self.issuing.certify(&party(name), &role(role_name), key, validity).unwrap()
    }

    pub(crate) fn credential(&self, role_name: &str, name: &str) -> Credential {
        let key = PrivateKey::generate().unwrap();
        let certificate = self.certify_key(role_name, name, &key.public_key().unwrap());
        Credential::new(key, certificate).unwrap()
    }
}

/// Exactly these certificates are registered.
pub(crate) struct Registered(Vec<Arc<Sender>>);

impl Registered {
    pub(crate) fn new(certificates: &[&Certificate]) -> Self {
        let sender = |certificate: &&Certificate| Arc::new(certificate.to_sender());
        Self(certificates.iter().map(sender).collect())
    }
}

impl Senders for Registered {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let found = self.0.iter().find(|sender| &sender.certificate()[..] == certificate_hint);
        found.cloned().ok_or(SenderError::Unknown)
    }
}

pub(crate) fn signed_by(credential: &Credential) -> Vec<u8> {
    sign(BODY.as_bytes(), credential).unwrap()
}
