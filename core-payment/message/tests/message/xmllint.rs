//! libxml2 as the judge, through its command.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// The exclusive canonical form, or `None` if libxml2 refuses the document.
pub(crate) fn exclusive_canonical(document: &[u8]) -> Option<Vec<u8>> {
    let output = run(&["--nonet", "--exc-c14n", "-"], document);
    output.status.success().then_some(output.stdout)
}

/// What the schema says against a document; `None` if nothing.
pub(crate) fn schema_complaint(document: &[u8]) -> Option<String> {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/meteore-payment-1.xsd");
    let output = run(&["--nonet", "--noout", "--schema", schema, "-"], document);
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether libxml2's command is there. Without it the tests that need it say so and end, except in CI, where they fail.
pub(crate) fn is_missing() -> bool {
    let missing = Command::new("xmllint").arg("--version").stderr(Stdio::null()).status().is_err();
    assert!(!missing || std::env::var_os("CI").is_none(), "xmllint (Debian: libxml2-utils) is missing");
    if missing {
        eprintln!("SKIPPED: xmllint (Debian: libxml2-utils) is missing");
    }
    missing
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("xmllint")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}
