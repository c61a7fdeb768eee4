//! The four elements that say how a consumer was authenticated, in every instruction of a consumer.

use payment_domain::{Authentication, PaymentOrder, Timestamp};

use super::InvalidMessage;
use super::reader::Fields;
use super::writer::Elements;

pub(super) fn write(elements: &mut Elements, authentication: &Authentication) {
    elements.put("capability", &authentication.capability);
    elements.put("method", &authentication.method);
    elements.put("authenticatedAt", &authentication.authenticated_at);
    if !authentication.evidence.is_empty() {
        elements.put_bytes("evidence", &authentication.evidence);
    }
}

/// Reads them and the `createdAt` that follows them in every instruction.
pub(super) fn read(fields: &mut Fields<'_>) -> Result<(Authentication, Timestamp), InvalidMessage> {
    let authentication = Authentication {
        capability: fields.take("capability")?,
        method: fields.take("method")?,
        authenticated_at: fields.take("authenticatedAt")?,
        evidence: if fields.next_is("evidence") {
            fields.take_bytes("evidence", PaymentOrder::MAX_EVIDENCE_BYTES)?
        } else {
            Vec::new()
        },
    };
    let created_at = fields.take("createdAt")?;
    authentication.check(created_at).map_err(|error| fields.contradiction(&error))?;
    Ok((authentication, created_at))
}
