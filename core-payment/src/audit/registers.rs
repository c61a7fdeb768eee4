//! The registers beside the journal: offers, attempts at external systems, certificates. They say what the evidence says.

use payment_domain::{AttemptId, Capture, Money, Offer, PaymentOrder};
use payment_message::{Message, sha256};
use payment_trust::Certificate;

use super::coupon;
use super::documents::{Documents, Said};
use super::reroutes::Rerouted;
use super::{AuditReport, place};
use crate::act::Begun;
use crate::storage::journal::EvidenceRow;
use crate::storage::payment::{AttemptRow, OfferRow};
use crate::storage::replay::{self, Page};
use crate::storage::{Conn, StorageError, payment};

/// What the evidence says must be registered.
#[derive(Default)]
pub(super) struct Registers {
    offers: i64,
    attempts: i64,
    routes: Rerouted,
}

impl Registers {
    /// Compares one page of evidence with the registers.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            match row.kind.as_str() {
                "offer" => {
                    self.offers = self.offers.saturating_add(1);
                    offer(conn, row, said, report)?;
                }
                // The attempt took the position right after its order's, or its refund's own.
                "order-pending" => self.begun(conn, row, row.id.saturating_add(1), said, report)?,
                "refund-pending" => self.begun(conn, row, row.id, said, report)?,
                "charge-approved" | "charge-declined" | "refund-approved" | "refund-declined" => {
                    ended(conn, row, said, report)?;
                }
                "order-authorised" | "request-approved" => settled(conn, row, "approved", report)?,
                "request-declined" => settled(conn, row, "declined", report)?,
                "request-pending" | "attempt" => self.asked(conn, row, said, report)?,
                "attempt-approved" | "attempt-declined" => declared_end(conn, row, said, report)?,
                "declared" => self.routes.declared(row, said, report),
                _ => {}
            }
        }
        Ok(())
    }

    fn begun(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        attempt: i64,
        said: &Said,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        if coupon::pays(conn, row.id)? {
            return Ok(());
        }
        self.attempts = self.attempts.saturating_add(1);
        let (kind, amount) = match &said.request {
            Some(Message::PaymentOrder(order)) if is_deferred(conn, order)? => ("authorise", order.amount),
            Some(Message::PaymentOrder(order)) => ("charge", order.amount),
            Some(Message::RefundOrder(refund)) => ("refund", refund.amount),
            _ => return Ok(()),
        };
        let agrees = |attempt: &AttemptRow| {
            attempt.kind == kind && is_amount(amount, attempt.micros, &attempt.currency)
        };
        if !payment::attempt_by_id(conn, attempt)?.is_some_and(|attempt| agrees(&attempt)) {
            report.find(
                place("attempt", attempt),
                format!("is missing, or not what evidence {} asks for", row.id),
            );
        }
        Ok(())
    }

    /// An attempt at the position of its own evidence: what a message asked for, or our own words.
    fn asked(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        self.attempts = self.attempts.saturating_add(1);
        let attempt = payment::attempt_by_id(conn, row.id)?;
        let words = String::from_utf8_lossy(&said.words).into_owned();
        let agrees = attempt.is_some_and(|attempt| match (&said.reply, Begun::read(&attempt)) {
            (Some(Message::StatusReport(status)), Some(begun)) => status.amount == Some(begun.amount),
            (None, Some(begun)) => words == begun.words() || self.routes.may_have_moved(begun, &words),
            _ => false,
        });
        if !agrees {
            report.find(place("attempt", row.id), "is missing, or not what its evidence says");
        }
        Ok(())
    }

    /// Compares what is registered with what must be.
    pub(super) fn close(self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        self.routes.close(conn, report)?;
        let (offers, attempts) = replay::register_counts(conn)?;
        if offers != self.offers {
            report.find("offer", format!("{offers} are registered, {} were deposited", self.offers));
        }
        if attempts != self.attempts {
            report.find("attempt", format!("{attempts} are registered, {} were begun", self.attempts));
        }
        let mut after = Vec::new();
        loop {
            let page = replay::certificates(conn, &after)?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.fingerprint);
            for row in &page {
                let named = Certificate::from_der(&row.der).is_ok_and(|certificate| {
                    certificate.party().as_str() == row.party_name
                        && certificate.role().to_string() == row.role
                        && certificate.not_after().as_millis() == row.not_after
                });
                if !named || sha256(&row.der).as_bytes()[..] != row.fingerprint {
                    report.find(
                        format!("certificate {}", row.serial),
                        "is not the one registered for this party",
                    );
                }
            }
        }
    }
}

/// Whether an order buys an offer that is captured later.
fn is_deferred(conn: &mut Conn, order: &PaymentOrder) -> Result<bool, StorageError> {
    let offer = payment::offer_by_digest(conn, order.offer_digest.as_bytes())?;
    Ok(offer.is_some_and(|offer| offer.capture == Capture::Deferred.as_str()))
}

/// The evidence of an end stands where its attempt is settled.
fn settled(
    conn: &mut Conn,
    row: &EvidenceRow,
    state: &str,
    report: &mut AuditReport,
) -> Result<(), StorageError> {
    let attempt = payment::attempt_settled_at(conn, row.id)?;
    if attempt.is_none_or(|attempt| attempt.state != state) {
        report.find(place("evidence", row.id), "ends an attempt that says something else");
    }
    Ok(())
}

/// An attempt that was begun in our own words has ended in them.
fn declared_end(
    conn: &mut Conn,
    row: &EvidenceRow,
    said: &Said,
    report: &mut AuditReport,
) -> Result<(), StorageError> {
    let words = String::from_utf8_lossy(&said.words).into_owned();
    let id = words.strip_prefix("attempt ").and_then(|rest| rest.split(' ').next());
    let id = id.and_then(|id| AttemptId::parse(id).ok());
    let attempt = match id {
        Some(id) => payment::attempt_by_id(conn, id.value())?,
        None => None,
    };
    let state = row.kind.strip_prefix("attempt-").unwrap_or_default();
    if !attempt.is_some_and(|attempt| attempt.settled_at == Some(row.id) && attempt.state == state) {
        report.find(place("evidence", row.id), "ends an attempt that says something else");
    }
    Ok(())
}

fn offer(
    conn: &mut Conn,
    row: &EvidenceRow,
    said: &Said,
    report: &mut AuditReport,
) -> Result<(), StorageError> {
    let Some(Message::Offer(offer)) = &said.request else { return Ok(()) };
    let digest = row.digest.as_deref().unwrap_or_default();
    let registered = payment::offer_by_digest(conn, digest)?;
    if !registered.is_some_and(|registered| is_offer(offer, row, &registered)) {
        report.find(format!("offer {}", offer.offer_id), "is missing, or not as the merchant signed it");
    }
    Ok(())
}

fn is_offer(offer: &Offer, row: &EvidenceRow, registered: &OfferRow) -> bool {
    Some(registered.merchant) == row.sender
        && registered.offer_id == offer.offer_id.as_bytes()
        && is_amount(offer.price, registered.micros, &registered.currency)
        && registered.sale == offer.sale.as_str()
        && registered.valid_from == offer.valid_from.as_millis()
        && registered.valid_until == offer.valid_until.as_millis()
        && registered.capture == offer.capture.as_str()
}

fn ended(
    conn: &mut Conn,
    row: &EvidenceRow,
    said: &Said,
    report: &mut AuditReport,
) -> Result<(), StorageError> {
    let (id, state) = match &said.reply {
        Some(Message::PaymentReceipt(receipt)) => (Some(*receipt.order_id.as_bytes()), "approved"),
        Some(Message::CouponReceipt(receipt)) => (Some(*receipt.request_id.as_bytes()), "approved"),
        Some(Message::RefundReceipt(receipt)) => (Some(*receipt.refund_id.as_bytes()), "approved"),
        Some(Message::Rejection(rejection)) => (rejection.in_reply_to.map(|id| *id.as_bytes()), "declined"),
        _ => (None, ""),
    };
    let asked = match id {
        Some(id) => payment::evidence_of(conn, &id)?,
        None => None,
    };
    let charge = row.kind.starts_with("charge");
    if let Some(asked) = &asked
        && charge
        && coupon::pays(conn, asked.id)?
    {
        return Ok(());
    }
    let attempt = match asked {
        Some(asked) => payment::attempt_by_id(conn, asked.id.saturating_add(i64::from(charge)))?,
        None => None,
    };
    if !attempt.is_some_and(|attempt| attempt.settled_at == Some(row.id) && attempt.state == state) {
        report.find(place("evidence", row.id), "ends an attempt that says something else");
    }
    Ok(())
}

fn is_amount(amount: Money, micros: i64, currency: &str) -> bool {
    amount.micros() == micros && amount.currency().as_str() == currency
}
