//! The evidence: both parties' signed bytes, verified again as of the time they were posted (R37).

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use payment_domain::{Digest, EvidenceKind, Role, Timestamp};
use payment_message::envelope::verify_with_key;
use payment_message::{Message, Sender, SenderError, Senders, VerifyError, canonical, sha256};
use payment_trust::{Certificate, CertificateRequest, Chain, Sealer};

use super::{AuditError, AuditReport, AuditTrust, place};
use crate::evidence::{self, Unpacker};
use crate::ledger::time_of;
use crate::storage::journal::EvidenceRow;
use crate::storage::replay::Page;
use crate::storage::{Conn, journal};

/// Certificates that are remembered at a time.
const MOST_CERTIFICATES: usize = 100_000;

/// Verifies documents and remembers what they say, for one page.
pub(super) struct Documents {
    trust: AuditTrust,
    unpacker: Unpacker,
    certificates: HashMap<Digest, Vec<u8>>,
    known: Mutex<HashMap<Digest, Option<Arc<Sender>>>>,
    said: HashMap<i64, Said>,
}

/// What one row of evidence says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) request: Option<Message>,
    pub(super) reply: Option<Message>,
    pub(super) words: Vec<u8>,
}

impl Said {
    /// Whether it is a payment in another currency than the account's.
    pub(super) fn is_exchanged(&self) -> bool {
        matches!(&self.reply, Some(Message::PaymentReceipt(receipt)) if receipt.charged.is_some())
    }
}

impl Documents {
    pub(super) fn new(trust: AuditTrust) -> Result<Self, AuditError> {
        Ok(Self {
            trust,
            unpacker: Unpacker::new()?,
            certificates: HashMap::new(),
            known: Mutex::default(),
            said: HashMap::new(),
        })
    }

    /// What opens sealed data.
    pub(super) fn sealer(&self) -> Option<&Sealer> {
        self.trust.sealer.as_deref()
    }

    /// What the evidence at a position of this page says.
    pub(super) fn said(&self, id: i64) -> Option<&Said> {
        self.said.get(&id)
    }

    /// Verifies every document of a page.
    pub(super) fn verify(&mut self, conn: &mut Conn, page: &Page, report: &mut AuditReport) {
        self.said.clear();
        for row in &page.evidence {
            let said = self.read(conn, row, report);
            self.said.insert(row.id, said);
        }
    }

    fn read(&mut self, conn: &mut Conn, row: &EvidenceRow, report: &mut AuditReport) -> Said {
        let here = place("evidence", row.id);
        let Ok(packed) = evidence::unseal(self.trust.sealer.as_deref(), row.id, &row.request) else {
            report.find(here, "is sealed, and this key does not open it");
            return Said::default();
        };
        let (Ok(request), Ok(reply)) = (self.unpack(conn, &packed), self.unpack(conn, &row.reply)) else {
            report.find(here, "cannot be unpacked");
            return Said::default();
        };
        if EvidenceKind::parse(&row.kind).is_ok_and(EvidenceKind::is_words) {
            if row.digest.as_deref() != Some(&sha256(&request).as_bytes()[..]) {
                report.find(here, "the words of the act are not those of its digest");
            }
            return Said { words: request, ..Said::default() };
        }
        let at = time_of(row.id);
        let mut said = Said::default();
        match self.check(&reply, at, Some(&Role::Cps)) {
            Ok((message, _)) => said.reply = Some(message),
            Err(fault) => report.find(&here, format!("the reply: {fault}")),
        }
        report.signatures = report.signatures.saturating_add(u64::from(said.reply.is_some()));
        if request.is_empty() {
            if row.message_id.is_some() {
                report.find(&here, "the request is missing");
            }
            return said;
        }
        let checked =
            if row.kind == "enrolment" { enrolment(&request) } else { self.check(&request, at, None) };
        match checked {
            Ok((message, digest)) => {
                if row.digest.as_deref() != Some(&digest.as_bytes()[..]) {
                    report.find(&here, "the digest is not the request's");
                }
                if row.message_id.as_deref() != message.id().map(|id| id.as_bytes().to_vec()).as_deref() {
                    report.find(&here, "the message id is not the request's");
                }
                report.signatures = report.signatures.saturating_add(1);
                said.request = Some(message);
            }
            Err(fault) => report.find(&here, format!("the request: {fault}")),
        }
        said
    }

    fn unpack(&mut self, conn: &mut Conn, packed: &[u8]) -> io::Result<Vec<u8>> {
        let certificates = &mut self.certificates;
        self.unpacker.unpack(packed, |fingerprint| {
            if let Some(der) = certificates.get(fingerprint) {
                return Ok(Some(der.clone()));
            }
            let found = journal::certificate(conn, fingerprint).map_err(io::Error::other)?;
            // What the fingerprint does not name is another certificate.
            let der = found.filter(|der| sha256(der) == *fingerprint);
            if certificates.len() >= MOST_CERTIFICATES {
                certificates.clear();
            }
            certificates.extend(der.clone().map(|der| (*fingerprint, der)));
            Ok(der)
        })
    }

    fn check(
        &self,
        document: &[u8],
        at: Timestamp,
        role: Option<&Role>,
    ) -> Result<(Message, Digest), String> {
        let senders = AtTime { documents: self, at };
        let mut failed = "no engine".to_owned();
        for engine in &self.trust.engines {
            match engine.verify(document, &senders) {
                Ok(authentic) => {
                    let signer = authentic.sender().role();
                    if role.is_some_and(|role| role != signer) {
                        return Err(format!("signed in the role {signer}"));
                    }
                    let message = Message::parse(authentic.body()).map_err(|error| error.to_string())?;
                    return Ok((message, authentic.digest()));
                }
                Err(VerifyError::OutsideProfile(what)) => failed = format!("outside the profile: {what}"),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(failed)
    }

    fn sender(&self, certificate: &[u8], at: Timestamp) -> Option<Arc<Sender>> {
        let fingerprint = sha256(certificate);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = known
            .entry(fingerprint)
            .or_insert_with(|| trusted(&self.trust.chains, certificate, at))
            .clone()?;
        (sender.not_before() <= at && at <= sender.not_after()).then_some(sender)
    }
}

/// A certificate that one of the chains issued.
fn trusted(chains: &[Chain], certificate: &[u8], at: Timestamp) -> Option<Arc<Sender>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    // The leaf's own validity is asked for each document, the path once.
    let within = at.clamp(certificate.not_before(), certificate.not_after());
    chains.iter().find(|chain| chain.validate(&certificate, None, within).is_ok())?;
    Some(Arc::new(certificate.to_sender()))
}

/// An enrolment is signed with the key that it asks a certificate for.
fn enrolment(document: &[u8]) -> Result<(Message, Digest), String> {
    let scanned = canonical::scan(document).map_err(|error| error.to_string())?;
    let message = Message::parse(scanned.body()).map_err(|error| error.to_string())?;
    let Message::EnrolmentRequest(request) = &message else { return Err("is no enrolment".to_owned()) };
    let pkcs10 = CertificateRequest::from_der(&request.pkcs10).map_err(|error| error.to_string())?;
    let digest = verify_with_key(&scanned, pkcs10.key()).map_err(|error| error.to_string())?;
    Ok((message, digest))
}

/// Whoever had a certificate of this system at that time.
struct AtTime<'d> {
    documents: &'d Documents,
    at: Timestamp,
}

impl Senders for AtTime<'_> {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        self.documents.sender(certificate_hint, self.at).ok_or(SenderError::Unknown)
    }
}
