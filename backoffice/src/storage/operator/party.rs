//! Parties, as operators find them.

use diesel::prelude::*;

use super::tables::{account, party as parties_table};
use crate::storage::{Conn, StorageError};

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = parties_table)]
pub(crate) struct PartyRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) created_at: i64,
}

/// An account of a party.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct HeldRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
}

/// Accounts at most that a party has.
const MOST: i64 = 100;

/// Parties of a role, by name, from one on.
pub(crate) fn parties(
    conn: &mut Conn,
    role: &str,
    from: &str,
    most: i64,
) -> Result<Vec<PartyRow>, StorageError> {
    Ok(parties_table::table
        .filter(parties_table::role.eq(role).and(parties_table::name.ge(from)))
        .order(parties_table::name)
        .limit(most)
        .select(PartyRow::as_select())
        .load(conn)?)
}

/// A party by name.
pub(crate) fn party(conn: &mut Conn, name: &str) -> Result<Option<PartyRow>, StorageError> {
    Ok(parties_table::table
        .filter(parties_table::name.eq(name))
        .select(PartyRow::as_select())
        .first(conn)
        .optional()?)
}

/// A party by number.
pub(crate) fn party_by_number(conn: &mut Conn, id: i64) -> Result<Option<PartyRow>, StorageError> {
    Ok(parties_table::table.find(id).select(PartyRow::as_select()).first(conn).optional()?)
}

/// A party's accounts.
pub(crate) fn accounts_of(conn: &mut Conn, owner: i64) -> Result<Vec<HeldRow>, StorageError> {
    Ok(account::table
        .filter(account::owner.eq(owner))
        .order((account::currency, account::kind))
        .limit(MOST)
        .select((account::id, account::kind, account::currency, account::balance, account::credit_limit))
        .load(conn)?)
}
