//! The read model against the journal: counts and sums by merchant. For tests, and for whoever audits.

use core_payment::DatabaseUrl;
use thiserror::Error;

use crate::storage::sales::compare::{self, Compared, SumRow};
use crate::storage::{self, StorageError, connect, snapshot};

/// Why nothing could be compared.
#[derive(Debug, Error)]
#[error("sales and journal cannot be compared: {0}")]
pub struct CompareError(String);

impl From<StorageError> for CompareError {
    fn from(error: StorageError) -> Self {
        Self(storage::chain(&error))
    }
}

/// What the comparison came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Merchants and currencies that the journal knows.
    pub merchants: usize,
    /// Payments that the journal counts.
    pub payments: u64,
    /// Batches that the worker has not come to: until there are none, differences are to be expected.
    pub waiting: u64,
    /// What differs, in words.
    pub differences: Vec<String>,
}

/// Compares all of it, on one state of the database and beside whatever is written. Reads whole tables. Blocks.
///
/// # Errors
/// [`CompareError`].
pub fn compare(database: &DatabaseUrl) -> Result<Comparison, CompareError> {
    let mut conn = connect(database)?;
    let compared = snapshot(&mut conn, compare::read)?;
    let Compared { journal, sales, hours, returns, waiting, stale, missing, refusals } = compared;
    let mut differences = Vec::new();
    // Where nothing was paid there is nothing to compare; what went back went back from what was paid.
    differ(&mut differences, "the sales", &journal, &sales);
    differ(&mut differences, "the hours", &journal, &hours);
    let back = |rows: &[SumRow]| -> Vec<SumRow> {
        let went_back = rows.iter().filter(|row| row.refunded != 0);
        went_back.map(|row| SumRow { payments: 0, gross: 0, ..row.clone() }).collect()
    };
    differ(&mut differences, "the returns", &back(&journal), &back(&returns));
    for (count, what) in [
        (stale, "sales are not as their payments are"),
        (missing, "payments are no sales"),
        (refusals, "refused orders are not in the lists or in the hours"),
    ] {
        if count != 0 {
            differences.push(format!("{count} {what}"));
        }
    }
    Ok(Comparison {
        merchants: journal.len(),
        payments: journal.iter().map(|row| row.payments.unsigned_abs()).fold(0, u64::saturating_add),
        waiting: waiting.unsigned_abs(),
        differences,
    })
}

fn differ(differences: &mut Vec<String>, what: &str, journal: &[SumRow], other: &[SumRow]) {
    let only = |one: &[SumRow], two: &[SumRow]| -> Vec<SumRow> {
        one.iter().filter(|row| !two.contains(row)).cloned().collect()
    };
    for row in only(journal, other) {
        differences.push(format!("{what} lack {row:?} of the journal"));
    }
    for row in only(other, journal) {
        differences.push(format!("{what} say {row:?}, the journal does not"));
    }
}
