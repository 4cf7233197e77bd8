use std::collections::HashSet;

use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::ending::Ending;
use crate::node_state::{NodeState, Stage};
use crate::{AfterFailure, CancelReason, Place, ResumedBy, Run, SkipReason, StepError, StepId, Wait};

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
    /// It waits for its rounds, or for something outside: see `Run::waits`.
    Suspended,
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

    /// What left a node outside loops that is done, by ascending port; nothing as long as it is not. Empty if it was skipped
    /// as dead.
    pub fn outputs(&self, node: NodeIndex) -> Option<&[(PortIndex, ItemList)]> {
        self.outputs_of(&Place::outside(node))
    }

    /// The same of a node in one round.
    pub fn outputs_of(&self, place: &Place) -> Option<&[(PortIndex, ItemList)]> {
        let state = self.facts.node(place)?;
        state.is_done().then_some(state.outputs.as_slice())
    }

    /// Nodes that were called or skipped: those outside loops in the order of their index, then those in rounds, by loop,
    /// round and index. Nodes that have no part in the run are not among them.
    pub fn steps(&self) -> impl Iterator<Item = StepSummary<'_>> {
        self.facts.frames.all().flat_map(|(iteration, body_of, frame)| {
            let scope = if iteration.is_empty() {
                self.facts.layout.base
            } else {
                body_of
            };
            let members = self.facts.layout.members(scope).iter();
            members
                .zip(&frame.nodes)
                .filter_map(move |(node, state)| summary(*node, iteration, state))
        })
    }

    /// Steps that were started or resumed and have no result yet, by round, then node.
    pub fn pending_steps(&self) -> Vec<StepId> {
        let places = self.facts.in_flight.iter();
        places.map(|place| self.current_step(place)).collect()
    }

    /// Steps that wait for something outside, by round, then node.
    pub fn waits(&self) -> impl Iterator<Item = (StepId, &Wait)> {
        self.facts.suspended.iter().filter_map(|place| {
            let wait = self.facts.node(place)?.pause.as_ref()?.wait.as_ref()?;
            Some((self.current_step(place), wait))
        })
    }

    /// What left nodes outside loops by ports that no edge within the run takes, by node, then port.
    pub fn result(&self, workflow: &Workflow) -> Vec<(NodeIndex, PortIndex, ItemList)> {
        let taken: HashSet<_> = workflow
            .edges()
            .iter()
            .filter(|edge| self.facts.layout.counts(workflow, edge))
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

    /// Why the run was cancelled, if it was.
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        match &self.facts.ended {
            Some(Ending::Cancelled { reason }) => Some(*reason),
            _ => None,
        }
    }

    /// A node that is disabled was passed over there.
    pub fn is_passed_over(&self, place: &Place) -> bool {
        let stage = self.facts.node(place).map(|node| node.stage);
        stage == Some(Stage::Skipped(SkipReason::Disabled))
    }

    pub(crate) fn current_step(&self, place: &Place) -> StepId {
        place.step(self.facts.node(place).map_or(0, |node| node.attempts))
    }

    pub(crate) fn is_in_flight(&self, step: &StepId) -> bool {
        let place = step.place();
        self.facts.in_flight.contains(&place) && self.current_step(&place) == *step
    }

    /// A result of the step is awaited: it is in flight, and not only about to be called.
    pub(crate) fn is_called(&self, step: &StepId) -> bool {
        self.is_in_flight(step) && !self.told.queued.contains(&step.place())
    }

    pub(crate) fn is_suspended(&self, step: &StepId) -> bool {
        let place = step.place();
        self.facts.suspended.contains(&place) && self.current_step(&place) == *step
    }

    /// Steps that wait for other runs, by round, then node.
    pub(crate) fn with_children(&self) -> Vec<StepId> {
        let places = self.facts.suspended.iter();
        let with_children = places.filter(|place| self.facts.has_children(place));
        with_children.map(|place| self.current_step(place)).collect()
    }

    /// The step may be resumed by this from outside.
    pub(crate) fn waits_for(&self, step: &StepId, by: ResumedBy) -> bool {
        let pause = self
            .facts
            .node(&step.place())
            .and_then(|node| node.pause.as_ref());
        let wait = pause.and_then(|pause| pause.wait.as_ref());
        self.is_suspended(step) && wait.is_some_and(|wait| wait.ends_by(by))
    }
}

fn summary<'a>(node: NodeIndex, iteration: &[u32], state: &'a NodeState) -> Option<StepSummary<'a>> {
    let reached = match state.stage {
        Stage::Waiting => return None,
        Stage::InFlight => StepState::Running,
        Stage::Suspended => StepState::Suspended,
        Stage::Retrying { delay_ms } => StepState::Retrying { delay_ms },
        Stage::Succeeded => StepState::Succeeded,
        Stage::Failed(then) => StepState::Failed(then),
        Stage::Skipped(reason) => StepState::Skipped(reason),
    };
    Some(StepSummary {
        step: StepId {
            node,
            iteration: iteration.to_vec(),
            attempt: state.attempts,
        },
        state: reached,
        error: state.error.as_deref(),
    })
}
