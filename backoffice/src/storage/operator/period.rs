//! The open period of an account, which an operator closes.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::tables::{party, period};
use super::watch::PeriodRow;
use crate::storage::{Conn, StorageError};

/// It, if it has something in it: a payout's own transfers do not count.
pub(crate) fn open_period(conn: &mut Conn, account: i64) -> Result<Option<PeriodRow>, StorageError> {
    Ok(period::table
        .inner_join(party::table.on(period::owner.eq(party::id)))
        .filter(
            period::account
                .eq(account)
                .and(sql::<Bool>("period.closed_fold IS NULL AND period.standing > 0")),
        )
        .select((
            period::account,
            period::seq,
            period::book,
            party::name,
            period::currency,
            period::opened_at,
            period::standing,
        ))
        .first(conn)
        .optional()?)
}
