//! What somebody wants to hear about, sealed.

use diesel::prelude::*;

use super::tables::interest;
use crate::storage::{Conn, StorageError, Tx};

/// What is sealed; `None` if nothing was ever said.
pub(crate) fn interest(conn: &mut Conn, party: i64) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(interest::table.find(party).select(interest::sealed).first(conn).optional()?)
}

/// Keeps it; `None` forgets it.
pub(crate) fn set_interest(
    tx: &mut Tx<'_>,
    party: i64,
    sealed: Option<&[u8]>,
    now_ms: i64,
) -> Result<(), StorageError> {
    let conn = tx.conn();
    diesel::delete(interest::table.find(party)).execute(conn)?;
    if let Some(sealed) = sealed {
        let row = (interest::party.eq(party), interest::sealed.eq(sealed), interest::changed_at.eq(now_ms));
        diesel::insert_into(interest::table).values(row).execute(conn)?;
    }
    Ok(())
}
