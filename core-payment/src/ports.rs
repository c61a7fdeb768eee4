//! What the core needs from outside: the time and a signature. The server brings both.

use payment_domain::Timestamp;
use payment_message::{Message, SignError};

/// Tells the time. Only the server's implementation reads a clock; tests bring their own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Signs as the Core Payment System, with whatever certificate is current.
pub trait Notary: Send + Sync {
    /// The signed document.
    ///
    /// # Errors
    /// [`SignError`] if the key cannot be used; then nothing may be posted either.
    fn sign(&self, message: &Message) -> Result<Vec<u8>, SignError>;
}
