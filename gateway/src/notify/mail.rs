//! E-mail: bills, statements and advices as a letter with the signed document attached, handed to one relay.
//!
//! The relay is spoken to under TLS only, from the start or after a required STARTTLS, with its certificate verified;
//! no letter and no credential crosses in the clear. What it answers is told apart by the step it answered at: a
//! refused recipient is this letter's end, a refused sender or login is ours to mend and keeps the letter.
//!
//! What this must not do: decide when to try again ([`schedule`](super::schedule)), or show an address or a reply in a
//! log or an error. Start at [`Postman::deliver`].

mod compose;
mod folder;
mod session;
mod starttls;

use std::fmt;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::{Mailbox, Message};
use payment_domain::{EmailAddress, Label, Timestamp};
use rustls_pki_types::ServerName;
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

pub use folder::Folder;

use super::callback::EventId;
use super::delivery::{Delivery, Fault, Reason};
use super::roots::Roots;
use session::Session;

/// The relay that takes our letters, and how we present ourselves.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The relay's name, as in its certificate.
    pub host: String,
    /// The relay's port: 587 for STARTTLS, 465 for TLS (RFC 8314).
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// How we log in, unless the relay knows us by our address.
    pub credentials: Option<Credentials>,
    /// Our name for people.
    pub sender_name: Label,
    /// Our address.
    pub sender: EmailAddress,
    /// Letters that are under way at a time, and connections that are kept.
    pub connections: usize,
    /// For one letter, from the connection to the relay's last answer.
    pub time_limit: Duration,
}

/// How a connection to the relay is secured. There is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// A required STARTTLS (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
}

/// A login at the relay.
#[derive(Clone)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password, wiped when dropped.
    pub password: Zeroizing<String>,
}

/// One letter. What goes into a header cannot hold a line break, by its type.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Names the event, the same at every try: it becomes the `Message-ID`.
    pub event: EventId,
    /// To whom.
    pub to: EmailAddress,
    /// What it is about.
    pub subject: Label,
    /// For readers without HTML.
    pub text: String,
    /// For all others.
    pub html: String,
    /// The signed document, and the one for people.
    pub attachments: Vec<Attachment>,
}

/// A file in a letter.
#[derive(Clone)]
pub struct Attachment {
    /// What it is called.
    pub name: FileName,
    /// What it is.
    pub media: Media,
    /// Its bytes, delivered exactly.
    pub content: Arc<[u8]>,
}

/// The media type of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/xml`.
    Xml,
    /// `application/pdf`.
    Pdf,
}

/// 1 to 64 lower-case letters, digits, `-` and `.`, not beginning with a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

/// Text that is no file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a file name is 1 to 64 lower-case letters, digits, `-` and `.`")]
pub struct InvalidFileName;

/// Why letters cannot be sent at all.
#[derive(Debug, Error)]
pub enum PostmanError {
    /// The relay's name is neither a DNS name nor an address.
    #[error("the relay's name is neither a DNS name nor an address")]
    Host,
    /// Our own address cannot be used.
    #[error("the sender's address cannot be used")]
    Sender,
    /// The TLS library refused what it was given.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// Hands letters to the relay. Cheap to clone.
#[derive(Clone)]
pub struct Postman(Arc<Inner>);

struct Inner {
    relay: session::Relay,
    sender: Mailbox,
    idle: Mutex<Vec<Session>>,
    connections: usize,
    free: Semaphore,
    time_limit: Duration,
}

impl Postman {
    /// Sends through this relay, trusting these authorities. Connects when the first letter goes.
    ///
    /// # Errors
    /// [`PostmanError`].
    pub fn new(settings: MailSettings, roots: &Roots) -> Result<Self, PostmanError> {
        let address = Address::from_str(settings.sender.reveal()).map_err(|_| PostmanError::Sender)?;
        let name = ServerName::try_from(settings.host.clone()).map_err(|_| PostmanError::Host)?;
        let relay = session::Relay {
            name,
            host: settings.host,
            port: settings.port,
            security: settings.security,
            credentials: settings.credentials,
            hello: address.domain().to_owned(),
            tls: Arc::new(roots.client_config()?),
        };
        let connections = settings.connections.max(1);
        Ok(Self(Arc::new(Inner {
            relay,
            sender: Mailbox::new(Some(settings.sender_name.as_str().to_owned()), address),
            idle: Mutex::new(Vec::new()),
            connections,
            free: Semaphore::new(connections),
            time_limit: settings.time_limit,
        })))
    }

    /// Hands one letter over. It may have arrived even if the answer is to try again: the `Message-ID` stays the same.
    pub async fn deliver(&self, letter: &Letter, now: Timestamp) -> Delivery {
        let Ok(message) = compose::compose(letter, &self.0.sender, now) else {
            return Delivery::Refused(Reason::Unbuildable);
        };
        // Only a closed semaphore gives none, and this one is never closed.
        let Ok(_place) = self.0.free.acquire().await else {
            return Delivery::retry(Reason::Unreachable, Fault::Way);
        };
        // A connection that is given up is dropped with the future that holds it, so that a late answer to this
        // letter is never taken for the answer to another one.
        match tokio::time::timeout(self.0.time_limit, self.0.send(&message)).await {
            Ok(delivery) => delivery,
            Err(_) => Delivery::retry(Reason::TimedOut, Fault::Way),
        }
    }
}

impl Inner {
    async fn send(&self, message: &Message) -> Delivery {
        let mut session = match self.session().await {
            Ok(session) => session,
            Err(reason) => return Delivery::retry(reason, Fault::Way),
        };
        let delivery = session.send(message.envelope(), &message.formatted()).await;
        if session.is_usable() {
            self.keep(session);
        }
        delivery
    }

    /// A connection that was kept and still answers, or a new one.
    async fn session(&self) -> Result<Session, Reason> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match kept {
                Some(mut session) => {
                    if session.reset().await {
                        return Ok(session);
                    }
                }
                None => return self.relay.connect().await,
            }
        }
    }

    fn keep(&self, session: Session) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.connections {
            idle.push(session);
        }
    }
}

impl FileName {
    /// Reads a file name.
    ///
    /// # Errors
    /// [`InvalidFileName`].
    pub fn parse(text: &str) -> Result<Self, InvalidFileName> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidFileName) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(sealed)")
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name.as_str(), self.content.len())
    }
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postman({}:{})", self.0.relay.host, self.0.relay.port)
    }
}

#[cfg(test)]
mod tests;
