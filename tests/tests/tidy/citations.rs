//! Requirements are cited by number (`R14`); a number that does not exist is a typing error or a dead reference.

use crate::code::line_of;
use crate::tree::{File, Tree};

const LAST: u32 = 58;

pub(crate) fn unknown(tree: &Tree) -> Vec<String> {
    let cites =
        |file: &&File| [".rs", ".md", ".sql", ".xsd", ".java"].iter().any(|end| file.path.ends_with(end));
    // This file has to show what a wrong number looks like.
    tree.files.iter().filter(cites).filter(|file| file.stem() != "citations").flat_map(unknown_in).collect()
}

fn unknown_in(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (at, _) in file.text.match_indices('R') {
        let (before, after) = (&file.text[..at], &file.text[at + 1..]);
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let touches = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '/' | '=');
        let whole = !before.ends_with(touches) && !after[digits.len()..].starts_with(touches);
        if !digits.is_empty() && whole && !digits.parse().is_ok_and(|number| (1..=LAST).contains(&number)) {
            findings.push(format!("{}:{}: there is no R{digits}", file.path, line_of(&file.text, at)));
        }
    }
    findings
}

#[test]
fn a_requirement_that_does_not_exist_is_found() {
    for text in ["// R0", "(R59)", "R14–R99", "R123456789012"] {
        assert_eq!(unknown(&Tree::of(&[("a.rs", text)])).len(), 1, "{text}");
    }
    for text in ["// R1 and R58, R14–R16", "CR99", "R99x", "let R_99", "YR9999=="] {
        assert!(unknown(&Tree::of(&[("a.rs", text)])).is_empty(), "{text}");
    }
}
