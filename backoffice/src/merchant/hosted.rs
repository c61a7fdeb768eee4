//! The signing key that the portal keeps for a merchant without one of its own. It is certified like anybody's: by
//! enrolment through the door, with an invitation that counts once (R30). The database has it sealed.
//!
//! What this must not do: show a private key, or use one of another merchant.

use payment_domain::{Role, Timestamp};
use payment_message::{EnrolmentRequest, Message, SignError, Signer};
use payment_trust::{Certificate, Credential, PrivateKey, Serial};

use super::Shop;
use crate::certificates::{Authority, invitation};
use crate::consumer::instruction::fresh_id;
use crate::storage::merchant::{self as storage, HostedKeyRow};
use crate::web::{Fault, MemberRole, Visitor, new_id};

/// How long an invitation that the portal uses itself holds.
const AT_ONCE_MS: i64 = 5 * 60 * 1000;

/// A key that has no certificate yet.
struct Applicant<'k>(&'k PrivateKey);

impl Signer for Applicant<'_> {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.sign(signed_info).map_err(|_| SignError::Unavailable)
    }

    fn certificate(&self) -> Option<&[u8]> {
        None
    }
}

/// The key that signs for a merchant, if the portal keeps one.
pub(super) async fn credential(
    visitor: &Visitor,
    authority: &dyn Authority,
    merchant: i64,
) -> Result<Option<Credential>, Fault> {
    let Some(row) = in_force(visitor, authority, merchant).await? else { return Ok(None) };
    let pem = visitor.store().sealer().open(&context(row.id), &row.sealed).map_err(Fault::internal)?;
    let key = PrivateKey::from_pem(&pem).map_err(Fault::internal)?;
    let certificate = Certificate::from_der(&row.certificate).map_err(Fault::internal)?;
    Credential::new(key, certificate).map(Some).map_err(Fault::internal)
}

/// Makes a key, has it certified, and keeps it sealed. From then on the portal signs in the merchant's name.
pub(super) async fn make(visitor: &Visitor, shop: &Shop) -> Result<(), Fault> {
    visitor.need(MemberRole::Owner)?;
    let person = visitor.need_fresh()?;
    let (portal, now) = (visitor.portal(), visitor.now());
    let invitation = invitation(&*portal.randomness)?;
    let until = now.saturating_add_millis(AT_ONCE_MS);
    portal.core.invite(&person.party, &Role::Merchant, &invitation, until).await?;
    let key = PrivateKey::generate().map_err(Fault::internal)?;
    let request = Message::from(EnrolmentRequest {
        request_id: fresh_id(&*portal.randomness, now)?,
        party: person.party.clone(),
        role: Role::Merchant,
        invitation,
        pkcs10: key.request().map_err(Fault::internal)?,
        created_at: now,
    });
    let document = request.sign(&Applicant(&key)).map_err(Fault::internal)?;
    let answered = shop.desk.send_signed(&document).await.map_err(Fault::unavailable)?;
    let response = match answered.message {
        Message::EnrolmentResponse(response) if response.party == person.party => response,
        Message::Rejection(rejection) => {
            return Err(Fault::unavailable(format!("enrolment was refused: {}", rejection.code)));
        }
        _ => return Err(Fault::internal("enrolment was answered by something else")),
    };
    let certificate = Certificate::from_der(&response.certificate).map_err(Fault::internal)?;
    let credential = Credential::new(key, certificate).map_err(Fault::internal)?;
    let id = new_id(now, &*portal.randomness).map_err(Fault::internal)?;
    let pem = credential.key().to_pem().map_err(Fault::internal)?;
    let row = HostedKeyRow {
        id,
        merchant: person.party_number,
        sealed: portal.store.sealer().seal(&context(id), pem.as_bytes()).map_err(Fault::internal)?,
        certificate: response.certificate,
        not_after: response.not_after.as_millis(),
        active: true,
        made_by: person.id,
        made_at: now.as_millis(),
    };
    tracing::info!(target: "security", person = person.id, "a merchant's key is kept by the portal");
    visitor.write(move |tx| storage::insert_hosted_key(tx, &row)).await
}

/// Forgets one of the merchant's keys: nothing can be signed with it here any more.
pub(super) async fn forget(visitor: &Visitor, row: &HostedKeyRow) -> Result<(), Fault> {
    let (merchant, person) = (visitor.need_person()?.party_number, visitor.need_person()?.id);
    let (owner, id) = (row.merchant, row.id);
    if owner == merchant && visitor.write(move |tx| storage::drop_hosted_key(tx, merchant, id)).await? {
        tracing::info!(target: "security", person, "a merchant's key was removed from the portal");
    }
    Ok(())
}

/// What the certificate of a key is revoked by.
pub(super) fn serial(row: &HostedKeyRow) -> Result<Serial, Fault> {
    Ok(Certificate::from_der(&row.certificate).map_err(Fault::internal)?.serial())
}

/// Until when the portal's key for a merchant is certified.
pub(super) async fn until(visitor: &Visitor, authority: &dyn Authority) -> Result<Option<Timestamp>, Fault> {
    let merchant = visitor.need_person()?.party_number;
    let row = in_force(visitor, authority, merchant).await?;
    Ok(row.and_then(|row| Timestamp::from_millis(row.not_after).ok()))
}

/// The newest key that the portal keeps, unless somebody has revoked its certificate: an operator may have.
async fn in_force(
    visitor: &Visitor,
    authority: &dyn Authority,
    merchant: i64,
) -> Result<Option<HostedKeyRow>, Fault> {
    let now_ms = visitor.now().as_millis();
    let row = visitor.read(move |conn| storage::hosted_key(conn, merchant, now_ms)).await?;
    match row {
        Some(row) if authority.revocation(serial(&row)?).is_none() => Ok(Some(row)),
        Some(_) | None => Ok(None),
    }
}

fn context(id: i64) -> String {
    format!("hosted_key.sealed/{id}")
}
