use std::io::{Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::engine::{self, Allocation, Effort};
use crate::precheck::MAX_COMPONENT;

/// Address space of the child, in bytes. The host's own engine reserves terabytes for its pool; this one none.
const MAX_ADDRESS_SPACE: u64 = 3 << 30;
/// Largest result, in bytes.
const MAX_RESULT: u64 = 1 << 30;
/// The component is at fault; the reason is on standard error.
pub(crate) const REFUSED: u8 = 3;
/// The child could not do its work.
const BROKEN: u8 = 4;

/// The first byte that the child reads.
pub(crate) const FULL_EFFORT: u8 = b'F';
pub(crate) const LEAST_EFFORT: u8 = b'L';

/// The whole life of the process that compiles a stranger's component: limits itself, reads the effort and the
/// component from standard input, writes native code to standard output.
pub fn compile_child_main() -> ExitCode {
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, message)) => {
            let _ = std::io::stderr().write_all(message.as_bytes());
            ExitCode::from(code)
        }
    }
}

fn compile() -> Result<(), (u8, String)> {
    limit_myself().map_err(|error| broken("limits", &error))?;
    let mut input = std::io::stdin().lock();
    let mut effort = [0];
    input
        .read_exact(&mut effort)
        .map_err(|error| broken("input", &error))?;
    let mut wasm = Vec::new();
    input
        .take(MAX_COMPONENT as u64 + 1)
        .read_to_end(&mut wasm)
        .map_err(|error| broken("input", &error))?;
    let effort = if effort[0] == LEAST_EFFORT {
        Effort::Least
    } else {
        Effort::Full
    };
    let engine = engine::build(Allocation::OnDemand, effort).map_err(|error| broken("engine", &error))?;
    let code = engine
        .precompile_component(&wasm)
        .map_err(|error| (REFUSED, error.root_cause().to_string()))?;
    let mut output = std::io::stdout().lock();
    output
        .write_all(&code)
        .and_then(|()| output.flush())
        .map_err(|error| broken("output", &error))
}

/// What runs here was written by strangers only in so far as the compiler reads it, and compilers have faults.
fn limit_myself() -> Result<(), rustix::io::Errno> {
    let limits = [
        (Resource::As, MAX_ADDRESS_SPACE),
        (Resource::Fsize, MAX_RESULT),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        setrlimit(
            resource,
            Rlimit {
                current: Some(limit),
                maximum: Some(limit),
            },
        )?;
    }
    Ok(())
}

fn broken(what: &str, error: &dyn std::fmt::Display) -> (u8, String) {
    (BROKEN, format!("{what}: {error}"))
}
