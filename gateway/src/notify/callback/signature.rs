//! Standard Webhooks signatures, version 1: HMAC-SHA256 over `id.timestamp.body`.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use super::EventId;

/// A secret shared with one merchant, of 24 to 64 bytes as the specification asks. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<Vec<u8>>);

/// Bytes or text that are no signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a signing key is `whsec_` and 24 to 64 bytes in base64")]
pub struct InvalidSigningKey;

pub(super) struct Signature {
    /// Seconds since 1970.
    pub(super) timestamp: i64,
    /// One signature a key, parted by spaces.
    pub(super) value: String,
}

const PREFIX: &str = "whsec_";

impl SigningKey {
    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// [`InvalidSigningKey`] below 24 and above 64 bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, InvalidSigningKey> {
        let bytes = Zeroizing::new(bytes);
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidSigningKey) }
    }

    /// Reads `whsec_…`, the form in which it is shown to the merchant.
    ///
    /// # Errors
    /// [`InvalidSigningKey`].
    pub fn parse(text: &str) -> Result<Self, InvalidSigningKey> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSigningKey)?;
        STANDARD.decode(encoded).map_err(|_| InvalidSigningKey).and_then(Self::new)
    }

    /// The form that the merchant's library reads. Not for logs.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", *Zeroizing::new(STANDARD.encode(&*self.0))))
    }
}

/// Signs one event; `None` without a key. Milliseconds are dropped: the header counts seconds.
pub(super) fn sign<'k>(
    keys: impl IntoIterator<Item = &'k SigningKey>,
    event: &EventId,
    body: &[u8],
    now: Timestamp,
) -> Option<Signature> {
    let timestamp = now.as_millis().div_euclid(1_000);
    let head = format!("{}.{timestamp}.", event.as_str());
    let signatures = keys.into_iter().map(|key| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key.0));
        context.update(head.as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    });
    let value = signatures.collect::<Vec<_>>().join(" ");
    if value.is_empty() { None } else { Some(Signature { timestamp, value }) }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(sealed)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's own libraries carry.
    #[test]
    fn the_published_example_is_reproduced() {
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let event = EventId::parse("msg_p5jXN8AQM9LWM0D4loKWxJek").unwrap();
        let now = Timestamp::from_millis(1_614_265_330_000).unwrap();
        let signature = sign(&[key], &event, br#"{"test": 2432232314}"#, now).unwrap();
        assert_eq!(signature.timestamp, 1_614_265_330);
        assert_eq!(signature.value, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_keys_change_both_sign() {
        let key = |byte| SigningKey::new(vec![byte; 32]).unwrap();
        let event = EventId::parse("1").unwrap();
        let both = sign(&[key(1), key(2)], &event, b"x", Timestamp::EPOCH).unwrap().value;
        let alone = |byte| sign(&[key(byte)], &event, b"x", Timestamp::EPOCH).unwrap().value;
        assert_eq!(both, format!("{} {}", alone(1), alone(2)));
        assert!(sign(&[], &event, b"x", Timestamp::EPOCH).is_none());
    }

    #[test]
    fn a_key_has_24_to_64_bytes_and_is_never_shown() {
        for (length, valid) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(SigningKey::new(vec![7; length]).is_ok(), valid, "{length}");
        }
        let key = SigningKey::new(vec![7; 32]).unwrap();
        assert_eq!(SigningKey::parse(&key.reveal()).unwrap().0, key.0);
        assert_eq!(format!("{key:?}"), "SigningKey(sealed)");
        for text in ["", "whsec_", "whsec_****", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(SigningKey::parse(text).is_err(), "{text}");
        }
    }
}
