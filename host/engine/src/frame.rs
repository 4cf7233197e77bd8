use std::collections::BTreeMap;

use monshyflow_items::ItemList;
use monshyflow_workflow::NodeIndex;

use crate::layout::Scope;
use crate::node_state::NodeState;
use crate::{Iteration, Place};

/// The nodes of one scope in one round; the run itself is a frame, too.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frame {
    /// In the order of the scope's members.
    pub(crate) nodes: Vec<NodeState>,
    /// What the round began with, and which of the items of its suspension was the first.
    pub(crate) entry: ItemList,
    pub(crate) entry_index: u32,
    /// Nodes that are not done yet.
    pub(crate) open: u32,
    /// Size of all outputs, known when the round is over.
    pub(crate) size: u64,
}

impl Frame {
    pub(crate) fn is_over(&self) -> bool {
        self.open == 0
    }
}

/// All frames of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frames {
    pub(crate) root: Frame,
    /// Rounds by loop, then by iteration.
    rounds: BTreeMap<NodeIndex, BTreeMap<Iteration, Frame>>,
}

impl Frames {
    /// An empty iteration names the scope that the run began in.
    pub(crate) fn get(&self, scope: Scope, iteration: &[u32]) -> Option<&Frame> {
        if iteration.is_empty() {
            return Some(&self.root);
        }
        self.rounds.get(&scope?)?.get(iteration)
    }

    pub(crate) fn get_mut(&mut self, scope: Scope, iteration: &[u32]) -> Option<&mut Frame> {
        if iteration.is_empty() {
            return Some(&mut self.root);
        }
        self.rounds.get_mut(&scope?)?.get_mut(iteration)
    }

    pub(crate) fn insert(&mut self, body_of: NodeIndex, iteration: Iteration, frame: Frame) {
        self.rounds.entry(body_of).or_default().insert(iteration, frame);
    }

    /// The last round of a loop that is over, among those whose iteration begins with `prefix`.
    pub(crate) fn last_over(&self, body_of: NodeIndex, prefix: &[u32]) -> Option<(&Iteration, &Frame)> {
        let rounds = self.rounds.get(&body_of)?;
        let mut end = prefix.to_vec();
        // Round numbers stay far below the largest number, so nothing stands between the prefix and this.
        end.push(u32::MAX);
        let mut rounds = rounds.range(prefix.to_vec()..end);
        rounds.rfind(|(iteration, frame)| frame.is_over() && iteration.len() > prefix.len())
    }

    /// With the iteration and the loop of each; the run itself first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&[u32], Scope, &Frame)> {
        let rounds = self.rounds.iter().flat_map(|(body_of, rounds)| {
            rounds
                .iter()
                .map(|(iteration, frame)| (iteration.as_slice(), Some(*body_of), frame))
        });
        std::iter::once((&[][..], None, &self.root)).chain(rounds)
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Frame> {
        let rounds = self.rounds.values_mut().flat_map(BTreeMap::values_mut);
        std::iter::once(&mut self.root).chain(rounds)
    }
}

impl crate::run::Facts {
    /// The state of a node, if it has a part in the run and the round was begun.
    pub(crate) fn node(&self, place: &Place) -> Option<&NodeState> {
        self.node_at(place.node, &place.iteration)
    }

    pub(crate) fn node_at(&self, node: NodeIndex, iteration: &[u32]) -> Option<&NodeState> {
        let spot = self.layout.spot(node)?;
        let scope = self.frame_scope(spot.scope, iteration)?;
        self.frames
            .get(scope, iteration)?
            .nodes
            .get(spot.position as usize)
    }

    pub(crate) fn node_mut(&mut self, place: &Place) -> Option<&mut NodeState> {
        self.node_at_mut(place.node, &place.iteration)
    }

    pub(crate) fn node_at_mut(&mut self, node: NodeIndex, iteration: &[u32]) -> Option<&mut NodeState> {
        let spot = self.layout.spot(node)?;
        let scope = self.frame_scope(spot.scope, iteration)?;
        self.frames
            .get_mut(scope, iteration)?
            .nodes
            .get_mut(spot.position as usize)
    }

    /// The scope again, unless an iteration without rounds names a node inside a loop, or the other way round.
    fn frame_scope(&self, scope: Scope, iteration: &[u32]) -> Option<Scope> {
        (iteration.is_empty() == (scope == self.layout.base)).then_some(scope)
    }
}
