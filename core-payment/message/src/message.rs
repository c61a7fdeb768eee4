//! The messages, their XML and nothing else.
//!
//! Reading is strict: elements in the one order of the schema, no unknown ones, no attributes but `currency` on amounts
//! and `id` on the root, every value in its one form. A message is read from canonical bytes, the same that were
//! hashed; [`envelope::open`](crate::envelope::open) does both in the right order.

mod authentication;
mod capture;
mod coupon;
mod enrolment;
mod exchange;
mod id;
mod invalid;
mod payment;
mod purse;
mod reader;
mod refund;
mod rejection;
mod statement;
mod status;
mod value;
mod writer;

use payment_domain::{
    Bill, Campaign, CaptureOrder, CouponOrder, CouponReceipt, CreditNote, Digest, DisputeOrder,
    InclusionProof, Offer, PaymentOrder, PaymentReceipt, PayoutAdvice, Quote, QuoteRequest, RedemptionOrder,
    RedemptionReceipt, RefundOrder, RefundReceipt, Reminder, Statement, TopUpOrder, TopUpReceipt, VoidOrder,
};

pub use enrolment::{EnrolmentRequest, EnrolmentResponse, InvalidInvitation, Invitation};
pub use id::MessageId;
pub use invalid::{Fault, InvalidMessage, UnexpectedKind};
pub use rejection::Rejection;
pub use status::{ActionUrl, InvalidActionUrl, InvalidState, State, StatusReport, StatusRequest};

use crate::digest::sha256;
use crate::envelope::{SignError, Signer, sign};
use reader::Fields;
use writer::Elements;

/// The namespace of all messages.
pub const NAMESPACE: &str = "urn:meteore:payment:1";

/// How one message is laid out as a flat list of elements. Both directions stand side by side, in the schema's order.
trait Layout: Sized {
    fn write(&self, elements: &mut Elements);
    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage>;
    /// The id by which a reply refers to this message, or this reply to what it answers.
    fn id(&self) -> Option<MessageId>;
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Which message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name of the root element.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }

        /// Any message.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)+
        }

        impl Message {
            /// Which message this is.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(_) => Kind::$name,)+
                }
            }

            /// The id by which a reply refers to this message; of a reply, the id of what it answers.
            #[must_use]
            pub fn id(&self) -> Option<MessageId> {
                match self {
                    $(Self::$name(message) => message.id(),)+
                }
            }

            /// The canonical document, without a signature.
            #[must_use]
            pub fn to_canonical(&self) -> Vec<u8> {
                let mut elements = Elements::in_root(self.kind().as_str());
                match self {
                    $(Self::$name(message) => message.write(&mut elements),)+
                }
                elements.close(self.kind().as_str())
            }

            /// Reads a canonical document: a [body](crate::canonical::Scanned::body), never the bytes as received.
            ///
            /// # Errors
            /// [`InvalidMessage`] with the path of the first element at fault.
            pub fn parse(canonical: &[u8]) -> Result<Self, InvalidMessage> {
                let mut fields = Fields::of(canonical)?;
                let message = match fields.root() {
                    $(stringify!($name) => Self::$name($name::read(&mut fields)?),)+
                    _ => return Err(InvalidMessage::unknown()),
                };
                fields.finish()?;
                Ok(message)
            }
        }

        $(
            impl From<$name> for Message {
                fn from(message: $name) -> Self {
                    Self::$name(message)
                }
            }

            impl TryFrom<Message> for $name {
                type Error = UnexpectedKind;

                fn try_from(message: Message) -> Result<Self, UnexpectedKind> {
                    match message {
                        Message::$name(message) => Ok(message),
                        other => Err(UnexpectedKind { wanted: Kind::$name, found: other.kind() }),
                    }
                }
            }
        )+
    };
}

messages! {
    /// A merchant's terms for one item.
    Offer,
    /// A consumer's instruction to pay one offer.
    PaymentOrder,
    /// Proof of one payment.
    PaymentReceipt,
    /// A refusal, with its reason.
    Rejection,
    /// A question what became of an order.
    StatusRequest,
    /// What became of it; also acknowledges what has no receipt yet.
    StatusReport,
    /// A merchant's instruction to give money back.
    RefundOrder,
    /// Proof of one refund.
    RefundReceipt,
    /// A request for a certificate.
    EnrolmentRequest,
    /// The certificate.
    EnrolmentResponse,
    /// A consumer's instruction to credit their prepaid account.
    TopUpOrder,
    /// Proof of one top-up.
    TopUpReceipt,
    /// A consumer's instruction to change value back to money.
    RedemptionOrder,
    /// Proof of one redemption.
    RedemptionReceipt,
    /// A consumer's instruction about a coupon.
    CouponOrder,
    /// What is kept of a coupon.
    CouponReceipt,
    /// A merchant's promise of discounts.
    Campaign,
    /// A question what a price comes to in another currency.
    QuoteRequest,
    /// What it comes to.
    Quote,
    /// A merchant's instruction to take what was authorised.
    CaptureOrder,
    /// A merchant's instruction to take nothing of it.
    VoidOrder,
    /// A consumer's complaint about a payment.
    DisputeOrder,
    /// The amount due from a consumer.
    Bill,
    /// What went in and out of a prepaid account.
    Statement,
    /// What a merchant is paid.
    PayoutAdvice,
    /// A bill made smaller.
    CreditNote,
    /// A bill asked for again.
    Reminder,
    /// The way from a payment to the root in a bill.
    InclusionProof,
}

impl Message {
    /// SHA-256 of the canonical form: the digest by which other messages refer to this one.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.to_canonical())
    }

    /// The signed document.
    ///
    /// # Errors
    /// [`SignError`] of the signer.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        sign(&self.to_canonical(), signer)
    }
}

impl Kind {
    /// Reads the name of a root element; `None` if it is no message's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}
