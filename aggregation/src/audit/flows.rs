//! Where the money went: what documents announced is what was moved, and what was sold is what was paid out, kept and is open.

use std::collections::{BTreeMap, HashMap};

use core_payment::{batch_of, node_of};
use payment_domain::{Currency, Money, TransferKind};

use super::{AuditReport, PAGE};
use crate::class::Class;
use crate::period::Book;
use crate::storage::document::{self, BillRow, PayoutRow};
use crate::storage::journal::{self, Transfer};
use crate::storage::{Conn, StorageError, entry};

/// Transfers that are read at once.
const TRANSFERS: i64 = 16_384;

/// One currency, in micro-units: sold − given back = paid out + under way + fees + open, and
/// bought on credit − given back = collected + given up + owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// What merchants sold.
    pub sold: i64,
    /// What they gave back: refunds, disputes, and everything else that left or came in.
    pub given_back: i64,
    /// What was paid out to them.
    pub paid_out: i64,
    /// What is on its way to them.
    pub under_way: i64,
    /// What they paid us.
    pub fees: i64,
    /// What is on their accounts.
    pub open: i64,
    /// What consumers bought on credit.
    pub on_credit: i64,
    /// What was given back to them, less fees of reminders.
    pub credited: i64,
    /// What was collected.
    pub collected: i64,
    /// What was given up.
    pub written_off: i64,
    /// What they owe.
    pub owed: i64,
}

impl Flow {
    /// Whether nothing is lost.
    #[must_use]
    pub fn balances(&self) -> bool {
        let sum = |parts: &[i64]| parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part));
        sum(&[self.sold, self.given_back.saturating_neg()])
            == sum(&[self.paid_out, self.under_way, self.fees, self.open])
            && sum(&[self.on_credit, self.credited.saturating_neg()])
                == sum(&[self.collected, self.written_off, self.owed])
    }

    /// The merchants' side in words, for an operator.
    #[must_use]
    pub fn merchants(&self, currency: Currency) -> String {
        let money = |micros| Money::from_micros(micros, currency).decimal();
        format!(
            "{currency}: sold {} less {} given back = {} paid out + {} under way + {} fees + {} open",
            money(self.sold),
            money(self.given_back),
            money(self.paid_out),
            money(self.under_way),
            money(self.fees),
            money(self.open),
        )
    }

    /// The consumers' side in words, for an operator.
    #[must_use]
    pub fn consumers(&self, currency: Currency) -> String {
        let money = |micros| Money::from_micros(micros, currency).decimal();
        format!(
            "{currency}: bought on credit {} less {} credited = {} collected + {} given up + {} owed",
            money(self.on_credit),
            money(self.credited),
            money(self.collected),
            money(self.written_off),
            money(self.owed),
        )
    }
}

/// What was moved for one bill or payout.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    fee: i64,
    held: i64,
    paid: i64,
    void: i64,
    returned: i64,
    collected: i64,
    written_off: i64,
    set_off: i64,
    credit_used: i64,
}

/// Sums over the whole journal.
#[derive(Default)]
pub(super) struct Flows {
    subjects: HashMap<i64, Moved>,
    /// By account and class.
    sums: HashMap<i64, BTreeMap<Class, i64>>,
    /// Credit that settled bills, by account: it was given back, and is nothing that was collected.
    set_off: HashMap<i64, i64>,
}

impl Flows {
    pub(super) fn add(&mut self, transfer: &Transfer) {
        let (kind, micros) = (transfer.kind.0, transfer.micros);
        let class = Class::of(kind);
        for (account, micros) in [(transfer.debit, micros.saturating_neg()), (transfer.credit, micros)] {
            let sum = self.sums.entry(account).or_default().entry(class).or_default();
            *sum = sum.saturating_add(micros);
        }
        if kind == TransferKind::SetOff {
            let sum = self.set_off.entry(transfer.credit).or_default();
            *sum = sum.saturating_add(micros);
        }
        let moved = match kind {
            TransferKind::Fee
            | TransferKind::PayoutHold
            | TransferKind::PayoutPaid
            | TransferKind::PayoutVoid
            | TransferKind::PayoutReturned
            | TransferKind::Collection
            | TransferKind::CollectionReturned
            | TransferKind::SetOff
            | TransferKind::CreditUsed
            | TransferKind::WriteOff => self.subjects.entry(transfer.payment).or_default(),
            _ => return,
        };
        let (slot, micros) = match kind {
            TransferKind::Fee => (&mut moved.fee, micros),
            TransferKind::PayoutHold => (&mut moved.held, micros),
            TransferKind::PayoutPaid => (&mut moved.paid, micros),
            TransferKind::PayoutVoid => (&mut moved.void, micros),
            TransferKind::PayoutReturned => (&mut moved.returned, micros),
            TransferKind::Collection => (&mut moved.collected, micros),
            TransferKind::CollectionReturned => (&mut moved.collected, micros.saturating_neg()),
            TransferKind::SetOff => (&mut moved.set_off, micros),
            TransferKind::CreditUsed => (&mut moved.credit_used, micros),
            _ => (&mut moved.written_off, micros),
        };
        *slot = slot.saturating_add(micros);
    }

    /// Reads what no step has taken yet, then compares everything.
    pub(super) fn close(
        mut self,
        conn: &mut Conn,
        cursors: &BTreeMap<i16, (i64, i64)>,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        self.add_waiting(conn, cursors, report)?;
        self.compare_bills(conn, report)?;
        compare_entries(conn, report)?;
        self.compare_payouts(conn, report)?;
        for subject in self.subjects.keys() {
            report.find(
                format!("subject {subject}"),
                "money was moved for a bill or payout that does not exist",
            );
        }
        let known: Vec<i64> = self.sums.keys().copied().collect();
        for known in known.chunks(500) {
            for row in journal::balances(conn, known)? {
                let Some(book) = Book::parse(&row.kind) else { continue };
                let Ok(currency) = Currency::parse(&row.currency) else { continue };
                let sums = self.sums.get(&row.id);
                let flow = report.flows.entry(currency).or_default();
                flow.account(book, row.balance, sums);
                let set_off = self.set_off.get(&row.id).copied().unwrap_or_default();
                flow.collected = flow.collected.saturating_sub(set_off);
                flow.credited = flow.credited.saturating_add(set_off);
            }
        }
        for (currency, flow) in &report.flows.clone() {
            if !flow.balances() {
                report.find(format!("currency {currency}"), format!("does not balance: {flow:?}"));
            }
        }
        Ok(())
    }

    fn add_waiting(
        &mut self,
        conn: &mut Conn,
        cursors: &BTreeMap<i16, (i64, i64)>,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let mut from = i64::MAX;
        for node in journal::nodes(conn)? {
            let seq = cursors.get(&node).map_or(0, |(seq, _)| *seq);
            let next = journal::batches_after(conn, node, seq, i64::MAX, 1)?;
            from = next.first().map_or(from, |batch| from.min(batch.id));
        }
        while from < i64::MAX {
            let page = journal::transfers(conn, from, i64::MAX, TRANSFERS)?;
            let Some(last) = page.last() else { return Ok(()) };
            from = last.id.saturating_add(1);
            for transfer in &page {
                let through = cursors.get(&node_of(transfer.id)).map_or(0, |(_, batch)| *batch);
                if batch_of(transfer.id) > through {
                    self.add(transfer);
                    report.waiting = report.waiting.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    fn compare_bills(&mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let (mut after, mut credits) = (0, credits_used(conn)?);
        loop {
            let rows = document::bills_after(conn, None, after, PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.position;
            for row in &rows {
                let moved = self.subjects.remove(&row.position).unwrap_or_default();
                let set_off = credits.remove(&row.position).unwrap_or_default();
                compare_bill(row, &moved, set_off, report);
            }
        }
    }

    fn compare_payouts(&mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let mut after = 0;
        loop {
            let rows = document::payouts_after(conn, None, after, PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.position;
            for row in &rows {
                let moved = self.subjects.remove(&row.position).unwrap_or_default();
                compare_payout(row, &moved, report);
                if let (Ok(currency), "pending") = (Currency::parse(&row.currency), row.state.as_str()) {
                    let flow = report.flows.entry(currency).or_default();
                    flow.under_way = flow.under_way.saturating_add(row.amount);
                    flow.paid_out = flow.paid_out.saturating_sub(row.amount);
                }
            }
        }
    }
}

/// What operators booked has its transfer, and says what that does.
fn compare_entries(conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
    let mut after = 0;
    loop {
        let rows = entry::page(conn, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.position;
        for row in &rows {
            let kind = match row.kind.as_str() {
                "paid" => TransferKind::Collection,
                _ => TransferKind::CollectionReturned,
            };
            let posted = journal::transfers(conn, row.position, row.position.saturating_add(1), 1)?;
            let agrees = posted.first().is_some_and(|transfer| {
                (transfer.payment, transfer.micros, transfer.kind.0) == (row.bill, row.micros, kind)
            });
            if !agrees {
                let here = format!("bill {}", row.bill);
                report.find(here, "an act of an operator and its transfer do not agree");
            }
        }
    }
}

/// How much credit is said to have settled of each bill.
fn credits_used(conn: &mut Conn) -> Result<HashMap<i64, i64>, StorageError> {
    let (mut after, mut credits) = (0, HashMap::new());
    loop {
        let rows = entry::credit_page(conn, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(credits) };
        after = last.position;
        for row in &rows {
            let sum: &mut i64 = credits.entry(row.bill).or_default();
            *sum = sum.saturating_add(row.micros);
        }
    }
}

fn compare_bill(row: &BillRow, moved: &Moved, set_off: i64, report: &mut AuditReport) {
    let here = format!("bill {}", row.position);
    let collected = moved.collected.saturating_add(moved.set_off);
    if (collected, moved.written_off) != (row.collected, row.written_off) {
        report.find(&here, "was collected or given up to another amount than it says");
    }
    // What settled the bill is missing from the next one, or the same credit would be given twice.
    if (moved.set_off, moved.credit_used) != (set_off, set_off) {
        report.find(&here, "was settled by another credit than it says");
    }
    let open = row.open_micros();
    let ended = matches!(row.state.as_str(), "paid" | "paid-suspended" | "written-off");
    if ended != (open == 0) {
        report.find(here, format!("is {} with {open} micro-units open", row.state));
    }
}

fn compare_payout(row: &PayoutRow, moved: &Moved, report: &mut AuditReport) {
    let amount = row.amount;
    let ends = match row.state.as_str() {
        "none" => (0, 0, 0, 0),
        "pending" => (amount, 0, 0, 0),
        "paid" => (amount, amount, 0, 0),
        "declined" => (amount, 0, amount, 0),
        _ => (amount, amount, 0, amount),
    };
    if (moved.held, moved.paid, moved.void, moved.returned) != ends
        || moved.fee != row.fee
        || (row.state == "none") != (amount == 0)
    {
        let here = format!("payout {}", row.position);
        report.find(here, format!("is {}, and its transfers say something else", row.state));
    }
}

impl Flow {
    fn account(&mut self, book: Book, balance: i64, sums: Option<&BTreeMap<Class, i64>>) {
        let of = |class: Class| sums.and_then(|sums| sums.get(&class)).copied().unwrap_or_default();
        let rest = |named: &[Class]| {
            let others = sums.into_iter().flatten().filter(|(class, _)| !named.contains(class));
            others.fold(0_i64, |sum, (_, micros)| sum.saturating_add(*micros))
        };
        let add = |slot: &mut i64, micros: i64| *slot = slot.saturating_add(micros);
        match book {
            Book::Merchant => {
                let paid = of(Class::Payouts).saturating_add(of(Class::Returns)).saturating_neg();
                add(&mut self.sold, of(Class::Payments));
                add(&mut self.fees, of(Class::Fees).saturating_neg());
                add(&mut self.paid_out, paid);
                let named = [Class::Payments, Class::Fees, Class::Payouts, Class::Returns];
                add(&mut self.given_back, rest(&named).saturating_neg());
                add(&mut self.open, balance);
            }
            Book::Postpaid => {
                add(&mut self.on_credit, of(Class::Payments).saturating_neg());
                add(&mut self.collected, of(Class::Collections));
                add(&mut self.written_off, of(Class::WriteOffs));
                add(&mut self.credited, rest(&[Class::Payments, Class::Collections, Class::WriteOffs]));
                add(&mut self.owed, balance.saturating_neg());
            }
            Book::Prepaid => {}
        }
    }
}
