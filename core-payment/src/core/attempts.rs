//! Attempts at external systems as workers see them: what is pending, and where it goes.

use std::sync::Arc;

use payment_domain::{AttemptId, Purpose, Timestamp};

use super::{Core, ReadError, read_error};
use crate::act::{Begun, Reroute};
use crate::parties::{ExternalInstrument, Party};
use crate::reply::{Attempt, Original, SubmitError};
use crate::routes::Routing;
use crate::storage::{self, StorageError, party, payment};

impl Core {
    /// Attempts in one page.
    pub const PAGE: i64 = 100;

    /// Attempts that have no outcome and began before this time, oldest first: at most [`Core::PAGE`], from one after
    /// the given id, so that a system that stays silent does not hide the others' attempts.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn pending_attempts(
        &self,
        started_before: Timestamp,
        after: Option<AttemptId>,
    ) -> Result<Vec<Attempt>, ReadError> {
        self.pending(None, started_before, after)
    }

    /// The same, of one system.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn pending_attempts_at(
        &self,
        system: &str,
        started_before: Timestamp,
        after: Option<AttemptId>,
    ) -> Result<Vec<Attempt>, ReadError> {
        self.pending(Some(system), started_before, after)
    }

    /// An attempt that has no outcome; `None` if it has, or there is none of this id.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn pending_attempt(&self, id: AttemptId) -> Result<Option<Attempt>, ReadError> {
        let mut conn = self.conn()?;
        let row = payment::attempt_by_id(&mut conn, id.value()).map_err(read_error)?;
        match row.filter(|row| row.state == "pending") {
            Some(row) => self.attempt(&mut conn, &row).map_err(read_error),
            None => Ok(None),
        }
    }

    /// Where an attempt may go if nothing of it can have reached its system; `None` if it has to stay.
    #[must_use]
    pub fn next_system(&self, attempt: &Attempt) -> Option<&str> {
        // What goes back goes where the original went; a coupon's money stays at the bank that sold it.
        if attempt.original.is_some() || attempt.purpose == Purpose::Coupon {
            return None;
        }
        let scheme = attempt.instrument.as_ref().map_or(attempt.system.as_str(), ExternalInstrument::system);
        let routing = Routing { scheme, operation: attempt.operation, amount: attempt.amount };
        self.0.context.routes.after(&attempt.system, &routing)
    }

    /// Records that an attempt goes to another system, if it is still at this one, nothing is known of it, and it is not
    /// too late: before whoever reconciles may send it again where it is. Not where something was set aside under the
    /// first system's name: that is for its purpose to know.
    ///
    /// # Errors
    /// [`SubmitError`]; then it may or may not be on record, and must not be sent.
    pub async fn reroute_attempt(
        &self,
        attempt: AttemptId,
        from: &str,
        to: &str,
        before: Timestamp,
    ) -> Result<bool, SubmitError> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.perform(Arc::new(Reroute { attempt, from, to, before })).await
    }

    fn pending(
        &self,
        system: Option<&str>,
        started_before: Timestamp,
        after: Option<AttemptId>,
    ) -> Result<Vec<Attempt>, ReadError> {
        let mut conn = self.conn()?;
        let after = after.map_or(0, AttemptId::value);
        let rows =
            payment::pending_attempts(&mut conn, system, after, started_before.as_millis(), Self::PAGE);
        let mut attempts = Vec::new();
        for row in rows.map_err(read_error)? {
            match self.attempt(&mut conn, &row).map_err(read_error)? {
                Some(attempt) => attempts.push(attempt),
                // One damaged row must not keep the others from being resolved; the audit names it.
                None => tracing::error!(attempt = row.id, "an attempt cannot be read"),
            }
        }
        Ok(attempts)
    }

    /// An attempt as systems need it; `None` if it cannot be read.
    pub(super) fn attempt(
        &self,
        conn: &mut storage::Conn,
        row: &payment::AttemptRow,
    ) -> Result<Option<Attempt>, StorageError> {
        let owner = match row.party {
            Some(owner) => Some(owner),
            None => payment::payment_at(conn, row.payment)?.map(|paid| paid.consumer),
        };
        let owner = match owner {
            Some(owner) => party::by_id(conn, owner)?,
            None => None,
        };
        let owner = owner.map(|owner| Party::load(conn, &self.0.context.sealer, owner)).transpose()?;
        let original = match row.original {
            Some(original) => payment::attempt_by_id(conn, original)?,
            None => None,
        };
        Ok(Begun::read(row).zip(owner).map(|(begun, owner)| Attempt {
            id: begun.id,
            operation: begun.operation,
            purpose: begun.purpose,
            system: begun.system,
            instrument: owner.external.clone(),
            bank: owner.bank(),
            original: original.as_ref().and_then(Original::read),
            reference: row.reference.clone(),
            amount: begun.amount,
            started_at: begun.started_at,
        }))
    }
}
