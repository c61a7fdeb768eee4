//! The outbox as its dispatchers and operators see it.

use payment_domain::{LedgerPosition, Timestamp};

use super::{Core, ReadError, read_error};
use crate::order::repeat;
use crate::outbox::{self, Dispatched, Filter, Listed, Notice, NoticeKind};

impl Core {
    /// The document that was issued at a position: a bill, a statement, a payout advice, a credit note. `None` if there is
    /// none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn issued(&self, position: LedgerPosition) -> Result<Option<Vec<u8>>, ReadError> {
        repeat::issued(&mut *self.conn()?, position.value()).map_err(read_error)
    }

    /// Takes items of the outbox that are due, at most `limit`. Whoever takes them says within the lease what became of
    /// them ([`Core::dispatched`]), or they are due again.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn take_notices(
        &self,
        kind: NoticeKind,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Notice>, ReadError> {
        let (mut conn, context) = (self.conn()?, &self.0.context);
        outbox::claim(&mut conn, &context.sealer, kind, context.clock.now(), lease_until, limit)
            .map_err(read_error)
    }

    /// Notes what became of an item.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn dispatched(&self, id: i64, dispatched: &Dispatched) -> Result<(), ReadError> {
        outbox::note(&mut *self.conn()?, id, dispatched, self.0.context.clock.now()).map_err(read_error)
    }

    /// Items of the outbox, oldest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn notices(&self, filter: &Filter) -> Result<Vec<Listed>, ReadError> {
        outbox::list(&mut *self.conn()?, filter).map_err(read_error)
    }

    /// Makes items due again at once: those named, or all that match. Returns how many.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn resend(&self, filter: &Filter, ids: &[i64]) -> Result<usize, ReadError> {
        outbox::resend(&mut *self.conn()?, filter, ids, self.0.context.clock.now()).map_err(read_error)
    }
}
