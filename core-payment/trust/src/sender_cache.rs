//! Registered senders, kept ready: certificates are parsed and their paths validated once, and what can change is
//! checked at every look-up. Validating a path each time would cost several times the verification itself.
//!
//! At every look-up: validity of the whole path at `now`, revocation by the list in force, and that list's own age. A
//! stale list makes every sender unavailable rather than nobody revoked.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use payment_domain::{Digest, Timestamp};
use payment_message::{Sender, SenderError, Senders};

use crate::certificate::{Certificate, Serial};
use crate::crl::{CrlError, RevocationList};
use crate::key::sha256;
use crate::path::{Chain, PathError};

/// The registry could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryUnavailable;

/// Finds the DER certificate that was registered with this fingerprint.
type Load = dyn Fn(Digest) -> Result<Option<Vec<u8>>, RegistryUnavailable> + Send + Sync;

/// Registered senders by the fingerprint of their certificate.
pub struct SenderCache {
    load: Box<Load>,
    chain: Chain,
    revocations: ArcSwap<RevocationList>,
    entries: RwLock<Entries>,
}

/// The cache at an instant: what the signature engines ask.
#[derive(Debug, Clone, Copy)]
pub struct SendersAt<'c> {
    cache: &'c SenderCache,
    now: Timestamp,
}

impl SenderCache {
    /// A cache over a registry. It keeps up to twice `capacity` senders, and as many fingerprints of strangers.
    #[must_use]
    pub fn new(
        chain: Chain,
        revocations: RevocationList,
        capacity: usize,
        load: impl Fn(Digest) -> Result<Option<Vec<u8>>, RegistryUnavailable> + Send + Sync + 'static,
    ) -> Self {
        Self {
            load: Box::new(load),
            chain,
            revocations: ArcSwap::from_pointee(revocations),
            entries: RwLock::new(Entries {
                known: Generations::new(capacity),
                strangers: Generations::new(capacity),
            }),
        }
    }

    /// The cache as of this instant.
    #[must_use]
    pub const fn at(&self, now: Timestamp) -> SendersAt<'_> {
        SendersAt { cache: self, now }
    }

    /// The sender registered with a certificate of this fingerprint, if they may sign now.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn find(&self, fingerprint: Digest, now: Timestamp) -> Result<Arc<Sender>, SenderError> {
        let entry = match self.cached(&fingerprint, now) {
            Some(Found::Known(entry)) => entry,
            Some(Found::Stranger) => return Err(SenderError::Unknown),
            None => self.load(fingerprint, now)?,
        };
        self.check(&entry, now)?;
        Ok(entry.sender)
    }

    /// Puts a newer revocation list into force, for look-ups from now on.
    ///
    /// # Errors
    /// [`CrlError::Older`]; then the list in force stays.
    pub fn put_in_force(&self, list: RevocationList) -> Result<(), CrlError> {
        let mut refused = None;
        self.revocations.rcu(|in_force| match list.clone().succeed(in_force) {
            Ok(newer) => {
                refused = None;
                Arc::new(newer)
            }
            Err(error) => {
                refused = Some(error);
                Arc::clone(in_force)
            }
        });
        refused.map_or(Ok(()), Err)
    }

    /// The revocation list in force.
    #[must_use]
    pub fn revocations(&self) -> Arc<RevocationList> {
        self.revocations.load_full()
    }

    /// Forgets what is known of a certificate: call it when one is registered or taken off the register.
    pub fn forget(&self, fingerprint: &Digest) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.known.remove(fingerprint);
        entries.strangers.remove(fingerprint);
    }

    fn cached(&self, fingerprint: &Digest, now: Timestamp) -> Option<Found> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.known.find(fingerprint) {
            return Some(Found::Known(entry.clone()));
        }
        // Another gateway may have registered them since: a stranger is one for a moment only.
        let since = entries.strangers.find(fingerprint)?;
        (0..STRANGER_MS).contains(&now.millis_since(*since)).then_some(Found::Stranger)
    }

    fn load(&self, fingerprint: Digest, now: Timestamp) -> Result<Entry, SenderError> {
        let der = (self.load)(fingerprint).map_err(|RegistryUnavailable| SenderError::Unavailable)?;
        let entry = der.filter(|der| sha256(der) == fingerprint).map(|der| self.admit(&der, now)).transpose();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match entry {
            Ok(Some(entry)) => {
                entries.known.insert(fingerprint, entry.clone());
                Ok(entry)
            }
            Err(error) if error != SenderError::Unknown => Err(error),
            _ => {
                entries.strangers.insert(fingerprint, now);
                Err(SenderError::Unknown)
            }
        }
    }

    fn admit(&self, der: &[u8], now: Timestamp) -> Result<Entry, SenderError> {
        let certificate = Certificate::from_der(der).map_err(|_| SenderError::Unknown)?;
        self.chain.validate(&certificate, None, now).map_err(|error| match error {
            PathError::NotYetValid(_) => SenderError::NotYetValid,
            PathError::Expired(_) => SenderError::Expired,
            _ => SenderError::Unknown,
        })?;
        let (root, issuing) = (self.chain.root(), self.chain.issuing());
        let sender = Sender::new(
            certificate.party().clone(),
            certificate.role().clone(),
            Arc::clone(certificate.der()),
            Arc::new(certificate.key().clone()),
            certificate.not_before().max(issuing.not_before()).max(root.not_before()),
            certificate.not_after().min(issuing.not_after()).min(root.not_after()),
        );
        Ok(Entry { sender: Arc::new(sender), serial: certificate.serial() })
    }

    fn check(&self, entry: &Entry, now: Timestamp) -> Result<(), SenderError> {
        if now < entry.sender.not_before() {
            return Err(SenderError::NotYetValid);
        }
        if now > entry.sender.not_after() {
            return Err(SenderError::Expired);
        }
        let revocations = self.revocations.load();
        if revocations.status(entry.serial).is_some() {
            return Err(SenderError::Revoked);
        }
        if revocations.is_stale(now) { Err(SenderError::Unavailable) } else { Ok(()) }
    }
}

impl fmt::Debug for SenderCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SenderCache({:?})", self.revocations.load())
    }
}

impl Senders for SendersAt<'_> {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        self.cache.find(sha256(certificate_hint), self.now)
    }
}

/// How long a stranger is remembered as one.
const STRANGER_MS: i64 = 2_000;

#[derive(Clone)]
struct Entry {
    sender: Arc<Sender>,
    serial: Serial,
}

enum Found {
    Known(Entry),
    Stranger,
}

struct Entries {
    known: Generations<Entry>,
    /// When a fingerprint was found to be nobody's.
    strangers: Generations<Timestamp>,
}

/// A map that forgets: when the young generation is full, it becomes the old one, and the old one is dropped.
struct Generations<V> {
    capacity: usize,
    young: HashMap<Digest, V>,
    old: HashMap<Digest, V>,
}

impl<V> Generations<V> {
    fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), young: HashMap::new(), old: HashMap::new() }
    }

    fn find(&self, key: &Digest) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn insert(&mut self, key: Digest, value: V) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    fn remove(&mut self, key: &Digest) {
        self.young.remove(key);
        self.old.remove(key);
    }
}
