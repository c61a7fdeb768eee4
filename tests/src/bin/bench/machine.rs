//! What was measured on, and when.

use std::process::Command;

use serde_json::{Value, json};

/// The machine, the kernel, the compiler and the commit.
pub(crate) fn description() -> Value {
    json!({
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory": field("/proc/meminfo", "MemTotal"),
        "kernel": said("uname", &["-sr"]),
        "rustc": said("rustc", &["--version"]),
        "commit": said("git", &["rev-parse", "--short", "HEAD"]),
        "at": tests::clock::now().to_string(),
    })
}

/// One line for people.
pub(crate) fn line() -> String {
    let description = description();
    let word = |key: &str| description[key].as_str().unwrap_or("?").to_owned();
    format!("{} × {}, {}, {}", description["cores"], word("cpu"), word("memory"), word("kernel"))
}

/// Processor time of the calling thread so far, in nanoseconds: the first field of `schedstat`, which is exact where
/// `stat` counts in ticks.
pub(crate) fn thread_cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(tests::scratch::repository()).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
