//! By what merchants know a consumer.

use diesel::prelude::*;

use crate::storage::schema::{acquaintance, party};
use crate::storage::{Conn, StorageError};

/// Merchants that a consumer has paid, by name, with the pseudonym that each knows them by.
pub(crate) fn pseudonyms(
    conn: &mut Conn,
    consumer: i64,
    most: i64,
) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
    Ok(acquaintance::table
        .inner_join(party::table.on(party::id.eq(acquaintance::merchant)))
        .filter(acquaintance::consumer.eq(consumer))
        .order((acquaintance::consumer, acquaintance::merchant))
        .limit(most)
        .select((party::name, acquaintance::pseudonym))
        .load(conn)?)
}
