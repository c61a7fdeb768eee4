//! What a merchant is paid, after which fee, and where the bank has it.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::tables::{account, attempt, bank_entry, bank_file, fee_schedule, payout as paid_out, period};
use crate::storage::{Conn, StorageError};

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct PayoutRow {
    pub(crate) position: i64,
    pub(crate) currency: String,
    pub(crate) share_ppm: i64,
    pub(crate) fixed_micros: i64,
    pub(crate) fee: i64,
    pub(crate) amount: i64,
    pub(crate) carried: i64,
    pub(crate) withheld: i64,
    pub(crate) state: String,
    pub(crate) issued_at: i64,
    /// The system that pays, and its reference.
    pub(crate) system: Option<String>,
    pub(crate) reference: Option<String>,
    /// The batch in the pain.001 file, the bank's references of the booking and of what took it back (camt.05x).
    pub(crate) batch: Option<String>,
    pub(crate) booked_as: Option<String>,
    pub(crate) returned_as: Option<String>,
    /// The pain.001 file.
    pub(crate) file: Option<String>,
}

/// What stands on a merchant's account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable)]
pub(crate) struct StandingRow {
    pub(crate) currency: String,
    pub(crate) balance: i64,
    /// What of it is in the open period, if there is one.
    pub(crate) open: Option<i64>,
    /// What open disputes keep back.
    pub(crate) disputed: i64,
}

impl StandingRow {
    /// What would be paid out now, before its fee.
    pub(crate) fn next_payout(&self) -> i64 {
        let standing = self.open.unwrap_or(self.balance);
        standing.saturating_sub(self.disputed.clamp(0, standing.max(0)))
    }
}

/// A fee schedule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct FeeRow {
    pub(crate) currency: String,
    pub(crate) valid_from: i64,
    pub(crate) share_ppm: i64,
    pub(crate) fixed_micros: i64,
    pub(crate) minimum_micros: i64,
    pub(crate) cadence: String,
}

/// Schedules and accounts at most that are shown.
const MOST: i64 = 100;

/// A merchant's payouts before one of them, the newest first.
pub(crate) fn payouts(
    conn: &mut Conn,
    merchant: i64,
    before: i64,
    most: i64,
) -> Result<Vec<PayoutRow>, StorageError> {
    Ok(paid_out::table
        .left_join(attempt::table.on(paid_out::attempt.eq(attempt::id.nullable())))
        .left_join(bank_entry::table.on(paid_out::attempt.eq(bank_entry::attempt.nullable())))
        .left_join(bank_file::table.on(bank_entry::file.eq(bank_file::id.nullable())))
        .filter(paid_out::merchant.eq(merchant).and(paid_out::position.lt(before)))
        .order(paid_out::position.desc())
        .limit(most)
        .select((
            paid_out::position,
            paid_out::currency,
            paid_out::share_ppm,
            paid_out::fixed_micros,
            paid_out::fee,
            paid_out::amount,
            paid_out::carried,
            paid_out::withheld,
            paid_out::state,
            paid_out::issued_at,
            attempt::system.nullable(),
            attempt::reference.nullable(),
            bank_entry::batch.nullable(),
            bank_entry::booked_as.nullable(),
            bank_entry::returned_as.nullable(),
            bank_file::message_id.nullable(),
        ))
        .load(conn)?)
}

/// One of a merchant's payouts.
pub(crate) fn payout(
    conn: &mut Conn,
    merchant: i64,
    position: i64,
) -> Result<Option<PayoutRow>, StorageError> {
    let rows = payouts(conn, merchant, position.saturating_add(1), 1)?;
    Ok(rows.into_iter().find(|row| row.position == position))
}

/// What stands on a merchant's accounts; next to it what its open periods come to.
pub(crate) fn standings(conn: &mut Conn, merchant: i64) -> Result<Vec<StandingRow>, StorageError> {
    Ok(account::table
        .left_join(
            period::table.on(period::account
                .eq(account::id)
                .and(period::closed_fold.is_null())
                .and(period::book.eq("merchant"))),
        )
        .filter(account::owner.eq(merchant).and(account::kind.eq("merchant")))
        .order(account::currency)
        .limit(MOST)
        .select((
            account::currency,
            account::balance,
            period::standing.nullable(),
            sql::<BigInt>(
                "(SELECT CAST(COALESCE(SUM(d.micros), 0) AS BIGINT) FROM dispute d \
                 WHERE d.merchant_account = account.id AND d.state = 'open')",
            ),
        ))
        .load(conn)?)
}

/// What a merchant has agreed to pay, the newest first.
pub(crate) fn fee_schedules(conn: &mut Conn, merchant: i64) -> Result<Vec<FeeRow>, StorageError> {
    Ok(fee_schedule::table
        .filter(fee_schedule::merchant.eq(merchant))
        .order((fee_schedule::currency, fee_schedule::valid_from.desc()))
        .limit(MOST)
        .select((
            fee_schedule::currency,
            fee_schedule::valid_from,
            fee_schedule::share_ppm,
            fee_schedule::fixed_micros,
            fee_schedule::minimum_micros,
            fee_schedule::cadence,
        ))
        .load(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_disputed_is_not_paid_out_and_nothing_is_asked_back_for_it() {
        let next = |balance, open, disputed| {
            StandingRow { balance, open, disputed, ..StandingRow::default() }.next_payout()
        };
        assert_eq!(next(100, None, 0), 100);
        assert_eq!(next(100, Some(40), 15), 25);
        assert_eq!(next(100, Some(40), 41), 0);
        assert_eq!(next(-5, None, 10), -5);
    }
}
