//! Rust source with what is not code blanked out. Offsets and lines stay as they are.

/// Comments and the contents of string and character literals become spaces.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    while code.len() < bytes.len() {
        let rest = &bytes[code.len()..];
        let blank = not_code(rest, code.last().copied());
        if blank == 0 {
            code.push(rest[0]);
        } else {
            code.extend(rest[..blank].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
        }
    }
    String::from_utf8(code).expect("only whole literals and comments were blanked")
}

/// [`code_only`] without items under `#[cfg(test)]`.
pub(crate) fn code_without_tests(text: &str) -> String {
    let mut code = code_only(text).into_bytes();
    const MARK: &[u8] = b"#[cfg(test)]";
    let mut from = 0;
    while let Some(at) = code[from..].windows(MARK.len()).position(|window| window == MARK) {
        let start = from + at;
        let end = start + item_length(&code[start..]);
        for byte in &mut code[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        from = end;
    }
    String::from_utf8(code).expect("whole items were blanked")
}

/// How many bytes at the start are a comment or a literal; 0 for code.
fn not_code(rest: &[u8], before: Option<u8>) -> usize {
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if rest.starts_with(b"//") {
        return rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return block_comment(rest);
    }
    if rest[0] == b'"' {
        return quoted(rest, b'"');
    }
    if !in_word {
        let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count().min(2);
        let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
        if prefix > 0 && rest[..prefix].ends_with(b"r") && rest.get(prefix + hashes) == Some(&b'"') {
            let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            let body = prefix + hashes + 1;
            let end = rest[body..].windows(close.len()).position(|window| window == close);
            return end.map_or(rest.len(), |end| body + end + close.len());
        }
    }
    // 'x' or '\n', not a lifetime.
    if rest[0] == b'\'' && (rest.get(1) == Some(&b'\\') || closes_after_one_char(rest)) {
        return quoted(rest, b'\'');
    }
    0
}

fn closes_after_one_char(rest: &[u8]) -> bool {
    let width = match rest.get(1) {
        Some(first) if first.is_ascii() => 1,
        Some(_) => rest[2..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count() + 1,
        None => return false,
    };
    rest.get(1 + width) == Some(&b'\'')
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// From an attribute to the end of its item: the matching brace, or a semicolon before any brace.
fn item_length(code: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate() {
        match byte {
            b';' if depth == 0 => return at + 1,
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Whether `word` stands at `at` with no word character touching it.
pub(crate) fn is_whole_word(text: &str, at: usize, word: &str) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    let starts_word = word.as_bytes().first().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let ends_word = word.as_bytes().last().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let touched_before = starts_word && at > 0 && part(bytes.get(at - 1));
    let touched_after = ends_word && part(bytes.get(at + word.len()));
    !touched_before && !touched_after
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[test]
fn comments_and_literals_are_not_code() {
    let source =
        "let a = \"diesel::x\"; // f64\n/* f32 /* in */ */ let b = r#\"\"u8\"#; let c: &'static str = 'x';";
    let code = code_only(source);
    assert_eq!(code.len(), source.len());
    for gone in ["diesel", "f64", "f32", "in */", "u8", "'x'"] {
        assert!(!code.contains(gone), "{gone} in {code}");
    }
    for kept in ["let a", "let b", "&'static str"] {
        assert!(code.contains(kept), "{kept} not in {code}");
    }
}

#[test]
fn test_modules_are_left_out() {
    let code = code_without_tests(
        "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { f64 }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}",
    );
    assert!(!code.contains("f64") && !code.contains("mod d"));
    assert!(code.contains("fn a") && code.contains("fn c") && code.contains("fn e"));
}
