//! The id of any message.

use std::fmt;

use payment_domain::{CampaignId, CaptureId, DisputeId, InvalidId, OfferId, OrderId, RefundId, RequestId};

/// What a reply answers, where any kind of message may be meant: the offer's, order's, refund's or request's id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(RequestId);

impl MessageId {
    /// Reads the hyphenated lower-case form.
    ///
    /// # Errors
    /// [`InvalidId`] for any other text, and for the nil UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        RequestId::parse(text).map(Self)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

macro_rules! from_id {
    ($($id:ident),+) => {
        $(
            impl From<$id> for MessageId {
                fn from(id: $id) -> Self {
                    Self(RequestId::from_bytes(*id.as_bytes()))
                }
            }
        )+
    };
}

from_id!(CampaignId, CaptureId, DisputeId, OfferId, OrderId, RefundId, RequestId);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
