use monshyflow_items::ItemList;
use monshyflow_workflow::PortIndex;

use crate::pause::Pause;
use crate::plan::Outputs;
use crate::{AfterFailure, SkipReason, StepError};

/// One node in one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NodeState {
    pub(crate) stage: Stage,
    /// Incoming edges that are neither delivered nor dead yet.
    pub(crate) unresolved: u32,
    /// An edge brought something that the node runs for.
    pub(crate) live: bool,
    /// Attempts that were started.
    pub(crate) attempts: u32,
    /// What left, by ascending port.
    pub(crate) outputs: Outputs,
    /// Of the last attempt that failed. Boxed like the next, since most nodes of many rounds have neither.
    pub(crate) error: Option<Box<StepError>>,
    /// Present once the step was suspended.
    pub(crate) pause: Option<Box<Pause>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// For edges to be resolved, or for its turn after they were.
    #[default]
    Waiting,
    InFlight,
    Suspended,
    Retrying {
        delay_ms: u64,
    },
    Succeeded,
    Failed(AfterFailure),
    Skipped(SkipReason),
}

impl NodeState {
    /// The attempt that may be started next.
    pub(crate) fn next_attempt(&self) -> u32 {
        self.attempts.saturating_add(1)
    }

    pub(crate) fn is_done(&self) -> bool {
        match self.stage {
            Stage::Succeeded | Stage::Skipped(_) => true,
            Stage::Failed(then) => then != AfterFailure::Stop,
            Stage::Waiting | Stage::InFlight | Stage::Suspended | Stage::Retrying { .. } => false,
        }
    }

    /// What left by a port; nothing if the port is dead.
    pub(crate) fn output(&self, port: PortIndex) -> Option<&ItemList> {
        let position = self.outputs.binary_search_by_key(&port, |(port, _)| *port).ok()?;
        Some(&self.outputs[position].1)
    }
}
