//! Plain text in a page: the one place where words become part of markup.
//!
//! What this must not do: let anything through that a parser, or a reader's eye, could take for something else.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// Escapes like askama's own [`Html`], and leaves out what no page may hold.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plain;

impl Escaper for Plain {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for part in text.split_inclusive(is_misleading) {
            let shown = part.trim_end_matches(is_misleading);
            Html.write_escaped_str(&mut dest, shown)?;
            if shown.len() < part.len() {
                dest.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// Characters that XML 1.0 §2.2 does not know or discourages, and marks of direction, with which a name could make an
/// amount read backwards (CVE-2021-42574). None of our languages needs them.
const fn is_misleading(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut page = String::new();
        Plain.write_escaped_str(&mut page, text).unwrap();
        page
    }

    #[test]
    fn nothing_is_read_as_markup_or_hidden() {
        for (text, page) in [
            ("Teatro Regio, 2 seats", "Teatro Regio, 2 seats"),
            ("<b> & \"x\" 'y'", "&#60;b&#62; &#38; &#34;x&#34; &#39;y&#39;"),
            ("a\0b\u{1b}c\u{85}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("pay \u{202e}00.001€", "pay \u{fffd}00.001€"),
            ("\u{ffff}\u{2066}", "\u{fffd}\u{fffd}"),
            ("two\nlines\tand\r", "two\nlines\tand\r"),
            ("1\u{202f}944,00\u{a0}€", "1\u{202f}944,00\u{a0}€"),
        ] {
            assert_eq!(escaped(text), page, "{text:?}");
        }
    }
}
