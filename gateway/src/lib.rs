//! The gateway: messages in, signed answers out, and the way to external payment systems (R7, R9, R31).
//!
//! - [`http`] is the door: sizes, rates, media types, HTTP status. It knows nothing of payments.
//! - [`intake`] is what stands in front of the core: who signed this, is it fresh, may they (R7, R38, R39).
//! - [`external`] runs single payments at external systems.
//! - [`bank`] writes files for a bank, and reads what it answers.
//! - [`rates`] reads declared rates from the ECB's file.
//! - [`notify`] delivers what the core wants sent: letters, and callbacks to merchants.
//!
//! What this crate must not do: decide a payment, speak SQL, or hold a transaction open while it waits for anybody.
//! Start at [`intake::Intake::receive`].

pub mod bank;
pub mod external;
pub mod http;
pub mod intake;
mod limits;
pub mod notify;
pub mod rates;
mod revocation;
mod signing;

pub use limits::{InFlight, Limits, Rate, Rates, TooMany};
pub use revocation::{CrlWatch, WatchError};
pub use signing::SigningDesk;
