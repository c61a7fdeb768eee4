//! Bank accounts, mandates and e-mail addresses: how a party is paid and reached. Personal data: never printed.

use std::fmt;

use thiserror::Error;

use crate::Label;

/// A bank account and whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// The name of its holder.
    pub holder: Label,
    /// Its number.
    pub iban: Iban,
    /// Its bank; within SEPA the number is enough.
    pub bic: Option<Bic>,
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankAccount(sealed)")
    }
}

/// An international bank account number (ISO 13616), without spaces.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Iban(String);

/// Text that is no IBAN. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an IBAN: a country, two check digits and up to 30 letters and digits that agree with them")]
pub struct InvalidIban;

impl Iban {
    /// Reads the form without spaces, and checks the check digits (ISO 7064, MOD 97-10).
    ///
    /// # Errors
    /// [`InvalidIban`].
    pub fn parse(text: &str) -> Result<Self, InvalidIban> {
        let bytes = text.as_bytes();
        let form = (15..=34).contains(&bytes.len())
            && bytes.iter().take(2).all(u8::is_ascii_uppercase)
            && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
            && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if form && remainder(bytes) == Some(1) { Ok(Self(text.to_owned())) } else { Err(InvalidIban) }
    }

    /// The number itself: for banks, never for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its country.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iban(sealed)")
    }
}

/// The number, its first four characters moved to the end and letters written as numbers, modulo 97.
fn remainder(iban: &[u8]) -> Option<u32> {
    let (head, tail) = iban.split_at_checked(4)?;
    tail.iter().chain(head).try_fold(0_u32, |sum, byte| {
        let value = char::from(*byte).to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        sum.checked_mul(shift)?.checked_add(value)?.checked_rem(97)
    })
}

/// A bank's identifier (ISO 9362): 8 or 11 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bic(String);

/// Text that is no BIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a BIC: six letters, then two or five letters or digits")]
pub struct InvalidBic;

impl Bic {
    /// Reads a BIC.
    ///
    /// # Errors
    /// [`InvalidBic`].
    pub fn parse(text: &str) -> Result<Self, InvalidBic> {
        let bytes = text.as_bytes();
        let form = matches!(bytes.len(), 8 | 11)
            && bytes.iter().take(6).all(u8::is_ascii_uppercase)
            && bytes.iter().skip(6).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if form { Ok(Self(text.to_owned())) } else { Err(InvalidBic) }
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a standing consent to debit an account: 1 to 35 characters that every SEPA bank takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MandateId(String);

/// Text that is no mandate id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a mandate id: 1 to 35 of A-Z a-z 0-9 + ? / - : ( ) . ,")]
pub struct InvalidMandateId;

impl MandateId {
    /// Reads a mandate id. It must not begin or end with `/` or hold `//` (EPC AT-01).
    ///
    /// # Errors
    /// [`InvalidMandateId`].
    pub fn parse(text: &str) -> Result<Self, InvalidMandateId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+?/-:().,".contains(&byte);
        let form = (1..=35).contains(&text.len()) && text.bytes().all(plain);
        let slashes = text.starts_with('/') || text.ends_with('/') || text.contains("//");
        if form && !slashes { Ok(Self(text.to_owned())) } else { Err(InvalidMandateId) }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address of the plain kind: `local@domain`, ASCII, no quoting, no comments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Text that is no e-mail address. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an e-mail address of the form name@domain")]
pub struct InvalidEmailAddress;

impl EmailAddress {
    /// Reads an address: the part of RFC 5321 §4.1.2 that addresses of people use, at most 254 characters.
    ///
    /// # Errors
    /// [`InvalidEmailAddress`].
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
        let local_is_plain = |local: &str| {
            (1..=64).contains(&local.len())
                && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
        };
        let label_is_plain = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let valid = text.len() <= 254
            && text.split_once('@').is_some_and(|(local, domain)| {
                local_is_plain(local) && domain.split('.').all(label_is_plain) && domain.contains('.')
            });
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidEmailAddress) }
    }

    /// The address itself: for mail, never for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(sealed)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_agrees_with_its_check_digits() {
        for right in [
            "DE89370400440532013000",
            "GB82WEST12345698765432",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert_eq!(Iban::parse(right).unwrap().reveal(), right);
        }
        for wrong in [
            "",
            "DE89370400440532013001",
            "DE8937040044053201300",
            "de89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "8989370400440532013000",
        ] {
            assert_eq!(Iban::parse(wrong), Err(InvalidIban), "{wrong}");
        }
    }

    #[test]
    fn a_bic_has_eight_or_eleven_characters() {
        assert!(Bic::parse("COBADEFF").is_ok() && Bic::parse("COBADEFFXXX").is_ok());
        for wrong in ["", "COBADEF", "COBADEFFXX", "C0BADEFF", "cobadeff"] {
            assert_eq!(Bic::parse(wrong), Err(InvalidBic), "{wrong}");
        }
    }

    #[test]
    fn a_mandate_id_is_one_that_every_bank_takes() {
        assert!(MandateId::parse("METEORE-2026/17").is_ok());
        for wrong in ["", "/a", "a/", "a//b", "a b", "é", &"x".repeat(36)] {
            assert_eq!(MandateId::parse(wrong), Err(InvalidMandateId), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_plain_and_never_shown() {
        assert!(EmailAddress::parse("alice.b+tram@mail.example.org").is_ok());
        for wrong in [
            "",
            "alice",
            "@example.org",
            "alice@",
            "alice@example",
            "a..b@example.org",
            "a@b@example.org",
            "a\r\nBcc: x@example.org",
            "\"a b\"@example.org",
            "a@-b.org",
        ] {
            assert_eq!(EmailAddress::parse(wrong), Err(InvalidEmailAddress), "{wrong}");
        }
        assert_eq!(
            format!("{:?}", EmailAddress::parse("alice@example.org").unwrap()),
            "EmailAddress(sealed)"
        );
    }
}
