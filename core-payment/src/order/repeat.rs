//! The same id again: the first answer for the same message, a refusal for any other.

use std::sync::Arc;

use payment_domain::{AttemptId, Digest, EvidenceKind};
use payment_message::{Code, Message, MessageId, Verified, canonical};

use super::refusal::Refusal;
use crate::batch::{Batch, BatchError, Seen};
use crate::evidence::Unpacker;
use crate::reply::{Reply, ReplyKind};
use crate::storage::journal::EvidenceRow;
use crate::storage::{Conn, StorageError, Tx, journal, party, payment};

/// The answer to a message whose id was seen before; `None` if it is new.
pub(crate) fn answer(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    id: MessageId,
    sender: Option<i64>,
    digest: Digest,
) -> Result<Option<Reply>, BatchError> {
    let (same, here, position) = match batch.seen(id.as_bytes()) {
        None => return Ok(None),
        Some(Seen::Here { sender: first, digest: known, reply, .. }) => {
            (*first == sender && *known == digest, Some(reply.repeated()), 0)
        }
        Some(Seen::Before(known)) => {
            let same = known.sender == sender && known.digest.as_deref() == Some(&digest.as_bytes()[..]);
            (same, None, known.position)
        }
    };
    if !same {
        return Refusal::new(Code::IdReused).sign(batch, id, Some(digest)).map(Some);
    }
    match here {
        Some(reply) => Ok(Some(reply)),
        None => stored(batch, tx.conn(), position).map(Some),
    }
}

/// The newest answer to the message at a position: an order or refund that was pending may have ended since.
pub(crate) fn stored(batch: &mut Batch<'_>, conn: &mut Conn, position: i64) -> Result<Reply, BatchError> {
    let row = newest(conn, position)?.ok_or(BatchError::Corrupt("evidence"))?;
    read(&mut batch.memory.unpacker, conn, &row)
}

/// The newest answer to whatever an attempt is for. One that was begun in our own words, as a step of a payment, has none
/// of its own: then it is the order's.
pub(crate) fn of_attempt(
    batch: &mut Batch<'_>,
    conn: &mut Conn,
    attempt: AttemptId,
    subject: i64,
) -> Result<Reply, BatchError> {
    let own = stored(batch, conn, attempt.value())?;
    if own.document().is_empty() && payment::payment_at(conn, subject)?.is_some() {
        return stored(batch, conn, subject);
    }
    Ok(own)
}

/// The newest answer to this very message, read without a batch; `None` if it was never answered for good.
pub(crate) fn find(conn: &mut Conn, message: &Verified<Message>) -> Result<Option<Reply>, BatchError> {
    let Some(id) = message.message().id() else { return Ok(None) };
    let Some(asked) = payment::evidence_of(conn, id.as_bytes())? else { return Ok(None) };
    let sender = party::by_name(conn, message.sender().party().as_str())?.map(|party| party.id);
    if asked.sender != sender || asked.digest.as_deref() != Some(&message.digest().as_bytes()[..]) {
        return Ok(None);
    }
    let Some(row) = newest(conn, asked.id)? else { return Ok(None) };
    read(&mut Unpacker::new()?, conn, &row).map(Some)
}

/// A document that nobody asked for: a bill, a statement, a payout advice, a credit note. `None` if there is none at this
/// position.
///
/// # Errors
/// [`StorageError`].
pub fn issued(conn: &mut Conn, position: i64) -> Result<Option<Vec<u8>>, StorageError> {
    let row = payment::evidence_at(conn, position)?;
    let Some(row) = row.filter(|row| row.kind == EvidenceKind::Issued.as_str()) else { return Ok(None) };
    let corrupt = |_| StorageError::Corrupt("evidence");
    let mut unpacker = Unpacker::new().map_err(corrupt)?;
    unpack(&mut unpacker, conn, &row.reply).map(Some).map_err(|_| StorageError::Corrupt("evidence"))
}

/// The evidence that holds the newest answer.
pub(crate) fn newest(conn: &mut Conn, position: i64) -> Result<Option<EvidenceRow>, BatchError> {
    let settled_at = match payment::payment_at(conn, position)? {
        Some(payment) => payment.settled_at,
        None => payment::attempt_by_id(conn, position)?.and_then(|attempt| attempt.settled_at),
    };
    Ok(payment::evidence_at(conn, settled_at.unwrap_or(position))?)
}

/// A document as it was, from its stored form.
pub(crate) fn unpack(unpacker: &mut Unpacker, conn: &mut Conn, stored: &[u8]) -> Result<Vec<u8>, BatchError> {
    unpacker.unpack(stored, |fingerprint| Ok(journal::certificate(conn, fingerprint)?))
}

fn read(unpacker: &mut Unpacker, conn: &mut Conn, row: &EvidenceRow) -> Result<Reply, BatchError> {
    let document: Arc<[u8]> = unpack(unpacker, conn, &row.reply)?.into();
    if document.is_empty() {
        // An attempt that no message asked for has no answer, only our words.
        return Ok(Reply::Signed { document, kind: ReplyKind::Report });
    }
    let scanned = canonical::scan(&document).map_err(|_| BatchError::Corrupt("reply"))?;
    let message = Message::parse(scanned.body()).map_err(|_| BatchError::Corrupt("reply"))?;
    Ok(match message {
        Message::Rejection(rejection) => {
            Reply::Signed { document, kind: ReplyKind::Rejected(rejection.code) }
        }
        Message::StatusReport(report) if report.state == payment_message::State::Pending => {
            Reply::Pending { document, attempt: None }
        }
        Message::StatusReport(_) => Reply::Signed { document, kind: ReplyKind::Report },
        _ => Reply::Signed { document, kind: ReplyKind::Accepted },
    })
}
