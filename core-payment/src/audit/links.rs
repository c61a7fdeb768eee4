//! The hash chains: every row belongs to a batch, every batch to the one before it.

use std::collections::HashMap;

use super::{AuditReport, place};
use crate::ledger::{Link, batch_of};
use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};
use crate::storage::replay::{BatchRow, Page};

/// The end of each node's chain so far.
#[derive(Default)]
pub(super) struct Chains(HashMap<i16, (i64, Vec<u8>)>);

impl Chains {
    /// Checks one page of batches against its rows.
    pub(super) fn replay(&mut self, page: &Page, report: &mut AuditReport) {
        let mut evidence = page.evidence.as_slice();
        let mut payments = page.payments.as_slice();
        let mut transfers = page.transfers.as_slice();
        for batch in &page.batches {
            outside(&mut evidence, batch.id, |row| row.id, "evidence", report);
            outside(&mut payments, batch.id, |row| row.id, "payment", report);
            outside(&mut transfers, batch.id, |row| row.id, "transfer", report);
            let rows = Rows {
                evidence: inside(&mut evidence, batch.id, |row| row.id),
                payments: inside(&mut payments, batch.id, |row| row.id),
                transfers: inside(&mut transfers, batch.id, |row| row.id),
            };
            self.link(batch, &rows, report);
        }
        outside(&mut evidence, i64::MAX, |row| row.id, "evidence", report);
        outside(&mut payments, i64::MAX, |row| row.id, "payment", report);
        outside(&mut transfers, i64::MAX, |row| row.id, "transfer", report);
    }

    fn link(&mut self, batch: &BatchRow, rows: &Rows<'_>, report: &mut AuditReport) {
        let before = self.0.get(&batch.node);
        let expected = before.map_or(1, |(seq, _)| seq.saturating_add(1));
        if batch.seq != expected {
            let fault = format!(
                "node {} goes from batch {} to {}",
                batch.node,
                expected.saturating_sub(1),
                batch.seq
            );
            report.find(place("batch", batch.id), fault);
        }
        let mut link = Link::begin(before.map(|(_, hash)| hash.as_slice()), batch.id, batch.seq);
        rows.evidence.iter().for_each(|row| link.evidence(row));
        rows.payments.iter().for_each(|row| link.payment(row));
        rows.transfers.iter().for_each(|row| link.transfer(row));
        if link.end().as_bytes()[..] != batch.hash {
            report.find(
                place("batch", batch.id),
                "its rows or its predecessor are not those that were committed",
            );
        }
        self.0.insert(batch.node, (batch.seq, batch.hash.clone()));
    }
}

struct Rows<'p> {
    evidence: &'p [EvidenceRow],
    payments: &'p [PaymentRow],
    transfers: &'p [TransferRow],
}

/// Takes the rows of this batch from the front.
fn inside<'p, T>(rows: &mut &'p [T], batch: i64, id: impl Fn(&T) -> i64) -> &'p [T] {
    let count = rows.iter().take_while(|row| batch_of(id(row)) == batch).count();
    let (taken, rest) = rows.split_at(count);
    *rows = rest;
    taken
}

/// Reports and drops the rows before this batch: they belong to none.
fn outside<T>(rows: &mut &[T], batch: i64, id: impl Fn(&T) -> i64, table: &str, report: &mut AuditReport) {
    while let Some((first, rest)) = rows.split_first()
        && id(first) < batch
    {
        report.find(place(table, id(first)), "belongs to no batch of the chain");
        *rows = rest;
    }
}
