//! The authentication layer in front of the core (R7): from bytes to a message that the core may act on, and to the
//! signed answer.
//!
//! In this order, and the first that fails ends it: the signature, by the strict engine, or by the other one for
//! partners' documents outside the strict profile; the sender's rate; the sender's role; the age of the message; the
//! consumer's passkey, where the message speaks of one. Ids that were used before, and all that is decided, are the core's.
//!
//! What this must not do: know HTTP. Text messages and WAP join here.

mod enrolment;
mod freshness;
mod passkey;
mod rejection;
mod role;
mod shadow;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aggregation::Aggregation;
use core_payment::coupon::{CampaignDeposit, CouponInstruction};
use core_payment::exchange::QuoteFor;
use core_payment::purse::{Redemption, TopUp};
use core_payment::{Clock, Core, Notary, Reply, ReplyKind, SubmitError};
use payment_message::{
    Code, Kind, Message, OpenError, SenderError, StrictEngine, Verified, VerifyError, open,
};
use payment_trust::passkey::RelyingParty;
use payment_trust::{SenderCache, XmlsecEngine};

use enrolment::Applicant;
pub use enrolment::Registrar;
pub use freshness::Freshness;
pub use rejection::{Refusal, Rejections};
pub use shadow::{Shadow, ShadowError};

use crate::external::{Execution, Executor};
use crate::limits::Limits;

/// Takes messages in.
pub struct Intake {
    parts: Parts,
    rejections: Rejections,
}

/// What an intake works with.
pub struct Parts {
    /// Where verified messages go.
    pub core: Core,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Signs rejections.
    pub notary: Arc<dyn Notary>,
    /// Who may sign messages.
    pub senders: Arc<SenderCache>,
    /// Verifies what the strict engine does not know.
    pub partners: Arc<XmlsecEngine>,
    /// Verifies a sample a second time.
    pub shadow: Option<Shadow>,
    /// Issues certificates, where the issuing key is.
    pub registrar: Option<Registrar>,
    /// Takes complaints.
    pub aggregation: Aggregation,
    /// Runs single payments.
    pub executor: Executor,
    /// How much one sender may ask.
    pub limits: Arc<Limits>,
    /// How old a message may be.
    pub freshness: Freshness,
    /// Where passkeys may be used. Without an origin none is accepted.
    pub passkeys: Arc<RelyingParty>,
}

/// The signed answer to a message.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The signed document.
    pub document: Arc<[u8]>,
    /// What it says.
    pub verdict: Verdict,
    /// Which message was answered, if it could be read.
    pub kind: Option<Kind>,
    /// When to try again, if that may help.
    pub retry_after: Option<Duration>,
}

/// What a signed answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A receipt or certificate.
    Accepted,
    /// A report: nothing was moved by this message.
    Report,
    /// An external system has not answered yet.
    Pending,
    /// A rejection: nothing was posted.
    Rejected(Code),
}

/// There is no signed answer: the signing key cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be signed now")]
pub struct Unsigned;

impl Intake {
    /// Takes messages in with these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let rejections = Rejections::new(Arc::clone(&parts.notary));
        Self { parts, rejections }
    }

    /// Takes one message in and answers it.
    ///
    /// # Errors
    /// [`Unsigned`] if not even a rejection can be signed.
    pub async fn receive(&self, document: &[u8]) -> Result<Answer, Unsigned> {
        match self.try_receive(document).await {
            Ok(answer) => Ok(answer),
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Answers with a rejection.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub fn refuse(&self, refusal: &Refusal) -> Result<Answer, Unsigned> {
        self.rejections.answer(refusal, self.parts.clock.now())
    }

    /// The core that messages go to.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.parts.core
    }

    async fn try_receive(&self, document: &[u8]) -> Result<Answer, Refusal> {
        let started = Instant::now();
        let opened = self.open(document).await;
        metrics::histogram!("meteore_verify_duration_seconds").record(started.elapsed());
        let verified = match opened {
            Ok(verified) => verified,
            // Whoever enrols is not registered yet.
            Err(OpenError::Verify(VerifyError::Sender(SenderError::Unknown))) => {
                return self.enrol(document).await;
            }
            Err(error) => return Err(Refusal::unopened(&error)),
        };
        let sender = verified.sender();
        if let Err(too_many) = self.parts.limits.sender(&sender.fingerprint(), sender.role()) {
            return Err(Refusal::of(&verified, Code::TooManyRequests).after(too_many.retry_after));
        }
        role::check(sender, verified.message()).map_err(|code| Refusal::of(&verified, code))?;
        match self.parts.freshness.check(verified.message(), self.parts.clock.now()) {
            Ok(()) => {}
            Err(Code::MessageStale) => {
                let stale = Refusal::of(&verified, Code::MessageStale);
                return self.repeat(verified, stale).await;
            }
            Err(code) => return Err(Refusal::of(&verified, code)),
        }
        match self.check_passkey(&verified).await {
            Ok(()) => self.submit(verified).await,
            // It may have been good when the message came first, and revoked since.
            Err(refusal) => self.repeat(verified, refusal).await,
        }
    }

    async fn check_passkey(&self, verified: &Verified<Message>) -> Result<(), Refusal> {
        if passkey::claim(verified.message()).is_none() {
            return Ok(());
        }
        let (core, here) = (self.parts.core.clone(), Arc::clone(&self.parts.passkeys));
        let subject = verified.clone();
        let checked = tokio::task::spawn_blocking(move || passkey::check(&core, &here, &subject)).await;
        checked
            .unwrap_or_else(|_| Err(Refusal::of(verified, Code::Unavailable).after(Duration::from_secs(1))))
    }

    async fn open(&self, document: &[u8]) -> Result<Verified<Message>, OpenError> {
        let now = self.parts.clock.now();
        let opened = open(&StrictEngine, document, &self.parts.senders.at(now));
        match opened {
            Err(OpenError::Verify(VerifyError::OutsideProfile(_))) => self.open_partners(document).await,
            opened => {
                if let Some(shadow) = &self.parts.shadow {
                    shadow.sample(document, &opened, now);
                }
                opened
            }
        }
    }

    /// The other engine waits for a thread of its own: not on one that serves requests.
    async fn open_partners(&self, document: &[u8]) -> Result<Verified<Message>, OpenError> {
        let (engine, senders) = (Arc::clone(&self.parts.partners), Arc::clone(&self.parts.senders));
        let (document, now) = (document.to_vec(), self.parts.clock.now());
        metrics::counter!("meteore_partner_verifications_total").increment(1);
        tokio::task::spawn_blocking(move || open(&*engine, &document, &senders.at(now)))
            .await
            .unwrap_or(Err(OpenError::Verify(VerifyError::Sender(SenderError::Unavailable))))
    }

    async fn submit(&self, verified: Verified<Message>) -> Result<Answer, Refusal> {
        let kind = verified.message().kind();
        let subject = Refusal::of(&verified, Code::Unavailable);
        let core = &self.parts.core;
        let reply = match kind {
            Kind::Offer => core.deposit_offer(narrow(verified)?).await,
            Kind::PaymentOrder => core.accept_order(narrow(verified)?).await,
            Kind::RefundOrder => core.refund(narrow(verified)?).await,
            Kind::StatusRequest => core.status(narrow(verified)?).await,
            Kind::CaptureOrder => core.capture(narrow(verified)?).await,
            Kind::VoidOrder => core.void(narrow(verified)?).await,
            Kind::DisputeOrder => core.request(self.parts.aggregation.dispute(narrow(verified)?)).await,
            Kind::TopUpOrder => core.request(TopUp::new(narrow(verified)?)).await,
            Kind::RedemptionOrder => core.request(Redemption::new(narrow(verified)?)).await,
            Kind::QuoteRequest => core.request(QuoteFor::new(narrow(verified)?)).await,
            Kind::CouponOrder => core.request(CouponInstruction::new(narrow(verified)?)).await,
            Kind::Campaign => core.request(CampaignDeposit::new(narrow(verified)?)).await,
            _ => return Err(Refusal::of(&verified, Code::UnknownMessage)),
        };
        let reply = reply.map_err(|error| unavailable(error, &subject))?;
        Ok(self.execute(reply, kind).await)
    }

    /// What cannot be taken as new, too old or with a passkey that is no longer good, may be the repetition of a message
    /// whose answer was lost: it gets that answer. To refuse it would say that nothing was posted.
    async fn repeat(&self, verified: Verified<Message>, refusal: Refusal) -> Result<Answer, Refusal> {
        let unavailable = Refusal::of(&verified, Code::Unavailable);
        let kind = verified.message().kind();
        let core = self.parts.core.clone();
        match tokio::task::spawn_blocking(move || core.answered(&verified)).await {
            Ok(Ok(Some(reply))) => Ok(self.execute(reply, kind).await),
            Ok(Ok(None)) => Err(refusal),
            Ok(Err(_)) | Err(_) => Err(unavailable.after(Duration::from_secs(1))),
        }
    }

    async fn enrol(&self, document: &[u8]) -> Result<Answer, Refusal> {
        let now = self.parts.clock.now();
        let applicant = Applicant::read(document)?;
        let Some(registrar) = &self.parts.registrar else {
            let refusal = applicant.refused(Code::EnrolmentRefused);
            return Err(refusal.because("This server issues no certificates."));
        };
        let subject = applicant.refused(Code::Unavailable);
        self.parts.freshness.check(&applicant.message(), now).map_err(|code| applicant.refused(code))?;
        let (core, asked) = (self.parts.core.clone(), applicant.clone());
        let invited =
            tokio::task::spawn_blocking(move || core.may_enrol(&asked.request, &asked.digest)).await;
        match invited {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Err(applicant.refused(Code::EnrolmentRefused)),
            Ok(Err(_)) | Err(_) => return Err(subject.after(Duration::from_secs(1))),
        }
        let enrolment = registrar.issue(applicant, document, now).await?;
        let fingerprint = enrolment.certificate.fingerprint();
        let reply = self.parts.core.enrol(enrolment).await.map_err(|error| unavailable(error, &subject))?;
        self.parts.senders.forget(&fingerprint);
        Ok(self.execute(reply, Kind::EnrolmentRequest).await)
    }

    /// Runs the attempt that the core handed out, if it did, and waits a while for the external system.
    async fn execute(&self, reply: Reply, kind: Kind) -> Answer {
        let kind = Some(kind);
        match reply {
            Reply::Signed { document, kind: said } => {
                Answer { document, verdict: said.into(), kind, retry_after: None }
            }
            Reply::Pending { document, attempt } => {
                let finished = match attempt {
                    Some(attempt) => self.parts.executor.execute(*attempt).await,
                    None => Execution::Waiting,
                };
                match finished {
                    Execution::Finished(Ok(Reply::Signed { document, kind: said })) => {
                        Answer { document, verdict: said.into(), kind, retry_after: None }
                    }
                    // Not booked yet, or not answered yet: the sender asks again, or asks for the status.
                    Execution::Finished(_) | Execution::Waiting => {
                        let retry_after = Some(Duration::from_secs(2));
                        Answer { document, verdict: Verdict::Pending, kind, retry_after }
                    }
                }
            }
        }
    }
}

impl From<ReplyKind> for Verdict {
    fn from(kind: ReplyKind) -> Self {
        match kind {
            ReplyKind::Accepted => Self::Accepted,
            ReplyKind::Report => Self::Report,
            ReplyKind::Rejected(code) => Self::Rejected(code),
        }
    }
}

/// The kind was looked at before.
fn narrow<T>(verified: Verified<Message>) -> Result<Verified<T>, Refusal>
where
    T: TryFrom<Message, Error = payment_message::message::UnexpectedKind>,
{
    verified.narrow().map_err(|_| Refusal::plain(Code::UnknownMessage))
}

fn unavailable(error: SubmitError, subject: &Refusal) -> Refusal {
    metrics::counter!("meteore_unavailable_total", "reason" => match error {
        SubmitError::QueueFull => "queue-full",
        SubmitError::Unavailable => "database",
        SubmitError::ShuttingDown => "shutting-down",
    })
    .increment(1);
    subject.clone().after(Duration::from_secs(1))
}
