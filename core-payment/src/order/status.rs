//! What became of an order, for those who may know: its sender and its merchant.

use payment_domain::{Currency, Digest, EvidenceKind, Money, Timestamp};
use payment_message::{
    ActionUrl, Message, MessageId, State, StatusReport, StatusRequest, Verified, canonical,
};

use super::repeat;
use crate::batch::BatchError;
use crate::evidence::Unpacker;
use crate::storage::payment::AttemptRow;
use crate::storage::{Conn, party, payment};

/// The report, unsigned. An order of somebody else is unknown.
pub(crate) fn report(
    conn: &mut Conn,
    request: &Verified<StatusRequest>,
    now: Timestamp,
) -> Result<StatusReport, BatchError> {
    let message = request.message();
    let subject = MessageId::from(message.order_id);
    let unknown = StatusReport {
        in_reply_to: MessageId::from(message.request_id),
        subject,
        state: State::Unknown,
        amount: None,
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: now,
    };
    let asker = party::by_name(conn, request.sender().party().as_str())?;
    let (Some(asker), Some(asked)) = (asker, payment::evidence_of(conn, message.order_id.as_bytes())?) else {
        return Ok(unknown);
    };
    let paid = payment::payment_at(conn, asked.id)?;
    let its_merchant =
        paid.as_ref().is_some_and(|paid| paid.merchant == asker.id && paid.state == "accepted");
    if asked.sender != Some(asker.id) && !its_merchant {
        return Ok(unknown);
    }
    let Some(paid) = paid else {
        if let Some(attempt) = payment::attempt_by_id(conn, asked.id)? {
            return begun(conn, &attempt, unknown);
        }
        let state =
            if asked.kind == EvidenceKind::OrderRefused.as_str() { State::Refused } else { State::Unknown };
        return Ok(StatusReport { state, ..unknown });
    };
    let currency = Currency::parse(&paid.currency).map_err(|_| BatchError::Corrupt("currency"))?;
    let state = match paid.state.as_str() {
        "pending" => State::Pending,
        "authorised" => State::Authorised,
        "voided" => State::Voided,
        "declined" => State::Refused,
        _ if paid.refunded_micros == paid.paid_micros() => State::Refunded,
        _ => State::Accepted,
    };
    let paid_for = matches!(state, State::Accepted | State::Refunded);
    let action_url = match state {
        State::Pending => payment::action_url(conn, asked.id)?.and_then(|url| ActionUrl::parse(&url).ok()),
        _ => None,
    };
    let receipt_digest = if paid_for { receipt_digest(conn, asked.id)? } else { None };
    Ok(StatusReport {
        state,
        amount: Some(Money::from_micros(paid.paid_micros(), currency)),
        refunded: (paid.refunded_micros > 0).then(|| Money::from_micros(paid.refunded_micros, currency)),
        receipt_digest,
        action_url,
        ..unknown
    })
}

/// What became of a message that an attempt was begun for: a top-up, a redemption, a refund.
fn begun(conn: &mut Conn, attempt: &AttemptRow, unknown: StatusReport) -> Result<StatusReport, BatchError> {
    let currency = Currency::parse(&attempt.currency).map_err(|_| BatchError::Corrupt("currency"))?;
    let state = match attempt.state.as_str() {
        "pending" => State::Pending,
        "declined" => State::Refused,
        _ => State::Accepted,
    };
    let accepted = state == State::Accepted;
    let action_url = attempt.action_url.as_deref().filter(|_| state == State::Pending);
    let action_url = action_url.map(ActionUrl::parse).transpose();
    let action_url = action_url.map_err(|_| BatchError::Corrupt("action url"))?;
    Ok(StatusReport {
        state,
        amount: Some(Money::from_micros(attempt.micros, currency)),
        receipt_digest: if accepted { receipt_digest(conn, attempt.id)? } else { None },
        action_url,
        ..unknown
    })
}

/// The signed receipt of an order, for whoever knows the order's digest: its sender, or who was shown the receipt.
pub(crate) fn receipt(
    conn: &mut Conn,
    order: MessageId,
    order_digest: &Digest,
) -> Result<Option<Vec<u8>>, BatchError> {
    let Some(asked) = payment::evidence_of(conn, order.as_bytes())? else { return Ok(None) };
    let known = asked.digest.as_deref().unwrap_or_default();
    let allowed = aws_lc_rs::constant_time::verify_slices_are_equal(known, order_digest.as_bytes()).is_ok();
    let paid = payment::payment_at(conn, asked.id)?;
    if !allowed || paid.is_none_or(|paid| paid.state != "accepted") {
        return Ok(None);
    }
    let row = repeat::newest(conn, asked.id)?.ok_or(BatchError::Corrupt("evidence"))?;
    repeat::unpack(&mut Unpacker::new()?, conn, &row.reply).map(Some)
}

fn receipt_digest(conn: &mut Conn, position: i64) -> Result<Option<Digest>, BatchError> {
    let Some(row) = repeat::newest(conn, position)? else { return Ok(None) };
    let document = repeat::unpack(&mut Unpacker::new()?, conn, &row.reply)?;
    let scanned = canonical::scan(&document).map_err(|_| BatchError::Corrupt("reply"))?;
    let message = Message::parse(scanned.body()).map_err(|_| BatchError::Corrupt("reply"))?;
    Ok(Some(message.digest()))
}
