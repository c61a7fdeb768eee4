//! Which sales a query finds: their positions, the newest first, each by an index.
//!
//! A search text can mean an order, a receipt, a consumer or items. Each of them is a run of positions in the order of an
//! index, and the newest of all runs are what is found. Where more items fit than that is worth ([`MOST_RUNS`]), the sales
//! are walked from the newest on instead, so many a page ([`WALK`]): the page may be short then, but nothing is left out.

use std::collections::{BTreeSet, HashMap};

use payment_domain::OrderId;

use super::SalesError;
use super::query::{Cursor, Page, Query, SaleState, Wanted};
use crate::storage::sales::journal;
use crate::storage::sales::list::{self, Key, Window};
use crate::storage::{Conn, StorageError};

/// Items, or consumers, whose runs are merged.
const MOST_RUNS: usize = 24;
/// Sales that one page of a search looks at.
const WALK: i64 = 1_000;

/// The sales of a merchant that a query finds.
pub(super) fn sales(conn: &mut Conn, merchant: i64, query: &Query) -> Result<Page<i64>, SalesError> {
    let window = query.window();
    let Some(text) = &query.text else {
        let mut rows = list::newest(conn, merchant, query.state.map(SaleState::as_str), window)?;
        let next = query.cut(&mut rows, |id| *id);
        return Ok(Page { rows, next });
    };
    let Some(wanted) = Wanted::read(text) else { return Ok(Page { rows: Vec::new(), next: None }) };
    let search = Search { merchant, wanted, states: states(query), window };
    let items = search.items(conn)?;
    let mut found = search.named(conn)?;
    let walked = match items {
        Items::Few(items) => {
            found.extend(search.runs(conn, Key::Item, items)?);
            None
        }
        Items::Many => {
            let walked = search.walk(conn)?;
            found.extend(walked.found);
            walked.through
        }
    };
    // Beyond where the walk has ended, others are found by the next page.
    found.retain(|id| walked.is_none_or(|through| *id >= through));
    let mut rows: Vec<i64> = found.into_iter().rev().collect();
    let next = query.cut(&mut rows, |id| *id).or(walked.map(Cursor::at));
    Ok(Page { rows, next })
}

/// The sale with this order, if it is this merchant's.
pub(super) fn with_order(
    conn: &mut Conn,
    merchant: i64,
    order: OrderId,
) -> Result<Option<i64>, StorageError> {
    // A payment has the position of its order's evidence.
    let Some(id) = journal::position_of(conn, order.as_bytes())? else { return Ok(None) };
    Ok(list::state_of(conn, merchant, id)?.map(|_| id))
}

/// The sale with this position, or with a receipt of this position.
pub(super) fn with_position(
    conn: &mut Conn,
    merchant: i64,
    position: i64,
) -> Result<Option<i64>, StorageError> {
    if list::state_of(conn, merchant, position)?.is_some() {
        return Ok(Some(position));
    }
    list::with_receipt(conn, merchant, position)
}

fn states(query: &Query) -> Vec<&'static str> {
    match query.state {
        Some(state) => vec![state.as_str()],
        None => SaleState::ALL.map(SaleState::as_str).to_vec(),
    }
}

struct Search {
    merchant: i64,
    wanted: Wanted,
    states: Vec<&'static str>,
    window: Window,
}

/// Items that a text can mean.
enum Items {
    Few(Vec<i64>),
    Many,
}

/// What a walk has found, and the last sale that it looked at, unless that was the last there is.
struct Walked {
    found: Vec<i64>,
    through: Option<i64>,
}

impl Search {
    /// Sales that the text names by themselves or by their consumer.
    fn named(&self, conn: &mut Conn) -> Result<BTreeSet<i64>, StorageError> {
        let mut named = Vec::new();
        if let Some(order) = self.wanted.order {
            named.extend(with_order(conn, self.merchant, order)?);
        }
        if let Some(position) = self.wanted.position {
            named.extend(with_position(conn, self.merchant, position)?);
        }
        let mut found = BTreeSet::new();
        for id in named {
            let state = list::state_of(conn, self.merchant, id)?;
            let fits = state.is_some_and(|state| self.states.contains(&state.as_str()));
            if fits && (self.window.from..self.window.before).contains(&id) {
                found.insert(id);
            }
        }
        if let Some((from, through)) = &self.wanted.pseudonym {
            let most = i64::try_from(MOST_RUNS).unwrap_or_default();
            let consumers = list::acquaintances_like(conn, self.merchant, (from, through), most)?;
            found.extend(self.runs(conn, Key::Acquaintance, consumers)?);
        }
        Ok(found)
    }

    fn items(&self, conn: &mut Conn) -> Result<Items, StorageError> {
        let most = i64::try_from(MOST_RUNS).unwrap_or_default().saturating_add(1);
        let end = self.wanted.title_end();
        let text = self.wanted.text.as_str();
        let items = list::items_like(conn, self.merchant, (text, (text, &end)), most)?;
        Ok(if items.len() > MOST_RUNS { Items::Many } else { Items::Few(items) })
    }

    fn runs(&self, conn: &mut Conn, key: Key, keys: Vec<i64>) -> Result<Vec<i64>, StorageError> {
        list::newest_of(conn, self.merchant, (key, keys), &self.states, self.window)
    }

    fn walk(&self, conn: &mut Conn) -> Result<Walked, StorageError> {
        let rows = list::walk(conn, self.merchant, Window { most: WALK, ..self.window })?;
        let full = i64::try_from(rows.len()).is_ok_and(|count| count >= WALK);
        let through = rows.last().filter(|_| full).map(|row| row.id);
        let items: BTreeSet<i64> = rows.iter().map(|row| row.item).collect();
        let keys = list::item_keys(conn, self.merchant, &items.into_iter().collect::<Vec<_>>())?;
        let fits: HashMap<i64, bool> =
            keys.iter().map(|(id, code, title)| (*id, self.wanted.is_item(code, title))).collect();
        let found = rows.iter().filter(|row| {
            self.states.contains(&row.state.as_str()) && fits.get(&row.item).is_some_and(|fits| *fits)
        });
        Ok(Walked { found: found.map(|row| row.id).collect(), through })
    }
}
