//! What a reply of the core says, in a few words.

use anyhow::{Result, bail};
use core_payment::Reply;
use payment_message::Message;
use tests::counter::message;

/// What a reply says, in the words of the tables.
pub(crate) fn said(reply: &Reply) -> Result<String> {
    if let Reply::Pending { attempt: Some(attempt), .. } = reply {
        return Ok(format!("asks {} {}", attempt.operation, attempt.amount.decimal()));
    }
    if reply.document().is_empty() {
        return Ok("noted".to_owned());
    }
    Ok(match message(reply)? {
        Message::PaymentReceipt(receipt) => {
            format!("paid {} {} {}", receipt.amount.decimal(), receipt.mode, receipt.funding)
        }
        Message::CouponReceipt(receipt) => {
            format!("{} {} {}", receipt.kind, receipt.remaining.decimal(), receipt.state)
        }
        Message::RefundReceipt(receipt) => format!("refunded {}", receipt.refunded_total.decimal()),
        Message::Rejection(rejection) => format!("refused {}", rejection.code),
        Message::StatusReport(report) => report.state.to_string(),
        other => bail!("answered with {:?}", other.kind()),
    })
}
