//! Who takes part: parties, the role that a certificate gives them, and the pseudonym that merchants see.

use std::fmt;

use thiserror::Error;

/// The name of a party at this payment system: `[a-z0-9][a-z0-9-]{0,62}`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartyId(String);

/// Text that is no party name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a party is named by 1 to 63 lower-case letters, digits and hyphens, not starting with a hyphen")]
pub struct InvalidParty;

impl PartyId {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidParty`].
    pub fn parse(text: &str) -> Result<Self, InvalidParty> {
        let valid = (1..=63).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidParty) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! party_kind {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(PartyId);

        impl $name {
            /// Says that this party is meant in this part.
            #[must_use]
            pub const fn new(party: PartyId) -> Self {
                Self(party)
            }

            /// Reads a party name.
            ///
            /// # Errors
            /// [`InvalidParty`].
            pub fn parse(text: &str) -> Result<Self, InvalidParty> {
                PartyId::parse(text).map(Self)
            }

            /// The party.
            #[must_use]
            pub const fn party(&self) -> &PartyId {
                &self.0
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

party_kind! {
    /// A party that sells.
    MerchantId
}
party_kind! {
    /// A party that pays. Known to merchants only by [`Pseudonym`].
    ConsumerId
}

/// A consumer as one merchant sees them: 128 bits, different for each merchant (R46).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym([u8; 16]);

impl Pseudonym {
    /// Takes the bytes that the trust room derived.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`InvalidParty`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidParty> {
        let plain = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let value = u128::from_str_radix(text, 16).map_err(|_| InvalidParty)?;
        if plain { Ok(Self(value.to_be_bytes())) } else { Err(InvalidParty) }
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({self})")
    }
}

/// The carrier that an adapter speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Text messages.
    Sms,
    /// A WAP gateway.
    Wap,
    /// A web portal, with or without passkeys.
    Web,
}

/// What a certificate entitles its holder to (R34, R38).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// Signs offers and refunds.
    Merchant,
    /// A consumer's own device: signs that consumer's orders.
    Terminal,
    /// Signs orders for terminals that cannot.
    Adapter(Channel),
    /// Administers, within a scope.
    Operator(Option<PartyId>),
    /// The Core Payment System itself: signs receipts.
    Cps,
    /// A TLS server of this installation.
    Tls,
}

/// Text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a role is merchant, terminal, adapter:sms, adapter:wap, adapter:web, operator, operator:SCOPE, cps or tls"
)]
pub struct InvalidRole;

impl Role {
    /// Reads the text form used in certificates and messages.
    ///
    /// # Errors
    /// [`InvalidRole`].
    pub fn parse(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "merchant" => Ok(Self::Merchant),
            "terminal" => Ok(Self::Terminal),
            "adapter:sms" => Ok(Self::Adapter(Channel::Sms)),
            "adapter:wap" => Ok(Self::Adapter(Channel::Wap)),
            "adapter:web" => Ok(Self::Adapter(Channel::Web)),
            "operator" => Ok(Self::Operator(None)),
            "cps" => Ok(Self::Cps),
            "tls" => Ok(Self::Tls),
            _ => {
                let scope = text.strip_prefix("operator:").ok_or(InvalidRole)?;
                PartyId::parse(scope).map(|scope| Self::Operator(Some(scope))).map_err(|_| InvalidRole)
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merchant => f.pad("merchant"),
            Self::Terminal => f.pad("terminal"),
            Self::Adapter(Channel::Sms) => f.pad("adapter:sms"),
            Self::Adapter(Channel::Wap) => f.pad("adapter:wap"),
            Self::Adapter(Channel::Web) => f.pad("adapter:web"),
            Self::Operator(None) => f.pad("operator"),
            Self::Operator(Some(scope)) => f.pad(&format!("operator:{scope}")),
            Self::Cps => f.pad("cps"),
            Self::Tls => f.pad("tls"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_narrow() {
        assert_eq!(PartyId::parse("tram-lyon-2").unwrap().as_str(), "tram-lyon-2");
        for text in ["", "-a", "Tram", "a b", "a:b", "é", &"a".repeat(64)] {
            assert_eq!(PartyId::parse(text), Err(InvalidParty), "{text}");
        }
    }

    #[test]
    fn every_role_reads_back_what_it_writes() {
        for text in [
            "merchant",
            "terminal",
            "adapter:sms",
            "adapter:wap",
            "adapter:web",
            "operator",
            "operator:ledger",
            "cps",
            "tls",
        ] {
            assert_eq!(Role::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "Merchant", "adapter", "adapter:fax", "operator:", "root"] {
            assert_eq!(Role::parse(text), Err(InvalidRole), "{text}");
        }
    }

    #[test]
    fn a_pseudonym_reads_back_what_it_writes() {
        let pseudonym = Pseudonym::new([0x0f; 16]);
        assert_eq!(Pseudonym::parse(&pseudonym.to_string()), Ok(pseudonym));
        for text in ["", "0f", &"0F".repeat(16), &format!("+{}", "0".repeat(31))] {
            assert!(Pseudonym::parse(text).is_err(), "{text}");
        }
    }
}
