//! What happens on a day, from the seed alone: who buys what, what becomes of it in the weeks after, and what goes wrong.
//!
//! Nothing here depends on what the ledger answered. So a day that was interrupted is run again from its beginning: the
//! same ids, the same content, and therefore the stored answers to whatever was already done. Start at [`tasks`].

mod story;

use story::Story;

use super::dice::Dice;
use super::people::{CONSUMERS, Purse};
use super::shop::{ABROAD, Item, Shelf};

/// How long what was bought has consequences, in days.
const WINDOW: u32 = 60;

/// A message by the day and number of what it began with, and its step in what came of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub day: u32,
    pub number: u32,
    pub step: u32,
}

/// One message that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub key: Key,
    pub deed: Deed,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
    /// Whether it is sent twice.
    pub twice: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Buy(Purchase),
    Capture {
        order: Key,
        shelf: Shelf,
        micros: i64,
    },
    Void {
        order: Key,
        shelf: Shelf,
    },
    Refund {
        order: Key,
        shelf: Shelf,
        micros: i64,
    },
    /// A complaint about an order.
    Dispute {
        order: Key,
        consumer: usize,
        shelf: Shelf,
        micros: i64,
    },
    TopUp {
        consumer: usize,
        micros: i64,
    },
    Redeem {
        consumer: usize,
        micros: i64,
    },
    /// A discount of this month's campaign.
    Claim {
        consumer: usize,
        merchant: usize,
    },
    /// A coupon that was bought.
    Give {
        coupon: Key,
        from: usize,
        to: usize,
    },
    Return {
        coupon: Key,
        consumer: usize,
    },
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    pub consumer: usize,
    pub shelf: Shelf,
    pub terminal: Terminal,
    pub tender: Tender,
}

/// What it is paid with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tender {
    Money,
    /// A quote, in another currency.
    Quote,
    /// Coupons that were bought by these orders.
    Coupons(Vec<Key>),
    /// The discount that was claimed so, at this merchant's.
    Discount(Key),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    App,
    Browser,
    Wap,
    Sms,
}

/// What must be refused, whatever else is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Another amount than the price.
    AmountDiffers,
    /// An order that has run out.
    Stale,
    /// An offer that has run out.
    OldOffer,
    /// An offer that nobody made.
    NoOffer,
    /// Signed by somebody else.
    WrongSigner,
    /// More than the policy allows, or than there was.
    TooMuch,
    /// For a payment to another merchant, or with somebody else's coupon.
    NotTheirs,
    /// Less than a cent.
    FractionOfCent,
}

/// Everything that is sent on a day.
#[must_use]
pub fn tasks(seed: u64, day: u32) -> Vec<Task> {
    let mut tasks = new_tasks(seed, day);
    for days in 1..=WINDOW.min(day) {
        for begun in begun(seed, day - days) {
            tasks.extend(begun.later.into_iter().filter(|(after, _)| *after == days).map(|(_, task)| task));
        }
    }
    tasks
}

/// What of it refers to no earlier day.
#[must_use]
pub fn new_tasks(seed: u64, day: u32) -> Vec<Task> {
    begun(seed, day).into_iter().map(|begun| begun.task).collect()
}

/// Whether an operator has suspended a consumer on a day. Nobody who is billed: dunning does that.
#[must_use]
pub fn is_suspended(seed: u64, day: u32, consumer: usize) -> bool {
    let of_day = |day: u32| Dice::of(seed, &[0x5bad, u64::from(day), consumer as u64]).happens(8);
    CONSUMERS[consumer].purse != Purse::Postpaid && (day.saturating_sub(2)..=day).any(of_day)
}

/// What begins on a day, and what comes of it so many days later.
struct Begun {
    task: Task,
    later: Vec<(u32, Task)>,
}

impl Key {
    /// What is drawn for it.
    #[must_use]
    pub fn dice(self, seed: u64, what: u64) -> Dice {
        Dice::of(seed, &[what, u64::from(self.day), u64::from(self.number), u64::from(self.step)])
    }

    /// The id of the message.
    #[must_use]
    pub fn id(self, seed: u64) -> uuid::Uuid {
        self.dice(seed, 0x1d).uuid()
    }
}

impl Task {
    fn right(key: Key, deed: Deed) -> Self {
        Self { key, deed, flaw: None, twice: false }
    }

    /// Whether it refers to something of an earlier day.
    #[must_use]
    pub const fn is_late(&self) -> bool {
        self.key.step > 1
    }

    /// What it is called in the figures.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.deed {
            Deed::Buy(Purchase { tender: Tender::Quote, .. }) => "payment abroad",
            Deed::Buy(Purchase { tender: Tender::Coupons(_), .. }) => "payment with coupons",
            Deed::Buy(Purchase { tender: Tender::Discount(_), .. }) => "payment with a discount",
            Deed::Buy(Purchase { shelf, .. }) => match shelf.item {
                Item::Deferred => "deferred payment",
                Item::Coupon => "purchase of a coupon",
                _ => "payment",
            },
            Deed::Capture { .. } => "capture",
            Deed::Void { .. } => "void",
            Deed::Refund { .. } => "refund",
            Deed::Dispute { .. } => "dispute",
            Deed::TopUp { .. } => "top-up",
            Deed::Redeem { .. } => "redemption",
            Deed::Claim { .. } => "claim of a discount",
            Deed::Give { .. } => "gift of a coupon",
            Deed::Return { .. } => "return of a coupon",
        }
    }
}

fn begun(seed: u64, day: u32) -> Vec<Begun> {
    let mut dice = Dice::of(seed, &[0xda7, u64::from(day)]);
    let mut all = Vec::new();
    for number in 0..11 + dice.below(10) {
        purchase(seed, Key { day, number, step: 0 }, &mut all);
    }
    for number in 100..100 + dice.below(4) {
        all.push(Begun { task: transfer(seed, Key { day, number, step: 0 }), later: Vec::new() });
    }
    if dice.happens(600) {
        all.push(claim(seed, Key { day, number: 200, step: 0 }));
    }
    all
}

fn purchase(seed: u64, key: Key, all: &mut Vec<Begun>) {
    let mut dice = key.dice(seed, 0xb0);
    let item = match dice.below(100) {
        0..=29 => Item::Crumb,
        30..=54 => Item::Small,
        55..=73 => Item::Medium,
        74..=81 => Item::Large,
        82..=89 => Item::Deferred,
        90..=95 => Item::Coupon,
        _ => Item::Once,
    };
    let abroad = matches!(item, Item::Small | Item::Medium) && dice.happens(180);
    let merchant = if abroad { ABROAD } else { place(&mut dice, ABROAD) };
    let mut bought = Purchase {
        consumer: place(&mut dice, CONSUMERS.len()),
        shelf: Shelf::on(key.day, merchant, item),
        terminal: terminal(&mut dice),
        tender: if abroad { Tender::Quote } else { Tender::Money },
    };
    if dice.happens(120) {
        let flaw = dice.pick(&[
            Flaw::AmountDiffers,
            Flaw::Stale,
            Flaw::OldOffer,
            Flaw::NoOffer,
            Flaw::WrongSigner,
            Flaw::TooMuch,
        ]);
        if flaw == Flaw::TooMuch {
            bought.shelf = Shelf::on(key.day, place(&mut dice, ABROAD), Item::Dear);
        }
        bought.tender = Tender::Money;
        let task = Task { flaw: Some(flaw), ..Task::right(key, Deed::Buy(bought)) };
        return all.push(Begun { task, later: Vec::new() });
    }
    let mut story = Story::of(seed, key);
    if item == Item::Coupon && dice.happens(300) {
        // Another one of the same: they are spent together.
        let second = Key { step: 1, ..key };
        all.push(Begun { task: Task::right(second, Deed::Buy(bought.clone())), later: Vec::new() });
        story.coupon(&mut dice, &bought, vec![key, second]);
    } else if item == Item::Coupon {
        story.coupon(&mut dice, &bought, vec![key]);
    } else if item == Item::Deferred {
        story.deferred(&mut dice, bought.shelf);
    } else if dice.happens(300) {
        let price = bought.shelf.price(seed).micros();
        story.refunds(&mut dice, key, bought.shelf, (0, price));
    } else if dice.happens(80) {
        story.dispute(&mut dice, &bought);
    }
    let task = Task { twice: dice.happens(40), ..Task::right(key, Deed::Buy(bought)) };
    all.push(Begun { task, later: story.told() });
}

/// Money in or out of a prepaid account; sometimes of somebody who has none.
fn transfer(seed: u64, key: Key) -> Task {
    let mut dice = key.dice(seed, 0x7a);
    // Vouchers are filled in some months only, so that they run out in others.
    let vouchers = key.day % 400 < 40;
    let prepaid = |purse| purse == Purse::Prepaid || vouchers && purse == Purse::Voucher;
    let mut consumer = place(&mut dice, CONSUMERS.len());
    if dice.happens(900) {
        while !prepaid(CONSUMERS[consumer].purse) {
            consumer = place(&mut dice, CONSUMERS.len());
        }
    }
    let cent = 10_000;
    if dice.happens(250) {
        let micros = dice.between(1, 4000) * cent;
        return Task { twice: dice.happens(100), ..Task::right(key, Deed::Redeem { consumer, micros }) };
    }
    let micros = dice.between(300, 4000) * cent;
    let flaw = match dice.below(20) {
        0 => Some(Flaw::FractionOfCent),
        1 => Some(Flaw::WrongSigner),
        _ => None,
    };
    let micros = if flaw == Some(Flaw::FractionOfCent) { micros + 1 } else { micros };
    Task { flaw, twice: dice.happens(100), ..Task::right(key, Deed::TopUp { consumer, micros }) }
}

/// A discount, and what it is used for.
fn claim(seed: u64, key: Key) -> Begun {
    let mut dice = key.dice(seed, 0xc1);
    let (consumer, merchant) = (place(&mut dice, CONSUMERS.len()), place(&mut dice, ABROAD));
    let mut story = Story::of(seed, key);
    let (mut after, tender) = (1 + dice.below(9), Tender::Discount(key));
    for _ in 0..=dice.below(2) {
        let item = dice.pick(&[Item::Crumb, Item::Small, Item::Medium, Item::Large]);
        let shelf = Shelf::on(key.day + after, merchant, item);
        let bought = Purchase { consumer, shelf, terminal: Terminal::App, tender: tender.clone() };
        story.tell(after, Deed::Buy(bought), None);
        after += 1 + dice.below(5);
    }
    Begun { task: Task::right(key, Deed::Claim { consumer, merchant }), later: story.told() }
}

fn terminal(dice: &mut Dice) -> Terminal {
    match dice.below(100) {
        0..=79 => Terminal::App,
        80..=89 => Terminal::Browser,
        90..=94 => Terminal::Wap,
        _ => Terminal::Sms,
    }
}

fn place(dice: &mut Dice, most: usize) -> usize {
    usize::try_from(dice.number() % most as u64).expect("below a usize")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_day_is_the_same_every_time_and_no_two_messages_have_one_id() {
        let mut ids = BTreeSet::new();
        for day in 0..120 {
            let tasks = tasks(42, day);
            assert_eq!(tasks, super::tasks(42, day));
            for task in &tasks {
                assert!(ids.insert(task.key.id(42)), "day {day}: {task:?}");
            }
        }
        assert!((2500..6000).contains(&ids.len()), "{} messages in 120 days", ids.len());
        assert_ne!(tasks(42, 7), tasks(43, 7));
    }

    #[test]
    fn everything_happens_within_a_few_months() {
        let all: Vec<_> = (0..120).flat_map(|day| tasks(42, day)).collect();
        let kinds: BTreeSet<_> = all.iter().map(Task::kind).collect();
        assert_eq!(kinds.len(), 15, "{kinds:?}");
        let flaws: BTreeSet<_> =
            all.iter().filter_map(|task| task.flaw).map(|flaw| format!("{flaw:?}")).collect();
        assert_eq!(flaws.len(), 8, "{flaws:?}");
        assert!(all.iter().any(|task| task.twice));
        let suspended = (0..400).filter(|day| (0..16).any(|one| is_suspended(42, *day, one))).count();
        assert!((20..200).contains(&suspended), "{suspended} days");
    }
}
