use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::{AfterFailure, Iteration, SkipReason, StepError, StepId};

/// One node in one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodeState {
    pub(crate) stage: Stage,
    /// Incoming edges from nodes of this run that are neither delivered nor dead yet.
    pub(crate) unresolved: usize,
    /// An edge brought something that the node runs for.
    pub(crate) live: bool,
    /// Attempts that were started.
    pub(crate) attempts: u32,
    /// What left, by ascending port.
    pub(crate) outputs: Vec<(PortIndex, ItemList)>,
    /// Of the last attempt that failed.
    pub(crate) error: Option<StepError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The run's trigger does not lead here, so the node has no part in the run.
    Unreached,
    /// For edges to be resolved, or for its turn after they were.
    Waiting,
    InFlight,
    Retrying {
        delay_ms: u64,
    },
    Succeeded,
    Failed(AfterFailure),
    Skipped(SkipReason),
}

impl NodeState {
    pub(crate) const UNREACHED: Self = Self {
        stage: Stage::Unreached,
        unresolved: 0,
        live: false,
        attempts: 0,
        outputs: Vec::new(),
        error: None,
    };

    /// The latest attempt.
    pub(crate) fn current_step(&self, node: NodeIndex) -> StepId {
        StepId {
            node,
            iteration: Iteration::new(),
            attempt: self.attempts,
        }
    }

    /// The attempt that may be started next.
    pub(crate) fn next_step(&self, node: NodeIndex) -> StepId {
        StepId {
            node,
            iteration: Iteration::new(),
            attempt: self.attempts.saturating_add(1),
        }
    }

    /// What left by a port; nothing if the port is dead.
    pub(crate) fn output(&self, port: PortIndex) -> Option<&ItemList> {
        let position = self.outputs.binary_search_by_key(&port, |(port, _)| *port).ok()?;
        Some(&self.outputs[position].1)
    }
}
