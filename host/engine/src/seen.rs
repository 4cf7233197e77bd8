use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::frame::Frame;
use crate::{Iteration, Place, Run};

/// What a reader sees of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen<'a> {
    /// It is not done, or has no part in the run.
    NotRun,
    /// What left by ascending port; empty if the node was skipped as dead.
    Outputs {
        iteration: Iteration,
        outputs: &'a [(PortIndex, ItemList)],
    },
}

impl Run {
    /// What left a node as seen from a step: of the reader's own round or one around it if the node stands there; else of
    /// the last round of the node's loop that is over, within the rounds that both stand in.
    pub fn outputs_at(&self, workflow: &Workflow, node: NodeIndex, seen_from: &Place) -> Seen<'_> {
        let facts = &self.facts;
        let Some(spot) = facts.layout.spot(node) else {
            return Seen::NotRun;
        };
        let shared = self.shared_rounds(workflow, node, seen_from);
        let (iteration, frame): (&[u32], Option<&Frame>) = match (spot.scope, self.depth(workflow, node)) {
            (scope, depth) if depth == shared.len() => (shared, facts.frames.get(scope, shared)),
            (Some(body_of), _) => match facts.frames.last_over(body_of, shared) {
                Some((iteration, frame)) => (iteration, Some(frame)),
                None => return Seen::NotRun,
            },
            (None, _) => return Seen::NotRun,
        };
        let Some(frame) = frame else {
            return Seen::NotRun;
        };
        let iteration = iteration.to_vec();
        match frame.nodes.get(spot.position as usize) {
            Some(state) if state.is_done() => Seen::Outputs {
                iteration,
                outputs: &state.outputs,
            },
            _ => Seen::NotRun,
        }
    }

    /// Number of loops around a node, those around the whole run left out.
    fn depth(&self, workflow: &Workflow, node: NodeIndex) -> usize {
        let around_run = self.facts.layout.base.map_or(0, |base| workflow.depth(base) + 1);
        workflow.depth(node).saturating_sub(around_run)
    }

    /// The rounds of the reader that the node stands in, too.
    fn shared_rounds<'r>(&self, workflow: &Workflow, node: NodeIndex, reader: &'r Place) -> &'r [u32] {
        let (one, other) = (workflow.scope_path(node), workflow.scope_path(reader.node));
        let shared = one.iter().zip(&other).take_while(|(one, other)| one == other);
        let around_run = other.len().saturating_sub(self.depth(workflow, reader.node));
        let rounds = shared.count().saturating_sub(around_run);
        &reader.iteration[..rounds.min(reader.iteration.len())]
    }
}
