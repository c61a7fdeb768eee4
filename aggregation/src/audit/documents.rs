//! Closed periods and what was signed over them.

use std::collections::BTreeMap;

use core_payment::database::issued;
use payment_domain::{ConsumerId, Label, LedgerPosition, MerchantId, Timestamp};
use payment_message::{Message, canonical};

use super::{AuditReport, Replay};
use crate::bill::{self, Due, Frame};
use crate::calendar::Cadence;
use crate::credit::{self, Fate};
use crate::fee::{Fee, FeeRest, FeeSchedule, minor_unit_micros};
use crate::payout::{self, Settled};
use crate::period::{Book, Period};
use crate::storage::credit::CreditRow;
use crate::storage::document::{self, PayoutRow};
use crate::storage::period::PeriodRow;
use crate::storage::{self, Conn, StorageError};

/// Compares a stored period with what it should be.
pub(super) fn compare(row: &PeriodRow, expected: Option<&Period>, report: &mut AuditReport) -> bool {
    report.periods = report.periods.saturating_add(1);
    let here = format!("period {} of account {}", row.seq, row.account);
    let Some(stored) = row.read() else {
        report.find(here, "cannot be read");
        return false;
    };
    let Some(expected) = expected else {
        report.find(here, "has no transfers behind it");
        return false;
    };
    // The version only tells writers apart.
    if (Period { version: expected.version, ..stored }) != *expected {
        report.find(here, "is not what its transfers add up to");
        return false;
    }
    if expected.standing() != Ok(row.standing) {
        report.find(here, "does not stand where it says");
        return false;
    }
    true
}

/// Compares a closed period and its document, and opens the next one.
pub(super) fn closed(
    conn: &mut Conn,
    replay: &mut Replay,
    row: &PeriodRow,
    report: &mut AuditReport,
) -> Result<(), StorageError> {
    let expected = replay.open.remove(&row.account);
    let right = compare(row, expected.as_ref(), report);
    let (Some(period), Some(closed_fold), Some(closed_at), Some(position)) =
        (expected.or_else(|| row.read()), row.closed_fold, row.closed_at, row.position)
    else {
        return Ok(());
    };
    let here = format!("document {position}");
    let left = match right {
        true => check(conn, &period, closed_at, position, report)?,
        // Its own fault was named; what follows is measured from what stands.
        false => None,
    };
    let (carried, fee_rest) = match left {
        Some(left) => left,
        None => stored_next(conn, row)?.unwrap_or((period.carried, period.fee_rest)),
    };
    report.documents = report.documents.saturating_add(1);
    if closed_at <= period.opened_at {
        report.find(here, "ends before it begins");
    }
    replay.open.insert(row.account, period.next(closed_fold, closed_at, carried, fee_rest));
    Ok(())
}

type Left = (i64, FeeRest);

/// What the next period says was carried.
fn stored_next(conn: &mut Conn, row: &PeriodRow) -> Result<Option<Left>, StorageError> {
    let next = storage::period::numbered(conn, row.account, row.seq.saturating_add(1))?;
    Ok(next.and_then(|next| next.read()).map(|next| (next.carried, next.fee_rest)))
}

/// Recomputes the document over a period and compares it with what was signed. Returns what it carries.
fn check(
    conn: &mut Conn,
    period: &Period,
    closed_at: i64,
    position: i64,
    report: &mut AuditReport,
) -> Result<Option<Left>, StorageError> {
    let here = format!("document {position}");
    let name = storage::journal::owners(conn, &[period.account])?.remove(&period.account);
    let (Some(name), Ok(place), Ok(to)) =
        (name, LedgerPosition::new(position), Timestamp::from_millis(closed_at))
    else {
        report.find(here, "is about nobody");
        return Ok(None);
    };
    let frame = |issued_at: i64| Frame {
        position: place,
        to,
        issued_at: Timestamp::from_millis(issued_at).unwrap_or(Timestamp::EPOCH),
    };
    let lines = |conn: &mut Conn| -> Result<Vec<payment_domain::Line>, StorageError> {
        let accounts: Vec<i64> = period.tally.lines.keys().copied().collect();
        let names: BTreeMap<i64, MerchantId> = storage::journal::owners(conn, &accounts)?
            .into_iter()
            .filter_map(|(account, name)| Some((account, MerchantId::parse(&name).ok()?)))
            .collect();
        Ok(bill::lines(&period.tally.lines, &names, period.currency))
    };
    let signed = issued(conn, position)?.and_then(|document| {
        let scanned = canonical::scan(&document).ok()?;
        Message::parse(scanned.body()).ok()
    });
    let Some(signed) = signed else {
        report.find(here, "was not issued");
        return Ok(None);
    };
    let (message, left) = match (period.book, &signed) {
        (Book::Postpaid, Message::Bill(bill)) => {
            let Some(row) = document::bill_at(conn, position)? else {
                report.find(here, "has no bill");
                return Ok(None);
            };
            let due = Due { due: row.due, carried: row.carried };
            check_due(period, due, &here, report);
            if (row.account, row.consumer, row.due_at)
                != (period.account, period.owner, bill.due_at.as_millis())
            {
                report.find(&here, "the bill and its row do not agree");
            }
            let (consumer, frame) = (ConsumerId::parse(&name), frame(row.issued_at));
            let lines = lines(conn)?;
            let again = consumer.ok().and_then(|consumer| {
                bill::bill(period, consumer, lines, &frame, due, bill.due_at).ok().map(Message::Bill)
            });
            (again, (row.carried, FeeRest::default()))
        }
        (Book::Prepaid, Message::Statement(statement)) => {
            let (consumer, frame) = (ConsumerId::parse(&name), frame(statement.issued_at.as_millis()));
            let lines = lines(conn)?;
            let again = consumer.ok().and_then(|consumer| {
                bill::statement(period, consumer, lines, &frame).ok().map(Message::Statement)
            });
            (again, (period.standing().unwrap_or_default(), FeeRest::default()))
        }
        (Book::Merchant, Message::PayoutAdvice(advice)) => {
            let Some(row) = document::payout_at(conn, position)? else {
                report.find(here, "has no payout");
                return Ok(None);
            };
            let settled = check_settled(conn, period, &row, &here, report)?;
            let (merchant, frame) = (MerchantId::parse(&name), frame(row.issued_at));
            let reference = Label::parse(advice.reference.as_str());
            let again = merchant.ok().zip(reference.ok()).and_then(|(merchant, reference)| {
                payout::advice(period, merchant, &frame, &settled, reference).ok().map(Message::PayoutAdvice)
            });
            (again, (settled.carried, settled.fee_rest))
        }
        _ => {
            report.find(here, "is of another kind than its period");
            return Ok(None);
        }
    };
    if message != Some(signed) {
        report.find(here, "does not say what its period adds up to");
    }
    Ok(Some(left))
}

/// Nothing is lost between what is asked for and what is carried, and only whole minor units are asked for.
fn check_due(period: &Period, due: Due, here: &str, report: &mut AuditReport) {
    let minor = minor_unit_micros(period.currency);
    let whole = due.due.checked_rem(minor) == Some(0) && due.due >= 0;
    let rest = due.due == 0 || (0..minor).contains(&due.carried);
    if !whole || !rest || due.due.checked_add(due.carried) != period.standing().ok() {
        report.find(here, "asks for and carries something else than is owed");
    }
}

/// The fee to the last fraction, and nothing lost between payout and carried.
fn check_settled(
    conn: &mut Conn,
    period: &Period,
    row: &PayoutRow,
    here: &str,
    report: &mut AuditReport,
) -> Result<Settled, StorageError> {
    let schedule = FeeSchedule {
        share_ppm: u32::try_from(row.share_ppm).unwrap_or(u32::MAX),
        fixed_micros: row.fixed_micros,
        minimum_micros: row.minimum_micros,
        cadence: Cadence::Daily,
    };
    let begun = period.span.map_or(period.opened_at, |(first, _)| core_payment::time_of(first).as_millis());
    let at = begun.max(period.opened_at);
    if let Some(agreed) = document::schedule(conn, period.owner, period.currency.as_str(), at)?
        && (agreed.share_ppm, agreed.fixed_micros, agreed.minimum_micros)
            != (row.share_ppm, row.fixed_micros, row.minimum_micros)
    {
        report.find(here, "other terms were agreed");
    }
    let sales = period.tally.sums.micros(crate::class::Class::Payments);
    let fee = schedule.fee(sales, period.tally.peaks.count(), period.fee_rest, row.fee);
    let fee_rest = match fee {
        Some(Fee { micros, rest }) if micros == row.fee => rest,
        _ => {
            report.find(here, "the fee is not what the terms say");
            FeeRest::default()
        }
    };
    let standing = period.standing().unwrap_or_default();
    let spent = row.fee.saturating_add(row.amount);
    if standing.checked_sub(spent) != Some(row.carried) {
        report.find(here, "pays out and carries something else than there is");
    }
    let whole = row.amount.checked_rem(minor_unit_micros(period.currency)) == Some(0);
    if row.amount > 0 && (!whole || row.amount < row.minimum_micros || row.carried < row.withheld) {
        report.find(here, "pays out what it should keep back");
    }
    if (row.account, row.merchant) != (period.account, period.owner) {
        report.find(here, "the payout and its period do not agree");
    }
    Ok(Settled { fee: row.fee, fee_rest, withheld: row.withheld, payout: row.amount, carried: row.carried })
}

/// Compares a credit with its note.
pub(super) fn noted(conn: &mut Conn, row: &CreditRow, report: &mut AuditReport) -> Result<(), StorageError> {
    let here = format!("credit {}", row.transfer);
    let fate = credit::fate(conn, row)?;
    let fits = match row.state.as_str() {
        "new" => true,
        "netted" => fate == Fate::Netted,
        _ => row.bill.is_some_and(|bill| fate == Fate::After { bill }),
    };
    if !fits {
        report.find(&here, "has a credit note that it should not have, or lacks one");
    }
    let (Some(bill), Some(position)) = (row.bill, row.position) else { return Ok(()) };
    report.documents = report.documents.saturating_add(1);
    let signed = issued(conn, position)?.and_then(|document| {
        let scanned = canonical::scan(&document).ok()?;
        Message::parse(scanned.body()).ok()
    });
    let agrees = match signed {
        Some(Message::CreditNote(note)) => {
            note.position.value() == position
                && note.bill.value() == bill
                && note.amount.micros() == row.micros
        }
        _ => false,
    };
    if !agrees || row.state != "noted" || document::bill_at(conn, bill)?.is_none() {
        report.find(here, "and its credit note do not agree");
    }
    Ok(())
}
