//! The picture of the house as a table: which crate may know which, and who may reach the network.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::tree::{File, Tree, root};

/// Who may depend on whom, at run time. `tests` may depend on everything.
const HOUSE: &[(&str, &[&str])] = &[
    ("payment-domain", &[]),
    ("payment-instruments", &["payment-domain"]),
    ("payment-message", &["payment-domain", "payment-instruments"]),
    ("payment-trust", &["payment-domain", "payment-message"]),
    ("core-payment", &["payment-domain", "payment-instruments", "payment-message", "payment-trust"]),
    ("aggregation", &["core-payment", "payment-domain", "payment-message", "payment-trust"]),
    ("gateway", &["aggregation", "core-payment", "payment-domain", "payment-message", "payment-trust"]),
    ("backoffice", &["aggregation", "core-payment", "payment-domain", "payment-message", "payment-trust"]),
    (
        "meteore",
        &[
            "gateway",
            "backoffice",
            "aggregation",
            "core-payment",
            "payment-domain",
            "payment-instruments",
            "payment-message",
            "payment-trust",
        ],
    ),
    // A merchant's own server: what anybody may link, and no more.
    ("mobility", &["payment-domain", "payment-message", "payment-trust"]),
    ("mobile-sdk", &["payment-domain", "payment-instruments", "payment-message"]),
];

/// Libraries that exist to open connections, or to hold one end of them.
const OUTBOUND: &[&str] = &[
    "reqwest",
    "hyper",
    "hyper-util",
    "ureq",
    "curl",
    "lettre",
    "awc",
    "tokio-rustls",
    "rusmppc",
    "tonic",
    "async-nats",
];
const MAY_CALL_OUT: &[&str] = &["gateway", "meteore", "mobility", "tests"];

/// What only some crates may build on, whatever else they know.
const RESERVED: &[(&str, &[&str])] = &[
    ("diesel", &["core-payment", "aggregation", "backoffice", "tests"]),
    ("actix-web", &["gateway", "backoffice", "meteore", "mobility"]),
    ("xmlsec", &["payment-trust"]),
    ("anyhow", &["meteore", "tests"]),
    (
        "serde",
        &[
            "payment-trust",
            "core-payment",
            "aggregation",
            "gateway",
            "backoffice",
            "meteore",
            "mobility",
            "tests",
        ],
    ),
];

/// Our crates and what each depends on to run (dependencies of tests are left out).
pub(crate) type Crates = BTreeMap<String, Vec<String>>;

pub(crate) fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON")
}

pub(crate) fn workspace() -> Crates {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    let crates: Crates = packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let runs_with =
                dependencies.iter().filter(|dependency| dependency["kind"] != "dev").map(name).collect();
            (name(package), runs_with)
        })
        .collect();
    assert!(crates.len() > 5, "only {} crates found", crates.len());
    crates
}

fn name(value: &Value) -> String {
    value["name"].as_str().expect("a name").to_owned()
}

pub(crate) fn misdirected(crates: &Crates) -> Vec<String> {
    let mut findings = Vec::new();
    for (from, dependencies) in crates.iter().filter(|(from, _)| *from != "tests") {
        let Some((_, allowed)) = HOUSE.iter().find(|(name, _)| name == from) else {
            findings.push(format!("{from} is not in the picture of the house"));
            continue;
        };
        let ours = |name: &&String| *name == "tests" || HOUSE.iter().any(|(house, _)| house == name);
        for to in dependencies.iter().filter(ours).filter(|to| !allowed.contains(&to.as_str())) {
            findings.push(format!("{from} must not know {to}"));
        }
    }
    for (from, dependencies) in crates {
        for to in dependencies {
            if OUTBOUND.contains(&to.as_str()) && !MAY_CALL_OUT.contains(&from.as_str()) {
                findings.push(format!("{from} must not open connections (depends on {to})"));
            }
            if RESERVED.iter().any(|(name, rooms)| name == to && !rooms.contains(&from.as_str())) {
                findings.push(format!("{from} must not build on {to}"));
            }
        }
    }
    findings
}

/// Crates that opt out of the workspace's lints, or pin a version of their own.
pub(crate) fn on_their_own(tree: &Tree) -> Vec<String> {
    let manifests = tree.files.iter().filter(|file| {
        // The root declares; the fuzz targets are a workspace of their own.
        file.path.ends_with("/Cargo.toml") && !file.is_in(&["tests/fuzz/"])
    });
    manifests.flat_map(on_its_own).collect()
}

fn on_its_own(manifest: &File) -> Vec<String> {
    let mut findings = Vec::new();
    // A test fails by panicking: the tests have lints of their own.
    if !manifest.text.contains("[lints]\nworkspace = true") && manifest.path != "tests/Cargo.toml" {
        findings.push(format!("{}: the workspace's lints are not inherited", manifest.path));
    }
    let mut section = "";
    for line in manifest.text.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && line.contains('=') && !line.contains("workspace = true")
        {
            findings.push(format!("{}: `{line}` has a version of its own", manifest.path));
        }
    }
    findings
}

#[test]
fn every_wrong_direction_is_found() {
    let crates = |from: &str, to: &str| Crates::from([(from.to_owned(), vec![to.to_owned()])]);
    for (from, to) in [
        ("payment-domain", "payment-message"),
        ("gateway", "backoffice"),
        ("core-payment", "gateway"),
        ("core-payment", "tests"),
        ("payment-message", "payment-trust"),
        ("core-payment", "reqwest"),
        ("payment-domain", "serde"),
        ("gateway", "diesel"),
        ("gateway", "anyhow"),
        ("mobility", "core-payment"),
        ("a-newcomer", "payment-domain"),
    ] {
        assert_eq!(misdirected(&crates(from, to)).len(), 1, "{from} -> {to}");
    }
    assert!(misdirected(&crates("core-payment", "payment-trust")).is_empty());
}

#[test]
fn a_manifest_on_its_own_is_found() {
    let good = "[lints]\nworkspace = true\n\n[dependencies]\nanyhow.workspace = true\n";
    assert!(on_their_own(&Tree::of(&[("a/Cargo.toml", good)])).is_empty());
    assert_eq!(on_their_own(&Tree::of(&[("a/Cargo.toml", "[package]\n")])).len(), 1);
    assert_eq!(on_their_own(&Tree::of(&[("a/Cargo.toml", &format!("{good}regex = \"1\"\n"))])).len(), 1);
}
