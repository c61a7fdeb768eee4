//! The life of a coupon: bought → held → reserved → spent, expired or refunded, each step checked. Pure.
//!
//! What is left of a coupon is `remaining`; what an order has set aside is `reserved`. Both together are what the coupon
//! account owes for it, and no step loses or makes a micro-unit: each says what goes elsewhere.

use payment_domain::{CouponState, Timestamp};
use thiserror::Error;

use crate::batch::BatchError;
use crate::storage::coupon::CouponRow;

/// Where a coupon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be spent.
    Held,
    /// One order has set a part of it aside; no other can, until the bank has answered.
    Reserved,
    /// Nothing is left.
    Spent,
    /// What was left is ours.
    Expired,
    /// What was left is on its way back.
    Refunding,
    /// What was left went back.
    Refunded,
}

impl Standing {
    const ALL: [Self; 6] =
        [Self::Held, Self::Reserved, Self::Spent, Self::Expired, Self::Refunding, Self::Refunded];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Reserved => "reserved",
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }

    /// What its holder reads.
    pub(crate) const fn said(self) -> CouponState {
        match self {
            Self::Held => CouponState::Held,
            Self::Reserved => CouponState::Reserved,
            Self::Spent => CouponState::Spent,
            Self::Expired => CouponState::Expired,
            Self::Refunding | Self::Refunded => CouponState::Refunded,
        }
    }
}

/// A step that a coupon cannot take from where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a coupon that is {from} cannot {event}")]
pub(crate) struct Misstep {
    from: String,
    event: &'static str,
}

impl From<Misstep> for BatchError {
    fn from(misstep: Misstep) -> Self {
        // Everything a sender can get wrong was refused before: this is the ledger's own fault.
        tracing::error!(%misstep, "a coupon is not as its payments are");
        Self::Corrupt("coupon")
    }
}

impl CouponRow {
    /// Where it stands; `None` if that cannot be read.
    pub(crate) fn standing(&self) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.as_str() == self.state)
    }

    /// Whether it can be spent, given away or refunded at this moment.
    pub(crate) fn is_usable_at(&self, now: Timestamp) -> bool {
        self.not_before <= now.as_millis() && now.as_millis() < self.usable_until
    }

    /// Sets a part aside for an order.
    pub(crate) fn reserve(&mut self, micros: i64) -> Result<(), Misstep> {
        let rest = self.remaining_micros.checked_sub(micros).filter(|rest| *rest >= 0 && micros > 0);
        let rest = rest.ok_or_else(|| self.misstep("reserve"))?;
        self.at(Standing::Held, "reserve")?;
        self.reserved_micros = micros;
        self.remaining_micros = rest;
        self.stand(Standing::Reserved);
        Ok(())
    }

    /// The order was paid with what it had set aside.
    pub(crate) fn spend(&mut self, micros: i64) -> Result<(), Misstep> {
        self.end_reservation(micros, "spend")?;
        self.stand(if self.remaining_micros > 0 { Standing::Held } else { Standing::Spent });
        Ok(())
    }

    /// The order was not paid.
    pub(crate) fn release(&mut self, micros: i64) -> Result<(), Misstep> {
        self.end_reservation(micros, "release")?;
        self.add(micros, "release")?;
        self.stand(Standing::Held);
        Ok(())
    }

    /// A merchant gave a part back, which can be spent until then at least.
    pub(crate) fn restore(&mut self, micros: i64, until: Timestamp) -> Result<(), Misstep> {
        self.add(micros, "restore")?;
        self.usable_until = self.usable_until.max(until.as_millis());
        match self.standing() {
            Some(Standing::Reserved | Standing::Refunding) => {}
            _ => self.stand(Standing::Held),
        }
        Ok(())
    }

    /// What is left goes back to whoever bought it: so much.
    pub(crate) fn begin_refund(&mut self) -> Result<i64, Misstep> {
        let micros = self.take_rest("begin a refund")?;
        self.stand(Standing::Refunding);
        Ok(micros)
    }

    /// It went back.
    pub(crate) fn end_refund(&mut self) -> Result<(), Misstep> {
        self.at(Standing::Refunding, "end a refund")?;
        self.stand(if self.remaining_micros > 0 { Standing::Held } else { Standing::Refunded });
        Ok(())
    }

    /// It did not.
    pub(crate) fn undo_refund(&mut self, micros: i64) -> Result<(), Misstep> {
        self.at(Standing::Refunding, "undo a refund")?;
        self.add(micros, "undo a refund")?;
        self.stand(Standing::Held);
        Ok(())
    }

    /// Its time has passed: what is left is ours.
    pub(crate) fn expire(&mut self) -> Result<i64, Misstep> {
        let micros = self.take_rest("expire")?;
        self.stand(Standing::Expired);
        Ok(micros)
    }

    /// It becomes somebody else's. Only whole: value that a merchant gives back belongs to whoever paid with it, which is
    /// the holder for as long as a coupon that was spent from is never given away.
    pub(crate) fn give(&mut self, receiver: i64) -> Result<(), Misstep> {
        self.at(Standing::Held, "give")?;
        if self.remaining_micros != self.face_micros {
            return Err(self.misstep("give"));
        }
        self.holder = receiver;
        Ok(())
    }

    fn take_rest(&mut self, event: &'static str) -> Result<i64, Misstep> {
        self.at(Standing::Held, event)?;
        Ok(std::mem::take(&mut self.remaining_micros))
    }

    fn end_reservation(&mut self, micros: i64, event: &'static str) -> Result<(), Misstep> {
        self.at(Standing::Reserved, event)?;
        if self.reserved_micros != micros {
            return Err(self.misstep(event));
        }
        self.reserved_micros = 0;
        Ok(())
    }

    fn add(&mut self, micros: i64, event: &'static str) -> Result<(), Misstep> {
        let more = self.remaining_micros.checked_add(micros).filter(|more| *more <= self.face_micros);
        self.remaining_micros = more.ok_or_else(|| self.misstep(event))?;
        Ok(())
    }

    fn at(&self, wanted: Standing, event: &'static str) -> Result<(), Misstep> {
        if self.standing() == Some(wanted) { Ok(()) } else { Err(self.misstep(event)) }
    }

    fn stand(&mut self, standing: Standing) {
        standing.as_str().clone_into(&mut self.state);
    }

    fn misstep(&self, event: &'static str) -> Misstep {
        Misstep { from: self.state.clone(), event }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn coupon() -> CouponRow {
        CouponRow {
            id: vec![1; 16],
            position: 1,
            merchant: 2,
            buyer: 3,
            holder: 3,
            series: "TEN".to_owned(),
            currency: "EUR".to_owned(),
            face_micros: 10,
            remaining_micros: 10,
            reserved_micros: 0,
            state: "held".to_owned(),
            transferable: true,
            not_before: 100,
            expires_at: 200,
            usable_until: 200,
            charge: 2,
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_coupon_is_spent_in_parts_until_nothing_is_left() {
        let mut coupon = coupon();
        for (part, after) in [(3, Standing::Held), (7, Standing::Spent)] {
            coupon.reserve(part).unwrap();
            assert_eq!(coupon.standing(), Some(Standing::Reserved));
            let misstep = coupon.reserve(1).unwrap_err().to_string();
            assert_eq!(misstep, "a coupon that is reserved cannot reserve");
            coupon.spend(part).unwrap();
            assert_eq!(coupon.standing(), Some(after));
        }
        assert_eq!((coupon.remaining_micros, coupon.reserved_micros), (0, 0));
    }

    #[test]
    fn what_is_reserved_neither_expires_nor_is_refunded_nor_given() {
        let mut coupon = coupon();
        coupon.reserve(3).unwrap();
        assert!(coupon.expire().is_err());
        assert!(coupon.begin_refund().is_err());
        assert!(coupon.give(9).is_err());
        assert!(coupon.spend(2).is_err(), "another amount than was reserved");
        coupon.release(3).unwrap();
        assert_eq!((coupon.expire().unwrap(), coupon.remaining_micros), (10, 0));
    }

    #[test]
    fn a_coupon_that_was_spent_from_is_given_to_nobody() {
        let mut coupon = coupon();
        coupon.give(9).unwrap();
        assert_eq!(coupon.holder, 9);
        coupon.reserve(3).unwrap();
        coupon.spend(3).unwrap();
        assert!(coupon.give(3).is_err());
        coupon.restore(3, at(0)).unwrap();
        coupon.give(3).unwrap();
    }

    #[test]
    fn value_given_back_late_can_be_spent_for_a_while() {
        let mut coupon = coupon();
        coupon.reserve(10).unwrap();
        coupon.spend(10).unwrap();
        coupon.restore(4, at(900)).unwrap();
        assert!(coupon.is_usable_at(at(899)) && !coupon.is_usable_at(at(900)));
        assert_eq!((coupon.expires_at, coupon.standing()), (200, Some(Standing::Held)));
        assert!(coupon.restore(7, at(0)).is_err(), "more than its face");
    }

    #[test]
    fn a_refund_that_fails_leaves_the_coupon_as_it_was() {
        let mut coupon = coupon();
        let micros = coupon.begin_refund().unwrap();
        assert!(coupon.reserve(1).is_err());
        coupon.undo_refund(micros).unwrap();
        assert_eq!(coupon, super::tests::coupon());
        coupon.begin_refund().unwrap();
        coupon.end_refund().unwrap();
        assert_eq!(coupon.standing(), Some(Standing::Refunded));
    }

    proptest! {
        /// Whatever happens in whatever order: what was paid in is left, reserved, or went somewhere.
        #[test]
        fn no_step_loses_or_makes_value(steps in proptest::collection::vec((0..9_u8, 1..12_i64), 0..60)) {
            let mut coupon = coupon();
            let (mut spent, mut gone, mut held) = (0, 0, 0);
            for (step, micros) in steps {
                match step {
                    0 => drop(coupon.reserve(micros)),
                    1 => { if coupon.spend(micros).is_ok() { spent += micros } }
                    2 => drop(coupon.release(micros)),
                    3 => {
                        if micros <= spent && coupon.restore(micros, at(0)).is_ok() { spent -= micros }
                    }
                    4 => { if let Ok(micros) = coupon.begin_refund() { held = micros } }
                    5 => { if coupon.end_refund().is_ok() { gone += std::mem::take(&mut held) } }
                    6 => {
                        let back = held;
                        if coupon.undo_refund(back).is_ok() { held = 0 }
                    }
                    7 => { if let Ok(micros) = coupon.expire() { gone += micros } }
                    _ => drop(coupon.give(9)),
                }
                prop_assert!(coupon.remaining_micros >= 0 && coupon.reserved_micros >= 0);
                let total = coupon.remaining_micros + coupon.reserved_micros + spent + gone + held;
                prop_assert_eq!(total, 10);
                let idle = coupon.reserved_micros == 0;
                prop_assert_eq!(idle, coupon.standing() != Some(Standing::Reserved));
            }
        }
    }
}
