//! How a party gets its certificate: a PKCS#10 request signed by the very key it asks a certificate for, with an
//! invitation that the operator gave out.

use std::fmt;

use payment_domain::{PartyId, RequestId, Role, Timestamp};
use thiserror::Error;

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

/// A request for a certificate. Its signer is not registered yet, so it is verified with the key inside `pkcs10`
/// ([`verify_with_key`](crate::envelope::verify_with_key)); the invitation says that the party may enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRequest {
    /// Made by the asker.
    pub request_id: RequestId,
    /// Who asks.
    pub party: PartyId,
    /// In which role.
    pub role: Role,
    /// The operator's invitation.
    pub invitation: Invitation,
    /// The certificate request, DER.
    pub pkcs10: Vec<u8>,
    /// When it was asked.
    pub created_at: Timestamp,
}

/// The certificate, and the one that issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentResponse {
    /// The request answered.
    pub in_reply_to: RequestId,
    /// Who was enrolled.
    pub party: PartyId,
    /// In which role.
    pub role: Role,
    /// The party's certificate, DER.
    pub certificate: Vec<u8>,
    /// The certificate of the authority that issued it, DER.
    pub issuing_certificate: Vec<u8>,
    /// The last instant at which the party's certificate is valid.
    pub not_after: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// The most bytes of a certificate or certificate request.
pub(super) const MAX_DER_BYTES: usize = 8192;

/// A one-time secret that lets a party enrol. Never printed, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation(String);

/// Text that is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an invitation is 8 to 64 letters, digits, hyphens and underscores")]
pub struct InvalidInvitation;

impl Invitation {
    /// Reads an invitation.
    ///
    /// # Errors
    /// [`InvalidInvitation`].
    pub fn parse(text: &str) -> Result<Self, InvalidInvitation> {
        let valid = (8..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidInvitation) }
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invitation(sealed)")
    }
}

impl Layout for EnrolmentRequest {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("party", &self.party);
        elements.put("role", &self.role);
        elements.put("invitation", &self.invitation);
        elements.put_bytes("pkcs10", &self.pkcs10);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            request_id: fields.take("requestId")?,
            party: fields.take("party")?,
            role: fields.take("role")?,
            invitation: fields.take("invitation")?,
            pkcs10: fields.take_bytes("pkcs10", MAX_DER_BYTES)?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}

impl Layout for EnrolmentResponse {
    fn write(&self, elements: &mut Elements) {
        elements.put("inReplyTo", &self.in_reply_to);
        elements.put("party", &self.party);
        elements.put("role", &self.role);
        elements.put_bytes("certificate", &self.certificate);
        elements.put_bytes("issuingCertificate", &self.issuing_certificate);
        elements.put("notAfter", &self.not_after);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            in_reply_to: fields.take("inReplyTo")?,
            party: fields.take("party")?,
            role: fields.take("role")?,
            certificate: fields.take_bytes("certificate", MAX_DER_BYTES)?,
            issuing_certificate: fields.take_bytes("issuingCertificate", MAX_DER_BYTES)?,
            not_after: fields.take("notAfter")?,
            issued_at: fields.take("issuedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.in_reply_to.into())
    }
}
