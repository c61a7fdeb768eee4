//! What happened to one payment, in order, for its merchant.

use core_payment::{batch_of, time_of};
use payment_domain::{Currency, Label, LedgerPosition, Mode, Money, PartyId, Timestamp};

use super::{Sales, SalesError, currency, label, position};
use crate::storage::Conn;
use crate::storage::sales::timeline::{self, AskedRow, CourseRow, DisputedRow, ToldRow};

/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It was ordered, and decided by this rule.
    Ordered {
        /// What was ordered.
        price: Money,
        /// What was decided: on a bill, or by itself.
        mode: Mode,
        /// By which rule.
        rule: Label,
    },
    /// An external system was asked.
    Asked {
        /// To do what.
        operation: Operation,
        /// For how much.
        amount: Money,
    },
    /// It answered.
    Answered {
        /// What it was asked.
        operation: Operation,
        /// Whether it said yes.
        approved: bool,
    },
    /// The merchant was paid: there is a receipt.
    Paid {
        /// How much.
        amount: Money,
        /// The position in the receipt.
        receipt: LedgerPosition,
    },
    /// It was declined for good.
    Declined,
    /// What was set aside was set free.
    Voided,
    /// Money went back to the consumer.
    Refunded {
        /// How much.
        amount: Money,
    },
    /// Money is on its way back: an external system was asked.
    RefundBegun {
        /// How much.
        amount: Money,
    },
    /// It arrived.
    RefundArrived {
        /// How much.
        amount: Money,
    },
    /// It did not, and is the merchant's again.
    RefundFailed {
        /// How much.
        amount: Money,
    },
    /// Whoever was charged has the money back, and the merchant bears it.
    TakenBack {
        /// How much.
        amount: Money,
    },
    /// The consumer complains.
    DisputeOpened {
        /// About how much.
        amount: Money,
    },
    /// The complaint was decided.
    DisputeDecided {
        /// For the consumer, or for the merchant.
        for_consumer: bool,
    },
    /// Money went back because of it.
    DisputeRefunded {
        /// How much.
        amount: Money,
    },
    /// A callback is to be sent to the merchant.
    CallbackDue {
        /// How often it was tried already.
        tries: u32,
    },
    /// The merchant took a callback.
    CallbackTaken {
        /// The try that it took.
        tries: u32,
    },
    /// A callback was given up.
    CallbackGivenUp {
        /// How often it was tried.
        tries: u32,
    },
}

/// What an external system is asked for a payment.
pub use payment_domain::Operation;

impl Sales {
    /// What happened to a merchant's payment, in order; nothing if it is not theirs. Consumers' coupons and their banks are
    /// not a merchant's to know.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn time_line(&self, merchant: &PartyId, payment: LedgerPosition) -> Result<Vec<Event>, SalesError> {
        let (mut conn, merchant) = self.open(merchant)?;
        let Some(course) = timeline::course(&mut conn, merchant, payment.value())? else {
            return Ok(Vec::new());
        };
        let line = TimeLine { merchant, currency: currency(&course.currency)? };
        let mut events = line.payment(&course)?;
        for row in timeline::asked(&mut conn, course.id)? {
            events.extend(line.asked(&row)?);
        }
        for row in timeline::disputes(&mut conn, course.id)? {
            events.extend(line.disputed(&row)?);
        }
        events.extend(line.returned(&mut conn, course.id)?);
        if let Some(receipt) = course.settled_at {
            events.extend(line.told(&mut conn, receipt)?);
        }
        // What has the same time stays in the order of its causes.
        events.sort_by_key(|event| event.at);
        Ok(events)
    }
}

struct TimeLine {
    merchant: i64,
    currency: Currency,
}

impl TimeLine {
    const fn money(&self, micros: i64) -> Money {
        Money::from_micros(micros, self.currency)
    }

    fn payment(&self, row: &CourseRow) -> Result<Vec<Event>, SalesError> {
        let ordered = Happened::Ordered {
            price: self.money(row.micros),
            mode: Mode::parse(&row.mode).map_err(|_| SalesError::Corrupt("mode"))?,
            rule: label(&row.rule)?,
        };
        let mut events = vec![Event { at: time_of(row.id), what: ordered }];
        if let Some(at) = row.settled_at {
            let what = match row.state.as_str() {
                "accepted" => Some(Happened::Paid {
                    amount: self.money(row.captured_micros.unwrap_or(row.micros)),
                    receipt: position(at)?,
                }),
                "declined" => Some(Happened::Declined),
                "voided" => Some(Happened::Voided),
                _ => None,
            };
            events.extend(what.map(|what| Event { at: time_of(at), what }));
        }
        Ok(events)
    }

    fn asked(&self, row: &AskedRow) -> Result<Vec<Event>, SalesError> {
        let operation = Operation::parse(&row.kind).map_err(|_| SalesError::Corrupt("operation"))?;
        let asked = Happened::Asked { operation, amount: self.money(row.micros) };
        let mut events = vec![Event { at: time(row.started_at)?, what: asked }];
        if let Some(at) = row.finished_at {
            let what = Happened::Answered { operation, approved: row.state == "approved" };
            events.push(Event { at: time(at)?, what });
        }
        Ok(events)
    }

    fn disputed(&self, row: &DisputedRow) -> Result<Vec<Event>, SalesError> {
        let opened = Happened::DisputeOpened { amount: self.money(row.micros) };
        let mut events = vec![Event { at: time(row.opened_at)?, what: opened }];
        if let Some(at) = row.resolved_at {
            let what = Happened::DisputeDecided { for_consumer: row.state == "consumer" };
            events.push(Event { at: time(at)?, what });
        }
        Ok(events)
    }

    /// One event for all transfers of one refund: a coupon each.
    fn returned(&self, conn: &mut Conn, payment: i64) -> Result<Vec<Event>, SalesError> {
        let rows = timeline::returns(conn, self.merchant, payment)?;
        let mut events = Vec::new();
        let mut before: Option<(i64, String, i64)> = None;
        let mut told = Vec::new();
        for (transfer, kind, micros) in rows {
            match &mut before {
                Some((last, same, sum)) if transfer == last.saturating_add(1) && *same == kind => {
                    (*last, *sum) = (transfer, sum.saturating_add(micros));
                }
                _ => {
                    events.extend(before.take().map(|(at, kind, sum)| self.back(at, &kind, sum)));
                    // The receipt of what went back stands right before its transfers; of what came back by itself, there is
                    // none.
                    let has_receipt = !matches!(kind.as_str(), "payment-returned" | "refund-returned");
                    if has_receipt
                        && let Some(receipt) = timeline::evidence_before(conn, batch_of(transfer), transfer)?
                    {
                        told.push(receipt);
                    }
                    before = Some((transfer, kind, micros));
                }
            }
        }
        events.extend(before.map(|(at, kind, sum)| self.back(at, &kind, sum)));
        for receipt in told {
            events.extend(self.told(conn, receipt)?);
        }
        Ok(events)
    }

    fn back(&self, transfer: i64, kind: &str, micros: i64) -> Event {
        let amount = self.money(micros);
        let what = match kind {
            "refund-hold" => Happened::RefundBegun { amount },
            "refund-paid" => Happened::RefundArrived { amount },
            "refund-void" | "refund-returned" => Happened::RefundFailed { amount },
            "payment-returned" => Happened::TakenBack { amount },
            "dispute" | "coupon-disputed" | "exchange-disputed" => Happened::DisputeRefunded { amount },
            _ => Happened::Refunded { amount },
        };
        Event { at: time_of(transfer), what }
    }

    fn told(&self, conn: &mut Conn, receipt: i64) -> Result<Vec<Event>, SalesError> {
        let end = batch_of(receipt).saturating_add(BATCH_ROWS);
        timeline::told(conn, self.merchant, receipt, end)?.iter().map(callback).collect()
    }
}

fn callback(row: &ToldRow) -> Result<Event, SalesError> {
    let tries = row.tries.unsigned_abs();
    let (at, what) = match (row.state.as_str(), row.finished_at) {
        ("sent", Some(at)) => (at, Happened::CallbackTaken { tries }),
        ("dead", Some(at)) => (at, Happened::CallbackGivenUp { tries }),
        _ => (row.created_at, Happened::CallbackDue { tries }),
    };
    Ok(Event { at: time(at)?, what })
}

fn time(millis: i64) -> Result<Timestamp, SalesError> {
    Timestamp::from_millis(millis).map_err(|_| SalesError::Corrupt("time"))
}
