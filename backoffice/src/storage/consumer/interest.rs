//! What somebody wants to hear about, sealed.

use diesel::prelude::*;

use super::tables::interest;
use crate::storage::{Conn, StorageError, Tx};

/// What is sealed; `None` if nothing was ever said.
pub(crate) fn interest(conn: &mut Conn, party: i64) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(interest::table.find(party).select(interest::sealed).first(conn).optional()?)
}

/// Keeps it; `None` forgets it. From `alerts_since` on payments may ask for letters.
pub(crate) fn set_interest(
    tx: &mut Tx<'_>,
    party: i64,
    sealed: Option<&[u8]>,
    alerts_since: Option<i64>,
    now_ms: i64,
) -> Result<(), StorageError> {
    let conn = tx.conn();
    let Some(sealed) = sealed else {
        diesel::delete(interest::table.find(party)).execute(conn)?;
        return Ok(());
    };
    let kept = (
        interest::sealed.eq(sealed),
        interest::changed_at.eq(now_ms),
        interest::alerts_since.eq(alerts_since),
    );
    // What else stands in the row stays: when it was last said that little is left.
    if diesel::update(interest::table.find(party)).set(kept).execute(conn)? == 0 {
        diesel::insert_into(interest::table).values((interest::party.eq(party), kept)).execute(conn)?;
    }
    Ok(())
}
