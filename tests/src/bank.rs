//! A bank of another make (`peers/bank.py`) that takes our files and answers with its own, and the official schemas.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::peer;
use crate::scratch::{Scratch, repository};

/// Our account at this bank.
pub const ACCOUNT: &str = "DE89370400440532013000";

/// A bank with books of its own. What it does wrong is said in a script: see the head of `peers/bank.py`.
#[derive(Debug)]
pub struct Bank {
    python: PathBuf,
    folder: Scratch,
}

impl Bank {
    /// A bank with empty books, or `None` if the peer is missing, or `xmllint`, without which nobody checks it.
    ///
    /// # Errors
    /// If there is no place for its books.
    pub fn open() -> Result<Option<Self>> {
        let checked = peer::is_there("xmllint", peer::on_path("xmllint"));
        let Some(python) = peer::python().filter(|_| checked) else { return Ok(None) };
        Ok(Some(Self { python, folder: Scratch::new("bank")? }))
    }

    /// Hands in a pain.008 or pain.001 and returns the pain.002.
    ///
    /// # Errors
    /// If the bank fails, which is not a refusal.
    pub fn receive(&self, order: &[u8], script: &Value) -> Result<Vec<u8>> {
        let file = self.folder.path().join("order.xml");
        std::fs::write(&file, order)?;
        self.run(&["receive", &file.to_string_lossy(), &script.to_string()])
    }

    /// Books a return of an entry that was booked before.
    ///
    /// # Errors
    /// If there is no such entry.
    pub fn give_back(&self, end_to_end_id: &str, reason: &str, fee: &str) -> Result<()> {
        self.run(&["return", end_to_end_id, reason, fee]).map(drop)
    }

    /// A camt.054 of what was booked since the last one.
    ///
    /// # Errors
    /// If the bank fails.
    pub fn notify(&self) -> Result<Vec<u8>> {
        self.run(&["notify"])
    }

    /// A camt.053 of what was booked since the last one.
    ///
    /// # Errors
    /// If the bank fails.
    pub fn statement(&self) -> Result<Vec<u8>> {
        self.run(&["statement"])
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let program = repository().join("tests/peers/bank.py");
        let output = Command::new(&self.python)
            .arg(program)
            .arg(self.folder.path())
            .args(arguments)
            .output()
            .context("cannot start the bank")?;
        if !output.status.success() {
            bail!("the bank failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.stdout)
    }
}

/// What `xmllint` has against a document under an official schema, such as `pain.008.001.08`; `None` if it is valid.
///
/// # Errors
/// If `xmllint` or the schema is not there, or fails for another reason than the document.
pub fn schema_violation(schema: &str, document: &[u8]) -> Result<Option<String>> {
    /// Exit codes of `xmllint`: not well-formed, not valid.
    const REFUSALS: [i32; 2] = [1, 3];
    let file = schemas().context("no schemas")?.join(format!("{schema}.xsd"));
    anyhow::ensure!(file.is_file(), "there is no schema {schema}");
    let mut child = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(&file)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start xmllint")?;
    // It may give up before it has read everything.
    let _ = child.stdin.take().context("no way in")?.write_all(document);
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(None),
        Some(code) if REFUSALS.contains(&code) => Ok(Some(said)),
        code => bail!("xmllint ended with {code:?}: {said}"),
    }
}

/// The official schemas, which the crate `sepa` carries for its own tests.
fn schemas() -> Option<&'static Path> {
    static SCHEMAS: OnceLock<Option<PathBuf>> = OnceLock::new();
    SCHEMAS.get_or_init(|| find_schemas().ok()).as_deref()
}

fn find_schemas() -> Result<PathBuf> {
    let rustc = Command::new("rustc").arg("-vV").output()?.stdout;
    let rustc = String::from_utf8(rustc)?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let output = Command::new(env!("CARGO"))
        // Packages of other platforms need not be there.
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(repository())
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata failed")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let sepa = packages.iter().find(|package| package["name"] == "sepa").context("no crate `sepa`")?;
    let manifest = Path::new(sepa["manifest_path"].as_str().context("no path")?);
    Ok(manifest.with_file_name("tests").join("xsd"))
}
