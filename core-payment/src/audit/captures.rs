//! Payments that were authorised first: each is captured once, set free, or still waiting.

use std::collections::HashMap;

use payment_domain::Mode;
use payment_message::{Message, State};

use super::documents::Said;
use super::{AuditReport, place};
use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};

/// Payments whose money is set aside, by order id.
#[derive(Default)]
pub(super) struct Captures(HashMap<Vec<u8>, PaymentRow>);

impl Captures {
    /// The system has set the money aside.
    pub(super) fn authorised(&mut self, payment: PaymentRow) {
        drop(self.0.insert(payment.order_id.clone(), payment));
    }

    /// A message was answered for good; if it was a capture or void, the payment ends here.
    pub(super) fn ended(
        &mut self,
        row: &EvidenceRow,
        said: &Said,
        transfers: &HashMap<i64, Vec<&TransferRow>>,
        report: &mut AuditReport,
    ) {
        let order_id = match &said.reply {
            Some(Message::PaymentReceipt(receipt)) => receipt.order_id.as_bytes(),
            Some(Message::StatusReport(status)) if status.state == State::Voided => status.subject.as_bytes(),
            _ => return,
        };
        let Some(payment) = self.0.remove(&order_id[..]) else { return };
        let posted = transfers.get(&payment.id).map(Vec::as_slice).unwrap_or_default();
        let charges: Vec<_> = posted.iter().filter(|transfer| transfer.kind == "payment").collect();
        let agrees = match (&said.reply, payment.state.as_str(), charges.as_slice()) {
            (Some(Message::PaymentReceipt(receipt)), "accepted", [transfer]) => {
                transfer.credit == payment.merchant_account
                    && Some(transfer.micros) == payment.captured_micros
                    && transfer.micros <= payment.micros
                    && receipt.amount.micros() == transfer.micros
                    && receipt.amount.currency().as_str() == payment.currency
                    && receipt.mode == Mode::Single
                    && receipt.position.value() == row.id
            }
            (Some(Message::StatusReport(_)), "voided", []) => payment.captured_micros.is_none(),
            _ => false,
        };
        if !agrees || payment.settled_at != Some(row.id) {
            report.find(
                place("payment", payment.id),
                "its capture, its receipt and its transfers do not agree",
            );
        }
    }

    /// What is left waits for a capture, or for the end of one.
    pub(super) fn close(&self, report: &mut AuditReport) {
        for payment in self.0.values() {
            let waits = matches!(payment.state.as_str(), "authorised" | "pending");
            if !waits || payment.captured_micros.is_some() {
                report.find(place("payment", payment.id), format!("is {} without evidence", payment.state));
            }
        }
    }
}
