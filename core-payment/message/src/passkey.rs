//! A consumer's passkey over one message: what it signs, and how its assertion travels as the message's evidence.
//!
//! The challenge is made from the message itself, so an assertion proves that its holder meant this message and no other.
//! What this must not do: verify. That is the core's, with the key registered there (`payment_trust::passkey`). Start at
//! [`passkey_challenge`].

use payment_domain::{ConsumerId, Method, Msisdn, Payer};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::Message;

/// The purpose of the hash, so that no other hash of a message is ever a challenge.
const PURPOSE: &[u8] = b"METEORE/v1/passkey\0";

/// The first byte of the encoding below.
const VERSION: u8 = 1;

/// What a passkey signs for this message: SHA-256 of the purpose and of the canonical message with its evidence left out.
///
/// The portal makes the whole message first, `authenticatedAt` included, has the challenge signed, and then only adds
/// the [assertion](Assertion::attach).
#[must_use]
pub fn passkey_challenge(message: &Message) -> [u8; 32] {
    let canonical = match message.claim() {
        Some(claim) if !claim.evidence.is_empty() => {
            let mut bare = message.clone();
            bare.set_evidence(Vec::new());
            bare.to_canonical()
        }
        _ => message.to_canonical(),
    };
    Sha256::new().chain_update(PURPOSE).chain_update(canonical).finalize().into()
}

/// Who a message says its consumer is, and how they were authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'m> {
    /// Who.
    pub consumer: Claimed<'m>,
    /// How.
    pub method: Method,
    /// What is said to prove it.
    pub evidence: &'m [u8],
}

/// Whom a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed<'m> {
    /// A consumer by name.
    Consumer(&'m ConsumerId),
    /// A consumer by telephone number.
    Msisdn(&'m Msisdn),
}

impl Message {
    /// The claim of an instruction of a consumer; `None` for any other message.
    #[must_use]
    pub const fn claim(&self) -> Option<Claim<'_>> {
        let (consumer, authentication) = match self {
            Self::PaymentOrder(order) => {
                let consumer = match &order.payer {
                    Payer::Consumer(consumer) => Claimed::Consumer(consumer),
                    Payer::Msisdn(msisdn) => Claimed::Msisdn(msisdn),
                };
                return Some(Claim { consumer, method: order.method, evidence: order.evidence.as_slice() });
            }
            Self::TopUpOrder(order) => (&order.consumer, &order.authentication),
            Self::RedemptionOrder(order) => (&order.consumer, &order.authentication),
            Self::CouponOrder(order) => (&order.consumer, &order.authentication),
            Self::DisputeOrder(order) => (&order.consumer, &order.authentication),
            _ => return None,
        };
        let evidence = authentication.evidence.as_slice();
        Some(Claim { consumer: Claimed::Consumer(consumer), method: authentication.method, evidence })
    }

    /// Puts other evidence into an instruction of a consumer. `false`, and nothing changes, for any other message.
    pub fn set_evidence(&mut self, evidence: Vec<u8>) -> bool {
        let place = match self {
            Self::PaymentOrder(order) => &mut order.evidence,
            Self::TopUpOrder(order) => &mut order.authentication.evidence,
            Self::RedemptionOrder(order) => &mut order.authentication.evidence,
            Self::CouponOrder(order) => &mut order.authentication.evidence,
            Self::DisputeOrder(order) => &mut order.authentication.evidence,
            _ => return false,
        };
        *place = evidence;
        true
    }
}

/// A WebAuthn assertion, as a browser hands it out (WebAuthn Level 2, §5.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `rawId`.
    pub credential_id: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
}

/// Why bytes are no assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidAssertion {
    /// Another encoding, or none.
    #[error("the evidence is not an assertion in encoding {VERSION}")]
    Version,
    /// The lengths do not add up.
    #[error("the evidence ends too early or too late")]
    Length,
    /// A part is empty or longer than any passkey makes it.
    #[error("the {0} has no length that an assertion's has")]
    Part(&'static str),
}

impl Assertion {
    /// A credential id (§4: at most 1023 bytes).
    pub const MAX_CREDENTIAL_ID_BYTES: usize = 1023;
    /// 37 bytes and, rarely, extensions.
    pub const MAX_AUTHENTICATOR_DATA_BYTES: usize = 512;
    /// Some 250 bytes with a long origin, and what browsers add to it.
    pub const MAX_CLIENT_DATA_BYTES: usize = 1024;
    /// ECDSA on P-256 in DER.
    pub const MAX_SIGNATURE_BYTES: usize = 72;

    /// Bytes at most: a version, and four parts with their lengths. Less than any message may carry as evidence.
    pub const MAX_BYTES: usize = 1
        + 4 * 2
        + Self::MAX_CREDENTIAL_ID_BYTES
        + Self::MAX_AUTHENTICATOR_DATA_BYTES
        + Self::MAX_CLIENT_DATA_BYTES
        + Self::MAX_SIGNATURE_BYTES;

    /// The one encoding: the byte 1; then id, authenticator data, client data and signature, each after its length in two
    /// bytes, the high one first.
    ///
    /// # Errors
    /// [`InvalidAssertion::Part`].
    pub fn to_evidence(&self) -> Result<Vec<u8>, InvalidAssertion> {
        self.check()?;
        let mut evidence = vec![VERSION];
        for (_, part, _) in self.parts() {
            let length = u16::try_from(part.len()).map_err(|_| InvalidAssertion::Length)?;
            evidence.extend_from_slice(&length.to_be_bytes());
            evidence.extend_from_slice(part);
        }
        Ok(evidence)
    }

    /// Reads what [`to_evidence`](Self::to_evidence) writes.
    ///
    /// # Errors
    /// [`InvalidAssertion`] for anything else: one assertion has one encoding.
    pub fn from_evidence(evidence: &[u8]) -> Result<Self, InvalidAssertion> {
        let mut rest = evidence.strip_prefix(&[VERSION]).ok_or(InvalidAssertion::Version)?;
        let assertion = Self {
            credential_id: take(&mut rest)?.to_vec(),
            authenticator_data: take(&mut rest)?.to_vec(),
            client_data_json: take(&mut rest)?.to_vec(),
            signature: take(&mut rest)?.to_vec(),
        };
        if !rest.is_empty() {
            return Err(InvalidAssertion::Length);
        }
        assertion.check()?;
        Ok(assertion)
    }

    /// Puts the assertion into the message that it was made for. `false`, and nothing changes, if a consumer does not
    /// authenticate such a message.
    ///
    /// # Errors
    /// [`InvalidAssertion::Part`].
    pub fn attach(&self, message: &mut Message) -> Result<bool, InvalidAssertion> {
        Ok(message.set_evidence(self.to_evidence()?))
    }

    fn parts(&self) -> [(&'static str, &[u8], usize); 4] {
        [
            ("credential id", &self.credential_id, Self::MAX_CREDENTIAL_ID_BYTES),
            ("authenticator data", &self.authenticator_data, Self::MAX_AUTHENTICATOR_DATA_BYTES),
            ("client data", &self.client_data_json, Self::MAX_CLIENT_DATA_BYTES),
            ("signature", &self.signature, Self::MAX_SIGNATURE_BYTES),
        ]
    }

    fn check(&self) -> Result<(), InvalidAssertion> {
        let wrong = |(_, part, most): &(_, &[u8], usize)| part.is_empty() || part.len() > *most;
        match self.parts().into_iter().find(wrong) {
            Some((name, ..)) => Err(InvalidAssertion::Part(name)),
            None => Ok(()),
        }
    }
}

/// A part after its length.
fn take<'e>(rest: &mut &'e [u8]) -> Result<&'e [u8], InvalidAssertion> {
    let (length, after) = rest.split_first_chunk::<2>().ok_or(InvalidAssertion::Length)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (part, after) = after.split_at_checked(length).ok_or(InvalidAssertion::Length)?;
    *rest = after;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use payment_domain::PaymentOrder;

    use super::*;

    const _: () = assert!(Assertion::MAX_BYTES <= PaymentOrder::MAX_EVIDENCE_BYTES);

    fn assertion() -> Assertion {
        Assertion {
            credential_id: vec![1; 16],
            authenticator_data: vec![2; 37],
            client_data_json: b"{}".to_vec(),
            signature: vec![4; 71],
        }
    }

    #[test]
    fn an_assertion_reads_back_from_the_one_form_that_it_has() {
        let evidence = assertion().to_evidence().unwrap();
        assert_eq!(evidence[..4], [1, 0, 16, 1]);
        assert_eq!(Assertion::from_evidence(&evidence), Ok(assertion()));
        for end in 0..evidence.len() {
            assert!(Assertion::from_evidence(&evidence[..end]).is_err(), "{end}");
        }
        let longer = [&evidence[..], &[0]].concat();
        assert_eq!(Assertion::from_evidence(&longer), Err(InvalidAssertion::Length));
        for other in [&b""[..], b"how the consumer was authenticated", &[2, 0, 1, 1]] {
            assert_eq!(Assertion::from_evidence(other), Err(InvalidAssertion::Version));
        }
    }

    #[test]
    fn every_part_has_its_bounds() {
        let largest = Assertion {
            credential_id: vec![1; Assertion::MAX_CREDENTIAL_ID_BYTES],
            authenticator_data: vec![2; Assertion::MAX_AUTHENTICATOR_DATA_BYTES],
            client_data_json: vec![3; Assertion::MAX_CLIENT_DATA_BYTES],
            signature: vec![4; Assertion::MAX_SIGNATURE_BYTES],
        };
        assert_eq!(largest.to_evidence().map(|evidence| evidence.len()), Ok(Assertion::MAX_BYTES));
        type Part = fn(&mut Assertion) -> &mut Vec<u8>;
        let parts: [(&str, Part); 4] = [
            ("credential id", |a| &mut a.credential_id),
            ("authenticator data", |a| &mut a.authenticator_data),
            ("client data", |a| &mut a.client_data_json),
            ("signature", |a| &mut a.signature),
        ];
        for (name, change) in parts {
            let (mut long, mut empty) = (largest.clone(), assertion());
            change(&mut long).push(0);
            change(&mut empty).clear();
            assert_eq!(long.to_evidence(), Err(InvalidAssertion::Part(name)));
            assert_eq!(empty.to_evidence(), Err(InvalidAssertion::Part(name)));
        }
        let empty_id = [&[1, 0, 0][..], &assertion().to_evidence().unwrap()[19..]].concat();
        assert_eq!(Assertion::from_evidence(&empty_id), Err(InvalidAssertion::Part("credential id")));
    }
}
