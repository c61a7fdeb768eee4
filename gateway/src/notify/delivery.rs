//! How one try to deliver went. A reason is made of codes only: it is stored and logged, and so must not be able to
//! hold an address, a name or what a server said (R40).

use std::fmt;

/// What became of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The other side took it.
    Sent,
    /// Not now.
    Retry {
        /// Why.
        reason: Reason,
        /// What is at fault.
        fault: Fault,
    },
    /// Never, as it is: a dead letter, for an operator to look at and send again.
    Refused(Reason),
    /// The other side wants no more of these, of any kind (HTTP 410).
    Gone,
}

/// What is at fault when a try fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This one message; others to the same destination may well get through.
    Message,
    /// The way to the destination: others would fail too, and are held back for a while.
    Way,
}

/// Why a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing came in time.
    TimedOut,
    /// The name of the host is not known.
    NameUnknown,
    /// No connection, or it broke.
    Unreachable,
    /// The certificate of the other side is not trusted, or TLS failed in another way.
    NotTrusted,
    /// The address is private or otherwise not to be called, and the installation does not allow it.
    AddressNotAllowed,
    /// The endpoint is not HTTPS, and the installation does not allow that.
    NotHttps,
    /// The HTTP status of the answer.
    Status(u16),
    /// The mail relay offers no STARTTLS, or mixes plain text with it.
    NoStartTls,
    /// The mail relay does not take our credentials.
    Credentials,
    /// The mail relay does not take our sender's address.
    Sender(SmtpCode),
    /// The mail relay does not take the recipient's address.
    Recipient(SmtpCode),
    /// The mail relay does not take the content.
    Content(SmtpCode),
    /// The other side does not speak the protocol.
    Protocol,
    /// The party has given no address to send to.
    NoAddress,
    /// The message cannot be built from what is stored.
    Unbuildable,
}

/// The three digits of an SMTP reply and the enhanced status if there is one (RFC 3463): `550 5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpCode {
    /// The reply code.
    pub reply: u16,
    /// Class, subject and detail.
    pub enhanced: Option<(u16, u16, u16)>,
}

impl Delivery {
    pub(super) const fn retry(reason: Reason, fault: Fault) -> Self {
        Self::Retry { reason, fault }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no answer in time"),
            Self::NameUnknown => f.write_str("the host's name is not known"),
            Self::Unreachable => f.write_str("no connection"),
            Self::NotTrusted => f.write_str("TLS failed"),
            Self::AddressNotAllowed => f.write_str("the address is not allowed"),
            Self::NotHttps => f.write_str("the endpoint is not HTTPS"),
            Self::Status(status) => write!(f, "HTTP status {status}"),
            Self::NoStartTls => f.write_str("the relay offers no clean STARTTLS"),
            Self::Credentials => f.write_str("the relay refuses the credentials"),
            Self::Sender(code) => write!(f, "the relay refuses the sender: {code}"),
            Self::Recipient(code) => write!(f, "the relay refuses the recipient: {code}"),
            Self::Content(code) => write!(f, "the relay refuses the content: {code}"),
            Self::Protocol => f.write_str("the other side does not speak the protocol"),
            Self::NoAddress => f.write_str("the party has given no address"),
            Self::Unbuildable => f.write_str("the message cannot be built"),
        }
    }
}

impl fmt::Display for SmtpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.reply)?;
        match self.enhanced {
            Some((class, subject, detail)) => write!(f, " {class}.{subject}.{detail}"),
            None => Ok(()),
        }
    }
}
