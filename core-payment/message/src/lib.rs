//! The messages of the payment system: signed XML in, domain values out, and back.
//!
//! What this crate must not do: I/O, read a clock, make randomness, know where keys or certificates are kept, or name
//! a cryptography library that does not compile on phones. Signatures come through the traits of [`envelope`].
//!
//! Start at [`envelope::open`] (bytes → [`Verified`]) and [`Message::sign`] (message → signed bytes).

pub mod canonical;
mod code;
mod digest;
pub mod envelope;
pub mod inclusion;
pub mod message;
pub mod passkey;
pub mod schema;

pub use canonical::{Construct, Malformed, Unreadable};
pub use code::{Code, InvalidCode};
pub use digest::sha256;
pub use envelope::{
    Authentic, OpenError, PublicKey, Sender, SenderError, Senders, SignError, SignatureEngine, Signer,
    StrictEngine, Verified, VerifyError, open,
};
pub use message::{
    ActionUrl, EnrolmentRequest, EnrolmentResponse, InvalidMessage, Invitation, Kind, Message, MessageId,
    Rejection, State, StatusReport, StatusRequest,
};
pub use passkey::passkey_challenge;
