//! How the system stands.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::tables::{attempt, certificate, outbox, party, payment, payout, period, revocation_list};
use crate::storage::{Conn, StorageError};

/// An attempt without an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attempt)]
pub(crate) struct PendingRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) purpose: String,
    pub(crate) system: String,
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) started_at: i64,
}

/// What an external system has answered.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct AnswerRow {
    pub(crate) system: String,
    pub(crate) state: String,
    pub(crate) settled_at: i64,
}

/// A certificate and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct CertificateRow {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) party: String,
    pub(crate) role: String,
    pub(crate) not_after: i64,
}

/// What the merchants' documents of a time come to, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct EquationRow {
    pub(crate) currency: String,
    pub(crate) billed: i64,
    pub(crate) paid_out: i64,
    pub(crate) fees: i64,
    pub(crate) open: i64,
}

/// A period of an account.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct PeriodRow {
    pub(crate) account: i64,
    pub(crate) seq: i64,
    pub(crate) book: String,
    pub(crate) owner: String,
    pub(crate) currency: String,
    pub(crate) opened_at: i64,
    pub(crate) standing: i64,
}

/// An item of the outbox that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct NoticeRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) party: String,
    pub(crate) tries: i32,
    pub(crate) fault: Option<String>,
    pub(crate) created_at: i64,
}

/// How many payments stand between two positions: of some seconds, never of more.
pub(crate) fn payments_between(conn: &mut Conn, from: i64, until: i64) -> Result<i64, StorageError> {
    Ok(payment::table.filter(payment::id.ge(from).and(payment::id.lt(until))).count().get_result(conn)?)
}

/// Attempts without an outcome, oldest first, at most so many.
pub(crate) fn pending_attempts(
    conn: &mut Conn,
    after: i64,
    most: i64,
) -> Result<Vec<PendingRow>, StorageError> {
    Ok(attempt::table
        // Written out, so that it is seen that the index of pending attempts fits.
        .filter(attempt::state.eq(sql::<Text>("'pending'")).and(attempt::id.gt(after)))
        .order(attempt::id)
        .limit(most)
        .select(PendingRow::as_select())
        .load(conn)?)
}

/// What external systems have answered from a position on, the newest first.
pub(crate) fn answers_since(conn: &mut Conn, from: i64, most: i64) -> Result<Vec<AnswerRow>, StorageError> {
    Ok(attempt::table
        .filter(attempt::settled_at.ge(from))
        // Said again for the index, which has nothing else.
        .filter(attempt::settled_at.is_not_null())
        .order(attempt::settled_at.desc())
        .limit(most)
        .select((attempt::system, attempt::state, attempt::settled_at.assume_not_null()))
        .load(conn)?)
}

/// Certificates by their end, after one of them.
pub(crate) fn certificates(
    conn: &mut Conn,
    (from, after): (i64, Vec<u8>),
    most: i64,
) -> Result<Vec<CertificateRow>, StorageError> {
    let later = certificate::not_after
        .gt(from)
        .or(certificate::not_after.eq(from).and(certificate::fingerprint.gt(after)));
    Ok(certificate::table
        .inner_join(party::table.on(certificate::party.eq(party::id)))
        // The first condition says all to the index, the second what stands in one second.
        .filter(certificate::not_after.ge(from).and(later))
        .order((certificate::not_after, certificate::fingerprint))
        .limit(most)
        .select((
            certificate::fingerprint,
            certificate::serial,
            party::name,
            certificate::role,
            certificate::not_after,
        ))
        .load(conn)?)
}

/// The newest revocation list: its number, and when it was published.
pub(crate) fn newest_revocation_list(conn: &mut Conn) -> Result<Option<(i64, i64)>, StorageError> {
    Ok(revocation_list::table
        .order(revocation_list::number.desc())
        .select((revocation_list::number, revocation_list::published_at))
        .first(conn)
        .optional()?)
}

/// What merchants' periods came to that were closed between two positions, and what their advices made of it.
pub(crate) fn equation(conn: &mut Conn, from: i64, until: i64) -> Result<Vec<EquationRow>, StorageError> {
    Ok(payout::table
        .inner_join(period::table.on(period::position.eq(payout::position.nullable())))
        .filter(payout::position.ge(from).and(payout::position.lt(until)))
        .group_by(payout::currency)
        .order(payout::currency)
        .select((
            payout::currency,
            sql::<BigInt>("CAST(SUM(period.standing) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(payout.amount) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(payout.fee) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(payout.carried) AS BIGINT)"),
        ))
        .load(conn)?)
}

/// What stands in merchants' open periods, by currency: one row a merchant is read.
pub(crate) fn open_standing(conn: &mut Conn) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(period::table
        .filter(sql::<Bool>("book = 'merchant' AND closed_fold IS NULL AND standing > 0"))
        .group_by(period::currency)
        .order(period::currency)
        .select((period::currency, sql::<BigInt>("CAST(SUM(standing) AS BIGINT)")))
        .load(conn)?)
}

/// Open periods of a book with something in them, the largest first.
pub(crate) fn periods(conn: &mut Conn, book: &str, most: i64) -> Result<Vec<PeriodRow>, StorageError> {
    Ok(period::table
        .inner_join(party::table.on(period::owner.eq(party::id)))
        .filter(period::book.eq(book).and(sql::<Bool>("period.closed_fold IS NULL AND period.standing > 0")))
        .order(period::standing.desc())
        .limit(most)
        .select((
            period::account,
            period::seq,
            period::book,
            party::name,
            period::currency,
            period::opened_at,
            period::standing,
        ))
        .load(conn)?)
}

/// Items of the outbox that were given up, oldest first.
pub(crate) fn dead_notices(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<NoticeRow>, StorageError> {
    Ok(outbox::table
        .inner_join(party::table.on(outbox::party.eq(party::id)))
        .filter(sql::<Bool>("outbox.state = 'dead'").and(outbox::id.gt(after)))
        .order(outbox::id)
        .limit(most)
        .select((outbox::id, outbox::kind, party::name, outbox::tries, outbox::fault, outbox::created_at))
        .load(conn)?)
}

/// Items of the outbox that wait: when each was due, oldest first.
pub(crate) fn due_notices(conn: &mut Conn, most: i64) -> Result<Vec<i64>, StorageError> {
    Ok(outbox::table
        .filter(sql::<Bool>("state = 'due'"))
        .order((outbox::due_at, outbox::id))
        .limit(most)
        .select(outbox::due_at)
        .load(conn)?)
}
