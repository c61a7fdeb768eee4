//! How much one peer, one sender, and all of them together may ask of the door (R44).
//!
//! Every table here is bounded by construction: addresses and senders are hashed, with a secret of this process, into
//! a fixed number of slots. Two that share a slot share its rate; nobody can choose to share one with a victim.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use payment_domain::{Digest, Role};

/// Requests a second that are let through, after a burst of as many as two seconds' worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Option<NonZeroU32>);

/// How often somebody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// One network address (IPv4), or one /64 (IPv6), before anything is verified.
    pub peer: Rate,
    /// One merchant's or terminal's certificate, after its signature was verified.
    pub sender: Rate,
    /// One adapter's certificate: it speaks for many consumers.
    pub adapter: Rate,
}

/// The limits in force.
pub struct Limits {
    peers: Option<Slots>,
    senders: Option<Slots>,
    adapters: Option<Slots>,
    in_flight: Arc<AtomicUsize>,
    max_in_flight: usize,
    closed: AtomicBool,
}

/// A request that is being worked on. Dropping it makes room.
#[derive(Debug)]
pub struct InFlight(Arc<AtomicUsize>);

/// Not now: ask again after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// When to ask again.
    pub retry_after: Duration,
}

/// One rate for each of a fixed number of slots.
struct Slots {
    limiter: DefaultKeyedRateLimiter<u16>,
    secret: RandomState,
    clock: DefaultClock,
}

impl Rate {
    /// So many a second; zero means without limit.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        Self(NonZeroU32::new(count))
    }
}

impl Limits {
    /// Limits with empty tables.
    #[must_use]
    pub fn new(rates: Rates, max_in_flight: usize) -> Self {
        Self {
            peers: Slots::new(rates.peer),
            senders: Slots::new(rates.sender),
            adapters: Slots::new(rates.adapter),
            in_flight: Arc::new(AtomicUsize::new(0)),
            max_in_flight,
            closed: AtomicBool::new(false),
        }
    }

    /// Counts a request from a network address.
    ///
    /// # Errors
    /// [`TooMany`] above the rate.
    pub fn peer(&self, address: IpAddr) -> Result<(), TooMany> {
        match address.to_canonical() {
            IpAddr::V4(address) => admit(self.peers.as_ref(), &address.to_bits()),
            // One subscriber has a whole /64: its lower half says nothing about who asks (RFC 4291 §2.5.4).
            IpAddr::V6(address) => admit(self.peers.as_ref(), &(address.to_bits() >> 64)),
        }
    }

    /// Counts a verified message of a sender, known by its certificate.
    ///
    /// # Errors
    /// [`TooMany`] above the rate.
    pub fn sender(&self, fingerprint: &Digest, role: &Role) -> Result<(), TooMany> {
        let slots = if matches!(role, Role::Adapter(_)) { &self.adapters } else { &self.senders };
        admit(slots.as_ref(), fingerprint)
    }

    /// Begins to work on a request, unless enough are being worked on, or none is any more.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn begin(&self) -> Result<InFlight, TooMany> {
        let guard = InFlight(Arc::clone(&self.in_flight));
        let others = self.in_flight.fetch_add(1, Ordering::AcqRel);
        if others >= self.max_in_flight || self.closed.load(Ordering::Acquire) {
            // Dropping the guard gives the place back.
            return Err(TooMany { retry_after: Duration::from_secs(1) });
        }
        Ok(guard)
    }

    /// Begins no more requests, also on connections that are still open; those under way go on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// How many requests are being worked on.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Slots {
    fn new(rate: Rate) -> Option<Self> {
        let per_second = rate.0?;
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        let limiter = RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst));
        Some(Self { limiter, secret: RandomState::new(), clock: DefaultClock::default() })
    }
}

fn admit(slots: Option<&Slots>, who: &impl Hash) -> Result<(), TooMany> {
    let Some(slots) = slots else { return Ok(()) };
    // The lowest 16 bits: as good as any others of a keyed hash.
    let [low, high, ..] = slots.secret.hash_one(who).to_le_bytes();
    slots
        .limiter
        .check_key(&u16::from_le_bytes([low, high]))
        .map_err(|until| TooMany { retry_after: until.wait_time_from(slots.clock.now()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_second: u32, max_in_flight: usize) -> Limits {
        let rate = Rate::per_second(per_second);
        let adapter = Rate::per_second(per_second.saturating_mul(10));
        Limits::new(Rates { peer: rate, sender: rate, adapter }, max_in_flight)
    }

    fn admitted(mut ask: impl FnMut() -> Result<(), TooMany>) -> usize {
        (0..1000).take_while(|_| ask().is_ok()).count()
    }

    #[test]
    fn a_peer_gets_its_burst_and_then_must_wait() {
        let limits = limits(1, 1);
        let peer = "192.0.2.1".parse().unwrap();
        assert_eq!(admitted(|| limits.peer(peer)), 2);
        let wait = limits.peer(peer).unwrap_err().retry_after;
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        // Found again under its IPv4-mapped name.
        assert!(limits.peer("::ffff:192.0.2.1".parse().unwrap()).is_err());
    }

    #[test]
    fn an_ipv6_subscriber_is_one_peer_whatever_the_lower_half_of_the_address() {
        let limits = limits(1, 1);
        let mut last = 0_u16;
        let count = admitted(|| {
            last += 1;
            limits.peer(format!("2001:db8::{last:x}").parse().unwrap())
        });
        assert_eq!(count, 2);
    }

    #[test]
    fn an_adapter_may_ask_more_often_than_a_terminal() {
        let limits = limits(1, 1);
        let who = Digest::new([7; 32]);
        assert_eq!(admitted(|| limits.sender(&who, &Role::Terminal)), 2);
        let adapter = Role::parse("adapter:sms").unwrap();
        assert!(admitted(|| limits.sender(&who, &adapter)) >= 20);
    }

    #[test]
    fn zero_means_no_limit() {
        let limits = limits(0, 1);
        assert_eq!(admitted(|| limits.peer("192.0.2.1".parse().unwrap())), 1000);
    }

    #[test]
    fn room_is_given_back_when_a_request_ends_and_when_one_is_turned_away() {
        let limits = limits(0, 2);
        let first = limits.begin().unwrap();
        let _second = limits.begin().unwrap();
        assert!(limits.begin().is_err());
        assert!(limits.begin().is_err());
        assert_eq!(limits.in_flight(), 2);
        drop(first);
        assert!(limits.begin().is_ok());
    }

    #[test]
    fn when_the_door_is_closed_what_is_under_way_goes_on_and_nothing_begins() {
        let limits = limits(0, 2);
        let first = limits.begin().unwrap();
        limits.close();
        assert!(limits.begin().is_err());
        assert_eq!(limits.in_flight(), 1);
        drop(first);
        assert_eq!(limits.in_flight(), 0);
        assert!(limits.begin().is_err());
    }
}
