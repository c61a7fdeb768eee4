//! Passkeys: the register says what was declared, and every message that was authenticated by one carries its proof.
//!
//! On which page a passkey was used is not in the ledger; that its holder meant this very message is (R37).

use payment_domain::Method;
use payment_message::Message;
use payment_message::passkey::{Assertion, Claim, Claimed, passkey_challenge};
use payment_trust::passkey::PasskeyKey;

use super::documents::Documents;
use super::{AuditReport, place};
use crate::ledger::time_of;
use crate::parties::msisdn_index;
use crate::passkey::{registered_words, revoked_words};
use crate::storage::journal::EvidenceRow;
use crate::storage::party::PartyRow;
use crate::storage::passkey::{self, PasskeyRow};
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError, party};

/// A message is verified before it waits to be posted, perhaps by another server, whose clock may differ: so much later it
/// may be posted after its passkey was revoked, and so much earlier before it was registered.
const SLACK_MS: i64 = 120_000;

/// What the evidence says must be registered.
#[derive(Default)]
pub(super) struct Passkeys {
    registered: i64,
    revoked: i64,
}

impl Passkeys {
    /// Compares one page of evidence with the register.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            if let Some(message) = &said.request
                && let Some(claim) = message.claim().filter(|claim| claim.method == Method::Passkey)
                && let Err(fault) = proven(conn, row, message, &claim, documents)?
            {
                report.find(place("evidence", row.id), format!("the passkey: {fault}"));
            }
            if row.kind == "declared" {
                self.declared(conn, row, &said.words, report)?;
            }
        }
        Ok(())
    }

    /// Words of ours that register or revoke: the register says the same.
    fn declared(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        words: &[u8],
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let words = String::from_utf8_lossy(words);
        let mut parts = words.split(' ');
        let revokes = match parts.next() {
            Some("passkey") => false,
            Some("passkey-revoked") => true,
            _ => return Ok(()),
        };
        let count = if revokes { &mut self.revoked } else { &mut self.registered };
        *count = count.saturating_add(1);
        let credential = parts.nth(1).and_then(unhex).unwrap_or_default();
        let found = owned(conn, &credential)?;
        let agrees = found.is_some_and(|(known, owner)| {
            let (at, expected) = if revokes {
                (known.revoked_at, revoked_words(&owner.name, &known))
            } else {
                (Some(known.registered_at), registered_words(&owner.name, &known))
            };
            at == Some(row.id) && words == expected
        });
        if !agrees {
            report.find(place("evidence", row.id), "the passkey that it declares is registered otherwise");
        }
        Ok(())
    }

    /// Compares what is registered with what must be.
    pub(super) fn close(self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let (registered, revoked) = passkey::counts(conn)?;
        if (registered, revoked) != (self.registered, self.revoked) {
            report.find(
                "passkey",
                format!(
                    "{registered} are registered and {revoked} revoked, {} and {} were declared",
                    self.registered, self.revoked
                ),
            );
        }
        Ok(())
    }
}

/// Whether the evidence of a message proves that its consumer meant it.
fn proven(
    conn: &mut Conn,
    row: &EvidenceRow,
    message: &Message,
    claim: &Claim<'_>,
    documents: &Documents,
) -> Result<Result<(), String>, StorageError> {
    let assertion = match Assertion::from_evidence(claim.evidence) {
        Ok(assertion) => assertion,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Some((known, owner)) = owned(conn, &assertion.credential_id)? else {
        return Ok(Err("is not registered".to_owned()));
    };
    let is_consumers = match claim.consumer {
        Claimed::Consumer(consumer) => owner.name == consumer.as_str(),
        Claimed::Msisdn(msisdn) => match documents.sealer() {
            Some(sealer) => party::by_msisdn(conn, &msisdn_index(sealer, msisdn))?
                .is_some_and(|party| party.id == owner.id),
            // Without the sealer there are findings enough.
            None => true,
        },
    };
    let posted_at = time_of(row.id);
    let in_force = posted_at.millis_since(time_of(known.registered_at)) >= SLACK_MS.saturating_neg()
        && known.revoked_at.is_none_or(|at| posted_at.millis_since(time_of(at)) <= SLACK_MS);
    if !is_consumers || !in_force {
        return Ok(Err("was not this consumer's, or not then".to_owned()));
    }
    let Ok(key) = PasskeyKey::from_sec1(&known.public_key) else {
        return Ok(Err("is registered with what is no key".to_owned()));
    };
    let proof = key.proves(&passkey_challenge(message), &assertion);
    Ok(proof.map(|_| ()).map_err(|error| error.to_string()))
}

/// A passkey and whose it is.
fn owned(conn: &mut Conn, credential: &[u8]) -> Result<Option<(PasskeyRow, PartyRow)>, StorageError> {
    let Some(known) = passkey::by_credential(conn, credential)? else { return Ok(None) };
    let owner = party::by_id(conn, known.party)?;
    Ok(owner.map(|owner| (known, owner)))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    if !digits.remainder().is_empty() {
        return None;
    }
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
