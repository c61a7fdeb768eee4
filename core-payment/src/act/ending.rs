//! How an attempt ends, whatever it is for: an order's in the core itself, another's by the settlement of its purpose.

use payment_domain::{AttemptId, Purpose};

use super::{Accounts, Begun, Books, End};
use crate::batch::{Batch, BatchError};
use crate::order::{finish, repeat};
use crate::reply::{Outcome, Reply};
use crate::storage::Tx;
use crate::storage::payment;

/// An attempt that can end.
pub(crate) struct Ending {
    of: Of,
    is_pending: bool,
}

/// Whose.
enum Of {
    Order(Box<finish::Resolved>),
    Other(Box<Begun>, Accounts),
}

impl Ending {
    /// Whether nothing is known of it yet.
    pub(crate) const fn is_pending(&self) -> bool {
        self.is_pending
    }

    /// The accounts to lock before it ends.
    pub(crate) fn accounts(&self) -> Accounts {
        match &self.of {
            Of::Order(resolved) => {
                Accounts { consumers: [resolved.consumer_account()].into(), ..Accounts::default() }
            }
            Of::Other(_, accounts) => accounts.clone(),
        }
    }
}

/// Finds an attempt; `None` if there is none. Reads only.
pub(crate) fn resolve(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    id: AttemptId,
) -> Result<Option<Ending>, BatchError> {
    let Some(row) = payment::attempt_by_id(tx.conn(), id.value())? else { return Ok(None) };
    let is_pending = row.state == "pending";
    if row.purpose == Purpose::Order.as_str() {
        let of = Of::Order(Box::new(finish::resolve(tx, row)?));
        return Ok(Some(Ending { of, is_pending }));
    }
    let begun = Begun::read(&row).ok_or(BatchError::Corrupt("attempt"))?;
    let settlement = batch.context.settlement(begun.purpose).cloned();
    let settlement = settlement.ok_or(BatchError::Corrupt("purpose of an attempt"))?;
    let accounts = settlement.accounts(&mut Books { batch, tx }, &begun).map_err(|error| error.0)?;
    Ok(Some(Ending { of: Of::Other(Box::new(begun), accounts), is_pending }))
}

/// Ends an attempt, or leaves it pending. Its accounts are locked.
pub(crate) fn end(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    ending: &Ending,
    outcome: &Outcome,
) -> Result<Reply, BatchError> {
    match &ending.of {
        Of::Order(resolved) => finish::finish(batch, tx, resolved, outcome),
        Of::Other(begun, _) => settle(batch, tx, begun, outcome),
    }
}

fn settle(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    attempt: &Begun,
    outcome: &Outcome,
) -> Result<Reply, BatchError> {
    let stored = |batch: &mut Batch<'_>, tx: &mut Tx<'_>| {
        repeat::of_attempt(batch, tx.conn(), attempt.id, attempt.subject)
    };
    let Some(end) = End::of(outcome) else {
        if let Outcome::ActionRequired { url, reference } = outcome {
            payment::note_action(tx, attempt.id.value(), url, reference)?;
        }
        return stored(batch, tx);
    };
    let (state, reference) = match end {
        End::Approved { reference } => ("approved", Some(reference)),
        End::Declined { .. } => ("declined", None),
    };
    let at = batch.position()?;
    let now = batch.now.as_millis();
    if !payment::finish_attempt(tx, attempt.id.value(), state, reference, now, at.value())? {
        return stored(batch, tx);
    }
    let settlement = batch.context.settlement(attempt.purpose).cloned();
    let settlement = settlement.ok_or(BatchError::Corrupt("purpose of an attempt"))?;
    settlement.settle(&mut Books { batch, tx }, attempt, &end, at).map_err(|error| error.0)
}
