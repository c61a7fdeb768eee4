//! Telephone numbers. Personal data: never printed, not even by `Debug`.

use std::fmt;

use thiserror::Error;

/// A subscriber's number in E.164 form, `+` and 7 to 15 digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Msisdn(String);

/// Text that is no E.164 number. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a telephone number is written + and 7 to 15 digits (E.164)")]
pub struct InvalidMsisdn;

impl Msisdn {
    /// Reads `+33612345678`.
    ///
    /// # Errors
    /// [`InvalidMsisdn`] for any other form, spaces included.
    pub fn parse(text: &str) -> Result<Self, InvalidMsisdn> {
        let digits = text.strip_prefix('+').ok_or(InvalidMsisdn)?;
        let valid = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidMsisdn) }
    }

    /// The number itself, for the message to the phone and for sealing. Not for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Msisdn(sealed)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_e164_and_never_shown() {
        let number = Msisdn::parse("+33612345678").unwrap();
        assert!(!format!("{number:?}").contains("336"));
        for text in
            ["33612345678", "+0612345678", "+33 6 12 34 56 78", "+123456", "+1234567890123456", "+", ""]
        {
            assert_eq!(Msisdn::parse(text), Err(InvalidMsisdn), "{text}");
        }
    }
}
