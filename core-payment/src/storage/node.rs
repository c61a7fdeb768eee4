//! Leases of writer numbers and the heads of their hash chains.

use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{batch, node};

/// The last batch of one node's chain.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct ChainHead {
    pub(crate) id: i64,
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

/// Takes the lowest free number, or one whose lease has run out. `None` if all are held.
pub(crate) fn lease(
    tx: &mut Tx<'_>,
    holder: &[u8],
    now_ms: i64,
    until_ms: i64,
    max: i16,
) -> Result<Option<i16>, StorageError> {
    let conn = tx.conn();
    let rows: Vec<(i16, i64)> =
        node::table.select((node::id, node::leased_until)).order(node::id).load(conn)?;
    let expired = rows.iter().find(|(_, leased_until)| *leased_until < now_ms).map(|(id, _)| *id);
    if let Some(id) = expired {
        // The old lease is part of the condition: of two takers one finds no row.
        let taken = diesel::update(node::table.filter(node::id.eq(id).and(node::leased_until.lt(now_ms))))
            .set((node::holder.eq(holder), node::leased_until.eq(until_ms)))
            .execute(conn)?;
        return Ok((taken == 1).then_some(id));
    }
    let free = (1..=max).find(|id| rows.iter().all(|(taken, _)| taken != id));
    if let Some(id) = free {
        diesel::insert_into(node::table)
            .values((node::id.eq(id), node::holder.eq(holder), node::leased_until.eq(until_ms)))
            .execute(conn)?;
    }
    Ok(free)
}

/// Extends a lease. `false` if somebody else holds the number now.
pub(crate) fn renew(tx: &mut Tx<'_>, id: i16, holder: &[u8], until_ms: i64) -> Result<bool, StorageError> {
    let renewed = diesel::update(node::table.filter(node::id.eq(id).and(node::holder.eq(holder))))
        .set(node::leased_until.eq(until_ms))
        .execute(tx.conn())?;
    Ok(renewed == 1)
}

/// The end of a node's chain.
pub(crate) fn chain_head(conn: &mut Conn, id: i16) -> Result<Option<ChainHead>, StorageError> {
    Ok(batch::table
        .filter(batch::node.eq(id))
        .order(batch::seq.desc())
        .select((batch::id, batch::seq, batch::hash))
        .first(conn)
        .optional()?)
}

/// Adds a link. A second writer of the same chain fails on `batch_chain`.
pub(crate) fn insert_batch(tx: &mut Tx<'_>, node: i16, head: &ChainHead) -> Result<(), StorageError> {
    diesel::insert_into(batch::table)
        .values((
            batch::id.eq(head.id),
            batch::node.eq(node),
            batch::seq.eq(head.seq),
            batch::hash.eq(&head.hash),
        ))
        .execute(tx.conn())?;
    Ok(())
}
