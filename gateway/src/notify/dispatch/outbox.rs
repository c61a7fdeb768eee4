//! The outbox as the dispatcher needs it. The server brings the core's; tests bring their own.

use std::fmt;

use futures_util::future::BoxFuture;
use payment_domain::{PartyId, Timestamp};
use thiserror::Error;

use crate::notify::delivery::Reason;

/// What an item goes out by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// E-mail, for people.
    Email,
    /// A callback, for a merchant's machine.
    Callback,
}

/// The number of an item in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(i64);

/// Something to deliver.
#[derive(Debug, Clone)]
pub struct Item<C> {
    /// Its number, the same at every try.
    pub id: ItemId,
    /// Whose it is.
    pub party: PartyId,
    /// How often it was tried before.
    pub tries_before: u32,
    /// What is delivered, and where to.
    pub content: C,
}

/// What becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Sent,
    /// It was tried, and is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// Why it did not arrive.
        reason: Reason,
    },
    /// It was not tried: its destination is not to be troubled before this time. No try is counted.
    NotNow {
        /// When.
        at: Timestamp,
    },
    /// It is given up until an operator sends it again.
    Dead {
        /// Why.
        reason: Reason,
    },
    /// It is given up, and its receiver takes no more of this channel until that is set up anew.
    Gone,
}

/// The outbox cannot be reached now.
#[derive(Debug, Clone, Error)]
#[error("{0}")]
pub struct OutboxError(pub String);

/// Where items come from.
pub trait Outbox<C>: Send + Sync {
    /// Takes items that are due, at most `limit`. They are ours until `lease_until`, and then due again.
    fn claim(
        &self,
        channel: Channel,
        limit: usize,
        lease_until: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Item<C>>, OutboxError>>;

    /// Writes down what became of an item.
    fn conclude<'a>(&'a self, item: &'a Item<C>, verdict: Verdict) -> BoxFuture<'a, Result<(), OutboxError>>;
}

impl Channel {
    /// As it is counted and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Callback => "callback",
        }
    }
}

impl ItemId {
    /// The number of a stored item.
    #[must_use]
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Verdict {
    /// As it is counted.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Again { .. } => "again",
            Self::NotNow { .. } => "held_back",
            Self::Dead { .. } => "dead",
            Self::Gone => "gone",
        }
    }
}
