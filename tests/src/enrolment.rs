//! Enrolling, as a terminal does it: a request that is signed with the very key that it is about.

use anyhow::{Result, bail};
use payment_domain::{PartyId, RequestId, Role};
use payment_message::{EnrolmentRequest, EnrolmentResponse, Invitation, Message, SignError, Signer};
use payment_trust::PrivateKey;

use crate::clock::now;
use crate::door::Reply;
use crate::random;

/// Signs without a certificate, which is still to come.
#[derive(Debug)]
pub struct Bare<'a>(pub &'a PrivateKey);

impl Signer for Bare<'_> {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.sign(signed_info).map_err(|_| SignError::Unavailable)
    }

    fn certificate(&self) -> Option<&[u8]> {
        None
    }
}

/// A terminal's request for a certificate.
///
/// # Errors
/// If the invitation or the name is none.
pub fn request(party: &str, invitation: &str, key: &PrivateKey) -> Result<EnrolmentRequest> {
    Ok(EnrolmentRequest {
        request_id: RequestId::new(random::uuid()),
        party: PartyId::parse(party)?,
        role: Role::Terminal,
        invitation: Invitation::parse(invitation)?,
        pkcs10: key.request()?,
        created_at: now(),
    })
}

/// The certificate that the reply has to be.
///
/// # Errors
/// If it is something else.
pub fn enrolled(reply: &Reply) -> Result<EnrolmentResponse> {
    match reply.message()? {
        Message::EnrolmentResponse(response) => Ok(response),
        other => bail!("{}: not a certificate: {other:?}", reply.status),
    }
}
