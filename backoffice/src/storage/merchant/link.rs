//! Pay links, and the offers that they have led to.

use diesel::prelude::*;

use super::item::ItemRow;
use super::tables::{offer, party, pay_link, pay_link_offer, shop_item};
use crate::storage::{Conn, StorageError, Tx};

/// A pay link as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_link)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct LinkRow {
    pub(crate) id: String,
    pub(crate) number: i64,
    pub(crate) merchant: i64,
    pub(crate) item: i64,
    pub(crate) uses: Option<i64>,
    pub(crate) valid_until: i64,
    pub(crate) active: bool,
    pub(crate) made_at: i64,
}

/// An offer of a pay link.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_link_offer)]
pub(crate) struct LinkOfferRow {
    pub(crate) link: String,
    pub(crate) seq: i64,
    pub(crate) version: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) document: Vec<u8>,
    pub(crate) valid_until: i64,
    pub(crate) deposited: bool,
}

/// A merchant's links with their items, the newest first.
pub(crate) fn links(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<(LinkRow, ItemRow)>, StorageError> {
    Ok(pay_link::table
        .inner_join(shop_item::table.on(shop_item::id.eq(pay_link::item)))
        .filter(pay_link::merchant.eq(merchant).and(pay_link::number.lt(before)))
        .order(pay_link::number.desc())
        .limit(most)
        .select((LinkRow::as_select(), ItemRow::as_select()))
        .load(conn)?)
}

/// A link by what stands in its address, with its item and the merchant's name.
pub(crate) fn link_by_id(
    conn: &mut Conn,
    id: &str,
) -> Result<Option<(LinkRow, ItemRow, String)>, StorageError> {
    Ok(pay_link::table
        .inner_join(shop_item::table.on(shop_item::id.eq(pay_link::item)))
        .inner_join(party::table.on(party::id.eq(pay_link::merchant)))
        .filter(pay_link::id.eq(id).and(party::state.eq("active")))
        .select((LinkRow::as_select(), ItemRow::as_select(), party::name))
        .first(conn)
        .optional()?)
}

/// Adds a link.
pub(crate) fn insert_link(tx: &mut Tx<'_>, row: &LinkRow) -> Result<(), StorageError> {
    diesel::insert_into(pay_link::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Closes one of a merchant's links; `false` if it is none of theirs.
pub(crate) fn close_link(tx: &mut Tx<'_>, merchant: i64, number: i64) -> Result<bool, StorageError> {
    let one = pay_link::table.filter(pay_link::merchant.eq(merchant).and(pay_link::number.eq(number)));
    Ok(diesel::update(one).set(pay_link::active.eq(false)).execute(tx.conn())? == 1)
}

/// The newest offer of a link, and whether it was sold.
pub(crate) fn newest_offer(
    conn: &mut Conn,
    link: &str,
) -> Result<Option<(LinkOfferRow, bool)>, StorageError> {
    let newest = pay_link_offer::table
        .filter(pay_link_offer::link.eq(link))
        .order(pay_link_offer::seq.desc())
        .select(LinkOfferRow::as_select())
        .first(conn)
        .optional()?;
    let Some(newest) = newest else { return Ok(None) };
    let sold_to: Option<Option<i64>> =
        offer::table.find(&newest.digest).select(offer::sold_to).first(conn).optional()?;
    Ok(Some((newest, sold_to.flatten().is_some())))
}

/// How many offers of a link were sold; counted to the end of its uses only.
pub(crate) fn sold(conn: &mut Conn, link: &str) -> Result<i64, StorageError> {
    Ok(pay_link_offer::table
        .inner_join(offer::table.on(offer::digest.eq(pay_link_offer::digest)))
        .filter(pay_link_offer::link.eq(link).and(offer::sold_to.is_not_null()))
        .count()
        .get_result(conn)?)
}

/// Keeps an offer before it is deposited; somebody else's of the same number stays. Returns the one that counts.
pub(crate) fn keep_offer(tx: &mut Tx<'_>, row: &LinkOfferRow) -> Result<LinkOfferRow, StorageError> {
    on_both!(tx.conn(), conn => diesel::insert_into(pay_link_offer::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(pay_link_offer::table.find((&row.link, row.seq)).select(LinkOfferRow::as_select()).first(tx.conn())?)
}

/// Notes that it was deposited.
pub(crate) fn deposited(tx: &mut Tx<'_>, link: &str, seq: i64) -> Result<(), StorageError> {
    let one = pay_link_offer::table.find((link, seq));
    diesel::update(one).set(pay_link_offer::deposited.eq(true)).execute(tx.conn())?;
    Ok(())
}

/// Notes that an offer was refused and can never be bought: the next one takes its place.
pub(crate) fn spoil_offer(tx: &mut Tx<'_>, link: &str, seq: i64) -> Result<(), StorageError> {
    let one = pay_link_offer::table.filter(
        pay_link_offer::link
            .eq(link)
            .and(pay_link_offer::seq.eq(seq))
            .and(pay_link_offer::deposited.eq(false)),
    );
    diesel::update(one).set(pay_link_offer::valid_until.eq(0_i64)).execute(tx.conn())?;
    Ok(())
}
