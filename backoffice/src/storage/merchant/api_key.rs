//! Keys of a merchant's programs.

use diesel::prelude::*;

use super::tables::{api_key, party};
use crate::storage::{Conn, StorageError, Tx};

/// A key as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_key)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct ApiKeyRow {
    pub(crate) key_hash: Vec<u8>,
    pub(crate) id: i64,
    pub(crate) merchant: i64,
    pub(crate) name: String,
    pub(crate) made_by: i64,
    pub(crate) made_at: i64,
    pub(crate) used_at: Option<i64>,
}

/// Keys at most that a merchant has.
const MOST: i64 = 20;

/// A merchant's keys, oldest first.
pub(crate) fn api_keys(conn: &mut Conn, merchant: i64) -> Result<Vec<ApiKeyRow>, StorageError> {
    Ok(api_key::table
        .filter(api_key::merchant.eq(merchant))
        .order(api_key::id)
        .limit(MOST)
        .select(ApiKeyRow::as_select())
        .load(conn)?)
}

/// Adds a key; `false` if there are too many.
pub(crate) fn insert_api_key(tx: &mut Tx<'_>, row: &ApiKeyRow) -> Result<bool, StorageError> {
    let have: i64 =
        api_key::table.filter(api_key::merchant.eq(row.merchant)).count().get_result(tx.conn())?;
    if have >= MOST {
        return Ok(false);
    }
    diesel::insert_into(api_key::table).values(row).execute(tx.conn())?;
    Ok(true)
}

/// Takes one of a merchant's keys out of force; `false` if it is none of theirs.
pub(crate) fn delete_api_key(tx: &mut Tx<'_>, merchant: i64, id: i64) -> Result<bool, StorageError> {
    let one = api_key::table.filter(api_key::merchant.eq(merchant).and(api_key::id.eq(id)));
    Ok(diesel::delete(one).execute(tx.conn())? == 1)
}

/// Whose key it is: its number, the merchant's number and name, if the merchant may act. The use is noted once a day.
pub(crate) fn use_api_key(
    conn: &mut Conn,
    hash: &[u8],
    now_ms: i64,
) -> Result<Option<(i64, i64, String)>, StorageError> {
    const DAY_MS: i64 = 86_400_000;
    let found: Option<(i64, i64, Option<i64>)> = api_key::table
        .find(hash)
        .select((api_key::id, api_key::merchant, api_key::used_at))
        .first(conn)
        .optional()?;
    let Some((id, merchant, used_at)) = found else { return Ok(None) };
    let owner = party::table.filter(party::id.eq(merchant).and(party::state.eq("active")));
    let name: Option<String> = owner.select(party::name).first(conn).optional()?;
    if used_at.is_none_or(|at| now_ms.saturating_sub(at) >= DAY_MS) {
        diesel::update(api_key::table.find(hash)).set(api_key::used_at.eq(now_ms)).execute(conn)?;
    }
    Ok(name.map(|name| (id, merchant, name)))
}
