//! A software authenticator and the browser in front of it: what consumers have on a laptop. It can be told to be wrong in
//! every way that a real one, or a portal that makes assertions up, could be.

use std::sync::Arc;

use anyhow::{Result, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core_payment::Core;
use core_payment::passkey::{CredentialId, NewPasskey};
use payment_domain::{Method, PartyId};
use payment_message::message::UnexpectedKind;
use payment_message::passkey::Assertion;
use payment_message::{Message, passkey_challenge, sha256};
use payment_trust::passkey::PasskeyKey;

use crate::random;

/// The relying party of every town.
pub const RP_ID: &str = "localhost";
/// The page on which everybody in town pays.
pub const ORIGIN: &str = "https://localhost:8444";

/// Present, and verified by a fingerprint or the like.
pub const VERIFIED: u8 = 0b101;
/// Present only.
pub const PRESENT: u8 = 0b001;

/// One passkey.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pair: Arc<EcdsaKeyPair>,
    /// Its id.
    pub credential: CredentialId,
    /// The domain that it says it is used on.
    pub rp_id: String,
    /// The page that the browser says it is used on.
    pub origin: String,
    /// The flags of its authenticator data.
    pub flags: u8,
}

impl Authenticator {
    /// A new passkey, which nobody knows.
    ///
    /// # Errors
    /// If no key can be made.
    pub fn make() -> Result<Self> {
        Ok(Self {
            pair: Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?),
            credential: CredentialId::parse(&random::bytes::<32>())?,
            rp_id: RP_ID.to_owned(),
            origin: ORIGIN.to_owned(),
            flags: VERIFIED,
        })
    }

    /// A new passkey of a consumer's, registered with a core.
    ///
    /// # Errors
    /// If it is not registered.
    pub async fn register(core: &Core, consumer: &str) -> Result<Self> {
        let authenticator = Self::make()?;
        core.register_passkey(authenticator.passkey_of(consumer)?).await?;
        Ok(authenticator)
    }

    /// What a portal registers.
    ///
    /// # Errors
    /// If the name is none.
    pub fn passkey_of(&self, consumer: &str) -> Result<NewPasskey> {
        Ok(NewPasskey {
            party: PartyId::parse(consumer)?,
            credential: self.credential.clone(),
            key: PasskeyKey::from_sec1(self.pair.public_key().as_ref())?,
        })
    }

    /// Signs a challenge.
    ///
    /// # Errors
    /// If the key fails.
    pub fn assertion(&self, challenge: &[u8]) -> Result<Assertion> {
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let client_data_json = format!(
            r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{}","crossOrigin":false}}"#,
            self.origin
        )
        .into_bytes();
        let authenticator_data =
            [&sha256(self.rp_id.as_bytes()).as_bytes()[..], &[self.flags], &[0; 4]].concat();
        let signed = [&authenticator_data[..], sha256(&client_data_json).as_bytes()].concat();
        Ok(Assertion {
            credential_id: self.credential.as_bytes().to_vec(),
            authenticator_data,
            client_data_json,
            signature: self.pair.sign(&SystemRandom::new(), &signed)?.as_ref().to_vec(),
        })
    }

    /// Signs for a message that says it is authenticated by a passkey, and puts the assertion into it.
    ///
    /// # Errors
    /// If the message says something else.
    pub fn attach(&self, message: &mut Message) -> Result<()> {
        let method = message.claim().map(|claim| claim.method);
        ensure!(method == Some(Method::Passkey), "{:?} by {method:?}", message.kind());
        self.assertion(&passkey_challenge(message))?.attach(message)?;
        Ok(())
    }

    /// The same for a message of a known kind.
    ///
    /// # Errors
    /// If the message says something else.
    pub fn authenticate<T>(&self, message: T) -> Result<T>
    where
        T: Into<Message> + TryFrom<Message, Error = UnexpectedKind>,
    {
        let mut message = message.into();
        self.attach(&mut message)?;
        Ok(T::try_from(message)?)
    }
}
