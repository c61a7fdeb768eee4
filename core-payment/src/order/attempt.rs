//! The first half of the saga of design.md (c): an attempt is on record before anyone outside is asked.

use payment_domain::{AttemptId, LedgerPosition, Money};
use payment_message::{Message, MessageId, State, StatusReport};

use crate::batch::{Batch, BatchError};
use crate::parties::ExternalInstrument;
use crate::reply::{Attempt, AttemptKind, Reply};
use crate::storage::payment::AttemptRow;

/// What an external system is to be asked, and for which message.
pub(crate) struct Begun<'b> {
    pub(crate) position: LedgerPosition,
    pub(crate) payment: i64,
    pub(crate) kind: AttemptKind,
    pub(crate) instrument: &'b ExternalInstrument,
    pub(crate) amount: Money,
    pub(crate) message: MessageId,
}

/// Records the attempt and answers "pending". The attempt goes to whoever asked first, who has to execute it.
pub(crate) fn begin(batch: &mut Batch<'_>, begun: Begun<'_>) -> Result<Reply, BatchError> {
    let attempt = Attempt {
        id: AttemptId::new(begun.position.value())?,
        kind: begun.kind,
        system: begun.instrument.system().to_owned(),
        instrument: begun.instrument.clone(),
        amount: begun.amount,
        started_at: batch.now,
    };
    batch.add_attempt(AttemptRow {
        id: attempt.id.value(),
        payment: begun.payment,
        kind: attempt.kind.as_str().to_owned(),
        system: attempt.system.clone(),
        micros: begun.amount.micros(),
        currency: begun.amount.currency().as_str().to_owned(),
        state: "pending".to_owned(),
        reference: None,
        started_at: batch.now.as_millis(),
        finished_at: None,
        settled_at: None,
    });
    let report = StatusReport {
        in_reply_to: begun.message,
        subject: begun.message,
        state: State::Pending,
        amount: Some(begun.amount),
        refunded: None,
        receipt_digest: None,
        reported_at: batch.now,
    };
    let document = batch.context.notary.sign(&Message::StatusReport(report))?.into();
    Ok(Reply::Pending { document, attempt: Some(attempt) })
}
