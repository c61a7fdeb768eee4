//! Licences of everything that is linked: permissive, or MPL-2.0.

use std::process::Command;

use crate::crates::metadata;

const ACCEPTED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
    "OpenSSL",
    "PostgreSQL",
    "CDLA-Permissive-2.0",
    "MPL-2.0",
];

/// Name and licence expression of every package that is built on this platform.
pub(crate) fn dependencies() -> Vec<(String, Option<String>)> {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("rustc writes UTF-8");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let metadata = metadata(&["--filter-platform", host]);
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "only {} packages found", packages.len());
    packages
        .iter()
        .map(|package| {
            let name = format!(
                "{} {}",
                package["name"].as_str().unwrap_or("?"),
                package["version"].as_str().unwrap_or("?")
            );
            (name, package["license"].as_str().map(str::to_owned))
        })
        .collect()
}

pub(crate) fn unacceptable(packages: &[(String, Option<String>)]) -> Vec<String> {
    packages
        .iter()
        .filter(|(_, licence)| !licence.as_deref().is_some_and(is_acceptable))
        .map(|(name, licence)| format!("{name}: {}", licence.as_deref().unwrap_or("no licence stated")))
        .collect()
}

/// An SPDX expression: `OR` needs one side, `AND` needs both. The old form `MIT/Apache-2.0` is an `OR`.
fn is_acceptable(expression: &str) -> bool {
    let expression = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = expression.split_whitespace().peekable();
    let accepted = any_of(&mut words);
    accepted && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>) -> bool {
    let mut accepted = all_of(words);
    while words.next_if_eq(&"OR").is_some() {
        accepted |= all_of(words);
    }
    accepted
}

fn all_of(words: &mut Words<'_>) -> bool {
    let mut accepted = one(words);
    while words.next_if_eq(&"AND").is_some() {
        accepted &= one(words);
    }
    accepted
}

fn one(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let accepted = any_of(words);
        return words.next_if_eq(&")").is_some() && accepted;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    ACCEPTED.contains(&name.as_str())
}

#[test]
fn licences_are_read_as_spdx() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "ISC AND (Apache-2.0 OR ISC) AND OpenSSL",
        "MIT/GPL-2.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
    ] {
        assert!(is_acceptable(good), "{good}");
    }
    for bad in
        ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND LGPL-3.0", "", "MIT)", "GPL-3.0 WITH X"]
    {
        assert!(!is_acceptable(bad), "{bad}");
    }
}

#[test]
fn a_package_without_a_fit_licence_is_found() {
    let package = |licence: Option<&str>| vec![("a 1.0".to_owned(), licence.map(str::to_owned))];
    assert_eq!(unacceptable(&package(None)).len(), 1);
    assert_eq!(unacceptable(&package(Some("GPL-3.0"))).len(), 1);
    assert!(unacceptable(&package(Some("MIT"))).is_empty());
}
