//! What becomes of a purchase in the weeks after it: refunds, captures, disputes, the life of a coupon.

use super::{Deed, Flaw, Key, Purchase, Task, Tender, Terminal, place};
use crate::simulation::dice::Dice;
use crate::simulation::people::{CONSUMERS, MERCHANTS};
use crate::simulation::shop::{Item, Shelf};

/// What comes of one purchase.
pub(super) struct Story {
    seed: u64,
    root: Key,
    step: u32,
    later: Vec<(u32, Task)>,
}

impl Story {
    /// What begins with a message; steps 0 and 1 are of the same day.
    pub(super) const fn of(seed: u64, root: Key) -> Self {
        Self { seed, root, step: 1, later: Vec::new() }
    }

    /// What is sent, and how many days later.
    pub(super) fn told(self) -> Vec<(u32, Task)> {
        self.later
    }

    /// One more message.
    pub(super) fn tell(&mut self, after: u32, deed: Deed, flaw: Option<Flaw>) -> Key {
        self.step += 1;
        let key = Key { step: self.step, ..self.root };
        self.later.push((after, Task { flaw, ..Task::right(key, deed) }));
        key
    }

    /// Given back in parts, soon or after it was billed; sometimes more than was paid.
    pub(super) fn refunds(
        &mut self,
        dice: &mut Dice,
        order: Key,
        shelf: Shelf,
        (mut after, paid): (u32, i64),
    ) {
        let mut left = paid;
        for _ in 0..=dice.below(3) {
            after += if dice.happens(700) { 1 + dice.below(4) } else { 8 + dice.below(14) };
            let whole = dice.happens(300);
            let micros = if whole { left } else { left * dice.between(100, 600) / 1000 };
            if micros > 0 {
                self.tell(after, Deed::Refund { order, shelf, micros }, None);
                left -= micros;
            }
        }
        if dice.happens(150) {
            let refund = Deed::Refund { order, shelf, micros: paid + 1 };
            self.tell(after + 1, refund, Some(Flaw::TooMuch));
        }
        if dice.happens(100) {
            let merchant = (shelf.merchant + 1) % MERCHANTS.len();
            let refund = Deed::Refund { order, shelf: Shelf { merchant, ..shelf }, micros: 1 };
            self.tell(after + 1, refund, Some(Flaw::NotTheirs));
        }
    }

    /// Disputed after a while; refunded meanwhile, perhaps.
    pub(super) fn dispute(&mut self, dice: &mut Dice, bought: &Purchase) {
        let (order, shelf) = (self.root, bought.shelf);
        let price = shelf.price(self.seed).micros();
        let after = 1 + dice.below(20);
        let (micros, flaw) = match dice.below(10) {
            0 => (price + 1, Some(Flaw::TooMuch)),
            1..=4 => ((price * dice.between(1, 999) / 1000).max(1), None),
            _ => (price, None),
        };
        let dispute = Deed::Dispute { order, consumer: bought.consumer, shelf, micros };
        self.tell(after, dispute, flaw);
        if dice.happens(200) {
            self.refunds(dice, order, shelf, (after, price));
        }
    }

    /// Captured, as a whole or in part; or set free; or forgotten.
    pub(super) fn deferred(&mut self, dice: &mut Dice, shelf: Shelf) {
        let (order, price) = (self.root, shelf.price(self.seed).micros());
        let after = 1 + dice.below(5);
        if dice.happens(150) {
            let capture = Deed::Capture { order, shelf, micros: price + 1 };
            self.tell(after, capture, Some(Flaw::TooMuch));
        }
        match dice.below(100) {
            0..=69 => {
                let share = if dice.happens(600) { 1000 } else { dice.between(200, 999) };
                let micros = price * share / 1000;
                self.tell(after + 1, Deed::Capture { order, shelf, micros }, None);
                if dice.happens(100) {
                    self.tell(after + 2, Deed::Capture { order, shelf, micros: 1 }, None);
                }
                if dice.happens(300) {
                    self.refunds(dice, order, shelf, (after + 1, micros));
                }
            }
            70..=89 => drop(self.tell(after + 1, Deed::Void { order, shelf }, None)),
            _ => {}
        }
    }

    /// Spent in parts, given away, returned, or left to expire.
    pub(super) fn coupon(&mut self, dice: &mut Dice, bought: &Purchase, coupons: Vec<Key>) {
        let (mut after, mut holder) = (1 + dice.below(6), bought.consumer);
        let first = coupons[0];
        match dice.below(100) {
            0..=11 => return,
            12..=23 => {
                for coupon in coupons {
                    self.tell(after, Deed::Return { coupon, consumer: holder }, None);
                }
                return;
            }
            24..=38 if coupons.len() == 1 => {
                let to = place(dice, CONSUMERS.len());
                self.tell(after, Deed::Give { coupon: first, from: holder, to }, None);
                holder = to;
                after += 1;
            }
            _ => {}
        }
        for _ in 0..=dice.below(3) {
            let item = dice.pick(&[Item::Small, Item::Medium, Item::Medium, Item::Large]);
            let shelf = Shelf::on(self.root.day + after, bought.shelf.merchant, item);
            let tender = Tender::Coupons(coupons.clone());
            let spent = Purchase { consumer: holder, shelf, terminal: Terminal::App, tender };
            let order = self.tell(after, Deed::Buy(spent), None);
            if dice.happens(250) {
                let price = shelf.price(self.seed).micros();
                self.refunds(dice, order, shelf, (after, price));
            }
            after += 1 + dice.below(8);
        }
        if dice.happens(200) {
            let thief = (0..CONSUMERS.len()).find(|one| ![bought.consumer, holder].contains(one));
            let thief = thief.expect("somebody else");
            let shelf = Shelf::on(self.root.day + after, bought.shelf.merchant, Item::Small);
            let tender = Tender::Coupons(vec![first]);
            let stolen = Purchase { consumer: thief, shelf, terminal: Terminal::App, tender };
            self.tell(after, Deed::Buy(stolen), Some(Flaw::NotTheirs));
        }
        if dice.happens(200) {
            self.tell(after + 1, Deed::Return { coupon: first, consumer: holder }, None);
        }
    }
}
