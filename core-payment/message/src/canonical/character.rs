//! Characters, references, and how they are written in canonical form (C14N 1.0 §2.3).

/// The first byte that starts a character XML 1.0 does not allow (§2.2). UTF-8 already rules out surrogates.
pub(super) fn find_illegal(document: &str) -> Option<usize> {
    let bytes = document.as_bytes();
    // Nearly all documents have neither, and this pass is the one the compiler can vectorise.
    let suspicious = bytes.iter().fold(false, |seen, &b| seen | (b < 0x20) | (b == 0xEF));
    if !suspicious {
        return None;
    }
    document.char_indices().find(|&(_, c)| !is_legal(c)).map(|(at, _)| at)
}

/// The characters of XML 1.0 (§2.2).
pub(super) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// XML's white space, which is less than Unicode's or ASCII's.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether there is nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Takes the white space off both ends, as most types of XML Schema do.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// The character that `&name;` stands for: one of the five of XML 1.0 §4.6, or a numeric reference to a legal one.
/// There are no other entities, since there is no document type.
pub(crate) fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
            // `from_str_radix` would also read a sign.
            let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            let code = if plain { u32::from_str_radix(digits, radix).ok()? } else { return None };
            char::from_u32(code).filter(|&c| is_legal(c))
        }
    }
}

/// Writes character data that stands literally in the document, with its line ends normalised (XML 1.0 §2.11).
pub(super) fn push_literal_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&b| b == b'>' || b == b'\r') {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, tail)) = special.split_first() else { break };
        if byte == b'>' {
            out.extend_from_slice(b"&gt;");
        } else if !tail.starts_with(b"\n") {
            out.push(b'\n');
        }
        rest = tail;
    }
    out.extend_from_slice(rest);
}

/// Writes one character of text that a reference stands for. A carriage return is only ever meant when it was one.
pub(super) fn push_text_character(out: &mut Vec<u8>, c: char) {
    match c {
        '&' => out.extend_from_slice(b"&amp;"),
        '<' => out.extend_from_slice(b"&lt;"),
        '>' => out.extend_from_slice(b"&gt;"),
        '\r' => out.extend_from_slice(b"&#xD;"),
        _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Writes text as it is meant, without any normalisation.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    text.chars().for_each(|c| push_text_character(out, c));
}

/// Writes an attribute's value, without its quotes.
pub(super) fn push_attribute_value(out: &mut Vec<u8>, value: &str) {
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, tail)) = special.split_first() else { break };
        out.extend_from_slice(match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'"' => b"&quot;",
            b'\t' => b"&#x9;",
            b'\n' => b"&#xA;",
            _ => b"&#xD;",
        });
        rest = tail;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_to_legal_characters_only() {
        for (name, expected) in [
            ("amp", Some('&')),
            ("#65", Some('A')),
            ("#x41", Some('A')),
            ("#x00000041", Some('A')),
            ("#9", Some('\t')),
            ("#xD", Some('\r')),
            ("#x10FFFF", Some('\u{10FFFF}')),
            ("#x110000", None),
            ("#xD800", None),
            ("#xFFFE", None),
            ("#0", None),
            ("#1", None),
            ("#", None),
            ("#x", None),
            ("#X41", None),
            ("#+65", None),
            ("#-65", None),
            ("#99999999999", None),
            ("nbsp", None),
            ("AMP", None),
            ("", None),
        ] {
            assert_eq!(resolve(name), expected, "&{name};");
        }
    }

    #[test]
    fn controls_and_noncharacters_are_illegal() {
        for text in ["\0", "\u{1}", "\u{B}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
            assert_eq!(find_illegal(&format!("ab{text}")), Some(2), "{text:?}");
        }
        for text in ["\t\n\r ", "\u{7F}\u{85}", "\u{FEFF}", "\u{FFFD}", "\u{1FFFE}", "ｆ"] {
            assert_eq!(find_illegal(text), None, "{text:?}");
        }
    }

    #[test]
    fn literal_line_ends_become_line_feeds_and_angle_brackets_are_escaped() {
        let mut out = Vec::new();
        push_literal_text(&mut out, "a\r\nb\rc\n>d\r");
        assert_eq!(String::from_utf8(out).unwrap(), "a\nb\nc\n&gt;d\n");
    }
}
