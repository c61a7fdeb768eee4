//! The shop's books: every purchase from the offer to the ticket that was used or given back.
//!
//! A fact is decided, then on the disk, then true: so what is delivered is delivered once, and never forgotten. What this
//! must not do: speak to the gateway or decide prices. Start at [`Books::open_purchase`] and [`Books::deliver`].

mod event;
mod purchase;
mod state;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use payment_domain::{Digest, RefundId, Timestamp};
use thiserror::Error;

pub(crate) use event::{Event, Lent};
pub(crate) use purchase::{Payment, Purchase, Refund, Stage};
pub(crate) use state::{CampaignRecord, Stock};

use crate::id::{Code, Token};
use crate::journal::{Journal, JournalError};
use crate::sales::Seat;
use state::State;

/// What is known, and the file that it is known from.
#[derive(Debug)]
pub(crate) struct Books {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    journal: Journal,
}

/// What came of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It was delivered just now.
    Now,
    /// It had been dealt with before.
    Before,
    /// It was paid too late: the seats are gone, and the money goes back.
    TooLate,
}

/// Why a purchase cannot be opened.
#[derive(Debug, Error)]
pub(crate) enum OpenError {
    #[error("not so many seats are left")]
    SoldOut,
    #[error("too many purchases are waiting to be paid")]
    TooMany,
    #[error("the parking time has ended")]
    Over,
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why nothing is delivered.
#[derive(Debug, Error)]
pub(crate) enum DeliverError {
    #[error("no such purchase")]
    Unknown,
    #[error("the purchase was paid by another order already")]
    OtherOrder,
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why a ticket does not count.
#[derive(Debug, Error)]
pub(crate) enum TicketError {
    #[error("no such ticket")]
    Unknown,
    #[error("used before, at {0}")]
    Used(Timestamp),
    #[error("given back")]
    Returned,
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Books {
    /// Opens the journal and works through it.
    pub(crate) fn open(path: &Path, stock: Stock) -> Result<Self, JournalError> {
        let (journal, events) = Journal::open::<Event>(path)?;
        let mut state = State::new(stock);
        for event in events {
            state.apply(event);
        }
        Ok(Self { inner: Mutex::new(Inner { state, journal }) })
    }

    /// Keeps a purchase that is about to be offered. Seats are set aside from now on.
    pub(crate) fn open_purchase(&self, purchase: Purchase, now: Timestamp) -> Result<(), OpenError> {
        let mut inner = self.lock();
        inner.state.may_open(&purchase, now)?;
        Ok(inner.record(Event::Opened(Box::new(purchase)))?)
    }

    /// The customer will not pay, or cannot: what was set aside is free again.
    pub(crate) fn cancel(&self, purchase: Token) -> Result<(), JournalError> {
        let mut inner = self.lock();
        match inner.state.purchase(purchase).map(|purchase| &purchase.stage) {
            Some(Stage::Open) => inner.record(Event::Cancelled { purchase }),
            _ => Ok(()),
        }
    }

    /// Delivers what was paid, once, whichever way and however often one hears of it. `lent` is what it takes if it is
    /// the first time: a code for the ticket, or an id for the refund if it comes too late.
    pub(crate) fn deliver(
        &self,
        purchase: Token,
        payment: Payment,
        lent: Lent,
    ) -> Result<Delivery, DeliverError> {
        let mut inner = self.lock();
        let known = inner.state.purchase(purchase).ok_or(DeliverError::Unknown)?;
        if let Some(paid) = known.stage.payment() {
            let same = paid.order == payment.order;
            return if same { Ok(Delivery::Before) } else { Err(DeliverError::OtherOrder) };
        }
        let fits = inner.state.fits(known, payment.at);
        let (event, delivery) = if fits {
            (Event::Paid { purchase, payment, code: lent.code }, Delivery::Now)
        } else {
            (Event::PaidTooLate { purchase, payment, refund: lent.refund }, Delivery::TooLate)
        };
        inner.record(event)?;
        Ok(delivery)
    }

    /// Uses a ticket: the second time it is refused (R22).
    pub(crate) fn use_ticket(&self, code: Code, now: Timestamp) -> Result<Purchase, TicketError> {
        let mut inner = self.lock();
        let purchase = inner.state.ticket(code).ok_or(TicketError::Unknown)?;
        unused(purchase)?;
        let id = purchase.id;
        inner.record(Event::Used { purchase: id, at: now })?;
        inner.state.purchase(id).cloned().ok_or(TicketError::Unknown)
    }

    /// Gives an unused ticket back: it counts no more from here on, and the money is owed.
    pub(crate) fn void(&self, purchase: Token, refund: RefundId, now: Timestamp) -> Result<(), TicketError> {
        let mut inner = self.lock();
        let known = inner.state.purchase(purchase).ok_or(TicketError::Unknown)?;
        unused(known)?;
        Ok(inner.record(Event::Voided { purchase, refund, at: now })?)
    }

    /// A refund order was refused for being too old: another one takes its place.
    pub(crate) fn renew_refund(
        &self,
        purchase: Token,
        refund: RefundId,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.lock().record(Event::RefundRenewed { purchase, refund, at: now })
    }

    /// The money is back.
    pub(crate) fn refunded(&self, purchase: Token, now: Timestamp) -> Result<(), JournalError> {
        self.lock().record(Event::Refunded { purchase, at: now })
    }

    /// A campaign is about to be promised.
    pub(crate) fn promise(&self, campaign: CampaignRecord) -> Result<(), JournalError> {
        self.lock().record(Event::Promised(campaign))
    }

    /// The newest promise of a campaign.
    pub(crate) fn promised(&self, name: &str) -> Option<CampaignRecord> {
        self.lock().state.campaign(name).cloned()
    }

    /// A purchase.
    pub(crate) fn purchase(&self, id: Token) -> Option<Purchase> {
        self.lock().state.purchase(id).cloned()
    }

    /// The purchase that was offered so.
    pub(crate) fn offered(&self, offer: Digest) -> Option<Purchase> {
        self.lock().state.offered(offer).cloned()
    }

    /// Until when the car may stay, extensions included.
    pub(crate) fn parked_until(&self, parking: Token) -> Option<Timestamp> {
        self.lock().state.parked_until(parking)
    }

    /// What a visitor has bought, the newest first.
    pub(crate) fn of(&self, visitor: Token) -> Vec<Purchase> {
        self.lock().state.of(visitor)
    }

    /// Seats that can still be had.
    pub(crate) fn left(&self, seat: Seat, day: &str, now: Timestamp) -> u16 {
        self.lock().state.left(seat, day, now)
    }

    /// Refunds that the gateway has not confirmed.
    pub(crate) fn refunds_due(&self) -> Vec<(Purchase, Payment, Refund)> {
        self.lock().state.refunds_due()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic leaves the state as the journal has it: an event is applied whole or not at all.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn record(&mut self, event: Event) -> Result<(), JournalError> {
        self.journal.append(&event)?;
        self.state.apply(event);
        Ok(())
    }
}

fn unused(purchase: &Purchase) -> Result<(), TicketError> {
    match &purchase.stage {
        _ if !purchase.item.is_ticket() => Err(TicketError::Unknown),
        Stage::Open | Stage::Cancelled => Err(TicketError::Unknown),
        Stage::Paid { used: None, .. } => Ok(()),
        Stage::Paid { used: Some(at), .. } => Err(TicketError::Used(*at)),
        Stage::Returned { .. } => Err(TicketError::Returned),
    }
}

#[cfg(test)]
mod tests;
