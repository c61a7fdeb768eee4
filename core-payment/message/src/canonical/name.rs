//! Qualified names (Namespaces in XML 1.0 §4, XML 1.0 fifth edition §2.3).

/// A qualified name, taken apart at its colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QualifiedName<'d> {
    pub(super) whole: &'d str,
    /// Empty without a colon.
    pub(super) prefix: &'d str,
    pub(super) local: &'d str,
}

impl<'d> QualifiedName<'d> {
    /// Reads a name; `None` if it is none.
    pub(super) fn parse(whole: &'d str) -> Option<Self> {
        let (prefix, local) = whole.split_once(':').unwrap_or(("", whole));
        let prefixed = prefix.len() != whole.len() && whole.len() != local.len();
        let valid = is_ncname(local) && (!prefixed || is_ncname(prefix));
        valid.then_some(Self { whole, prefix, local })
    }
}

/// A name without a colon.
pub(crate) fn is_ncname(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_start) && characters.all(is_continuation)
}

fn is_start(c: char) -> bool {
    match c {
        'A'..='Z' | 'a'..='z' | '_' => true,
        _ if c.is_ascii() => false,
        _ => is_start_beyond_ascii(c),
    }
}

fn is_continuation(c: char) -> bool {
    match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '.' => true,
        _ if c.is_ascii() => false,
        '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}' => true,
        _ => is_start_beyond_ascii(c),
    }
}

const fn is_start_beyond_ascii(c: char) -> bool {
    matches!(
        c,
        '\u{C0}'..='\u{D6}'
            | '\u{D8}'..='\u{F6}'
            | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}'
            | '\u{37F}'..='\u{1FFF}'
            | '\u{200C}'..='\u{200D}'
            | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}'
            | '\u{3001}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FDCF}'
            | '\u{FDF0}'..='\u{FFFD}'
            | '\u{10000}'..='\u{EFFFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_one_colon_between_two_names_are_qualified() {
        for (text, prefix, local) in [
            ("a", "", "a"),
            ("p:a", "p", "a"),
            ("_:-".trim_end_matches(":-"), "", "_"),
            ("é.1-ü", "", "é.1-ü"),
        ] {
            let name = QualifiedName::parse(text).unwrap();
            assert_eq!((name.prefix, name.local, name.whole), (prefix, local, text));
        }
    }

    #[test]
    fn anything_else_is_no_name() {
        for text in [
            "",
            ":",
            ":a",
            "a:",
            "a:b:c",
            "1a",
            "-a",
            "a b",
            "a/",
            "p:1",
            "×",
            "a\u{2190}",
            "=",
            "a\"b",
            "a<",
        ] {
            assert_eq!(QualifiedName::parse(text), None, "{text}");
        }
    }
}
