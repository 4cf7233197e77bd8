use std::collections::BTreeSet;

use monshyflow_items::ItemList;
use monshyflow_workflow::NodeIndex;

use crate::StepError;
use crate::ending::Ending;
use crate::node_state::NodeState;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

/// The state of one run: what its events say, and the little that the process which drives it said since.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    pub(crate) facts: Facts,
    pub(crate) told: Told,
}

/// What follows from the recorded events. Only `apply` changes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) request: Option<Request>,
    pub(crate) started: bool,
    /// By node index; empty before the request.
    pub(crate) nodes: Vec<NodeState>,
    /// Nodes whose turn it is to be called for the first time.
    pub(crate) callable: BTreeSet<NodeIndex>,
    /// Nodes whose turn it is and that are passed over: dead or disabled.
    pub(crate) skippable: BTreeSet<NodeIndex>,
    /// Nodes with a step that was started and has no result.
    pub(crate) in_flight: BTreeSet<NodeIndex>,
    /// Nodes with a failed attempt that another one follows.
    pub(crate) retrying: BTreeSet<NodeIndex>,
    /// The failure that ends the run.
    pub(crate) failure: Option<(NodeIndex, StepError)>,
    /// The terminal event.
    pub(crate) ended: Option<Ending>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) trigger: NodeIndex,
    pub(crate) input: ItemList,
}

/// What no event says, so that it is lost with the process: whoever replays a run tells it again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    /// How the run shall end as soon as no step is in flight.
    pub(crate) ending: Option<Ending>,
    /// Nodes whose next attempt is due, but waits for a free place.
    pub(crate) due: BTreeSet<NodeIndex>,
}

impl Run {
    /// A run that nobody requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn status(&self) -> RunStatus {
        match &self.facts.ended {
            Some(ending) => ending.status(),
            None if self.facts.started => RunStatus::Running,
            None => RunStatus::Queued,
        }
    }

    /// The terminal event was recorded.
    pub fn is_finished(&self) -> bool {
        self.facts.ended.is_some()
    }

    /// How the run will end once no step is in flight, if that is settled already.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.told
            .ending
            .clone()
            .or_else(|| self.facts.ending_by_failure())
    }
}

impl Facts {
    fn ending_by_failure(&self) -> Option<Ending> {
        let (node, error) = self.failure.clone()?;
        Some(Ending::Failed {
            node: Some(node),
            error,
        })
    }

    pub(crate) fn node(&self, node: NodeIndex) -> &NodeState {
        &self.nodes[node.0 as usize]
    }

    pub(crate) fn node_mut(&mut self, node: NodeIndex) -> &mut NodeState {
        &mut self.nodes[node.0 as usize]
    }
}
