use std::fmt;
use std::time::Duration;

use crate::Emitted;

/// What came of a call.
#[derive(Debug)]
pub struct Outcome {
    pub result: Result<Emitted, CallError>,
    pub cost: Cost,
    /// Log lines that were over the caps or found no room.
    pub dropped_lines: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// Without the wait for a place.
    pub wall: Duration,
    /// Time on a processor, host functions included.
    pub guest_cpu: Duration,
    /// All linear memories and tables together, in bytes.
    pub peak_memory: u64,
    /// Of parameters and items, as JSON.
    pub bytes_in: u64,
    /// Of items, as JSON.
    pub bytes_out: u64,
    /// Calls by capability, in name order.
    pub capabilities: Vec<(&'static str, u64)>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub code: ErrorCode,
    /// For people: what happened and what to do.
    pub message: String,
    /// Another try may help.
    pub retryable: bool,
    /// The earliest time for it, in milliseconds from now.
    pub retry_after_ms: Option<u32>,
    /// Checked JSON, for machines.
    pub details: Option<String>,
    /// JSON Pointer into the parameters.
    pub parameter: Option<Box<str>>,
    /// The input item at fault: index of the input, index into its items.
    pub item: Option<(u32, u32)>,
}

/// Stable; each but the node's own has a page in docs/errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorCode {
    /// Somebody ended the call.
    Cancelled,
    /// The guest missed a power, and failed.
    Denied,
    /// The guest ended its program instead of returning.
    Exited,
    /// Too many host resources at the same time.
    Handles,
    HostCalls,
    /// More was asked of the host at once than it gives.
    HostLimit,
    /// What the guest returned breaks the contract.
    InvalidOutput,
    /// The node's own error.
    Node {
        kind: NodeErrorKind,
        code: String,
    },
    OutOfMemory,
    OutputTooLarge,
    /// The host has a fault; the call is not to blame.
    SandboxFault,
    StackOverflow,
    TimedOut,
    Trapped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeErrorKind {
    Permanent,
    Transient,
    RateLimited,
    AuthExpired,
    InvalidInput,
}

impl ErrorCode {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Exited => "exited",
            Self::Handles => "handles",
            Self::HostCalls => "host-calls",
            Self::HostLimit => "host-limit",
            Self::InvalidOutput => "invalid-output",
            Self::Node { code, .. } => code,
            Self::OutOfMemory => "out-of-memory",
            Self::OutputTooLarge => "output-too-large",
            Self::SandboxFault => "sandbox-fault",
            Self::StackOverflow => "stack-overflow",
            Self::TimedOut => "timed-out",
            Self::Trapped => "trapped",
        }
    }

    /// Whether another try may help, as far as the code says.
    fn is_retryable(&self) -> bool {
        match self {
            Self::SandboxFault | Self::TimedOut | Self::Trapped => true,
            Self::Node { kind, .. } => matches!(kind, NodeErrorKind::Transient | NodeErrorKind::RateLimited),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl CallError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retryable = code.is_retryable();
        let message = message.into();
        Self {
            code,
            message,
            retryable,
            retry_after_ms: None,
            details: None,
            parameter: None,
            item: None,
        }
    }
}
