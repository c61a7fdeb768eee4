//! camt.053 and camt.054 against what we sent: money that moved, then money that moved back.

use payment_domain::Money;

use super::super::reading::{Booking, BookingReport, Reference, Return, Statement, Sum};
use super::{Break, Known, Matching, Said, State, Verdict};

impl Matching<'_> {
    pub(super) fn bookings(&mut self, report: &BookingReport) {
        let mut ours = Vec::new();
        for statement in &report.statements {
            if self.is_ours(statement) {
                ours.push(statement);
            } else {
                self.broken(statement.line, Break::OtherAccount);
            }
        }
        let all = || ours.iter().flat_map(|statement| &statement.bookings);
        for booking in all() {
            self.booking(booking);
        }
        for booking in all() {
            self.back(booking);
        }
        for statement in &ours {
            if statement.balance == Sum::Differs {
                let statement_id = statement.id.clone();
                self.broken(statement.line, Break::StatementDoesNotAddUp { statement: statement_id });
            }
        }
    }

    fn is_ours(&self, statement: &Statement) -> bool {
        let ours = self.register.account.reveal();
        statement.account.as_ref().is_some_and(|account| account.as_str() == ours)
    }

    /// Money that moved the way it was meant to, or that is nothing of ours.
    fn booking(&mut self, booking: &Booking) {
        let register = self.register;
        if let Some(name) = &booking.end_to_end_id {
            match register.entry(name) {
                None => self.unknown(booking),
                Some(known) if comes_back(booking, known) => {}
                Some(known) => self.moved(booking, known),
            }
        } else if let Some(batch) = &booking.batch {
            let members = register.members(&register.batches, batch.as_str());
            self.batch(booking, batch.as_str(), &members);
        } else {
            self.unknown(booking);
        }
    }

    fn unknown(&mut self, booking: &Booking) {
        let (name, amount) = (booking.end_to_end_id.clone(), booking.amount);
        self.broken(booking.line, Break::Unknown { name, direction: Some(booking.direction), amount });
    }

    fn moved(&mut self, booking: &Booking, known: &Known) {
        let (line, attempt) = (booking.line, known.attempt);
        if booking.returned.is_some() {
            return self.broken(line, Break::WrongWay { attempt });
        }
        if booking.sum == Sum::Differs {
            return self.broken(line, Break::EntryDoesNotAddUp { attempt });
        }
        if booking.amount != Some(known.amount) {
            let (expected, found) = (known.amount, booking.amount);
            return self.broken(line, Break::Altered { attempt, expected, found });
        }
        self.settled(line, known, text(booking.reference.as_ref()), booking.booked_on);
    }

    /// A batch that was booked as one: all of it, or it is for a person to look at.
    fn batch(&mut self, booking: &Booking, batch: &str, members: &[&Known]) {
        if members.is_empty() {
            return self.unknown(booking);
        }
        let live: Vec<&Known> =
            members.iter().filter(|known| self.state(known) != State::Rejected).copied().collect();
        let expected = live.iter().try_fold(None::<Money>, |sum, known| match sum {
            None => Ok(Some(known.amount)),
            Some(sum) => sum.checked_add(known.amount).map(Some),
        });
        let expected = expected.ok().flatten();
        let counted = booking.batch_count.is_none_or(|count| u64::try_from(live.len()) == Ok(count));
        let agrees = live.iter().all(|known| known.kind.direction() == booking.direction)
            && booking.returned.is_none()
            && expected.is_some()
            && booking.amount == expected
            && booking.sum != Sum::Differs
            && counted;
        if !agrees {
            let (batch, found) = (batch.to_owned(), booking.amount);
            return self.broken(booking.line, Break::BatchAltered { batch, expected, found });
        }
        for known in live {
            self.settled(booking.line, known, text(booking.reference.as_ref()), booking.booked_on);
        }
    }

    /// Money that moved back.
    fn back(&mut self, booking: &Booking) {
        let register = self.register;
        let Some(known) = booking.end_to_end_id.as_ref().and_then(|name| register.entry(name)) else {
            return;
        };
        if !comes_back(booking, known) {
            return;
        }
        let (line, attempt, expected) = (booking.line, known.attempt, known.amount);
        if booking.sum == Sum::Differs {
            return self.broken(line, Break::EntryDoesNotAddUp { attempt });
        }
        let Some(fee) = fee(booking, expected) else {
            let found = booking.original_amount.or(booking.amount);
            return self.broken(line, Break::Altered { attempt, expected, found });
        };
        let returned_as = text(booking.reference.as_ref());
        let booked_as = match self.state(known) {
            State::Sent => None,
            State::Settled { booked_as } => booked_as,
            State::Returned { returned_as: first, .. } => {
                return self.again(line, attempt, first, returned_as);
            }
            State::Rejected => return self.contradicted(line, known, Said::Returned),
        };
        self.states.insert(attempt, State::Returned { booked_as, returned_as: returned_as.clone() });
        let reason = booking.returned.as_ref().and_then(|Return { reason }| reason.clone());
        let fee = (fee.micros() > 0).then_some(fee);
        self.say(line, Verdict::Returned { attempt, reason, fee, returned_as, booked_on: booking.booked_on });
    }
}

fn comes_back(booking: &Booking, known: &Known) -> bool {
    booking.direction == known.kind.direction().opposite()
}

/// What a return costs on top of what was sent. A bank that takes a fee says what the payment itself was; without
/// that the amounts have to be the same. Nothing if they do not fit.
fn fee(booking: &Booking, sent: Money) -> Option<Money> {
    let moved = booking.amount?;
    match booking.original_amount {
        Some(original) if original != sent => None,
        Some(_) => moved.checked_sub(sent).ok().filter(|fee| fee.micros() >= 0),
        None => (moved == sent).then_some(Money::zero(sent.currency())),
    }
}

fn text(reference: Option<&Reference>) -> Option<String> {
    reference.map(|reference| reference.as_str().to_owned())
}
