//! Items of the catalogue: what a merchant sells, and at which price.

use diesel::prelude::*;

use super::tables::shop_item;
use crate::storage::{Conn, StorageError, Tx};

/// An item as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shop_item)]
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) merchant: i64,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) terms: String,
    pub(crate) capture: String,
    pub(crate) active: bool,
    pub(crate) version: i64,
}

/// A merchant's items after one of them, oldest first.
pub(crate) fn items(
    conn: &mut Conn,
    merchant: i64,
    after: i64,
    most: i64,
) -> Result<Vec<ItemRow>, StorageError> {
    Ok(shop_item::table
        .filter(shop_item::merchant.eq(merchant).and(shop_item::id.gt(after)))
        .order(shop_item::id)
        .limit(most)
        .select(ItemRow::as_select())
        .load(conn)?)
}

/// One of a merchant's items.
pub(crate) fn item(conn: &mut Conn, merchant: i64, id: i64) -> Result<Option<ItemRow>, StorageError> {
    Ok(shop_item::table
        .filter(shop_item::merchant.eq(merchant).and(shop_item::id.eq(id)))
        .select(ItemRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds an item; `false` if its code is taken.
pub(crate) fn insert_item(tx: &mut Tx<'_>, row: &ItemRow) -> Result<bool, StorageError> {
    let inserted = on_both!(tx.conn(), conn => diesel::insert_into(shop_item::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

/// Changes an item, all but its code; `false` if it is none of this merchant's.
pub(crate) fn update_item(tx: &mut Tx<'_>, row: &ItemRow) -> Result<bool, StorageError> {
    let one = shop_item::table.filter(shop_item::merchant.eq(row.merchant).and(shop_item::id.eq(row.id)));
    let changed = diesel::update(one)
        .set((
            shop_item::title.eq(&row.title),
            shop_item::micros.eq(row.micros),
            shop_item::terms.eq(&row.terms),
            shop_item::capture.eq(&row.capture),
            shop_item::active.eq(row.active),
            shop_item::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(changed == 1)
}
