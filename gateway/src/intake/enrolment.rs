//! Certificates for parties that were invited (R38, R43): the request proves possession of its key, twice.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use core_payment::{Enrolment, Notary};
use payment_domain::{Digest, Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::envelope::verify_with_key;
use payment_message::{Code, EnrolmentRequest, EnrolmentResponse, Message, VerifyError};
use payment_trust::{Certificate, CertificateRequest, Directory, DirectoryError};

use super::Refusal;

/// Issues certificates. Only where the issuing key is.
#[derive(Clone)]
pub struct Registrar {
    directory: Directory,
    notary: Arc<dyn Notary>,
    lifetime: Duration,
}

/// A request whose sender holds the key that they ask a certificate for. Whether they were invited is for the core to
/// say.
#[derive(Debug, Clone)]
pub(super) struct Applicant {
    pub(super) request: EnrolmentRequest,
    pub(super) digest: Digest,
    key: CertificateRequest,
}

impl Registrar {
    /// Issues from this folder, for so long.
    #[must_use]
    pub fn new(directory: Directory, notary: Arc<dyn Notary>, lifetime: Duration) -> Self {
        Self { directory, notary, lifetime }
    }

    /// Makes the certificate and the answer that hands it out.
    pub(super) async fn issue(
        &self,
        applicant: Applicant,
        document: &[u8],
        now: Timestamp,
    ) -> Result<Enrolment, Refusal> {
        let refusal = applicant.refused(Code::Unavailable);
        let this = self.clone();
        let document = document.to_vec();
        // The registers wait for the disk.
        let issued = tokio::task::spawn_blocking(move || this.issue_now(applicant, document, now)).await;
        match issued {
            Ok(Ok(enrolment)) => Ok(enrolment),
            Ok(Err(error)) => {
                tracing::error!(error = %chain(&error), "no certificate was issued");
                Err(refusal)
            }
            Err(_) => Err(refusal),
        }
    }

    fn issue_now(
        &self,
        applicant: Applicant,
        document: Vec<u8>,
        now: Timestamp,
    ) -> Result<Enrolment, IssueError> {
        let Applicant { request, digest, key } = applicant;
        let issuing_certificate = self.directory.chain()?.issuing().der().to_vec();
        let certificate =
            self.directory.issue(&request.party, &request.role, key.key(), self.lifetime, now)?;
        let response = answer_to(&request, &certificate, issuing_certificate, now);
        let response = self.notary.sign(&response)?;
        Ok(Enrolment { request, digest, document, certificate, response })
    }
}

impl Applicant {
    /// Reads the request of somebody who is not registered, and checks that they hold the key.
    pub(super) fn read(document: &[u8]) -> Result<Self, Refusal> {
        // To whoever is neither registered nor enrols, nothing more is said than that.
        let stranger = || Refusal::plain(Code::UnknownSender);
        let scanned = scan(document).map_err(|_| stranger())?;
        let Ok(message) = Message::parse(scanned.body()) else { return Err(stranger()) };
        let Message::EnrolmentRequest(request) = message else { return Err(stranger()) };
        let plain = Message::EnrolmentRequest(request.clone());
        let refused = |code| Refusal::plain(code).about(&plain, plain.digest());
        let key = CertificateRequest::from_der(&request.pkcs10)
            .map_err(|error| refused(Code::EnrolmentRefused).because(error.to_string()))?;
        let digest =
            verify_with_key(&scanned, key.key()).map_err(|error: VerifyError| refused(error.code()))?;
        let may_enrol = matches!(request.role, Role::Merchant | Role::Terminal | Role::Adapter(_));
        if may_enrol { Ok(Self { request, digest, key }) } else { Err(refused(Code::EnrolmentRefused)) }
    }

    /// A refusal of this request.
    pub(super) fn refused(&self, code: Code) -> Refusal {
        Refusal::plain(code).about(&self.message(), self.digest)
    }

    /// The request as a message.
    pub(super) fn message(&self) -> Message {
        Message::EnrolmentRequest(self.request.clone())
    }
}

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
enum IssueError {
    #[error("the PKI folder")]
    Directory(#[from] DirectoryError),
    #[error("the answer")]
    Sign(#[from] payment_message::SignError),
}

fn answer_to(
    request: &EnrolmentRequest,
    certificate: &Certificate,
    issuing_certificate: Vec<u8>,
    now: Timestamp,
) -> Message {
    Message::from(EnrolmentResponse {
        in_reply_to: request.request_id,
        party: request.party.clone(),
        role: request.role.clone(),
        certificate: certificate.der().to_vec(),
        issuing_certificate,
        not_after: certificate.not_after(),
        issued_at: now,
    })
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registrar({})", self.directory.folder().display())
    }
}
