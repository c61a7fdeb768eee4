//! Which payments of a step ask for a letter: those that came to a receipt in it, of consumers who asked before they paid.
//!
//! A mark for each node says how far this was done. It stays where it is when everything is folded again from zero, so that
//! nothing asks twice. What is hours old asks for nothing: nobody is told late what they have seen long ago.

use std::collections::{BTreeSet, HashMap};

use core_payment::{batch_of, node_of, time_of};
use payment_domain::Timestamp;

use super::chunk::Chunk;
use crate::storage::alerts::{self, AlertRow};
use crate::storage::sales::journal::PaymentRow;
use crate::storage::{Conn, StorageError, Tx};

/// After so long nobody is told of a payment any more.
const FRESH_MS: i64 = 60 * 60 * 1000;

/// What a step leaves for the worker of letters.
#[derive(Debug, Default)]
pub(super) struct Letters {
    rows: Vec<AlertRow>,
    /// By node.
    marks: Vec<(i16, i64)>,
}

impl Letters {
    pub(super) fn due(
        conn: &mut Conn,
        chunk: &Chunk,
        payments: &[&PaymentRow],
        now: Timestamp,
    ) -> Result<Self, StorageError> {
        let marks: HashMap<i16, i64> = alerts::marks(conn)?.into_iter().collect();
        let ask = |row: &&&PaymentRow| {
            paid_at(row).is_some_and(|at| chunk.covers(at) && is_new(&marks, at) && is_fresh(at, now))
        };
        let asking: Vec<&PaymentRow> = payments.iter().filter(ask).copied().collect();
        let consumers: BTreeSet<i64> = asking.iter().map(|row| row.consumer).collect();
        let consumers: Vec<i64> = consumers.into_iter().collect();
        let listeners: HashMap<i64, i64> = alerts::listeners(conn, &consumers)?.into_iter().collect();
        let heard = |row: &&PaymentRow| {
            listeners.get(&row.consumer).is_some_and(|since| *since <= time_of(row.id).as_millis())
        };
        let row = |row: &PaymentRow| AlertRow {
            id: row.id,
            consumer: row.consumer,
            little: 0,
            tries: 0,
            due_at: now.as_millis(),
        };
        let ends = chunk.ranges.iter().map(|range| range.end());
        let further = ends.filter(|end| marks.get(&end.node).is_none_or(|mark| *mark < end.batch));
        Ok(Self {
            rows: asking.into_iter().filter(heard).map(row).collect(),
            marks: further.map(|end| (end.node, end.batch)).collect(),
        })
    }

    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        for (node, batch) in &self.marks {
            alerts::move_mark(tx, *node, *batch)?;
        }
        alerts::insert(tx, &self.rows)
    }
}

/// Where the receipt stands of what was paid.
fn paid_at(row: &PaymentRow) -> Option<i64> {
    let paid = row.state == "accepted" && row.captured_micros.unwrap_or(row.micros) > 0;
    row.settled_at.filter(|_| paid)
}

fn is_new(marks: &HashMap<i16, i64>, position: i64) -> bool {
    marks.get(&node_of(position)).is_none_or(|mark| *mark < batch_of(position))
}

fn is_fresh(position: i64, now: Timestamp) -> bool {
    time_of(position) > now.saturating_add_millis(FRESH_MS.saturating_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(state: &str, captured: Option<i64>) -> PaymentRow {
        PaymentRow {
            id: 7,
            consumer: 1,
            merchant: 2,
            offer_digest: Vec::new(),
            micros: 1_800_000,
            currency: "EUR".to_owned(),
            mode: "aggregated".to_owned(),
            state: state.to_owned(),
            settled_at: Some(9),
            refunded_micros: 0,
            captured_micros: captured,
        }
    }

    #[test]
    fn only_what_was_paid_asks_for_a_letter() {
        assert_eq!(paid_at(&payment("accepted", None)), Some(9));
        assert_eq!(paid_at(&payment("accepted", Some(1))), Some(9));
        assert_eq!(paid_at(&payment("accepted", Some(0))), None, "nothing was taken");
        assert_eq!(paid_at(&payment("pending", None)), None);
        assert_eq!(paid_at(&PaymentRow { settled_at: None, ..payment("accepted", None) }), None);
    }

    #[test]
    fn what_was_looked_at_asks_no_more_and_neither_does_what_is_old() {
        let position = 1_800_000_000_000_000_000;
        let (node, batch, at) = (node_of(position), batch_of(position), time_of(position));
        assert!(is_new(&HashMap::new(), position));
        assert!(is_new(&HashMap::from([(node, batch - 1)]), position));
        assert!(!is_new(&HashMap::from([(node, batch)]), position));
        assert!(is_new(&HashMap::from([(node + 1, batch)]), position), "the mark of another node");
        assert!(is_fresh(position, at.saturating_add_millis(FRESH_MS - 1)));
        assert!(!is_fresh(position, at.saturating_add_millis(FRESH_MS)));
    }
}
