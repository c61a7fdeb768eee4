//! What happens to a bill until it is paid: collected, tried again, reminded of, its consumer suspended, reinstated, or
//! the debt given up. A state machine with the time as an argument; what it decides, [`crate::settle`] does. Pure.

use std::fmt;

use payment_domain::Timestamp;
use thiserror::Error;

/// When what happens. All lengths in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// From the bill to the first collection.
    pub collect_after_ms: i64,
    /// From each failed collection to the next one; as many as there are.
    pub retry_after_ms: Vec<i64>,
    /// From the last failed collection to the first reminder, and from each reminder to the next one.
    pub remind_after_ms: Vec<i64>,
    /// From the last reminder to the suspension.
    pub suspend_after_ms: i64,
    /// From the suspension until the debt is given up; never, if not set.
    pub write_off_after_ms: Option<i64>,
    /// What a reminder costs, in micro-units. Zero: nothing.
    pub reminder_fee_micros: i64,
}

impl Default for Plan {
    /// Collect after two days; try again after three and seven; remind after one and fourteen; suspend after fourteen more.
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        Self {
            collect_after_ms: 2 * DAY,
            retry_after_ms: vec![3 * DAY, 7 * DAY],
            remind_after_ms: vec![DAY, 14 * DAY],
            suspend_after_ms: 14 * DAY,
            write_off_after_ms: None,
            reminder_fee_micros: 0,
        }
    }
}

/// Where a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dunning {
    /// It was issued and is collected at this time.
    Issued {
        /// When.
        collect_at: Timestamp,
    },
    /// A collection is on its way.
    Collecting {
        /// How many failed before.
        failures: u32,
    },
    /// The collection failed and is tried again.
    Retrying {
        /// How many failed.
        failures: u32,
        /// When.
        retry_at: Timestamp,
    },
    /// Nothing more is collected; the consumer is asked to pay.
    Reminding {
        /// How many collections failed.
        failures: u32,
        /// How many reminders went out.
        sent: u32,
        /// The next reminder, or the suspension.
        next_at: Timestamp,
    },
    /// The consumer is suspended until the bill is paid.
    Suspended {
        /// How many collections failed.
        failures: u32,
        /// When the debt is given up.
        write_off_at: Option<Timestamp>,
    },
    /// It is paid.
    Paid {
        /// How many collections failed before.
        failures: u32,
        /// Whether the consumer is still suspended for it.
        suspended: bool,
    },
    /// The debt was given up; the consumer stays suspended.
    WrittenOff,
}

/// What happens to a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The collection was refused.
    CollectionFailed,
    /// There is nothing to collect from.
    NothingToCollectFrom,
    /// Nothing of it is open any more.
    Paid,
    /// The bank took a collection back.
    Returned,
    /// An operator gives the debt up.
    GivenUp,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CollectionFailed => "a failed collection",
            Self::NothingToCollectFrom => "nothing to collect from",
            Self::Paid => "payment",
            Self::Returned => "a returned collection",
            Self::GivenUp => "being given up",
        })
    }
}

/// What has to be done because time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Begin a collection.
    Collect,
    /// Send a reminder.
    Remind {
        /// Which, from one.
        number: u32,
    },
    /// Suspend the consumer.
    Suspend,
    /// Let the consumer pay again.
    Reinstate,
    /// Give the debt up.
    WriteOff,
}

/// An event that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a bill that is {} cannot take {event}", from.as_str())]
pub struct Refused {
    /// Where the bill stands.
    pub from: Dunning,
    /// What was to happen.
    pub event: Event,
}

impl Dunning {
    /// A bill that was just issued.
    #[must_use]
    pub fn issue(now: Timestamp, plan: &Plan) -> Self {
        Self::Issued { collect_at: now.saturating_add_millis(plan.collect_after_ms) }
    }

    /// A bill that asks for nothing.
    #[must_use]
    pub const fn settled() -> Self {
        Self::Paid { failures: 0, suspended: false }
    }

    /// When time brings the next step; `None` if only an event can.
    #[must_use]
    pub const fn next_at(self) -> Option<Timestamp> {
        match self {
            Self::Issued { collect_at: at }
            | Self::Retrying { retry_at: at, .. }
            | Self::Reminding { next_at: at, .. } => Some(at),
            Self::Suspended { write_off_at, .. } => write_off_at,
            Self::Paid { suspended: true, .. } => Some(Timestamp::EPOCH),
            Self::Collecting { .. } | Self::Paid { suspended: false, .. } | Self::WrittenOff => None,
        }
    }

    /// Where time brings it and what has to be done; the same and nothing if nothing is due.
    #[must_use]
    pub fn advance(self, now: Timestamp, plan: &Plan) -> (Self, Option<Step>) {
        if self.next_at().is_none_or(|at| now < at) {
            return (self, None);
        }
        match self {
            Self::Issued { .. } => (Self::Collecting { failures: 0 }, Some(Step::Collect)),
            Self::Retrying { failures, .. } => (Self::Collecting { failures }, Some(Step::Collect)),
            Self::Reminding { failures, sent, .. } => remind(failures, sent, now, plan),
            Self::Suspended { .. } => (Self::WrittenOff, Some(Step::WriteOff)),
            Self::Paid { failures, .. } => (Self::Paid { failures, suspended: false }, Some(Step::Reinstate)),
            Self::Collecting { .. } | Self::WrittenOff => (self, None),
        }
    }

    /// What an event makes of it.
    ///
    /// # Errors
    /// [`Refused`], naming both.
    pub fn on(self, event: Event, now: Timestamp, plan: &Plan) -> Result<Self, Refused> {
        match (self, event) {
            (Self::Collecting { failures }, Event::CollectionFailed) => {
                Ok(failed(failures.saturating_add(1), now, plan))
            }
            // A late answer about a bill that was paid in another way, or is past collecting, changes nothing.
            (
                Self::Paid { .. } | Self::Suspended { .. } | Self::Reminding { .. } | Self::WrittenOff,
                Event::CollectionFailed,
            ) => Ok(self),
            (Self::Collecting { failures }, Event::NothingToCollectFrom) => Ok(ask(failures, now, plan)),
            (
                Self::Issued { .. }
                | Self::Collecting { .. }
                | Self::Retrying { .. }
                | Self::Reminding { .. }
                | Self::Suspended { .. },
                Event::Paid,
            ) => Ok(Self::Paid {
                failures: self.failures(),
                suspended: matches!(self, Self::Suspended { .. }),
            }),
            (Self::Paid { failures, suspended: true }, Event::Returned) => {
                Ok(Self::Suspended { failures, write_off_at: write_off_at(now, plan) })
            }
            (Self::Paid { failures, suspended: false }, Event::Returned) => {
                Ok(failed(failures.saturating_add(1), now, plan))
            }
            // A part of an open bill was collected and taken back: what is open is asked for as before.
            (
                Self::Issued { .. }
                | Self::Collecting { .. }
                | Self::Retrying { .. }
                | Self::Reminding { .. }
                | Self::Suspended { .. },
                Event::Returned,
            ) => Ok(self),
            (Self::Reminding { .. } | Self::Suspended { .. } | Self::Retrying { .. }, Event::GivenUp) => {
                Ok(Self::WrittenOff)
            }
            (from, event) => Err(Refused { from, event }),
        }
    }

    /// How many collections failed.
    #[must_use]
    pub const fn failures(self) -> u32 {
        match self {
            Self::Collecting { failures }
            | Self::Retrying { failures, .. }
            | Self::Reminding { failures, .. }
            | Self::Suspended { failures, .. }
            | Self::Paid { failures, .. } => failures,
            Self::Issued { .. } | Self::WrittenOff => 0,
        }
    }

    /// How many reminders went out.
    #[must_use]
    pub const fn reminders(self) -> u32 {
        match self {
            Self::Reminding { sent, .. } => sent,
            _ => 0,
        }
    }

    /// The stored name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued { .. } => "issued",
            Self::Collecting { .. } => "collecting",
            Self::Retrying { .. } => "retrying",
            Self::Reminding { .. } => "reminding",
            Self::Suspended { .. } => "suspended",
            Self::Paid { suspended: true, .. } => "paid-suspended",
            Self::Paid { suspended: false, .. } => "paid",
            Self::WrittenOff => "written-off",
        }
    }

    /// Reads back what was stored; `None` if it does not fit together.
    #[must_use]
    pub fn read(state: &str, failures: u32, sent: u32, next_at: Option<Timestamp>) -> Option<Self> {
        Some(match state {
            "issued" => Self::Issued { collect_at: next_at? },
            "collecting" => Self::Collecting { failures },
            "retrying" => Self::Retrying { failures, retry_at: next_at? },
            "reminding" => Self::Reminding { failures, sent, next_at: next_at? },
            "suspended" => Self::Suspended { failures, write_off_at: next_at },
            "paid-suspended" => Self::Paid { failures, suspended: true },
            "paid" => Self::Paid { failures, suspended: false },
            "written-off" => Self::WrittenOff,
            _ => return None,
        })
    }
}

fn failed(failures: u32, now: Timestamp, plan: &Plan) -> Dunning {
    let tried = usize::try_from(failures).unwrap_or(usize::MAX).saturating_sub(1);
    match plan.retry_after_ms.get(tried) {
        Some(after) => Dunning::Retrying { failures, retry_at: now.saturating_add_millis(*after) },
        None => ask(failures, now, plan),
    }
}

fn ask(failures: u32, now: Timestamp, plan: &Plan) -> Dunning {
    let after = plan.remind_after_ms.first().copied().unwrap_or(plan.suspend_after_ms);
    Dunning::Reminding { failures, sent: 0, next_at: now.saturating_add_millis(after) }
}

fn remind(failures: u32, sent: u32, now: Timestamp, plan: &Plan) -> (Dunning, Option<Step>) {
    let number = sent.saturating_add(1);
    let place = usize::try_from(sent).unwrap_or(usize::MAX);
    if plan.remind_after_ms.get(place).is_none() {
        let write_off_at = write_off_at(now, plan);
        return (Dunning::Suspended { failures, write_off_at }, Some(Step::Suspend));
    }
    let after = plan.remind_after_ms.get(place.saturating_add(1)).copied().unwrap_or(plan.suspend_after_ms);
    let next_at = now.saturating_add_millis(after);
    (Dunning::Reminding { failures, sent: number, next_at }, Some(Step::Remind { number }))
}

fn write_off_at(now: Timestamp, plan: &Plan) -> Option<Timestamp> {
    plan.write_off_after_ms.map(|after| now.saturating_add_millis(after))
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn plan() -> Plan {
        Plan { write_off_after_ms: Some(60 * DAY), ..Plan::default() }
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + number * DAY).unwrap()
    }

    /// Runs through days; on each the collection that is out, if any, gets the next answer.
    fn life(plan: &Plan, mut answers: Vec<Event>, days: i64) -> Vec<String> {
        let mut bill = Dunning::issue(day(0), plan);
        let mut told = Vec::new();
        for number in 0..=days {
            let (next, step) = bill.advance(day(number), plan);
            bill = next;
            if let Some(step) = step {
                told.push(format!("{number} {step:?}"));
            }
            if matches!(bill, Dunning::Collecting { .. }) && !answers.is_empty() {
                bill = bill.on(answers.remove(0), day(number), plan).unwrap();
            }
        }
        told.push(bill.as_str().to_owned());
        told
    }

    #[test]
    fn a_bill_that_is_collected_is_paid_and_left_alone() {
        assert_eq!(life(&plan(), vec![Event::Paid], 400), ["2 Collect", "paid"]);
    }

    #[test]
    fn a_bill_that_is_never_paid_is_tried_reminded_of_suspended_for_and_given_up() {
        let told = life(&plan(), vec![Event::CollectionFailed; 3], 400);
        let expected = [
            "2 Collect",
            "5 Collect",
            "12 Collect",
            "13 Remind { number: 1 }",
            "27 Remind { number: 2 }",
            "41 Suspend",
            "101 WriteOff",
            "written-off",
        ];
        assert_eq!(told, expected);
        let never = Plan { write_off_after_ms: None, ..plan() };
        assert_eq!(life(&never, vec![Event::CollectionFailed; 3], 4000).last().unwrap(), "suspended");
    }

    #[test]
    fn who_has_no_bank_account_is_asked_at_once() {
        let told = life(&plan(), vec![Event::NothingToCollectFrom], 20);
        assert_eq!(told, ["2 Collect", "3 Remind { number: 1 }", "17 Remind { number: 2 }", "reminding"]);
    }

    #[test]
    fn who_pays_while_suspended_is_reinstated() {
        let suspended = Dunning::Suspended { failures: 3, write_off_at: None };
        let paid = suspended.on(Event::Paid, day(50), &plan()).unwrap();
        assert_eq!(paid, Dunning::Paid { failures: 3, suspended: true });
        let (after, step) = paid.advance(day(50), &plan());
        assert_eq!((after, step), (Dunning::Paid { failures: 3, suspended: false }, Some(Step::Reinstate)));
    }

    #[test]
    fn a_collection_that_the_bank_takes_back_counts_as_failed() {
        let paid = Dunning::Paid { failures: 0, suspended: false };
        let back = paid.on(Event::Returned, day(9), &plan()).unwrap();
        assert_eq!(back, Dunning::Retrying { failures: 1, retry_at: day(12) });
        let paid = Dunning::Paid { failures: 2, suspended: false };
        let back = paid.on(Event::Returned, day(9), &plan()).unwrap();
        assert_eq!(back, Dunning::Reminding { failures: 3, sent: 0, next_at: day(10) });
    }

    #[test]
    fn events_that_do_not_fit_are_refused_by_name() {
        let issued = Dunning::issue(day(0), &plan());
        let refused = issued.on(Event::CollectionFailed, day(0), &plan()).unwrap_err();
        assert_eq!(refused.to_string(), "a bill that is issued cannot take a failed collection");
        for (from, event) in [
            (Dunning::settled(), Event::Paid),
            (Dunning::settled(), Event::GivenUp),
            (Dunning::WrittenOff, Event::Paid),
            (Dunning::WrittenOff, Event::Returned),
            (Dunning::Collecting { failures: 0 }, Event::GivenUp),
            (issued, Event::NothingToCollectFrom),
        ] {
            assert_eq!(from.on(event, day(1), &plan()), Err(Refused { from, event }));
        }
    }

    proptest! {
        #[test]
        fn every_state_reads_back_what_was_stored_and_time_never_goes_in_circles(
            events in proptest::collection::vec((0_i64..40, 0_usize..5), 0..40),
        ) {
            let all = [
                Event::CollectionFailed,
                Event::NothingToCollectFrom,
                Event::Paid,
                Event::Returned,
                Event::GivenUp,
            ];
            let (plan, mut at) = (plan(), 0);
            let mut bill = Dunning::issue(day(0), &plan);
            for (days, event) in events {
                at += days;
                let (next, _) = bill.advance(day(at), &plan);
                bill = next;
                // One step at a time: right after a step nothing else is due at the same moment.
                prop_assert_eq!(bill.advance(day(at), &plan), (bill, None));
                bill = bill.on(all[event], day(at), &plan).unwrap_or(bill);
                let read = Dunning::read(bill.as_str(), bill.failures(), bill.reminders(), match bill.next_at() {
                    Some(Timestamp::EPOCH) | None => None,
                    stored => stored,
                });
                prop_assert_eq!(read, Some(bill));
            }
        }
    }
}
