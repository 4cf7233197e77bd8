use monshyflow_capabilities::{CallState, MemoryLimit, Stop};
use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use crate::{CallError, ErrorCode};

/// How a call that ended with a trap is reported.
pub(crate) fn explain(error: &wasmtime::Error, state: &CallState) -> CallError {
    let (code, mut message) = classify(error, &state.memory);
    let tail = state.stderr_tail();
    if !tail.is_empty()
        && matches!(
            code,
            ErrorCode::Trapped | ErrorCode::OutOfMemory | ErrorCode::Exited
        )
    {
        message.push_str("; it wrote: ");
        message.push_str(&tail);
    }
    CallError::new(code, message)
}

/// The code, and words that suit a node.
pub(crate) fn classify(error: &wasmtime::Error, memory: &MemoryLimit) -> (ErrorCode, String) {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return (
            ErrorCode::HostCalls,
            format!("the node made {stop}, which is what one call may make"),
        );
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        let message = format!(
            "the node ended its program with status {} instead of returning",
            exit.0
        );
        return (ErrorCode::Exited, message);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return (
            ErrorCode::SandboxFault,
            "the host had no room for the call".to_owned(),
        );
    }
    if memory.refused() {
        let mib = memory.cap() >> 20;
        let message =
            format!("the node wanted more than {mib} MiB of memory, which is all that one call may have");
        return (ErrorCode::OutOfMemory, message);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => {
            return (
                ErrorCode::StackOverflow,
                "the node's functions called each other too deep".to_owned(),
            );
        }
        Some(trap) => return (ErrorCode::Trapped, format!("the node crashed: {trap}")),
        None => {}
    }
    let cause = error.root_cause().to_string();
    if error.is::<ResourceTableError>() || cause.contains("handle limit exceeded") {
        return (
            ErrorCode::Handles,
            "the node holds more resources of the host than one call may".to_owned(),
        );
    }
    by_text(cause)
}

/// Errors that the engine gives no type. Each text is held by a test with a real guest.
fn by_text(cause: String) -> (ErrorCode, String) {
    if cause.contains("too much data is being copied") {
        let message = "the node handed over more data at once than one call may";
        return (ErrorCode::OutputTooLarge, message.to_owned());
    }
    if cause.contains("requested len") {
        return (
            ErrorCode::HostLimit,
            format!("the node asked for too many random bytes at once: {cause}"),
        );
    }
    let malformed = [
        "invalid utf-8",
        "out of bounds of memory",
        "discriminant",
        "not aligned",
        "incomplete utf",
    ];
    if malformed.iter().any(|text| cause.contains(text)) {
        return (
            ErrorCode::InvalidOutput,
            format!("the node handed over malformed data: {cause}"),
        );
    }
    (ErrorCode::Trapped, format!("the node crashed: {cause}"))
}
