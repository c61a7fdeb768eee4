//! Short human text inside messages: titles, item codes, the name of a rule.

use std::fmt;

use thiserror::Error;

/// One line of 1 to 120 characters without control characters or spaces at the ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label(String);

/// Text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a label is one line of 1 to 120 characters without control characters or spaces at its ends")]
pub struct InvalidLabel;

impl Label {
    /// The longest label, in characters.
    pub const MAX_CHARS: usize = 120;

    /// Reads a label.
    ///
    /// # Errors
    /// [`InvalidLabel`].
    pub fn parse(text: &str) -> Result<Self, InvalidLabel> {
        let chars = text.chars().count();
        // U+FFFE and U+FFFF are valid Unicode but not valid XML 1.0 (§2.2).
        let printable =
            |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
        let valid =
            (1..=Self::MAX_CHARS).contains(&chars) && text.chars().all(printable) && text.trim() == text;
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidLabel) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_printable_line() {
        assert_eq!(Label::parse("Tram 1 h, zone A & B <é>").unwrap().as_str(), "Tram 1 h, zone A & B <é>");
        for text in ["", " a", "a\n", "a\tb", "a\u{0}b", "a\u{85}b", "\u{ffff}", &"x".repeat(121)] {
            assert_eq!(Label::parse(text), Err(InvalidLabel), "{text:?}");
        }
    }
}
