//! What purchases, visitors and tickets are called.
//!
//! A purchase and a visitor are named by 128 random bits: whoever knows the name may see what it names, so it is shown
//! to nobody else and never logged. A ticket's code is read aloud and typed.

use std::fmt;

use payment_domain::{CampaignId, Currency, Digest, Money, OfferId, OrderId, RefundId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::place::Position;

/// A secret name of 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token([u8; 16]);

/// What is on a ticket: 50 bits in Crockford's base 32, written `K7Q4M-KD2M9`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Code(u64);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: u32 = 10;

impl Token {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let value = u128::from_str_radix(text, 16).ok()?;
        plain.then(|| Self(value.to_be_bytes()))
    }
}

impl Code {
    /// Takes 50 of 64 random bits.
    pub(crate) const fn new(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes) >> 14)
    }

    /// Reads a code as people type it: any case, spaces and hyphens anywhere, `O` for `0`, `I` and `L` for `1`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut value = 0_u64;
        let mut count = 0_u32;
        for character in text.chars().filter(|character| !matches!(character, ' ' | '-')) {
            let digit = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let position = ALPHABET.iter().position(|letter| char::from(*letter) == digit)?;
            value = value.checked_mul(32)?.checked_add(u64::try_from(position).ok()?)?;
            count = count.saturating_add(1);
        }
        (count == CODE_CHARS).then_some(Self(value))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(sealed)")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..CODE_CHARS).rev() {
            let digit = (self.0 >> place.saturating_mul(5)) & 31;
            let letter = usize::try_from(digit).ok().and_then(|digit| ALPHABET.get(digit)).copied();
            write!(f, "{}", char::from(letter.unwrap_or(b'0')))?;
            if place == 5 {
                f.write_str("-")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(sealed)")
    }
}

/// What has one text, which is how it stands in the journal.
pub(crate) trait Text: Sized {
    fn read(text: &str) -> Option<Self>;
}

macro_rules! texts {
    ($($name:ty: $read:expr;)+) => {
        $(impl Text for $name {
            fn read(text: &str) -> Option<Self> {
                $read(text)
            }
        })+
    };
}

texts! {
    Token: Token::parse;
    Code: Code::parse;
    Position: |text| Position::parse(text).ok();
    Money: |text: &str| Money::parse(text.strip_prefix("EUR ")?, Currency::EUR).ok();
    Url: |text| Url::parse(text).ok();
    Timestamp: |text| Timestamp::parse(text).ok();
    Digest: |text| Digest::parse(text).ok();
    OfferId: |text| OfferId::parse(text).ok();
    OrderId: |text| OrderId::parse(text).ok();
    RefundId: |text| RefundId::parse(text).ok();
    CampaignId: |text| CampaignId::parse(text).ok();
}

/// `#[serde(with = "text")]`: as its one text.
pub(crate) mod text {
    use super::{Deserialize, Deserializer, Serializer, Text, fmt};

    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        T::read(&text).ok_or_else(|| serde::de::Error::custom("a value that cannot be read"))
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        text::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text::deserialize(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_text() {
        let token = Token::new([0xa7; 16]);
        assert_eq!(Token::parse(&token.to_string()), Some(token));
        for text in ["", "a7", &"A7".repeat(16), &"g7".repeat(16), &"+7".repeat(16)] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert_eq!(format!("{token:?}"), "Token(sealed)");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = Code::new(0x0123_4567_89ab_cdef_u64.to_be_bytes());
        let text = code.to_string();
        assert_eq!(text.len(), 11);
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', " "),
            format!(" {} ", text.replace('-', "")),
        ] {
            assert_eq!(Code::parse(&typed), Some(code), "{typed}");
        }
        assert_eq!(Code::parse("OOOOO-IIIIL"), Code::parse("00000-11111"));
        for text in ["", "00000-0000", "00000-000000", "0000U-00000", "00000-0000é"] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
        assert_eq!(Code::new([0xff; 8]).to_string(), "ZZZZZ-ZZZZZ");
    }
}
