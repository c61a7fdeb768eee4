//! How often one address and one person may ask a portal (R44).
//!
//! The tables are bounded by construction: whoever asks is hashed, with a secret of this process, into a fixed number of
//! slots. Two that share a slot share its rate; nobody can choose to share one with a victim.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// How many requests are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Option<Quota>);

/// How often somebody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// One network address (IPv4), or one /64 (IPv6).
    pub address: Rate,
    /// One person who is signed in.
    pub person: Rate,
    /// Codes that one network address asks for, whoever they are sent to, and that it enters.
    pub code: Rate,
}

/// The limits in force.
pub(crate) struct Limits {
    addresses: Option<Slots>,
    persons: Option<Slots>,
    codes: Option<Slots>,
}

/// Not now: ask again after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) after: Duration,
}

/// One rate for each of a fixed number of slots.
struct Slots {
    limiter: DefaultKeyedRateLimiter<u16>,
    secret: RandomState,
    clock: DefaultClock,
}

impl Rate {
    /// Without limit.
    pub const UNLIMITED: Self = Self(None);

    /// So many a second, after a burst of ten seconds' worth: a page is fetched with its style and script. Zero means
    /// without limit.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
        match NonZeroU32::new(count) {
            Some(count) => Self(Some(Quota::per_second(count).allow_burst(count.saturating_mul(TEN)))),
            None => Self::UNLIMITED,
        }
    }

    /// So many a minute, also at once. Zero means without limit.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        match NonZeroU32::new(count) {
            Some(count) => Self(Some(Quota::per_minute(count))),
            None => Self::UNLIMITED,
        }
    }
}

impl Limits {
    pub(crate) fn new(rates: Rates) -> Self {
        let Rates { address, person, code } = rates;
        Self { addresses: Slots::new(address), persons: Slots::new(person), codes: Slots::new(code) }
    }

    /// Counts a request from a network address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), TooMany> {
        admit(self.addresses.as_ref(), &subscriber(address))
    }

    /// Counts a code that a network address asked for or entered.
    pub(crate) fn code(&self, address: IpAddr) -> Result<(), TooMany> {
        admit(self.codes.as_ref(), &subscriber(address))
    }

    /// Counts a request of a person.
    pub(crate) fn person(&self, id: i64) -> Result<(), TooMany> {
        admit(self.persons.as_ref(), &id)
    }
}

impl Slots {
    fn new(rate: Rate) -> Option<Self> {
        let quota = rate.0?;
        Some(Self {
            limiter: RateLimiter::keyed(quota),
            secret: RandomState::new(),
            clock: DefaultClock::default(),
        })
    }
}

/// Whose address it is. One subscriber has a whole /64: its lower half says nothing about who asks (RFC 4291 §2.5.4).
fn subscriber(address: IpAddr) -> (bool, u128) {
    match address.to_canonical() {
        IpAddr::V4(address) => (false, address.to_bits().into()),
        IpAddr::V6(address) => (true, address.to_bits() >> 64),
    }
}

fn admit(slots: Option<&Slots>, who: &impl Hash) -> Result<(), TooMany> {
    let Some(slots) = slots else { return Ok(()) };
    // The lowest 16 bits: as good as any others of a keyed hash.
    let [low, high, ..] = slots.secret.hash_one(who).to_le_bytes();
    slots
        .limiter
        .check_key(&u16::from_le_bytes([low, high]))
        .map_err(|until| TooMany { after: until.wait_time_from(slots.clock.now()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(mut ask: impl FnMut() -> Result<(), TooMany>) -> usize {
        (0..1000).take_while(|_| ask().is_ok()).count()
    }

    #[test]
    fn an_address_and_a_person_get_their_burst_and_then_must_wait() {
        let rate = Rate::per_second(1);
        let limits = Limits::new(Rates { address: rate, person: rate, code: Rate::per_minute(3) });
        let address = "192.0.2.1".parse().unwrap();
        assert_eq!(admitted(|| limits.address(address)), 10);
        assert!(limits.address("::ffff:192.0.2.1".parse().unwrap()).is_err());
        assert!(limits.address(address).unwrap_err().after <= Duration::from_secs(1));
        assert_eq!(admitted(|| limits.person(7)), 10);
        assert_eq!(admitted(|| limits.code(address)), 3);
    }

    #[test]
    fn an_ipv6_subscriber_is_one_address() {
        let none = Rate::per_second(0);
        let limits = Limits::new(Rates { address: Rate::per_second(1), person: none, code: none });
        let mut last = 0_u16;
        let count = admitted(|| {
            last += 1;
            limits.address(format!("2001:db8::{last:x}").parse().unwrap())
        });
        assert_eq!(count, 10);
        assert_eq!(admitted(|| limits.person(7)), 1000);
    }
}
