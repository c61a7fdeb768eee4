//! The simulated system's books: a file of its own, one JSON line a fact, on disk before anything is answered.

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use payment_domain::{AttemptId, Currency, Money, Operation, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Behaviour, Order, TransferState, to_json};
use crate::external::Response;

/// Why the simulator cannot be started.
#[derive(Debug, Error)]
pub enum OpenBankError {
    /// The journal cannot be read or written.
    #[error("the simulator's journal")]
    File(#[from] io::Error),
    /// A whole line of the journal says nothing that the simulator ever wrote.
    #[error("line {0} of the simulator's journal is not the simulator's")]
    Journal(usize),
}

/// Everything that was decided.
pub(super) struct Books {
    journal: File,
    lost: BTreeSet<AttemptId>,
    decided: HashMap<AttemptId, Transfer>,
    /// What goes back to an attempt.
    following: HashMap<AttemptId, Vec<AttemptId>>,
}

/// One attempt as it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) order: Order,
    pub(super) settles_at: Timestamp,
    pub(super) refusal: Option<String>,
}

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
enum Fact {
    /// A request did not arrive. (The simulator plays the network too.)
    Lost { attempt: i64 },
    /// A request was decided.
    Decided {
        attempt: i64,
        // Journals of the first release say `direction`.
        #[serde(alias = "direction")]
        operation: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        original: Option<i64>,
        behaviour: Behaviour,
        micros: i64,
        currency: String,
        settles_at_ms: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<String>,
    },
}

impl Books {
    pub(super) fn open(path: &Path) -> Result<Self, OpenBankError> {
        let mut journal =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = Vec::new();
        journal.read_to_end(&mut text)?;
        // A last line without its end was cut off by a crash, before anything was answered.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        text.truncate(whole);
        journal.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        journal.seek(SeekFrom::End(0))?;
        let (lost, decided, following) = (BTreeSet::new(), HashMap::new(), HashMap::new());
        let mut books = Self { journal, lost, decided, following };
        for (index, line) in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let fact = serde_json::from_slice::<Fact>(line).ok();
            let known = fact.and_then(|fact| books.remember(&fact));
            known.ok_or(OpenBankError::Journal(index.saturating_add(1)))?;
        }
        Ok(books)
    }

    pub(super) fn transfer(&self, attempt: AttemptId) -> Option<&Transfer> {
        self.decided.get(&attempt)
    }

    pub(super) fn has_lost(&self, attempt: AttemptId) -> bool {
        self.lost.contains(&attempt)
    }

    /// Notes that a request never arrived.
    pub(super) fn lose(&mut self, attempt: AttemptId) -> io::Result<()> {
        self.record(&Fact::Lost { attempt: attempt.value() })
    }

    /// Why an order is refused; `None` if it is not.
    pub(super) fn refusal(&self, order: &Order, now: Timestamp) -> Option<String> {
        let refusal = if order.behaviour == Behaviour::Decline {
            "card-declined"
        } else {
            match order.operation {
                Operation::Charge | Operation::Payout => return None,
                Operation::Authorise => self.coupon_refused(order, now)?,
                Operation::Refund => self.refund_refused(order, now)?,
                Operation::Capture | Operation::Void => self.end_refused(order, now)?,
            }
        };
        Some(refusal.to_owned())
    }

    /// What was taken can be given back, in parts, until nothing is left.
    fn refund_refused(&self, order: &Order, now: Timestamp) -> Option<&'static str> {
        let original = self.original(order, now, &[Operation::Charge, Operation::Capture]);
        let Some(original) = original else { return Some("nothing-to-refund") };
        let back = self.taken_from(original).saturating_add(order.amount.micros());
        (back > original.order.amount.micros()).then_some("refund-exceeds-charge")
    }

    /// An authorisation that goes back to a charge is for the coupon which that charge has paid for: this system is its
    /// intermediary bank (R4), and knows what is left of it. Any other is for the instrument.
    fn coupon_refused(&self, order: &Order, now: Timestamp) -> Option<&'static str> {
        order.original?;
        let Some(charge) = self.original(order, now, &[Operation::Charge]) else {
            return Some("no-such-coupon");
        };
        let taken = self.taken_from(charge).saturating_add(order.amount.micros());
        (taken > charge.order.amount.micros()).then_some("coupon-does-not-hold-enough")
    }

    /// What was given back of a charge or capture, and what is set aside or taken of the coupon that a charge has paid for.
    fn taken_from(&self, original: &Transfer) -> i64 {
        let taken = self.followers(original).map(|follower| match follower.order.operation {
            Operation::Authorise => self.standing(follower),
            _ => follower.order.amount.micros(),
        });
        taken.fold(0, i64::saturating_add)
    }

    /// What an authorisation stands at: all of it, what was captured less what was given back of that, or nothing.
    fn standing(&self, authorisation: &Transfer) -> i64 {
        match self.followers(authorisation).next() {
            None => authorisation.order.amount.micros(),
            Some(end) if end.order.operation == Operation::Capture => {
                end.order.amount.micros().saturating_sub(self.taken_from(end))
            }
            Some(_) => 0,
        }
    }

    /// What was set aside can be taken once, in whole or in part, or be set free.
    fn end_refused(&self, order: &Order, now: Timestamp) -> Option<&'static str> {
        let Some(original) = self.original(order, now, &[Operation::Authorise]) else {
            return Some("nothing-to-capture");
        };
        if self.followers(original).next().is_some() {
            return Some("authorisation-has-ended");
        }
        let captures = order.operation == Operation::Capture;
        (captures && order.amount.micros() > original.order.amount.micros())
            .then_some("capture-exceeds-authorisation")
    }

    /// What an order goes back to, if that was one of these, in the same currency, and is done.
    fn original(&self, order: &Order, now: Timestamp, kinds: &[Operation]) -> Option<&Transfer> {
        let original = self.decided.get(&order.original?)?;
        let fits = kinds.contains(&original.order.operation)
            && original.refusal.is_none()
            && original.settles_at <= now
            && original.order.amount.currency() == order.amount.currency();
        fits.then_some(original)
    }

    /// What went back to it and was not refused.
    fn followers(&self, original: &Transfer) -> impl Iterator<Item = &Transfer> {
        let ids = self.following.get(&original.order.attempt).into_iter().flatten();
        ids.filter_map(|id| self.decided.get(id)).filter(|follower| follower.refusal.is_none())
    }

    /// Notes what was decided.
    pub(super) fn decide(&mut self, Transfer { order, settles_at, refusal }: &Transfer) -> io::Result<()> {
        self.record(&Fact::Decided {
            attempt: order.attempt.value(),
            operation: order.operation.as_str().to_owned(),
            original: order.original.map(AttemptId::value),
            behaviour: order.behaviour,
            micros: order.amount.micros(),
            currency: order.amount.currency().as_str().to_owned(),
            settles_at_ms: settles_at.as_millis(),
            refusal: refusal.clone(),
        })
    }

    /// Whether it is a step in the spending of a coupon, whose money was taken by the charge.
    fn spends_coupon(&self, order: &Order) -> bool {
        let original = order.original.and_then(|original| self.decided.get(&original));
        let goes_on = original.is_some_and(|original| self.spends_coupon(&original.order));
        goes_on || (order.operation == Operation::Authorise && order.original.is_some())
    }

    /// Attempts that moved money, and what that sums to.
    pub(super) fn moved(&self) -> (usize, i64) {
        let done = self.decided.values().filter(|transfer| transfer.refusal.is_none());
        let done = done.filter(|transfer| !self.spends_coupon(&transfer.order));
        done.fold((0, 0), |(count, micros): (usize, i64), Transfer { order, .. }| {
            let change = match order.operation {
                Operation::Charge | Operation::Capture => order.amount.micros(),
                Operation::Refund | Operation::Payout => order.amount.micros().saturating_neg(),
                Operation::Authorise | Operation::Void => return (count, micros),
            };
            (count.saturating_add(1), micros.saturating_add(change))
        })
    }

    /// Writes a fact down, and only then goes by it.
    fn record(&mut self, fact: &Fact) -> io::Result<()> {
        let mut line = to_json(fact);
        line.push(b'\n');
        let end = self.journal.stream_position()?;
        if let Err(error) = self.journal.write_all(&line).and_then(|()| self.journal.sync_data()) {
            // Nothing was answered: take the half-written line back, so that the next one starts clean.
            self.journal.set_len(end)?;
            self.journal.seek(SeekFrom::Start(end))?;
            return Err(error);
        }
        self.remember(fact).ok_or_else(|| io::Error::other("the simulator wrote what it cannot read"))
    }

    fn remember(&mut self, fact: &Fact) -> Option<()> {
        match fact {
            Fact::Lost { attempt } => drop(self.lost.insert(AttemptId::new(*attempt).ok()?)),
            Fact::Decided {
                attempt,
                operation,
                original,
                behaviour,
                micros,
                currency,
                settles_at_ms,
                refusal,
            } => {
                let order = Order {
                    attempt: AttemptId::new(*attempt).ok()?,
                    operation: Operation::parse(operation).ok()?,
                    original: original.map(AttemptId::new).transpose().ok()?,
                    behaviour: *behaviour,
                    amount: Money::from_micros(*micros, Currency::parse(currency).ok()?),
                };
                if let Some(original) = order.original {
                    self.following.entry(original).or_default().push(order.attempt);
                }
                let declines = order.behaviour == Behaviour::Decline;
                let refusal = refusal.clone().or_else(|| declines.then(|| "card-declined".to_owned()));
                let settles_at = Timestamp::from_millis(*settles_at_ms).ok()?;
                self.decided.insert(order.attempt, Transfer { order, settles_at, refusal });
            }
        }
        Some(())
    }
}

impl Transfer {
    pub(super) fn state(&self, now: Timestamp) -> Response {
        let state = match &self.refusal {
            Some(reason) => TransferState::Declined { reason: reason.clone() },
            None if now < self.settles_at => TransferState::Processing,
            None => TransferState::Approved { reference: format!("SIM-{}", self.order.attempt) },
        };
        Response { status: 200, body: to_json(&state) }
    }
}
