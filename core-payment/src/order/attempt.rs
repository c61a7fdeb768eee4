//! The first half of the saga of design.md (c): an attempt is on record before anyone outside is asked.

use payment_domain::{AttemptId, LedgerPosition, Money, Operation, Purpose};
use payment_message::{Message, MessageId, State, StatusReport};

use crate::batch::{Batch, BatchError};
use crate::parties::Party;
use crate::reply::{Attempt, Original, Reply};
use crate::storage::payment::AttemptRow;

/// What an external system is to be asked, and for which message.
pub(crate) struct Begun<'b> {
    pub(crate) position: LedgerPosition,
    pub(crate) payment: i64,
    pub(crate) operation: Operation,
    pub(crate) consumer: &'b Party,
    pub(crate) system: &'b str,
    pub(crate) original: Option<Original>,
    pub(crate) amount: Money,
    pub(crate) message: MessageId,
}

/// Records the attempt and answers "pending". The attempt goes to whoever asked first, who has to execute it.
pub(crate) fn begin(batch: &mut Batch<'_>, begun: Begun<'_>) -> Result<Reply, BatchError> {
    batch.add_attempt(AttemptRow {
        id: begun.position.value(),
        payment: begun.payment,
        kind: begun.operation.as_str().to_owned(),
        purpose: Purpose::Order.as_str().to_owned(),
        party: Some(begun.consumer.id),
        original: begun.original.as_ref().map(|original| original.id.value()),
        system: begun.system.to_owned(),
        micros: begun.amount.micros(),
        currency: begun.amount.currency().as_str().to_owned(),
        state: "pending".to_owned(),
        reference: None,
        action_url: None,
        started_at: batch.now.as_millis(),
        finished_at: None,
        settled_at: None,
        returned_at: None,
    });
    let attempt = Attempt {
        id: AttemptId::new(begun.position.value())?,
        operation: begun.operation,
        purpose: Purpose::Order,
        system: begun.system.to_owned(),
        instrument: begun.consumer.external.clone(),
        bank: begun.consumer.bank(),
        original: begun.original,
        reference: None,
        amount: begun.amount,
        started_at: batch.now,
    };
    let report = StatusReport {
        in_reply_to: begun.message,
        subject: begun.message,
        state: State::Pending,
        amount: Some(begun.amount),
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: batch.now,
    };
    let document = batch.context.notary.sign(&Message::StatusReport(report))?.into();
    Ok(Reply::Pending { document, attempt: Some(Box::new(attempt)) })
}
