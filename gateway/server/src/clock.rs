//! The one place that reads the clock and the source of randomness: everywhere else both are arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};
use core_payment::Clock;
use payment_domain::Timestamp;
use uuid::{Builder, Uuid};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the server reads the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        // A clock outside of the years 1970 to 9999 stands still at the edge.
        Timestamp::EPOCH.saturating_add_millis(millis)
    }
}

/// Random bytes from the cryptographic library.
pub(crate) fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow!("no source of randomness"))?;
    Ok(bytes)
}

/// A new id for a message: a UUID of version 7 (RFC 9562 §5.7).
pub(crate) fn new_id(now: Timestamp) -> anyhow::Result<Uuid> {
    let millis = u64::try_from(now.as_millis()).context("the clock")?;
    Ok(Builder::from_unix_timestamp_millis(millis, &random()?).into_uuid())
}
