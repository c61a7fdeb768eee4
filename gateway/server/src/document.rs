//! `meteore sign` and `meteore verify`: messages in files, without a server (R37).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use core_payment::Clock as _;
use payment_domain::{Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::envelope::verify_with_key;
use payment_message::{Authentic, EnrolmentRequest, Message, StrictEngine, VerifyError};
use payment_trust::{
    AuthorityCertificate, CertificateRequest, Chain, Credential, OfflineError, PrivateKey, RevocationList,
    XmlsecEngine, verify_offline,
};

use crate::ca::{read, read_certificate};
use crate::clock::SystemClock;

/// `meteore sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The message, an XML document without a signature
    file: PathBuf,
    /// The signer's key, PEM, readable by its owner only
    #[arg(long)]
    key: PathBuf,
    /// The signer's certificate, PEM
    #[arg(long)]
    cert: PathBuf,
    /// Where the signed document goes; by default standard output
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// `meteore verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The signed document
    file: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
    /// As of this time, such as 2026-11-21T07:29:25.123Z; by default the one that the message says
    #[arg(long)]
    at: Option<String>,
}

/// What signatures are checked against.
#[derive(Debug, Args)]
pub(crate) struct Trusted {
    /// The root's certificate, PEM
    #[arg(long)]
    ca: PathBuf,
    /// The issuing authority's certificate; by default issuing.pem beside the root's
    #[arg(long)]
    issuing: Option<PathBuf>,
    /// A revocation list, PEM; without it nothing is said about revocation
    #[arg(long)]
    crl: Option<PathBuf>,
}

impl Trusted {
    /// Reads the authorities and the revocation list.
    pub(crate) fn load(&self) -> anyhow::Result<(Chain, Option<RevocationList>)> {
        let issuing = self.issuing.clone().unwrap_or_else(|| self.ca.with_file_name("issuing.pem"));
        let chain = Chain::new(authority(&self.ca)?, authority(&issuing)?)?;
        let revocations = match &self.crl {
            Some(path) => Some(RevocationList::from_pem(&read(path)?, chain.issuing())?),
            None => None,
        };
        Ok((chain, revocations))
    }
}

/// Signs a message after checking that it is one.
pub(crate) fn sign(sign: &Sign, out: &mut impl Write) -> anyhow::Result<()> {
    let credential = Credential::new(PrivateKey::load(&sign.key)?, read_certificate(&sign.cert)?)?;
    let signed =
        sign_document(&read(&sign.file)?, &credential).with_context(|| sign.file.display().to_string())?;
    match &sign.output {
        Some(path) => std::fs::write(path, signed).with_context(|| path.display().to_string())?,
        None => out.write_all(&signed)?,
    }
    Ok(())
}

/// Verifies a document and says what was checked, or what is wrong.
pub(crate) fn verify(verify: &Verify, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (chain, revocations) = verify.trusted.load()?;
    let at = verify.at.as_deref().map(Timestamp::parse).transpose().context("--at")?;
    let document = read(&verify.file)?;
    match check(&document, &chain, revocations.as_ref(), at) {
        Ok(checked) => {
            writeln!(out, "{}: good", verify.file.display())?;
            checked.print(revocations.is_some(), out)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(out, "{}: BAD: {error:#}", verify.file.display())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What was found good.
pub(crate) struct Checked {
    message: Message,
    authentic: Option<Authentic>,
    at: Timestamp,
}

/// Checks a document offline, as of a time or the time that it says itself.
pub(crate) fn check(
    document: &[u8],
    chain: &Chain,
    revocations: Option<&RevocationList>,
    at: Option<Timestamp>,
) -> anyhow::Result<Checked> {
    let scanned = scan(document).map_err(VerifyError::from)?;
    let message = Message::parse(scanned.body())?;
    let at = at.unwrap_or_else(|| written_at(&message, SystemClock.now()));
    if let Message::EnrolmentRequest(request) = &message {
        let key = CertificateRequest::from_der(&request.pkcs10)?;
        verify_with_key(&scanned, key.key())?;
        return Ok(Checked { message, authentic: None, at });
    }
    let verified = verify_offline(&StrictEngine, document, chain, revocations, at);
    let authentic = match verified {
        Err(OfflineError::Document(VerifyError::OutsideProfile(_))) => {
            let engine =
                XmlsecEngine::start().context("the engine for documents outside the strict profile")?;
            verify_offline(&engine, document, chain, revocations, at)?
        }
        verified => verified?,
    };
    Ok(Checked { message, authentic: Some(authentic), at })
}

impl Checked {
    /// In which role it was signed, if by anybody registered.
    pub(crate) fn signer(&self) -> Option<&Role> {
        self.authentic.as_ref().map(|authentic| authentic.sender().role())
    }

    /// The message.
    pub(crate) fn into_message(self) -> Message {
        self.message
    }

    fn print(&self, revocation: bool, out: &mut impl Write) -> anyhow::Result<()> {
        writeln!(out, "  message      {}, follows the schema", self.message.kind().as_str())?;
        match &self.authentic {
            Some(authentic) => {
                let sender = authentic.sender();
                writeln!(
                    out,
                    "  signature    by {} as {}, over the whole document",
                    sender.party(),
                    sender.role()
                )?;
                writeln!(out, "  certificate  {}, leads to the root", sender.fingerprint())?;
                writeln!(out, "  digest       {}", authentic.digest())?;
            }
            None => writeln!(
                out,
                "  signature    with the key that a certificate is asked for; nobody is named yet"
            )?,
        }
        let revoked = if revocation { "not revoked" } else { "revocation not checked (no --crl)" };
        writeln!(out, "  as of        {}, {revoked}", self.at)?;
        Ok(())
    }
}

fn sign_document(document: &[u8], credential: &Credential) -> anyhow::Result<Vec<u8>> {
    let scanned = scan(document)?;
    ensure!(scanned.signature().is_none(), "the document is signed already");
    let message = Message::parse(scanned.body())?;
    if let Message::EnrolmentRequest(EnrolmentRequest { .. }) = message {
        bail!(
            "an enrolment request is signed with the key that it asks a certificate for, by the party itself"
        );
    }
    Ok(message.sign(credential)?)
}

fn authority(path: &Path) -> anyhow::Result<AuthorityCertificate> {
    AuthorityCertificate::from_pem(&read(path)?).with_context(|| path.display().to_string())
}

/// When the message says that it was made.
fn written_at(message: &Message, now: Timestamp) -> Timestamp {
    match message {
        // An offer says only until when it holds.
        Message::Offer(offer) => offer.valid_until.min(now),
        Message::PaymentOrder(order) => order.created_at,
        Message::PaymentReceipt(receipt) => receipt.accepted_at,
        Message::Rejection(rejection) => rejection.rejected_at,
        Message::StatusRequest(request) => request.created_at,
        Message::StatusReport(report) => report.reported_at,
        Message::RefundOrder(refund) => refund.created_at,
        Message::RefundReceipt(receipt) => receipt.refunded_at,
        Message::EnrolmentRequest(request) => request.created_at,
        Message::EnrolmentResponse(response) => response.issued_at,
        Message::TopUpOrder(order) => order.created_at,
        Message::TopUpReceipt(receipt) => receipt.topped_up_at,
        Message::RedemptionOrder(order) => order.created_at,
        Message::RedemptionReceipt(receipt) => receipt.redeemed_at,
        Message::CouponOrder(order) => order.created_at,
        Message::CouponReceipt(receipt) => receipt.issued_at,
        Message::Campaign(campaign) => campaign.valid_until.min(now),
        Message::QuoteRequest(request) => request.created_at,
        Message::Quote(quote) => quote.quoted_at,
        Message::CaptureOrder(capture) => capture.created_at,
        Message::VoidOrder(void) => void.created_at,
        Message::DisputeOrder(dispute) => dispute.created_at,
        Message::Bill(bill) => bill.issued_at,
        Message::Statement(statement) => statement.issued_at,
        Message::PayoutAdvice(advice) => advice.issued_at,
        Message::CreditNote(note) => note.issued_at,
        Message::Reminder(reminder) => reminder.issued_at,
        Message::InclusionProof(proof) => proof.proved_at,
    }
}

#[cfg(test)]
mod tests;
