//! The machine's clock and randomness: the only place that asks for either.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use payment_domain::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "a server of its own reads the clock in one place, this one")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since.as_millis()).ok();
    millis.and_then(|millis| Timestamp::from_millis(millis).ok()).unwrap_or(Timestamp::EPOCH)
}

/// Random bytes. Without a source of randomness nothing can be sold: the caller refuses.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The operating system has no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system has no randomness")]
pub(crate) struct NoRandomness;
