//! The messages of the payment system: signed XML in, domain values out, and back.
//!
//! What this crate must not do: I/O, read a clock, make randomness, know where keys or certificates are kept, or name
//! a cryptography library that does not compile on phones. Signatures come through the traits of [`envelope`].
//!
//! Start at [`envelope`].

pub mod canonical;
mod digest;
pub mod envelope;

pub use canonical::{Construct, Malformed, Unreadable};
pub use digest::sha256;
pub use envelope::{
    Authentic, PublicKey, Sender, SenderError, Senders, SignError, SignatureEngine, Signer, StrictEngine,
    VerifyError,
};
