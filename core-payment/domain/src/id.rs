//! Identifiers. Message ids are UUIDs made and stored by the sender before it sends; the ledger makes its own
//! time-ordered integers.

use std::fmt;

use thiserror::Error;
use uuid::Uuid;

/// Text that is no identifier of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a {0}")]
pub struct InvalidId(&'static str);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID made by the sender (version 7 by convention, any is accepted).
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Reads the hyphenated lower-case form, the only one accepted: one value has one text.
            ///
            /// # Errors
            /// [`InvalidId`] for any other text, and for the nil UUID.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidId($what))?;
                let mut buffer = Uuid::encode_buffer();
                if id.is_nil() || id.hyphenated().encode_lower(&mut buffer) != text {
                    return Err(InvalidId($what));
                }
                Ok(Self(id))
            }

            /// Takes the 16 bytes of a stored id.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

uuid_id! {
    /// A payment order, named by the terminal or adapter that signs it.
    OrderId, "order id"
}
uuid_id! {
    /// An offer, named by the merchant who signs it.
    OfferId, "offer id"
}
uuid_id! {
    /// A refund order, named by the merchant who signs it.
    RefundId, "refund id"
}
uuid_id! {
    /// A status or enrolment request, named by whoever sends it.
    RequestId, "request id"
}

uuid_id! {
    /// A coupon.
    CouponId, "coupon id"
}
uuid_id! {
    /// A campaign, named by the merchant who signs it.
    CampaignId, "campaign id"
}
uuid_id! {
    /// A quote for a payment in another currency.
    QuoteId, "quote id"
}
uuid_id! {
    /// A capture or void, named by the merchant who signs it.
    CaptureId, "capture id"
}
uuid_id! {
    /// A dispute, named by the terminal or adapter that signs it.
    DisputeId, "dispute id"
}

macro_rules! ledger_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// Takes a positive number given out by the ledger.
            ///
            /// # Errors
            /// [`InvalidId`] for zero and below.
            pub const fn new(value: i64) -> Result<Self, InvalidId> {
                if value > 0 { Ok(Self(value)) } else { Err(InvalidId($what)) }
            }

            /// Reads the decimal form, without sign or leading zero.
            ///
            /// # Errors
            /// [`InvalidId`] for anything else.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
                let value = text.parse().map_err(|_| InvalidId($what))?;
                if plain { Self::new(value) } else { Err(InvalidId($what)) }
            }

            /// The number.
            #[must_use]
            pub const fn value(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

ledger_id! {
    /// Where in the ledger a payment or refund stands. Time-ordered: the upper bits are milliseconds, so the
    /// journal can be partitioned by month.
    LedgerPosition, "ledger position"
}
ledger_id! {
    /// One try at an external payment system; also our idempotency key there.
    AttemptId, "attempt id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_exactly_one_text() {
        let text = "0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6";
        assert_eq!(OrderId::parse(text).unwrap().to_string(), text);
        for other in [
            "0192F0C1-2B3C-7D4E-8F50-A1B2C3D4E5F6",
            "0192f0c12b3c7d4e8f50a1b2c3d4e5f6",
            "{0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6}",
            "00000000-0000-0000-0000-000000000000",
            "",
        ] {
            assert!(OrderId::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_ledger_position_is_a_plain_positive_number() {
        assert_eq!(LedgerPosition::parse("42").unwrap().value(), 42);
        for other in ["0", "-1", "+1", "042", "", "9223372036854775808", "4 2"] {
            assert!(LedgerPosition::parse(other).is_err(), "{other}");
        }
    }
}
