//! An attempt goes to another system, because nothing can have reached the first.

use payment_domain::{AttemptId, Timestamp};

use super::{Accounts, Act, ActError, Books};
use crate::storage::payment;

/// Sends an attempt elsewhere, if it is where it is thought to be and nothing is known of it yet.
pub(crate) struct Reroute {
    pub(crate) attempt: AttemptId,
    pub(crate) from: String,
    pub(crate) to: String,
    /// From when on others may be asking the first system.
    pub(crate) before: Timestamp,
}

impl Act for Reroute {
    type Done = bool;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<bool, ActError> {
        let Self { attempt, from, to, before } = self;
        if books.now() >= *before || !payment::reroute_attempt(books.tx(), attempt.value(), from, to)? {
            return Ok(false);
        }
        let at = books.position()?;
        books.declare(at, &words(*attempt, from, to))?;
        Ok(true)
    }
}

/// The evidence.
fn words(attempt: AttemptId, from: &str, to: &str) -> String {
    format!("attempt {attempt} goes from {from} to {to}")
}

/// Reads the evidence again: attempt, from, to.
pub(crate) fn read(said: &str) -> Option<(AttemptId, &str, &str)> {
    let (attempt, way) = said.strip_prefix("attempt ")?.split_once(" goes from ")?;
    let (from, to) = way.split_once(" to ")?;
    let attempt = AttemptId::parse(attempt).ok()?;
    (words(attempt, from, to) == said).then_some((attempt, from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evidence_reads_back_and_nothing_else_does() {
        let attempt = AttemptId::new(7).unwrap();
        assert_eq!(read(&words(attempt, "stripe", "sepa")), Some((attempt, "stripe", "sepa")));
        for other in ["", "attempt 7 of 3.00 EUR", "attempt x goes from a to b", "attempt 7 goes from a"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
