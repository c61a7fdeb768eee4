//! Schemathesis: asks an interface whatever its OpenAPI document allows, much that it does not, and checks the answers.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::peer;
use crate::scratch::Scratch;

/// An interface to be asked.
#[derive(Debug, Clone, Default)]
pub struct Interface<'a> {
    /// Where its document is: an address, or a file.
    pub document: &'a str,
    /// Where it is itself, if the document is a file.
    pub address: Option<&'a str>,
    /// The root that its certificate leads to.
    pub root: Option<&'a Path>,
    /// Sent along with every request: name and value.
    pub headers: Vec<(&'a str, &'a str)>,
    /// Examples of each operation beside those at the edges of what is allowed.
    pub examples: u32,
    /// Checks that do not fit, and why not is said where they are named.
    pub without: Vec<&'a str>,
}

/// Asks it, or returns `None` if the peer is missing. May block for minutes.
///
/// # Errors
/// With everything that was found.
pub fn ask(interface: &Interface<'_>) -> Result<Option<()>> {
    let Some(python) = peer::python() else { return Ok(None) };
    // It keeps notes where it runs.
    let folder = Scratch::new("schemathesis")?;
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command.current_dir(folder.path());
    command.arg("run").arg(interface.document);
    // The same requests every time: what fails here fails everywhere.
    command.args(["--checks", "all", "--mode", "all", "--seed", "1", "--request-timeout", "20"]);
    command.arg("--max-examples").arg(interface.examples.to_string());
    command.args(["--suppress-health-check", "too_slow"]);
    if let Some(address) = interface.address {
        command.args(["--url", address]);
    }
    if let Some(root) = interface.root {
        command.arg("--tls-verify").arg(root);
    }
    for (name, value) in &interface.headers {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    if !interface.without.is_empty() {
        command.arg("--exclude-checks").arg(interface.without.join(","));
    }
    let output = command.env("NO_COLOR", "1").stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}{complained}");
    let tested = said.lines().find_map(|line| line.trim().strip_prefix("Tested: "));
    ensure!(tested.is_some_and(|count| count != "0"), "nothing was asked:\n{said}");
    Ok(Some(()))
}
