//! `workflow`, `engine` and the leaves under them do no I/O, know no time, no randomness, no async: a step is a value test.

use super::{Finding, SourceFile};

const PURE: &[&str] = &[
    "host/workflow/",
    "host/engine/",
    "crates/ids/",
    "crates/items/",
    "crates/manifest/",
    "crates/strict-json/",
    "crates/targets/",
];

const WORLDLY: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net::Tcp",
    "std::net::ToSocketAddrs",
    "std::net::Udp",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "async fn",
    ".await",
    "tokio::",
    "getrandom",
];

pub(super) fn check(files: &[SourceFile], findings: &mut Vec<Finding>) {
    for file in files
        .iter()
        .filter(|file| PURE.iter().any(|area| file.path.starts_with(area)) && !file.is_test())
    {
        for (number, line) in file.lines_without_tests().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(word) = WORLDLY.iter().find(|word| code.contains(*word)) {
                let message = format!("`{word}` in a pure crate: pass the value in, or return an effect");
                findings.push(Finding::new(format!("{}:{}", file.path, number + 1), message));
            }
        }
    }
}
