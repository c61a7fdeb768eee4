//! The books: each receipt says what was posted, every order is posted once, balances are the sum of their transfers.

use std::collections::{BTreeMap, HashMap};

use payment_domain::{EvidenceKind, Mode, Money, TransferKind};
use payment_message::{Message, State};

use super::captures::Captures;
use super::coupon;
use super::documents::{Documents, Said};
use super::{AuditReport, place};
use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};
use crate::storage::replay::{self, Page};
use crate::storage::{Conn, StorageError};

/// What the transfers add up to.
#[derive(Default)]
pub(super) struct Books {
    balances: HashMap<i64, i64>,
    /// What refunds of each payment sum to, less what the payment itself says.
    given_back: HashMap<i64, i64>,
    /// Single payments whose end has not been met yet, by order id.
    open: HashMap<Vec<u8>, PaymentRow>,
    captures: Captures,
}

impl Books {
    /// Replays one page.
    pub(super) fn replay(&mut self, page: &Page, documents: &Documents, report: &mut AuditReport) {
        let mut transfers: HashMap<i64, Vec<&TransferRow>> = HashMap::new();
        for transfer in &page.transfers {
            self.add(transfer, report);
            transfers.entry(transfer.payment).or_default().push(transfer);
        }
        let evidence: HashMap<i64, &EvidenceRow> = page.evidence.iter().map(|row| (row.id, row)).collect();
        let payments: HashMap<i64, &PaymentRow> = page.payments.iter().map(|row| (row.id, row)).collect();
        for payment in &page.payments {
            self.give_back(payment.id, payment.refunded_micros.saturating_neg());
            let kind = evidence.get(&payment.id).map(|row| row.kind.as_str());
            match (payment.mode.as_str(), kind) {
                ("aggregated", Some("order")) => {
                    let posted = transfers.get(&payment.id).map(Vec::as_slice).unwrap_or_default();
                    aggregated(payment, posted, documents.said(payment.id), report);
                }
                ("single", Some("order-pending")) => {
                    drop(self.open.insert(payment.order_id.clone(), payment.clone()))
                }
                _ => report.find(place("payment", payment.id), "has no evidence of its order"),
            }
        }
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            match row.kind.as_str() {
                "order" | "order-pending" if !payments.contains_key(&row.id) => {
                    report.find(place("evidence", row.id), "an acknowledged order has no payment");
                }
                "order-refused" if payments.contains_key(&row.id) => {
                    report.find(place("evidence", row.id), "a refused order has a payment");
                }
                "charge-approved" | "charge-declined" => self.ended(row, said, &transfers, report),
                "order-authorised" => self.set_aside(row, said, report),
                "request-approved" => self.captures.ended(row, said, &transfers, report),
                "refund" | "refund-pending" => refund_begun(row, said, page, report),
                "top-up" => topped_up(row, said, &transfers, report),
                other if EvidenceKind::parse(other).is_err() => {
                    report.find(place("evidence", row.id), format!("is of the unknown kind {other}"));
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, transfer: &TransferRow, report: &mut AuditReport) {
        if TransferKind::parse(&transfer.kind).is_err() {
            report.find(place("transfer", transfer.id), format!("is of the unknown kind {}", transfer.kind));
        }
        let mut shift = |account, micros: Option<i64>| {
            let balance = self.balances.entry(account).or_default();
            match micros.and_then(|micros| balance.checked_add(micros)) {
                Some(sum) => *balance = sum,
                None => report.find(place("transfer", transfer.id), "overflows a balance"),
            }
        };
        shift(transfer.debit, transfer.micros.checked_neg());
        shift(transfer.credit, Some(transfer.micros));
        let back = match transfer.kind.as_str() {
            "refund" | "refund-hold" | "exchange-returned" | "coupon-restored" => transfer.micros,
            "dispute" | "exchange-disputed" | "coupon-disputed" | "payment-returned" => transfer.micros,
            "refund-void" | "refund-returned" => transfer.micros.saturating_neg(),
            _ => return,
        };
        self.give_back(transfer.payment, back);
    }

    fn give_back(&mut self, payment: i64, micros: i64) {
        if micros != 0 {
            let total = self.given_back.entry(payment).or_default();
            *total = total.saturating_add(micros);
        }
    }

    /// A single payment's money was set aside: its end is a capture or a void.
    fn set_aside(&mut self, row: &EvidenceRow, said: &Said, report: &mut AuditReport) {
        let subject = match &said.reply {
            Some(Message::StatusReport(status)) if status.state == State::Authorised => status.subject,
            _ => return report.find(place("evidence", row.id), "does not say what was set aside"),
        };
        match self.open.remove(&subject.as_bytes()[..]) {
            Some(payment) => self.captures.authorised(payment),
            None => report.find(place("evidence", row.id), "sets aside for an order that was not pending"),
        }
    }

    /// A single payment has ended: by a transfer, or without one.
    fn ended(
        &mut self,
        row: &EvidenceRow,
        said: &Said,
        transfers: &HashMap<i64, Vec<&TransferRow>>,
        report: &mut AuditReport,
    ) {
        let here = place("evidence", row.id);
        let order_id = match &said.reply {
            Some(Message::PaymentReceipt(receipt)) => receipt.order_id.as_bytes().to_vec(),
            Some(Message::CouponReceipt(receipt)) => receipt.request_id.as_bytes().to_vec(),
            Some(Message::Rejection(rejection)) => match rejection.in_reply_to {
                Some(id) => id.as_bytes().to_vec(),
                None => return report.find(here, "the rejection names no order"),
            },
            Some(_) => return report.find(here, "is neither a receipt nor a rejection"),
            None => return,
        };
        let Some(payment) = self.open.remove(&order_id) else {
            return report.find(here, "ends an order that was not pending");
        };
        let posted = transfers.get(&payment.id).map(Vec::as_slice).unwrap_or_default();
        let charges: Vec<_> = posted.iter().filter(|transfer| transfer.kind == "payment").collect();
        if payment.settled_at != Some(row.id) {
            report.find(place("payment", payment.id), "is not settled where its evidence ends");
        }
        match coupon::end_agrees(said.reply.as_ref(), &payment, posted, row.id) {
            Some(true) => return,
            Some(false) => {
                return report.find(place("payment", payment.id), "its end and its coupons do not agree");
            }
            None => {}
        }
        match (&said.reply, payment.state.as_str(), charges.as_slice()) {
            (Some(Message::PaymentReceipt(receipt)), "accepted", [transfer])
                if transfer.credit == payment.merchant_account
                    && transfer.micros == payment.micros
                    && receipt.position.value() == row.id
                    && receipt.mode == Mode::Single
                    && is_amount(receipt.amount, &payment) => {}
            (Some(Message::Rejection(_)), "declined", []) => {}
            _ => report
                .find(place("payment", payment.id), "its end, its receipt and its transfers do not agree"),
        }
    }

    /// Compares the sums with what stands.
    pub(super) fn close(mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        for payment in self.open.values() {
            if payment.state != "pending" || payment.settled_at.is_some() {
                report.find(place("payment", payment.id), format!("is {} without evidence", payment.state));
            }
        }
        self.captures.close(report);
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for account in replay::accounts(conn)? {
            let sum = self.balances.remove(&account.id).unwrap_or_default();
            if sum != account.balance {
                let fault = format!("stands at {}, its transfers sum to {sum}", account.balance);
                report.find(place("account", account.id), fault);
            }
            if account.balance < account.credit_limit.saturating_neg() {
                report.find(place("account", account.id), "is overdrawn");
            }
            let total = sums.entry(account.currency).or_default();
            *total = total.saturating_add(i128::from(account.balance));
            report.accounts = report.accounts.saturating_add(1);
        }
        for account in self.balances.keys() {
            report.find(place("account", *account), "has transfers but does not exist");
        }
        for (currency, sum) in sums {
            report.currencies = report.currencies.saturating_add(1);
            if sum != 0 {
                report
                    .find(format!("currency {currency}"), format!("the balances sum to {sum}, not to zero"));
            }
        }
        for (payment, micros) in self.given_back.iter().filter(|(_, micros)| **micros != 0) {
            let fault = format!("its refunds differ from what it says by {micros}");
            report.find(place("payment", *payment), fault);
        }
        let (missing, astray) = replay::broken_keys(conn)?;
        if missing != 0 || astray != 0 {
            let fault = format!("{missing} messages cannot be found by their id, {astray} ids lead astray");
            report.find("message_key", fault);
        }
        let twice = replay::orders_paid_twice(conn)?;
        if twice != 0 {
            report.find("payment", format!("{twice} orders were posted more than once"));
        }
        Ok(())
    }
}

/// An aggregated payment: one transfer in the same batch, and the receipt says just that.
fn aggregated(payment: &PaymentRow, posted: &[&TransferRow], said: Option<&Said>, report: &mut AuditReport) {
    let here = place("payment", payment.id);
    if payment.state != "accepted" || payment.settled_at != Some(payment.id) {
        report.find(&here, "is aggregated but not settled at once");
    }
    let charges: Vec<_> = posted.iter().filter(|transfer| transfer.kind == "payment").collect();
    match charges.as_slice() {
        [transfer]
            if transfer.debit == payment.consumer_account
                && transfer.credit == payment.merchant_account
                && transfer.micros == payment.micros => {}
        // In another currency: see the audit of exchanges.
        [] if said.is_some_and(Said::is_exchanged) => {}
        _ => report.find(&here, "its one transfer is missing, doubled or another"),
    }
    let Some(Said {
        request: Some(Message::PaymentOrder(order)),
        reply: Some(Message::PaymentReceipt(receipt)),
        ..
    }) = said
    else {
        return report.find(here, "has no order or no receipt");
    };
    let agrees = receipt.order_id == order.order_id
        && receipt.order_id.as_bytes()[..] == payment.order_id
        && receipt.offer_digest == order.offer_digest
        && receipt.offer_digest.as_bytes()[..] == payment.offer_digest
        && receipt.merchant == order.merchant
        && receipt.amount == order.amount
        && is_amount(receipt.amount, payment)
        && receipt.mode == Mode::Aggregated
        && receipt.funding.as_str() == payment.funding
        && receipt.rule.as_str() == payment.rule
        && receipt.position.value() == payment.id;
    if !agrees {
        report.find(here, "its order, its receipt and its row do not agree");
    }
}

fn is_amount(amount: Money, payment: &PaymentRow) -> bool {
    amount.micros() == payment.micros && amount.currency().as_str() == payment.currency
}

fn refund_begun(row: &EvidenceRow, said: &Said, page: &Page, report: &mut AuditReport) {
    let here = place("evidence", row.id);
    let Some(Message::RefundOrder(order)) = &said.request else {
        return report.find(here, "is no refund");
    };
    let (kind, answered) = match &said.reply {
        Some(Message::RefundReceipt(receipt)) => {
            ("refund", receipt.position.value() == row.id && receipt.amount == order.amount)
        }
        Some(Message::StatusReport(status)) => ("refund-hold", status.state == State::Pending),
        _ => ("refund", false),
    };
    // The transfer takes the position right after its evidence.
    let moved = page.transfers.iter().any(|transfer| {
        transfer.id == row.id.saturating_add(1)
            && (transfer.kind == kind || (kind == "refund" && transfer.kind == "exchange-returned"))
            && transfer.micros == order.amount.micros()
    });
    let moved = moved || (kind == "refund" && coupon::restored_after(page, row.id) == order.amount.micros());
    if !answered || !moved {
        report.find(here, "the refund, its answer and its transfer do not agree");
    }
}

fn topped_up(
    row: &EvidenceRow,
    said: &Said,
    transfers: &HashMap<i64, Vec<&TransferRow>>,
    report: &mut AuditReport,
) {
    let posted = transfers.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    let agrees = match posted {
        [transfer] => {
            let amount = Money::from_micros(transfer.micros, payment_domain::Currency::EUR).decimal();
            String::from_utf8_lossy(&said.words).ends_with(&format!(" {amount}"))
        }
        _ => false,
    };
    if !agrees {
        report.find(place("evidence", row.id), "the top-up and its transfer do not agree");
    }
}
