//! One portal: what its server needs to know.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::web::ServiceConfig;
use aggregation::calendar::Zone;
use core_payment::{Clock, Core};
use payment_domain::Timestamp;
use thiserror::Error;

use super::{Fault, Origin, Person, Rates, limits::Limits, request_id::RequestIds};
use crate::page::Link;
use crate::storage::Store;
use crate::words::Words;

/// Whom a portal is for. People of one are unknown to the others, also with the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Those who pay.
    Consumers,
    /// Those who are paid.
    Merchants,
    /// Those who run the payment system.
    Operators,
}

/// Adds what a portal offers at which address.
pub type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// A portal. One per server.
pub struct Portal {
    /// Whom it is for.
    pub audience: Audience,
    /// What stands above its menu.
    pub name: fn(Words) -> String,
    /// The menu of somebody who is signed in.
    pub menu: fn(&Words, &Person) -> Vec<Link>,
    /// Where browsers find it.
    pub origin: Origin,
    /// Money here is not real, and each page says so.
    pub test: bool,
    /// What its clocks show.
    pub zone: Zone,
    /// Its pages.
    pub routes: Routes,
    /// How long somebody stays signed in.
    pub sessions: SessionTerms,
    /// The Core Payment System, for reading and for administration.
    pub core: Core,
    /// The database.
    pub store: Store,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where secrets come from.
    pub randomness: Arc<dyn Randomness>,
    /// Who somebody is by their client certificate. Then there are no sessions.
    pub recognises: Option<Arc<dyn Recognises>>,
    pub(crate) busy: Busy,
    pub(crate) limits: Limits,
    pub(crate) ids: RequestIds,
}

/// What a portal works with.
pub struct Parts {
    /// The Core Payment System.
    pub core: Core,
    /// The database.
    pub store: Store,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where secrets come from.
    pub randomness: Arc<dyn Randomness>,
}

/// How long somebody stays signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTerms {
    /// Without doing anything.
    pub idle_ms: i64,
    /// In all.
    pub absolute_ms: i64,
    /// For how long after a code or a passkey money may be moved without another.
    pub fresh_ms: i64,
}

/// Fills bytes from the operating system's source of randomness. Only the server's does.
pub trait Randomness: Send + Sync {
    /// Fills all of them.
    ///
    /// # Errors
    /// [`NoRandomness`]; then nothing secret can be made.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// There is no source of randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no source of randomness")]
pub struct NoRandomness;

/// Knows people by the client certificate of their connection. Asked at every request, because a certificate may be
/// revoked while a connection lives.
pub trait Recognises: Send + Sync {
    /// Whose certificate this is (DER), if it is in force. May block.
    ///
    /// # Errors
    /// [`Fault`] where that cannot be found out.
    fn person(&self, certificate: &[u8], now: Timestamp) -> Result<Option<Person>, Fault>;
}

/// Requests under way.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<AtomicUsize>);

/// One of them. Dropping it says that it is answered.
pub(crate) struct Request(Busy);

impl Busy {
    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn begin(&self) -> Request {
        self.0.fetch_add(1, Ordering::AcqRel);
        Request(self.clone())
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Audience {
    /// `consumer`, `merchant`, `operator`: as stored, and in the names of cookies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consumers => "consumer",
            Self::Merchants => "merchant",
            Self::Operators => "operator",
        }
    }
}

impl SessionTerms {
    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 24 * 60 * Self::MINUTE_MS;

    /// 30 days; money is moved within ten minutes of a code or a passkey.
    pub const CONSUMERS: Self =
        Self { idle_ms: 30 * Self::DAY_MS, absolute_ms: 30 * Self::DAY_MS, fresh_ms: 10 * Self::MINUTE_MS };

    /// 30 minutes, at most twelve hours.
    pub const MERCHANTS: Self =
        Self { idle_ms: 30 * Self::MINUTE_MS, absolute_ms: Self::DAY_MS / 2, fresh_ms: 10 * Self::MINUTE_MS };
}

impl Portal {
    /// A portal without pages yet, for this audience at this origin, with its usual sessions.
    #[must_use]
    pub fn new(audience: Audience, origin: Origin, rates: Rates, parts: Parts) -> Self {
        let sessions = match audience {
            Audience::Consumers => SessionTerms::CONSUMERS,
            Audience::Merchants | Audience::Operators => SessionTerms::MERCHANTS,
        };
        Self {
            audience,
            name: match audience {
                Audience::Consumers => |words| words.say("people-portal-consumers"),
                Audience::Merchants => |words| words.say("people-portal-merchants"),
                Audience::Operators => |words| words.say("people-portal-operators"),
            },
            menu: |_, _| Vec::new(),
            origin,
            test: false,
            zone: Zone::default(),
            routes: Arc::new(|_| ()),
            sessions,
            core: parts.core,
            store: parts.store,
            clock: parts.clock,
            randomness: parts.randomness,
            recognises: None,
            busy: Busy::default(),
            limits: Limits::new(rates),
            ids: RequestIds::new(),
        }
    }

    /// How many requests are under way here, also when the portal has been given to its server.
    #[must_use]
    pub fn busy(&self) -> Busy {
        self.busy.clone()
    }

    /// With these pages.
    #[must_use]
    pub fn with(mut self, routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.routes = Arc::new(routes);
        self
    }

    /// With this menu.
    #[must_use]
    pub fn menu(mut self, menu: fn(&Words, &Person) -> Vec<Link>) -> Self {
        self.menu = menu;
        self
    }

    /// With this name above the menu.
    #[must_use]
    pub fn named(mut self, name: fn(Words) -> String) -> Self {
        self.name = name;
        self
    }
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portal({})", self.audience.as_str())
    }
}
