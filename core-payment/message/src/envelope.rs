//! The signed envelope: what it means that a message is authentic, and the contracts of those who can tell.
//!
//! The profile is one enveloped XMLDSig signature, last child of the root, over the whole document (`URI=""`),
//! exclusive C14N 1.0, SHA-256, ECDSA P-256 (R30). This module owns no key: a [`Signer`] makes signatures, a
//! [`PublicKey`] checks them, and [`Senders`] says whose key it is. The `KeyInfo` of a document is never more than a
//! hint for that look-up.

mod sender;
mod signed_info;
mod signer;
mod strict;
mod verified;
mod verify;
mod write;

pub use sender::{Sender, SenderError, Senders};
pub use signer::{PublicKey, SignError, Signer};
pub use strict::{StrictEngine, verify_with_key};
pub use verified::{OpenError, Verified, open};
pub use verify::{Authentic, SignatureEngine, VerifyError};
pub use write::sign;
