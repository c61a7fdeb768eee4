//! What is put on the writers' queue, and what comes back.

use payment_domain::{
    AttemptId, ConsumerId, LedgerPosition, Money, Offer, PartyId, PaymentOrder, RefundOrder, RequestId, Role,
    Timestamp,
};
use payment_message::{Invitation, Verified};
use payment_trust::Certificate;
use thiserror::Error;
use tokio::sync::oneshot;

use std::any::Any;

use crate::act::{AnyAct, Request};
use crate::parties::{ChangeParty, NewParty};
use crate::reply::{Enrolment, Outcome, Reply, SubmitError};

/// One thing to write.
pub(crate) enum Task {
    Order(Box<Verified<PaymentOrder>>),
    Offer(Box<Verified<Offer>>),
    Refund(Box<Verified<RefundOrder>>),
    Enrol(Box<Enrolment>),
    Finish(AttemptId, Outcome),
    TopUp { id: RequestId, consumer: ConsumerId, amount: Money },
    Register(Box<NewParty>),
    RegisterCertificate(Box<Certificate>),
    Invite { party: PartyId, role: Role, invitation: Invitation, expires_at: Timestamp },
    PublishCrl { number: i64, pem: Vec<u8> },
    Change(Box<ChangeParty>),
    Request(Box<dyn Request>),
    Act(Box<dyn AnyAct>),
}

/// What became of it.
pub(crate) enum Answer {
    Reply(Reply),
    Posted(LedgerPosition),
    Done,
    Refused(AdminError),
    Did(Box<dyn Any + Send>),
}

/// A task and where to answer.
pub(crate) struct Job {
    pub(crate) task: Task,
    pub(crate) answer: oneshot::Sender<Result<Answer, SubmitError>>,
}

/// Why an act of administration was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AdminError {
    /// The name or telephone number belongs to another party.
    #[error("a party with this name or telephone number exists already")]
    Exists,
    /// No such party.
    #[error("no such party")]
    UnknownParty,
    /// The party has no account that can do this.
    #[error("the party has no prepaid account in this currency")]
    NoAccount,
    /// A voucher under a policy that lets nothing expire.
    #[error("the policy lets nothing expire: it has no prepaid.expires_after_months")]
    NothingExpires,
    /// The amount is not above zero.
    #[error("the amount must be above zero")]
    NotPositive,
    /// The id was used for something else.
    #[error("this id was used for something else")]
    IdReused,
    /// The party is registered in another role.
    #[error("the party is registered in another role")]
    WrongRole,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}
