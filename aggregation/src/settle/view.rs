//! Bills as operators see them. Reads only.

use core_payment::time_of;
use payment_domain::{Currency, LedgerPosition, Money, PartyId, RequestId, Timestamp};

use crate::aggregation::Aggregation;
use crate::close::CloseError;
use crate::dunning::Dunning;
use crate::storage::document::{self, BillRow};
use crate::storage::entry::{self, EntryRow};
use crate::storage::{Conn, StorageError, journal};

/// Entries of one bill that are shown.
const ENTRIES: i64 = 1_000;

/// Which bills to list.
#[derive(Debug, Clone, Default)]
pub struct BillFilter {
    /// Those that are settled too; else only those of which something is open.
    pub settled: bool,
    /// Of one consumer.
    pub consumer: Option<PartyId>,
    /// After this number.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillView {
    /// Its number.
    pub position: LedgerPosition,
    /// Who owes it.
    pub consumer: PartyId,
    /// What it asked for.
    pub due: Money,
    /// What was paid of it, credit included.
    pub collected: Money,
    /// What of that was credit on the account.
    pub set_off: Money,
    /// What was given up.
    pub written_off: Money,
    /// What nobody has paid or given up.
    pub open: Money,
    /// Where it stands.
    pub dunning: Dunning,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it was to be paid.
    pub due_at: Timestamp,
    /// The system of its newest collection.
    pub system: Option<String>,
}

/// What an operator booked on a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The id of the act.
    pub id: RequestId,
    /// `paid` or `returned`.
    pub kind: String,
    /// How much.
    pub amount: Money,
    /// At which external system the money is.
    pub system: String,
    /// Its transfer.
    pub position: LedgerPosition,
    /// When.
    pub booked_at: Timestamp,
}

impl Aggregation {
    /// Bills, oldest first. Nobody has bills who does not exist. Blocks while it reads.
    ///
    /// # Errors
    /// [`CloseError::Read`].
    pub fn bills(&self, filter: &BillFilter) -> Result<Vec<BillView>, CloseError> {
        let mut conn = self.conn()?;
        let consumer = match &filter.consumer {
            Some(name) => match entry::party_named(&mut conn, name.as_str())? {
                Some(consumer) => Some(consumer),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let most = filter.limit.clamp(1, 1000);
        let rows = match filter.settled {
            true => document::bills_after(&mut conn, consumer, filter.after, most)?,
            false => document::open_bills_after(&mut conn, consumer, filter.after, most)?,
        };
        Ok(views(&mut conn, rows)?)
    }

    /// One bill, and what operators booked on it; `None` if there is none. Blocks while it reads.
    ///
    /// # Errors
    /// [`CloseError::Read`].
    pub fn bill(&self, position: LedgerPosition) -> Result<Option<(BillView, Vec<Entry>)>, CloseError> {
        let mut conn = self.conn()?;
        let Some(row) = document::bill_at(&mut conn, position.value())? else { return Ok(None) };
        let Some(view) = views(&mut conn, vec![row])?.pop() else { return Ok(None) };
        let rows = entry::of_bill(&mut conn, position.value(), ENTRIES)?;
        let currency = view.due.currency();
        let read = |row| Entry::read(row, currency).ok_or(StorageError::Corrupt("bill entry"));
        let entries = rows.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Some((view, entries)))
    }
}

fn views(conn: &mut Conn, rows: Vec<BillRow>) -> Result<Vec<BillView>, StorageError> {
    let accounts: Vec<i64> = rows.iter().map(|row| row.account).collect();
    let names = journal::owners(conn, &accounts)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let system = match row.attempt {
            Some(attempt) => document::system_of(conn, attempt)?,
            None => None,
        };
        let name = names.get(&row.account).and_then(|name| PartyId::parse(name).ok());
        let set_off = entry::set_off_of(conn, row.position)?;
        let view = name.and_then(|consumer| BillView::read(&row, consumer, set_off, system));
        views.push(view.ok_or(StorageError::Corrupt("bill"))?);
    }
    Ok(views)
}

impl BillView {
    fn read(row: &BillRow, consumer: PartyId, set_off: i64, system: Option<String>) -> Option<Self> {
        let currency = Currency::parse(&row.currency).ok()?;
        let money = |micros| Money::from_micros(micros, currency);
        let at = |millis| Timestamp::from_millis(millis).ok();
        let (failures, sent) = (u32::try_from(row.failures).ok()?, u32::try_from(row.reminders).ok()?);
        let next_at = row.next_at.map(Timestamp::from_millis).transpose().ok()?;
        Some(Self {
            position: LedgerPosition::new(row.position).ok()?,
            consumer,
            due: money(row.due),
            collected: money(row.collected),
            set_off: money(set_off),
            written_off: money(row.written_off),
            open: money(row.open_micros()),
            dunning: Dunning::read(&row.state, failures, sent, next_at)?,
            issued_at: at(row.issued_at)?,
            due_at: at(row.due_at)?,
            system,
        })
    }
}

impl Entry {
    fn read(row: EntryRow, currency: Currency) -> Option<Self> {
        Some(Self {
            id: RequestId::from_bytes(row.id.try_into().ok()?),
            kind: row.kind,
            amount: Money::from_micros(row.micros, currency),
            system: row.system,
            position: LedgerPosition::new(row.position).ok()?,
            booked_at: time_of(row.position),
        })
    }
}
