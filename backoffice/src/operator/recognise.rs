//! Who an operator is: the certificate of the connection, held against register, path, time and the revocation list in force
//! at every request. A connection that outlives its certificate is of no use to anybody (R34).

use std::fmt;
use std::sync::Arc;

use payment_domain::Timestamp;
use payment_message::SenderError;
use payment_trust::{SenderCache, sha256};

use super::scope::Scope;
use crate::web::{Fault, MemberRole, Person, Proof, Recognises};

/// Knows operators by their certificates.
pub struct Recognition(Arc<SenderCache>);

impl Recognition {
    /// Goes by what the door goes by.
    #[must_use]
    pub const fn new(senders: Arc<SenderCache>) -> Self {
        Self(senders)
    }
}

impl Recognises for Recognition {
    fn person(&self, certificate: &[u8], now: Timestamp) -> Result<Option<Person>, Fault> {
        let fingerprint = sha256(certificate);
        let found = match self.0.find(fingerprint, now) {
            Ok(found) => found,
            // Nobody can say that they are not revoked.
            Err(SenderError::Unavailable) => return Err(Fault::unavailable(SenderError::Unavailable)),
            Err(error) => {
                tracing::warn!(target: "security", %fingerprint, %error, "a client certificate is refused");
                return Ok(None);
            }
        };
        if Scope::of(found.role()).is_none() {
            let (party, role) = (found.party(), found.role());
            tracing::warn!(target: "security", %party, %role, "this role is none of an operator");
            return Ok(None);
        }
        Ok(Some(Person {
            id: number(found.party().as_str()),
            party: found.party().clone(),
            party_number: 0,
            role: MemberRole::Viewer,
            strong_at: None,
            proof: Proof::Certificate,
            session: None,
            certified: Some(found.role().clone()),
            greeting: format!("{} ({})", found.party(), found.role()),
        }))
    }
}

/// What rates are counted by: a number of the name, since operators are nobody's members.
fn number(name: &str) -> i64 {
    let digest = sha256(name.as_bytes());
    let first: [u8; 8] = digest.as_bytes().first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first)
}

impl fmt::Debug for Recognition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recognition({:?})", self.0)
    }
}
