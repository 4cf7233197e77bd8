use monshyflow_workflow::NodeIndex;

use crate::{Event, RunStatus, StepError};

/// Code of the error of a step that was interrupted because its run ends; the sandbox's word for it too.
pub const INTERRUPTED: &str = "cancelled";

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    Succeeded,
    Failed {
        node: Option<NodeIndex>,
        error: StepError,
    },
    Cancelled {
        reason: CancelReason,
    },
    TimedOut,
}

/// Why a run was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelReason {
    /// Somebody asked for it.
    Requested,
    /// It was still queued when a later run of its debounce key was requested.
    Debounced,
    /// Another run of its singleton key began instead.
    Replaced,
    /// The run that called it and waited for it ended.
    CallerEnded,
}

impl CancelReason {
    pub const ALL: [Self; 4] = [
        Self::Requested,
        Self::Debounced,
        Self::Replaced,
        Self::CallerEnded,
    ];

    /// As it stands in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Debounced => "debounced",
            Self::Replaced => "replaced",
            Self::CallerEnded => "caller-ended",
        }
    }
}

impl Ending {
    pub(crate) fn status(&self) -> RunStatus {
        match self {
            Self::Succeeded => RunStatus::Succeeded,
            Self::Failed { .. } => RunStatus::Failed,
            Self::Cancelled { .. } => RunStatus::Cancelled,
            Self::TimedOut => RunStatus::TimedOut,
        }
    }

    /// The terminal event.
    pub(crate) fn into_event(self) -> Event {
        match self {
            Self::Succeeded => Event::RunSucceeded,
            Self::Failed { node, error } => Event::RunFailed { node, error },
            Self::Cancelled { reason } => Event::RunCancelled { reason },
            Self::TimedOut => Event::RunTimedOut,
        }
    }
}

impl StepError {
    /// For a step that nobody calls again, because its run ends.
    pub(crate) fn interrupted() -> Self {
        Self::permanent(
            INTERRUPTED,
            "the step was interrupted because its run ends".to_owned(),
        )
    }

    pub(crate) fn permanent(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
            retryable: false,
            retry_after_ms: None,
            details: None,
        }
    }
}
