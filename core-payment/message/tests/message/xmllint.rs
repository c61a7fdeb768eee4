//! libxml2 as the judge, through its command.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/meteore-payment-1.xsd");

/// The exclusive canonical form, or `None` if libxml2 refuses the document.
pub(crate) fn exclusive_canonical(document: &[u8]) -> Option<Vec<u8>> {
    let output = run(&["--nonet", "--exc-c14n", "-"], document);
    output.status.success().then_some(output.stdout)
}

/// What the schema says against a document; `None` if nothing.
pub(crate) fn schema_complaint(document: &[u8]) -> Option<String> {
    let output = run(&["--nonet", "--noout", "--schema", SCHEMA, "-"], document);
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Which of these documents are valid by the schema, all asked about in one run.
pub(crate) fn valid_by_schema(documents: &[&str]) -> Vec<bool> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = (std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{}-{}", run.0, run.1));
    std::fs::create_dir_all(&folder).unwrap();
    let mut paths = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let path = folder.join(format!("{index}.xml"));
        std::fs::write(&path, document).unwrap();
        paths.push(path);
    }
    let output =
        Command::new("xmllint").args(["--nonet", "--noout", "--schema", SCHEMA]).args(&paths).output();
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    let valid: HashSet<_> = said.lines().filter_map(|line| line.strip_suffix(" validates")).collect();
    paths.iter().map(|path| valid.contains(path.to_str().unwrap())).collect()
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
