use std::sync::Arc;

use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::{CancelReason, Cost, Plan, Response, ResumedBy, StepId, Wait};

/// A fact of a run's history. Closed: a new kind of fact is a new case here, in the journal's record and in the API.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    RunRequested {
        trigger: NodeIndex,
        input: ItemList,
        plan: Plan,
    },
    RunStarted,
    StepStarted {
        step: StepId,
    },
    /// Output ports that the node named, each with what left by it. A port that is missing is dead, one with an empty
    /// list was delivered empty.
    StepSucceeded {
        step: StepId,
        outputs: Vec<(PortIndex, ItemList)>,
        /// Variables of the run that the step set, each once.
        variables: Vec<(String, Json)>,
        /// What the run is to answer, if it has not answered yet.
        response: Option<Arc<Response>>,
        cost: Cost,
    },
    /// `outputs` is not empty only after `Continue` or `Port`.
    StepFailed {
        step: StepId,
        error: StepError,
        then: AfterFailure,
        outputs: Vec<(PortIndex, ItemList)>,
        cost: Cost,
    },
    StepSkipped {
        node: NodeIndex,
        iteration: Vec<u32>,
        reason: SkipReason,
    },
    /// The call returned without a result; another one follows when what it waits for has come.
    StepSuspended {
        step: StepId,
        wait: Wait,
        state: String,
        cost: Cost,
    },
    /// It has. `items` is empty for rounds, since what they came to follows from the events before.
    StepResumed {
        step: StepId,
        by: ResumedBy,
        items: ItemList,
    },
    /// From now on the answer that the step gave may leave: once in a run, right after the step's result.
    ResponseSent {
        step: StepId,
        status: u16,
    },
    Log {
        step: StepId,
        level: LogLevel,
        message: String,
    },
    Progress {
        step: StepId,
        fraction: Option<f32>,
        message: String,
    },
    RunSucceeded,
    RunFailed {
        node: Option<NodeIndex>,
        error: StepError,
    },
    RunCancelled {
        reason: CancelReason,
    },
    RunTimedOut,
}

impl Event {
    /// The name of the case, as it stands in the API: `step-started`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RunRequested { .. } => "run-requested",
            Self::RunStarted => "run-started",
            Self::StepStarted { .. } => "step-started",
            Self::StepSucceeded { .. } => "step-succeeded",
            Self::StepFailed { .. } => "step-failed",
            Self::StepSkipped { .. } => "step-skipped",
            Self::StepSuspended { .. } => "step-suspended",
            Self::StepResumed { .. } => "step-resumed",
            Self::ResponseSent { .. } => "response-sent",
            Self::Log { .. } => "log",
            Self::Progress { .. } => "progress",
            Self::RunSucceeded => "run-succeeded",
            Self::RunFailed { .. } => "run-failed",
            Self::RunCancelled { .. } => "run-cancelled",
            Self::RunTimedOut => "run-timed-out",
        }
    }

    /// The node that the fact is about.
    pub fn node(&self) -> Option<NodeIndex> {
        match self {
            Self::RunRequested { trigger, .. } => Some(*trigger),
            Self::StepStarted { step }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepSuspended { step, .. }
            | Self::StepResumed { step, .. }
            | Self::ResponseSent { step, .. }
            | Self::Log { step, .. }
            | Self::Progress { step, .. } => Some(step.node),
            Self::StepSkipped { node, .. } => Some(*node),
            Self::RunFailed { node, .. } => *node,
            Self::RunStarted | Self::RunSucceeded | Self::RunCancelled { .. } | Self::RunTimedOut => None,
        }
    }
}

/// What went wrong in a step, in words that outlive the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepError {
    /// Stable, such as `timed-out`, `denied`, or what the node said.
    pub code: String,
    /// For people.
    pub message: String,
    /// Another try may help.
    pub retryable: bool,
    /// The earliest time for it, in milliseconds from the failure.
    pub retry_after_ms: Option<u32>,
    /// JSON for machines.
    pub details: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt follows after the delay.
    Retry { delay_ms: u64 },
    /// The run fails.
    Stop,
    /// The items went on by the first output port, those of a loop by `done`.
    Continue,
    /// They left by the port `error`.
    Port,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// All edges into the node were dead.
    Dead,
    /// The author disabled it; its first input passed through.
    Disabled,
    /// Items that the author pinned left in its place.
    Pinned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}
