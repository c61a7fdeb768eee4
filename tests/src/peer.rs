//! Programs of others that some tests need.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::scratch::{repository, target_folder};

/// Whether a peer is there. Without it the caller returns: visibly outside CI, and never in CI.
///
/// # Panics
/// When the peer is missing and `CI=true`.
#[must_use]
pub fn is_there(peer: &str, found: bool) -> bool {
    if !found {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{peer} is missing, and CI skips nothing");
        // Straight to the descriptor: the test harness hides what passing tests print.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {peer} is missing (./x test installs it)");
    }
    found
}

/// Whether a program is on the path.
#[must_use]
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The Python that the programs in `peers/` run in, with all that they need: `./x peers` makes it. Without it the caller
/// returns, as after [`is_there`].
///
/// # Panics
/// When it cannot be made and `CI=true`.
#[must_use]
pub fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| made_by_script("peers"));
    is_there("the Python of tests/peers", python.is_some()).then(|| python.clone()).flatten()
}

/// What a command of `./x` has made, by the path that it prints.
pub(crate) fn made_by_script(command: &str) -> Option<PathBuf> {
    let mut script = Command::new(repository().join("x"));
    let output = script.arg(command).env("CARGO_TARGET_DIR", target_folder()).output().ok()?;
    if !output.status.success() {
        let _ = std::io::stderr().write_all(&output.stderr);
        return None;
    }
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.exists().then_some(path)
}
