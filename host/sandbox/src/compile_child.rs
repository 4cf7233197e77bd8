use std::io::{Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::engine::{self, Allocation, Effort};
use crate::precheck::MAX_COMPONENT;
use crate::priority::stand_back;
#[cfg(target_os = "linux")]
use crate::processors::keep_to;

/// Largest result, in bytes.
const MAX_RESULT: u64 = 1 << 30;
/// The component is at fault; the reason is on standard error.
pub(crate) const REFUSED: u8 = 3;
/// The child could not do its work.
const BROKEN: u8 = 4;

const FULL_EFFORT: u8 = b'F';
const LEAST_EFFORT: u8 = b'L';

/// What the child reads before the component.
pub(crate) type Order = [u8; 11];

/// How hard to try, on which half of the processors with how many threads, and its address space in bytes.
pub(crate) fn order(effort: Effort, half: u8, threads: u8, max_memory: u64) -> Order {
    let effort = match effort {
        Effort::Full => FULL_EFFORT,
        Effort::Least => LEAST_EFFORT,
    };
    let mut order = [effort, half, threads, 0, 0, 0, 0, 0, 0, 0, 0];
    order[3..].copy_from_slice(&max_memory.to_be_bytes());
    order
}

/// The whole life of the process that compiles a stranger's component: reads its order, limits itself, reads the
/// component from standard input, writes native code to standard output.
pub fn compile_child_main() -> ExitCode {
    stand_back();
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, message)) => {
            let _ = std::io::stderr().write_all(message.as_bytes());
            ExitCode::from(code)
        }
    }
}

fn compile() -> Result<(), (u8, String)> {
    let mut input = std::io::stdin().lock();
    let mut order = Order::default();
    input
        .read_exact(&mut order)
        .map_err(|error| broken("input", &error))?;
    let [effort, half, threads, max_memory @ ..] = order;
    #[cfg(target_os = "linux")]
    keep_to(half, threads.into());
    #[cfg(not(target_os = "linux"))]
    let (_, _) = (half, threads);
    limit_myself(u64::from_be_bytes(max_memory)).map_err(|error| broken("limits", &error))?;
    let mut wasm = Vec::new();
    input
        .take(MAX_COMPONENT as u64 + 1)
        .read_to_end(&mut wasm)
        .map_err(|error| broken("input", &error))?;
    let effort = if effort == LEAST_EFFORT {
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
fn limit_myself(max_memory: u64) -> Result<(), rustix::io::Errno> {
    let limits = [
        (Resource::As, max_memory),
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
