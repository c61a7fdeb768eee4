//! How a consumer was authenticated for one message.

use thiserror::Error;

use crate::{Capability, Method, PaymentOrder, Timestamp};

/// What an order and every other instruction of a consumer says of how it was given (R14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// What the terminal can do.
    pub capability: Capability,
    /// How the consumer was authenticated.
    pub method: Method,
    /// When.
    pub authenticated_at: Timestamp,
    /// What an adapter keeps as proof; empty when the consumer's own device signs.
    pub evidence: Vec<u8>,
}

/// Why an authentication cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidAuthentication {
    /// It came after the instruction.
    #[error("the consumer was authenticated after the message was made")]
    Later,
    /// More evidence than is kept.
    #[error("more than {max} bytes of evidence", max = PaymentOrder::MAX_EVIDENCE_BYTES)]
    TooMuchEvidence,
}

impl Authentication {
    /// Checks it against the time of the message.
    ///
    /// # Errors
    /// [`InvalidAuthentication`].
    pub fn check(&self, created_at: Timestamp) -> Result<(), InvalidAuthentication> {
        if self.authenticated_at > created_at {
            Err(InvalidAuthentication::Later)
        } else if self.evidence.len() > PaymentOrder::MAX_EVIDENCE_BYTES {
            Err(InvalidAuthentication::TooMuchEvidence)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authentication_comes_before_what_it_is_for_and_its_proof_has_a_limit() {
        let now = Timestamp::EPOCH.saturating_add_millis(1);
        let at = |authenticated_at, bytes| Authentication {
            capability: Capability::Browser,
            method: Method::OneTimeCode,
            authenticated_at,
            evidence: vec![0; bytes],
        };
        let most = PaymentOrder::MAX_EVIDENCE_BYTES;
        assert_eq!(at(now, most).check(now), Ok(()));
        assert_eq!(at(now, 0).check(Timestamp::EPOCH), Err(InvalidAuthentication::Later));
        assert_eq!(at(now, most.saturating_add(1)).check(now), Err(InvalidAuthentication::TooMuchEvidence));
    }
}
