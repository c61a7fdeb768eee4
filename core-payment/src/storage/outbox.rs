//! What has to be sent. Several gateways take from it at once.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::connection::{Conn, StorageError, Tx};
use super::schema::{outbox, party};
use crate::statement;

/// An item as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct OutboxRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) party: i64,
    pub(crate) subject: i64,
    pub(crate) state: String,
    pub(crate) tries: i32,
    pub(crate) due_at: i64,
    pub(crate) fault: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) finished_at: Option<i64>,
}

statement! {
    /// All items of a batch.
    InsertOutbox on Pg {
        ids: Vec<i64> as Array<BigInt>,
        kinds: Vec<String> as Array<Text>,
        parties: Vec<i64> as Array<BigInt>,
        subjects: Vec<i64> as Array<BigInt>,
        due_ats: Vec<i64> as Array<BigInt>,
    }
    "INSERT INTO outbox (id, kind, party, subject, state, tries, due_at, created_at) \
     SELECT u.id, u.kind, u.party, u.subject, 'due', 0, u.due_at, u.due_at FROM unnest("
    ids ", " kinds ", " parties ", " subjects ", " due_ats ") u (id, kind, party, subject, due_at)"
}

statement! {
    /// Those that are due and that nobody else is taking now.
    ClaimOutbox on Pg => (BigInt) { lease: i64 as BigInt, kind: String as Text, now: i64 as BigInt, most: i64 as BigInt }
    "UPDATE outbox SET due_at = " lease ", tries = tries + 1 WHERE id IN (SELECT id FROM outbox WHERE state = 'due' AND kind = "
    kind " AND due_at <= " now " ORDER BY due_at, id LIMIT " most " FOR UPDATE SKIP LOCKED) RETURNING id"
}

/// Puts items in.
pub(crate) fn insert(tx: &mut Tx<'_>, rows: &[OutboxRow]) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Postgres(conn) => {
            InsertOutbox {
                ids: rows.iter().map(|row| row.id).collect(),
                kinds: rows.iter().map(|row| row.kind.clone()).collect(),
                parties: rows.iter().map(|row| row.party).collect(),
                subjects: rows.iter().map(|row| row.subject).collect(),
                due_ats: rows.iter().map(|row| row.due_at).collect(),
            }
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(outbox::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Takes items that are due and postpones them. They are returned as they were before this try.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    kind: &str,
    now_ms: i64,
    lease_ms: i64,
    limit: i64,
) -> Result<Vec<OutboxRow>, StorageError> {
    let conn = tx.conn();
    let ids: Vec<i64> = match conn {
        Conn::Postgres(conn) => {
            ClaimOutbox { lease: lease_ms, kind: kind.to_owned(), now: now_ms, most: limit }
                .load::<(i64,)>(conn)?
                .into_iter()
                .map(|(id,)| id)
                .collect()
        }
        Conn::Sqlite(conn) => {
            let state = outbox::state.eq(sql::<Text>("'due'"));
            let due = state.and(outbox::kind.eq(kind)).and(outbox::due_at.le(now_ms));
            let ids: Vec<i64> = outbox::table
                .filter(due)
                .order((outbox::due_at, outbox::id))
                .limit(limit)
                .select(outbox::id)
                .load(conn)?;
            diesel::update(outbox::table.filter(outbox::id.eq_any(&ids)))
                .set((outbox::due_at.eq(lease_ms), outbox::tries.eq(outbox::tries + 1)))
                .execute(conn)?;
            ids
        }
    };
    let mut rows: Vec<OutboxRow> = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(outbox::table.find(id).select(OutboxRow::as_select()).first(conn)?);
    }
    rows.iter_mut().for_each(|row| row.tries = row.tries.saturating_sub(1));
    Ok(rows)
}

/// Ends an item that is still due; what was ended meanwhile stays as it is.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    id: i64,
    state: &str,
    fault: Option<&str>,
    now_ms: i64,
) -> Result<(), StorageError> {
    diesel::update(outbox::table.filter(outbox::id.eq(id).and(outbox::state.eq("due"))))
        .set((outbox::state.eq(state), outbox::fault.eq(fault), outbox::finished_at.eq(now_ms)))
        .execute(tx.conn())?;
    Ok(())
}

/// Sets the next try.
pub(crate) fn again(tx: &mut Tx<'_>, id: i64, due_ms: i64, fault: &str) -> Result<(), StorageError> {
    diesel::update(outbox::table.filter(outbox::id.eq(id).and(outbox::state.eq("due"))))
        .set((outbox::due_at.eq(due_ms), outbox::fault.eq(fault)))
        .execute(tx.conn())?;
    Ok(())
}

/// Sets the next try and takes back the one that was counted when the item was taken.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn not_now(tx: &mut Tx<'_>, id: i64, due_ms: i64) -> Result<(), StorageError> {
    let counted = outbox::state.eq("due").and(outbox::tries.gt(0));
    diesel::update(outbox::table.filter(outbox::id.eq(id).and(counted)))
        .set((outbox::due_at.eq(due_ms), outbox::tries.eq(outbox::tries - 1)))
        .execute(tx.conn())?;
    Ok(())
}

/// Makes ended items due again: those named, or all in a state of a party.
pub(crate) fn resend(
    tx: &mut Tx<'_>,
    state: Option<&str>,
    party: Option<i64>,
    ids: &[i64],
    now_ms: i64,
) -> Result<usize, StorageError> {
    let chosen: Vec<i64> = if ids.is_empty() {
        let rows = list(tx.conn(), Some(state.unwrap_or("dead")), party, 0, i64::MAX)?;
        rows.into_iter().map(|(row, _)| row.id).collect()
    } else {
        ids.to_vec()
    };
    let mut moved = 0_usize;
    for id in chosen {
        let ended = outbox::id.eq(id).and(outbox::state.ne("due"));
        let done = diesel::update(outbox::table.filter(ended))
            .set((
                outbox::state.eq("due"),
                outbox::due_at.eq(now_ms),
                outbox::tries.eq(0),
                outbox::finished_at.eq(None::<i64>),
            ))
            .execute(tx.conn())?;
        moved = moved.saturating_add(done);
    }
    Ok(moved)
}

/// Items with their party's name, oldest first.
pub(crate) fn list(
    conn: &mut Conn,
    state: Option<&str>,
    party: Option<i64>,
    after: i64,
    limit: i64,
) -> Result<Vec<(OutboxRow, String)>, StorageError> {
    let mut query = outbox::table
        .inner_join(party::table)
        .filter(outbox::id.gt(after))
        .order(outbox::id)
        .limit(limit)
        .select((OutboxRow::as_select(), party::name))
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(outbox::state.eq(state.to_owned()));
    }
    if let Some(party) = party {
        query = query.filter(outbox::party.eq(party));
    }
    Ok(query.load(conn)?)
}
