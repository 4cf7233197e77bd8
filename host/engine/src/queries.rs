use std::collections::HashSet;

use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::ending::Ending;
use crate::node_state::{NodeState, Stage};
use crate::{AfterFailure, Run, SkipReason, StepError, StepId};

/// How far a node came in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSummary<'a> {
    /// The latest attempt; `attempt` is 0 if the node was skipped.
    pub step: StepId,
    pub state: StepState,
    /// Of the last attempt that failed, even if a later one succeeded.
    pub error: Option<&'a StepError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    Running,
    /// The attempt failed, the next one follows after the delay.
    Retrying {
        delay_ms: u64,
    },
    Succeeded,
    /// For good. Never `Retry`.
    Failed(AfterFailure),
    Skipped(SkipReason),
}

impl Run {
    /// The trigger that the run starts at; nothing before the request.
    pub fn trigger(&self) -> Option<NodeIndex> {
        self.facts.request.as_ref().map(|request| request.trigger)
    }

    /// What left a node that is done, by ascending port; nothing as long as it is not. Empty if it was skipped as dead.
    pub fn outputs(&self, node: NodeIndex) -> Option<&[(PortIndex, ItemList)]> {
        let state = self.facts.nodes.get(node.0 as usize)?;
        let done = match state.stage {
            Stage::Succeeded | Stage::Skipped(_) => true,
            Stage::Failed(then) => then != AfterFailure::Stop,
            Stage::Unreached | Stage::Waiting | Stage::InFlight | Stage::Retrying { .. } => false,
        };
        done.then_some(state.outputs.as_slice())
    }

    /// Nodes that were called or skipped, in the order of their index. Nodes that the trigger does not reach are not
    /// among them.
    pub fn steps(&self) -> impl Iterator<Item = StepSummary<'_>> {
        let nodes = self.facts.nodes.iter().enumerate();
        nodes.filter_map(|(index, state)| summary(NodeIndex(index as u32), state))
    }

    /// Steps that were started and have no result yet, in the order of their nodes.
    pub fn pending_steps(&self) -> Vec<StepId> {
        self.facts
            .in_flight
            .iter()
            .map(|node| self.facts.node(*node).current_step(*node))
            .collect()
    }

    /// What left by ports that no edge takes, by node, then port.
    pub fn result(&self, workflow: &Workflow) -> Vec<(NodeIndex, PortIndex, ItemList)> {
        let taken: HashSet<_> = workflow
            .edges()
            .iter()
            .map(|edge| (edge.from, edge.from_port))
            .collect();
        let outputs = workflow.indices().flat_map(|node| {
            let outputs = self.outputs(node).unwrap_or(&[]);
            outputs.iter().map(move |(port, items)| (node, *port, items))
        });
        let left = outputs.filter(|(node, port, _)| !taken.contains(&(*node, *port)));
        left.map(|(node, port, items)| (node, port, items.clone()))
            .collect()
    }

    /// Why the run failed, and at which node if it was one.
    pub fn error(&self) -> Option<(Option<NodeIndex>, &StepError)> {
        match &self.facts.ended {
            Some(Ending::Failed { node, error }) => Some((*node, error)),
            _ => None,
        }
    }

    /// Lets go of all items that the object store also has.
    pub fn forget_stored(&mut self) {
        if let Some(request) = &mut self.facts.request {
            request.input.forget_stored();
        }
        for (_, items) in self.facts.nodes.iter_mut().flat_map(|node| &mut node.outputs) {
            items.forget_stored();
        }
    }

    pub(crate) fn is_in_flight(&self, step: &StepId) -> bool {
        self.facts.in_flight.contains(&step.node)
            && self.facts.node(step.node).current_step(step.node) == *step
    }
}

fn summary(node: NodeIndex, state: &NodeState) -> Option<StepSummary<'_>> {
    let reached = match state.stage {
        Stage::Unreached | Stage::Waiting => return None,
        Stage::InFlight => StepState::Running,
        Stage::Retrying { delay_ms } => StepState::Retrying { delay_ms },
        Stage::Succeeded => StepState::Succeeded,
        Stage::Failed(then) => StepState::Failed(then),
        Stage::Skipped(reason) => StepState::Skipped(reason),
    };
    Some(StepSummary {
        step: state.current_step(node),
        state: reached,
        error: state.error.as_ref(),
    })
}
