//! Operators of a town: certified by the command, as whoever runs the installation does it.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::app::App;

/// Certifies an operator into a folder, as `FILE.key` and `FILE.pem`; returns the serial number.
///
/// # Errors
/// If nothing was issued.
pub fn certify(app: &App, folder: &Path, name: &str, role: &str, file: &str) -> Result<String> {
    let [key, certificate] = ["key", "pem"].map(|ending| folder.join(format!("{file}.{ending}")));
    let (key, certificate) = (key.to_string_lossy(), certificate.to_string_lossy());
    let said =
        app.command(&["ca", "issue", name, "--role", role, "--key", &key, "--output", &certificate])?;
    let serial = said.lines().find_map(|line| line.strip_prefix("serial"));
    serial.map(|serial| serial.trim().to_owned()).context("no serial number")
}
