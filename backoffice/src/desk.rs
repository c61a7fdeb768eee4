//! Where a portal makes its messages: signed, handed in at the door like anybody's, the answer verified (R15, R29, R30).
//!
//! The portal moves no money. It says with a certificate of its own (`adapter:web`) what a consumer has told it, or with a
//! merchant's certificate what that merchant has, if the merchant lets the portal keep its key. What this must not do: know a
//! page, or act on an answer that the Core Payment System has not signed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use core_payment::Clock;
use payment_domain::Role;
use payment_message::{InvalidMessage, Message, SignError, StrictEngine};
use payment_trust::{Chain, Credential, OfflineError, verify_offline};
use thiserror::Error;

/// Takes signed messages in and answers them: the core's public interface, in this process or another.
pub trait Door: Send + Sync {
    /// The signed answer to a signed message.
    fn receive<'a>(&'a self, document: &'a [u8]) -> Receiving<'a>;
}

/// An answer on its way.
pub type Receiving<'a> = Pin<Box<dyn Future<Output = Result<Arc<[u8]>, DoorClosed>> + 'a>>;

/// There was no answer. Nothing is known of the message: it has to be sent again, as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the payment system does not answer")]
pub struct DoorClosed;

/// What a portal signs and sends with.
#[derive(Clone)]
pub struct Desk {
    door: Arc<dyn Door>,
    own: Arc<Credential>,
    chain: Chain,
    clock: Arc<dyn Clock>,
}

/// An answer that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What it says.
    pub message: Message,
    /// The signed document.
    pub document: Arc<[u8]>,
}

/// Why there is no answer to act on.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The message could not be signed; it was not sent.
    #[error("the message cannot be signed")]
    Sign(#[from] SignError),
    /// Nothing is known of the message.
    #[error(transparent)]
    Door(#[from] DoorClosed),
    /// The answer is not by the Core Payment System.
    #[error("the answer does not verify")]
    Unverified(#[source] OfflineError),
    /// The answer is by somebody else of this system.
    #[error("the answer is signed by a {0}")]
    Role(Role),
    /// The answer cannot be read.
    #[error("the answer cannot be read")]
    Unreadable(#[from] InvalidMessage),
}

impl Desk {
    /// A desk that signs as this portal.
    #[must_use]
    pub fn new(door: Arc<dyn Door>, own: Arc<Credential>, chain: Chain, clock: Arc<dyn Clock>) -> Self {
        Self { door, own, chain, clock }
    }

    /// Signs as the portal, sends, verifies the answer.
    ///
    /// # Errors
    /// [`DeskError`]; after [`DeskError::Door`] the same message may be sent again.
    pub async fn send(&self, message: &Message) -> Result<Answered, DeskError> {
        self.send_as(message, &self.own).await
    }

    /// The same, as a merchant whose key the portal keeps.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn send_as(&self, message: &Message, signer: &Credential) -> Result<Answered, DeskError> {
        self.send_signed(&message.sign(signer)?).await
    }

    /// The same with a message that was signed before: kept by its sender until it was answered.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn send_signed(&self, document: &[u8]) -> Result<Answered, DeskError> {
        let document = self.door.receive(document).await?;
        let message = self.read(&document)?;
        Ok(Answered { message, document })
    }

    fn read(&self, document: &[u8]) -> Result<Message, DeskError> {
        let authentic = verify_offline(&StrictEngine, document, &self.chain, None, self.clock.now())
            .map_err(DeskError::Unverified)?;
        match authentic.sender().role() {
            Role::Cps => Ok(Message::parse(authentic.body())?),
            other => Err(DeskError::Role(other.clone())),
        }
    }
}
