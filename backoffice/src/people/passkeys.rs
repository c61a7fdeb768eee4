//! Passkeys to sign in with, by `webauthn-rs` (WebAuthn level 3): made by people who are signed in, found by their browser
//! without a name. The key of a consumer's passkey is registered at the core too, which verifies what it signs by itself.
//!
//! What a ceremony has to remember travels sealed within its form, bound to the browser and to its purpose, and each
//! challenge counts once: asking for a page writes nothing. The library draws its challenges itself.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core_payment::passkey::{CredentialId, NewPasskey, PasskeyError};
use payment_domain::Timestamp;
use payment_trust::passkey::PasskeyKey;
use payment_trust::sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    COSEKeyType, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::{AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationPolicy};

use super::Key;
use super::sign_in::{Ceremonial, next_field};
use crate::page::{Ceremony, Field, FieldKind, Form, Weight};
use crate::storage::people::{self as storage, PersonPasskeyRow};
use crate::web::{Audience, Fault, LocalPath, Origin, Visitor};

/// For how long a ceremony may take.
const CEREMONY_MS: i64 = 10 * 60 * 1000;
/// ECDSA with P-256 and SHA-256 (RFC 9053 §2.1).
const ES256: i64 = -7;
/// The longest answer of an authenticator that is read.
const MOST_BYTES: usize = 16 * 1024;

/// Passkeys of one relying party at one portal.
pub struct Passkeys(Webauthn);

/// The relying party cannot be.
#[derive(Debug, Error)]
pub enum PasskeySetupError {
    /// The origin is no address.
    #[error("the origin `{0}` is no address")]
    Origin(String),
    /// The library does not take them together.
    #[error("the domain `{rp_id}` does not fit the origin `{origin}`")]
    Domain {
        /// The domain.
        rp_id: String,
        /// The origin.
        origin: String,
        /// Why.
        #[source]
        source: WebauthnError,
    },
}

/// Why a passkey was not taken.
#[derive(Debug)]
pub(super) enum PasskeyFault {
    /// It is nobody's here, does not verify, came too late or twice. Nobody learns which.
    Refused,
    /// Something else.
    Fault(Fault),
}

/// What a ceremony has to remember.
#[derive(Serialize, Deserialize)]
struct Remembered<S> {
    state: S,
    until_ms: i64,
}

impl Passkeys {
    /// Passkeys of a domain, used at this portal. The domain can never change: passkeys belong to it.
    ///
    /// # Errors
    /// [`PasskeySetupError`].
    pub fn new(rp_id: &str, origin: &Origin, name: &str) -> Result<Self, PasskeySetupError> {
        let url =
            Url::parse(origin.as_str()).map_err(|_| PasskeySetupError::Origin(origin.as_str().to_owned()))?;
        let domain = |source| PasskeySetupError::Domain {
            rp_id: rp_id.to_owned(),
            origin: origin.as_str().to_owned(),
            source,
        };
        let builder = WebauthnBuilder::new(rp_id, &url).map_err(domain)?.rp_name(name);
        Ok(Self(builder.build().map_err(domain)?))
    }

    /// A form with which somebody proves who they are by a passkey.
    pub(super) fn sign_in_form(
        &self,
        visitor: &Visitor,
        action: &str,
        next: &LocalPath,
    ) -> Result<Form, Fault> {
        let (mut asked, state) = self.0.start_discoverable_authentication().map_err(Fault::internal)?;
        // A button asks, not the field for the address.
        asked.mediation = None;
        let options = serde_json::to_string(&asked.public_key).map_err(Fault::internal)?;
        let words = visitor.words();
        Ok(Form {
            action: action.to_owned(),
            fields: vec![
                hidden("credential", String::new()),
                state_field(visitor, SIGN_IN, state)?,
                next_field(next),
            ],
            submit: words.say("people-use-passkey"),
            weight: Weight::Quiet,
            ceremony: Some(Ceremony {
                creates: false,
                options,
                field: "credential",
                without: words.say("people-passkey-without"),
            }),
            ..Form::default()
        })
    }

    /// A form with which somebody who is signed in makes a passkey.
    pub(super) fn adding_form(&self, visitor: &Visitor, known: &[Key]) -> Result<Form, Fault> {
        let person = visitor.need_person()?;
        let words = visitor.words();
        // Authenticators keep it; it says nothing, and is the same for all of a person's passkeys.
        let handle = handle(visitor, person.id);
        let known = known.iter().filter_map(|key| super::keys::from_hex(&key.id)).collect();
        let (mut asked, state) = self
            .0
            .start_passkey_registration(handle, &person.greeting, &person.greeting, Some(known))
            .map_err(Fault::internal)?;
        // The core verifies ES256 and nothing else, and people sign in without saying who they are.
        asked.public_key.pub_key_cred_params.retain(|params| params.alg == ES256);
        asked.public_key.authenticator_selection = Some(AuthenticatorSelectionCriteria {
            authenticator_attachment: None,
            resident_key: Some(ResidentKeyRequirement::Required),
            require_resident_key: true,
            user_verification: UserVerificationPolicy::Required,
        });
        let options = serde_json::to_string(&asked.public_key).map_err(Fault::internal)?;
        let name = Field {
            name: "name",
            label: words.say("people-key-name"),
            value: visitor.device().to_owned(),
            hint: Some(words.say("people-key-name-hint")),
            autocomplete: Some("off"),
            ..Field::default()
        };
        Ok(Form {
            action: "/keys/add".to_owned(),
            fields: vec![name, hidden("credential", String::new()), state_field(visitor, ADD, state)?],
            submit: words.say("people-add-passkey"),
            ceremony: Some(Ceremony {
                creates: true,
                options,
                field: "credential",
                without: words.say("people-passkey-without"),
            }),
            ..Form::default()
        })
    }

    /// Who proved who they are by a passkey.
    pub(super) async fn sign_in(&self, visitor: &Visitor, said: &Ceremonial) -> Result<i64, PasskeyFault> {
        let state: DiscoverableAuthentication = recall(visitor, SIGN_IN, &said.state)?;
        let answer: PublicKeyCredential = parse(&said.credential)?;
        let (_, credential) =
            self.0.identify_discoverable_authentication(&answer).map_err(|_| PasskeyFault::Refused)?;
        let (audience, credential) = (visitor.portal().audience.as_str(), credential.to_vec());
        let find = credential.clone();
        let found = visitor.read(move |conn| storage::passkey_by_id(conn, audience, &find)).await?;
        let (row, person, _) = found.ok_or(PasskeyFault::Refused)?;
        let mut passkey: Passkey =
            serde_json::from_str(&row.stored).map_err(|error| PasskeyFault::Fault(Fault::internal(error)))?;
        let done = self
            .0
            .finish_discoverable_authentication_v2(&answer, state, &passkey)
            .map_err(|_| PasskeyFault::Refused)?;
        passkey.update_credential(&done);
        let stored = serde_json::to_string(&passkey).map_err(Fault::internal)?;
        let challenge = spent(&said.state);
        let now_ms = visitor.now().as_millis();
        let first = visitor
            .write(move |tx| {
                let first = storage::spend_challenge(tx, &challenge, now_ms.saturating_add(CEREMONY_MS))?;
                if first {
                    storage::use_passkey(tx, &credential, &stored, now_ms)?;
                }
                Ok(first)
            })
            .await?;
        if first { Ok(person.id) } else { Err(PasskeyFault::Refused) }
    }

    /// Adds a passkey to those of the visitor; a consumer's to those that the core knows, first.
    pub(super) async fn add(
        &self,
        visitor: &Visitor,
        credential: &str,
        state: &str,
        name: &str,
    ) -> Result<(), PasskeyFault> {
        let person = visitor.need_person()?.clone();
        let remembered: PasskeyRegistration = recall(visitor, ADD, state)?;
        let answer: RegisterPublicKeyCredential = parse(credential)?;
        let passkey =
            self.0.finish_passkey_registration(&answer, &remembered).map_err(|_| PasskeyFault::Refused)?;
        let key = key_of(&passkey).ok_or(PasskeyFault::Refused)?;
        let id = CredentialId::parse(passkey.cred_id()).map_err(|_| PasskeyFault::Refused)?;
        let (challenge, now_ms) = (spent(state), visitor.now().as_millis());
        let until = now_ms.saturating_add(CEREMONY_MS);
        if !visitor.write(move |tx| storage::spend_challenge(tx, &challenge, until)).await? {
            return Err(PasskeyFault::Refused);
        }
        if visitor.portal().audience == Audience::Consumers {
            let new = NewPasskey { party: person.party.clone(), credential: id.clone(), key };
            match visitor.portal().core.register_passkey(new).await {
                Ok(()) => {}
                Err(PasskeyError::Submit(error)) => return Err(Fault::from(error).into()),
                Err(_) => return Err(PasskeyFault::Refused),
            }
        }
        let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
        let row = PersonPasskeyRow {
            credential: id.as_bytes().to_vec(),
            person: person.id,
            name: if name.trim().is_empty() {
                visitor.words().say("people-passkey")
            } else {
                name.trim().to_owned()
            },
            stored: serde_json::to_string(&passkey).map_err(Fault::internal)?,
            registered_at: now_ms,
            used_at: None,
        };
        let added = visitor.write(move |tx| storage::insert_passkey(tx, &row)).await?;
        tracing::info!(target: "security", person = person.id, added, "a passkey");
        if added { Ok(()) } else { Err(PasskeyFault::Refused) }
    }

    /// Removes one of the visitor's passkeys; at the core first, so that nothing is signed with it any more.
    pub(super) async fn remove(&self, visitor: &Visitor, credential: Vec<u8>) -> Result<(), Fault> {
        let person = visitor.need_person()?.clone();
        let rows = visitor.read(move |conn| storage::passkeys_of(conn, person.id)).await?;
        if !rows.iter().any(|row| row.credential == credential) {
            return Err(Fault::NotFound);
        }
        if visitor.portal().audience == Audience::Consumers {
            let id = CredentialId::parse(&credential).map_err(|_| Fault::NotFound)?;
            match visitor.portal().core.revoke_passkey(&person.party, &id).await {
                Ok(()) | Err(PasskeyError::UnknownPasskey) => {}
                Err(PasskeyError::Submit(error)) => return Err(error.into()),
                Err(error) => return Err(Fault::internal(error)),
            }
        }
        visitor.write(move |tx| storage::delete_passkey(tx, person.id, &credential)).await?;
        tracing::info!(target: "security", person = person.id, "a passkey was removed");
        Ok(())
    }
}

const SIGN_IN: &str = "sign-in";
const ADD: &str = "add";

/// The key that the core can verify with, if it is one.
fn key_of(passkey: &Passkey) -> Option<PasskeyKey> {
    let COSEKeyType::EC_EC2(key) = &passkey.get_public_key().key else { return None };
    PasskeyKey::from_sec1(&[&[4][..], &key.x, &key.y].concat()).ok()
}

/// By which an authenticator knows the person (WebAuthn level 3, §6.1): not their number, and nothing personal.
fn handle(visitor: &Visitor, person: i64) -> Uuid {
    let whole = visitor.store().sealer().blind_index("person.passkey-handle", &person.to_be_bytes());
    let mut half = [0_u8; 16];
    half.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    Uuid::from_bytes(half)
}

fn state_field<S: Serialize>(visitor: &Visitor, purpose: &str, state: S) -> Result<Field, Fault> {
    let until_ms = visitor.now().as_millis().saturating_add(CEREMONY_MS);
    let plain = serde_json::to_vec(&Remembered { state, until_ms }).map_err(Fault::internal)?;
    let sealed =
        visitor.store().sealer().seal(&context(visitor, purpose)?, &plain).map_err(Fault::internal)?;
    Ok(hidden("state", URL_SAFE_NO_PAD.encode(sealed)))
}

fn recall<S: DeserializeOwned>(visitor: &Visitor, purpose: &str, sealed: &str) -> Result<S, PasskeyFault> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| PasskeyFault::Refused)?;
    let plain = visitor
        .store()
        .sealer()
        .open(&context(visitor, purpose)?, &bytes)
        .map_err(|_| PasskeyFault::Refused)?;
    let remembered: Remembered<S> = serde_json::from_slice(&plain).map_err(|_| PasskeyFault::Refused)?;
    let until = Timestamp::EPOCH.saturating_add_millis(remembered.until_ms);
    if visitor.now() < until { Ok(remembered.state) } else { Err(PasskeyFault::Refused) }
}

/// Bound to the browser, and to the portal and person that a passkey is added for.
fn context(visitor: &Visitor, purpose: &str) -> Result<String, Fault> {
    let holder = super::keys::hex(&visitor.holder()?);
    let person = visitor.person().map_or(0, |person| person.id);
    Ok(format!("passkey.{purpose}/{}/{person}/{holder}", visitor.portal().audience.as_str()))
}

/// What is kept of a ceremony that was used.
fn spent(state: &str) -> Vec<u8> {
    sha256(state.as_bytes()).as_bytes().to_vec()
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyFault> {
    if text.len() > MOST_BYTES {
        return Err(PasskeyFault::Refused);
    }
    serde_json::from_str(text).map_err(|_| PasskeyFault::Refused)
}

fn hidden(name: &'static str, value: String) -> Field {
    Field { name, kind: FieldKind::Hidden, value, ..Field::default() }
}

impl From<Fault> for PasskeyFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys(..)")
    }
}
