//! Webhooks: the system says that something happened. Believed is only that it is time to ask; and of what has ended, where
//! there is nothing left to ask, that a person has to look at it: a chargeback, a payout or refund that failed after all.
//!
//! The signature keeps strangers from making us ask (Stripe, "Verify webhook signatures manually"): HMAC-SHA-256 over
//! the time, a full stop and the body, as hexadecimal in `v1`. While a secret is rotated there are two of them. An old
//! one is refused by its time; one that is repeated within the tolerance, early, or out of order costs one question.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use core_payment::bank::{About, Afterwards, KeepEvent, Kept};
use core_payment::{Clock, Core};
use payment_domain::{AttemptId, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use thiserror::Error;

use super::answer::word;
use super::{METADATA, SYSTEM};
use crate::external::{Hints, Secret};

/// Takes events in.
pub struct StripeEvents {
    secrets: WebhookSecrets,
    clock: Arc<dyn Clock>,
    core: Core,
    hints: Hints,
}

/// The secrets that events may be signed with: the current one, and the next or the last one while they change.
pub struct WebhookSecrets(Vec<hmac::Key>);

/// Text that holds no secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("webhook secrets are one to eight lines of 8 to 500 printable characters")]
pub struct InvalidWebhookSecret;

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadEvent {
    /// There is no signature, or not one of this form.
    #[error("the event has no readable signature")]
    Unsigned,
    /// No secret of ours signed it.
    #[error("the event's signature does not verify")]
    Forged,
    /// It was signed too long ago, or in the future.
    #[error("the event's signature is too old")]
    Stale,
    /// It is signed, but no event.
    #[error("the event cannot be read")]
    Malformed,
    /// It is one of ours, and nobody could deal with it yet: it has to be sent again.
    #[error("the event cannot be dealt with now")]
    NotNow,
}

/// How old a signature may be; Stripe signs anew for each try.
const TOLERANCE_S: i64 = 300;
/// Secrets, and signatures in one header.
const MOST: usize = 8;

/// Events about what has ended, and what they mean.
const AFTERWARDS: [(&str, Afterwards); 3] = [
    ("charge.dispute.created", Afterwards::ChargedBack),
    ("payout.failed", Afterwards::Failed),
    ("refund.failed", Afterwards::Failed),
];

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    id: Value,
    #[serde(default, rename = "type")]
    kind: Value,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Subject,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
    /// What a dispute is about; it has metadata of its own, which we did not write.
    #[serde(default)]
    payment_intent: Value,
}

/// What an event comes to.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// It is time to ask about this attempt.
    Ask(AttemptId),
    /// Something has happened to what has ended.
    Keep(KeepEvent),
    /// It is about nothing of ours.
    Nothing,
}

impl StripeEvents {
    /// The longest event.
    pub const MOST_BYTES: usize = 256 * 1024;

    /// Takes events that one of these secrets signed, passes hints on, and keeps what a person has to look at.
    #[must_use]
    pub const fn new(secrets: WebhookSecrets, clock: Arc<dyn Clock>, core: Core, hints: Hints) -> Self {
        Self { secrets, clock, core, hints }
    }

    /// Takes one event, with its `Stripe-Signature`. One that is about nothing of ours is taken, and forgotten. What is kept
    /// is kept when this returns: a hint may be lost, since we ask anyway, but nobody would ask about this.
    ///
    /// # Errors
    /// [`BadEvent`].
    pub async fn take(&self, signature: &str, body: &[u8]) -> Result<(), BadEvent> {
        self.secrets.verify(signature, body, self.clock.now())?;
        match meaning(body)? {
            Meaning::Ask(attempt) => self.hints.about(attempt),
            Meaning::Keep(event) => self.keep(event).await?,
            Meaning::Nothing => {}
        }
        Ok(())
    }

    async fn keep(&self, event: KeepEvent) -> Result<(), BadEvent> {
        let (kind, name) = (event.kind.clone(), event.name.clone());
        match self.core.perform(Arc::new(event)).await {
            Ok(Kept::Now(_)) => tracing::warn!(%kind, event = %name, "what had ended is kept as a break"),
            Ok(Kept::Before | Kept::Known) => {}
            // The account there may have other users.
            Ok(Kept::Nothing) => tracing::warn!(%kind, event = %name, "an event is about nothing of ours"),
            Ok(Kept::NotYet(attempt)) => {
                self.hints.about(attempt);
                return Err(BadEvent::NotNow);
            }
            Err(error) => {
                tracing::warn!(%kind, event = %name, %error, "an event cannot be kept now");
                return Err(BadEvent::NotNow);
            }
        }
        Ok(())
    }
}

impl WebhookSecrets {
    /// Reads secrets, one a line.
    ///
    /// # Errors
    /// [`InvalidWebhookSecret`].
    pub fn parse(text: &str) -> Result<Self, InvalidWebhookSecret> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys = lines.map(|line| Secret::parse(line).map(|secret| key(&secret)));
        let keys: Vec<hmac::Key> = keys.collect::<Result<_, _>>().map_err(|_| InvalidWebhookSecret)?;
        if (1..=MOST).contains(&keys.len()) { Ok(Self(keys)) } else { Err(InvalidWebhookSecret) }
    }

    fn verify(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<(), BadEvent> {
        let mut time = None;
        let mut tags = Vec::new();
        for part in signature.split(',') {
            match part.trim().split_once('=') {
                Some(("t", seconds)) => time = Some(seconds),
                Some(("v1", tag)) if tags.len() < MOST => tags.extend(unhex(tag)),
                // Other schemes are none of ours: `v0` is for tests, and signs nothing.
                _ => {}
            }
        }
        let signed_at = time.and_then(|seconds| seconds.parse::<i64>().ok());
        let (Some(time), Some(signed_at)) = (time, signed_at) else { return Err(BadEvent::Unsigned) };
        if tags.is_empty() {
            return Err(BadEvent::Unsigned);
        }
        let signed = [time.as_bytes(), b".", body].concat();
        // `hmac::verify` compares in constant time.
        let genuine = |tag: &Vec<u8>| self.0.iter().any(|key| hmac::verify(key, &signed, tag).is_ok());
        if !tags.iter().any(genuine) {
            return Err(BadEvent::Forged);
        }
        let age_s = now.as_millis().div_euclid(1000).checked_sub(signed_at);
        if age_s.is_some_and(|age_s| (-TOLERANCE_S..=TOLERANCE_S).contains(&age_s)) {
            Ok(())
        } else {
            Err(BadEvent::Stale)
        }
    }
}

/// What an event is about, and what has to be done.
fn meaning(body: &[u8]) -> Result<Meaning, BadEvent> {
    let Event { id, kind, data: Data { object } } =
        serde_json::from_slice(body).map_err(|_| BadEvent::Malformed)?;
    let named = object.metadata.and_then(|mut metadata| metadata.remove(METADATA));
    let attempt = named.and_then(|id| AttemptId::parse(&id).ok());
    let Some((kind, says)) = AFTERWARDS.into_iter().find(|(known, _)| kind.as_str() == Some(known)) else {
        return Ok(attempt.map_or(Meaning::Nothing, Meaning::Ask));
    };
    let [name, object, intent] =
        [&id, &object.id, &object.payment_intent].map(|id| id.as_str().and_then(word));
    let (Some(name), Some(object)) = (name, object) else { return Err(BadEvent::Malformed) };
    let reference = match says {
        Afterwards::ChargedBack => intent,
        Afterwards::Failed => Some(object),
    };
    let about = match (attempt, reference) {
        (Some(attempt), _) => About::Attempt(attempt),
        (None, Some(reference)) => About::Reference(reference.to_owned()),
        (None, None) => return Ok(Meaning::Nothing),
    };
    let [system, name, kind, object] = [SYSTEM, name, kind, object].map(str::to_owned);
    Ok(Meaning::Keep(KeepEvent { system, name, kind, object, about, says }))
}

fn key(secret: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes())
}

/// A tag of the right length, from lower-case hexadecimal.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)?.wrapping_shl(4) | digit(*low)?),
        _ => None,
    };
    (text.len() == 64).then(|| text.as_bytes().chunks(2).map(pair).collect()).flatten()
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecrets({}, sealed)", self.0.len())
    }
}

#[cfg(test)]
mod tests;
