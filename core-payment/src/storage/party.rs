//! Parties and their accounts.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Conn, StorageError, Tx};
use super::schema::{account, attempt, coupon, party, payment};

/// A party as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = party)]
pub(crate) struct PartyRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) sealed: Vec<u8>,
}

/// A party to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = party)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct NewPartyRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) state: &'static str,
    pub(crate) sealed: Vec<u8>,
    pub(crate) msisdn_index: Option<Vec<u8>>,
    pub(crate) created_at: i64,
}

/// An account to open.
#[derive(Debug, Insertable)]
#[diesel(table_name = account)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct NewAccountRow {
    pub(crate) id: i64,
    pub(crate) owner: Option<i64>,
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
    pub(crate) opened_at: i64,
}

/// What an account is, without its balance: this never changes and may be cached.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct AccountRef {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) currency: String,
}

/// Adds a party.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &NewPartyRow) -> Result<(), StorageError> {
    diesel::insert_into(party::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Changes whether a party may act, for an operator or until one says so: what it was suspended for before does not count any more.
pub(crate) fn set_state(tx: &mut Tx<'_>, id: i64, state: &str) -> Result<(), StorageError> {
    diesel::update(party::table.find(id))
        .set((party::state.eq(state), party::suspended_for.eq(None::<String>)))
        .execute(tx.conn())?;
    Ok(())
}

/// What a party is suspended for that did not pay its bills.
const BILLS: &str = "bills";

/// Suspends a party for its bills. `false` if it is suspended: then it stays so for what it is.
pub(crate) fn suspend_for_bills(tx: &mut Tx<'_>, id: i64) -> Result<bool, StorageError> {
    let active = party::id.eq(id).and(party::state.eq("active"));
    let moved = diesel::update(party::table.filter(active))
        .set((party::state.eq("suspended"), party::suspended_for.eq(BILLS)))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// Lets a party act again that is suspended for its bills. `false` if it is not.
pub(crate) fn reinstate_from_bills(tx: &mut Tx<'_>, id: i64) -> Result<bool, StorageError> {
    let suspended = party::id.eq(id).and(party::state.eq("suspended")).and(party::suspended_for.eq(BILLS));
    let moved = diesel::update(party::table.filter(suspended))
        .set((party::state.eq("active"), party::suspended_for.eq(None::<String>)))
        .execute(tx.conn())?;
    Ok(moved == 1)
}

/// Changes what is sealed of a party.
pub(crate) fn set_sealed(tx: &mut Tx<'_>, id: i64, sealed: &[u8]) -> Result<(), StorageError> {
    diesel::update(party::table.find(id)).set(party::sealed.eq(sealed)).execute(tx.conn())?;
    Ok(())
}

/// Changes by which number a party is found, if by any.
pub(crate) fn set_msisdn_index(
    tx: &mut Tx<'_>,
    id: i64,
    msisdn_index: Option<&[u8]>,
) -> Result<(), StorageError> {
    diesel::update(party::table.find(id)).set(party::msisdn_index.eq(msisdn_index)).execute(tx.conn())?;
    Ok(())
}

/// Forgets how a party is reached and paid, and keeps it from acting.
pub(crate) fn erase(tx: &mut Tx<'_>, id: i64, sealed: &[u8]) -> Result<(), StorageError> {
    diesel::update(party::table.find(id))
        .set((
            party::sealed.eq(sealed),
            party::msisdn_index.eq(None::<Vec<u8>>),
            party::state.eq("suspended"),
            party::suspended_for.eq(None::<String>),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Whether something of an account's is at an external system that has not ended there: its payments, top-ups, redemptions,
/// or the collection of a bill.
pub(crate) fn under_way(conn: &mut Conn, owner: i64, account: i64) -> Result<bool, StorageError> {
    let open = payment::state.eq("pending").or(payment::state.eq("authorised"));
    let paying: Option<i64> = payment::table
        .filter(payment::consumer_account.eq(account).and(open))
        .select(payment::id)
        .first(conn)
        .optional()?;
    let asked: Option<i64> = attempt::table
        .filter(attempt::state.eq("pending"))
        .filter(attempt::payment.eq(account).or(attempt::party.eq(owner)))
        .select(attempt::id)
        .first(conn)
        .optional()?;
    Ok(paying.is_some() || asked.is_some())
}

/// Whether somebody has coupons with value on them.
pub(crate) fn holds_coupons(conn: &mut Conn, holder: i64) -> Result<bool, StorageError> {
    let live = coupon::state.eq("held").or(coupon::state.eq("reserved"));
    let held: Option<i64> = coupon::table
        .filter(coupon::holder.eq(holder).and(coupon::remaining_micros.gt(0)).and(live))
        .select(coupon::position)
        .first(conn)
        .optional()?;
    Ok(held.is_some())
}

/// Opens an account.
pub(crate) fn open_account(tx: &mut Tx<'_>, row: &NewAccountRow) -> Result<(), StorageError> {
    diesel::insert_into(account::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A party by its number.
pub(crate) fn by_id(conn: &mut Conn, id: i64) -> Result<Option<PartyRow>, StorageError> {
    Ok(party::table.find(id).select(PartyRow::as_select()).get_result(conn).optional()?)
}

/// Those of these parties that there are, with their accounts.
pub(crate) fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(PartyRow, Vec<AccountRef>)>, StorageError> {
    let Conn::Postgres(postgres) = conn else {
        // Nothing is gained by asking together where nobody is far away.
        let mut parties = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(row) = by_id(conn, *id)? {
                parties.push((row, accounts_of(conn, *id)?));
            }
        }
        return Ok(parties);
    };
    let rows: Vec<PartyRow> =
        party::table.filter(party::id.eq_any(ids)).select(PartyRow::as_select()).load(postgres)?;
    let accounts: Vec<(Option<i64>, AccountRef)> = account::table
        .filter(account::owner.eq_any(ids))
        .order(account::id)
        .select((account::owner, AccountRef::as_select()))
        .load(postgres)?;
    let mut by_owner: HashMap<Option<i64>, Vec<AccountRef>> = HashMap::new();
    for (owner, account) in accounts {
        by_owner.entry(owner).or_default().push(account);
    }
    let with_accounts = |row: PartyRow| {
        let accounts = by_owner.remove(&Some(row.id)).unwrap_or_default();
        (row, accounts)
    };
    Ok(rows.into_iter().map(with_accounts).collect())
}

/// A party by name.
pub(crate) fn by_name(conn: &mut Conn, name: &str) -> Result<Option<PartyRow>, StorageError> {
    Ok(party::table.filter(party::name.eq(name)).select(PartyRow::as_select()).get_result(conn).optional()?)
}

/// A party by the blind index of its telephone number.
pub(crate) fn by_msisdn(conn: &mut Conn, index: &[u8]) -> Result<Option<PartyRow>, StorageError> {
    Ok(party::table
        .filter(party::msisdn_index.eq(index))
        .select(PartyRow::as_select())
        .first(conn)
        .optional()?)
}

/// The accounts of a party.
pub(crate) fn accounts_of(conn: &mut Conn, owner: i64) -> Result<Vec<AccountRef>, StorageError> {
    Ok(account::table
        .filter(account::owner.eq(owner))
        .order(account::id)
        .select(AccountRef::as_select())
        .load(conn)?)
}

/// What a consumer's account holds and what was spent from it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = account)]
pub(crate) struct SpendingRow {
    pub(crate) kind: String,
    pub(crate) balance: i64,
    pub(crate) credit_limit: i64,
    pub(crate) since_strong_micros: i64,
    pub(crate) since_strong_count: i32,
    pub(crate) month: i32,
    pub(crate) month_micros: i64,
}

/// The account of a party from which it pays in a currency, or in which its limits are counted.
pub(crate) fn spending(
    conn: &mut Conn,
    owner: i64,
    currency: &str,
) -> Result<Option<SpendingRow>, StorageError> {
    Ok(account::table
        .filter(account::owner.eq(owner).and(account::currency.eq(currency)))
        .order(account::id)
        .select(SpendingRow::as_select())
        .first(conn)
        .optional()?)
}

/// A system's own account: clearing or hold.
pub(crate) fn system_account(
    conn: &mut Conn,
    kind: &str,
    label: &str,
    currency: &str,
) -> Result<Option<i64>, StorageError> {
    Ok(account::table
        .filter(account::owner.is_null())
        .filter(account::kind.eq(kind).and(account::label.eq(label)).and(account::currency.eq(currency)))
        .select(account::id)
        .first(conn)
        .optional()?)
}

/// The balance of a party's account in one currency.
pub(crate) fn balance(conn: &mut Conn, name: &str, currency: &str) -> Result<Option<i64>, StorageError> {
    let owner = by_name(conn, name)?;
    let Some(owner) = owner else { return Ok(None) };
    Ok(account::table
        .filter(account::owner.eq(owner.id).and(account::currency.eq(currency)))
        .select(account::balance)
        .first(conn)
        .optional()?)
}
