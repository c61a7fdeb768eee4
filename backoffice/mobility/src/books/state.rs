//! What all events together come to. Pure: the same events make the same state.

use std::collections::HashMap;

use payment_domain::{CampaignId, Digest, RefundId, Timestamp};
use serde::{Deserialize, Serialize};

use super::OpenError;
use super::event::Event;
use super::purchase::{Payment, Purchase, Refund, Stage};
use crate::id::{Code, Token, text};
use crate::sales::{Item, Seat};

/// Everything that is known.
#[derive(Debug)]
pub(crate) struct State {
    stock: Stock,
    purchases: HashMap<Token, Purchase>,
    by_offer: HashMap<Digest, Token>,
    by_code: HashMap<Code, Token>,
    until: HashMap<Token, Timestamp>,
    campaigns: HashMap<String, CampaignRecord>,
}

/// A campaign as it was promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CampaignRecord {
    pub(crate) name: String,
    #[serde(with = "text")]
    pub(crate) id: CampaignId,
    #[serde(with = "text")]
    pub(crate) from: Timestamp,
    #[serde(with = "text")]
    pub(crate) until: Timestamp,
}

/// How many seats of a kind there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stock {
    pub(crate) stalls: u16,
    pub(crate) balcony: u16,
}

/// Purchases that may wait for their payment: of everybody, and of one visitor.
const MAX_OPEN: usize = 10_000;
const MAX_OPEN_OF_ONE: usize = 20;

impl Stock {
    const fn of(self, seat: Seat) -> u16 {
        match seat {
            Seat::Stalls => self.stalls,
            Seat::Balcony => self.balcony,
        }
    }
}

impl State {
    /// Nothing has happened yet.
    pub(crate) fn new(stock: Stock) -> Self {
        Self {
            stock,
            purchases: HashMap::new(),
            by_offer: HashMap::new(),
            by_code: HashMap::new(),
            until: HashMap::new(),
            campaigns: HashMap::new(),
        }
    }

    /// Takes a fact in. One that does not fit changes nothing: it was decided against when it was written, or never.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::Opened(purchase) => {
                self.by_offer.insert(purchase.offer, purchase.id);
                self.purchases.insert(purchase.id, *purchase);
            }
            Event::Cancelled { purchase } => self.set(purchase, |_| Some(Stage::Cancelled)),
            Event::Paid { purchase, payment, code } => self.pay(purchase, payment, code),
            Event::PaidTooLate { purchase, payment, refund } => {
                let refund = Refund { too_late: true, id: refund, ordered_at: payment.at, done_at: None };
                self.set(purchase, |_| Some(Stage::Returned { payment, refund }));
            }
            Event::Used { purchase, at } => self.set(purchase, |stage| match stage {
                Stage::Paid { payment, code, .. } => Some(Stage::Paid { payment, code, used: Some(at) }),
                _ => None,
            }),
            Event::Voided { purchase, refund, at } => self.give_back(purchase, refund, at),
            Event::RefundRenewed { purchase, refund, at } => self.give_back(purchase, refund, at),
            Event::Refunded { purchase, at } => self.set(purchase, |stage| match stage {
                Stage::Returned { payment, refund } => {
                    Some(Stage::Returned { payment, refund: Refund { done_at: Some(at), ..refund } })
                }
                _ => None,
            }),
            Event::Promised(campaign) => {
                self.campaigns.insert(campaign.name.clone(), campaign);
            }
        }
    }

    fn set(&mut self, id: Token, change: impl FnOnce(Stage) -> Option<Stage>) {
        if let Some(purchase) = self.purchases.get_mut(&id)
            && let Some(stage) = change(purchase.stage.clone())
        {
            purchase.stage = stage;
        }
    }

    fn pay(&mut self, id: Token, payment: Payment, code: Code) {
        let Some(purchase) = self.purchases.get_mut(&id) else { return };
        let at = payment.at;
        purchase.stage = Stage::Paid { payment, code, used: None };
        self.by_code.insert(code, id);
        let minutes = i64::from(purchase.item.parking_minutes().unwrap_or_default());
        let parking = match &purchase.item {
            Item::MoreParking { parking, .. } => *parking,
            _ => id,
        };
        if minutes > 0 {
            // What is added follows what is left; if nothing is, it begins with the payment.
            let from = self.until.get(&parking).copied().unwrap_or(at).max(at);
            self.until.insert(parking, from.saturating_add_millis(minutes.saturating_mul(60_000)));
        }
    }

    fn give_back(&mut self, id: Token, refund: RefundId, at: Timestamp) {
        self.set(id, |stage| {
            let too_late = matches!(&stage, Stage::Returned { refund, .. } if refund.too_late);
            let payment = stage.payment().cloned()?;
            Some(Stage::Returned {
                payment,
                refund: Refund { too_late, id: refund, ordered_at: at, done_at: None },
            })
        });
    }

    /// Whether a purchase may be opened.
    pub(crate) fn may_open(&self, purchase: &Purchase, now: Timestamp) -> Result<(), OpenError> {
        let open = |one: &&Purchase| one.stage == Stage::Open && one.holds(now);
        let of_one = |one: &&Purchase| one.visitor.is_some() && one.visitor == purchase.visitor;
        let (all, own) = self.purchases.values().filter(open).fold((0_usize, 0_usize), |(all, own), one| {
            (all.saturating_add(1), own.saturating_add(usize::from(of_one(&one))))
        });
        if all >= MAX_OPEN || own >= MAX_OPEN_OF_ONE {
            return Err(OpenError::TooMany);
        }
        if let Item::MoreParking { parking, .. } = &purchase.item
            && self.parked_until(*parking).is_none_or(|until| until <= now)
        {
            return Err(OpenError::Over);
        }
        if self.fits(purchase, now) { Ok(()) } else { Err(OpenError::SoldOut) }
    }

    /// Whether it can be delivered: there are seats beside those that others hold. Everything else there is always.
    pub(crate) fn fits(&self, purchase: &Purchase, now: Timestamp) -> bool {
        match &purchase.item {
            Item::Concert { day, seat, count } => {
                let taken = self.taken(*seat, day, now, Some(purchase.id));
                taken.saturating_add(u64::from(*count)) <= u64::from(self.stock.of(*seat))
            }
            _ => true,
        }
    }

    /// Seats that can still be had.
    pub(crate) fn left(&self, seat: Seat, day: &str, now: Timestamp) -> u16 {
        let left = u64::from(self.stock.of(seat)).saturating_sub(self.taken(seat, day, now, None));
        u16::try_from(left).unwrap_or(u16::MAX)
    }

    fn taken(&self, wanted: Seat, on: &str, now: Timestamp, but: Option<Token>) -> u64 {
        let others = self.purchases.values().filter(|one| Some(one.id) != but && one.holds(now));
        others
            .map(|one| match &one.item {
                Item::Concert { day, seat, count } if *seat == wanted && day == on => u64::from(*count),
                _ => 0,
            })
            .sum()
    }

    pub(crate) fn purchase(&self, id: Token) -> Option<&Purchase> {
        self.purchases.get(&id)
    }

    pub(crate) fn offered(&self, offer: Digest) -> Option<&Purchase> {
        self.by_offer.get(&offer).and_then(|id| self.purchases.get(id))
    }

    pub(crate) fn ticket(&self, code: Code) -> Option<&Purchase> {
        self.by_code.get(&code).and_then(|id| self.purchases.get(id))
    }

    pub(crate) fn parked_until(&self, parking: Token) -> Option<Timestamp> {
        self.until.get(&parking).copied()
    }

    pub(crate) fn of(&self, visitor: Token) -> Vec<Purchase> {
        let mut own: Vec<_> =
            self.purchases.values().filter(|one| one.visitor == Some(visitor)).cloned().collect();
        own.sort_by_key(|purchase| std::cmp::Reverse((purchase.made_at.as_millis(), purchase.id)));
        own
    }

    pub(crate) fn refunds_due(&self) -> Vec<(Purchase, Payment, Refund)> {
        let due = self.purchases.values().filter_map(|purchase| match &purchase.stage {
            Stage::Returned { payment, refund } if refund.done_at.is_none() => {
                Some((purchase.clone(), payment.clone(), *refund))
            }
            _ => None,
        });
        due.collect()
    }

    pub(crate) fn campaign(&self, name: &str) -> Option<&CampaignRecord> {
        self.campaigns.get(name)
    }
}
