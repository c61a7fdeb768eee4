//! The passkeys of the demo's consumers: a laptop's authenticator and the browser in front of it, in software.
//!
//! Only the keys are the demo's own. The server registers them, asks for their signature over each order, and verifies it as
//! it does everybody's.

use anyhow::Context as _;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core_payment::passkey::{CredentialId, NewPasskey};
use payment_domain::PartyId;
use payment_message::passkey::Assertion;
use payment_message::{Message, passkey_challenge, sha256};
use payment_trust::passkey::PasskeyKey;

/// The domain on whose pages the demo's consumers pay.
pub(crate) const RP_ID: &str = "localhost";

/// Somebody is there, and was recognised by the device.
const FLAGS: u8 = 0b101;

/// A passkey with its private key.
pub(crate) struct Authenticator {
    pair: EcdsaKeyPair,
    credential: CredentialId,
    origin: String,
}

impl Authenticator {
    /// Makes a passkey for somebody at a portal, and what of it is to be registered.
    pub(crate) fn make(party: PartyId, origin: &str) -> anyhow::Result<(Self, NewPasskey)> {
        let mut id = [0_u8; 16];
        rand::fill(&mut id).context("no randomness")?;
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).context("no key")?;
        let credential = CredentialId::parse(&id)?;
        let key = PasskeyKey::from_sec1(pair.public_key().as_ref())?;
        let new = NewPasskey { party, credential: credential.clone(), key };
        Ok((Self { pair, credential, origin: origin.to_owned() }, new))
    }

    /// Signs a message's own challenge and puts the assertion into it.
    pub(crate) fn sign(&self, message: &mut Message) -> anyhow::Result<()> {
        let challenge = URL_SAFE_NO_PAD.encode(passkey_challenge(message));
        let client_data_json =
            format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{}"}}"#, self.origin)
                .into_bytes();
        let authenticator_data =
            [&sha256(RP_ID.as_bytes()).as_bytes()[..], &[FLAGS], &0_u32.to_be_bytes()].concat();
        let signed = [&authenticator_data[..], sha256(&client_data_json).as_bytes()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).context("no signature")?;
        let assertion = Assertion {
            credential_id: self.credential.as_bytes().to_vec(),
            authenticator_data,
            client_data_json,
            signature: signature.as_ref().to_vec(),
        };
        assertion.attach(message)?;
        Ok(())
    }
}
