//! The trust room from outside: PKI, senders, engines, TLS, and other people's tools as witnesses.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

mod engines;
mod interop;
mod pki;
mod senders;
mod tls;
mod town;
