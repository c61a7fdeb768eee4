//! Sales as merchants look at them, and purchases as consumers do: lists, search, figures, time lines, CSV, over millions of
//! payments and always by an index.
//!
//! [`fold::SalesWorker`] follows the journal and fills the tables of migration 000010, beside the hot path and never in it;
//! [`Sales`] reads them. They are a projection: what they say can lag behind the journal by a moment, can be thrown away and
//! folded again ([`fold::SalesWorker::rebuild`]), and is compared with it ([`compare::compare`]).
//!
//! What this module must not do: name a consumer to a merchant other than by pseudonym (R46), answer without knowing who
//! asks (every function takes the party first, and every query has it in its `WHERE`), or read without a bound. All of it
//! blocks: call it where that is allowed. Start at [`Sales::list`].

pub mod compare;
pub mod csv;
pub mod figures;
mod find;
pub mod fold;
pub mod history;
pub mod query;
pub mod timeline;

use std::fmt;
use std::time::Duration;

use core_payment::{Core, DatabaseUrl, ReadError, time_of};
use payment_domain::{
    Currency, Funding, InvalidId, Label, LedgerPosition, Mode, Money, OrderId, PartyId, Pseudonym, Timestamp,
};
use payment_message::Code;
use thiserror::Error;

use crate::storage::sales::journal;
use crate::storage::sales::list::{self, ListedRow, RefusedRow};
use crate::storage::{self, Conn, Reader, Readers, StorageError};
use query::{Page, Query, SaleState};

/// How long a read waits for a connection. Nobody's payment waits with it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What merchants and consumers look up. To be shared.
pub struct Sales {
    core: Core,
    readers: Readers,
}

/// Why something could not be looked up.
#[derive(Debug, Error)]
pub enum SalesError {
    /// The database.
    #[error("sales cannot be read: {0}")]
    Read(String),
    /// There is no such party.
    #[error("no such party")]
    UnknownParty,
    /// The time asked about is longer than a chart shows.
    #[error("at most {} days at once", figures::MOST_DAYS)]
    TooLong,
    /// A row makes no sense.
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
}

/// One payment at a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The payment: where its order stands in the ledger.
    pub position: LedgerPosition,
    /// The consumer's order.
    pub order: OrderId,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// The merchant's item code.
    pub item: Label,
    /// What the consumer read.
    pub title: Label,
    /// Who bought, as this merchant sees them.
    pub consumer: Pseudonym,
    /// What was ordered.
    pub price: Money,
    /// What the merchant was paid: less than the price if less was captured, nothing while it waits or if it failed.
    pub paid: Money,
    /// What of it was given back.
    pub refunded: Money,
    /// On a bill, or by itself.
    pub mode: Mode,
    /// Where the money comes from.
    pub funding: Funding,
    /// What became of it.
    pub state: SaleState,
    /// The position in its receipt, once there is one.
    pub receipt: Option<LedgerPosition>,
}

/// An order that was refused when it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where the refusal stands in the ledger.
    pub position: LedgerPosition,
    /// When.
    pub refused_at: Timestamp,
    /// The merchant's item code.
    pub item: Label,
    /// What the consumer read.
    pub title: Label,
    /// What was ordered.
    pub price: Money,
    /// Why.
    pub code: Code,
}

/// What names one sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleKey {
    /// The consumer's order.
    Order(OrderId),
    /// The position in its receipt, or of its order.
    Receipt(LedgerPosition),
}

impl Sales {
    /// On the database of a core.
    #[must_use]
    pub fn new(core: Core, database: &DatabaseUrl) -> Self {
        Self { core, readers: Readers::open(database, PATIENCE) }
    }

    /// A merchant's sales, the newest first. A page of a search may be short, or empty, and have a next one all the same:
    /// each reads a bounded part.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn list(&self, merchant: &PartyId, query: &Query) -> Result<Page<Sale>, SalesError> {
        let (mut conn, merchant) = self.open(merchant)?;
        let found = find::sales(&mut conn, merchant, query)?;
        let rows = list::rows(&mut conn, merchant, &found.rows)?;
        let rows = rows.into_iter().map(Sale::read).collect::<Result<_, _>>()?;
        Ok(Page { rows, next: found.next })
    }

    /// One of a merchant's sales.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn one(&self, merchant: &PartyId, key: SaleKey) -> Result<Option<Sale>, SalesError> {
        let (mut conn, merchant) = self.open(merchant)?;
        let id = match key {
            SaleKey::Order(order) => find::with_order(&mut conn, merchant, order)?,
            SaleKey::Receipt(position) => find::with_position(&mut conn, merchant, position.value())?,
        };
        let Some(id) = id else { return Ok(None) };
        list::rows(&mut conn, merchant, &[id])?.pop().map(Sale::read).transpose()
    }

    /// A merchant's orders that were refused when they came in, for one reason or any; the newest first. Of the query only
    /// the times, the cursor and the limit count.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn refused(
        &self,
        merchant: &PartyId,
        code: Option<Code>,
        query: &Query,
    ) -> Result<Page<Refused>, SalesError> {
        let (mut conn, merchant) = self.open(merchant)?;
        let window = query.window();
        let mut rows = list::refused(&mut conn, merchant, code.map(Code::as_str), window)?;
        let next = query.cut(&mut rows, |row| row.id);
        let rows = rows.into_iter().map(Refused::read).collect::<Result<_, _>>()?;
        Ok(Page { rows, next })
    }

    /// A connection, and the number of who asks.
    fn open(&self, party: &PartyId) -> Result<(Reader, i64), SalesError> {
        let mut conn = self.readers.conn()?;
        let number = number(&mut conn, party)?;
        Ok((conn, number))
    }
}

impl fmt::Debug for Sales {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sales").field("readers", &self.readers).finish_non_exhaustive()
    }
}

fn number(conn: &mut Conn, party: &PartyId) -> Result<i64, SalesError> {
    journal::party_named(conn, party.as_str())?.ok_or(SalesError::UnknownParty)
}

impl Sale {
    fn read(row: ListedRow) -> Result<Self, SalesError> {
        let currency = currency(&row.currency)?;
        let money = |micros| Money::from_micros(micros, currency);
        Ok(Self {
            position: position(row.id)?,
            order: order(row.order_id)?,
            ordered_at: time_of(row.id),
            item: label(&row.code)?,
            title: label(&row.title)?,
            consumer: Pseudonym::new(row.pseudonym.try_into().map_err(|_| SalesError::Corrupt("pseudonym"))?),
            price: money(row.micros),
            paid: money(row.paid_micros),
            refunded: money(row.refunded_micros),
            mode: Mode::parse(&row.mode).map_err(|_| SalesError::Corrupt("mode"))?,
            funding: Funding::parse(&row.funding).map_err(|_| SalesError::Corrupt("funding"))?,
            state: SaleState::parse(&row.state).ok_or(SalesError::Corrupt("state"))?,
            receipt: row.receipt.map(position).transpose()?,
        })
    }
}

impl Refused {
    fn read(row: RefusedRow) -> Result<Self, SalesError> {
        Ok(Self {
            position: position(row.id)?,
            refused_at: time_of(row.id),
            item: label(&row.item_code)?,
            title: label(&row.title)?,
            price: Money::from_micros(row.micros, currency(&row.currency)?),
            code: Code::parse(&row.code).map_err(|_| SalesError::Corrupt("code"))?,
        })
    }
}

fn currency(text: &str) -> Result<Currency, SalesError> {
    Currency::parse(text).map_err(|_| SalesError::Corrupt("currency"))
}

fn label(text: &str) -> Result<Label, SalesError> {
    Label::parse(text).map_err(|_| SalesError::Corrupt("label"))
}

fn order(id: Vec<u8>) -> Result<OrderId, SalesError> {
    id.try_into().map(OrderId::from_bytes).map_err(|_| SalesError::Corrupt("order id"))
}

fn position(id: i64) -> Result<LedgerPosition, SalesError> {
    LedgerPosition::new(id).map_err(|_: InvalidId| SalesError::Corrupt("position"))
}

impl From<StorageError> for SalesError {
    fn from(error: StorageError) -> Self {
        Self::Read(storage::chain(&error))
    }
}

impl From<ReadError> for SalesError {
    fn from(error: ReadError) -> Self {
        Self::Read(error.to_string())
    }
}
