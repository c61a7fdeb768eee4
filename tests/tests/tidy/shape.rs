//! The shape of files and rooms: names, lengths, heads, whitespace, READMEs, migrations in pairs.

use std::collections::BTreeSet;

use crate::code::code_without_tests;
use crate::tree::{File, Tree};

const MAX_LINES: usize = 500;
const SCREEN_LINES: usize = 60;
const FORBIDDEN_STEMS: &[&str] =
    &["mod", "util", "utils", "helper", "helpers", "common", "types", "manager", "misc"];
const PROSE: &[&str] = &[
    ".rs", ".md", ".toml", ".sql", ".xsd", ".sh", ".java", ".yml", ".yaml", ".html", ".css", ".dict", "/run",
    "x",
];

pub(crate) fn misshapen(tree: &Tree) -> Vec<String> {
    let mut findings: Vec<_> = tree.rust().flat_map(misshapen_source).collect();
    findings.extend(tree.files.iter().filter(|file| is_prose(file)).flat_map(stray_whitespace));
    findings
}

fn is_prose(file: &File) -> bool {
    PROSE.iter().any(|end| file.path.ends_with(end))
}

fn misshapen_source(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    if FORBIDDEN_STEMS.contains(&file.stem()) {
        findings.push(format!("{}: `{}` names nothing of the domain", file.path, file.stem()));
    }
    if file.stem() != "tests" {
        // Trailing blank lines of a blanked test module do not count, code and comments before it do.
        let blanked = code_without_tests(&file.text);
        let last = blanked.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).last();
        let lines = last.map_or(0, |(index, _)| index + 1);
        if lines > MAX_LINES {
            findings.push(format!("{}: {lines} lines without tests, {MAX_LINES} at most", file.path));
        }
    }
    if has_own_head(file)
        && file
            .text
            .lines()
            .next()
            .is_none_or(|line| line.trim_end().len() < "//! A few words".len() || !line.starts_with("//!"))
    {
        findings.push(format!("{}: a file opens with `//!` and says what it is", file.path));
    }
    findings
}

/// The tests beside a module need no introduction; build scripts and everything else do.
fn has_own_head(file: &File) -> bool {
    file.stem() != "tests"
}

fn stray_whitespace(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if line.contains('\t') {
            findings.push(format!("{}:{}: a tab", file.path, index + 1));
        }
        if line.ends_with([' ', '\r']) {
            findings.push(format!("{}:{}: trailing whitespace", file.path, index + 1));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(format!("{}: no newline at the end", file.path));
    }
    findings
}

/// A room is a folder with a `Cargo.toml`, or one that holds something other than code or documents.
pub(crate) fn without_readme(tree: &Tree) -> Vec<String> {
    let mut rooms: BTreeSet<&str> =
        tree.files.iter().filter_map(|file| file.path.strip_suffix("Cargo.toml")).collect();
    for room in ["migrations/", "deploy/"] {
        if tree.files.iter().any(|file| file.path.starts_with(room)) {
            rooms.insert(room);
        }
    }
    rooms.into_iter().filter_map(|room| readme_fault(tree, room)).collect()
}

fn readme_fault(tree: &Tree, room: &str) -> Option<String> {
    let path = format!("{room}README.md");
    let Some(readme) = tree.files.iter().find(|file| file.path == path) else {
        return Some(format!("{path}: missing"));
    };
    let lines = readme.text.lines().count();
    // The root README is for newcomers and may take its time.
    if lines < 5 || (lines > SCREEN_LINES && !room.is_empty()) {
        return Some(format!("{path}: {lines} lines; a room is introduced in 5 to {SCREEN_LINES}"));
    }
    None
}

pub(crate) fn lopsided_migrations(tree: &Tree) -> Vec<String> {
    let of = |engine: &str| -> BTreeSet<String> {
        let folder = format!("migrations/{engine}/");
        tree.files.iter().filter_map(|file| file.path.strip_prefix(&folder)).map(str::to_owned).collect()
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    let mut findings: Vec<_> = sqlite
        .symmetric_difference(&postgres)
        .map(|path| format!("migrations/*/{path}: for one engine only"))
        .collect();
    if sqlite.is_empty() {
        findings.push("migrations/: no migrations found".to_owned());
    }
    findings
}

#[test]
fn every_misshapen_file_is_found() {
    let long = format!("//! A file with a head.\n{}", "fn f() {}\n".repeat(MAX_LINES));
    for (path, text) in [
        ("a/src/utils.rs", "//! A file with a head.\n"),
        ("a/src/b/mod.rs", "//! A file with a head.\n"),
        ("a/src/long.rs", long.as_str()),
        ("a/src/headless.rs", "use std::fmt;\n"),
        ("a/src/mumbles.rs", "//!\nuse std::fmt;\n"),
        ("a/src/tab.rs", "//! A file with a head.\n\tx\n"),
        ("a/README.md", "trailing \n"),
        ("a/README.md", "no newline"),
    ] {
        assert_eq!(misshapen(&Tree::of(&[(path, text)])).len(), 1, "{path}: {text}");
    }
    let tested = format!(
        "//! A file with a head.\n#[cfg(test)]\nmod tests {{\n{}}}\n",
        "fn f() {}\n".repeat(MAX_LINES)
    );
    assert!(misshapen(&Tree::of(&[("a/src/tested.rs", &tested)])).is_empty());
}

#[test]
fn a_room_without_a_fit_readme_is_found() {
    let good = "# Room\n\nWhat it is for.\n\nWhere to start.\n";
    assert!(without_readme(&Tree::of(&[("a/Cargo.toml", ""), ("a/README.md", good)])).is_empty());
    assert_eq!(without_readme(&Tree::of(&[("a/Cargo.toml", "")])).len(), 1);
    assert_eq!(without_readme(&Tree::of(&[("migrations/sqlite/1/up.sql", "")])).len(), 1);
    assert_eq!(without_readme(&Tree::of(&[("a/Cargo.toml", ""), ("a/README.md", "# Room\n")])).len(), 1);
    let long = good.repeat(SCREEN_LINES);
    assert_eq!(without_readme(&Tree::of(&[("a/Cargo.toml", ""), ("a/README.md", &long)])).len(), 1);
}

#[test]
fn a_migration_for_one_engine_is_found() {
    let both = [("migrations/sqlite/1/up.sql", ""), ("migrations/postgres/1/up.sql", "")];
    assert!(lopsided_migrations(&Tree::of(&both)).is_empty());
    assert_eq!(lopsided_migrations(&Tree::of(&both[..1])).len(), 1);
    assert_eq!(lopsided_migrations(&Tree::of(&[])).len(), 1);
}
