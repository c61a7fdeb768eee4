//! Positions and the hash chain. Pure: what the journal's numbers mean and how its batches are linked.
//!
//! A position is a positive `i64`: 41 bits of milliseconds since 2024, 8 bits of node, 14 bits within the batch. Position
//! zero of a batch names the batch itself, so the batch of a row is found by clearing 14 bits, and a month is a range.

use aws_lc_rs::digest::{Context, SHA256};
use payment_domain::{Digest, LedgerPosition, Timestamp};

use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};

/// 2024-01-01T00:00:00Z.
const EPOCH_MS: i64 = 1_704_067_200_000;
const SEQUENCE_BITS: u32 = 14;
const NODE_BITS: u32 = 8;
/// Rows that one batch can name.
pub(crate) const BATCH_ROWS: i64 = 1 << SEQUENCE_BITS;
/// Writers that can hold a chain at once.
pub(crate) const MAX_NODE: i16 = (1 << NODE_BITS) - 1;

const BATCH_TAG: &[u8] = b"METEORE/v1/ledger/batch";

/// Names the next batch of a node: the present millisecond, or the one after its last batch.
pub(crate) fn batch_id(now: Timestamp, node: i16, last: Option<i64>) -> Option<i64> {
    let millis = now.as_millis().checked_sub(EPOCH_MS)?.max(1);
    let after = last.map_or(0, |last| last >> (SEQUENCE_BITS + NODE_BITS)).checked_add(1)?;
    let millis = millis.max(after);
    let shifted = millis.checked_mul(1 << (SEQUENCE_BITS + NODE_BITS))?;
    shifted.checked_add(i64::from(node).checked_mul(BATCH_ROWS)?)
}

/// A payment from an account has what it took from there within so many positions after its own: nothing comes between but
/// accounts of ours that it is the first to need, and at most two transfers.
pub const LEGS_WITHIN: i64 = 8;

/// The batch that a position belongs to.
#[must_use]
pub const fn batch_of(position: i64) -> i64 {
    position & !(BATCH_ROWS - 1)
}

/// The writer that gave a position out.
#[must_use]
pub fn node_of(position: i64) -> i16 {
    i16::try_from((position >> SEQUENCE_BITS) & i64::from(MAX_NODE)).unwrap_or_default()
}

/// When a position was given out.
#[must_use]
pub fn time_of(position: i64) -> Timestamp {
    let millis = (position >> (SEQUENCE_BITS + NODE_BITS)).saturating_add(EPOCH_MS);
    Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
}

/// No position before it was given out at or after a time, and none from it on before that time.
#[must_use]
pub fn first_position_at(time: Timestamp) -> i64 {
    let millis = time.as_millis().saturating_sub(EPOCH_MS).max(0);
    millis.saturating_mul(1 << (SEQUENCE_BITS + NODE_BITS))
}

/// Gives out the positions of one batch.
#[derive(Debug)]
pub(crate) struct Positions {
    batch: i64,
    next: i64,
}

impl Positions {
    pub(crate) const fn of(batch: i64) -> Self {
        Self { batch, next: 1 }
    }

    /// The next position, while the batch has room.
    pub(crate) fn take(&mut self) -> Option<LedgerPosition> {
        if self.next >= BATCH_ROWS {
            return None;
        }
        let position = self.batch.checked_add(self.next)?;
        self.next = self.next.saturating_add(1);
        LedgerPosition::new(position).ok()
    }
}

/// Links a batch to the one before: every row that it adds, in the order of positions.
pub(crate) struct Link {
    context: Context,
}

impl Link {
    pub(crate) fn begin(previous: Option<&[u8]>, batch: i64, seq: i64) -> Self {
        let mut link = Self { context: Context::new(&SHA256) };
        link.bytes(BATCH_TAG);
        link.bytes(previous.unwrap_or_default());
        link.number(batch);
        link.number(seq);
        link
    }

    pub(crate) fn evidence(&mut self, row: &EvidenceRow) {
        self.bytes(b"evidence");
        self.number(row.id);
        self.bytes(row.kind.as_bytes());
        self.number(row.sender.unwrap_or_default());
        self.bytes(row.message_id.as_deref().unwrap_or_default());
        self.bytes(row.digest.as_deref().unwrap_or_default());
        self.bytes(&row.request);
        self.bytes(&row.reply);
    }

    /// Covers all of a payment that never changes.
    pub(crate) fn payment(&mut self, row: &PaymentRow) {
        self.bytes(b"payment");
        for number in
            [row.id, row.consumer, row.merchant, row.consumer_account, row.merchant_account, row.micros]
        {
            self.number(number);
        }
        for bytes in [&row.order_id, &row.offer_digest] {
            self.bytes(bytes);
        }
        for text in [&row.currency, &row.mode, &row.funding, &row.rule] {
            self.bytes(text.as_bytes());
        }
    }

    pub(crate) fn transfer(&mut self, row: &TransferRow) {
        self.bytes(b"transfer");
        for number in [row.id, row.payment, row.debit, row.credit, row.micros, row.created_at] {
            self.number(number);
        }
        self.bytes(row.kind.as_bytes());
    }

    pub(crate) fn end(self) -> Digest {
        let mut hash = [0_u8; Digest::LEN];
        hash.copy_from_slice(self.context.finish().as_ref());
        Digest::new(hash)
    }

    fn number(&mut self, number: i64) {
        self.context.update(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        self.context.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn batches_of_one_node_rise_even_when_the_clock_falls() {
        let first = batch_id(at("2026-11-21T10:00:00.000Z"), 7, None).unwrap();
        let second = batch_id(at("2026-11-21T09:00:00.000Z"), 7, Some(first)).unwrap();
        assert!(second > first);
        let other = batch_id(at("2026-11-21T10:00:00.000Z"), MAX_NODE, None).unwrap();
        assert!(other > first && other < batch_id(at("2026-11-21T10:00:00.001Z"), 1, None).unwrap());
    }

    #[test]
    fn a_position_leads_to_its_batch_and_a_batch_has_an_end() {
        let batch = batch_id(at("2026-11-21T10:00:00.000Z"), MAX_NODE, None).unwrap();
        let mut positions = Positions::of(batch);
        let mut taken = 0;
        while let Some(position) = positions.take() {
            assert_eq!(batch_of(position.value()), batch);
            taken += 1;
        }
        assert_eq!(taken, BATCH_ROWS - 1);
    }

    #[test]
    fn a_position_leads_to_its_writer_and_its_time() {
        let time = at("2026-11-21T10:00:00.000Z");
        let batch = batch_id(time, 7, None).unwrap();
        assert_eq!((node_of(batch + 9), time_of(batch + 9)), (7, time));
        assert!(first_position_at(time) <= batch);
        assert!(batch_id(time.saturating_add_millis(-1), MAX_NODE, None).unwrap() < first_position_at(time));
        assert_eq!(first_position_at(Timestamp::EPOCH), 0);
    }

    #[test]
    fn every_field_moves_the_hash() {
        let row = |micros, kind: &str| TransferRow {
            id: 1,
            payment: 2,
            debit: 3,
            credit: 4,
            micros,
            kind: kind.to_owned(),
            created_at: 5,
        };
        let hash = |previous: Option<&[u8]>, micros, kind| {
            let mut link = Link::begin(previous, 16_384, 1);
            link.transfer(&row(micros, kind));
            link.end()
        };
        let plain = hash(None, 10, "payment");
        assert_ne!(plain, hash(None, 11, "payment"));
        assert_ne!(plain, hash(None, 10, "refund"));
        assert_ne!(plain, hash(Some(&[0; 32]), 10, "payment"));
        assert_eq!(plain, hash(None, 10, "payment"));
    }
}
