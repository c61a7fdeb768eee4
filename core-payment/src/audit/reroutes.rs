//! Attempts that went to another system: each is where the declarations say, and only those that were declared moved.

use std::collections::HashMap;

use payment_domain::AttemptId;

use super::documents::Said;
use super::{AuditReport, place};
use crate::act::{Begun, reroute};
use crate::storage::journal::EvidenceRow;
use crate::storage::{Conn, StorageError, payment};

/// What the evidence says of ways. It holds what moved, which is little.
#[derive(Default)]
pub(super) struct Rerouted {
    /// Where attempts began that are somewhere else now.
    begun_at: HashMap<AttemptId, String>,
    /// From where to where they went, in order.
    ways: HashMap<AttemptId, Vec<(String, String)>>,
}

impl Rerouted {
    /// Whether an attempt's words hold but for the system; where it went must have been declared then.
    pub(super) fn may_have_moved(&mut self, begun: Begun, words: &str) -> bool {
        let named = words.rsplit_once(" at ").and_then(|(_, rest)| rest.rsplit_once(" for "));
        let Some((system, _)) = named else { return false };
        let id = begun.id;
        let agrees = Begun { system: system.to_owned(), ..begun }.words() == words;
        if agrees {
            self.begun_at.insert(id, system.to_owned());
        }
        agrees
    }

    /// Notes a declaration, if it is one of an attempt that went elsewhere.
    pub(super) fn declared(&mut self, row: &EvidenceRow, said: &Said, report: &mut AuditReport) {
        let words = String::from_utf8_lossy(&said.words);
        let Some((id, from, to)) = reroute::read(&words) else { return };
        let ways = self.ways.entry(id).or_default();
        if ways.last().is_some_and(|(_, at)| at != from) {
            report.find(place("evidence", row.id), "moves an attempt from where it was not");
        }
        ways.push((from.to_owned(), to.to_owned()));
    }

    /// Compares the ways with where attempts are.
    pub(super) fn close(&self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        for (id, began) in &self.begun_at {
            let first = self.ways.get(id).and_then(|ways| ways.first());
            if first.is_none_or(|(from, _)| from != began) {
                report.find(place("attempt", id.value()), "is not at the system that its evidence says");
            }
        }
        for (id, ways) in &self.ways {
            let at = payment::attempt_by_id(conn, id.value())?.map(|attempt| attempt.system);
            if at.as_ref() != ways.last().map(|(_, to)| to) {
                report.find(place("attempt", id.value()), "is not at the system that it went to");
            }
        }
        Ok(())
    }
}
