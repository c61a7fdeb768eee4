//! Prepaid accounts: every top-up, redemption and expiry moved just what its order, its receipt and its attempt say.

use std::collections::{BTreeMap, HashMap};

use payment_domain::{Currency, Money, Purpose, TransferKind};
use payment_message::Message;

use super::documents::{Documents, Said};
use super::{AuditReport, place};
use crate::purse::{expiry_words, redemption_hold};
use crate::storage::journal::{EvidenceRow, TransferRow};
use crate::storage::payment::AttemptRow;
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError, payment, purse};

/// The transfers that must have evidence here.
const KINDS: [TransferKind; 5] = [
    TransferKind::TopUp,
    TransferKind::RedemptionHold,
    TransferKind::RedemptionPaid,
    TransferKind::RedemptionVoid,
    TransferKind::Expiry,
];

/// How many transfers of each kind there are, less those that evidence stands for.
#[derive(Default)]
pub(super) struct Purses(BTreeMap<&'static str, i64>);

impl Purses {
    /// Compares one page of evidence with what was posted.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let mut moved: HashMap<i64, Vec<&TransferRow>> = HashMap::new();
        for transfer in &page.transfers {
            let Some(kind) = KINDS.iter().find(|kind| kind.as_str() == transfer.kind) else { continue };
            if *kind != TransferKind::TopUp || is_prepaid(conn, transfer)? {
                self.count(*kind, 1);
                moved.entry(transfer.payment).or_default().push(transfer);
            }
        }
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            let agrees = match row.kind.as_str() {
                // An operator's; its words are compared with the books.
                "top-up" => {
                    self.count(TransferKind::TopUp, -1);
                    true
                }
                "declared" => self.expired(conn, row, said, &moved)?,
                "request-pending" => self.begun(conn, row, said, &moved)?,
                "request-approved" | "request-declined" => self.ended(conn, row, said, &moved)?,
                _ => true,
            };
            if !agrees {
                report.find(place("evidence", row.id), "what it says and what moved do not agree");
            }
        }
        Ok(())
    }

    /// Compares what is left over with what is pending.
    pub(super) fn close(self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        for (kind, count) in self.0.into_iter().filter(|(_, count)| *count != 0) {
            report.find("transfer", format!("{count} of the kind {kind} are not what evidence says"));
        }
        let mut held: BTreeMap<String, i128> = BTreeMap::new();
        for (currency, balance) in purse::holds(conn, redemption_hold())? {
            held.insert(currency, i128::from(balance));
        }
        for (currency, micros) in purse::pending_redemptions(conn)? {
            let held = held.entry(currency).or_default();
            *held = held.saturating_sub(i128::from(micros));
        }
        for (currency, over) in held.into_iter().filter(|(_, over)| *over != 0) {
            let fault = format!("what is held in {currency} differs from what is being redeemed by {over}");
            report.find("account", fault);
        }
        Ok(())
    }

    fn count(&mut self, kind: TransferKind, by: i64) {
        let count = self.0.entry(kind.as_str()).or_default();
        *count = count.saturating_add(by);
    }

    /// A redemption is held from the moment it is accepted. A top-up moves nothing yet.
    fn begun(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        let (amount, purpose) = match &said.request {
            Some(Message::TopUpOrder(order)) => (order.amount, Purpose::TopUp),
            Some(Message::RedemptionOrder(order)) => (order.amount, Purpose::Redemption),
            _ => return Ok(true),
        };
        let attempt = payment::attempt_by_id(conn, row.id)?;
        let Some(attempt) = attempt.filter(|attempt| attempt.purpose == purpose.as_str()) else {
            return Ok(false);
        };
        let asked = is_amount(amount, &attempt);
        if purpose == Purpose::TopUp {
            return Ok(asked);
        }
        let held = self.one(TransferKind::RedemptionHold, row.id, amount, moved);
        Ok(asked && held.is_some_and(|transfer| transfer.debit == attempt.payment))
    }

    fn ended(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        let (id, receipt) = match &said.reply {
            Some(Message::TopUpReceipt(receipt)) => {
                let said = (receipt.amount, receipt.position, receipt.top_up_digest, TransferKind::TopUp);
                (*receipt.top_up_id.as_bytes(), Some(said))
            }
            Some(Message::RedemptionReceipt(receipt)) => {
                let kind = TransferKind::RedemptionPaid;
                let said = (receipt.amount, receipt.position, receipt.redemption_digest, kind);
                (*receipt.redemption_id.as_bytes(), Some(said))
            }
            Some(Message::Rejection(rejection)) => match rejection.in_reply_to {
                Some(id) => (*id.as_bytes(), None),
                None => return Ok(false),
            },
            _ => return Ok(true),
        };
        let Some(asked) = payment::evidence_of(conn, &id)? else { return Ok(false) };
        let Some(attempt) = payment::attempt_by_id(conn, asked.id)? else { return Ok(false) };
        let Some((amount, position, digest, kind)) = receipt else {
            return Ok(self.declined(&attempt, moved));
        };
        let transfer = self.one(kind, attempt.id, amount, moved);
        let at_account = transfer.is_some_and(|transfer| match kind {
            TransferKind::TopUp => transfer.credit == attempt.payment,
            _ => transfer.debit != attempt.payment,
        });
        Ok(at_account
            && is_amount(amount, &attempt)
            && position.value() == row.id
            && asked.digest.as_deref() == Some(&digest.as_bytes()[..]))
    }

    fn declined(&mut self, attempt: &AttemptRow, moved: &HashMap<i64, Vec<&TransferRow>>) -> bool {
        if attempt.purpose != Purpose::Redemption.as_str() {
            return true;
        }
        let Ok(currency) = Currency::parse(&attempt.currency) else { return false };
        let amount = Money::from_micros(attempt.micros, currency);
        let back = self.one(TransferKind::RedemptionVoid, attempt.id, amount, moved);
        back.is_some_and(|transfer| transfer.credit == attempt.payment)
    }

    /// Words of ours that say that a voucher expired.
    fn expired(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        let words = String::from_utf8_lossy(&said.words).into_owned();
        if !words.starts_with("expiry of ") {
            return Ok(true);
        }
        self.count(TransferKind::Expiry, -1);
        let Some([transfer]) = moved.get(&row.id).map(Vec::as_slice) else { return Ok(false) };
        let account = purse::account_of(conn, transfer.debit)?;
        let currency = account.and_then(|(_, currency)| Currency::parse(&currency).ok());
        let due_at = words.rsplit(' ').next().and_then(|text| text.parse().ok());
        let Some((currency, due_at)) = currency.zip(due_at) else { return Ok(false) };
        let amount = Money::from_micros(transfer.micros, currency);
        Ok(transfer.kind == TransferKind::Expiry.as_str()
            && due_at <= transfer.created_at
            && words == expiry_words(transfer.debit, amount, due_at))
    }

    /// The one transfer of a kind and amount that belongs to something.
    fn one<'t>(
        &mut self,
        kind: TransferKind,
        subject: i64,
        amount: Money,
        moved: &HashMap<i64, Vec<&'t TransferRow>>,
    ) -> Option<&'t TransferRow> {
        self.count(kind, -1);
        let moved = moved.get(&subject).map(Vec::as_slice).unwrap_or_default();
        let mut these = moved.iter().filter(|transfer| transfer.kind == kind.as_str());
        let first = these.next().filter(|transfer| transfer.micros == amount.micros())?;
        these.next().is_none().then_some(*first)
    }
}

/// What a bill's collection brings too much is credited to a postpaid account in the same way; it is not ours to judge.
fn is_prepaid(conn: &mut Conn, transfer: &TransferRow) -> Result<bool, StorageError> {
    Ok(purse::account_of(conn, transfer.credit)?.is_none_or(|(kind, _)| kind == "prepaid"))
}

fn is_amount(amount: Money, attempt: &AttemptRow) -> bool {
    amount.micros() == attempt.micros && amount.currency().as_str() == attempt.currency
}
