//! The sender cache: what is checked at every look-up, and what is not asked twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use payment_domain::{Digest, Timestamp};
use payment_message::{SenderError, Senders as _};
use payment_trust::{
    Certificate, CrlError, RegistryUnavailable, Revocation, RevocationList, RevocationReason, SenderCache,
    Serial,
};

use crate::town::{Authorities, DAY, HOUR, later, now};

struct World {
    authorities: Authorities,
    tram: Certificate,
    loads: Arc<AtomicUsize>,
    cache: SenderCache,
}

impl World {
    fn new() -> Self {
        let authorities = Authorities::new();
        let tram = authorities.certify("merchant", "tram");
        let list = list_of(&authorities, 1, &[]);
        let (loads, registered) = (Arc::new(AtomicUsize::new(0)), tram.clone());
        let counter = Arc::clone(&loads);
        let cache = SenderCache::new(authorities.chain(), list, 8, move |fingerprint| {
            counter.fetch_add(1, Ordering::Relaxed);
            if fingerprint == Digest::new([0xee; 32]) {
                return Err(RegistryUnavailable);
            }
            Ok((fingerprint == registered.fingerprint()).then(|| registered.der().to_vec()))
        });
        Self { authorities, tram, loads, cache }
    }

    fn find(&self, now: Timestamp) -> Result<String, SenderError> {
        self.cache.at(now).sender(self.tram.der()).map(|sender| sender.party().to_string())
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }
}

fn list_of(authorities: &Authorities, number: u64, revoked: &[Serial]) -> RevocationList {
    let revocation = Revocation { at: now(), reason: RevocationReason::Superseded };
    let revoked = revoked.iter().map(|serial| (*serial, revocation));
    authorities.issuing.revocation_list(number, revoked, now(), later(DAY / 2)).unwrap()
}

#[test]
fn a_registered_sender_is_loaded_once() {
    let world = World::new();
    for _ in 0..10 {
        assert_eq!(world.find(now()).unwrap(), "tram");
    }
    assert_eq!(world.loads(), 1);
    world.cache.forget(&world.tram.fingerprint());
    assert_eq!(world.find(now()).unwrap(), "tram");
    assert_eq!(world.loads(), 2);
}

#[test]
fn validity_is_checked_at_every_look_up() {
    let world = World::new();
    world.find(now()).unwrap();
    assert_eq!(world.find(now().saturating_add_millis(-2_000)), Err(SenderError::NotYetValid));
    assert_eq!(world.find(later(2 * DAY)), Err(SenderError::Expired));
    assert_eq!(world.find(later(HOUR)).unwrap(), "tram");
}

#[test]
fn a_revocation_counts_from_the_next_look_up_on() {
    let world = World::new();
    world.find(now()).unwrap();
    world.cache.put_in_force(list_of(&world.authorities, 2, &[world.tram.serial()])).unwrap();
    assert_eq!(world.find(now()), Err(SenderError::Revoked));
    // An older list does not bring the certificate back.
    let older = world.cache.put_in_force(list_of(&world.authorities, 1, &[]));
    assert!(matches!(older, Err(CrlError::Older { offered: 1, in_force: 2 })));
    assert_eq!(world.find(now()), Err(SenderError::Revoked));
}

#[test]
fn a_stale_list_makes_senders_unavailable_but_keeps_the_revoked_revoked() {
    let world = World::new();
    world.find(now()).unwrap();
    let after = later(DAY / 2).saturating_add_millis(1);
    assert_eq!(world.find(after), Err(SenderError::Unavailable));
    world.cache.put_in_force(list_of(&world.authorities, 2, &[world.tram.serial()])).unwrap();
    assert_eq!(world.find(after), Err(SenderError::Revoked));
}

#[test]
fn strangers_are_asked_for_once_in_a_while_and_do_not_push_senders_out() {
    let world = World::new();
    world.find(now()).unwrap();
    let stranger = world.authorities.certify("merchant", "stranger");
    let ask = |now| world.cache.at(now).sender(stranger.der()).map(|_| ());
    for _ in 0..10 {
        assert_eq!(ask(now()), Err(SenderError::Unknown));
    }
    assert_eq!(world.loads(), 2);
    assert_eq!(ask(now().saturating_add_millis(2_000)), Err(SenderError::Unknown));
    assert_eq!(world.loads(), 3);
    for junk in 0..100_u8 {
        assert!(world.cache.at(now()).sender(&[junk]).is_err());
    }
    assert_eq!(world.loads(), 103);
    world.find(now()).unwrap();
    assert_eq!(world.loads(), 103);
}

#[test]
fn a_silent_registry_says_nothing_about_the_sender_and_is_asked_again() {
    let world = World::new();
    for _ in 0..2 {
        let found = world.cache.find(Digest::new([0xee; 32]), now());
        assert_eq!(found.map(|_| ()), Err(SenderError::Unavailable));
    }
    assert_eq!(world.loads(), 2);
}

#[test]
fn a_registered_certificate_of_another_authority_is_still_a_stranger() {
    let (ours, theirs) = (Authorities::new(), Authorities::new());
    let forged = theirs.certify("merchant", "tram");
    let der = forged.der().to_vec();
    let cache = SenderCache::new(ours.chain(), list_of(&ours, 1, &[]), 8, move |_| Ok(Some(der.clone())));
    assert_eq!(cache.at(now()).sender(forged.der()).map(|_| ()), Err(SenderError::Unknown));
    // Nor does a registry get away with answering for another certificate.
    let mine = ours.certify("merchant", "tram");
    assert_eq!(cache.at(now()).sender(mine.der()).map(|_| ()), Err(SenderError::Unknown));
}
