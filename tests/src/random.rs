//! Randomness for tests, from the operating system.

use uuid::{Builder, Uuid};

/// Random bytes.
///
/// # Panics
/// If the operating system has no randomness.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// Random bytes as hexadecimal text.
#[must_use]
pub fn hex<const N: usize>() -> String {
    bytes::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fresh id for a message.
#[must_use]
pub fn uuid() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}
