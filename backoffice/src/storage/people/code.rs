//! Codes that were sent, and how often somebody tried.

use diesel::prelude::*;

use super::super::{Conn, StorageError, Tx};
use super::tables::{reach_guard, sign_in_code};

/// A code as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_code)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct CodeRow {
    pub(crate) holder: Vec<u8>,
    pub(crate) purpose: String,
    pub(crate) reach_index: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) tries: i64,
    pub(crate) sent_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) proved_at: Option<i64>,
}

/// What was sent to an address since, and tried for it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = reach_guard)]
pub(crate) struct Guard {
    pub(crate) reach_index: Vec<u8>,
    pub(crate) since: i64,
    pub(crate) sent: i64,
    pub(crate) wrong: i64,
    pub(crate) locked_until: i64,
}

/// Keeps a code in the place of the browser's last one.
pub(crate) fn keep_code(tx: &mut Tx<'_>, row: &CodeRow) -> Result<(), StorageError> {
    let conn = tx.conn();
    diesel::delete(sign_in_code::table.find(&row.holder)).execute(conn)?;
    diesel::insert_into(sign_in_code::table).values(row).execute(conn)?;
    Ok(())
}

/// Takes one of the tries that a browser has for its code, before anything is compared: two requests at once have two. `None`
/// without a code that can still be entered.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn take_try(
    tx: &mut Tx<'_>,
    holder: &[u8],
    most: i64,
    now_ms: i64,
) -> Result<Option<CodeRow>, StorageError> {
    let open = sign_in_code::holder
        .eq(holder)
        .and(sign_in_code::proved_at.is_null())
        .and(sign_in_code::expires_at.gt(now_ms))
        .and(sign_in_code::tries.lt(most));
    let taken = diesel::update(sign_in_code::table.filter(open))
        .set(sign_in_code::tries.eq(sign_in_code::tries + 1))
        .execute(tx.conn())?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(sign_in_code::table.find(holder).select(CodeRow::as_select()).first(tx.conn()).optional()?)
}

/// Says that a code was entered; `false` if it was before. What it proved stays good until then.
pub(crate) fn prove_code(
    tx: &mut Tx<'_>,
    holder: &[u8],
    now_ms: i64,
    good_until: i64,
) -> Result<bool, StorageError> {
    let open = sign_in_code::holder.eq(holder).and(sign_in_code::proved_at.is_null());
    let proved = diesel::update(sign_in_code::table.filter(open))
        .set((sign_in_code::proved_at.eq(now_ms), sign_in_code::expires_at.eq(good_until)))
        .execute(tx.conn())?;
    Ok(proved == 1)
}

/// A code that was entered, while what it proved is good.
pub(crate) fn proved_code(
    conn: &mut Conn,
    holder: &[u8],
    now_ms: i64,
) -> Result<Option<CodeRow>, StorageError> {
    let proved = sign_in_code::proved_at.is_not_null().and(sign_in_code::expires_at.gt(now_ms));
    Ok(sign_in_code::table.find(holder).filter(proved).select(CodeRow::as_select()).first(conn).optional()?)
}

/// What a browser's code is for.
pub(crate) fn purpose_of_code(conn: &mut Conn, holder: &[u8]) -> Result<Option<String>, StorageError> {
    Ok(sign_in_code::table.find(holder).select(sign_in_code::purpose).first(conn).optional()?)
}

/// Forgets a browser's code; `false` if there was none: somebody else has used it.
pub(crate) fn drop_code(tx: &mut Tx<'_>, holder: &[u8]) -> Result<bool, StorageError> {
    Ok(diesel::delete(sign_in_code::table.find(holder)).execute(tx.conn())? == 1)
}

/// What was counted for an address.
pub(crate) fn guard_of(conn: &mut Conn, reach_index: &[u8]) -> Result<Option<Guard>, StorageError> {
    Ok(reach_guard::table.find(reach_index).select(Guard::as_select()).first(conn).optional()?)
}

/// How often codes are sent to an address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    /// In one window.
    pub(crate) most: i64,
    /// How long one is.
    pub(crate) window_ms: i64,
}

/// Counts a code that is to be sent to an address. Where it may not, says what was counted.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn count_sent(
    tx: &mut Tx<'_>,
    reach_index: &[u8],
    sending: Sending,
    now_ms: i64,
) -> Result<Option<Guard>, StorageError> {
    let guard = reach_guard::reach_index.eq(reach_index);
    let over = reach_guard::since.le(now_ms.saturating_sub(sending.window_ms));
    diesel::update(reach_guard::table.filter(guard.and(over)))
        .set((reach_guard::since.eq(now_ms), reach_guard::sent.eq(0), reach_guard::wrong.eq(0)))
        .execute(tx.conn())?;
    let open = guard.and(reach_guard::sent.lt(sending.most)).and(reach_guard::locked_until.le(now_ms));
    let counted = diesel::update(reach_guard::table.filter(open))
        .set(reach_guard::sent.eq(reach_guard::sent + 1))
        .execute(tx.conn())?;
    if counted == 1 {
        return Ok(None);
    }
    if let Some(guard) = guard_of(tx.conn(), reach_index)? {
        return Ok(Some(guard));
    }
    let first =
        Guard { reach_index: reach_index.to_vec(), since: now_ms, sent: 1, wrong: 0, locked_until: 0 };
    diesel::insert_into(reach_guard::table).values(first).execute(tx.conn())?;
    Ok(None)
}

/// Counts a wrong code for an address, and locks it from so many on.
#[expect(clippy::arithmetic_side_effects, reason = "an SQL expression: the database checks it")]
pub(crate) fn count_wrong(
    tx: &mut Tx<'_>,
    reach_index: &[u8],
    lock_at: i64,
    locked_until: i64,
) -> Result<(), StorageError> {
    let guard = reach_guard::table.find(reach_index);
    diesel::update(guard).set(reach_guard::wrong.eq(reach_guard::wrong + 1)).execute(tx.conn())?;
    let locked = reach_guard::reach_index.eq(reach_index).and(reach_guard::wrong.ge(lock_at));
    diesel::update(reach_guard::table.filter(locked))
        .set((reach_guard::locked_until.eq(locked_until), reach_guard::wrong.eq(0)))
        .execute(tx.conn())?;
    Ok(())
}
