//! Programs of others that some tests need.

use std::io::Write as _;

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
