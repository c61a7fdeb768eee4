//! Passkeys: WebAuthn assertions verified as Web Authentication Level 2, §7.2 says, with ES256 (R14, R38).
//!
//! A portal hands an assertion on; it cannot make one. What is verified is the signature of the consumer's own key over a
//! challenge that only one message has ([`payment_message::passkey`]). ES256 suffices: every passkey provider has it, and a
//! portal asks for nothing else when it registers one.
//!
//! What this must not do: know whose key it is, or whether it was revoked. Start at [`RelyingParty::verify`].

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_message::passkey::Assertion;
use serde::Deserialize;
use thiserror::Error;

use crate::key::sha256;

/// The public key of a passkey: a point on P-256.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyKey([u8; 65]);

/// Bytes that are no key of a passkey that is accepted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key of a passkey is a point on P-256, for ES256")]
pub struct InvalidPasskeyKey;

impl PasskeyKey {
    /// Takes an uncompressed point (SEC 1, §2.3.3).
    ///
    /// # Errors
    /// [`InvalidPasskeyKey`] for bytes that are not on the curve.
    pub fn from_sec1(point: &[u8]) -> Result<Self, InvalidPasskeyKey> {
        let point: [u8; 65] = point.try_into().map_err(|_| InvalidPasskeyKey)?;
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| InvalidPasskeyKey)?;
        Ok(Self(point))
    }

    /// Takes a `COSE_Key` of the attested credential data. It has exactly one form: the members that §6.5.1.1 asks for,
    /// no other, in the canonical order of CTAP2.
    ///
    /// # Errors
    /// [`InvalidPasskeyKey`].
    pub fn from_cose(key: &[u8]) -> Result<Self, InvalidPasskeyKey> {
        let (x, rest) =
            key.strip_prefix(COSE_HEAD).and_then(<[u8]>::split_first_chunk::<32>).ok_or(InvalidPasskeyKey)?;
        let y = rest.strip_prefix(COSE_Y).ok_or(InvalidPasskeyKey)?;
        Self::from_sec1(&[&[UNCOMPRESSED], &x[..], y].concat())
    }

    /// The uncompressed point.
    #[must_use]
    pub const fn point(&self) -> &[u8; 65] {
        &self.0
    }

    /// Whether whoever holds the key was asked to sign this challenge, was present, and was verified by the device: all of
    /// an assertion but where it was made. Years later that is still true when the portal has long moved.
    ///
    /// # Errors
    /// [`AssertionError`].
    pub fn proves(&self, challenge: &[u8; 32], assertion: &Assertion) -> Result<Signed, AssertionError> {
        let client = ClientData::read(&assertion.client_data_json)?;
        let data = AuthenticatorData::read(&assertion.authenticator_data)?;
        self.check(challenge, assertion, &client, &data)
    }

    fn check(
        &self,
        challenge: &[u8; 32],
        assertion: &Assertion,
        client: &ClientData,
        data: &AuthenticatorData,
    ) -> Result<Signed, AssertionError> {
        // Step 11 to 13 of §7.2.
        if client.kind != "webauthn.get" {
            return Err(AssertionError::Type);
        }
        let signed = URL_SAFE_NO_PAD.decode(&client.challenge).map_err(|_| AssertionError::Challenge)?;
        verify_slices_are_equal(&signed, challenge).map_err(|_| AssertionError::Challenge)?;
        // Step 14: none of our connections has token binding.
        if client.token_binding.as_ref().is_some_and(|binding| binding.status == "present") {
            return Err(AssertionError::TokenBinding);
        }
        // Step 16 and 17.
        if !data.has(flag::USER_PRESENT) {
            return Err(AssertionError::NotPresent);
        }
        if !data.has(flag::USER_VERIFIED) {
            return Err(AssertionError::NotVerified);
        }
        // Step 19 and 20.
        let key =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.0).map_err(|_| AssertionError::Signature)?;
        let hash = sha256(&assertion.client_data_json);
        let message = [&assertion.authenticator_data[..], hash.as_bytes()].concat();
        key.verify_sig(&message, &assertion.signature).map_err(|_| AssertionError::Signature)?;
        Ok(Signed {
            counter: data.counter,
            backup_eligible: data.has(flag::BACKUP_ELIGIBLE),
            backed_up: data.has(flag::BACKED_UP),
        })
    }
}

impl fmt::Debug for PasskeyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasskeyKey({})", sha256(&self.0))
    }
}

/// Where passkeys may be used: a domain, and the pages below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    id_hash: [u8; 32],
    origins: Vec<String>,
}

/// Why a relying party cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidRelyingParty {
    /// No domain.
    #[error("`{0}` is no domain")]
    Id(String),
    /// No origin, or one where a passkey of this domain cannot be used.
    #[error(
        "`{0}` is not https://, or http://localhost, with the domain or a name below it, and perhaps a port"
    )]
    Origin(String),
}

impl RelyingParty {
    /// A relying party by its id, a domain, and by the origins of its pages, each as browsers write it:
    /// `https://pay.example.org`, with a port unless it is the usual one. Without origins no assertion holds.
    ///
    /// # Errors
    /// [`InvalidRelyingParty`].
    pub fn new(
        id: &str,
        origins: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, InvalidRelyingParty> {
        if !is_domain(id) {
            return Err(InvalidRelyingParty::Id(id.to_owned()));
        }
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        if let Some(wrong) = origins.iter().find(|origin| !is_origin_of(id, origin)) {
            return Err(InvalidRelyingParty::Origin(wrong.clone()));
        }
        Ok(Self { id: id.to_owned(), id_hash: *sha256(id.as_bytes()).as_bytes(), origins })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origins of its pages.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether the passkey with this key signed this challenge, here. The caller has found the key by the assertion's
    /// credential id, and knows whose it is (step 6 and 7).
    ///
    /// # Errors
    /// [`AssertionError`], the first that is found.
    pub fn verify(
        &self,
        key: &PasskeyKey,
        challenge: &[u8; 32],
        assertion: &Assertion,
    ) -> Result<Signed, AssertionError> {
        let client = ClientData::read(&assertion.client_data_json)?;
        let data = AuthenticatorData::read(&assertion.authenticator_data)?;
        // Step 13. A page inside another site's page is not where the consumer believes to be.
        if !self.origins.contains(&client.origin) {
            return Err(AssertionError::Origin);
        }
        if client.cross_origin || client.top_origin.is_some() {
            return Err(AssertionError::CrossOrigin);
        }
        // Step 15.
        if data.rp_id_hash != self.id_hash {
            return Err(AssertionError::RelyingParty);
        }
        key.check(challenge, assertion, &client, &data)
    }
}

/// What else an assertion says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// How often the passkey has signed; 0 if it does not count, as those that are synchronised do not.
    pub counter: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
}

/// Why an assertion does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AssertionError {
    /// The client data is not what a browser writes.
    #[error("the client data cannot be read")]
    ClientData,
    /// The authenticator data is not what an authenticator writes.
    #[error("the authenticator data cannot be read")]
    AuthenticatorData,
    /// It was made to register a passkey, or for payments of another kind.
    #[error("the assertion is not of the type webauthn.get")]
    Type,
    /// It was made for something else.
    #[error("the assertion is over another challenge")]
    Challenge,
    /// It was made on a page that is not ours.
    #[error("the assertion was made at an origin that is not accepted")]
    Origin,
    /// It was made on our page inside another one.
    #[error("the assertion was made inside another site's page")]
    CrossOrigin,
    /// The browser believes in token binding.
    #[error("the assertion is bound to another connection")]
    TokenBinding,
    /// The passkey belongs to another domain.
    #[error("the assertion was made for another relying party")]
    RelyingParty,
    /// Nobody was there.
    #[error("the user was not present")]
    NotPresent,
    /// Anybody may have been there.
    #[error("the user was not verified by the authenticator")]
    NotVerified,
    /// Altered, or by another key.
    #[error("the signature of the assertion does not verify")]
    Signature,
}

/// What the browser says (§5.8.1). Other members may follow, and are signed like these.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    /// Level 3: only there inside another site's page.
    #[serde(rename = "topOrigin")]
    top_origin: Option<String>,
    #[serde(rename = "tokenBinding")]
    token_binding: Option<TokenBinding>,
}

#[derive(Deserialize)]
struct TokenBinding {
    status: String,
}

impl ClientData {
    fn read(json: &[u8]) -> Result<Self, AssertionError> {
        if json.len() > Assertion::MAX_CLIENT_DATA_BYTES {
            return Err(AssertionError::ClientData);
        }
        serde_json::from_slice(json).map_err(|_| AssertionError::ClientData)
    }
}

/// What the authenticator says (§6.1).
struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    counter: u32,
}

impl AuthenticatorData {
    fn read(bytes: &[u8]) -> Result<Self, AssertionError> {
        let malformed = AssertionError::AuthenticatorData;
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(malformed)?;
        let (flags, rest) = rest.split_first().ok_or(malformed)?;
        let (counter, extensions) = rest.split_first_chunk::<4>().ok_or(malformed)?;
        let data = Self { rp_id_hash: *rp_id_hash, flags: *flags, counter: u32::from_be_bytes(*counter) };
        // A new credential does not come with an assertion; extensions are not asked for, and their outputs not read.
        let fits = !data.has(flag::ATTESTED_CREDENTIAL)
            && data.has(flag::EXTENSIONS) != extensions.is_empty()
            && (data.has(flag::BACKUP_ELIGIBLE) || !data.has(flag::BACKED_UP));
        if fits { Ok(data) } else { Err(malformed) }
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The bits of §6.1.
mod flag {
    pub(super) const USER_PRESENT: u8 = 1;
    pub(super) const USER_VERIFIED: u8 = 1 << 2;
    pub(super) const BACKUP_ELIGIBLE: u8 = 1 << 3;
    pub(super) const BACKED_UP: u8 = 1 << 4;
    pub(super) const ATTESTED_CREDENTIAL: u8 = 1 << 6;
    pub(super) const EXTENSIONS: u8 = 1 << 7;
}

/// A map of five: kty EC2, alg ES256, crv P-256, x.
const COSE_HEAD: &[u8] = &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
/// y.
const COSE_Y: &[u8] = &[0x22, 0x58, 0x20];
/// The first byte of a point with both coordinates.
const UNCOMPRESSED: u8 = 4;

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// Whether a passkey of this domain can be used on pages of this origin (§5.1.4.1, step 7), written as a browser does.
fn is_origin_of(id: &str, origin: &str) -> bool {
    let (rest, secure) = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return false,
    };
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let usual = if secure { "443" } else { "80" };
    let port_fits = port.is_none_or(|port| {
        port != usual && !port.starts_with('0') && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let below = host.strip_suffix(id).is_some_and(|head| head.is_empty() || head.ends_with('.'));
    is_domain(host) && below && port_fits && (secure || host == "localhost")
}

#[cfg(test)]
mod tests;
