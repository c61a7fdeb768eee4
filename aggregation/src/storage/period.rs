//! Periods as rows. Open ones are written by the fold in bulk, each guarded by its version; a close locks one.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;
use payment_domain::Currency;

use super::schema::period;
use super::{Conn, StorageError, Tx};
use crate::fee::FeeRest;
use crate::period::{Book, Period};
use crate::tally::Tally;
use core_payment::statement;

/// A period as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = period)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PeriodRow {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    pub(crate) version: i64,
    pub(crate) book: String,
    pub(crate) owner: i64,
    pub(crate) currency: String,
    pub(crate) opened_fold: i64,
    pub(crate) closed_fold: Option<i64>,
    pub(crate) opened_at: i64,
    pub(crate) closed_at: Option<i64>,
    pub(crate) first_transfer: Option<i64>,
    pub(crate) last_transfer: Option<i64>,
    pub(crate) carried: i64,
    pub(crate) standing: i64,
    pub(crate) tally: Vec<u8>,
    pub(crate) position: Option<i64>,
}

impl PeriodRow {
    /// An open period as it is inserted.
    pub(crate) fn open(new: &Period) -> Option<Self> {
        Some(Self {
            account: new.account,
            seq: new.seq,
            version: new.version,
            book: new.book.as_str().to_owned(),
            owner: new.owner,
            currency: new.currency.as_str().to_owned(),
            opened_fold: new.opened_fold,
            closed_fold: None,
            opened_at: new.opened_at,
            closed_at: None,
            first_transfer: new.span.map(|(first, _)| first),
            last_transfer: new.span.map(|(_, last)| last),
            carried: new.carried,
            standing: new.standing().ok()?,
            tally: body(new),
            position: None,
        })
    }

    /// The period in it; `None` if it makes no sense.
    pub(crate) fn read(&self) -> Option<Period> {
        let (fee_rest, tally) = read_body(&self.tally)?;
        Some(Period {
            account: self.account,
            seq: self.seq,
            version: self.version,
            book: Book::parse(&self.book)?,
            owner: self.owner,
            currency: Currency::parse(&self.currency).ok()?,
            opened_fold: self.opened_fold,
            opened_at: self.opened_at,
            span: self.first_transfer.zip(self.last_transfer),
            carried: self.carried,
            fee_rest,
            tally,
        })
    }
}

/// Fees from before, then the tally.
pub(crate) fn body(period: &Period) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    body.extend_from_slice(&period.fee_rest.micros.to_be_bytes());
    body.extend_from_slice(&period.fee_rest.picos.to_be_bytes());
    body.extend(period.tally.encode());
    body
}

fn read_body(body: &[u8]) -> Option<(FeeRest, Tally)> {
    let (micros, rest) = body.split_first_chunk()?;
    let (picos, rest) = rest.split_first_chunk()?;
    let fee_rest = FeeRest { micros: i64::from_be_bytes(*micros), picos: i64::from_be_bytes(*picos) };
    Some((fee_rest, Tally::decode(rest)?))
}

/// How an open period changes in one step of the fold.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    /// The version that was read.
    pub(crate) version: i64,
    pub(crate) span: Option<(i64, i64)>,
    pub(crate) standing: i64,
    pub(crate) tally: Vec<u8>,
}

statement! {
    /// Open periods, in the order of accounts.
    OpenPeriods on Pg => (BigInt, BigInt, BigInt, Text, BigInt, Text, BigInt, Nullable<BigInt>, BigInt, Nullable<BigInt>,
        Nullable<BigInt>, Nullable<BigInt>, BigInt, BigInt, Binary, Nullable<BigInt>) {
        accounts: Vec<i64> as Array<BigInt>,
    }
    "SELECT account, seq, version, book, owner, currency, opened_fold, closed_fold, opened_at, closed_at, \
     first_transfer, last_transfer, carried, standing, tally, position FROM period \
     WHERE closed_fold IS NULL AND account = ANY(" accounts ") ORDER BY account"
}

statement! {
    /// The same, locked until the transaction ends. A close never waits for these locks, so nobody waits in a circle.
    LockOpenPeriods on Pg => (BigInt, BigInt, BigInt, Text, BigInt, Text, BigInt, Nullable<BigInt>, BigInt, Nullable<BigInt>,
        Nullable<BigInt>, Nullable<BigInt>, BigInt, BigInt, Binary, Nullable<BigInt>) {
        accounts: Vec<i64> as Array<BigInt>,
    }
    "SELECT account, seq, version, book, owner, currency, opened_fold, closed_fold, opened_at, closed_at, \
     first_transfer, last_transfer, carried, standing, tally, position FROM period \
     WHERE closed_fold IS NULL AND account = ANY(" accounts ") ORDER BY account FOR UPDATE"
}

statement! {
    /// Open periods that nobody else holds, locked.
    TakeOpenPeriods on Pg => (BigInt, BigInt, BigInt, Text, BigInt, Text, BigInt, Nullable<BigInt>, BigInt, Nullable<BigInt>,
        Nullable<BigInt>, Nullable<BigInt>, BigInt, BigInt, Binary, Nullable<BigInt>) {
        accounts: Vec<i64> as Array<BigInt>,
    }
    "SELECT account, seq, version, book, owner, currency, opened_fold, closed_fold, opened_at, closed_at, \
     first_transfer, last_transfer, carried, standing, tally, position FROM period \
     WHERE closed_fold IS NULL AND account = ANY(" accounts ") ORDER BY account FOR UPDATE SKIP LOCKED"
}

statement! {
    /// All changes of a step.
    ChangePeriods on Pg {
        accounts: Vec<i64> as Array<BigInt>,
        seqs: Vec<i64> as Array<BigInt>,
        versions: Vec<i64> as Array<BigInt>,
        firsts: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        lasts: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        standings: Vec<i64> as Array<BigInt>,
        tallies: Vec<Vec<u8>> as Array<Binary>,
    }
    "UPDATE period p SET version = d.version + 1, first_transfer = d.first, last_transfer = d.last, \
     standing = d.standing, tally = d.tally FROM unnest("
    accounts ", " seqs ", " versions ", " firsts ", " lasts ", " standings ", " tallies
    ") d (account, seq, version, first, last, standing, tally) WHERE p.account = d.account AND p.seq = d.seq \
     AND p.version = d.version AND p.closed_fold IS NULL"
}

statement! {
    /// One change on SQLite.
    ChangePeriod on Sqlite {
        first: Option<i64> as Nullable<BigInt>,
        last: Option<i64> as Nullable<BigInt>,
        standing: i64 as BigInt,
        tally: Vec<u8> as Binary,
        account: i64 as BigInt,
        seq: i64 as BigInt,
        version: i64 as BigInt,
    }
    "UPDATE period SET version = version + 1, first_transfer = " first ", last_transfer = " last ", standing = " standing
    ", tally = " tally " WHERE account = " account " AND seq = " seq " AND version = " version " AND closed_fold IS NULL"
}

statement! {
    /// The end of locked periods.
    ClosePeriods on Pg {
        accounts: Vec<i64> as Array<BigInt>,
        seqs: Vec<i64> as Array<BigInt>,
        versions: Vec<i64> as Array<BigInt>,
        folds: Vec<i64> as Array<BigInt>,
        ats: Vec<i64> as Array<BigInt>,
        positions: Vec<i64> as Array<BigInt>,
    }
    "UPDATE period p SET version = d.version + 1, closed_fold = d.fold, closed_at = d.at, position = d.position FROM unnest("
    accounts ", " seqs ", " versions ", " folds ", " ats ", " positions
    ") d (account, seq, version, fold, at, position) WHERE p.account = d.account AND p.seq = d.seq \
     AND p.version = d.version AND p.closed_fold IS NULL"
}

statement! {
    /// The end of one on SQLite.
    ClosePeriod on Sqlite {
        fold: i64 as BigInt,
        at: i64 as BigInt,
        position: i64 as BigInt,
        account: i64 as BigInt,
        seq: i64 as BigInt,
        version: i64 as BigInt,
    }
    "UPDATE period SET version = version + 1, closed_fold = " fold ", closed_at = " at ", position = " position
    " WHERE account = " account " AND seq = " seq " AND version = " version " AND closed_fold IS NULL"
}

/// The open periods of accounts.
pub(crate) fn open_of(conn: &mut Conn, accounts: Vec<i64>) -> Result<Vec<PeriodRow>, StorageError> {
    match conn {
        Conn::Postgres(conn) => Ok(OpenPeriods { accounts }.load(conn)?),
        Conn::Sqlite(conn) => sqlite_open_of(conn, &accounts),
    }
}

/// The same, locked until the transaction ends. `accounts` must be ascending.
pub(crate) fn lock_open_of(tx: &mut Tx<'_>, accounts: Vec<i64>) -> Result<Vec<PeriodRow>, StorageError> {
    match tx.conn() {
        Conn::Postgres(conn) => Ok(LockOpenPeriods { accounts }.load(conn)?),
        Conn::Sqlite(conn) => sqlite_open_of(conn, &accounts),
    }
}

fn sqlite_open_of(conn: &mut SqliteConnection, accounts: &[i64]) -> Result<Vec<PeriodRow>, StorageError> {
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        let open = period::closed_fold.is_null().and(period::account.eq(account));
        // Not `first`: SQLite prepares a statement with a bound LIMIT anew each time.
        let row = period::table.filter(open).select(PeriodRow::as_select());
        rows.extend(row.get_result(conn).optional()?);
    }
    Ok(rows)
}

/// The same of those that nobody else holds: nobody waits here.
pub(crate) fn take_open(tx: &mut Tx<'_>, accounts: Vec<i64>) -> Result<Vec<PeriodRow>, StorageError> {
    match tx.conn() {
        Conn::Postgres(conn) => Ok(TakeOpenPeriods { accounts }.load(conn)?),
        Conn::Sqlite(conn) => sqlite_open_of(conn, &accounts),
    }
}

/// Opens periods, if none of the accounts has an open one.
pub(crate) fn insert(tx: &mut Tx<'_>, rows: &[PeriodRow]) -> Result<bool, StorageError> {
    // Far fewer parameters than either engine takes.
    for rows in rows.chunks(500) {
        let opened = on_both!(tx.conn(), conn => diesel::insert_into(period::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(conn)?);
        if opened < rows.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Changes open periods, if all of them stand as they were read. `changes` must be ascending by account.
pub(crate) fn change(tx: &mut Tx<'_>, changes: Vec<Change>) -> Result<bool, StorageError> {
    let expected = changes.len();
    match tx.conn() {
        Conn::Postgres(conn) => {
            let mut all = ChangePeriods {
                accounts: Vec::with_capacity(expected),
                seqs: Vec::with_capacity(expected),
                versions: Vec::with_capacity(expected),
                firsts: Vec::with_capacity(expected),
                lasts: Vec::with_capacity(expected),
                standings: Vec::with_capacity(expected),
                tallies: Vec::with_capacity(expected),
            };
            for change in changes {
                all.accounts.push(change.account);
                all.seqs.push(change.seq);
                all.versions.push(change.version);
                all.firsts.push(change.span.map(|(first, _)| first));
                all.lasts.push(change.span.map(|(_, last)| last));
                all.standings.push(change.standing);
                all.tallies.push(change.tally);
            }
            Ok(expected == 0 || all.execute(conn)? == expected)
        }
        Conn::Sqlite(conn) => {
            for Change { account, seq, version, span, standing, tally } in changes {
                let (first, last) = span.unzip();
                let one = ChangePeriod { account, seq, version, first, last, standing, tally };
                if one.execute(conn)? != 1 {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// How a locked period ends.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    /// The version that was read.
    pub(crate) version: i64,
    /// The last step of the fold that may be in it.
    pub(crate) fold: i64,
    /// The first moment after it.
    pub(crate) at: i64,
    /// Where its document stands.
    pub(crate) position: i64,
}

/// Ends locked periods.
pub(crate) fn close(tx: &mut Tx<'_>, endings: &[Ending]) -> Result<(), StorageError> {
    let all = |column: fn(&Ending) -> i64| endings.iter().map(column).collect();
    let closed = match tx.conn() {
        Conn::Postgres(conn) => ClosePeriods {
            accounts: all(|ending| ending.account),
            seqs: all(|ending| ending.seq),
            versions: all(|ending| ending.version),
            folds: all(|ending| ending.fold),
            ats: all(|ending| ending.at),
            positions: all(|ending| ending.position),
        }
        .execute(conn)?,
        Conn::Sqlite(conn) => {
            let mut closed = 0_usize;
            for &Ending { account, seq, version, fold, at, position } in endings {
                let one = ClosePeriod { fold, at, position, account, seq, version };
                closed = closed.saturating_add(one.execute(conn)?);
            }
            closed
        }
    };
    if closed == endings.len() { Ok(()) } else { Err(StorageError::Corrupt("locked period")) }
}

/// A period that is due: account, number, owner, currency.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct DueRow {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    pub(crate) owner: i64,
    pub(crate) currency: String,
    pub(crate) first_transfer: Option<i64>,
}

/// Open periods of a book with a transfer before a position, oldest first, after an account with that first transfer.
pub(crate) fn begun_before(
    conn: &mut Conn,
    book: Book,
    before: i64,
    (after_first, after_account): (i64, i64),
    most: i64,
) -> Result<Vec<DueRow>, StorageError> {
    Ok(period::table
        .filter(period::closed_fold.is_null().and(period::book.eq(book.as_str())))
        .filter(period::first_transfer.is_not_null().and(period::first_transfer.lt(before)))
        .filter(
            period::first_transfer
                .gt(after_first)
                .or(period::first_transfer.eq(after_first).and(period::account.gt(after_account))),
        )
        .order((period::first_transfer, period::account))
        .limit(most)
        .select((period::account, period::seq, period::owner, period::currency, period::first_transfer))
        .load(conn)?)
}

/// Open periods of a book and currency whose document would be about at least so much.
pub(crate) fn standing_at_least(
    conn: &mut Conn,
    book: Book,
    currency: &str,
    micros: i64,
    after_account: i64,
    most: i64,
) -> Result<Vec<DueRow>, StorageError> {
    Ok(period::table
        .filter(period::closed_fold.is_null().and(period::book.eq(book.as_str())))
        .filter(period::standing.gt(sql::<BigInt>("0")).and(period::standing.ge(micros)))
        .filter(period::currency.eq(currency).and(period::first_transfer.is_not_null()))
        .filter(period::account.gt(after_account))
        .order(period::account)
        .limit(most)
        .select((period::account, period::seq, period::owner, period::currency, period::first_transfer))
        .load(conn)?)
}

/// Currencies of open periods of a book.
pub(crate) fn currencies(conn: &mut Conn, book: Book) -> Result<Vec<String>, StorageError> {
    Ok(period::table
        .filter(period::closed_fold.is_null().and(period::book.eq(book.as_str())))
        .filter(period::standing.gt(sql::<BigInt>("0")))
        .select(period::currency)
        .distinct()
        .load(conn)?)
}

/// The closed period of an account that a fold is in.
pub(crate) fn closed_with_fold(
    conn: &mut Conn,
    account: i64,
    fold: i64,
) -> Result<Option<PeriodRow>, StorageError> {
    Ok(period::table
        .filter(period::account.eq(account))
        .filter(period::opened_fold.lt(fold).and(period::closed_fold.ge(fold)))
        .select(PeriodRow::as_select())
        .first(conn)
        .optional()?)
}

/// Periods that were closed right after a fold, by account.
pub(crate) fn closed_at_fold(conn: &mut Conn, fold: i64) -> Result<Vec<PeriodRow>, StorageError> {
    Ok(period::table
        .filter(period::closed_fold.eq(fold))
        .order((period::account, period::seq))
        .select(PeriodRow::as_select())
        .load(conn)?)
}

/// Open periods after an account, a page of them.
pub(crate) fn open_after(conn: &mut Conn, account: i64, most: i64) -> Result<Vec<PeriodRow>, StorageError> {
    Ok(period::table
        .filter(period::closed_fold.is_null().and(period::account.gt(account)))
        .order(period::account)
        .limit(most)
        .select(PeriodRow::as_select())
        .load(conn)?)
}

/// One period of an account.
pub(crate) fn numbered(conn: &mut Conn, account: i64, seq: i64) -> Result<Option<PeriodRow>, StorageError> {
    Ok(period::table.find((account, seq)).select(PeriodRow::as_select()).first(conn).optional()?)
}
