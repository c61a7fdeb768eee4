//! What a terminal can do, how its holder was authenticated, and where the money comes from.

use std::fmt;

use thiserror::Error;

use crate::{Channel, Role};

/// Text that names no term of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a known {0}")]
pub struct InvalidTerm(pub(crate) &'static str);

macro_rules! terms {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$term_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$term_doc])* $variant,)+
        }

        impl $name {
            /// Every term, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads the text used in messages, policies and tables.
            ///
            /// # Errors
            /// [`InvalidTerm`].
            pub fn parse(text: &str) -> Result<Self, InvalidTerm> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(InvalidTerm($what)),
                }
            }

            /// The text used in messages, policies and tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use terms;

terms! {
    /// What the terminal can do (R14, R25).
    Capability, "terminal capability" {
        /// A smartphone with our SDK: a device key in hardware signs the order itself.
        App = "app",
        /// A browser with a passkey.
        Passkey = "browser-passkey",
        /// A browser without one.
        Browser = "browser",
        /// A WAP phone behind an operator's gateway.
        Wap = "wap",
        /// Any phone that can send text messages.
        Sms = "sms",
    }
}

terms! {
    /// How the consumer was authenticated for one order.
    Method, "authentication method" {
        /// The device key signed the order after the holder unlocked it.
        DeviceKey = "device-key",
        /// A WebAuthn assertion over the order.
        Passkey = "passkey",
        /// A one-time code sent to the registered phone.
        OneTimeCode = "one-time-code",
        /// The number asserted by the WAP gateway, and a PIN.
        MsisdnPin = "msisdn-pin",
        /// The number, a PIN and a one-time code.
        MsisdnPinCode = "msisdn-pin-code",
        /// The number and a one-time code.
        MsisdnCode = "msisdn-code",
        /// The number alone. Never enough: anyone can write a sender's number into a text message.
        Msisdn = "msisdn",
    }
}

terms! {
    /// Where a payment's money comes from.
    Funding, "funding" {
        /// The consumer's prepaid account.
        Prepaid = "prepaid",
        /// The consumer's postpaid account, billed later.
        Postpaid = "postpaid",
        /// An external payment system.
        External = "external",
        /// Coupons that were bought before (R3).
        Coupon = "coupon",
    }
}

impl Capability {
    /// Whether a sender of this role may say that its terminal has this capability.
    #[must_use]
    pub fn may_be_stated_by(self, role: &Role) -> bool {
        match self {
            Self::App => *role == Role::Terminal,
            Self::Passkey | Self::Browser => *role == Role::Adapter(Channel::Web),
            Self::Wap => *role == Role::Adapter(Channel::Wap),
            Self::Sms => *role == Role::Adapter(Channel::Sms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_capability_has_exactly_one_role_that_may_state_it() {
        let roles =
            ["merchant", "terminal", "adapter:sms", "adapter:wap", "adapter:web", "operator", "cps", "tls"];
        for capability in Capability::ALL {
            let stated_by =
                roles.iter().filter(|role| capability.may_be_stated_by(&Role::parse(role).unwrap()));
            assert_eq!(stated_by.count(), 1, "{capability}");
        }
    }

    #[test]
    fn every_term_reads_back_what_it_writes() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Ok(*method));
        }
        assert!(Method::parse("password").is_err());
    }
}
