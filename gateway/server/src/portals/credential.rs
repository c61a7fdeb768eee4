//! The portals' own key and certificate (R38): made at the first start, enrolled through the intake like anybody's, kept beside
//! the PKI, and renewed by enrolling again.

use std::path::Path;

use anyhow::{Context as _, bail};
use core_payment::{AdminError, Clock as _, Details, NewParty};
use payment_domain::{PartyId, RequestId, Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::{EnrolmentRequest, Message, SignError, Signer};
use payment_trust::{Certificate, Credential, PrivateKey};

use super::Shared;
use crate::clock::{SystemClock, new_id};
use crate::config::Config;
use crate::party;

/// What consumers say in a browser is signed in this role.
const ROLE: &str = "adapter:web";
/// So long before it ends, a certificate is renewed at the next start.
const RENEW_MS: i64 = 60 * 24 * 60 * 60 * 1000;
/// For how long the invitation holds.
const INVITED: std::time::Duration = std::time::Duration::from_secs(60);

/// Signs with a key whose certificate is still to come.
struct Bare<'k>(&'k PrivateKey);

impl Signer for Bare<'_> {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.sign(signed_info).map_err(|_| SignError::Unavailable)
    }

    fn certificate(&self) -> Option<&[u8]> {
        None
    }
}

/// The credential that is kept, or a new one.
pub(super) async fn of(config: &Config, shared: &Shared<'_>) -> anyhow::Result<Credential> {
    let (now, name) = (SystemClock.now(), config.portals.party()?);
    let folder = shared.directory.folder();
    let (key, certificate) = (folder.join("portals.key"), folder.join("portals.pem"));
    if let Some(kept) = kept(&key, &certificate, &name, now, shared)? {
        return Ok(kept);
    }
    let credential = enrol(&name, shared, now).await?;
    // The key first: a certificate without its key is of no use, and is replaced at the next start.
    if key.exists() {
        std::fs::remove_file(&key).with_context(|| key.display().to_string())?;
    }
    credential.key().save(&key)?;
    std::fs::write(&certificate, credential.certificate().to_pem())
        .with_context(|| certificate.display().to_string())?;
    tracing::info!(target: "security", party = %name, "the portals are enrolled");
    Ok(credential)
}

fn kept(
    key: &Path,
    certificate: &Path,
    name: &PartyId,
    now: Timestamp,
    shared: &Shared<'_>,
) -> anyhow::Result<Option<Credential>> {
    if !key.exists() || !certificate.exists() {
        return Ok(None);
    }
    let text = std::fs::read(certificate).with_context(|| certificate.display().to_string())?;
    let certificate = Certificate::from_pem(&text)?;
    let lasts = certificate.not_after() > now.saturating_add_millis(RENEW_MS);
    let registered = shared.core.registered_certificate(&certificate.fingerprint())?.is_some();
    if certificate.party() != name || !lasts || !registered {
        return Ok(None);
    }
    // A pair that was cut short does not match.
    Ok(Credential::new(PrivateKey::load(key)?, certificate).ok())
}

async fn enrol(name: &PartyId, shared: &Shared<'_>, now: Timestamp) -> anyhow::Result<Credential> {
    let role = Role::parse(ROLE)?;
    let new = NewParty {
        name: name.clone(),
        role: role.clone(),
        accounts: Vec::new(),
        msisdn: None,
        external: None,
        details: Details::default(),
    };
    match shared.core.register_party(new).await {
        Ok(()) | Err(AdminError::Exists) => {}
        Err(error) => return Err(error.into()),
    }
    let invitation = party::invite(shared.core, name, &role, INVITED).await?;
    let key = PrivateKey::generate()?;
    let request = Message::from(EnrolmentRequest {
        request_id: RequestId::new(new_id(now)?),
        party: name.clone(),
        role,
        invitation,
        pkcs10: key.request()?,
        created_at: now,
    });
    let answer = shared.intake.receive(&request.sign(&Bare(&key))?).await?;
    match Message::parse(scan(&answer.document)?.body())? {
        Message::EnrolmentResponse(response) => {
            Ok(Credential::new(key, Certificate::from_der(&response.certificate)?)?)
        }
        _ => bail!(
            "`{name}` was not enrolled: issue its certificate where the issuing key is (`meteore ca issue`)"
        ),
    }
}
