//! The time, as the machine has it: the server under test is a real process and reads the same clock.

use std::time::{SystemTime, UNIX_EPOCH};

use payment_domain::Timestamp;

/// Now.
///
/// # Panics
/// If the machine's clock is outside of the years 1970 to 9999.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("fits")).expect("the clock is before 9999")
}

/// The machine's clock, for the core.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineClock;

impl core_payment::Clock for MachineClock {
    fn now(&self) -> Timestamp {
        now()
    }
}
