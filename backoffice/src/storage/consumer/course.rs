//! What happened to one of a consumer's payments.

use diesel::prelude::*;

use crate::storage::sales::timeline;
use crate::storage::schema::payment;
use crate::storage::{Conn, StorageError};

/// Everything that happened to a payment after it was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CourseRow {
    pub(crate) happenings: Vec<Happening>,
}

/// Something that happened; times are in milliseconds, amounts in micro-units of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// An external system was asked.
    Asked { at: i64 },
    /// It answered.
    Answered { at: i64, approved: bool },
    /// The consumer complained.
    Disputed { at: i64, micros: i64 },
    /// The complaint was decided.
    Decided { at: i64, for_consumer: bool },
    /// Money came back.
    Refunded { at: i64, micros: i64 },
    /// Money is on its way back through an external system.
    RefundBegun { at: i64, micros: i64 },
    /// It did not arrive.
    RefundFailed { at: i64, micros: i64 },
    /// Whoever charged the consumer, or was asked to, gave it back.
    TakenBack { at: i64, micros: i64 },
}

/// What happened to a payment, if it is this consumer's; nothing otherwise.
pub(crate) fn course(conn: &mut Conn, consumer: i64, id: i64) -> Result<CourseRow, StorageError> {
    let merchant: Option<i64> = payment::table
        .filter(payment::id.eq(id).and(payment::consumer.eq(consumer)))
        .select(payment::merchant)
        .first(conn)
        .optional()?;
    let Some(merchant) = merchant else { return Ok(CourseRow::default()) };
    let mut happenings = Vec::new();
    for row in timeline::asked(conn, id)? {
        happenings.push(Happening::Asked { at: row.started_at });
        let answered = |at| Happening::Answered { at, approved: row.state == "approved" };
        happenings.extend(row.finished_at.map(answered));
    }
    for row in timeline::disputes(conn, id)? {
        happenings.push(Happening::Disputed { at: row.opened_at, micros: row.micros });
        let decided = |at| Happening::Decided { at, for_consumer: row.state == "consumer" };
        happenings.extend(row.resolved_at.map(decided));
    }
    for (transfer, kind, micros) in timeline::returns(conn, merchant, id)? {
        let at = core_payment::time_of(transfer).as_millis();
        happenings.push(match kind.as_str() {
            "refund-hold" => Happening::RefundBegun { at, micros },
            "refund-void" | "refund-returned" => Happening::RefundFailed { at, micros },
            "payment-returned" => Happening::TakenBack { at, micros },
            _ => Happening::Refunded { at, micros },
        });
    }
    Ok(CourseRow { happenings })
}
